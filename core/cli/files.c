/* SPDX-License-Identifier: MIT */
/*
 * Files that the caller names: read with the caller's rights and no further checks, written at once
 * or not at all. credence's own files are core/os/file.h's business.
 */
#include "core/cli/cli.h"

#include "core/os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP ((size_t)64 << 10)

/* What is wrong with the name is for the caller to mend, what is wrong with the device is not. */
static credence_rc fail(struct cli *cli, const char *path, const char *what, const char *hint)
{
	bool named = errno == ENOENT || errno == ENOTDIR || errno == EISDIR || errno == EACCES ||
		     errno == EPERM || errno == EROFS || errno == ENAMETOOLONG;

	call_fail_status(&cli->call, named ? STATUS_USAGE : STATUS_BUG, CREDENCE_ERROR,
			 "can't %s %s: %s", what, path, strerror(errno));
	if (named && hint != NULL)
		call_hint(&cli->call, "%s", hint);
	return CREDENCE_ERROR;
}

static credence_rc fail_write(struct cli *cli, const char *path)
{
	return fail(cli, path, "write", "its folder has to be there, and yours to write");
}

static credence_rc read_all(struct cli *cli, int fd, const char *path, struct buf *content)
{
	char chunk[STEP];
	ssize_t n;

	do {
		n = read(fd, chunk, sizeof(chunk));
		if (n > 0)
			buf_add(content, chunk, (size_t)n);
	} while ((n > 0 && !content->failed) || (n < 0 && errno == EINTR && process_signal() == 0));
	if (n < 0 && process_signal() != 0)
		return call_fail(&cli->call, CREDENCE_CANCELLED, "interrupted");
	if (n < 0)
		return fail(cli, path, "read", NULL);
	explicit_bzero(chunk, sizeof(chunk));
	if (content->failed)
		return call_fail_status(&cli->call, STATUS_USAGE, CREDENCE_CONFIG,
					"%s is too large, or memory is short", path);
	return CREDENCE_SUCCESS;
}

credence_rc cli_read(struct cli *cli, const char *path, struct buf *content)
{
	credence_rc rc;
	int fd;

	if (strcmp(path, "-") == 0)
		return read_all(cli, STDIN_FILENO, "standard input", content);
	/* A pipe that has a name keeps whoever opens it waiting for its other end. */
	do
		fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR && process_signal() == 0);
	if (fd < 0 && process_signal() != 0)
		return call_fail(&cli->call, CREDENCE_CANCELLED, "interrupted");
	if (fd < 0)
		return call_fail_status(&cli->call, STATUS_USAGE, CREDENCE_CONFIG,
					"can't read %s: %s", path, strerror(errno));
	rc = read_all(cli, fd, path, content);
	close(fd);
	return rc;
}

static bool fill(int fd, const struct buf *content, mode_t mode)
{
	const char *at = buf_text(content);
	size_t left = content->length;
	bool ok = fchmod(fd, mode) == 0;

	while (ok && left > 0) {
		ssize_t n = write(fd, at, left);

		if (n < 0 && errno == EINTR)
			continue;
		ok = n > 0;
		at += ok ? n : 0;
		left -= ok ? (size_t)n : 0;
	}
	return ok && fsync(fd) == 0;
}

/* Only a plain file is replaced: a device, or what a link stands for, would be lost. */
static credence_rc check_target(struct cli *cli, const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0 || S_ISREG(st.st_mode))
		return CREDENCE_SUCCESS;
	call_fail_status(&cli->call, STATUS_USAGE, CREDENCE_CONFIG, "can't write %s: it is %s",
			 path,
			 S_ISLNK(st.st_mode)   ? "a link"
			 : S_ISDIR(st.st_mode) ? "a folder"
					       : "no regular file");
	call_hint(&cli->call, "name a plain file, or one that is not there yet");
	return CREDENCE_CONFIG;
}

/* The folder that a file stands in; -1: errno says why. */
static int open_holder(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct buf holder = BUF_INIT;
	int fd;

	if (slash == NULL)
		buf_char(&holder, '.');
	else
		buf_add(&holder, path, slash > path ? (size_t)(slash - path) : 1);
	errno = ENOMEM;
	fd = buf_ok(&holder) ? open(holder.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	buf_done(&holder);
	return fd;
}

/* Puts content in the place of path, by way of temp, and its name in folder to the disk. */
static credence_rc replace(struct cli *cli, int folder, char *temp, const char *path,
			   const struct buf *content, mode_t mode)
{
	int fd = mkostemp(temp, O_CLOEXEC);
	credence_rc rc;
	bool ok;

	if (fd < 0)
		return fail_write(cli, path);
	ok = fill(fd, content, mode);
	ok = close(fd) == 0 && ok;
	if (!ok || rename(temp, path) != 0) {
		rc = fail_write(cli, path);
		unlink(temp);
		return rc;
	}
	return fsync(folder) == 0 ? CREDENCE_SUCCESS
				  : fail(cli, path, "make durable what was written to", NULL);
}

credence_rc cli_save(struct cli *cli, const char *path, const struct buf *content, bool private)
{
	struct buf temp = BUF_INIT;
	credence_rc rc = check_target(cli, path);
	int folder;

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (content->failed)
		return call_oom(&cli->call);
	buf_printf(&temp, "%s.XXXXXX", path);
	if (!buf_ok(&temp))
		return call_oom(&cli->call);
	folder = open_holder(path);
	rc = folder < 0 ? fail_write(cli, path)
			: replace(cli, folder, temp.data, path, content, private ? 0600 : 0644);
	if (folder >= 0)
		close(folder);
	buf_done(&temp);
	return rc;
}
