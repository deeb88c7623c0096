/* SPDX-License-Identifier: MIT */
/* The device flow, version 3: not RFC 8628's names, and milliseconds. */
#ifndef SANDBOX_DEVICE_H
#define SANDBOX_DEVICE_H

#include "request.h"
#include "state.h"

enum decision { DECISION_NONE, DECISION_ALLOWED, DECISION_REFUSED };

struct device {
	struct node node, user_node; /* by device code, by user code */
	struct link queue;
	struct client *client;
	int dc; /* where it was asked for; after the decision, the user's */
	char *value, *user_code, *scope, *user;
	bool offline;
	enum decision decision;
	int64_t expires, polled_at;
};

void device_code_endpoint(struct sandbox *sb, struct request *rq);  /* POST …/device/code */
void device_token_endpoint(struct sandbox *sb, struct request *rq); /* POST …/device/token */
void device_page_endpoint(struct sandbox *sb, struct request *rq);  /* GET and POST …/device */

/* The person's answer. NULL, or what is wrong: unknown or old code, client not in that data centre.
 */
const char *device_decide(struct sandbox *sb, const char *user_code, bool allow, int dc,
			  const char *user);
void devices_free(struct state *state);

#endif
