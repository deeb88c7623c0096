/* SPDX-License-Identifier: MIT */
/*
 * A run of the suite as its cases see it. What the processes of a run tell each other is on one
 * board in shared memory: the verdict, the keys that were used, how far somebody is.
 */
#ifndef CREDENCE_CONFORMANCE_SUITE_H
#define CREDENCE_CONFORMANCE_SUITE_H

#include "core/conformance/conformance.h"
#include "core/module/context.h"

#include <pthread.h>
#include <stdatomic.h>

#define BOARD_TEXT  640
#define BOARD_KEYS  256
#define BOARD_STEPS 8
#define KEY_SIZE    65

struct board {
	atomic_bool failed;
	char expected[BOARD_TEXT], found[BOARD_TEXT];
	/* Why the module can't be used at all; rc SUCCESS: it can. */
	struct board_error {
		credence_rc rc;
		int status;
		char code[BOARD_TEXT], message[BOARD_TEXT], hint[BOARD_TEXT];
	} error;
	uint32_t declared;      /* what the module promises, by its table or its own word */
	bool between_processes; /* what one process saves another can load */
	unsigned key_count;     /* keys that something may be kept under */
	char key[BOARD_KEYS][KEY_SIZE];
	_Atomic uint64_t step[BOARD_STEPS]; /* the case's own; 0 at its start */
};

struct test;
struct self;

struct test_case {
	const char *name; /* NULL ends a table */
	void (*run)(struct test *);
	uint32_t needs;   /* flags that the module must declare, and NEEDS_… */
	size_t size;      /* the case's own: what several of one function differ in */
	const char *text; /* likewise */
};
#define NEEDS_PROCESSES 0x80000000u /* other processes see what is saved */

/* The suite of one role. */
struct suite_of_role {
	uint32_t role;
	const struct test_case *const *groups; /* ends with NULL */
	/* Why a case does not apply; NULL: it does. */
	const char *(*skip)(const struct board *, uint32_t needs);
	/* In a process of its own: can the module be used at all? The answer is on the board. */
	void (*look)(struct test *);
	/* In a process of its own: can another process see what this one did? */
	void (*second_look)(struct test *);
	/* Removes what is kept under the board's keys; those that are gone leave the board. */
	void (*clean)(struct test *);
	/* Gives back what a case has open. */
	void (*close)(struct test *);
};

struct suite {
	struct credence *context;
	struct call_listener listener;
	unsigned flags; /* CALL_… */
	const struct suite_of_role *of;
	const struct conformance_subject *subject;
	char prefix[32];     /* of all keys */
	char folder[4096];   /* the state folder of a subject without a profile; "": none */
	struct board *board; /* shared by all processes of the run */
};

/* One case while it runs. */
struct test {
	struct suite *suite;
	const struct test_case *what; /* NULL: before and behind the cases */
	unsigned number;
	pthread_mutex_t mutex;
	struct self *selves; /* that are open in this process */
};

/* -- Verdicts (test.c) -- */

/* Nothing has failed yet. Everything that a case does stops at its first failure, so that a case is
 * written as what should happen, without a look at each step. */
bool test_good(const struct test *);
/* What should have been, and what was. Only a case's first failure is kept. */
void test_fail(struct test *, const char *expected, const char *found, ...)
    __attribute__((format(printf, 3, 4)));
/* A key of this case's own: the run's prefix, the case's number, tail. It lives as long as the
 * case. What is kept under it is removed behind the case. */
const char *test_key(struct test *, const char *tail);
/* One of the kind that ledgers have: '+' and 32 hex digits. */
const char *test_ledger_key(struct test *, unsigned index);
/* What the names of this case's keys begin with; ledgers' do not. */
void test_prefix(const struct test *, char prefix[static KEY_SIZE]);
/* Waits until a step of the board is at least value, or the case has failed. */
void test_await(struct test *, unsigned step, uint64_t value);
/* Up to ms, by chance. */
int64_t test_chance(int64_t ms);

/* The exit status of a process that came to its end: not 0, so that a module that calls exit does
 * not pass for it. */
#define PROCESS_DONE 113

/* -- Several at once (team.c) -- */

#define TEAM_MAX 8

struct team {
	struct test *test;
	unsigned count;
	bool processes;
	void (*work)(struct team *, unsigned index);
	const char *key; /* what they work on */
	struct member {
		struct team *team;
		unsigned index;
		pthread_t thread;
		int process; /* 0: none, or its end was seen */
	} member[TEAM_MAX];
};

/* Starts count members, as processes or as threads of this one. */
void team_start(struct team *, struct test *, unsigned count, bool processes,
		void (*work)(struct team *, unsigned index), const char *key);
/* Waits for all. A process that did not end by itself is a failure. */
void team_join(struct team *);
/* kill -9 of a process, and waits for its end. */
void team_kill(struct team *, unsigned index);

/* -- A process of its own (apart.c) -- */

struct apart {
	bool timeout;     /* it was ended at the limit */
	bool interrupted; /* it was ended since a signal came */
	int signal;       /* that ended it; 0: none */
	bool exited;      /* else: before work was done */
	int status;       /* with that exit status */
};

/* Runs work in a process of its own, and ends it with all that it has started: at the limit (boot
 * time in ms), and if a signal comes unless deaf is set. false: no process could be made. */
bool apart_run(struct test *, void (*work)(struct test *), int64_t limit, bool deaf,
	       struct apart *);

extern const struct suite_of_role suite_of_stores; /* store/store.c */

#endif
