/* SPDX-License-Identifier: MIT */
/*
 * Records that are carried about: rewritten under another seal, moved to another store, put into a
 * back-up and taken out again. What a record means is looked at only where it decides which of two
 * is the newer one, and where its times have to be said by another clock; else its bytes stay what
 * they were. Everything happens under the credential's lock, and under that of each ledger of its
 * own that counts for it.
 */
#ifndef CREDENCE_MIGRATE_H
#define CREDENCE_MIGRATE_H

#include "core/session/session.h"

#define MIGRATE_RECORD 1
#define MIGRATE_LEDGER 2

/* -- Resealing -- */

/* Writes record and ledgers under the seal that their store has now; caches that are not under it
 * are emptied. *changed: something was written. MISS: nobody has logged in. */
credence_rc session_reseal(struct session *, bool *changed);

/* -- Moving -- */

struct moved {
	char *from, *to;   /* names of the stores; free with moved_done */
	bool was_there;    /* the record had been moved before; the old copy is gone now */
	unsigned ledgers;  /* that were moved */
	bool ledgers_stay; /* they were copied, since other credentials count in them */
};
/* Moves the credential from the stores that file (a profile, as it was) names to those that the
 * profile names now: copied, read back, and only then erased where it was. force: a record that is
 * there already and not made from this one is replaced. MISS: nobody has logged in. CONFLICT
 * (status UNSAFE): both have a record. CONFIG: both are the same store. */
credence_rc session_move(struct session *, const char *file, bool force, struct moved *);
void moved_done(struct moved *);

/* -- Back-ups -- */

/* What is in a back-up: items one behind the other, in secret memory. */
struct backup {
	struct buf text;
	unsigned records, ledgers;
	char **seen; /* what is in it, so that what profiles share is there once; NULL-terminated */
	size_t seen_count;
};
void backup_init(struct backup *);
void backup_done(struct backup *);
/* Adds the record and the ledgers of a profile. MISS: there is no record (ledgers may be there). */
credence_rc backup_add(struct session *, struct backup *);

/* What a back-up is sealed with: a reference to a key ("file:/…"), or a passphrase. */
struct backup_key {
	const char *reference, *passphrase; /* one of them */
};
/* Ends it and adds the sealed file to out. */
credence_rc backup_seal(struct credence_call *, struct backup *, const struct backup_key *,
			struct buf *out);
/* The way back, into text, which must be secret. ERROR (status STORE): it is no back-up, truncated,
 * changed, or sealed with something else. */
credence_rc backup_unseal(struct credence_call *, const struct buf *file, const struct backup_key *,
			  struct buf *text);

struct backup_item {
	int kind; /* MIGRATE_… */
	char profile[65], key[65];
	uint64_t revision;
	const char *payload; /* in the text */
	size_t length;
};
/* The next item from *at on. MISS: that was all. ERROR: the text is none of ours. */
credence_rc backup_next(struct credence_call *, const struct buf *text, size_t *at,
			struct backup_item *);

#define RESTORED_NEW      1 /* there was none */
#define RESTORED_OVER     2 /* an older one, or one that nobody could read, was replaced */
#define RESTORED_SAME     3 /* it was there already */
#define RESTORED_FINISHED 4 /* a ledger: what it lacked was added */
/* Puts an item into the store that the profile names now. A record that is newer than the item
 * stays, unless force. CONFLICT (status UNSAFE): that one is newer, or of another consent. */
credence_rc session_restore(struct session *, const struct backup_item *, bool force, int *what);

#endif
