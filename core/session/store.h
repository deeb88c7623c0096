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

/* The one entry that decides, its module loaded; all others are caches.
 * CONFIG. */
credence_rc store_authority(struct session *, struct entry **);

/* Reads only the authority, whatever the record's age. session->record is replaced. MISS: there is
 * none, session->record is NULL. */
credence_rc store_load(struct session *);

/* Saves session->record: the authority first, whose compare-and-swap decides, then the others,
 * without the refresh token. CONFLICT: somebody wrote first; nothing is changed. */
credence_rc store_save(struct session *);

/* The same, but in the authority only: what is noted before and after requests (an intent, what was
 * counted, a failure) is of no use to caches, and their trouble no reason to stop. */
credence_rc store_note(struct session *);

/* If session->backfill says that a cache lacks what the authority has: copies it there, after the
 * answer was given, if the lock is free at once and after reading the authority again, so that
 * nothing comes back that was erased. Its failures are nobody's. */
void store_backfill(struct session *);

/* By how many ms the clocks may differ of those that write what the authority keeps: no more than
 * was measured where it tells the time, and two minutes where nobody does. 0: one host writes it.
 */
int64_t store_skew(struct session *);
/* The same of any store's entry whose promises are known (entry_store_traits). */
int64_t entry_skew(const struct entry *);

/* Erases the credential from every entry. Fails if one did not confirm. MISS: there was nothing. */
credence_rc store_erase(struct session *);

/* A ledger of its own (core/record/ledger.h) under its key in the authority. MISS is SUCCESS with
 * an empty one. revision is what save expects. The caller holds the ledger's lock. */
credence_rc store_load_ledger(struct session *, const char *key, struct ledger *,
			      uint64_t *revision);
credence_rc store_save_ledger(struct session *, const char *key, struct ledger *,
			      uint64_t revision);

/* Adds the entries of a ledger's payload. ERROR: it is none. */
credence_rc store_decode_ledger(struct credence_call *, const char *payload, size_t length,
				struct ledger *);
/* To a payload, into a secret buffer. */
credence_rc store_encode_ledger(struct credence_call *, const struct ledger *, struct buf *payload);

#endif
