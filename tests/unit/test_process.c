/* SPDX-License-Identifier: MIT */
/* What a process does to itself, and that programs it starts get everything as it was found. */
#include "core/os/process.h"

#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/text.h"

#include "os_world.h"
#include "suite.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

static void start(void)
{
	os_call(20000);
}

/* The leak check of the sanitizers traces the process, which must be dumpable for that. */
static void stop(void)
{
	call_done(&call);
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static credence_rc shell(const char *script, struct buf *output)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};

	return process_capture(&call, (char *const *)argv, output);
}

/* -- Hardening -- */

START_TEST(limits)
{
	struct rlimit before, after;
	struct sigaction action;

	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &before), 0);
	process_harden();
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &after), 0);
	ck_assert_uint_eq(after.rlim_cur, 0);
	ck_assert_uint_eq(after.rlim_max, before.rlim_max);
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
	ck_assert_int_eq(sigaction(SIGPIPE, NULL, &action), 0);
	ck_assert_ptr_eq((void *)action.sa_handler, (void *)SIG_IGN);
}
END_TEST

/* Closed descriptors are opened, so that no file of ours gets their number; others are left. */
START_TEST(descriptors)
{
	int fd, spare = open("/dev/zero", O_RDWR | O_CLOEXEC);
	struct stat st;

	ck_assert_int_gt(spare, 2);
	for (fd = 0; fd < 3; fd++)
		if ((_i >> fd & 1) != 0)
			close(fd);
		else
			ck_assert_int_eq(dup2(spare, fd), fd);
	process_harden();
	for (fd = 0; fd < 3; fd++) {
		bool opened = (_i >> fd & 1) != 0;

		ck_assert_int_eq(fstat(fd, &st), 0);
		ck_assert(S_ISCHR(st.st_mode));
		ck_assert_uint_eq(minor(st.st_rdev), opened ? 3 : 5);
		/* Those that we opened end with us. */
		ck_assert_int_eq(fcntl(fd, F_GETFD), opened ? FD_CLOEXEC : 0);
	}
	close(spare);
}
END_TEST

static const char *const cleared[] = {"SSLKEYLOGFILE",
				      "OPENSSL_CONF",
				      "https_proxy",
				      "PGHOST",
				      "CREDENCE_STATE_DIR",
				      "XDG_STATE_HOME",
				      "XDG_CONFIG_HOME",
				      "LANGUAGE",
				      "PATHS",
				      "L",
				      "HOMEX",
				      NULL};
static const char *const kept[] = {"PATH",
				   "HOME",
				   "LANG",
				   "LC_ALL",
				   "LC_TIME",
				   "TERM",
				   "TZ",
				   "COLUMNS",
				   "NO_COLOR",
				   "XDG_RUNTIME_DIR",
				   "CREDENTIALS_DIRECTORY",
				   "STATE_DIRECTORY",
				   NULL};

static void set_all(const char *const names[])
{
	for (; *names != NULL; names++)
		if (strcmp(*names, "PATH") != 0)
			ck_assert_int_eq(setenv(*names, "as found", 1), 0);
}

START_TEST(environment)
{
	bool dropped = geteuid() == 0 && _i == 1, privileged;
	size_t i;

	if (dropped)
		ck_assert_int_eq(setresuid(NOBODY, NOBODY, 0), 0);
	privileged = geteuid() == 0;
	ck_assert(process_is_privileged() == privileged);
	set_all(cleared);
	set_all(kept);
	process_harden();
	for (i = 0; cleared[i] != NULL; i++) {
		ck_assert_msg((getenv(cleared[i]) == NULL) == privileged, "%s", cleared[i]);
		/* What configuration asks for by name is still to be had. */
		ck_assert_pstr_eq(process_env(cleared[i]), "as found");
	}
	for (i = 0; kept[i] != NULL; i++)
		ck_assert_msg(getenv(kept[i]) != NULL, "%s", kept[i]);
	ck_assert_ptr_null(process_env("CREDENCE_NOT_SET"));
	ck_assert_ptr_null(process_env("SSLKEYLOG"));
	if (dropped)
		ck_assert_int_eq(setresuid(0, 0, 0), 0);
}
END_TEST

/* -- Signals -- */

START_TEST(caught)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

	(void)signal(numbers[_i], SIG_DFL);
	process_catch_signals();
	ck_assert_int_eq(process_signal(), 0);
	ck_assert_int_eq(raise(numbers[_i]), 0);
	ck_assert_int_eq(process_signal(), numbers[_i]);
}
END_TEST

/* nohup(1) */
START_TEST(ignored_stays_ignored)
{
	(void)signal(SIGHUP, SIG_IGN);
	process_catch_signals();
	ck_assert_int_eq(raise(SIGHUP), 0);
	ck_assert_int_eq(process_signal(), 0);
}
END_TEST

/* -- In our place -- */

/* What a program prints that takes the place of a hardened process. */
static int exec_in_child(const char *const argv[], const char *const extra[], struct buf *output)
{
	int fds[2], status;
	char chunk[512];
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (dup2(fds[1], 1) < 0)
			_exit(99);
		process_harden();
		process_catch_signals();
		_exit(process_exec((char *const *)argv, extra));
	}
	close(fds[1]);
	while ((n = read(fds[0], chunk, sizeof(chunk))) > 0)
		buf_add(output, chunk, (size_t)n);
	close(fds[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define LOOK "ulimit -c; exec grep -E '^Sig(Ign|Blk)' /proc/self/status"

/* This process is not hardened: what its child sees is what was found, but for the environment. */
START_TEST(as_found)
{
	const struct rlimit core = {4096, 8192};
	const char *const argv[] = {"sh", "-c", "echo $FOUND $EXTRA; " LOOK, NULL};
	const char *const extra[] = {"EXTRA=new", NULL};
	struct buf before = BUF_INIT, after = BUF_INIT;

	(void)signal(SIGPIPE, _i ? SIG_IGN : SIG_DFL);
	(void)signal(SIGHUP, _i ? SIG_IGN : SIG_DFL);
	ck_assert_int_eq(setrlimit(RLIMIT_CORE, &core), 0);
	ck_assert_int_eq(setenv("FOUND", "found", 1), 0);
	ck_assert_int_eq(setenv("EXTRA", "old", 1), 0);
	buf_str(&before, "found new\n");
	os_success(shell(LOOK, &before));
	ck_assert_int_eq(strncmp(buf_text(&before), "found new\n8\nSigBlk:", 19), 0);
	ck_assert_int_eq(exec_in_child(argv, extra, &after), 0);
	ck_assert_str_eq(buf_text(&after), buf_text(&before));
	buf_done(&before);
	buf_done(&after);
}
END_TEST

START_TEST(exit_status)
{
	const char *const argv[] = {"sh", "-c", "exit 7", NULL};
	struct buf output = BUF_INIT;

	ck_assert_int_eq(exec_in_child(argv, NULL, &output), 7);
	ck_assert_uint_eq(output.length, 0);
	buf_done(&output);
}
END_TEST

/* A variable that is set anew is there once, and one that is not to be there is not. */
START_TEST(extra_replaces)
{
	const char *const argv[] = {"env", NULL};
	const char *const extra[] = {"CREDENCE_X=new", "CREDENCE_Y=", "CREDENCE_Z", NULL};
	struct buf output = BUF_INIT;
	const char *at;

	ck_assert_int_eq(setenv("CREDENCE_X", "old", 1), 0);
	ck_assert_int_eq(setenv("CREDENCE_XY", "other", 1), 0);
	ck_assert_int_eq(setenv("CREDENCE_Z", "old", 1), 0);
	ck_assert_int_eq(setenv("CREDENCE_ZZ", "other", 1), 0);
	ck_assert_int_eq(exec_in_child(argv, extra, &output), 0);
	at = strstr(buf_text(&output), "CREDENCE_X=");
	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(strncmp(at, "CREDENCE_X=new\n", 15), 0);
	ck_assert_ptr_null(strstr(at + 1, "CREDENCE_X="));
	ck_assert_ptr_nonnull(strstr(buf_text(&output), "CREDENCE_Y=\n"));
	ck_assert_ptr_nonnull(strstr(buf_text(&output), "CREDENCE_XY=other\n"));
	ck_assert_ptr_null(strstr(buf_text(&output), "CREDENCE_Z="));
	ck_assert_ptr_nonnull(strstr(buf_text(&output), "CREDENCE_ZZ=other\n"));
	buf_reset(&output);
	ck_assert_int_eq(exec_in_child(argv, NULL, &output), 0);
	ck_assert_ptr_nonnull(strstr(buf_text(&output), "CREDENCE_X=old\n"));
	buf_done(&output);
}
END_TEST

START_TEST(not_run)
{
	static const struct {
		const char *name;
		int status;
	} programs[] = {{"credence-no-such-program", 127},
			{"/nonexistent/program", 127},
			{"/", 126},
			{"/etc/passwd", 126}};
	const char *const argv[] = {programs[_i].name, NULL};
	struct buf output = BUF_INIT;

	/* A folder of PATH that may not be entered would make "not allowed" of "not there". */
	ck_assert_int_eq(setenv("PATH", "/usr/bin:/bin", 1), 0);
	ck_assert_int_eq(exec_in_child(argv, NULL, &output), programs[_i].status);
	buf_done(&output);
}
END_TEST

/* -- What others print -- */

START_TEST(captured)
{
	struct buf output = BUF_SECRET;

	buf_str(&output, "> ");
	os_success(shell("printf 'a b\\n'; printf c", &output));
	ck_assert_str_eq(buf_text(&output), "> a b\nc");
	buf_reset(&output);
	os_success(shell("cat; echo end", &output)); /* there is nothing to read */
	ck_assert_str_eq(buf_text(&output), "end\n");
	buf_done(&output);
}
END_TEST

/* Nothing that we have open is open there. */
START_TEST(descriptors_of_a_child)
{
	struct buf output = BUF_INIT;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	os_success(shell("exec ls -l /proc/self/fd", &output));
	ck_assert_ptr_nonnull(strstr(buf_text(&output), " 0 -> /dev/null\n"));
	ck_assert_ptr_nonnull(strstr(buf_text(&output), " 1 -> pipe:"));
	close(fd);
	buf_done(&output);
}
END_TEST

/* A program that uses the library may have closed its own. */
START_TEST(captured_with_closed_descriptors)
{
	struct buf output = BUF_INIT;

	close(0);
	close(1);
	os_success(shell("cat; echo end", &output));
	ck_assert_str_eq(buf_text(&output), "end\n");
	buf_done(&output);
}
END_TEST

START_TEST(failed)
{
	static const struct {
		const char *script, *message;
	} failures[] = {{"echo CANARY; exit 3", "/bin/sh exited with 3"},
			{"echo CANARY; kill -9 $$", "/bin/sh was ended by signal 9"},
			{"while :; do echo CANARY; done", "/bin/sh printed too much"}};
	struct buf output = BUF_SECRET;

	buf_str(&output, "before");
	os_expect(shell(failures[_i].script, &output), CREDENCE_CONFIG, failures[_i].message, NULL);
	ck_assert_str_eq(buf_text(&output), "before");
	buf_done(&output);
}
END_TEST

static credence_rc run_alone(const char *path, struct buf *output)
{
	const char *const argv[] = {path, NULL};

	return process_capture(&call, (char *const *)argv, output);
}

START_TEST(could_not_be_run)
{
	struct buf output = BUF_INIT;

	os_expect(run_alone("/nonexistent/program", &output), CREDENCE_CONFIG, "is not there",
		  NULL);
	os_expect(run_alone("/etc", &output), CREDENCE_CONFIG, "/etc is no program", NULL);
	os_expect(run_alone("/etc/passwd", &output), CREDENCE_CONFIG, "could not be run",
		  "ls -l /");
	buf_done(&output);
}
END_TEST

/* What somebody else could have written is not run. */
START_TEST(others_could_write_it)
{
	static const char script[] = "#!/bin/sh\necho secret\n";
	struct buf output = BUF_INIT;
	const char *path;

	os_start();
	path = os_write("program", script, 0755);
	os_success(run_alone(path, &output));
	ck_assert_str_eq(buf_text(&output), "secret\n");
	buf_reset(&output);
	os_write("program", script, 0775);
	os_expect(run_alone(path, &output), CREDENCE_UNSAFE, "program: others can write to it",
		  "chmod go-w ");
	os_write("program", script, 0755);
	ck_assert_int_eq(chmod(os_folder, 0777), 0);
	os_expect(run_alone(path, &output), CREDENCE_UNSAFE, "others can write to it (mode 0777)",
		  "chmod go-w ");
	ck_assert_uint_eq(output.length, 0);
	ck_assert_int_eq(chmod(os_folder, 0700), 0);
	buf_done(&output);
	os_stop();
}
END_TEST

/* It may have to find the user's agent or bus; root's is told nothing of the kind. */
START_TEST(environment_of_a_child)
{
	struct buf output = BUF_INIT;

	ck_assert_int_eq(setenv("FOUND", "found", 1), 0);
	ck_assert_int_eq(setenv("LC_ALL", "C", 1), 0);
	os_success(shell("exec env", &output));
	ck_assert_int_eq(strstr(buf_text(&output), "FOUND=found\n") == NULL, geteuid() == 0);
	ck_assert_ptr_nonnull(strstr(buf_text(&output), "LC_ALL=C\n"));
	ck_assert_ptr_nonnull(strstr(buf_text(&output), "PATH="));
	buf_done(&output);
}
END_TEST

/* Is the process gone, or dead and only not yet waited for? */
static bool is_dead(pid_t pid)
{
	char path[64], state = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (file == NULL)
		return true;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z'; /* it went while we looked */
	(void)fclose(file);
	return state == 'Z' || state == 'X';
}

/* One that hangs is ended with all that it started, whether it holds its output open or not. */
START_TEST(deadline)
{
	static const char *const first[] = {"", "exec >&-; "};
	struct buf output = BUF_INIT, text = BUF_INIT, script = BUF_INIT;
	int64_t begin, pid = 0;
	unsigned look;

	os_start();
	os_call(500);
	buf_printf(&script, "%ssleep 60 & printf %%s $! >%s; wait", first[_i], os_path("pid"));
	begin = clock_boot();
	os_expect(shell(buf_text(&script), &output), CREDENCE_UNAVAIL,
		  "/bin/sh did not end in time", NULL);
	ck_assert_int_lt(clock_boot() - begin, 20000);
	os_success(file_read_trusted(&call, os_path("pid"), 0, &text));
	ck_assert(text_number(buf_text(&text), &pid));
	for (look = 0; look < 100 && !is_dead((pid_t)pid); look++)
		clock_sleep(20);
	ck_assert(is_dead((pid_t)pid));
	buf_done(&script);
	buf_done(&text);
	buf_done(&output);
	os_stop();
}
END_TEST

/* Its end is the end of the process that was started: what it leaves in its group goes with it, and
 * what has left the group and holds the output open holds up nobody. */
START_TEST(leaves_children)
{
	struct buf output = BUF_INIT;
	int64_t begin = clock_boot(), pid = 0;
	char *end;
	unsigned look;

	os_success(shell("sleep 60 & echo $!; setsid sleep 8 & printf secret", &output));
	ck_assert_int_lt(clock_boot() - begin, 7000);
	end = strchr(buf_text(&output), '\n');
	ck_assert_ptr_nonnull(end);
	ck_assert_str_eq(end + 1, "secret");
	*end = '\0';
	ck_assert(text_number(buf_text(&output), &pid));
	for (look = 0; look < 100 && !is_dead((pid_t)pid); look++)
		clock_sleep(20);
	ck_assert(is_dead((pid_t)pid));
	buf_done(&output);
}
END_TEST

/* A process that uses the library may ignore the end of its children. */
START_TEST(captured_unseen)
{
	struct buf output = BUF_INIT;

	(void)signal(SIGCHLD, SIG_IGN);
	os_success(shell("echo end; exit 3", &output));
	ck_assert_str_eq(buf_text(&output), "end\n");
	buf_done(&output);
}
END_TEST

START_TEST(cancelled)
{
	struct buf output = BUF_INIT;
	int64_t begin = clock_boot();

	os_cancel = true;
	os_expect(shell("sleep 60", &output), CREDENCE_CANCELLED, "interrupted", NULL);
	ck_assert_int_lt(clock_boot() - begin, 20000);
	buf_done(&output);
}
END_TEST

/* -- Randomness -- */

START_TEST(randomness)
{
	unsigned char a[300] = {0}, b[300] = {0};
	unsigned seen[256] = {0}, kinds = 0, i;

	ck_assert(process_random(a, sizeof(a)));
	ck_assert(process_random(b, sizeof(b)));
	ck_assert_mem_ne(a, b, sizeof(a));
	ck_assert(process_random(NULL, 0));
	for (i = 0; i < sizeof(a); i++)
		kinds += seen[a[i]]++ == 0;
	/* 177 of the 256 kinds are to be expected; fewer than 100 come less than once in 10^40. */
	ck_assert_uint_gt(kinds, 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("process");
	TCase *harden = tcase_create("harden"), *place = tcase_create("exec");
	TCase *capture = tcase_create("capture");

	tcase_add_checked_fixture(harden, start, stop);
	tcase_add_test(harden, limits);
	tcase_add_loop_test(harden, descriptors, 0, 8);
	tcase_add_loop_test(harden, environment, 0, 2);
	tcase_add_loop_test(harden, caught, 0, 4);
	tcase_add_test(harden, ignored_stays_ignored);
	tcase_add_test(harden, randomness);
	suite_add_tcase(suite, harden);
	tcase_add_checked_fixture(place, start, stop);
	tcase_add_loop_test(place, as_found, 0, 2);
	tcase_add_test(place, exit_status);
	tcase_add_test(place, extra_replaces);
	tcase_add_loop_test(place, not_run, 0, 4);
	suite_add_tcase(suite, place);
	tcase_add_checked_fixture(capture, start, stop);
	tcase_add_test(capture, captured);
	tcase_add_test(capture, descriptors_of_a_child);
	tcase_add_test(capture, captured_with_closed_descriptors);
	tcase_add_loop_test(capture, failed, 0, 3);
	tcase_add_test(capture, could_not_be_run);
	tcase_add_test(capture, others_could_write_it);
	tcase_add_test(capture, environment_of_a_child);
	tcase_add_loop_test(capture, deadline, 0, 2);
	tcase_add_test(capture, leaves_children);
	tcase_add_test(capture, captured_unseen);
	tcase_add_test(capture, cancelled);
	suite_add_tcase(suite, capture);
	return suite_run(suite);
}
