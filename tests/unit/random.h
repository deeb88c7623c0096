/* SPDX-License-Identifier: MIT */
/*
 * Chance for the property tests: a small generator with a seed, so that a failure can be run again.
 */
#ifndef CREDENCE_TESTS_RANDOM_H
#define CREDENCE_TESTS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

/* splitmix64 */
static inline uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 0 … below - 1 */
static inline unsigned random_below(struct random *random, unsigned below)
{
	return (unsigned)(random_next(random) % below);
}

/* A string of 0 to max - 1 of the given characters; text has room for max. */
static inline const char *random_text(struct random *random, const char *characters, size_t count,
				      char *text, unsigned max)
{
	unsigned length = random_below(random, max), i;

	for (i = 0; i < length; i++)
		text[i] = characters[random_below(random, (unsigned)count)];
	text[length] = '\0';
	return text;
}

#endif
