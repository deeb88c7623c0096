/* SPDX-License-Identifier: MIT */
/*
 * Client authentication at the token and revocation endpoints (RFC 6749 section 2.3, RFC 7523
 * section 2.2, RFC 8705 section 2): exactly one method a request, and the secret never in a URL.
 */
#ifndef CREDENCE_RENEW_CLIENT_AUTH_H
#define CREDENCE_RENEW_CLIENT_AUTH_H

#include "core/session/session.h"

/* Adds what the method calls for to a form and to header (the value of Authorization; stays empty
 * unless the method is basic). method: one of the names that client_authentication has, or NULL for
 * the profile's. Both buffers are secret. CONFIG: there is no signer or no certificate for it. */
credence_rc client_authenticate(struct session *, const char *method, struct buf *form,
				struct buf *header);

/* Has the profile what its way of authenticating needs, and does nothing else speak for the client?
 * CONFIG, with the place, if not. */
credence_rc client_configured(struct session *);

/* Adds "name=value" encoded, with "&" before it unless it is the first. An empty value is omitted.
 */
void form_add(struct buf *form, const char *name, const char *value);

/* 16 hex digits that change when the client's id, secret, signing key or certificate does. Says
 * nothing about the secret to somebody who does not know it. Fails if one of them is not to be had.
 */
credence_rc client_check(struct session *, char check[17]);

#endif
