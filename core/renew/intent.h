/* SPDX-License-Identifier: MIT */
/*
 * The intent: what a record says while a token request is under way. It is durable before the first
 * byte leaves, and goes when the outcome is saved; so whoever finds one knows that an answer may be
 * lost, and, where hosts share the store, that another may still be waiting for it.
 */
#ifndef CREDENCE_RENEW_INTENT_H
#define CREDENCE_RENEW_INTENT_H

#include "core/session/session.h"

/* Puts this call's into session->record; saving is the caller's. The credential's lock is held.
 * false: out of memory. */
bool intent_set(struct session *);
void intent_clear(struct record *);

/* Whether the record, as that store has it, has one whose holder may still be at it: not if the
 * holder's lock is the one that this session holds, nor if no other host has the store and this one
 * was started anew since, nor once the holder's time is over, by any clock. */
bool intent_is_live(const struct session *, const struct entry *store, const struct record *);

#endif
