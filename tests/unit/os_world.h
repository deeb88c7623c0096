/* SPDX-License-Identifier: MIT */
/*
 * A small world for the tests of core/os and core/call: a folder of its own, and a call that notes
 * what it is told. Each test runs in a process of its own, so it may change its umask, limits and
 * user.
 */
#ifndef CREDENCE_TESTS_OS_WORLD_H
#define CREDENCE_TESTS_OS_WORLD_H

#include "core/call/call.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534 /* a user that owns nothing of ours */

static char os_folder[64];
static struct credence_call call;
static char os_log[256];
static unsigned os_logged, os_told, os_told_end;
static bool os_cancel;

static inline void os_note_log(void *data, int32_t level, const char *message)
{
	(void)data;
	(void)snprintf(os_log, sizeof(os_log), "%d %s", (int)level, message);
	os_logged++;
}

static inline void os_note_progress(void *data, const char *text, int64_t since)
{
	(void)data;
	(void)since;
	os_told += text != NULL;
	os_told_end += text == NULL;
}

static inline bool os_cancelled(void *data)
{
	(void)data;
	return os_cancel;
}

/* ms as call_init's. */
static inline void os_call(int64_t ms)
{
	const struct call_listener listener = {
	    .log = os_note_log, .progress = os_note_progress, .cancelled = os_cancelled};

	call_init(&call, NULL, &listener, 0, ms);
}

static inline void os_start(void)
{
	const char *base = getenv("TMPDIR");

	(void)snprintf(os_folder, sizeof(os_folder), "%s/credence-os-XXXXXX",
		       base != NULL && strlen(base) < 40 ? base : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(os_folder));
	os_call(-1);
}

static inline int os_remove(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static inline void os_stop(void)
{
	call_done(&call);
	ck_assert_int_eq(nftw(os_folder, os_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* A name in the folder; good until the fourth next. */
static inline const char *os_path(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", os_folder, name);
	return path;
}

/* Writes a file with that mode and returns its path. */
static inline const char *os_write(const char *name, const char *text, mode_t mode)
{
	const char *path = os_path(name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
	return path;
}

/* The answer, and a message (and a hint) that hold these texts; clears the error. */
static inline void os_expect(credence_rc got, credence_rc wanted, const char *message,
			     const char *hint)
{
	const char *text = call.failure.message != NULL ? call.failure.message : "";

	ck_assert_msg(got == wanted, "%s instead of %s: %s", rc_name(got), rc_name(wanted), text);
	if (message != NULL)
		ck_assert_msg(strstr(text, message) != NULL, "message: %s", text);
	if (hint != NULL) {
		text = call.failure.hint != NULL ? call.failure.hint : "";
		ck_assert_msg(strstr(text, hint) != NULL, "hint: %s", text);
	}
	call_clear(&call);
}

static inline void os_success(credence_rc rc)
{
	ck_assert_msg(rc == CREDENCE_SUCCESS, "%s: %s", rc_name(rc),
		      call.failure.message != NULL ? call.failure.message : "");
}

#endif
