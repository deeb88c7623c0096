/* SPDX-License-Identifier: MIT */
/*
 * Hook "stamp": writes the last event and its profile to a file. Stands for a module that somebody
 * else wrote: it is built from the installed header alone, see the Makefile beside it.
 */
#include <credence/module.h>
#include <stdio.h>
#include <stdlib.h>

struct credence_self {
	const struct credence_host *host;
};

static credence_rc stamp_open(const struct credence_host *host, struct credence_call *call,
			      struct credence_self **self)
{
	struct credence_self *made = malloc(sizeof(*made));

	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	made->host = host;
	*self = made;
	return CREDENCE_SUCCESS;
}

static void stamp_close(struct credence_self *self)
{
	free(self);
}

static credence_rc stamp_event(struct credence_self *self, struct credence_call *call,
			       const char *event)
{
	const struct credence_host *host = self->host;
	char line[256];
	int length =
	    snprintf(line, sizeof(line), "%s %s\n", event, host->attribute(call, "profile"));

	if (length < 0 || (size_t)length >= sizeof(line))
		return host->fail(call, CREDENCE_ERROR, NULL, "the event does not fit a line",
				  NULL);
	return host->file_replace(call, host->option(call, "path"), line, (size_t)length);
}

static const struct credence_option options[] = {
    {"path", CREDENCE_STRING, CREDENCE_REQUIRED, NULL, "the file, from the root on"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_hook_ops ops = {
    .size = sizeof(ops),
    .event = stamp_event,
};

CREDENCE_HOOK(stamp, &ops, .version = "1.0", .summary = "writes the last event to a file",
	      .options = options, .open = stamp_open, .close = stamp_close);
