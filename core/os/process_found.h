/* SPDX-License-Identifier: MIT */
/* How the process was found when it started, between process.c, which changes it, and spawn.c and
 * program.c, which give it back to children. */
#ifndef CREDENCE_OS_PROCESS_FOUND_H
#define CREDENCE_OS_PROCESS_FOUND_H

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>

struct process_found {
	char **environment; /* NULL: process_harden did not run; environ counts */
	void (*sigpipe)(int), (*sigchld)(int);
	struct sigaction sigint, sigterm, sighup, sigquit;
	bool catching, has_core;
	struct rlimit core;
};
extern struct process_found process_found;

/* The environment as it was found. */
char **process_environment(void);

/* In the process that is about to exec: signals and limits as they were found. */
void process_give_back(void);

/* May this variable ("NAME=value") stay where nothing is known of whoever set it? */
bool process_variable_allowed(const char *variable);

#endif
