/* SPDX-License-Identifier: MIT */
/* Base64 (RFC 4648): section 4 with padding, and section 5 without, for URLs and JWTs. */
#ifndef CREDENCE_OS_BASE64_H
#define CREDENCE_OS_BASE64_H

#include "core/os/buf.h"

void base64_add(struct buf *, const void *bytes, size_t length);
void base64url_add(struct buf *, const void *bytes, size_t length);

/* Adds what base64_add made of: with its padding, nothing between or behind it, and no spare bits
 * set. false: it is none, and the buffer has what came before the fault. */
bool base64_decode(struct buf *, const char *text, size_t length);

#endif
