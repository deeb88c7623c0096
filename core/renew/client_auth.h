/* SPDX-License-Identifier: MIT */
/*
 * Client authentication at the token and revocation endpoints (RFC 6749 section 2.3): exactly one
 * method a request, and the secret never in a URL.
 */
#ifndef CREDENCE_RENEW_CLIENT_AUTH_H
#define CREDENCE_RENEW_CLIENT_AUTH_H

#include "core/session/session.h"

/* Adds what the method calls for to a form and to header (the value of Authorization; stays empty
 * unless the method is basic). method: "basic", "body", "none" or NULL for the profile's. Both
 * buffers are secret. */
credence_rc client_authenticate(struct session *, const char *method, struct buf *form,
				struct buf *header);

/* Adds "name=value" encoded, with "&" before it unless it is the first. An empty value is omitted.
 */
void form_add(struct buf *form, const char *name, const char *value);

/* 16 hex digits that change when the client's secret does; "" if there is none. Says nothing about
 * the secret to somebody who does not know it. */
credence_rc client_check(struct session *, char check[17]);

#endif
