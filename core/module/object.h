/* SPDX-License-Identifier: MIT */
/*
 * One shared object: checked, then loaded. Loading runs its constructors, so whatever can be known
 * without running it is found out before. Where modules are looked for is in loader.c.
 */
#ifndef CREDENCE_MODULE_OBJECT_H
#define CREDENCE_MODULE_OBJECT_H

#include "core/call/call.h"

/* Loads the file at an absolute path and asks its entry point for the descriptor, which is not
 * looked at. UNSAFE: somebody else could have written it, or it is a link; else ERROR (status 9),
 * naming the file. */
credence_rc object_load(struct credence_call *, const char *path, const char *symbol,
			const struct credence_module **descriptor);

#endif
