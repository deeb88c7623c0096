/* SPDX-License-Identifier: MIT */
/* The control origin: what tests and people do to the server. Form parameters in, JSON out. */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "request.h"
#include "sandbox.h"

void control_endpoint(struct sandbox *sb, struct request *rq);

#endif
