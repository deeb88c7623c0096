/* SPDX-License-Identifier: MIT */
/*
 * What this host knows of each role: its name, how large its vtable was in 1.0, which members are
 * mandatory. The one table that a new role would be added to.
 */
#ifndef CREDENCE_MODULE_ROLE_H
#define CREDENCE_MODULE_ROLE_H

#include "core/module/loader.h"

struct role {
	const char *name;
	uint32_t ops_size;   /* of ours */
	uint32_t ops_size_1; /* of 1.0: a smaller one is refused */
	/* The name of a mandatory member that is missing; NULL: complete. */
	const char *(*missing)(const struct module *);
};
extern const struct role roles[ROLE_COUNT];

/* The sizes of the descriptor and of one option in 1.0. */
extern const uint32_t descriptor_size_1, option_size_1;

#endif
