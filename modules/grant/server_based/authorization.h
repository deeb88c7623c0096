/* SPDX-License-Identifier: MIT */
/*
 * The authorization request (RFC 6749 section 4.1.1) with PKCE (RFC 7636): what is random in it,
 * and the URL that a person opens. The URL holds nothing that is secret: the verifier stays here.
 */
#ifndef CREDENCE_SERVER_BASED_AUTHORIZATION_H
#define CREDENCE_SERVER_BASED_AUTHORIZATION_H

#include <credence/module.h>

#define AUTHORIZATION_RANDOM 32 /* bytes; 43 characters (RFC 7636 section 7.1) */

struct authorization {
	char state[44], verifier[44], challenge[44];
};

/* Draws state and verifier. SUCCESS, ERROR. */
credence_rc authorization_draw(const struct credence_host *, struct credence_call *,
			       struct authorization *);

/* *url: malloc'ed. SUCCESS; CONFIG: no endpoint is known, or the configuration sets what is not its
 * to set; ERROR. */
credence_rc authorization_url(const struct credence_host *, struct credence_call *,
			      const struct authorization *, const char *redirect_uri, char **url);

void authorization_done(struct authorization *); /* wipes */

#endif
