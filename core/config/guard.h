/* SPDX-License-Identifier: MIT */
/*
 * What libconfig must never see: text that it reads in another way than it was meant. Its versions
 * differ in this, so the strictest rule holds for all: no @include, no NUL, no byte order mark, no
 * bottomless nesting, no integer that would wrap. Syntax is left to libconfig.
 */
#ifndef CREDENCE_CONFIG_GUARD_H
#define CREDENCE_CONFIG_GUARD_H

#include "core/os/buf.h"

#include <stdbool.h>

struct guard_problem {
	int line;
	char message[160];
	const char *hint; /* NULL: none; static */
};

/* Looks through the text of a file and ends its last line. false: it must not be parsed; the first
 * problem is in *problem. */
bool guard_check(struct buf *text, struct guard_problem *problem);

#endif
