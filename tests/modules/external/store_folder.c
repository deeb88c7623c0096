/* SPDX-License-Identifier: MIT */
/*
 * Store "folder": a file a record, in a folder that is there. Stands for a store that somebody else
 * wrote: complete, with compare-and-swap and locks, from the installed header alone. Locks are
 * ranges of the file .locks, so they end with their holder; a record's new bytes are .new-KEY until
 * they take its place. No key begins with a dot.
 */
#include <credence/module.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAVING  0x2000000000000000 /* which of a key's two ranges */
#define HOLDING 0x4000000000000000
#define LARGEST (16 << 20)

struct credence_self {
	const struct credence_host *host;
	int folder, locks;
};

static credence_rc failed(struct credence_self *self, struct credence_call *call, const char *what)
{
	char message[256];

	(void)snprintf(message, sizeof(message), "%s: %s", what, strerror(errno));
	return self->host->fail(call, errno == EACCES ? CREDENCE_DENIED : CREDENCE_ERROR, NULL,
				message, NULL);
}

static void folder_close(struct credence_self *self)
{
	if (self == NULL)
		return;
	if (self->folder >= 0)
		close(self->folder);
	if (self->locks >= 0)
		close(self->locks);
	free(self);
}

static credence_rc folder_open(const struct credence_host *host, struct credence_call *call,
			       struct credence_self **self)
{
	struct credence_self *made = calloc(1, sizeof(*made));
	credence_rc rc;

	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	made->host = host;
	made->locks = -1;
	made->folder =
	    open(host->option(call, "path"), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (made->folder >= 0)
		made->locks =
		    openat(made->folder, ".locks", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (made->locks >= 0) {
		*self = made;
		return CREDENCE_SUCCESS;
	}
	rc = failed(made, call, "the folder of the records");
	folder_close(made);
	return rc;
}

/* -- Locks -- */

static struct flock range(const char *key, off_t kind, short type)
{
	unsigned long long hash = 14695981039346656037ULL;

	for (; *key != '\0'; key++)
		hash = (hash ^ (unsigned char)*key) * 1099511628211ULL;
	return (struct flock){
	    .l_type = type, .l_whence = SEEK_SET, .l_start = kind + (off_t)(hash >> 4), .l_len = 1};
}

static credence_rc take(struct credence_self *self, struct credence_call *call, const char *key,
			off_t kind)
{
	struct flock lock = range(key, kind, F_WRLCK);
	credence_rc rc = CREDENCE_SUCCESS;

	while (rc == CREDENCE_SUCCESS && fcntl(self->locks, F_OFD_SETLK, &lock) != 0) {
		if (errno != EAGAIN && errno != EACCES)
			return failed(self, call, ".locks");
		rc = self->host->wait(call, 10);
	}
	if (rc != CREDENCE_SUCCESS)
		self->host->fail(call, rc, "busy", "somebody else is at it", "try again later");
	return rc;
}

static void give_back(struct credence_self *self, const char *key, off_t kind)
{
	struct flock lock = range(key, kind, F_UNLCK);

	(void)fcntl(self->locks, F_OFD_SETLK, &lock);
}

/* -- Records -- */

/* The whole file, the caller's to free. MISS: there is none. */
static credence_rc read_file(struct credence_self *self, struct credence_call *call,
			     const char *key, char **bytes, size_t *length)
{
	int fd = openat(self->folder, key, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	credence_rc rc = CREDENCE_SUCCESS;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? CREDENCE_MISS : failed(self, call, key);
	if (fstat(fd, &st) != 0 || st.st_size > LARGEST ||
	    (*bytes = malloc((size_t)st.st_size + 1)) == NULL ||
	    read(fd, *bytes, (size_t)st.st_size) != st.st_size)
		rc = failed(self, call, key);
	else
		*length = (size_t)st.st_size;
	close(fd);
	return rc;
}

static credence_rc folder_load(struct credence_self *self, struct credence_call *call,
			       const char *key)
{
	char *bytes = NULL;
	size_t length = 0;
	credence_rc rc = read_file(self, call, key, &bytes, &length);

	if (rc == CREDENCE_SUCCESS)
		rc = self->host->put_bytes(call, bytes, length);
	free(bytes);
	return rc;
}

/* Under a name of its own first, so that there is always the old one or the new one. */
static credence_rc replace(struct credence_self *self, struct credence_call *call, const char *key,
			   const struct credence_item *item)
{
	char new[80];
	int fd, ok;

	(void)snprintf(new, sizeof(new), ".new-%s", key);
	fd = openat(self->folder, new, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed(self, call, new);
	ok = write(fd, item->bytes, item->length) == (ssize_t)item->length && fsync(fd) == 0;
	close(fd);
	if (ok && renameat(self->folder, new, self->folder, key) == 0 && fsync(self->folder) == 0)
		return CREDENCE_SUCCESS;
	return failed(self, call, new);
}

static credence_rc swap(struct credence_self *self, struct credence_call *call, const char *key,
			const struct credence_item *item)
{
	char *bytes = NULL;
	size_t length = 0;
	uint64_t there = 0;
	credence_rc rc = read_file(self, call, key, &bytes, &length);

	if (rc == CREDENCE_SUCCESS)
		there = self->host->revision(call, bytes, length);
	free(bytes);
	if (rc != CREDENCE_SUCCESS && rc != CREDENCE_MISS)
		return rc;
	if (there != item->expected)
		return self->host->fail(call, CREDENCE_CONFLICT, NULL, "somebody wrote first",
					NULL);
	return replace(self, call, key, item);
}

static credence_rc folder_save(struct credence_self *self, struct credence_call *call,
			       const char *key, const struct credence_item *item)
{
	credence_rc rc = take(self, call, key, SAVING);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = swap(self, call, key, item);
	give_back(self, key, SAVING);
	return rc;
}

static credence_rc folder_erase(struct credence_self *self, struct credence_call *call,
				const char *key)
{
	char new[80];

	(void)snprintf(new, sizeof(new), ".new-%s", key);
	(void)unlinkat(self->folder, new, 0);
	if (unlinkat(self->folder, key, 0) == 0)
		return CREDENCE_SUCCESS;
	return errno == ENOENT ? CREDENCE_MISS : failed(self, call, key);
}

static credence_rc folder_list(struct credence_self *self, struct credence_call *call)
{
	int fd = openat(self->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	credence_rc rc = CREDENCE_SUCCESS;
	const struct dirent *entry;

	if (folder == NULL)
		return failed(self, call, "the folder of the records");
	while (rc == CREDENCE_SUCCESS && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			rc = self->host->put_name(call, entry->d_name);
	closedir(folder);
	return rc;
}

static credence_rc folder_lock(struct credence_self *self, struct credence_call *call,
			       const char *key)
{
	return take(self, call, key, HOLDING);
}

static credence_rc folder_unlock(struct credence_self *self, struct credence_call *call,
				 const char *key)
{
	(void)call;
	give_back(self, key, HOLDING);
	return CREDENCE_SUCCESS;
}

static const struct credence_option options[] = {
    {"path", CREDENCE_STRING, CREDENCE_REQUIRED, NULL, "the folder, from the root on"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_store_ops ops = {
    .size = sizeof(ops),
    .flags = CREDENCE_STORE_DURABLE | CREDENCE_STORE_CAS | CREDENCE_STORE_LOCK,
    .load = folder_load,
    .save = folder_save,
    .erase = folder_erase,
    .list = folder_list,
    .lock = folder_lock,
    .unlock = folder_unlock,
};

CREDENCE_STORE(folder, &ops, .version = "1.0", .summary = "a file a record, in one folder",
	       .options = options, .open = folder_open, .close = folder_close);
