/* SPDX-License-Identifier: MIT */
/* The authorization endpoint and the consent that it asks for. */
#ifndef SANDBOX_AUTHORIZE_H
#define SANDBOX_AUTHORIZE_H

#include "request.h"
#include "sandbox.h"

void authorize_endpoint(struct sandbox *sb, struct request *rq); /* GET /oauth/v2/auth */
void approve_endpoint(struct sandbox *sb, struct request *rq);   /* POST /oauth/v2/approve */

#endif
