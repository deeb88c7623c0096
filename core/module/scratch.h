/* SPDX-License-Identifier: MIT */
/* Strings that the host hands to a method: in secret memory, freed when the method returns. */
#ifndef CREDENCE_MODULE_SCRATCH_H
#define CREDENCE_MODULE_SCRATCH_H

#include <stddef.h>

struct scratch {
	struct scratch *next;
	char *text;
};

/* Takes over text (secret_alloc'ed); NULL if it is NULL or memory ran out, and text is freed then.
 */
const char *scratch_take(struct scratch **, char *text);
void scratch_done(struct scratch **);

#endif
