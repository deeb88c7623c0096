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

/* PEM text, each to be freed with tls_done(). The authority's key is nowhere kept. */
struct tls {
	char *ca, *cert, *key;
};

bool tls_make(struct tls *tls, enum certificate kind);
void tls_done(struct tls *tls);

#endif
