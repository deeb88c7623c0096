/* SPDX-License-Identifier: MIT */
/* A stub that misbehaves: it says that it got a token, and puts none. */
#include <credence/module.h>

static credence_rc empty_acquire(struct credence_self *self, struct credence_call *call)
{
	(void)self;
	(void)call;
	return CREDENCE_SUCCESS;
}

static const struct credence_grant_ops ops = {
    .size = sizeof(ops),
    .flags = CREDENCE_GRANT_UNATTENDED,
    .acquire = empty_acquire,
};

CREDENCE_GRANT(empty, &ops, .version = "1.0", .summary = "has nothing to give");
