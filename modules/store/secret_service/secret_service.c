/* SPDX-License-Identifier: MIT */
/*
 * The methods of store "secret_service"; see secret_service.h. The core holds the lock of the key
 * over every save, so that reading the revision and replacing the item are one step. Of several
 * items with the same attributes, which other programs can make, the newest record counts.
 */
#include "modules/store/secret_service/secret_service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct credence_option options[] = {
    {"collection", CREDENCE_STRING, 0, "default",
     "the keyring, by its alias (default, session) or by its name"},
    {"bus", CREDENCE_STRING, 0, NULL,
     "the address of the session bus, unix:path=…; absent: the session's own"},
    {"label", CREDENCE_STRING, 0, "credence", "what people see before the credential's name"},
    {"timeout", CREDENCE_DURATION, 0, "1500ms", "how long the service may take to answer"},
    {NULL, 0, 0, NULL, NULL},
};

static void service_close(struct credence_self *self)
{
	if (self == NULL)
		return;
	ss_close(self);
	free(self->collection);
	free(self->session);
	explicit_bzero(self, sizeof(*self));
	free(self);
}

/* An address that stands in the profile is looked at before anybody needs it. */
static credence_rc check_bus(struct credence_self *self)
{
	char *address = NULL;
	credence_rc rc = CREDENCE_SUCCESS;

	if (self->host->option(self->call, "bus") != NULL)
		rc = ss_address(self, &address);
	free(address);
	return rc;
}

static credence_rc service_open(const struct credence_host *host, struct credence_call *call,
				struct credence_self **self)
{
	struct credence_self *made = calloc(1, sizeof(*made));
	credence_rc rc;

	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	made->host = host;
	made->call = call;
	rc = check_bus(made);
	if (rc == CREDENCE_SUCCESS)
		*self = made;
	else
		service_close(made);
	return rc;
}

/* The collection of the session is in memory; what else there is the service keeps on disk. */
static credence_rc service_traits(struct credence_self *self, struct credence_call *call,
				  uint32_t *flags)
{
	*flags = CREDENCE_STORE_CAS;
	if (strcmp(self->host->option(call, "collection"), "session") != 0)
		*flags |= CREDENCE_STORE_DURABLE;
	return CREDENCE_SUCCESS;
}

/* -- What is there -- */

/* The newest of a key's items. */
struct newest {
	struct ss_items items;
	struct ss_bytes bytes;
	size_t index;      /* of items */
	uint64_t revision; /* 0: it is no record */
	bool found;
};

static void newest_done(struct newest *newest)
{
	ss_items_done(&newest->items);
	ss_bytes_done(&newest->bytes);
}

static credence_rc look_at(struct credence_self *self, struct newest *newest, size_t index)
{
	struct ss_bytes bytes = {0};
	uint64_t revision;
	credence_rc rc = ss_get(self, newest->items.path[index], &bytes);

	if (rc == CREDENCE_SUCCESS) {
		revision = self->host->revision(self->call, bytes.data, bytes.length);
		if (!newest->found || revision > newest->revision) {
			ss_bytes_done(&newest->bytes);
			newest->bytes = bytes;
			bytes = (struct ss_bytes){0}; /* transferred */
			newest->index = index;
			newest->revision = revision;
			newest->found = true;
		}
	}
	ss_bytes_done(&bytes);
	/* Somebody took it away meanwhile. */
	return rc == CREDENCE_MISS ? CREDENCE_SUCCESS : rc;
}

/* newest_done must follow whatever the answer. */
static credence_rc find_newest(struct credence_self *self, const char *key, struct newest *newest)
{
	credence_rc rc = ss_collection(self);

	*newest = (struct newest){.revision = 0};
	if (rc == CREDENCE_SUCCESS)
		rc = ss_search(self, key, &newest->items);
	for (size_t i = 0; rc == CREDENCE_SUCCESS && i < newest->items.count; i++)
		rc = look_at(self, newest, i);
	if (rc == CREDENCE_SUCCESS && newest->items.count > 1)
		self->host->log(self->call, CREDENCE_LOG_INFO,
				"several items have the same attributes; the newest counts");
	return rc;
}

/* -- Methods -- */

static credence_rc service_load(struct credence_self *self, struct credence_call *call,
				const char *key)
{
	struct newest newest;
	credence_rc rc;

	ss_begin(self, call);
	rc = find_newest(self, key, &newest);
	if (rc == CREDENCE_SUCCESS && !newest.found)
		rc = CREDENCE_MISS;
	else if (rc == CREDENCE_SUCCESS)
		rc = self->host->put_bytes(call, newest.bytes.data, newest.bytes.length);
	newest_done(&newest);
	return rc;
}

static credence_rc put_item(struct credence_self *self, const char *key,
			    const struct credence_item *item, const struct newest *newest)
{
	credence_rc rc = CREDENCE_MISS;

	if (newest->found)
		rc = ss_set(self, newest->items.path[newest->index], item->bytes, item->length);
	return rc == CREDENCE_MISS ? ss_create(self, key, item->bytes, item->length) : rc;
}

/* Older ones of the same attributes go once the new one is there; it counts even if they stay. */
static void drop_others(struct credence_self *self, const struct newest *newest)
{
	for (size_t i = 0; newest->found && i < newest->items.count; i++)
		if (i != newest->index)
			(void)ss_delete(self, newest->items.path[i]);
}

static credence_rc service_save(struct credence_self *self, struct credence_call *call,
				const char *key, const struct credence_item *item)
{
	struct newest newest;
	credence_rc rc;

	ss_begin(self, call);
	rc = find_newest(self, key, &newest);
	if (rc == CREDENCE_SUCCESS &&
	    (newest.revision != item->expected || (newest.found && newest.revision == 0)))
		rc = ss_fail(self, CREDENCE_CONFLICT, NULL, NULL,
			     "%s has revision %llu and not %llu: it was changed meanwhile", key,
			     (unsigned long long)newest.revision,
			     (unsigned long long)item->expected);
	if (rc == CREDENCE_SUCCESS)
		rc = put_item(self, key, item, &newest);
	if (rc == CREDENCE_SUCCESS)
		drop_others(self, &newest);
	newest_done(&newest);
	return rc;
}

static credence_rc service_erase(struct credence_self *self, struct credence_call *call,
				 const char *key)
{
	struct ss_items items = {0};
	credence_rc rc;

	ss_begin(self, call);
	rc = ss_collection(self);
	if (rc == CREDENCE_SUCCESS)
		rc = ss_search(self, key, &items);
	if (rc == CREDENCE_SUCCESS && items.count == 0)
		rc = CREDENCE_MISS;
	for (size_t i = 0; rc == CREDENCE_SUCCESS && i < items.count; i++) {
		rc = ss_delete(self, items.path[i]);
		if (rc == CREDENCE_MISS)
			rc = CREDENCE_SUCCESS;
	}
	ss_items_done(&items);
	return rc;
}

static credence_rc put_key(struct credence_self *self, const char *item)
{
	char *key = NULL;
	credence_rc rc = ss_key(self, item, &key);

	/* What others made there is not ours to complain about. */
	if (rc == CREDENCE_SUCCESS && self->host->put_name(self->call, key) != CREDENCE_SUCCESS)
		self->host->log(self->call, CREDENCE_LOG_INFO, "an item has a key that is none");
	free(key);
	return rc == CREDENCE_MISS ? CREDENCE_SUCCESS : rc;
}

static credence_rc service_list(struct credence_self *self, struct credence_call *call)
{
	struct ss_items items = {0};
	credence_rc rc;

	ss_begin(self, call);
	rc = ss_collection(self);
	if (rc == CREDENCE_SUCCESS)
		rc = ss_search(self, NULL, &items);
	for (size_t i = 0; rc == CREDENCE_SUCCESS && i < items.count; i++)
		rc = put_key(self, items.path[i]);
	ss_items_done(&items);
	return rc;
}

static const struct credence_store_ops ops = {
    .size = sizeof(ops),
    .flags = CREDENCE_STORE_DURABLE | CREDENCE_STORE_CAS,
    .load = service_load,
    .save = service_save,
    .erase = service_erase,
    .list = service_list,
    .traits = service_traits,
};

CREDENCE_STORE(secret_service, &ops, .version = "1.0",
	       .summary = "the keyring of a person's session, by the Secret Service API",
	       .options = options, .open = service_open, .close = service_close);
