/* SPDX-License-Identifier: MIT */
/*
 * Two hashes: FNV-1a of 64 bits, which finds damage and spreads locks but withstands nobody, and
 * SHA-256 (FIPS 180-4), which names ledger entries and recognises a changed secret. Both are here
 * so that asking for a token loads no crypto library; nothing is encrypted or signed with them.
 */
#ifndef CREDENCE_OS_HASH_H
#define CREDENCE_OS_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_fnv1a(const void *bytes, size_t length);

struct sha256 {
	uint32_t state[8];
	uint64_t length;
	unsigned char block[64];
};
void sha256_init(struct sha256 *);
void sha256_add(struct sha256 *, const void *bytes, size_t length);
/* Leaves nothing of the input behind. */
void sha256_finish(struct sha256 *, unsigned char digest[32]);

#endif
