/* SPDX-License-Identifier: MIT */
/* A stub that says it has another name than its file's. */
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
    .role = CREDENCE_ROLE_HOOK,
    .name = "right_name",
    .version = "1.0",
    .summary = "says that it is another",
    .ops.hook = &ops,
};

CREDENCE_EXPORT const struct credence_module *credence1_hook_wrong_name(void);

const struct credence_module *credence1_hook_wrong_name(void)
{
	return &descriptor;
}
