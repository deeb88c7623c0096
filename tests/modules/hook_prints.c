/* SPDX-License-Identifier: MIT */
/* A stub that misbehaves: it prints on standard output, where the token goes. */
#include <credence/module.h>

#include <stdio.h>

static credence_rc prints_event(struct credence_self *self, struct credence_call *call,
				const char *event)
{
	(void)self;
	(void)call;
	printf("noise of a hook about %s\n", event);
	return fflush(stdout) == 0 ? CREDENCE_SUCCESS : CREDENCE_ERROR;
}

static const struct credence_hook_ops ops = {
    .size = sizeof(ops),
    .event = prints_event,
};

CREDENCE_HOOK(prints, &ops, .version = "1.0", .summary = "prints what it must not");
