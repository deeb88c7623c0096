/* SPDX-License-Identifier: MIT */
/* One call: which error stays, what is shown of it, what it comes to, and its deadline. */
#include "core/call/call.h"

#include "core/os/clock.h"

#include "os_world.h"
#include "suite.h"

#include <signal.h>
#include <sys/time.h>

static void start(void)
{
	os_call(-1);
}

static void stop(void)
{
	call_done(&call);
}

/* -- The error -- */

START_TEST(nothing_wrong)
{
	ck_assert_int_eq(call.failure.rc, CREDENCE_SUCCESS);
	ck_assert_int_eq(call_status(&call, 0), STATUS_OK);
	ck_assert_int_eq(call_status(&call, CREDENCE_ROLE_STORE), STATUS_OK);
	call_clear(&call);
}
END_TEST

START_TEST(whole_error)
{
	ck_assert_int_eq(call_fail(&call, CREDENCE_UNAVAIL, "%s: no answer", "host"),
			 CREDENCE_UNAVAIL);
	call_code(&call, "timeout");
	call_hint(&call, "try again in %d s", 5);
	call_retry_after(&call, 5000);
	call_prefix(&call, "%s:%d", "crm.conf", 7);
	ck_assert_int_eq(call.failure.rc, CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.failure.message, "crm.conf:7: host: no answer");
	ck_assert_str_eq(call.failure.code, "timeout");
	ck_assert_str_eq(call.failure.hint, "try again in 5 s");
	ck_assert_int_eq(call.failure.retry_after, 5000);
	ck_assert_int_eq(call_status(&call, 0), STATUS_UNAVAIL);
	call_retry_after(&call, -1);
	ck_assert_int_eq(call.failure.retry_after, 0);
	call_code(&call, NULL);
	ck_assert_ptr_null(call.failure.code);
	call_clear(&call);
	ck_assert_ptr_null(call.failure.message);
	ck_assert_ptr_null(call.failure.hint);
	ck_assert_int_eq(call.failure.rc, CREDENCE_SUCCESS);
}
END_TEST

/* What is added to an error that was not taken is not taken either: it would advise the wrong
 * thing. */
START_TEST(first_stays)
{
	call_fail(&call, CREDENCE_CONFIG, "first");
	call_hint(&call, "mend it");
	ck_assert_int_eq(call_fail_status(&call, 7, CREDENCE_ERROR, "second"), CREDENCE_ERROR);
	call_hint(&call, "reboot");
	call_code(&call, "second_code");
	call_retry_after(&call, 99);
	ck_assert_int_eq(call.failure.rc, CREDENCE_CONFIG);
	ck_assert_str_eq(call.failure.message, "first");
	ck_assert_str_eq(call.failure.hint, "mend it");
	ck_assert_ptr_null(call.failure.code);
	ck_assert_int_eq(call.failure.retry_after, 0);
	ck_assert_int_eq(call_status(&call, 0), STATUS_CONFIG);
	/* After a clear all is new. */
	call_clear(&call);
	call_fail(&call, CREDENCE_ERROR, "third");
	call_hint(&call, "hint");
	ck_assert_str_eq(call.failure.message, "third");
	ck_assert_str_eq(call.failure.hint, "hint");
}
END_TEST

START_TEST(message_replaces_none)
{
	call.failure.rc = CREDENCE_MISS;
	call_fail(&call, CREDENCE_DENIED, "no");
	ck_assert_int_eq(call.failure.rc, CREDENCE_DENIED);
	ck_assert_str_eq(call.failure.message, "no");
}
END_TEST

/* Text from a server or a file can't draw on the terminal, nor grow without end. */
START_TEST(printable)
{
	static char huge[5000];

	call_fail(&call, CREDENCE_ERROR, "bad\nline \x1b[31mred\x1b[0m %s", "\xe2\x80\xaexcod");
	call_hint(&call, "a\tb");
	call_code(&call, "x\ry");
	ck_assert_str_eq(call.failure.message, "bad?line ?[31mred?[0m ?xcod");
	ck_assert_str_eq(call.failure.hint, "a?b");
	ck_assert_str_eq(call.failure.code, "x?y");
	call_clear(&call);
	memset(huge, 'x', sizeof(huge) - 1);
	call_fail(&call, CREDENCE_ERROR, "%s", huge);
	call_code(&call, huge);
	ck_assert_uint_lt(strlen(call.failure.message), 700);
	ck_assert_uint_lt(strlen(call.failure.code), 100);
}
END_TEST

/* An error may be made of itself. */
START_TEST(of_itself)
{
	call_fail(&call, CREDENCE_ERROR, "message");
	call_hint(&call, "hint");
	call_hint(&call, "%s, and more", call.failure.hint);
	call_code(&call, "code");
	call_code(&call, call.failure.code);
	call_prefix(&call, "%s", call.failure.message);
	ck_assert_str_eq(call.failure.hint, "hint, and more");
	ck_assert_str_eq(call.failure.code, "code");
	ck_assert_str_eq(call.failure.message, "message: message");
}
END_TEST

START_TEST(taken_and_set)
{
	struct failure failure, other;

	call_fail_status(&call, STATUS_LIMIT, CREDENCE_LIMITED, "one");
	call_hint(&call, "hint");
	failure = call_take_failure(&call);
	ck_assert_int_eq(call.failure.rc, CREDENCE_SUCCESS);
	call_fail(&call, CREDENCE_ERROR, "two");
	other = call_take_failure(&call);
	call_fail(&call, CREDENCE_ERROR, "three");
	call_set_failure(&call, &failure);
	ck_assert_ptr_null(failure.message);
	ck_assert_str_eq(call.failure.message, "one");
	ck_assert_str_eq(call.failure.hint, "hint");
	ck_assert_int_eq(call_status(&call, CREDENCE_ROLE_STORE), STATUS_LIMIT);
	failure_done(&failure);
	failure_done(&other);
	ck_assert_ptr_null(other.message);
}
END_TEST

/* Where memory for a message is missing, an error is still an error. */
START_TEST(without_message)
{
	call.failure.rc = CREDENCE_UNSAFE;
	call_prefix(&call, "crm");
	ck_assert_str_eq(call.failure.message, "crm");
	call_clear(&call);
	ck_assert_int_eq(call_oom(&call), CREDENCE_ERROR);
	ck_assert_int_eq(call_status(&call, CREDENCE_ROLE_STORE), STATUS_BUG);
	ck_assert_str_eq(call.failure.message, "out of memory");
}
END_TEST

/* -- Answers -- */

static const struct {
	credence_rc rc;
	const char *name;
	int core, store, grant;
} answers[] = {
    {CREDENCE_SUCCESS, "success", 0, 0, 0},   {CREDENCE_MISS, "miss", 4, 4, 4},
    {CREDENCE_LOGIN, "login", 4, 4, 4},       {CREDENCE_DENIED, "denied", 5, 12, 5},
    {CREDENCE_LIMITED, "limited", 6, 6, 6},   {CREDENCE_UNAVAIL, "unavail", 6, 6, 6},
    {CREDENCE_CONFLICT, "conflict", 6, 6, 6}, {CREDENCE_CANCELLED, "cancelled", 130, 130, 130},
    {CREDENCE_CONFIG, "config", 3, 3, 3},     {CREDENCE_UNSAFE, "unsafe", 10, 10, 10},
    {CREDENCE_ERROR, "error", 1, 8, 9},
};

START_TEST(statuses)
{
	ck_assert_int_eq(answers[_i].rc, _i);
	ck_assert_int_eq(status_of(_i, 0), answers[_i].core);
	ck_assert_int_eq(status_of(_i, CREDENCE_ROLE_STORE), answers[_i].store);
	ck_assert_int_eq(status_of(_i, CREDENCE_ROLE_GRANT), answers[_i].grant);
	ck_assert_int_eq(status_of(_i, CREDENCE_ROLE_HOOK), answers[_i].grant);
	ck_assert_str_eq(rc_name(_i), answers[_i].name);
	ck_assert_int_eq(rc_of_name(answers[_i].name, strlen(answers[_i].name)), _i);
}
END_TEST

START_TEST(no_answers)
{
	ck_assert_str_eq(rc_name(-1), "?");
	ck_assert_str_eq(rc_name(CREDENCE_RC_COUNT), "?");
	ck_assert_int_eq(rc_of_name("miss=ignore", 4), CREDENCE_MISS);
	ck_assert_int_eq(rc_of_name("mis", 3), -1);
	ck_assert_int_eq(rc_of_name("misses", 6), -1);
	ck_assert_int_eq(rc_of_name("Miss", 4), -1);
	ck_assert_int_eq(rc_of_name("", 0), -1);
	ck_assert_int_eq(status_of(99, CREDENCE_ROLE_GRANT), STATUS_MODULE);
	ck_assert_int_eq(status_of(-1, 0), STATUS_BUG);
	ck_assert_int_eq((int)(sizeof(answers) / sizeof(answers[0])), CREDENCE_RC_COUNT);
}
END_TEST

/* -- Time -- */

START_TEST(time_left)
{
	ck_assert_int_eq(call_time_left(&call), INT64_MAX);
	os_call(0);
	ck_assert_int_eq(call_time_left(&call), 0);
	os_call(10000);
	ck_assert_int_le(call_time_left(&call), 10000);
	ck_assert_int_gt(call_time_left(&call), 5000);
	os_call(INT64_MAX);
	ck_assert_int_gt(call_time_left(&call), CLOCK_DAY);
	os_call(1);
	clock_sleep(5);
	ck_assert_int_eq(call_time_left(&call), 0);
}
END_TEST

/* A deadline that no clock reaches is never passed, however far it is put off. */
START_TEST(extended)
{
	call_extend(&call, 1000);
	call_restart(&call, 1000);
	ck_assert_int_eq(call_time_left(&call), INT64_MAX);
	os_call(10000);
	call_extend(&call, CLOCK_DAY);
	ck_assert_int_gt(call_time_left(&call), CLOCK_DAY);
	ck_assert_int_le(call_time_left(&call), CLOCK_DAY + 10000);
	call_extend(&call, -CLOCK_DAY);
	ck_assert_int_le(call_time_left(&call), 10000);
	call_restart(&call, CLOCK_DAY);
	ck_assert_int_le(call_time_left(&call), CLOCK_DAY);
	ck_assert_int_gt(call_time_left(&call), CLOCK_DAY - 10000);
	call_extend(&call, INT64_MAX);
	ck_assert_int_gt(call_time_left(&call), CLOCK_DAY);
	os_call(INT64_MAX);
	call_extend(&call, 1);
	ck_assert_int_gt(call_time_left(&call), CLOCK_DAY);
	call_restart(&call, INT64_MAX);
	ck_assert_int_gt(call_time_left(&call), CLOCK_DAY);
}
END_TEST

START_TEST(waiting)
{
	int64_t begin = clock_boot();

	ck_assert_int_eq(call_wait(&call, 0), CREDENCE_SUCCESS);
	ck_assert_int_eq(call_wait(&call, 120), CREDENCE_SUCCESS);
	ck_assert_int_ge(clock_boot(), begin + 120);
	os_call(100);
	begin = clock_boot();
	ck_assert_int_eq(call_wait(&call, 60000), CREDENCE_UNAVAIL);
	ck_assert_int_ge(clock_boot(), begin + 99);
	ck_assert_int_lt(clock_boot(), begin + 10000);
	os_call(0);
	ck_assert_int_eq(call_wait(&call, INT64_MAX), CREDENCE_UNAVAIL);
	ck_assert_ptr_null(call.failure.message);
}
END_TEST

static void cancel(int number)
{
	(void)number;
	os_cancel = true;
}

START_TEST(cancelled)
{
	const struct itimerval soon = {.it_value = {.tv_usec = 100000}};
	struct sigaction action = {.sa_handler = cancel};
	int64_t begin = clock_boot();

	ck_assert(!call_cancelled(&call));
	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &soon, NULL), 0);
	ck_assert_int_eq(call_wait(&call, 60000), CREDENCE_CANCELLED);
	ck_assert_int_lt(clock_boot(), begin + 10000);
	ck_assert(call_cancelled(&call));
}
END_TEST

/* -- Telling -- */

START_TEST(listener)
{
	call_log(&call, CREDENCE_LOG_WARNING, "%s\n", "two\x1blines");
	ck_assert_str_eq(os_log, "1 two?lines?");
	call_progress(&call, "waiting", 5);
	call_progress(&call, NULL, 0);
	ck_assert_uint_eq(os_told, 1);
	ck_assert_uint_eq(os_told_end, 1);
}
END_TEST

START_TEST(nobody_listens)
{
	call_init(&call, NULL, NULL, CALL_DRY, -1);
	call_log(&call, CREDENCE_LOG_WARNING, "x");
	call_progress(&call, "x", 0);
	ck_assert(!call_cancelled(&call));
	ck_assert_uint_eq(call.flags, CALL_DRY);
	ck_assert_uint_eq(os_logged, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("call");
	TCase *error = tcase_create("error"), *answer = tcase_create("answers");
	TCase *time = tcase_create("time");

	tcase_add_checked_fixture(error, start, stop);
	tcase_add_test(error, nothing_wrong);
	tcase_add_test(error, whole_error);
	tcase_add_test(error, first_stays);
	tcase_add_test(error, message_replaces_none);
	tcase_add_test(error, printable);
	tcase_add_test(error, of_itself);
	tcase_add_test(error, taken_and_set);
	tcase_add_test(error, without_message);
	tcase_add_test(error, listener);
	tcase_add_test(error, nobody_listens);
	suite_add_tcase(suite, error);
	tcase_add_loop_test(answer, statuses, 0, sizeof(answers) / sizeof(answers[0]));
	tcase_add_test(answer, no_answers);
	suite_add_tcase(suite, answer);
	tcase_add_checked_fixture(time, start, stop);
	tcase_add_test(time, time_left);
	tcase_add_test(time, extended);
	tcase_add_test(time, waiting);
	tcase_add_test(time, cancelled);
	suite_add_tcase(suite, time);
	return suite_run(suite);
}
