/* SPDX-License-Identifier: MIT */
/*
 * What the command does to its own process before anything else, and how it starts others: standard
 * descriptors, core dumps, the environment, signals; children get all of it as it was found, but
 * for the environment of a privileged process, of which those whose output is read get less.
 */
#ifndef CREDENCE_OS_PROCESS_H
#define CREDENCE_OS_PROCESS_H

#include "core/call/call.h"
#include "core/os/buf.h"

#include <stdbool.h>
#include <sys/types.h>

/* Opens /dev/null on descriptors 0-2 that are closed, ignores SIGPIPE, turns core dumps off and,
 * when privileged (euid 0, or secure execution), clears the environment to an allow-list. The
 * original environment is kept for process_run. Call it first in main. Exits with 1 if it can't. */
void process_harden(void);

/* euid 0, or the kernel says secure execution (AT_SECURE). */
bool process_is_privileged(void);

/* A variable of the environment that configuration asked for by name ("env:NAME"), as it was when
 * the process started; NULL: not set. */
const char *process_env(const char *name);

/* SIGINT, SIGTERM, SIGHUP and SIGQUIT set a flag instead of ending the process. */
void process_catch_signals(void);
/* The signal that came, or 0. */
int process_signal(void);

/* Replaces this process by argv, found in PATH, with the environment as it was found plus extra
 * (NULL-terminated: "NAME=value", or "NAME" for one that is not to be there), and signals, limits
 * as they were found. Returns only on failure, with errno's reason: 126 found but not runnable, 127
 * not found. */
int process_exec(char *const argv[], const char *const extra[]);

/* Runs argv[0] (no shell) if program_check of program.h lets it, stdin from /dev/null, with
 * the environment as it was found (from a privileged process: program_environment), collects at
 * most FILE_MAX bytes of stdout into output, until it ends; what is left of its process group ends
 * with it. SUCCESS; UNSAFE: as program_check; CONFIG: it is not there, can't be run or failed;
 * ERROR; UNAVAIL: it was killed at the deadline; CANCELLED. */
credence_rc process_capture(struct credence_call *, char *const argv[], struct buf *output);

/* Starts argv[0], found in PATH, as one that outlives this process: its own session, standard
 * descriptors on /dev/null, the rest as process_exec. false: it could not be started. */
bool process_detach(char *const argv[]);

/* Random bytes of the kernel; false: none to be had. */
bool process_random(void *bytes, size_t length);

#endif
