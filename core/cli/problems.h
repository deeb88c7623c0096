/* SPDX-License-Identifier: MIT */
/* The problems that check finds: collected, each once, and shown as lines or as JSON. */
#ifndef CREDENCE_CLI_PROBLEMS_H
#define CREDENCE_CLI_PROBLEMS_H

#include "core/os/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct problem {
	char *file; /* NULL: the message says where */
	int line;   /* 0: the whole file */
	char *message, *hint;
};

struct problems {
	struct problem *problem;
	size_t count;
	bool seen;   /* one was added, or was known already; whoever looks clears it before */
	bool failed; /* memory ran out */
};

/* problems: a struct problems; the form that conf_report wants. */
void problems_add(void *problems, const char *file, int line, const char *message,
		  const char *hint);
void problems_done(struct problems *);

/* Of so many profiles, so many have problems. */
void problems_text(const struct problems *, size_t profiles, size_t affected, bool quiet,
		   struct buf *);
void problems_json(const struct problems *, size_t profiles, size_t affected, struct buf *);

#endif
