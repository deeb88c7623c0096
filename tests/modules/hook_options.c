/* SPDX-License-Identifier: MIT */
/* A stub that behaves: a hook with an option of each type. */
#include <credence/module.h>

static credence_rc options_event(struct credence_self *self, struct credence_call *call,
				 const char *event)
{
	(void)self;
	(void)call;
	(void)event;
	return CREDENCE_SUCCESS;
}

static const struct credence_option options[] = {
    {"text", CREDENCE_STRING, CREDENCE_REQUIRED, NULL, "a text that must be there"},
    {"number", CREDENCE_NUMBER, 0, "7", "a number"},
    {"flag", CREDENCE_BOOL, 0, "true", "true or false"},
    {"pause", CREDENCE_DURATION, 0, "90s", "a duration"},
    {"words", CREDENCE_LIST, 0, NULL, "a list"},
    {"key", CREDENCE_SECRET, 0, NULL, "a secret"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_hook_ops ops = {
    .size = sizeof(ops),
    .event = options_event,
};

CREDENCE_HOOK(options, &ops, .version = "1.0", .summary = "has an option of each type",
	      .options = options);
