/* SPDX-License-Identifier: MIT */
/*
 * Store "memory": records in the process that asks, for programs that live long (libcredence(3));
 * the command forgets them when it ends. All contexts and threads of a process share them, which is
 * why this module alone has state that outlives a self: one list behind one lock. A child of fork
 * has a copy of its own. What is erased or replaced is wiped.
 */
#include <credence/module.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct credence_self {
	const struct credence_host *host;
};

struct item {
	struct item *next;
	char *key, *bytes;
	size_t length;
	int64_t expires_at; /* wall ms; 0: never */
};

static struct item *items;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void hold(void)
{
	(void)pthread_mutex_lock(&lock);
}

static void let_go(void)
{
	(void)pthread_mutex_unlock(&lock);
}

/* So that no child finds it held by a thread that it does not have. */
static void prepare_fork(void)
{
	(void)pthread_atfork(hold, let_go, let_go);
}

static credence_rc memory_open(const struct credence_host *host, struct credence_call *call,
			       struct credence_self **self)
{
	*self = malloc(sizeof(**self));
	if (*self == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	(*self)->host = host;
	(void)pthread_once(&once, prepare_fork);
	return CREDENCE_SUCCESS;
}

static void memory_close(struct credence_self *self)
{
	free(self);
}

/* -- Under the lock -- */

static void forget(struct item **at)
{
	struct item *item = *at;

	*at = item->next;
	explicit_bzero(item->bytes, item->length);
	free(item->bytes);
	free(item->key);
	free(item);
}

/* Where the key's item is, or NULL stands at the end. One whose time is over is none. */
static struct item **find(const char *key, int64_t now)
{
	struct item **at = &items;

	while (*at != NULL) {
		if ((*at)->expires_at != 0 && (*at)->expires_at <= now)
			forget(at);
		else if (strcmp((*at)->key, key) == 0)
			break;
		else
			at = &(*at)->next;
	}
	return at;
}

static struct item *make(const char *key, const struct credence_item *from)
{
	struct item *item = calloc(1, sizeof(*item));

	if (item == NULL)
		return NULL;
	item->key = strdup(key);
	item->bytes = malloc(from->length > 0 ? from->length : 1);
	item->length = from->length;
	item->expires_at = from->expires_at;
	if (item->key == NULL || item->bytes == NULL) {
		free(item->key);
		free(item->bytes);
		free(item);
		return NULL;
	}
	if (from->length > 0)
		memcpy(item->bytes, from->bytes, from->length);
	return item;
}

static credence_rc swap(struct credence_self *self, struct credence_call *call, const char *key,
			const struct credence_item *given)
{
	struct item **at = find(key, self->host->now(call)), *item;
	uint64_t there = *at != NULL ? self->host->revision(call, (*at)->bytes, (*at)->length) : 0;

	if (there != given->expected || (*at != NULL && there == 0))
		return self->host->fail(call, CREDENCE_CONFLICT, NULL, "it was changed meanwhile",
					NULL);
	item = make(key, given);
	if (item == NULL)
		return self->host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	if (*at != NULL)
		forget(at);
	item->next = *at;
	*at = item;
	return CREDENCE_SUCCESS;
}

/* -- The methods -- */

static credence_rc memory_load(struct credence_self *self, struct credence_call *call,
			       const char *key)
{
	const struct item *item;
	credence_rc rc;

	hold();
	item = *find(key, self->host->now(call));
	rc = item != NULL ? self->host->put_bytes(call, item->bytes, item->length) : CREDENCE_MISS;
	let_go();
	return rc;
}

static credence_rc memory_save(struct credence_self *self, struct credence_call *call,
			       const char *key, const struct credence_item *item)
{
	credence_rc rc;

	hold();
	rc = swap(self, call, key, item);
	let_go();
	return rc;
}

static credence_rc memory_erase(struct credence_self *self, struct credence_call *call,
				const char *key)
{
	credence_rc rc = CREDENCE_MISS;
	struct item **at;

	hold();
	at = find(key, self->host->now(call));
	if (*at != NULL) {
		forget(at);
		rc = CREDENCE_SUCCESS;
	}
	let_go();
	return rc;
}

static credence_rc memory_list(struct credence_self *self, struct credence_call *call)
{
	credence_rc rc = CREDENCE_SUCCESS;

	hold();
	(void)find("", self->host->now(call));
	for (const struct item *item = items; item != NULL && rc == CREDENCE_SUCCESS;
	     item = item->next)
		rc = self->host->put_name(call, item->key);
	let_go();
	return rc;
}

static const struct credence_store_ops ops = {
    .size = sizeof(ops),
    .flags = CREDENCE_STORE_CAS | CREDENCE_STORE_EXPIRY,
    .load = memory_load,
    .save = memory_save,
    .erase = memory_erase,
    .list = memory_list,
};

CREDENCE_STORE(memory, &ops, .version = "1.0",
	       .summary = "the memory of the program that asks, as long as it lives",
	       .open = memory_open, .close = memory_close);
