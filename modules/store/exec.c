/* SPDX-License-Identifier: MIT */
/*
 * Store "exec": a program of any language keeps the records, by the protocol of credence-exec(7).
 * What it promises stands in the profile. Unless that says that the program compares and swaps, the
 * revision is compared here, under the host's lock.
 */
#include "modules/exec/exec.h"

#include <stdlib.h>
#include <string.h>

struct credence_self {
	const struct credence_host *host;
	uint32_t traits;
};

static const struct credence_option options[] = {
    EXEC_OPTIONS,
    {"traits", CREDENCE_LIST, 0, NULL,
     "what the program promises: durable, shared, cas, expiry; see credence-exec(7)"},
    {NULL, 0, 0, NULL, NULL},
};

static uint32_t trait_of(const char *name)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} traits[] = {
	    {"durable", CREDENCE_STORE_DURABLE},
	    {"shared", CREDENCE_STORE_SHARED},
	    {"cas", CREDENCE_STORE_CAS},
	    {"expiry", CREDENCE_STORE_EXPIRY},
	};

	for (size_t i = 0; i < sizeof(traits) / sizeof(traits[0]); i++)
		if (strcmp(traits[i].name, name) == 0)
			return traits[i].flag;
	return 0;
}

static credence_rc read_traits(const struct credence_host *host, struct credence_call *call,
			       uint32_t *traits)
{
	const char *name;

	*traits = 0;
	for (uint32_t i = 0; (name = host->option_item(call, "traits", i)) != NULL; i++) {
		if (trait_of(name) == 0)
			return host->fail(call, CREDENCE_CONFIG, NULL,
					  "store exec: traits has a word that is none",
					  "the words are \"durable\", \"shared\", \"cas\" and "
					  "\"expiry\"");
		*traits |= trait_of(name);
	}
	/* Another host's lock is not ours: nothing but the comparison keeps them apart. */
	if ((*traits & CREDENCE_STORE_SHARED) != 0 && (*traits & CREDENCE_STORE_CAS) == 0)
		return host->fail(call, CREDENCE_CONFIG, NULL,
				  "store exec: traits has \"shared\" without \"cas\"",
				  "several hosts need a program that compares and swaps itself");
	return CREDENCE_SUCCESS;
}

static credence_rc exec_open(const struct credence_host *host, struct credence_call *call,
			     struct credence_self **self)
{
	struct credence_self *made;
	uint32_t traits = 0;
	credence_rc rc;

	if (!CREDENCE_HAS(host, program_end))
		return host->fail(call, CREDENCE_CONFIG, NULL,
				  "store exec: this credence can't run programs", NULL);
	rc = read_traits(host, call, &traits);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	made = malloc(sizeof(*made));
	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	*made = (struct credence_self){.host = host, .traits = traits};
	*self = made;
	return CREDENCE_SUCCESS;
}

static void exec_close(struct credence_self *self)
{
	free(self);
}

static credence_rc exec_traits(struct credence_self *self, struct credence_call *call,
			       uint32_t *flags)
{
	(void)call;
	*flags = self->traits;
	return CREDENCE_SUCCESS;
}

static struct exec method_of(struct credence_self *self, struct credence_call *call,
			     const char *method, const char *key)
{
	return (struct exec){
	    .host = self->host, .call = call, .role = "store", .method = method, .key = key};
}

static credence_rc exec_load(struct credence_self *self, struct credence_call *call,
			     const char *key)
{
	struct exec exec = method_of(self, call, "load", key);

	return exec_store(&exec);
}

/* What is there now has the expected revision; what has none is not ours to replace. */
static credence_rc compare(struct credence_self *self, struct credence_call *call, const char *key,
			   uint64_t expected)
{
	struct exec exec = method_of(self, call, "load", key);
	struct buf bytes = BUF_SECRET;
	uint64_t there = 0;
	credence_rc rc;

	exec.bytes = &bytes;
	rc = exec_store(&exec);
	if (rc == CREDENCE_SUCCESS)
		there = self->host->revision(call, buf_text(&bytes), bytes.length);
	buf_done(&bytes);
	if (rc != CREDENCE_SUCCESS && rc != CREDENCE_MISS)
		return rc;
	if (there == expected && (rc == CREDENCE_MISS || there != 0))
		return CREDENCE_SUCCESS;
	return exec_fail(&exec, CREDENCE_CONFLICT,
			 "has revision %llu and not %llu: it was changed meanwhile",
			 (unsigned long long)there, (unsigned long long)expected);
}

static credence_rc exec_save(struct credence_self *self, struct credence_call *call,
			     const char *key, const struct credence_item *item)
{
	struct exec exec = method_of(self, call, "save", key);
	credence_rc rc = CREDENCE_SUCCESS;

	if ((self->traits & CREDENCE_STORE_CAS) == 0)
		rc = compare(self, call, key, item->expected);
	exec.item = item;
	return rc == CREDENCE_SUCCESS ? exec_store(&exec) : rc;
}

static credence_rc exec_erase(struct credence_self *self, struct credence_call *call,
			      const char *key)
{
	struct exec exec = method_of(self, call, "erase", key);

	return exec_store(&exec);
}

static credence_rc exec_list(struct credence_self *self, struct credence_call *call)
{
	struct exec exec = method_of(self, call, "list", NULL);

	return exec_store(&exec);
}

static const struct credence_store_ops ops = {
    .size = sizeof(ops),
    .load = exec_load,
    .save = exec_save,
    .erase = exec_erase,
    .list = exec_list,
    .traits = exec_traits,
};

CREDENCE_STORE(exec, &ops, .version = "1.0", .summary = "records kept by a program of any language",
	       .options = options, .open = exec_open, .close = exec_close);
