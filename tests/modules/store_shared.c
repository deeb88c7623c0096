/* SPDX-License-Identifier: MIT */
/* A store that several hosts share, as far as one machine can play it: files in a folder (its only
 * option), compare-and-swap and a lock that ends with its holder. Nothing of it is durable or safe.
 */
#include <credence/module.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SIZE_MAX_OF_TEST 262144

struct held {
	struct held *next;
	char key[65];
	int fd;
};

struct credence_self {
	const struct credence_host *host;
	struct held *held;
};

static const struct credence_option options[] = {
    {.name = "folder", .type = CREDENCE_STRING, .flags = CREDENCE_REQUIRED, .help = "where"},
    {.name = NULL},
};

static credence_rc shared_open(const struct credence_host *host, struct credence_call *call,
			       struct credence_self **self)
{
	(void)call;
	*self = calloc(1, sizeof(**self));
	if (*self == NULL)
		return CREDENCE_ERROR;
	(*self)->host = host;
	return CREDENCE_SUCCESS;
}

static void let_go(struct held **at)
{
	struct held *held = *at;

	*at = held->next;
	close(held->fd);
	free(held);
}

static void shared_close(struct credence_self *self)
{
	if (self == NULL)
		return;
	while (self->held != NULL)
		let_go(&self->held);
	free(self);
}

static void path_of(struct credence_self *self, struct credence_call *call, const char *prefix,
		    const char *key, char path[4096])
{
	(void)snprintf(path, 4096, "%s/%s%s", self->host->option(call, "folder"), prefix, key);
}

/* -1: there is none. */
static ssize_t read_all(const char *path, char *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -1;
	length = read(fd, bytes, SIZE_MAX_OF_TEST);
	close(fd);
	return length;
}

static credence_rc shared_load(struct credence_self *self, struct credence_call *call,
			       const char *key)
{
	char path[4096], *bytes = malloc(SIZE_MAX_OF_TEST);
	credence_rc rc = CREDENCE_MISS;
	ssize_t length;

	if (bytes == NULL)
		return CREDENCE_ERROR;
	path_of(self, call, "", key, path);
	length = read_all(path, bytes);
	if (length >= 0)
		rc = self->host->put_bytes(call, bytes, (size_t)length);
	free(bytes);
	return rc;
}

/* While the folder is locked, so that looking and writing are one. */
static credence_rc swap(struct credence_self *self, struct credence_call *call, const char *key,
			const struct credence_item *item)
{
	char path[4096], new[4096], *bytes = malloc(SIZE_MAX_OF_TEST);
	uint64_t revision = 0;
	ssize_t length;
	bool written;
	int fd;

	if (bytes == NULL)
		return CREDENCE_ERROR;
	path_of(self, call, "", key, path);
	path_of(self, call, ".new-", key, new);
	length = read_all(path, bytes);
	if (length >= 0)
		revision = self->host->revision(call, bytes, (size_t)length);
	free(bytes);
	if (revision != item->expected)
		return CREDENCE_CONFLICT;
	fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return CREDENCE_ERROR;
	written = write(fd, item->bytes, item->length) == (ssize_t)item->length;
	close(fd);
	return written && rename(new, path) == 0 ? CREDENCE_SUCCESS : CREDENCE_ERROR;
}

static credence_rc shared_save(struct credence_self *self, struct credence_call *call,
			       const char *key, const struct credence_item *item)
{
	char path[4096];
	credence_rc rc;
	int fd;

	path_of(self, call, ".folder", "", path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		return CREDENCE_ERROR;
	rc = swap(self, call, key, item);
	close(fd);
	return rc == CREDENCE_CONFLICT
		   ? self->host->fail(call, rc, NULL, "somebody wrote first", NULL)
		   : rc;
}

static credence_rc shared_erase(struct credence_self *self, struct credence_call *call,
				const char *key)
{
	char path[4096];

	path_of(self, call, "", key, path);
	return unlink(path) == 0 ? CREDENCE_SUCCESS : CREDENCE_MISS;
}

/* What is neither a lock nor half written: those begin with a dot. */
static credence_rc shared_list(struct credence_self *self, struct credence_call *call)
{
	DIR *folder = opendir(self->host->option(call, "folder"));
	credence_rc rc = CREDENCE_SUCCESS;
	const struct dirent *entry;

	if (folder == NULL)
		return CREDENCE_ERROR;
	while (rc == CREDENCE_SUCCESS && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			rc = self->host->put_name(call, entry->d_name);
	closedir(folder);
	return rc;
}

static credence_rc shared_lock(struct credence_self *self, struct credence_call *call,
			       const char *key)
{
	struct held *held = calloc(1, sizeof(*held));
	credence_rc rc = CREDENCE_SUCCESS;
	char path[4096];

	if (held == NULL)
		return CREDENCE_ERROR;
	path_of(self, call, ".lock-", key, path);
	(void)snprintf(held->key, sizeof(held->key), "%s", key);
	held->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	held->next = self->held;
	self->held = held;
	if (held->fd < 0)
		rc = CREDENCE_ERROR;
	while (rc == CREDENCE_SUCCESS && flock(held->fd, LOCK_EX | LOCK_NB) != 0)
		rc = self->host->wait(call, 20);
	if (rc == CREDENCE_SUCCESS)
		return rc;
	let_go(&self->held);
	return self->host->fail(call, rc, "busy", "somebody has the lock", NULL);
}

static credence_rc shared_unlock(struct credence_self *self, struct credence_call *call,
				 const char *key)
{
	struct held **at = &self->held;

	while (*at != NULL && strcmp((*at)->key, key) != 0)
		at = &(*at)->next;
	if (*at == NULL)
		return self->host->fail(call, CREDENCE_ERROR, NULL, "there is no such lock", NULL);
	let_go(at);
	return CREDENCE_SUCCESS;
}

static const struct credence_store_ops ops = {
    .size = sizeof(ops),
    .flags =
	CREDENCE_STORE_DURABLE | CREDENCE_STORE_SHARED | CREDENCE_STORE_CAS | CREDENCE_STORE_LOCK,
    .load = shared_load,
    .save = shared_save,
    .erase = shared_erase,
    .list = shared_list,
    .lock = shared_lock,
    .unlock = shared_unlock,
};

CREDENCE_STORE(shared, &ops, .version = "1.0", .summary = "plays a store that hosts share",
	       .options = options, .open = shared_open, .close = shared_close);
