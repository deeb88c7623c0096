/* SPDX-License-Identifier: MIT */
/* The ways to revoke a token. */
#ifndef SANDBOX_REVOKE_H
#define SANDBOX_REVOKE_H

#include "request.h"
#include "sandbox.h"

/* POST /oauth/v2/revoke/token: the client authenticates with Basic. */
void revoke_endpoint(struct sandbox *sb, struct request *rq);
/* POST /oauth/v2/token/revoke: whoever has the token may revoke it. */
void revoke_older_endpoint(struct sandbox *sb, struct request *rq);
/* As RFC 7009 has it. */
void revoke_standard_endpoint(struct sandbox *sb, struct request *rq);
/* As if users did: all grants that match; NULL and DC_NONE match any. How many went. */
int64_t revoke_grants(struct state *state, const struct client *client, int dc, const char *user);

#endif
