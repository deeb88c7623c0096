/* SPDX-License-Identifier: MIT */
/*
 * The lock of one key on one host: an OFD write lock on one byte of the file "locks" in a state
 * folder. It ends with its holder, so there is no stale lock; the file is never unlinked, so there
 * are never two. The byte is chosen by the key's FNV-1a hash: two keys that share one merely wait
 * for each other. Order: a credential's lock first, then a ledger's.
 */
#ifndef CREDENCE_OS_LOCK_H
#define CREDENCE_OS_LOCK_H

#include "core/call/call.h"

#include <stdbool.h>

struct lock {
	int fd; /* -1: not held */
};
#define LOCK_INIT ((struct lock){.fd = -1})

/* One try. SUCCESS: held; UNAVAIL: another holds it (no message set); UNSAFE, ERROR: message set.
 * The file is opened once and stays open in the lock until lock_release. A key that begins with '+'
 * is a ledger's. */
credence_rc lock_try(struct credence_call *, struct lock *, const char *state_dir, const char *key);

/* Polls with jitter (10 ms growing to 100 ms) until it is held or the call's deadline passes.
 * between, if not NULL, runs after each failed try; when it answers true the wait ends with MISS:
 * what the lock was wanted for is done. UNAVAIL: the deadline, message set; CANCELLED. */
credence_rc lock_wait(struct credence_call *, struct lock *, const char *state_dir, const char *key,
		      bool (*between)(struct credence_call *, void *), void *data);

/* Appends what tells a held lock from every other lock of the world: the kernel's boot and the
 * file. Nothing if it is not held or that can't be found out. */
void lock_identify(const struct lock *, struct buf *);

/* Gives it back; a lock that is not held is left alone. */
void lock_release(struct lock *);

#endif
