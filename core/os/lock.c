/* SPDX-License-Identifier: MIT */
/* The lock of one key on one host; see lock.h. */
#include "core/os/lock.h"

#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/hash.h"
#include "core/os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LOCK_FILE  "locks"
#define POLL_FIRST 10 /* ms */
#define POLL_MOST  100
#define LOOK_SHARE 4 /* a look that takes long is paid for with as many times of waiting */
#define TELL_AFTER CLOCK_SECOND

/* 62 bits of the key's hash; ledgers have a range of their own, so that a credential and a ledger
 * never share a byte. */
static off_t offset_of(const char *key)
{
	uint64_t hash = hash_fnv1a(key, strlen(key)) & ((UINT64_C(1) << 62) - 1);

	return (off_t)(key[0] == '+' ? hash | UINT64_C(1) << 62 : hash);
}

/* Over a network a lock can be lost without a word; it still keeps this host's processes apart. */
static void warn_of_network(struct credence_call *call, int fd, const char *state_dir)
{
	static const unsigned networks[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, SMB2_SUPER_MAGIC,
					    CIFS_SUPER_MAGIC, FUSE_SUPER_MAGIC};
	static atomic_flag warned = ATOMIC_FLAG_INIT;
	struct statfs fs;
	size_t i;

	if (fstatfs(fd, &fs) != 0)
		return;
	for (i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		if ((unsigned)fs.f_type == networks[i] && !atomic_flag_test_and_set(&warned))
			call_log(call, CREDENCE_LOG_WARNING,
				 "%s is on a network or user file system, where locks may be lost",
				 state_dir);
}

/* The state folder is a store's: what is wrong with it is no bug of ours. */
static credence_rc of_state(struct credence_call *call, credence_rc rc)
{
	if (rc == CREDENCE_ERROR && !call->unheard && call->failure.status == 0)
		call->failure.status = STATUS_STORE;
	return rc;
}

static credence_rc open_locks(struct credence_call *call, const char *state_dir, int *fd)
{
	struct buf path = BUF_INIT;
	int folder = -1;
	credence_rc rc = file_open_folder(call, state_dir, true, &folder);

	if (rc != CREDENCE_SUCCESS)
		return of_state(call, rc);
	buf_printf(&path, "%s/%s", state_dir, LOCK_FILE);
	rc = file_open_private(call, folder, LOCK_FILE, buf_text(&path), fd);
	buf_done(&path);
	close(folder);
	if (rc == CREDENCE_SUCCESS)
		warn_of_network(call, *fd, state_dir);
	return of_state(call, rc);
}

static credence_rc set_lock(struct credence_call *call, int fd, const char *state_dir,
			    const char *key)
{
	struct flock range = {
	    .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = offset_of(key), .l_len = 1};

	if (fcntl(fd, F_OFD_SETLK, &range) == 0)
		return CREDENCE_SUCCESS;
	if (errno == EAGAIN || errno == EACCES || errno == EINTR)
		return CREDENCE_UNAVAIL;
	call_fail(call, CREDENCE_ERROR, "can't lock %s/%s: %s", state_dir, LOCK_FILE,
		  strerror(errno));
	call_hint(call, "put the state folder on a file system with locks");
	return of_state(call, CREDENCE_ERROR);
}

/* A lock on a file that somebody has removed or replaced keeps nobody out who comes later. */
static bool is_current(int fd, const char *state_dir)
{
	struct buf path = BUF_INIT;
	struct stat ours, there;
	bool same;

	buf_printf(&path, "%s/%s", state_dir, LOCK_FILE);
	same = fstat(fd, &ours) == 0 && lstat(buf_text(&path), &there) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
	buf_done(&path);
	return same;
}

/* UNAVAIL: somebody has it, or it is to be tried once more. */
static credence_rc try_lock(struct credence_call *call, int *fd, const char *state_dir,
			    const char *key)
{
	credence_rc rc = set_lock(call, *fd, state_dir, key);

	if (rc != CREDENCE_SUCCESS || is_current(*fd, state_dir))
		return rc;
	close(*fd);
	*fd = -1;
	rc = open_locks(call, state_dir, fd);
	return rc == CREDENCE_SUCCESS ? CREDENCE_UNAVAIL : rc;
}

credence_rc lock_try(struct credence_call *call, struct lock *lock, const char *state_dir,
		     const char *key)
{
	int fd = -1;
	credence_rc rc = open_locks(call, state_dir, &fd);

	if (rc == CREDENCE_SUCCESS)
		rc = try_lock(call, &fd, state_dir, key);
	if (rc == CREDENCE_SUCCESS)
		lock->fd = fd;
	else if (fd >= 0)
		close(fd);
	return rc;
}

/* Looks between two tries at the lock; *cost: how long that took. Many who wait must not keep the
 * one from working that they wait for: a look may be a program that runs. */
static bool look(struct credence_call *call, bool (*between)(struct credence_call *, void *),
		 void *data, int64_t *cost)
{
	int64_t begun = clock_boot();
	bool done = between != NULL && between(call, data);

	*cost = clock_boot() - begun;
	return done;
}

/* Half to the whole of the span, so that waiters don't march in step. */
static int64_t jitter(int64_t span)
{
	uint16_t random = 0;

	(void)process_random(&random, sizeof(random));
	return span / 2 + random % (span / 2 + 1);
}

credence_rc lock_wait(struct credence_call *call, struct lock *lock, const char *state_dir,
		      const char *key, bool (*between)(struct credence_call *, void *), void *data)
{
	int64_t span = POLL_FIRST, start = clock_boot(), cost;
	bool told = false;
	credence_rc rc;
	int fd = -1;

	rc = open_locks(call, state_dir, &fd);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	while ((rc = try_lock(call, &fd, state_dir, key)) == CREDENCE_UNAVAIL) {
		if (look(call, between, data, &cost)) {
			rc = CREDENCE_MISS;
			break;
		}
		if (clock_boot() - start > TELL_AFTER) {
			call_progress(call, "waiting for another renewal", start);
			told = true;
		}
		rc = call_wait(call, jitter(span) + LOOK_SHARE * cost);
		if (rc != CREDENCE_SUCCESS)
			break;
		span = span * 2 < POLL_MOST ? span * 2 : POLL_MOST;
	}
	if (told)
		call_progress(call, NULL, 0);
	if (rc == CREDENCE_CANCELLED)
		call_fail(call, rc, "interrupted");
	if (rc == CREDENCE_UNAVAIL) {
		call_fail(call, rc, "another process is busy with %s", key);
		call_code(call, "busy");
		call_hint(call, "try again later, or give it more time: --timeout 60s");
	}
	if (rc == CREDENCE_SUCCESS)
		lock->fd = fd;
	else if (fd >= 0)
		close(fd);
	return rc;
}

void lock_identify(const struct lock *lock, struct buf *text)
{
	struct stat st;

	if (lock->fd >= 0 && clock_boot_id()[0] != '\0' && fstat(lock->fd, &st) == 0)
		buf_printf(text, "%s/%llx/%llx", clock_boot_id(), (unsigned long long)st.st_dev,
			   (unsigned long long)st.st_ino);
}

void lock_release(struct lock *lock)
{
	struct flock whole = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	/* Not by closing alone: a child that a program forked meanwhile holds it open, too. */
	if (lock->fd >= 0) {
		(void)fcntl(lock->fd, F_OFD_SETLK, &whole);
		close(lock->fd);
	}
	lock->fd = -1;
}
