/* SPDX-License-Identifier: MIT */
/*
 * Private files: read and replaced relative to a folder's descriptor, never through a link. Files
 * that others provide (configuration, secrets, modules) are in trusted.c.
 */
#include "core/os/file.h"

#include "core/os/clock.h"
#include "core/os/path.h"
#include "core/os/process.h"
#include "core/os/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMP_SUFFIX ".tmp"
#define TEMP_DIGITS 16
#define TEMP_AGE    (10 * CLOCK_MINUTE)
#define READ_STEP   ((size_t)4 << 10) /* a record or a profile; each page more is a page fault */

/* The answer that an errno of a look-up stands for, with its text. */
static credence_rc fail_errno(struct credence_call *call, const char *path, const char *what)
{
	int error = errno;

	if (error == ENOENT)
		return call_fail(call, CREDENCE_MISS, "%s is not there", path);
	if (error == ELOOP) {
		call_fail(call, CREDENCE_UNSAFE, "%s is a link", path);
		call_hint(call, "put what it points to in its place, or remove it");
		return CREDENCE_UNSAFE;
	}
	if (error == EACCES || error == EPERM)
		return path_denied(call, what, path, error);
	return call_fail(call, CREDENCE_ERROR, "can't %s %s: %s", what, path, strerror(error));
}

/* The same for a change; a folder that vanished meanwhile is a failure too, not "nothing there". */
static credence_rc fail_change(struct credence_call *call, const char *path, const char *what)
{
	int error = errno;
	credence_rc rc;

	if (error == EACCES || error == EPERM)
		return path_denied(call, what, path, error);
	rc = call_fail(call, CREDENCE_ERROR, "can't %s %s: %s", what, path, strerror(error));
	if (error == ENOSPC || error == EDQUOT)
		call_hint(call, "free some space there; what was there before is kept");
	else if (error == EROFS)
		call_hint(call, "that file system is mounted read-only");
	else if (error == EIO)
		call_hint(call, "the disk or the network it is reached by fails; what was there "
				"before is kept: see dmesg");
	return rc;
}

/* -- Folders -- */

static credence_rc check_folder(struct credence_call *call, const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail_errno(call, path, "look at");
	if (st.st_uid != geteuid() && st.st_uid != 0) {
		call_fail(call, CREDENCE_UNSAFE, "%s belongs to user %u", path,
			  (unsigned)st.st_uid);
		call_hint(call, "run as that user, or: chown %u %s", (unsigned)geteuid(), path);
		return CREDENCE_UNSAFE;
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		call_fail(call, CREDENCE_UNSAFE, "others can write to %s (mode %04o)", path,
			  (unsigned)st.st_mode & 07777);
		call_hint(call, "chmod go-w %s", path);
		return CREDENCE_UNSAFE;
	}
	return CREDENCE_SUCCESS;
}

/* mkdir -p, with 0700 for what is missing, whatever the umask. */
static bool make_folders(const char *path)
{
	char *copy = strdup(path), *slash;
	bool ok = copy != NULL;

	for (slash = copy; ok && slash != NULL;) {
		slash = strchr(slash + 1, '/');
		if (slash != NULL)
			*slash = '\0';
		if (mkdir(copy, 0700) == 0)
			ok = fchmodat(AT_FDCWD, copy, 0700, AT_SYMLINK_NOFOLLOW) == 0 ||
			     errno == EOPNOTSUPP;
		else
			ok = errno == EEXIST;
		if (slash != NULL)
			*slash = '/';
	}
	free(copy);
	return ok;
}

/* A slash at the end of its name would follow a link. */
static int open_folder(const char *path)
{
	size_t length = strlen(path);
	char plain[PATH_MAX];

	while (length > 1 && path[length - 1] == '/')
		length--;
	if (length >= sizeof(plain)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(plain, path, length);
	plain[length] = '\0';
	return open(plain, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

credence_rc file_open_folder(struct credence_call *call, const char *path, bool make, int *ret)
{
	int fd = open_folder(path);
	credence_rc rc;

	if (fd < 0 && errno == ENOENT && make) {
		if (!make_folders(path))
			return fail_change(call, path, "make");
		fd = open_folder(path);
	}
	if (fd < 0 && errno == ENOTDIR) {
		call_fail(call, CREDENCE_UNSAFE, "%s is a link, or no folder", path);
		call_hint(call, "put a folder there: records are never reached through a link");
		return CREDENCE_UNSAFE;
	}
	if (fd < 0)
		return fail_errno(call, path, "open");
	rc = check_folder(call, path, fd);
	if (rc != CREDENCE_SUCCESS)
		close(fd);
	else
		*ret = fd;
	return rc;
}

/* -- Checks of a file -- */

static credence_rc check_private(struct credence_call *call, const char *path,
				 const struct stat *st)
{
	if (!S_ISREG(st->st_mode)) {
		call_fail(call, CREDENCE_UNSAFE, "%s is %s", path,
			  S_ISLNK(st->st_mode) ? "a link" : "no regular file");
		call_hint(call, "move it away: credence replaces and reads its own files only");
		return CREDENCE_UNSAFE;
	}
	if (st->st_nlink > 1) {
		call_fail(call, CREDENCE_UNSAFE, "%s has a second name (hard link)", path);
		call_hint(call, "find the other name and remove it: find / -xdev -samefile %s",
			  path);
		return CREDENCE_UNSAFE;
	}
	if (st->st_uid != geteuid()) {
		call_fail(call, CREDENCE_UNSAFE, "%s belongs to user %u", path,
			  (unsigned)st->st_uid);
		call_hint(call, "run as that user, or: chown %u %s", (unsigned)geteuid(), path);
		return CREDENCE_UNSAFE;
	}
	if ((st->st_mode & 077) != 0) {
		call_fail(call, CREDENCE_UNSAFE, "others may use %s (mode %04o)", path,
			  (unsigned)st->st_mode & 07777);
		call_hint(call, "chmod 600 %s", path);
		return CREDENCE_UNSAFE;
	}
	return CREDENCE_SUCCESS;
}

/* What is to be replaced or removed must be ours as well. MISS: nothing is there. */
static credence_rc check_target(struct credence_call *call, int folder, const char *name,
				const char *path)
{
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? CREDENCE_MISS : fail_errno(call, path, "look at");
	return check_private(call, path, &st);
}

/* -- Reading -- */

credence_rc file_read_open(struct credence_call *call, int fd, const char *path,
			   struct buf *content)
{
	credence_rc rc = CREDENCE_SUCCESS;
	size_t start = content->length;
	char chunk[READ_STEP];
	ssize_t n;

	do {
		n = read(fd, chunk, sizeof(chunk));
		if (n > 0)
			buf_add(content, chunk, (size_t)n);
	} while ((n > 0 && content->length - start <= FILE_MAX) || (n < 0 && errno == EINTR));
	if (n < 0)
		rc = fail_errno(call, path, "read");
	else if (content->failed)
		rc = call_oom(call);
	else if (n > 0)
		rc = call_fail(call, CREDENCE_ERROR, "%s is too large: more than %zu bytes", path,
			       FILE_MAX);
	if (content->secret)
		explicit_bzero(chunk, sizeof(chunk));
	if (rc != CREDENCE_SUCCESS)
		buf_cut(content, start);
	return rc;
}

credence_rc file_read_private(struct credence_call *call, int folder, const char *name,
			      const char *path, struct buf *content)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	credence_rc rc;

	if (fd < 0)
		return fail_errno(call, path, "read");
	if (fstat(fd, &st) != 0)
		rc = fail_errno(call, path, "look at");
	else
		rc = check_private(call, path, &st);
	if (rc == CREDENCE_SUCCESS)
		rc = file_read_open(call, fd, path, content);
	close(fd);
	return rc;
}

/* -- Replacing -- */

static bool write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = EIO;
			return false;
		}
		bytes += n;
		length -= (size_t)n;
	}
	return true;
}

/* ".NAME.16 hex digits.tmp": what file_sweep recognises. */
static bool temp_name(const char *name, struct buf *temp)
{
	unsigned char random[TEMP_DIGITS / 2];

	if (!process_random(random, sizeof(random)))
		return false;
	buf_printf(temp, ".%s.", name);
	text_hex(temp, random, sizeof(random));
	buf_str(temp, TEMP_SUFFIX);
	return buf_ok(temp);
}

/* A file system that took the bytes and has not got them is found out before the rename. */
static bool has_length(int fd, size_t length)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return false;
	errno = EIO;
	return st.st_size >= 0 && (size_t)st.st_size == length;
}

/* An error of fsync means that pages may be gone: never tried again, never called good. */
static bool fill(int fd, const void *bytes, size_t length)
{
	bool ok = fchmod(fd, 0600) == 0 && write_all(fd, bytes, length) && fsync(fd) == 0 &&
		  has_length(fd, length);
	int error = errno;

	if (close(fd) != 0 && ok)
		return false;
	errno = error;
	return ok;
}

/* Puts bytes in the place of name by way of temp. */
static credence_rc replace(struct credence_call *call, int folder, const char *name,
			   const char *temp, const char *path, const void *bytes, size_t length)
{
	int fd = openat(folder, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	credence_rc rc;

	if (fd < 0)
		return fail_change(call, path, "write");
	if (!fill(fd, bytes, length) || renameat(folder, temp, folder, name) != 0) {
		rc = fail_change(call, path, "write");
		unlinkat(folder, temp, 0);
		return rc;
	}
	return fsync(folder) == 0 ? CREDENCE_SUCCESS
				  : fail_change(call, path, "make durable what was written to");
}

credence_rc file_replace_private(struct credence_call *call, int folder, const char *name,
				 const char *path, const void *bytes, size_t length)
{
	struct buf temp = BUF_INIT;
	credence_rc rc = check_target(call, folder, name, path);

	if (rc != CREDENCE_SUCCESS && rc != CREDENCE_MISS)
		return rc;
	if (temp_name(name, &temp))
		rc = replace(call, folder, name, buf_text(&temp), path, bytes, length);
	else
		rc = call_fail(call, CREDENCE_ERROR,
			       "can't write %s: no random numbers or no memory", path);
	buf_done(&temp);
	return rc;
}

credence_rc file_open_private(struct credence_call *call, int folder, const char *name,
			      const char *path, int *ret)
{
	int fd = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	struct stat st;
	credence_rc rc;

	if (fd < 0 && errno == ELOOP)
		return fail_errno(call, path, "open");
	if (fd < 0)
		return fail_change(call, path, errno == ENOENT ? "make" : "open");
	if (fstat(fd, &st) != 0)
		rc = fail_errno(call, path, "look at");
	else
		rc = check_private(call, path, &st);
	/* A umask may have left its owner less. */
	if (rc == CREDENCE_SUCCESS && (st.st_mode & 0600) != 0600 && fchmod(fd, 0600) != 0)
		rc = fail_change(call, path, "make usable");
	if (rc != CREDENCE_SUCCESS)
		close(fd);
	else
		*ret = fd;
	return rc;
}

/* -- Sweeping -- */

static bool is_temp(const char *name)
{
	size_t length = strlen(name), suffix = strlen(TEMP_SUFFIX);

	return name[0] == '.' && length > suffix + TEMP_DIGITS + 2 &&
	       strcmp(name + length - suffix, TEMP_SUFFIX) == 0 &&
	       name[length - suffix - TEMP_DIGITS - 1] == '.' &&
	       strspn(name + length - suffix - TEMP_DIGITS, "0123456789abcdef") == TEMP_DIGITS;
}

/* Of that name, or of any: what a killed writer left. */
static bool is_temp_of(const char *temp, const char *name)
{
	size_t length = name != NULL ? strlen(name) : 0;

	return is_temp(temp) &&
	       (name == NULL || (strlen(temp) == length + TEMP_DIGITS + strlen(TEMP_SUFFIX) + 2 &&
				 strncmp(temp + 1, name, length) == 0 && temp[length + 1] == '.'));
}

/* Removes ours that are older than age ms; of one name, or (NULL) all. */
static void sweep(int folder, const char *name, int64_t age)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	struct stat st;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (is_temp_of(entry->d_name, name) &&
		    fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
		    (age == 0 || clock_wall() - (int64_t)st.st_mtim.tv_sec * 1000 > age))
			unlinkat(folder, entry->d_name, 0);
	closedir(dir);
}

void file_sweep(int folder)
{
	sweep(folder, NULL, TEMP_AGE);
}

/* -- Removing -- */

credence_rc file_remove_private(struct credence_call *call, int folder, const char *name,
				const char *path)
{
	credence_rc rc = check_target(call, folder, name, path);

	/* Nobody writes it now, so what a killed writer left of it goes, too. */
	sweep(folder, name, 0);
	if (rc == CREDENCE_MISS)
		return call_fail(call, rc, "%s is not there", path);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (unlinkat(folder, name, 0) != 0)
		return fail_errno(call, path, "remove");
	return fsync(folder) == 0 ? CREDENCE_SUCCESS
				  : fail_change(call, path, "make durable the removal of");
}
