/* SPDX-License-Identifier: MIT */
/*
 * Reading trusted files: what an admin provides and credence believes. Owned by root or this user,
 * not writable by others; may be reached through links, as Kubernetes volumes are, if nobody else
 * could have made them. Who may have written what is in path.c.
 */
#include "core/os/file.h"
#include "core/os/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static credence_rc check_open(struct credence_call *call, const char *path, const struct stat *st,
			      unsigned flags)
{
	credence_rc rc;

	if (!S_ISREG(st->st_mode)) {
		call_fail(call, CREDENCE_UNSAFE, "%s is no regular file", path);
		call_hint(call, "put a file there");
		return CREDENCE_UNSAFE;
	}
	rc = path_check(call, path, st, false);
	if (rc == CREDENCE_SUCCESS && (flags & FILE_SECRET) != 0 && (st->st_mode & 077) != 0) {
		call_fail(call, CREDENCE_UNSAFE, "%s: others can read it (mode %04o)", path,
			  (unsigned)st->st_mode & 07777);
		call_hint(call, "chmod 600 %s", path);
		return CREDENCE_UNSAFE;
	}
	return rc;
}

/* What a hit can afford: the folder that the path names, by descriptor. */
static credence_rc open_in_folder(struct credence_call *call, const char *path, int flags, int *fd)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	size_t length = (size_t)(name - path);
	char holder[PATH_MAX];
	credence_rc rc;
	struct stat st;
	int folder;

	if (length >= sizeof(holder))
		return call_fail(call, CREDENCE_ERROR, "the path is too long: %s", path);
	if (slash != NULL) {
		memcpy(holder, path, length);
		holder[length > 1 ? length - 1 : 1] = '\0'; /* without its slash, unless it is / */
	} else {
		memcpy(holder, ".", sizeof("."));
	}
	folder = open(holder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return path_fail(call, path);
	*fd = openat(folder, name, flags);
	if (*fd < 0 || fstat(folder, &st) != 0)
		rc = path_fail(call, path);
	else
		rc = path_check(call, holder, &st, false);
	close(folder);
	return rc;
}

/* All the way from /: what was opened must be what the walk came to. */
static credence_rc check_walk(struct credence_call *call, const char *path, const struct stat *st)
{
	struct stat end;
	credence_rc rc = path_walk(call, path, &end);

	if (rc == CREDENCE_SUCCESS && (end.st_dev != st->st_dev || end.st_ino != st->st_ino)) {
		call_fail(call, CREDENCE_UNSAFE, "%s was replaced while it was being read", path);
		call_hint(call, "try again");
		return CREDENCE_UNSAFE;
	}
	return rc;
}

credence_rc file_read_trusted(struct credence_call *call, const char *path, unsigned flags,
			      struct buf *content)
{
	/* O_NONBLOCK: a FIFO must not hold us up; it is refused when it is seen. */
	const int how = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	credence_rc rc = CREDENCE_SUCCESS;
	struct stat st;
	int fd = -1;

	if ((flags & FILE_WALK) == 0)
		rc = open_in_folder(call, path, how, &fd);
	else if ((fd = open(path, how)) < 0)
		rc = path_fail(call, path);
	if (rc == CREDENCE_SUCCESS && fstat(fd, &st) != 0)
		rc = path_fail(call, path);
	if (rc == CREDENCE_SUCCESS)
		rc = check_open(call, path, &st, flags);
	if (rc == CREDENCE_SUCCESS && (flags & FILE_WALK) != 0)
		rc = check_walk(call, path, &st);
	if (rc == CREDENCE_SUCCESS)
		rc = file_read_open(call, fd, path, content);
	if (fd >= 0)
		close(fd);
	return rc;
}
