/* SPDX-License-Identifier: MIT */
/* What resealing, moving and restoring have in common. */
#ifndef CREDENCE_MIGRATE_PARTS_H
#define CREDENCE_MIGRATE_PARTS_H

#include "core/migrate/migrate.h"
#include "core/session/kept.h"

/* Runs change for each ledger of its own that counts for the profile, each under its lock. */
credence_rc migrate_ledgers(struct session *,
			    credence_rc (*change)(struct session *, const char *key, void *),
			    void *data);
/* Erases the credential's copies in all entries but the authority: they may be lost, and fill again
 * by themselves. What can't be erased is logged. */
credence_rc migrate_empty_caches(struct session *);
/* Saves to the authority and reads it back. */
credence_rc migrate_save(struct session *, struct entry *, const char *key, const char *payload,
			 size_t length, uint64_t expected, uint64_t revision);
/* The record as far as this version understands it. */
credence_rc migrate_decode(struct credence_call *, const char *payload, size_t length,
			   struct record **);
/* What a store keeps by its own clock, for a place whose clock is so many ms ahead of that: in its
 * bytes as it is where that is none. */
credence_rc migrate_shift(struct credence_call *, int kind, const char *payload, size_t length,
			  int64_t ms, struct buf *shifted);
/* CONFLICT, status UNSAFE. */
credence_rc migrate_refuse(struct credence_call *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
