/* SPDX-License-Identifier: MIT */
/* From a path to its endpoint. All of this runs with the lock held. */
#ifndef SANDBOX_ROUTE_H
#define SANDBOX_ROUTE_H

#include "request.h"
#include "sandbox.h"

void route(struct sandbox *sb, struct request *rq);
/* Around a request from its arrival to its answer, waiting included: counts how many token requests
 * are under way at once. */
void route_enter(struct sandbox *sb, const struct request *rq);
void route_leave(struct sandbox *sb, const struct request *rq);

#endif
