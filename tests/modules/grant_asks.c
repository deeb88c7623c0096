/* SPDX-License-Identifier: MIT */
/* A stub that behaves: a grant without a person that can't do without its options. */
#include <credence/module.h>

static credence_rc asks_acquire(struct credence_self *self, struct credence_call *call)
{
	(void)self;
	(void)call;
	return CREDENCE_MISS;
}

static const struct credence_option options[] = {
    {"key", CREDENCE_SECRET, CREDENCE_REQUIRED, NULL, "the key that signs"},
    {"days", CREDENCE_NUMBER, CREDENCE_REQUIRED, NULL, "how many days"},
    {"pause", CREDENCE_DURATION, CREDENCE_REQUIRED, NULL, "how long to wait"},
    {"strict", CREDENCE_BOOL, CREDENCE_REQUIRED, NULL, "true or false"},
    {"subject", CREDENCE_STRING, 0, NULL, "for whom"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_grant_ops ops = {
    .size = sizeof(ops),
    .flags = CREDENCE_GRANT_UNATTENDED,
    .acquire = asks_acquire,
};

CREDENCE_GRANT(asks, &ops, .version = "1.0", .summary = "needs options", .options = options);
