/* SPDX-License-Identifier: MIT */
/*
 * The envelope: what a store gets. One line "credence1 REVISION SEAL LENGTH CHECKSUM\n", then
 * LENGTH bytes: the record, or the sealed record. The checksum (FNV-1a, 16 hex digits, over the
 * line up to the checksum and over the bytes) finds damage; only sealing finds attack. SEAL is "-"
 * for a clear record.
 */
#ifndef CREDENCE_RECORD_ENVELOPE_H
#define CREDENCE_RECORD_ENVELOPE_H

#include "core/call/call.h"

#include <stddef.h>
#include <stdint.h>

struct envelope {
	uint64_t revision;
	char seal[64];
	const char *payload; /* points into the bytes that were opened */
	size_t length;
};

/* ERROR: no envelope, truncated, damaged or of a newer kind; the message says which ("truncated:
 * 120 of 900 bytes", "checksum does not match: it was edited or damaged"), without the place: the
 * caller prefixes it. */
credence_rc envelope_open(struct credence_call *, const void *bytes, size_t length,
			  struct envelope *);
/* The buffer fails if envelope_open would refuse it: revision 0, or a seal that is no word of 1 to
 * 63 printable characters. */
void envelope_wrap(struct buf *, uint64_t revision, const char *seal, const void *payload,
		   size_t length);
/* Only the revision, from the first line; 0: no envelope. */
uint64_t envelope_revision(const void *bytes, size_t length);

#endif
