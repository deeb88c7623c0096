/* SPDX-License-Identifier: MIT */
/*
 * The authorization answer (RFC 6749 sections 4.1.2 and 4.1.2.1): a query, taken apart without
 * believing it. Whether it is this login's is decided by its state alone, in constant time.
 */
#ifndef CREDENCE_SERVER_BASED_ANSWER_H
#define CREDENCE_SERVER_BASED_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#define ANSWER_PARAMS_MAX 64

/* One parameter, decoded. */
struct answer_param {
	const char *name, *value;
	bool broken; /* could not be decoded */
};

struct answer {
	char *text; /* what the parameters point into */
	struct answer_param param[ANSWER_PARAMS_MAX];
	size_t count;
	const char *problem; /* what is wrong with an answer to this login; NULL: nothing */
};

/* Takes a query apart. true: it is the answer to the login that sent this state; then problem says
 * what else is wrong with it. false: it is not, or cannot be shown to be. */
bool answer_read(struct answer *, const char *query, const char *state);

/* A parameter's value; NULL: absent, or empty, which is the same (RFC 6749 section 3.1). */
const char *answer_get(const struct answer *, const char *name);

/* Wipes. Accepts a zeroed one. */
void answer_done(struct answer *);

#endif
