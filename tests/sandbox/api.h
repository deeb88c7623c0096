/* SPDX-License-Identifier: MIT */
/* The resource server of a data centre: a little of a CRM. */
#ifndef SANDBOX_API_H
#define SANDBOX_API_H

#include "grant.h"
#include "request.h"

void api_endpoint(struct sandbox *sb, struct request *rq);

/* The live access token of this data centre that the Authorization header bears, or NULL. */
const struct access *bearer_access(struct sandbox *sb, const struct request *rq);

#endif
