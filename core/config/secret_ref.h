/* SPDX-License-Identifier: MIT */
/*
 * References to secrets as text. Reading what they refer to is secret_read() of profile.h.
 */
#ifndef CREDENCE_CONFIG_SECRET_REF_H
#define CREDENCE_CONFIG_SECRET_REF_H

#define SECRET_REF_HINT                                                                            \
	"write \"file:/path\", \"env:NAME\", \"exec:/command\", \"keyring:DESCRIPTION\", "         \
	"\"credential:NAME\" or \"plain:VALUE\" if you mean it"

/* NULL: it is one; else what it is instead. */
const char *secret_ref_check(const char *text);

#endif
