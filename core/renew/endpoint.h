/* SPDX-License-Identifier: MIT */
/*
 * Requests to an endpoint other than the token endpoint, for what a grant needs before or beside a
 * token: a device code (RFC 8628), a pushed authorization request (RFC 9126), a look at a token
 * (RFC 7662). Nothing that is counted, and nothing that can't be made twice.
 */
#ifndef CREDENCE_RENEW_ENDPOINT_H
#define CREDENCE_RENEW_ENDPOINT_H

#include "core/session/session.h"

/* The host's endpoint_request service. */
credence_rc endpoint_request(struct credence_call *, const char *endpoint,
			     const struct credence_param *params, uint32_t count);

#endif
