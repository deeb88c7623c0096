/* SPDX-License-Identifier: MIT */
/* Who may have written what stands at a path: the rules of trusted files, between trusted.c, which
 * reads them, and path.c, which walks to them. */
#ifndef CREDENCE_OS_PATH_H
#define CREDENCE_OS_PATH_H

#include "core/call/call.h"

#include <stdbool.h>
#include <sys/stat.h>

/* Owned by root or this user and not writable by others. on_the_way: a sticky folder of root's will
 * do, since nobody can replace what is not theirs in it. */
credence_rc path_check(struct credence_call *, const char *path, const struct stat *,
		       bool on_the_way);

/* Walks from / to an absolute path by descriptor, following links, and checks each folder, each
 * link and what it comes to; *end is that. */
credence_rc path_walk(struct credence_call *, const char *path, struct stat *end);

/* The answer for the errno of a look-up, its message set. */
credence_rc path_fail(struct credence_call *, const char *path);

/* What this user may not do to a file: DENIED, status NOT_ALLOWED. error: the errno. */
credence_rc path_denied(struct credence_call *, const char *what, const char *path, int error);

#endif
