/* SPDX-License-Identifier: MIT */
/* Throw-away certificates: an authority and a server certificate, made at the start. */
#ifndef SANDBOX_TLS_H
#define SANDBOX_TLS_H

#include <stdbool.h>

enum certificate {
	CERTIFICATE_GOOD,
	CERTIFICATE_EXPIRED,
	CERTIFICATE_WRONG_HOST,
	CERTIFICATE_UNTRUSTED
};

/* PEM text, each to be freed with tls_done(). client is a certificate with its key, for those who
 * must show one. The authority's key is nowhere kept. */
struct tls {
	char *ca, *cert, *key, *client;
};

bool tls_make(struct tls *tls, enum certificate kind);
void tls_done(struct tls *tls);

/* The subject of the certificate that a client showed in a session of GnuTLS, if the authority
 * signed it; else NULL. Free it. */
char *tls_peer(void *session);

#endif
