/* SPDX-License-Identifier: MIT */
/*
 * Signing in on a device, in two ways: the provider's (version 3: names of its own, milliseconds,
 * other_dc), and RFC 8628's at /oauth/v2/device_authorization and the ordinary token endpoint.
 */
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
	bool offline, standard; /* the latter: asked for, and polled, as the RFC has it */
	enum decision decision;
	int64_t expires, polled_at, interval;
};

/* The RFC's way; polling is a grant of the token endpoint. */
void device_authorization_endpoint(struct sandbox *sb, struct request *rq);
void device_grant(struct sandbox *sb, struct request *rq, struct client *client);

/* The provider's way. */
void device_code_endpoint(struct sandbox *sb, struct request *rq);  /* POST …/device/code */
void device_token_endpoint(struct sandbox *sb, struct request *rq); /* POST …/device/token */
void device_page_endpoint(struct sandbox *sb, struct request *rq);  /* GET and POST …/device */

/* The person's answer. NULL, or what is wrong: unknown or old code, client not in that data centre.
 */
const char *device_decide(struct sandbox *sb, const char *user_code, bool allow, int dc,
			  const char *user);
void devices_free(struct state *state);

#endif
