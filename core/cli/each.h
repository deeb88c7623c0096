/* SPDX-License-Identifier: MIT */
/*
 * Doing the same for many profiles: one that fails keeps no other from it, each has the whole time,
 * and the exit status is the first failure's.
 */
#ifndef CREDENCE_CLI_EACH_H
#define CREDENCE_CLI_EACH_H

#include "core/cli/cli.h"

typedef credence_rc each_do(struct cli *, const char *name, void *data);

/* For each name (NULL-terminated). doing ("resealing"; NULL: nothing) is shown while it takes time.
 * *failed: how many did. SUCCESS; CANCELLED. */
credence_rc cli_each(struct cli *, char *const names[], const char *doing, each_do *act, void *data,
		     unsigned *failed);
/* For all profiles that can be seen, of those that share a credential only the first. */
credence_rc cli_each_profile(struct cli *, const char *doing, each_do *act, void *data,
			     unsigned *failed);

/* One step of such a loop: shows the call's error, if there is one, and gives the next its time.
 * left: what the call had before. SUCCESS; CANCELLED. */
credence_rc cli_each_end(struct cli *, credence_rc rc, int64_t left, unsigned *failed);

#endif
