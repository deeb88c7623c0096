/* SPDX-License-Identifier: MIT */
/* Programs that are talked to: lines both ways, their end, and those that do not behave. */
#include "core/os/program.h"

#include "core/os/clock.h"

#include "os_world.h"
#include "suite.h"

#include <errno.h>
#include <signal.h>

static struct program *program;
static char heard[256]; /* the last line of standard error */
static unsigned heard_lines;

static void hear(void *data, const char *line)
{
	ck_assert_ptr_eq(data, heard);
	(void)snprintf(heard, sizeof(heard), "%s", line);
	heard_lines++;
}

static void start(void)
{
	os_start();
	heard_lines = 0;
}

static void stop(void)
{
	program_free(program);
	program = NULL;
	os_stop();
}

static void shell(const char *script)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};

	os_success(program_start(&call, (char *const *)argv, NULL, hear, heard, &program));
}

static void expect_line(const char *text)
{
	const char *line = NULL;
	size_t length = 0;

	os_success(program_read(&call, program, &line, &length));
	ck_assert_uint_eq(length, strlen(text));
	ck_assert_mem_eq(line, text, length);
}

static void expect_end(int32_t status)
{
	const char *line;
	size_t length;

	ck_assert_int_eq(program_read(&call, program, &line, &length), CREDENCE_MISS);
	ck_assert_int_eq(program_end(&call, program), status);
}

START_TEST(lines)
{
	shell("printf 'one\\n\\nthree\\nfo'; sleep .1; printf 'ur'");
	expect_line("one");
	expect_line("");
	expect_line("three");
	expect_line("four");
	expect_end(0);
}
END_TEST

START_TEST(answers)
{
	shell("while read -r line; do echo \"<$line>\"; done; exit 7");
	os_success(program_write(&call, program, "a\nb\n", 4));
	expect_line("<a>");
	expect_line("<b>");
	ck_assert_int_eq(program_end(&call, program), 7);
}
END_TEST

/* More than a pipe holds, while the program writes as much. */
START_TEST(long_lines)
{
	static char text[700001];
	const char *line;
	size_t length;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\n';
	shell("exec cat");
	os_success(program_write(&call, program, text, sizeof(text)));
	os_success(program_read(&call, program, &line, &length));
	ck_assert_uint_eq(length, sizeof(text) - 1);
	ck_assert_mem_eq(line, text, length);
	ck_assert_int_eq(program_end(&call, program), 0);
}
END_TEST

START_TEST(too_long)
{
	const char *line;
	size_t length;

	shell("exec tr '\\0' x </dev/zero");
	os_expect(program_read(&call, program, &line, &length), CREDENCE_ERROR, "/bin/sh printed",
		  NULL);
}
END_TEST

/* A process that uses the library may not ignore SIGPIPE, and must not die of it. */
START_TEST(closed_input)
{
	credence_rc rc = CREDENCE_SUCCESS;
	sigset_t pending;

	(void)signal(SIGPIPE, SIG_DFL);
	shell("exec <&-; echo closed; sleep 1; echo last");
	expect_line("closed");
	while (rc == CREDENCE_SUCCESS)
		rc = program_write(&call, program, "x", 1);
	ck_assert_int_eq(rc, CREDENCE_MISS);
	ck_assert_int_eq(sigpending(&pending), 0);
	ck_assert(!sigismember(&pending, SIGPIPE));
	expect_line("last");
	expect_end(0);
}
END_TEST

START_TEST(standard_error)
{
	shell("printf 'a\\033[1mb\\nlast' >&2");
	expect_end(0);
	ck_assert_str_eq(program_last_word(program), "last");
	ck_assert_uint_eq(heard_lines, 2);
	program_free(program);
	shell("i=0; while [ $i -lt 500 ]; do echo $i >&2; i=$((i+1)); done");
	expect_end(0);
	ck_assert_uint_le(heard_lines, 102);
	ck_assert_ptr_nonnull(strstr(heard, "dropped"));
}
END_TEST

START_TEST(ended_by_a_signal)
{
	shell("kill -USR1 $$");
	expect_end(128 + SIGUSR1);
	ck_assert_ptr_null(program_last_word(program));
}
END_TEST

START_TEST(does_not_end)
{
	int64_t begun = clock_boot();

	shell("trap '' TERM; echo ready; while :; do sleep 1; done");
	expect_line("ready");
	ck_assert_int_eq(program_end(&call, program), -1);
	ck_assert_int_lt(clock_boot() - begun, 10 * CLOCK_SECOND);
}
END_TEST

/* A zombie, which waits for init, has no command line any more. */
static bool is_running(pid_t pid)
{
	char path[64], byte;
	bool running;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	running = fd >= 0 && read(fd, &byte, 1) == 1;
	if (fd >= 0)
		close(fd);
	return running;
}

/* What is left of the group goes with it; what has left the group holds up nobody. */
START_TEST(leaves_children)
{
	const char *line;
	pid_t left;
	size_t length;
	int tries = 100;

	shell("sleep 60 & echo $!; setsid sleep 3 & sleep .2; exit 4");
	os_success(program_read(&call, program, &line, &length));
	left = (pid_t)strtol(line, NULL, 10);
	ck_assert_int_gt(left, 1);
	while (!is_running(left) && tries-- > 0)
		clock_sleep(10); /* for a moment, while it becomes sleep, it has none either */
	ck_assert_int_gt(tries, 0);
	expect_end(4);
	while (is_running(left) && tries-- > 0)
		clock_sleep(10);
	ck_assert_int_gt(tries, 0);
}
END_TEST

START_TEST(deadline_and_cancel)
{
	const char *line;
	size_t length;

	call_done(&call);
	os_call(200);
	shell("exec sleep 60");
	os_expect(program_read(&call, program, &line, &length), CREDENCE_UNAVAIL,
		  "/bin/sh did not answer in time", "--timeout");
	ck_assert_int_eq(program_end(&call, program), -1);
	program_free(program);
	call_done(&call);
	os_call(-1);
	shell("exec sleep 60");
	os_cancel = true;
	os_expect(program_read(&call, program, &line, &length), CREDENCE_CANCELLED, "interrupted",
		  NULL);
	os_cancel = false;
}
END_TEST

static credence_rc try_start(const char *path)
{
	const char *const argv[] = {path, NULL};

	return program_start(&call, (char *const *)argv, NULL, hear, heard, &program);
}

START_TEST(files)
{
	const char *const script = "#!/bin/sh\nexit 0\n";

	os_expect(try_start(NULL), CREDENCE_CONFIG, "no absolute path", NULL);
	os_expect(try_start("sh"), CREDENCE_CONFIG, "no absolute path", NULL);
	os_expect(try_start(os_path("none")), CREDENCE_ERROR, "is not there", NULL);
	os_expect(try_start(os_folder), CREDENCE_ERROR, "is no program", NULL);
	os_expect(try_start(os_write("plain", script, 0644)), CREDENCE_ERROR, "can't run",
		  "is it executable");
	os_expect(try_start(os_write("no_interpreter", "#!/no/such\n", 0755)), CREDENCE_ERROR,
		  "can't run", NULL);
	os_expect(try_start(os_write("loose", script, 0757)), CREDENCE_UNSAFE, "others can write",
		  NULL);
	ck_assert_int_eq(symlink("loose", os_path("to_loose")), 0);
	os_expect(try_start(os_path("to_loose")), CREDENCE_UNSAFE, "others can write", NULL);
	os_write("good", script, 0755);
	ck_assert_int_eq(symlink("good", os_path("to_good")), 0);
	os_success(try_start(os_path("to_good")));
	expect_end(0);
	ck_assert_ptr_null(call.failure.message);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("program");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, start, stop);
	tcase_add_test(tests, lines);
	tcase_add_test(tests, answers);
	tcase_add_test(tests, long_lines);
	tcase_add_test(tests, too_long);
	tcase_add_test(tests, closed_input);
	tcase_add_test(tests, standard_error);
	tcase_add_test(tests, ended_by_a_signal);
	tcase_add_test(tests, does_not_end);
	tcase_add_test(tests, leaves_children);
	tcase_add_test(tests, deadline_and_cancel);
	tcase_add_test(tests, files);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
