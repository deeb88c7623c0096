/* SPDX-License-Identifier: MIT */
/*
 * A stage for the tests of the host's services: a profile with its provider, and a module of the
 * test whose methods all run the step that the test gives.
 */
#ifndef CREDENCE_TESTS_HOST_STAGE_H
#define CREDENCE_TESTS_HOST_STAGE_H

#include "core/module/host.h"

#include "config_world.h"

#undef fail /* Check has a macro of that name, the host a service */

#define HOST (&host_table)

extern struct stage {
	struct world world;
	struct work work;
	struct frame frame; /* of the method that ran last */
	struct stack_conf conf;
	struct module module;
	struct entry entry;
	credence_rc (*step)(void); /* NULL: success */
	unsigned stepped;
	char logged[512]; /* the last line, after its level */
} stage;

/* The fixture of every test. */
void stage_set(void);
void stage_clear(void);

/* The entry and its module are of that role from now on. */
void stage_become(uint32_t role);

/* All methods that there are. */
extern const struct stage_method {
	uint32_t role;
	const char *name;
} stage_methods[];
#define STAGE_METHODS 13

/* Runs a method, with a new frame and without an error. */
credence_rc stage_run(const char *method);

/* The call's error is rc, with part in its message. */
void stage_expect(credence_rc rc, const char *part);

/* A step: puts the token "at". */
credence_rc stage_put_token(void);

#endif
