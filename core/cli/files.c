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

static credence_rc fail(struct cli *cli, const char *path, const char *what)
{
	return call_fail_status(&cli->call, STATUS_BUG, CREDENCE_ERROR, "can't %s %s: %s", what,
				path, strerror(errno));
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
		return fail(cli, path, "read");
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
	fd = open(path, O_RDONLY | O_CLOEXEC);
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

credence_rc cli_save(struct cli *cli, const char *path, const struct buf *content, bool private)
{
	struct buf temp = BUF_INIT;
	credence_rc rc = CREDENCE_SUCCESS;
	int fd;
	bool ok;

	if (content->failed)
		return call_oom(&cli->call);
	buf_printf(&temp, "%s.XXXXXX", path);
	if (!buf_ok(&temp))
		return call_oom(&cli->call);
	fd = mkostemp(temp.data, O_CLOEXEC);
	if (fd < 0) {
		rc = fail(cli, path, "write");
		buf_done(&temp);
		return rc;
	}
	ok = fill(fd, content, private ? 0600 : 0644);
	ok = close(fd) == 0 && ok;
	if (!ok || rename(temp.data, path) != 0) {
		rc = fail(cli, path, "write");
		unlink(temp.data);
	}
	buf_done(&temp);
	return rc;
}
