/* SPDX-License-Identifier: MIT */
/* A stub that lacks a mandatory method. */
#include <credence/module.h>

static credence_rc no_erase_load(struct credence_self *self, struct credence_call *call,
				 const char *key)
{
	(void)self;
	(void)call;
	(void)key;
	return CREDENCE_MISS;
}

static credence_rc no_erase_save(struct credence_self *self, struct credence_call *call,
				 const char *key, const struct credence_item *item)
{
	(void)item;
	return no_erase_load(self, call, key);
}

static credence_rc no_erase_list(struct credence_self *self, struct credence_call *call)
{
	return no_erase_load(self, call, NULL);
}

static const struct credence_store_ops ops = {
    .size = sizeof(ops),
    .load = no_erase_load,
    .save = no_erase_save,
    .list = no_erase_list,
};

CREDENCE_STORE(no_erase, &ops, .version = "1.0", .summary = "never forgets");
