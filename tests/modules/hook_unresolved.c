/* SPDX-License-Identifier: MIT */
/* A stub that needs a function which nobody has. */
#include <credence/module.h>

credence_rc credence_stub_of_nobody(const char *event);

static credence_rc unresolved_event(struct credence_self *self, struct credence_call *call,
				    const char *event)
{
	(void)self;
	(void)call;
	return credence_stub_of_nobody(event);
}

static const struct credence_hook_ops ops = {
    .size = sizeof(ops),
    .event = unresolved_event,
};

CREDENCE_HOOK(unresolved, &ops, .version = "1.0", .summary = "can't be loaded");
