/* SPDX-License-Identifier: MIT */
/*
 * A stub as a later header of ABI 1 would make it: descriptor, table of methods and options have
 * grown at their ends, and what has grown is filled with what must not be taken for anything else.
 */
#include <credence/module.h>

static credence_rc newer_event(struct credence_self *self, struct credence_call *call,
			       const char *event)
{
	(void)self;
	(void)call;
	(void)event;
	return CREDENCE_SUCCESS;
}

#define GROWN (void *)0x5a5a5a5a, (void *)0x5a5a5a5a

static const struct {
	struct credence_hook_ops known;
	void *grown[2];
} ops = {{.size = sizeof(ops), .event = newer_event}, {GROWN}};

static const struct {
	struct credence_option known;
	void *grown[2];
} options[] = {
    {{"first", CREDENCE_NUMBER, 0, "1", "an option"}, {GROWN}},
    {{"second", CREDENCE_STRING, 0, "two", "another"}, {GROWN}},
    {{NULL, 0, 0, NULL, NULL}, {GROWN}},
};

static const struct {
	struct credence_module known;
	void *grown[2];
} descriptor = {
    {
	.size = sizeof(descriptor),
	.role = CREDENCE_ROLE_HOOK,
	.name = "newer",
	.version = "2.0",
	.summary = "is built against a later header",
	.options = &options[0].known,
	.option_size = sizeof(options[0]),
	.abi_minor = CREDENCE_ABI_MINOR + 1,
	.ops.hook = &ops.known,
    },
    {GROWN},
};

CREDENCE_EXPORT const struct credence_module *credence1_hook_newer(void);

const struct credence_module *credence1_hook_newer(void)
{
	return &descriptor.known;
}
