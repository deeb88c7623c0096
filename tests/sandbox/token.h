/* SPDX-License-Identifier: MIT */
/* POST /oauth/v2/token, and what other endpoints need of it. */
#ifndef SANDBOX_TOKEN_H
#define SANDBOX_TOKEN_H

#include "grant.h"
#include "request.h"

void token_endpoint(struct sandbox *sb, struct request *rq);

/* Answers with an error and counts it for the client (NULL: unknown). */
void token_error(struct sandbox *sb, struct request *rq, struct client *client, const char *code);
/* Answers with an access token, and a refresh token if there is one to give. */
void token_answer(struct sandbox *sb, struct request *rq, const struct grant *grant,
		  const char *access, int64_t expires, const char *refresh);
void token_throttled(struct sandbox *sb, struct request *rq, struct client *client);

#endif
