/* SPDX-License-Identifier: MIT */
/* Signatures of JWTs, verified with GnuTLS. */
#ifndef SANDBOX_JWS_H
#define SANDBOX_JWS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether it is a public key in PEM. */
bool jws_is_key(const char *pem);
/* Whether the signature is that key's over the text, by the algorithm of that name, which must be
 * one of the key's (RFC 7518 section 3.1, RFC 8037). */
bool jws_verify(const char *pem, const char *algorithm, const char *text, size_t length,
		const unsigned char *signature, size_t size);

#endif
