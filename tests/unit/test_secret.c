/* SPDX-License-Identifier: MIT */
/* Secret memory: what is freed is wiped, and neither a core nor a forked child gets to see it. */
#include "core/os/secret.h"

#include "os_world.h"
#include "random.h"
#include "suite.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>

static bool is_zero(const char *bytes, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static const size_t sizes[] = {0, 1, 15, 16, 17, 100, 4096, 16383, 16384, 65536, 1000000};

START_TEST(any_size)
{
	size_t size = sizes[_i];
	char *p = secret_alloc(size), *q = secret_alloc(size);

	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_nonnull(q);
	ck_assert_uint_eq((uintptr_t)p % 16, 0);
	ck_assert_uint_eq((uintptr_t)q % 16, 0);
	ck_assert(is_zero(p, size));
	memset(p, 'p', size);
	ck_assert(is_zero(q, size));
	memset(q, 'q', size);
	ck_assert(size == 0 || (p[0] == 'p' && p[size - 1] == 'p'));
	secret_free(p);
	ck_assert(size == 0 || (q[0] == 'q' && q[size - 1] == 'q'));
	secret_free(q);
	secret_free(NULL);
}
END_TEST

START_TEST(too_large)
{
	ck_assert_ptr_null(secret_alloc(SIZE_MAX));
	ck_assert_ptr_null(secret_alloc(SIZE_MAX / 2));
	ck_assert_ptr_null(secret_copy("x", SIZE_MAX));
}
END_TEST

START_TEST(copies)
{
	char *p = secret_strdup("1000.abc"), *q = secret_copy("a\0b", 3), *e = secret_strdup("");

	ck_assert_str_eq(p, "1000.abc");
	ck_assert_mem_eq(q, "a\0b", 4);
	ck_assert_str_eq(e, "");
	ck_assert_ptr_null(secret_strdup(NULL));
	ck_assert_ptr_null(secret_copy(NULL, 0));
	secret_free(p);
	secret_free(q);
	secret_free(e);
}
END_TEST

/* A neighbour keeps the page alive, so that the test may look at what was freed. */
START_TEST(wiped_when_freed)
{
	char *neighbour = secret_strdup("neighbour"), *p = secret_strdup("1000.CANARY");

	secret_free(p);
	ck_assert(is_zero(p, 12));
	ck_assert_str_eq(neighbour, "neighbour");
	secret_free(neighbour);
	/* With the last one freed, the page starts anew, and clean. */
	ck_assert_ptr_eq(secret_alloc(4096), neighbour);
	ck_assert(is_zero(neighbour, 4096));
}
END_TEST

START_TEST(wipe)
{
	char text[] = "1000.CANARY";

	secret_wipe(text, 5);
	ck_assert_mem_eq(text, "\0\0\0\0\0CANARY", 12);
	secret_wipe(NULL, 0);
}
END_TEST

/* -- The kernel's part -- */

START_TEST(forked_child_has_no_secret)
{
	char *small = secret_strdup("1000.CANARY"), *large = secret_alloc(100000), *own;
	int status = -1;
	pid_t pid;

	memset(large, 'C', 100000);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (!is_zero(small, 12) || !is_zero(large, 100000))
			_exit(1);
		/* What it inherited can be freed, and it can have secrets of its own. */
		secret_free(small);
		secret_free(large);
		own = secret_strdup("own");
		_exit(own != NULL && strcmp(own, "own") == 0 ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(small, "1000.CANARY");
	secret_free(small);
	secret_free(large);
}
END_TEST

/* The kernel's flags of the mapping in which p lies. */
static void flags_of(const void *p, char *flags, size_t size)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	bool inside = false;
	char line[512];

	ck_assert_ptr_nonnull(maps);
	flags[0] = '\0';
	while (fgets(line, sizeof(line), maps) != NULL) {
		char *dash, *space;
		uintptr_t from = strtoul(line, &dash, 16), to;

		if (*dash == '-' && (to = strtoul(dash + 1, &space, 16)) > from && *space == ' ')
			inside = (uintptr_t)p >= from && (uintptr_t)p < to;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			(void)snprintf(flags, size, "%s", line);
	}
	ck_assert_int_eq(fclose(maps), 0);
}

static void check_flags(const void *p, bool locked)
{
	char flags[512];

	flags_of(p, flags, sizeof(flags));
	ck_assert_msg(strstr(flags, " dd") != NULL, "in core dumps: %s", flags);
	ck_assert_msg(strstr(flags, " wf") != NULL, "kept over fork: %s", flags);
	ck_assert_msg((strstr(flags, " lo") != NULL) == locked, "locked: %s", flags);
}

START_TEST(locked_and_not_dumped)
{
	struct rlimit limit;
	char *small = secret_alloc(10), *large = secret_alloc(100000);

	ck_assert_int_eq(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
	check_flags(small, geteuid() == 0 || limit.rlim_cur >= 1 << 20);
	check_flags(large, geteuid() == 0 || limit.rlim_cur >= 1 << 20);
	secret_free(small);
	secret_free(large);
}
END_TEST

/* Without the right to lock memory a token is still better than none. */
START_TEST(not_locked)
{
	const struct rlimit none = {0, 0};
	char *p;

	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &none), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(NOBODY), 0);
	p = secret_strdup("1000.abc");
	ck_assert_str_eq(p, "1000.abc");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	check_flags(p, false);
	secret_free(p);
}
END_TEST

/* -- Many at once -- */

#define SLOTS 64

static void *churn(void *seed)
{
	struct random random = {.state = (uintptr_t)seed};
	unsigned char *slot[SLOTS] = {NULL};
	size_t length[SLOTS] = {0}, i, j;
	unsigned round;

	for (round = 0; round < 4000; round++) {
		i = random_below(&random, SLOTS);
		for (j = 0; slot[i] != NULL && j < length[i]; j++)
			if (slot[i][j] != (unsigned char)i)
				return seed;
		secret_free(slot[i]);
		length[i] = random_below(&random, round % 100 == 0 ? 40000 : 600);
		slot[i] = secret_alloc(length[i]);
		if (slot[i] == NULL || !is_zero((char *)slot[i], length[i]))
			return seed;
		memset(slot[i], (int)i, length[i]);
	}
	for (i = 0; i < SLOTS; i++)
		secret_free(slot[i]);
	return NULL;
}

START_TEST(threads)
{
	pthread_t thread[4];
	void *failed;
	uintptr_t i;

	for (i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, churn, (void *)(i + 1)), 0);
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_join(thread[i], &failed), 0);
		ck_assert_ptr_null(failed);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("secret");
	TCase *memory = tcase_create("memory"), *kernel = tcase_create("kernel");

	tcase_add_loop_test(memory, any_size, 0, sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_test(memory, too_large);
	tcase_add_test(memory, copies);
	tcase_add_test(memory, wiped_when_freed);
	tcase_add_test(memory, wipe);
	tcase_add_test(memory, threads);
	suite_add_tcase(suite, memory);
	tcase_add_test(kernel, forked_child_has_no_secret);
	tcase_add_test(kernel, locked_and_not_dumped);
	tcase_add_test(kernel, not_locked);
	suite_add_tcase(suite, kernel);
	return suite_run(suite);
}
