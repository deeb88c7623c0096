/* SPDX-License-Identifier: MIT */
/*
 * Names and values: what is known in a call, and what a method put. Values live in secret memory,
 * since an answer's members may be tokens.
 */
#ifndef CREDENCE_MODULE_ATTRIBUTES_H
#define CREDENCE_MODULE_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>

struct attributes {
	struct attribute {
		char *name, *value;
	} * item;
	size_t count, capacity;
};

/* NULL: not known. */
const char *attributes_get(const struct attributes *, const char *name);
/* Copies; value NULL removes it. false: out of memory. */
bool attributes_set(struct attributes *, const char *name, const char *value);
/* Removes every name that begins so ("answer."). */
void attributes_drop(struct attributes *, const char *prefix);
/* Sets in known all that put has, including what it removed (an empty value). */
bool attributes_merge(struct attributes *known, const struct attributes *put);
void attributes_done(struct attributes *);

#endif
