/* SPDX-License-Identifier: MIT */
/*
 * Store "file": one private file a record, in one folder. The host's file services do what is hard
 * (owner and mode checked by descriptor, temporary file, fsync, rename); the core holds the lock of
 * the key over every save and erase, so that reading the revision and replacing the file are one
 * step.
 */
#include <credence/module.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct credence_self {
	const struct credence_host *host;
};

static credence_rc file_open(const struct credence_host *host, struct credence_call *call,
			     struct credence_self **self)
{
	const char *folder = host->option(call, "path");
	struct credence_self *made;

	if (folder != NULL && folder[0] != '/')
		return host->fail(
		    call, CREDENCE_CONFIG, NULL,
		    "the folder of the records is not an absolute path",
		    "set path of store file, e.g. path = \"/var/lib/credence/records\"");
	made = malloc(sizeof(*made));
	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	made->host = host;
	*self = made;
	return CREDENCE_SUCCESS;
}

static void file_close(struct credence_self *self)
{
	free(self);
}

/* The folder, and with a key the file of that record. */
static credence_rc file_path(const struct credence_host *host, struct credence_call *call,
			     const char *key, char path[static PATH_MAX])
{
	const char *folder = host->option(call, "path");
	const char *parts[] = {folder, "", key != NULL ? "/" : "", key != NULL ? key : ""};
	size_t used = 0, i;

	if (folder == NULL) {
		parts[0] = host->attribute(call, "state_dir");
		parts[1] = "/records";
	}
	if (parts[0] == NULL)
		return host->fail(call, CREDENCE_CONFIG, NULL, "no folder for records is known",
				  "set path of store file, e.g. path = "
				  "\"/var/lib/credence/records\"");
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t length = strlen(parts[i]);

		if (length >= PATH_MAX - used)
			return host->fail(call, CREDENCE_CONFIG, "ENAMETOOLONG",
					  "the path of the record is too long", NULL);
		memcpy(path + used, parts[i], length + 1);
		used += length;
	}
	return CREDENCE_SUCCESS;
}

static credence_rc file_load(struct credence_self *self, struct credence_call *call,
			     const char *key)
{
	const struct credence_host *host = self->host;
	char path[PATH_MAX];
	const void *bytes = NULL;
	size_t length = 0;
	credence_rc rc = file_path(host, call, key, path);

	if (rc == CREDENCE_SUCCESS)
		rc = host->file_read(call, path, &bytes, &length);
	if (rc == CREDENCE_SUCCESS)
		rc = host->put_bytes(call, bytes, length);
	return rc;
}

static credence_rc file_save(struct credence_self *self, struct credence_call *call,
			     const char *key, const struct credence_item *item)
{
	const struct credence_host *host = self->host;
	char path[PATH_MAX], message[PATH_MAX + 128];
	const void *bytes = NULL;
	size_t length = 0;
	uint64_t there = 0;
	bool found;
	credence_rc rc = file_path(host, call, key, path);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = host->file_read(call, path, &bytes, &length);
	if (rc != CREDENCE_SUCCESS && rc != CREDENCE_MISS)
		return rc;
	found = rc == CREDENCE_SUCCESS;
	if (found)
		there = host->revision(call, bytes, length);
	/* What has no revision is not ours to replace, whatever is expected. */
	if (there != item->expected || (found && there == 0)) {
		(void)snprintf(message, sizeof(message),
			       "%s has revision %llu and not %llu: it was changed meanwhile", path,
			       (unsigned long long)there, (unsigned long long)item->expected);
		return host->fail(call, CREDENCE_CONFLICT, NULL, message, NULL);
	}
	return host->file_replace(call, path, item->bytes, item->length);
}

static credence_rc file_erase(struct credence_self *self, struct credence_call *call,
			      const char *key)
{
	char path[PATH_MAX];
	credence_rc rc = file_path(self->host, call, key, path);

	return rc == CREDENCE_SUCCESS ? self->host->file_remove(call, path) : rc;
}

static credence_rc file_list(struct credence_self *self, struct credence_call *call)
{
	char path[PATH_MAX];
	credence_rc rc = file_path(self->host, call, NULL, path);

	return rc == CREDENCE_SUCCESS ? self->host->file_names(call, path) : rc;
}

static const struct credence_option options[] = {
    {"path", CREDENCE_STRING, 0, NULL,
     "folder of the records; absent: records in the state folder"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_store_ops ops = {
    .size = sizeof(ops),
    .flags = CREDENCE_STORE_DURABLE | CREDENCE_STORE_CAS,
    .load = file_load,
    .save = file_save,
    .erase = file_erase,
    .list = file_list,
};

CREDENCE_STORE(file, &ops, .version = "1.0", .summary = "one private file a record",
	       .options = options, .open = file_open, .close = file_close);
