/* SPDX-License-Identifier: MIT */
/*
 * What one entry of a store stack keeps under a key: loaded and opened, saved, erased, without
 * asking what it means. What a stack does with its entries is in store.h.
 */
#ifndef CREDENCE_SESSION_KEPT_H
#define CREDENCE_SESSION_KEPT_H

#include "core/session/seal.h"
#include "core/session/session.h"

struct kept {
	struct buf bytes;     /* as the store gave them */
	struct opened opened; /* good if the load succeeded */
	bool damaged;         /* it is there, and nobody can read it */
};

/* kept_done must follow whatever the answer. MISS: there is nothing. If it is there and can't be
 * opened, bytes are set, and the answer is as seal_unwrap's, with the status STORE for an ERROR
 * that has none. */
credence_rc kept_load(struct session *, struct entry *, const char *key, struct kept *);
void kept_done(struct kept *);
/* It was opened, and is not what it should be: completes the call's error. */
void kept_unreadable(struct session *, const struct entry *, const char *key, credence_rc,
		     struct kept *);

/* Sealed as the entry's configuration says. CONFLICT: what is there has not the expected revision.
 */
credence_rc kept_save(struct session *, struct entry *, const char *key, const void *payload,
		      size_t length, uint64_t expected, uint64_t revision, int64_t expires_at);

/* MISS: there was nothing. */
credence_rc kept_erase(struct session *, struct entry *, const char *key);

#endif
