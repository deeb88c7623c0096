/* SPDX-License-Identifier: MIT */
/*
 * The miss: exactly one renewal however many ask. Lock, read again, resolve, count and write the
 * intent, send once, save durable, unlock. Every step leaves either the old record, or the old one
 * with an intent, or the new one; whoever finds an intent whose holder is gone knows what to do.
 */
#ifndef CREDENCE_RENEW_RENEW_H
#define CREDENCE_RENEW_RENEW_H

#include "core/session/session.h"

/* Renews the credential's token, or finds that somebody else did; session->record is then current.
 * judged: what judge said of the record that was found. The lock is given back. Events are
 * session->event. */
credence_rc renew(struct session *, const struct token_ask *, int judged);

/* A record that only a person could help, as it looks: may a renewal be tried all the same? With
 * --force, and when a dead token's client secret has changed since. */
bool renew_may_help(struct session *);

/* The entry that acquired session->record: renew and revoke go to that one and no other. Loads its
 * module. CONFIG: the profile no longer lists it. */
credence_rc renew_granting_entry(struct session *, struct entry **entry);

/* Does an entry of the grant stack need no person? Loads the modules. */
bool renew_unattended(struct session *, struct entry **entry);

#endif
