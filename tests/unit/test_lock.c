/* SPDX-License-Identifier: MIT */
/* Locks: between processes, between threads' descriptors, and that they end with their holder. */
#include "core/os/lock.h"

#include "core/os/clock.h"

#include "os_world.h"
#include "suite.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* A process that holds the lock of key and says so through *held. */
static pid_t hold(const char *key, int64_t ms)
{
	struct lock lock = LOCK_INIT;
	int ready[2];
	char c = 0;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (lock_try(&call, &lock, os_folder, key) != CREDENCE_SUCCESS)
			_exit(1);
		if (write(ready[1], "x", 1) != 1)
			_exit(2);
		clock_sleep(ms);
		_exit(0);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(one_at_a_time)
{
	struct lock first = LOCK_INIT, second = LOCK_INIT;
	struct stat st;

	os_success(lock_try(&call, &first, os_folder, "crm"));
	ck_assert_int_ge(first.fd, 0);
	ck_assert_int_eq(fcntl(first.fd, F_GETFD), FD_CLOEXEC);
	/* The same process with another descriptor is another holder. */
	ck_assert_int_eq(lock_try(&call, &second, os_folder, "crm"), CREDENCE_UNAVAIL);
	ck_assert_ptr_null(call.failure.message);
	ck_assert_int_eq(second.fd, -1);
	lock_release(&first);
	ck_assert_int_eq(first.fd, -1);
	lock_release(&first);
	os_success(lock_try(&call, &second, os_folder, "crm"));
	lock_release(&second);
	/* The file stays, empty and private. */
	ck_assert_int_eq(stat(os_path("locks"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(st.st_size, 0);
}
END_TEST

START_TEST(keys_are_apart)
{
	static const char *const keys[] = {"crm", "desk", "+0123456789abcdef0123456789abcdef",
					   "+1123456789abcdef0123456789abcdef"};
	struct lock locks[4] = {LOCK_INIT, LOCK_INIT, LOCK_INIT, LOCK_INIT};
	size_t i;

	for (i = 0; i < 4; i++)
		os_success(lock_try(&call, &locks[i], os_folder, keys[i]));
	for (i = 0; i < 4; i++)
		lock_release(&locks[i]);
}
END_TEST

/* A ledger's byte is never a credential's: the upper half of the offsets is theirs. */
START_TEST(ledgers_are_apart)
{
	static const char *const keys[] = {"crm", "+0123456789abcdef0123456789abcdef"};
	struct lock lock = LOCK_INIT;
	struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd;

	os_success(lock_try(&call, &lock, os_folder, keys[_i]));
	fd = open(os_path("locks"), O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	range.l_start = _i ? 0 : (off_t)1 << 62;
	range.l_len = _i ? (off_t)1 << 62 : 0;
	ck_assert_int_eq(fcntl(fd, F_OFD_GETLK, &range), 0);
	ck_assert_int_eq(range.l_type, F_UNLCK);
	range = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
	ck_assert_int_eq(fcntl(fd, F_OFD_GETLK, &range), 0);
	ck_assert_int_eq(range.l_type, F_WRLCK);
	ck_assert_int_eq(range.l_len, 1);
	close(fd);
	lock_release(&lock);
}
END_TEST

START_TEST(between_processes)
{
	struct lock lock = LOCK_INIT;
	pid_t holder = hold("crm", 60000);

	ck_assert_int_eq(lock_try(&call, &lock, os_folder, "crm"), CREDENCE_UNAVAIL);
	os_success(lock_try(&call, &lock, os_folder, "desk"));
	lock_release(&lock);
	/* A holder that is killed holds nothing any more. */
	end(holder);
	os_success(lock_try(&call, &lock, os_folder, "crm"));
	lock_release(&lock);
}
END_TEST

/* Nothing of a holder's lock may stay with a program that it starts. */
START_TEST(not_inherited)
{
	struct lock lock = LOCK_INIT;
	pid_t pid;

	os_success(lock_try(&call, &lock, os_folder, "crm"));
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		execl("/bin/sleep", "sleep", "60", (char *)NULL);
		_exit(127);
	}
	lock_release(&lock);
	os_call(10000);
	os_success(lock_wait(&call, &lock, os_folder, "crm", NULL, NULL));
	lock_release(&lock);
	ck_assert_int_eq(kill(pid, 0), 0);
	end(pid);
}
END_TEST

/* -- Waiting -- */

START_TEST(waits)
{
	struct lock lock = LOCK_INIT;
	int64_t start = clock_boot();
	pid_t holder;

	os_call(30000);
	holder = hold("crm", 300);
	os_success(lock_wait(&call, &lock, os_folder, "crm", NULL, NULL));
	ck_assert_int_ge(clock_boot() - start, 250);
	ck_assert_int_ge(lock.fd, 0);
	/* Too short a wait to be worth a word. */
	ck_assert_uint_eq(os_told + os_told_end, 0);
	lock_release(&lock);
	end(holder);
}
END_TEST

START_TEST(deadline)
{
	struct lock lock = LOCK_INIT;
	int64_t start;
	pid_t holder = hold("crm", 60000);

	os_call(_i ? 200 : 0);
	start = clock_boot();
	os_expect(lock_wait(&call, &lock, os_folder, "crm", NULL, NULL), CREDENCE_UNAVAIL,
		  "another process is busy with crm", "--timeout");
	ck_assert_int_ge(clock_boot() - start, _i ? 200 : 0);
	ck_assert_int_lt(clock_boot() - start, 10000);
	ck_assert_int_eq(lock.fd, -1);
	end(holder);
}
END_TEST

/* With no time at all, a lock that is free is still had. */
START_TEST(free_at_once)
{
	struct lock lock = LOCK_INIT;

	os_call(0);
	os_success(lock_wait(&call, &lock, os_folder, "crm", NULL, NULL));
	lock_release(&lock);
}
END_TEST

START_TEST(told)
{
	struct lock lock = LOCK_INIT;
	pid_t holder = hold("crm", 60000);

	os_call(1500);
	os_expect(lock_wait(&call, &lock, os_folder, "crm", NULL, NULL), CREDENCE_UNAVAIL, "busy",
		  NULL);
	ck_assert_uint_ge(os_told, 1);
	ck_assert_uint_eq(os_told_end, 1);
	end(holder);
}
END_TEST

START_TEST(interrupted)
{
	struct lock lock = LOCK_INIT;
	pid_t holder = hold("crm", 60000);

	os_cancel = true;
	os_expect(lock_wait(&call, &lock, os_folder, "crm", NULL, NULL), CREDENCE_CANCELLED,
		  "interrupted", NULL);
	ck_assert_int_eq(lock.fd, -1);
	end(holder);
}
END_TEST

static bool third_time(struct credence_call *at, void *data)
{
	unsigned *count = data;

	ck_assert_ptr_eq(at, &call);
	return ++*count == 3;
}

/* What the lock was wanted for may be done meanwhile. */
START_TEST(no_longer_wanted)
{
	struct lock lock = LOCK_INIT;
	pid_t holder = hold("crm", 60000);
	unsigned count = 0;

	os_call(30000);
	ck_assert_int_eq(lock_wait(&call, &lock, os_folder, "crm", third_time, &count),
			 CREDENCE_MISS);
	ck_assert_uint_eq(count, 3);
	ck_assert_int_eq(lock.fd, -1);
	ck_assert_ptr_null(call.failure.message);
	end(holder);
	/* Who gets it at once is not asked. */
	os_success(lock_wait(&call, &lock, os_folder, "crm", third_time, &count));
	ck_assert_uint_eq(count, 3);
	lock_release(&lock);
}
END_TEST

/* Four processes count to a hundred together; without a lock some steps would be lost. */
START_TEST(exclusion)
{
	volatile unsigned *shared =
	    mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid[4];
	unsigned i, j;
	int status;

	ck_assert_ptr_ne((void *)shared, MAP_FAILED);
	os_call(60000);
	for (i = 0; i < 4; i++) {
		pid[i] = fork();
		ck_assert_int_ge(pid[i], 0);
		for (j = 0; pid[i] == 0 && j < 25; j++) {
			struct lock lock = LOCK_INIT;
			unsigned seen;

			if (lock_wait(&call, &lock, os_folder, "crm", NULL, NULL) !=
			    CREDENCE_SUCCESS)
				_exit(1);
			seen = *shared;
			usleep(500);
			*shared = seen + 1;
			lock_release(&lock);
		}
		if (pid[i] == 0)
			_exit(0);
	}
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_uint_eq(*shared, 100);
}
END_TEST

/* -- Where it can't be -- */

START_TEST(unsafe)
{
	struct lock lock = LOCK_INIT;

	ck_assert_int_eq(symlink("elsewhere", os_path("locks")), 0);
	os_expect(lock_try(&call, &lock, os_folder, "crm"), CREDENCE_UNSAFE, "locks is a link",
		  NULL);
	os_expect(lock_wait(&call, &lock, os_folder, "crm", NULL, NULL), CREDENCE_UNSAFE,
		  "locks is a link", NULL);
	ck_assert_int_eq(unlink(os_path("locks")), 0);
	os_write("locks", "", 0666);
	os_expect(lock_try(&call, &lock, os_folder, "crm"), CREDENCE_UNSAFE, "others may use",
		  "chmod 600");
	ck_assert_int_eq(chmod(os_folder, 0777), 0);
	os_expect(lock_try(&call, &lock, os_folder, "crm"), CREDENCE_UNSAFE, "others can write",
		  "chmod go-w");
	ck_assert_int_eq(chmod(os_folder, 0700), 0);
	ck_assert_int_eq(lock.fd, -1);
}
END_TEST

START_TEST(folder_is_made)
{
	static const mode_t masks[] = {022, 0777};
	struct lock lock = LOCK_INIT;
	char state[100];

	umask(masks[_i]);
	(void)snprintf(state, sizeof(state), "%s/new/state", os_folder);
	os_success(lock_try(&call, &lock, state, "crm"));
	lock_release(&lock);
	os_success(lock_try(&call, &lock, state, "crm"));
	lock_release(&lock);
	/* A file system of this machine is nothing to warn of. */
	ck_assert_uint_eq(os_logged, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lock");
	TCase *locks = tcase_create("locks"), *waiting = tcase_create("waiting");

	tcase_add_checked_fixture(locks, os_start, os_stop);
	tcase_add_test(locks, one_at_a_time);
	tcase_add_test(locks, keys_are_apart);
	tcase_add_loop_test(locks, ledgers_are_apart, 0, 2);
	tcase_add_test(locks, between_processes);
	tcase_add_test(locks, not_inherited);
	tcase_add_test(locks, unsafe);
	tcase_add_loop_test(locks, folder_is_made, 0, 2);
	suite_add_tcase(suite, locks);
	tcase_add_checked_fixture(waiting, os_start, os_stop);
	tcase_add_test(waiting, waits);
	tcase_add_loop_test(waiting, deadline, 0, 2);
	tcase_add_test(waiting, free_at_once);
	tcase_add_test(waiting, told);
	tcase_add_test(waiting, interrupted);
	tcase_add_test(waiting, no_longer_wanted);
	tcase_add_test(waiting, exclusion);
	suite_add_tcase(suite, waiting);
	return suite_run(suite);
}
