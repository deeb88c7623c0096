/* SPDX-License-Identifier: MIT */
/* What a client may show instead of a secret: assertions that are signed with its key (RFC 7523),
 * and certificates (RFC 8705). */
#ifndef SANDBOX_PROOF_H
#define SANDBOX_PROOF_H

#include "request.h"
#include "sandbox.h"

/* Registers a client's public key (PEM) with what its assertions must say: kid (NULL: any) and aud
 * (NULL: this data centre's token endpoint). False if it is no key. */
bool proof_register(struct client *client, const char *public_key, const char *kid,
		    const char *audience);

/* The client of whom a JWT says that it issued it, before anything is verified; NULL: none. */
struct client *proof_issuer(const struct sandbox *sb, const char *jwt);

/* NULL: the JWT is the client's own, for here, for now and was not seen before; else what is wrong
 * with it. subject: what sub must be, or NULL: any. */
const char *proof_problem(struct sandbox *sb, const struct request *rq, struct client *client,
			  const char *jwt, const char *subject);

/* A text of the claims of a JWT that was found good, or NULL. Free it. */
char *proof_claim(const char *jwt, const char *name);

void proofs_free(struct state *state);

#endif
