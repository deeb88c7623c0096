/* SPDX-License-Identifier: MIT */
/* What accounts servers tell about themselves and about a user. */
#ifndef SANDBOX_INFO_H
#define SANDBOX_INFO_H

#include "request.h"
#include "sandbox.h"

void serverinfo_endpoint(struct sandbox *sb, struct request *rq); /* GET /oauth/serverinfo */
void userinfo_endpoint(struct sandbox *sb, struct request *rq);   /* GET /oauth/user/info */

#endif
