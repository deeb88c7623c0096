/* SPDX-License-Identifier: MIT */
/*
 * Control words: what a stack does with each answer of an entry. Words are short for an action per
 * answer, as in PAM; the bracket form says the actions outright. How a walk carries them out is in
 * walk.h.
 */
#ifndef CREDENCE_CONFIG_CONTROL_H
#define CREDENCE_CONFIG_CONTROL_H

#include "core/call/call.h"

#include <stdbool.h>

#define ACTION_BAD    0 /* remember as failure, go on; also what a bracket leaves out */
#define ACTION_IGNORE 1 /* go on */
#define ACTION_OK     2 /* counts as success, go on */
#define ACTION_DONE   3 /* take it and stop */
#define ACTION_DIE    4 /* fail now */

/* reading: resolve, load, acquire (a search). writing: save, erase, learn, event (all entries). */
#define WALK_READING 0
#define WALK_WRITING 1

struct control {
	char *text; /* as configured; "required" when absent */
	unsigned char action[2][CREDENCE_RC_COUNT];
	bool vital;        /* required, requisite: must not fail */
	bool alone_counts; /* false for optional: its success alone is not enough */
};

/* NULL: it is one; else what is wrong with it, naming the nearest word; until the next call on this
 * thread. text NULL: required. */
const char *control_parse(const char *text, struct control *);
void control_done(struct control *);

/* "[success=done miss=ignore default=bad]" for a way of walking. */
void control_print(const struct control *, int way, struct buf *);

#endif
