/* SPDX-License-Identifier: MIT */
/*
 * JWTs that say who the client is (RFC 7523): header and claims are put together here, the
 * signature is the signer module's. So no key and no crypto library ever gets into the core.
 */
#ifndef CREDENCE_RENEW_JWT_H
#define CREDENCE_RENEW_JWT_H

#include "core/session/session.h"

/* Fails, since the profile's grant needs a signer and it has none: CONFIG. */
credence_rc jwt_no_signer(struct credence_call *, const struct profile *);

/* Makes the attributes signer.NAME known, once a session. MISS: the profile has no signer. */
credence_rc jwt_identify(struct session *);

/* The host's assertion service: a grant's claims, completed and signed (RFC 7523 section 2.1). */
credence_rc jwt_assertion(struct credence_call *, const char *claims, struct buf *jwt);

/* The client's own (RFC 7523 section 2.2): iss and sub are its id. */
credence_rc jwt_client_assertion(struct session *, struct buf *jwt);

#endif
