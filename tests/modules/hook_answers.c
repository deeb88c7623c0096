/* SPDX-License-Identifier: MIT */
/* A stub that answers what its options say, be it an answer or not. */
#include <credence/module.h>

#include <stdlib.h>

struct credence_self {
	const struct credence_host *host;
};

static credence_rc answers_open(const struct credence_host *host, struct credence_call *call,
				struct credence_self **ret)
{
	struct credence_self *self;
	credence_rc rc = (credence_rc)host->option_number(call, "open");

	if (rc != CREDENCE_SUCCESS)
		return rc;
	self = calloc(1, sizeof(*self));
	if (self == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	self->host = host;
	*ret = self;
	return CREDENCE_SUCCESS;
}

static void answers_close(struct credence_self *self)
{
	free(self);
}

static credence_rc answers_event(struct credence_self *self, struct credence_call *call,
				 const char *event)
{
	const struct credence_host *host = self->host;
	const char *message = host->option(call, "message");
	credence_rc rc = (credence_rc)host->option_number(call, "event");

	(void)event;
	return message != NULL ? host->fail(call, rc, "STUB", message, NULL) : rc;
}

static const struct credence_option options[] = {
    {"open", CREDENCE_NUMBER, 0, "0", "what open answers"},
    {"event", CREDENCE_NUMBER, 0, "0", "what event answers"},
    {"message", CREDENCE_STRING, 0, NULL, "the error that event sets"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_hook_ops ops = {
    .size = sizeof(ops),
    .event = answers_event,
};

CREDENCE_HOOK(answers, &ops, .version = "1.0", .summary = "answers as it is told",
	      .options = options, .open = answers_open, .close = answers_close);
