/* SPDX-License-Identifier: MIT */
/*
 * The conformance suite of modules: what the ABI promises to the core, asked of a module case by
 * case. Each case runs in a process of its own, so that a module which crashes, hangs or spoils its
 * process fails that case and no other. The command alone has it; libcredence does not.
 *
 * A suite of a role is a row of the table in suite.c and a folder of its own.
 */
#ifndef CREDENCE_CONFORMANCE_CONFORMANCE_H
#define CREDENCE_CONFORMANCE_CONFORMANCE_H

#include "core/call/call.h"
#include "core/module/loader.h"

#include <stdbool.h>
#include <stdint.h>

/* What is tested: the entry of a profile, or an entry that text has. */
struct conformance_subject {
	uint32_t role;
	const char *use;     /* as in a profile: name or absolute path */
	const char *profile; /* whose entry it is; NULL: text is a profile with that one entry */
	const char *text;
	const char *only; /* cases whose name has this in it; NULL: all */
};

#define CONFORMANCE_PASSED  0
#define CONFORMANCE_FAILED  1
#define CONFORMANCE_SKIPPED 2 /* the module does not declare what it is about */

struct conformance_result {
	unsigned number; /* from 1 */
	const char *name;
	int verdict;
	const char *reason;           /* of SKIPPED; NULL else */
	const char *expected, *found; /* of FAILED; NULL else */
	int64_t ms;                   /* how long it took */
};

struct conformance_count {
	unsigned passed, failed, skipped;
};

/* Whoever wants to know. Both return an answer other than SUCCESS to end the run. */
struct conformance_report {
	/* Before the first case: how many there are, and what all keys that are used begin with. */
	credence_rc (*plan)(void *data, const struct module *, uint32_t declared, unsigned cases,
			    const char *prefix);
	credence_rc (*result)(void *data, const struct conformance_result *);
	void *data;
};

/* Is there a suite for the role? */
bool conformance_has(uint32_t role);

/* Runs the suite. SUCCESS: it ran to its end, and count says how; else what kept it from that: the
 * module can't be loaded or used at all (its own error), a signal (CANCELLED), the call's deadline
 * (UNAVAIL). Whatever the answer, what the cases left is removed; left is how many keys could not
 * be. */
credence_rc conformance_run(struct credence_call *, const struct conformance_subject *,
			    const struct conformance_report *, struct conformance_count *,
			    unsigned *left);

#endif
