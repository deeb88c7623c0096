/* SPDX-License-Identifier: MIT */
/* A stub that says it has another role than its file's name. */
#include <credence/module.h>

static credence_rc wrong_event(struct credence_self *self, struct credence_call *call,
			       const char *event)
{
	(void)self;
	(void)call;
	(void)event;
	return CREDENCE_SUCCESS;
}

static const struct credence_hook_ops ops = {
    .size = sizeof(ops),
    .event = wrong_event,
};

static const struct credence_module descriptor = {
    .size = sizeof(descriptor),
    .role = CREDENCE_ROLE_STORE,
    .name = "wrong_role",
    .version = "1.0",
    .summary = "says that it is a store",
    .ops.hook = &ops,
};

CREDENCE_EXPORT const struct credence_module *credence1_hook_wrong_role(void);

const struct credence_module *credence1_hook_wrong_role(void)
{
	return &descriptor;
}
