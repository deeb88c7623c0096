/* SPDX-License-Identifier: MIT */
/* What the accounts servers publish about themselves (RFC 8414, OpenID Connect Discovery 1.0). */
#ifndef SANDBOX_METADATA_H
#define SANDBOX_METADATA_H

#include "request.h"
#include "sandbox.h"

/* Is it the path of such a document? The issuer may have a path, whatever it is. */
bool metadata_at(const char *path);
/* Answers if it is one that is served; false: it is not. */
bool metadata_serve(struct sandbox *sb, struct request *rq);

#endif
