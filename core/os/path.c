/* SPDX-License-Identifier: MIT */
/*
 * The walk to a trusted file: from / on, part by part, each opened relative to the folder that was
 * just checked, so that nobody can put another in its place meanwhile.
 */
#include "core/os/path.h"

#include "core/os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINKS_MAX 40

/* Where the walk is: a folder that has been checked, and what is left to go. */
struct walk {
	struct credence_call *call;
	int folder;
	struct stat st;      /* of the folder, in the end of what was found */
	char done[PATH_MAX]; /* the folder's path, for messages */
	char left[PATH_MAX];
	int links;
};

credence_rc path_denied(struct credence_call *call, const char *what, const char *path, int error)
{
	call_fail_status(call, STATUS_NOT_ALLOWED, CREDENCE_DENIED, "can't %s %s: %s", what, path,
			 strerror(error));
	call_hint(call, "run it as the user whose file that is, or as root");
	return CREDENCE_DENIED;
}

credence_rc path_fail(struct credence_call *call, const char *path)
{
	int error = errno;

	if (error == ENOENT || error == ENOTDIR)
		return call_fail(call, CREDENCE_MISS, "%s is not there", path);
	if (error == EACCES || error == EPERM)
		return path_denied(call, "read", path, error);
	return call_fail(call, CREDENCE_ERROR, "can't read %s: %s", path, strerror(error));
}

static bool is_ours(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

/* Has this user namespace no such user? Then the number stands for all whom it does not know, root
 * among them. */
static bool is_unmapped(uid_t user)
{
	FILE *map = fopen("/proc/self/uid_map", "re");
	bool unmapped = true;
	char line[128];

	if (map == NULL)
		return false;
	while (unmapped && fgets(line, sizeof(line), map) != NULL) {
		char *at = line;
		unsigned long first = strtoul(at, &at, 10), count;

		(void)strtoul(at, &at, 10); /* outside */
		count = strtoul(at, &at, 10);
		unmapped = user < first || user - first >= count;
	}
	(void)fclose(map);
	return unmapped;
}

static credence_rc refuse_owner(struct credence_call *call, const char *path, const struct stat *st)
{
	call_fail(call, CREDENCE_UNSAFE, "%s belongs to user %u, neither root nor this user", path,
		  (unsigned)st->st_uid);
	if (is_unmapped(st->st_uid))
		call_hint(call, "this user namespace does not know who that is; run it outside, or "
				"map root into it");
	else
		call_hint(call, "chown -h %u %s", (unsigned)geteuid(), path);
	return CREDENCE_UNSAFE;
}

credence_rc path_check(struct credence_call *call, const char *path, const struct stat *st,
		       bool on_the_way)
{
	if (!is_ours(st))
		return refuse_owner(call, path, st);
	if (on_the_way && S_ISDIR(st->st_mode) && st->st_uid == 0 && (st->st_mode & S_ISVTX) != 0)
		return CREDENCE_SUCCESS;
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return CREDENCE_SUCCESS;
	call_fail(call, CREDENCE_UNSAFE, "%s: others can write to it (mode %04o)", path,
		  (unsigned)st->st_mode & 07777);
	if ((st->st_mode & S_ISVTX) != 0)
		call_hint(call, "use a folder that nobody else can write to");
	else
		call_hint(call, "chmod go-w %s", path);
	return CREDENCE_UNSAFE;
}

static credence_rc too_long(struct walk *walk)
{
	return call_fail(walk->call, CREDENCE_ERROR, "the path is too long: %s", walk->done);
}

/* -- Paths as text -- */

static const char *skip_slashes(const char *path)
{
	while (*path == '/')
		path++;
	return path;
}

/* Takes the first part off left; "": there is none. */
static bool next_part(struct walk *walk, char part[NAME_MAX + 1])
{
	const char *start = skip_slashes(walk->left);
	size_t length = (size_t)(strchrnul(start, '/') - start);

	if (length > NAME_MAX)
		return false;
	memcpy(part, start, length);
	part[length] = '\0';
	memmove(walk->left, start + length, strlen(start + length) + 1);
	return true;
}

static bool append(char path[PATH_MAX], const char *part)
{
	size_t length = strlen(path), more = strlen(part);

	if (length + more + 2 > PATH_MAX)
		return false;
	if (length == 0 || path[length - 1] != '/')
		path[length++] = '/';
	memcpy(path + length, part, more + 1);
	return true;
}

static void drop_last(char path[PATH_MAX])
{
	char *slash = strrchr(path, '/');

	slash[slash == path] = '\0';
}

static bool at_end(const struct walk *walk)
{
	return *skip_slashes(walk->left) == '\0';
}

/* -- The walk -- */

/* Goes on from the folder that fd is; takes fd over. */
static credence_rc enter(struct walk *walk, int fd, const struct stat *st)
{
	credence_rc rc = path_check(walk->call, walk->done, st, true);

	if (rc != CREDENCE_SUCCESS) {
		close(fd);
		return rc;
	}
	if (walk->folder >= 0)
		close(walk->folder);
	walk->folder = fd;
	walk->st = *st;
	return CREDENCE_SUCCESS;
}

static credence_rc enter_root(struct walk *walk)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	memcpy(walk->done, "/", 2);
	if (fd < 0)
		return path_fail(walk->call, "/");
	if (fstat(fd, &st) != 0) {
		close(fd);
		return path_fail(walk->call, "/");
	}
	return enter(walk, fd, &st);
}

/* Puts what the link says in front of what is left. */
static credence_rc follow(struct walk *walk, int link, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t length;

	if (!is_ours(st))
		return refuse_owner(walk->call, walk->done, st);
	if (++walk->links > LINKS_MAX)
		return call_fail(walk->call, CREDENCE_UNSAFE, "%s: too many links", walk->done);
	length = readlinkat(link, "", target, sizeof(target) - 1);
	if (length < 0)
		return path_fail(walk->call, walk->done);
	target[length] = '\0';
	if (!append(target, walk->left))
		return too_long(walk);
	memcpy(walk->left, target, strlen(target) + 1);
	drop_last(walk->done);
	return target[0] == '/' ? enter_root(walk) : CREDENCE_SUCCESS;
}

/* What is no folder can only be the end. Its folder must not even be sticky: anybody could have put
 * a file there under that name first. */
static credence_rc arrive(struct walk *walk, const struct stat *st)
{
	char holder[PATH_MAX];
	credence_rc rc;

	if (!at_end(walk)) {
		errno = ENOTDIR;
		return path_fail(walk->call, walk->done);
	}
	memcpy(holder, walk->done, strlen(walk->done) + 1);
	drop_last(holder);
	rc = path_check(walk->call, holder, &walk->st, false);
	walk->st = *st;
	return rc;
}

static credence_rc step(struct walk *walk)
{
	char part[NAME_MAX + 1];
	struct stat st;
	credence_rc rc;
	int fd;

	if (!next_part(walk, part))
		return too_long(walk);
	if (part[0] == '\0' || strcmp(part, ".") == 0)
		return CREDENCE_SUCCESS;
	if (strcmp(part, "..") == 0)
		drop_last(walk->done);
	else if (!append(walk->done, part))
		return too_long(walk);
	fd = openat(walk->folder, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return path_fail(walk->call, walk->done);
	if (fstat(fd, &st) != 0)
		rc = path_fail(walk->call, walk->done);
	else if (S_ISDIR(st.st_mode))
		return enter(walk, fd, &st);
	else if (S_ISLNK(st.st_mode))
		rc = follow(walk, fd, &st);
	else
		rc = arrive(walk, &st);
	close(fd);
	return rc;
}

credence_rc path_walk(struct credence_call *call, const char *path, struct stat *end)
{
	struct walk walk; /* not zeroed as a whole: it is on the way of every token, and large */
	credence_rc rc;

	walk.call = call;
	walk.folder = -1;
	walk.links = 0;
	walk.done[0] = '\0';
	if (path[0] != '/')
		return call_fail(call, CREDENCE_ERROR, "%s is no absolute path", path);
	if (strlen(path) >= sizeof(walk.left))
		return call_fail(call, CREDENCE_ERROR, "the path is too long: %s", path);
	memcpy(walk.left, path, strlen(path) + 1);
	rc = enter_root(&walk);
	while (rc == CREDENCE_SUCCESS && !at_end(&walk))
		rc = step(&walk);
	if (rc == CREDENCE_SUCCESS)
		rc = path_check(call, walk.done, &walk.st, false);
	if (walk.folder >= 0)
		close(walk.folder);
	if (rc == CREDENCE_SUCCESS)
		*end = walk.st;
	return rc;
}

credence_rc file_check_path(struct credence_call *call, const char *path)
{
	struct stat st;

	return path_walk(call, path, &st);
}
