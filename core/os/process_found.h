/* SPDX-License-Identifier: MIT */
/* How the process was found when it started, between process.c, which changes it, and spawn.c,
 * which gives it back to children. */
#ifndef CREDENCE_OS_PROCESS_FOUND_H
#define CREDENCE_OS_PROCESS_FOUND_H

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>

struct process_found {
	char **environment; /* NULL: process_harden did not run; environ counts */
	void (*sigpipe)(int);
	struct sigaction sigint, sigterm, sighup;
	bool catching, has_core;
	struct rlimit core;
};
extern struct process_found process_found;

#endif
