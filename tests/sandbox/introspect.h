/* SPDX-License-Identifier: MIT */
/* Looking at tokens (RFC 7662). */
#ifndef SANDBOX_INTROSPECT_H
#define SANDBOX_INTROSPECT_H

#include "request.h"
#include "sandbox.h"

void introspect_endpoint(struct sandbox *sb, struct request *rq);

#endif
