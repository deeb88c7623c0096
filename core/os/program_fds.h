/* SPDX-License-Identifier: MIT */
/* A program that runs, between program_start.c, which starts it, and program.c, which talks to it.
 */
#ifndef CREDENCE_OS_PROGRAM_FDS_H
#define CREDENCE_OS_PROGRAM_FDS_H

#include "core/os/program.h"

#include <sys/types.h>

struct program {
	char *name;       /* its path */
	pid_t pid;        /* 0: it has been reaped */
	int in, out, err; /* our ends, not blocking; -1: closed */
	bool ended;       /* it is a zombie */
	int status;       /* once it was reaped */
	struct buf heard; /* secret: of its standard output, from the current line on */
	size_t line_length, searched;
	struct buf word; /* of its standard error, the line that has begun */
	char *last_word;
	unsigned told;
	program_tell *tell;
	void *data;
};

#endif
