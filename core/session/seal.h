/* SPDX-License-Identifier: MIT */
/*
 * Between a record and what its store is given: the envelope (core/record/envelope.h), and in it
 * the record, in clear or sealed with the first of the entry's seals. The envelope names the seal.
 * What is sealed is bound to its key, its revision and its seal, so that it is authentic nowhere
 * else.
 */
#ifndef CREDENCE_SESSION_SEAL_H
#define CREDENCE_SESSION_SEAL_H

#include "core/module/host.h"

/* What a store gave, opened. */
struct opened {
	uint64_t revision;
	char seal[64];       /* what the envelope says; SEAL_NONE_ID: it was in clear */
	const char *payload; /* in the bytes that were opened, or in the frame */
	size_t length;
	struct frame frame; /* of unseal */
};

/* The seal that the entry writes with now: its id, and the seal (NULL: in clear). CONFIG. */
credence_rc seal_present(struct credence_call *, struct entry *store, const char **id,
			 struct entry **seal);

/* Adds to bytes what the store is to keep. SUCCESS; CONFIG, UNSAFE, UNAVAIL, CANCELLED, ERROR: as
 * the seal says, or it can't be loaded; nothing is in clear instead. */
credence_rc seal_wrap(struct credence_call *, struct entry *store, const char *key,
		      uint64_t revision, const void *payload, size_t length, struct buf *bytes);

/* The way back; opened_done must follow whatever the answer. SUCCESS. ERROR without a status: it is
 * damaged for everyone, as envelope_open says. ERROR with status STORE and a hint: it is sealed
 * with what the entry lacks, with another key, or not authentic; or in clear, and not one of the
 * entry's seals is none. Else as the seal says. The message
 * has no place: the caller prefixes it. */
credence_rc seal_unwrap(struct credence_call *, struct entry *store, const char *key,
			const void *bytes, size_t length, struct opened *);
void opened_done(struct opened *);

#endif
