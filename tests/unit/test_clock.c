/* SPDX-License-Identifier: MIT */
/* Clocks: that they go, and which of the two is believed. */
#include "core/os/clock.h"

#include "os_world.h"
#include "suite.h"

#include <signal.h>
#include <sys/time.h>
#include <time.h>

START_TEST(they_go)
{
	int64_t wall = clock_wall(), boot = clock_boot();

	ck_assert_int_le(wall - (int64_t)time(NULL) * 1000, 2000);
	ck_assert_int_ge(wall - (int64_t)time(NULL) * 1000, -2000);
	ck_assert_int_gt(boot, 0);
	clock_sleep(30);
	ck_assert_int_ge(clock_boot(), boot + 30);
	clock_sleep(0);
	clock_sleep(-1);
	ck_assert_int_lt(clock_boot(), boot + 10000);
}
END_TEST

static void ignore(int number)
{
	(void)number;
}

START_TEST(a_signal_ends_a_sleep)
{
	const struct itimerval soon = {.it_value = {.tv_usec = 20000}};
	int64_t start = clock_boot();
	struct sigaction action = {.sa_handler = ignore};

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &soon, NULL), 0);
	clock_sleep(20000);
	ck_assert_int_lt(clock_boot(), start + 10000);
}
END_TEST

START_TEST(boot_id)
{
	const char *id = clock_boot_id();

	ck_assert_uint_eq(strlen(id), 36);
	ck_assert_uint_eq(strspn(id, "0123456789abcdef-"), 36);
	ck_assert_ptr_eq(clock_boot_id(), id);
}
END_TEST

START_TEST(set)
{
	ck_assert(!clock_is_unset());
}
END_TEST

/* A moment that was ms ago by either clock. */
static struct moment ago(int64_t wall_ms, int64_t boot_ms)
{
	struct moment moment;

	moment_now(&moment);
	ck_assert_str_eq(moment.boot_id, clock_boot_id());
	moment.wall -= wall_ms;
	moment.boot -= boot_ms;
	return moment;
}

/* name: which clock is believed. */
static const struct {
	int64_t wall, boot, age;
	bool same_boot, jumped;
} ages[] = {
    {0, 0, 0, true, false},
    {5000, 5000, 5000, true, false},
    {65000, 10000, 65000, true, false},   /* they differ by less than a minute: slewed */
    {3600000, 10000, 10000, true, true},  /* set forward */
    {-3600000, 10000, 10000, true, true}, /* set back */
    {10000, 3600000, 3600000, true, true},
    {3600000, 10000, 3600000, false, false}, /* another boot says nothing */
    {-50000, -5000000, -50000, true, false}, /* nothing began before its boot: a forged record */
};

START_TEST(age)
{
	struct moment moment = ago(ages[_i].wall, ages[_i].boot);
	bool jumped = !ages[_i].jumped;
	int64_t got;

	if (!ages[_i].same_boot)
		moment.boot_id[0] = moment.boot_id[0] == '0' ? '1' : '0';
	got = moment_age(&moment, &jumped);
	ck_assert_int_ge(got, ages[_i].age);
	ck_assert_int_lt(got, ages[_i].age + 5000);
	ck_assert(jumped == ages[_i].jumped);
	ck_assert_int_ge(moment_age(&moment, NULL), got);
}
END_TEST

/* A record may hold any number; none may overflow. */
START_TEST(age_of_nonsense)
{
	const int64_t values[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
	struct moment moment;
	size_t i, j;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		for (j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
			moment_now(&moment);
			moment.wall = values[i];
			moment.boot = values[j];
			if (values[i] < 0 && values[j] < 0)
				ck_assert_int_gt(moment_age(&moment, NULL), 0);
			if (values[i] > 1 && values[j] > 1)
				ck_assert_int_lt(moment_age(&moment, NULL), 0);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("clock");
	TCase *clocks = tcase_create("clocks");

	tcase_add_test(clocks, they_go);
	tcase_add_test(clocks, a_signal_ends_a_sleep);
	tcase_add_test(clocks, boot_id);
	tcase_add_test(clocks, set);
	tcase_add_loop_test(clocks, age, 0, sizeof(ages) / sizeof(ages[0]));
	tcase_add_test(clocks, age_of_nonsense);
	suite_add_tcase(suite, clocks);
	return suite_run(suite);
}
