/* SPDX-License-Identifier: MIT */
/*
 * Running a suite: a look whether the module can be used at all, then case by case, each in a
 * process of its own, and whatever happens what they left is removed.
 */
#include "core/conformance/suite.h"

#include "core/os/clock.h"
#include "core/os/process.h"
#include "core/os/text.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CASE_LIMIT  (3 * CLOCK_MINUTE) /* a case that hangs fails then */
#define CLEAN_LIMIT CLOCK_MINUTE

static const struct suite_of_role *const suites[] = {&suite_of_stores};

static const struct suite_of_role *find(uint32_t role)
{
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (suites[i]->role == role)
			return suites[i];
	return NULL;
}

bool conformance_has(uint32_t role)
{
	return find(role) != NULL;
}

/* -- What a run has -- */

static credence_rc make_prefix(struct credence_call *call, struct suite *suite)
{
	struct buf text = BUF_INIT;
	unsigned char random[4];

	if (!process_random(random, sizeof(random)))
		return call_fail(call, CREDENCE_ERROR, "the kernel gives no random bytes");
	buf_str(&text, "conformance-");
	text_hex(&text, random, sizeof(random));
	(void)snprintf(suite->prefix, sizeof(suite->prefix), "%s-", buf_text(&text));
	buf_done(&text);
	return CREDENCE_SUCCESS;
}

/* State of nobody's, for options that no profile has. */
static credence_rc make_folder(struct credence_call *call, struct suite *suite)
{
	const char *base = getenv("TMPDIR");

	if (suite->subject->profile != NULL)
		return CREDENCE_SUCCESS;
	(void)snprintf(suite->folder, sizeof(suite->folder), "%s/credence-conformance.XXXXXX",
		       base != NULL && base[0] == '/' ? base : "/tmp");
	if (mkdtemp(suite->folder) != NULL)
		return CREDENCE_SUCCESS;
	call_fail_status(call, STATUS_BUG, CREDENCE_ERROR, "can't make %s: %s", suite->folder,
			 strerror(errno));
	suite->folder[0] = '\0';
	return CREDENCE_ERROR;
}

static credence_rc make_board(struct credence_call *call, struct suite *suite)
{
	void *memory = mmap(NULL, sizeof(*suite->board), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return call_oom(call);
	suite->board = memory;
	return CREDENCE_SUCCESS;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	(void)remove(path);
	return 0;
}

static void suite_done(struct suite *suite)
{
	if (suite->folder[0] != '\0')
		(void)nftw(suite->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (suite->board != NULL)
		(void)munmap(suite->board, sizeof(*suite->board));
}

static void test_init(struct test *test, struct suite *suite, const struct test_case *what,
		      unsigned number)
{
	*test = (struct test){.suite = suite, .what = what, .number = number};
	pthread_mutex_init(&test->mutex, NULL);
}

/* -- One case -- */

static void run_case(struct test *test)
{
	test->what->run(test);
	test->suite->of->close(test);
	/* Who ended the run sees to it that nothing is left. */
	if (process_signal() == 0)
		test->suite->of->clean(test);
}

static void clean(struct test *test)
{
	test->suite->listener.cancelled = NULL;
	test->suite->of->clean(test);
}

/* What a case could not remove itself. */
static void clean_behind(struct test *test)
{
	struct apart apart;

	if (test->suite->board->key_count > 0)
		(void)apart_run(test, clean, clock_boot() + CLEAN_LIMIT, true, &apart);
}

static void judge_end(struct test *test, const struct apart *apart)
{
	if (apart->timeout)
		test_fail(test, "the case to end", "it was ended after %d s",
			  (int)(CASE_LIMIT / CLOCK_SECOND));
	else if (apart->signal != 0)
		test_fail(test, "the module to leave its process alive", "signal %d (%s)",
			  apart->signal, strsignal(apart->signal));
	else if (apart->exited)
		test_fail(test, "the module to leave its process alive", "exit status %d",
			  apart->status);
}

static void reset(struct board *board)
{
	atomic_store(&board->failed, false);
	board->key_count = 0;
	for (unsigned i = 0; i < BOARD_STEPS; i++)
		atomic_store(&board->step[i], 0);
}

/* The call has an end of its own, if somebody gave one. */
static credence_rc check_time(struct credence_call *call, const struct test *test)
{
	if (process_signal() != 0)
		return call_fail(call, CREDENCE_CANCELLED, "interrupted");
	if (call_time_left(call) > 0)
		return CREDENCE_SUCCESS;
	call_fail(call, CREDENCE_UNAVAIL, "the time was over in case %u (%s)", test->number,
		  test->what->name);
	call_hint(call, "give it more with --timeout 10m, or leave that out");
	return CREDENCE_UNAVAIL;
}

static int64_t limit_of(const struct credence_call *call)
{
	int64_t limit = clock_boot() + CASE_LIMIT;

	return call->deadline != 0 && call->deadline < limit ? call->deadline : limit;
}

/* left: keys that are still there. */
static credence_rc run_apart(struct credence_call *call, struct test *test, unsigned *left)
{
	struct board *board = test->suite->board;
	struct apart apart;
	credence_rc rc;

	reset(board);
	if (!apart_run(test, run_case, limit_of(call), false, &apart))
		return call_fail_status(call, STATUS_BUG, CREDENCE_ERROR,
					"can't make a process: %s", strerror(errno));
	clean_behind(test);
	*left += board->key_count;
	rc = check_time(call, test);
	if (rc == CREDENCE_SUCCESS)
		judge_end(test, &apart);
	return rc;
}

/* -- The run -- */

struct run {
	struct credence_call *call;
	struct suite *suite;
	const struct conformance_report *report;
	struct conformance_count *count;
	unsigned *left;
};

static credence_rc tell(struct run *run, struct conformance_result *result)
{
	struct board *board = run->suite->board;

	if (result->verdict == CONFORMANCE_SKIPPED) {
		run->count->skipped++;
	} else if (atomic_load(&board->failed)) {
		run->count->failed++;
		result->verdict = CONFORMANCE_FAILED;
		result->expected = board->expected;
		result->found = board->found;
	} else {
		run->count->passed++;
	}
	return run->report->result(run->report->data, result);
}

static credence_rc run_one(struct run *run, const struct test_case *what, unsigned number)
{
	struct suite *suite = run->suite;
	struct conformance_result result = {.number = number, .name = what->name};
	int64_t start = clock_boot();
	credence_rc rc = CREDENCE_SUCCESS;
	struct test test;

	result.reason = suite->of->skip(suite->board, what->needs);
	if (result.reason != NULL) {
		result.verdict = CONFORMANCE_SKIPPED;
		return tell(run, &result);
	}
	test_init(&test, suite, what, number);
	rc = run_apart(run->call, &test, run->left);
	result.ms = clock_boot() - start;
	return rc == CREDENCE_SUCCESS ? tell(run, &result) : rc;
}

static bool is_wanted(const struct suite *suite, const struct test_case *what)
{
	return suite->subject->only == NULL || strstr(what->name, suite->subject->only) != NULL;
}

/* Runs all cases that are wanted; run NULL: only counts them. */
static credence_rc run_all(const struct suite *suite, struct run *run, unsigned *number)
{
	credence_rc rc = CREDENCE_SUCCESS;

	*number = 0;
	for (size_t group = 0; suite->of->groups[group] != NULL; group++)
		for (const struct test_case *what = suite->of->groups[group]; what->name != NULL;
		     what++) {
			if (!is_wanted(suite, what))
				continue;
			(*number)++;
			if (run != NULL)
				rc = run_one(run, what, *number);
			if (rc != CREDENCE_SUCCESS)
				return rc;
		}
	return rc;
}

/* -- Before the cases -- */

static credence_rc hand_on(struct credence_call *call, const struct board_error *error)
{
	if (error->rc == CREDENCE_SUCCESS)
		return CREDENCE_SUCCESS;
	call_fail_status(call, error->status, error->rc, "%s", error->message);
	if (error->code[0] != '\0')
		call_code(call, error->code);
	if (error->hint[0] != '\0')
		call_hint(call, "%s", error->hint);
	return error->rc;
}

static credence_rc look(struct credence_call *call, struct suite *suite,
			void (*work)(struct test *))
{
	struct apart apart;
	struct test test;

	test_init(&test, suite, NULL, 0);
	if (!apart_run(&test, work, limit_of(call), false, &apart))
		return call_fail_status(call, STATUS_BUG, CREDENCE_ERROR,
					"can't make a process: %s", strerror(errno));
	if (apart.interrupted)
		return call_fail(call, CREDENCE_CANCELLED, "interrupted");
	if (apart.timeout)
		return call_fail(call, CREDENCE_UNAVAIL, "%s %s does not answer",
				 role_name(suite->subject->role), suite->subject->use);
	if (apart.signal != 0 || apart.exited)
		return call_fail_status(call, STATUS_MODULE, CREDENCE_ERROR,
					"%s %s ends the process (%s) when it is first asked",
					role_name(suite->subject->role), suite->subject->use,
					apart.signal != 0 ? strsignal(apart.signal) : "exit");
	return hand_on(call, &suite->board->error);
}

static credence_rc look_twice(struct credence_call *call, struct suite *suite, unsigned *left)
{
	struct test test;
	credence_rc rc = look(call, suite, suite->of->look);

	if (rc == CREDENCE_SUCCESS)
		rc = look(call, suite, suite->of->second_look);
	test_init(&test, suite, NULL, 0);
	clean_behind(&test);
	*left += suite->board->key_count;
	return rc;
}

static credence_rc prepare(struct credence_call *call, struct suite *suite,
			   const struct module **module)
{
	credence_rc rc = module_load(call, &call->context->modules, suite->subject->role,
				     suite->subject->use, module);

	if (rc == CREDENCE_SUCCESS)
		rc = make_prefix(call, suite);
	if (rc == CREDENCE_SUCCESS)
		rc = make_board(call, suite);
	if (rc == CREDENCE_SUCCESS)
		rc = make_folder(call, suite);
	return rc;
}

credence_rc conformance_run(struct credence_call *call, const struct conformance_subject *subject,
			    const struct conformance_report *report,
			    struct conformance_count *count, unsigned *left)
{
	struct suite suite = {.context = call->context,
			      .listener = call->listener,
			      .flags = call->flags,
			      .of = find(subject->role),
			      .subject = subject};
	struct run run = {call, &suite, report, count, left};
	const struct module *module = NULL;
	unsigned cases = 0;
	credence_rc rc = prepare(call, &suite, &module);

	*count = (struct conformance_count){.passed = 0};
	*left = 0;
	(void)run_all(&suite, NULL, &cases);
	if (rc == CREDENCE_SUCCESS)
		rc = look_twice(call, &suite, left);
	if (rc == CREDENCE_SUCCESS)
		rc = report->plan(report->data, module, suite.board->declared, cases, suite.prefix);
	if (rc == CREDENCE_SUCCESS)
		rc = run_all(&suite, &run, &cases);
	suite_done(&suite);
	return rc;
}
