/* SPDX-License-Identifier: MIT */
/*
 * The key of the signer "gnutls": where it is had from, and what GnuTLS's errors mean. What is done
 * with it is in gnutls.c.
 */
#ifndef CREDENCE_SIGNER_KEY_H
#define CREDENCE_SIGNER_KEY_H

#include <credence/module.h>
#include <gnutls/abstract.h>
#include <stdbool.h>

struct algorithm;

struct credence_self {
	const struct credence_host *host;
	gnutls_privkey_t key; /* NULL until identify */
	const struct algorithm *algorithm;
	const char *pin;  /* while a method runs; NULL: none */
	bool pin_refused; /* it was wrong, or would have been one try too many */
};

/* The PIN or passphrase, for as long as the method runs. */
credence_rc key_read_pin(struct credence_self *, struct credence_call *);

/* Makes self->key from what the option key refers to: PEM, a service account's JSON (whose words
 * about the signer are put) or a pkcs11: URI. On failure there is none. */
credence_rc key_import(struct credence_self *, struct credence_call *, const char *text);

/* Fails with what an error code of GnuTLS means here, else with rc and "what: …". */
credence_rc key_fail(struct credence_self *, struct credence_call *, credence_rc rc,
		     const char *what, int code);

#endif
