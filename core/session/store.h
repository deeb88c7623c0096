/* SPDX-License-Identifier: MIT */
/*
 * A session's store stack: loading a record by search, saving it to the authority first and then to
 * the other entries, erasing it everywhere, and the same for ledgers. What a record means is judged
 * in judge.h.
 */
#ifndef CREDENCE_SESSION_STORE_H
#define CREDENCE_SESSION_STORE_H

#include "core/session/session.h"

/* Reads the store stack as a search for a record that can be used now; session->record is the last
 * one that could be read, used or not. SUCCESS: it may be used. MISS: none, or none that is of use
 * (look at session->record). */
credence_rc store_search(struct session *, const struct token_ask *);

/* Reads only the authority, whatever the record's age. session->record is replaced. MISS: there is
 * none, session->record is NULL. */
credence_rc store_load(struct session *);

/* Saves session->record: the authority first, whose compare-and-swap decides, then the others,
 * without the refresh token. CONFLICT: somebody wrote first; nothing is changed. */
credence_rc store_save(struct session *);

/* Erases the credential from every entry. Fails if one did not confirm. MISS: there was nothing. */
credence_rc store_erase(struct session *);

/* A ledger of its own (core/record/ledger.h) under its key in the authority. MISS is SUCCESS with
 * an empty one. revision is what save expects. The caller holds the ledger's lock. */
credence_rc store_load_ledger(struct session *, const char *key, struct ledger *,
			      uint64_t *revision);
credence_rc store_save_ledger(struct session *, const char *key, const struct ledger *,
			      uint64_t revision);

#endif
