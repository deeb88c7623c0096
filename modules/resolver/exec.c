/* SPDX-License-Identifier: MIT */
/* Resolver "exec": a program of any language knows the servers, by the protocol of
 * credence-exec(7). */
#include "modules/exec/exec.h"

#include <stdlib.h>

struct credence_self {
	const struct credence_host *host;
};

static const struct credence_option options[] = {
    EXEC_OPTIONS,
    {NULL, 0, 0, NULL, NULL},
};

static credence_rc exec_open(const struct credence_host *host, struct credence_call *call,
			     struct credence_self **self)
{
	struct credence_self *made;

	if (!CREDENCE_HAS(host, program_end))
		return host->fail(call, CREDENCE_CONFIG, NULL,
				  "resolver exec: this credence can't run programs", NULL);
	made = malloc(sizeof(*made));
	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	made->host = host;
	*self = made;
	return CREDENCE_SUCCESS;
}

static void exec_close(struct credence_self *self)
{
	free(self);
}

static credence_rc exec_resolve(struct credence_self *self, struct credence_call *call)
{
	bool offered;

	return exec_method(self->host, call, "resolver", "resolve", &offered);
}

static credence_rc exec_learn(struct credence_self *self, struct credence_call *call)
{
	bool offered;

	return exec_method(self->host, call, "resolver", "learn", &offered);
}

static const struct credence_resolver_ops ops = {
    .size = sizeof(ops),
    .resolve = exec_resolve,
    .learn = exec_learn,
};

CREDENCE_RESOLVER(exec, &ops, .version = "1.0", .summary = "servers from a program of any language",
		  .options = options, .open = exec_open, .close = exec_close);
