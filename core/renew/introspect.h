/* SPDX-License-Identifier: MIT */
/*
 * What the server says of a token (RFC 7662): asked where the provider offers it, shown, and
 * nothing else: no record changes for it.
 */
#ifndef CREDENCE_RENEW_INTROSPECT_H
#define CREDENCE_RENEW_INTROSPECT_H

#include "core/session/session.h"

/* Strings are the session's, until its next request; NULL and 0: the server does not say. */
struct introspection {
	const char *token; /* which it is: "access_token" or "refresh_token" */
	bool active;
	const char *scope, *client_id, *username, *subject, *token_type, *issuer;
	int64_t issued_at, expires_at; /* wall ms */
};

/* Asks for the access token that the profile would use, else for the refresh token, of the record
 * that the session has loaded. CONFIG: the provider offers no introspection; LOGIN: there is no
 * token; DENIED, UNAVAIL, UNSAFE, … as a request may fail. */
credence_rc session_introspect(struct session *, struct introspection *);

#endif
