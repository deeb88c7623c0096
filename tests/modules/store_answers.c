/* SPDX-License-Identifier: MIT */
/* A stub that keeps nothing: its methods answer what its options say, success without a result too.
 */
#include <credence/module.h>

#include <stdlib.h>

struct credence_self {
	const struct credence_host *host;
};

static credence_rc answers_open(const struct credence_host *host, struct credence_call *call,
				struct credence_self **ret)
{
	struct credence_self *self = calloc(1, sizeof(*self));

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

static credence_rc answer(struct credence_self *self, struct credence_call *call,
			  const char *method)
{
	return (credence_rc)self->host->option_number(call, method);
}

static credence_rc answers_load(struct credence_self *self, struct credence_call *call,
				const char *key)
{
	(void)key;
	return answer(self, call, "load");
}

static credence_rc answers_save(struct credence_self *self, struct credence_call *call,
				const char *key, const struct credence_item *item)
{
	(void)key;
	(void)item;
	return answer(self, call, "save");
}

static credence_rc answers_erase(struct credence_self *self, struct credence_call *call,
				 const char *key)
{
	(void)key;
	return answer(self, call, "erase");
}

static credence_rc answers_list(struct credence_self *self, struct credence_call *call)
{
	return answer(self, call, "list");
}

static const struct credence_option options[] = {
    {"load", CREDENCE_NUMBER, 0, "1", "what load answers"},
    {"save", CREDENCE_NUMBER, 0, "0", "what save answers"},
    {"erase", CREDENCE_NUMBER, 0, "1", "what erase answers"},
    {"list", CREDENCE_NUMBER, 0, "0", "what list answers"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_store_ops ops = {
    .size = sizeof(ops),
    .load = answers_load,
    .save = answers_save,
    .erase = answers_erase,
    .list = answers_list,
};

CREDENCE_STORE(answers, &ops, .version = "1.0", .summary = "answers as it is told",
	       .options = options, .open = answers_open, .close = answers_close);
