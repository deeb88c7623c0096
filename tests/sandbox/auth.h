/* SPDX-License-Identifier: MIT */
/* How a client says who it is: parameters, HTTP Basic, a signed assertion or a certificate. */
#ifndef SANDBOX_AUTH_H
#define SANDBOX_AUTH_H

#include "request.h"
#include "sandbox.h"

/* The client by its id and what it must show. On failure NULL, and `error` is the code to answer.
 */
struct client *auth_client(struct sandbox *sb, struct request *rq, const char **error);
/* The same for requests that need no secret. */
struct client *auth_client_id(struct sandbox *sb, const struct request *rq, const char **error);

#endif
