/* SPDX-License-Identifier: MIT */
/* Starting other programs: in our place, or to read what they print. They get signals, limits and
 * environment as this process found them; from a privileged one less of that. */
#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/process.h"
#include "core/os/process_found.h"
#include "core/os/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_MS 50

void process_give_back(void)
{
	if (process_found.environment == NULL)
		return;
	if (process_found.sigpipe != SIG_ERR)
		(void)signal(SIGPIPE, process_found.sigpipe);
	if (process_found.sigchld != SIG_ERR)
		(void)signal(SIGCHLD, process_found.sigchld);
	if (process_found.catching) {
		sigaction(SIGINT, &process_found.sigint, NULL);
		sigaction(SIGTERM, &process_found.sigterm, NULL);
		sigaction(SIGHUP, &process_found.sighup, NULL);
		sigaction(SIGQUIT, &process_found.sigquit, NULL);
	}
	if (process_found.has_core)
		(void)setrlimit(RLIMIT_CORE, &process_found.core);
}

static bool names_same(const char *a, const char *b)
{
	size_t length = strcspn(a, "=");

	return strncmp(a, b, length) == 0 && b[length] == '=';
}

/* The environment as it was, less what extra names, plus what it gives a value. NULL: out of
 * memory. */
static char **merge_environment(const char *const extra[])
{
	char **found = process_environment();
	size_t count = 0, more = 0, i, j;
	char **merged;

	while (found[count] != NULL)
		count++;
	while (extra != NULL && extra[more] != NULL)
		more++;
	merged = calloc(count + more + 1, sizeof(*merged));
	if (merged == NULL)
		return NULL;
	count = 0;
	for (i = 0; found[i] != NULL; i++) {
		for (j = 0; j < more && !names_same(extra[j], found[i]); j++)
			;
		if (j == more)
			merged[count++] = found[i];
	}
	for (j = 0; j < more; j++)
		if (strchr(extra[j], '=') != NULL)
			merged[count++] = (char *)extra[j];
	return merged;
}

int process_exec(char *const argv[], const char *const extra[])
{
	char **environment = merge_environment(extra);
	int error;

	if (environment == NULL)
		return 126;
	process_give_back();
	execvpe(argv[0], argv, environment);
	error = errno;
	free(environment);
	errno = error;
	return error == ENOENT ? 127 : 126;
}

/* A descriptor that is none of the standard three and does not outlive an exec. */
static int move_up(int fd)
{
	return fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
}

/* The program may have threads that hold locks: nothing here may need one. */
static void child(char *const argv[], char **environment, int out)
{
	int null = move_up(open("/dev/null", O_RDONLY | O_CLOEXEC));

	out = move_up(out);
	setpgid(0, 0);
	if (null < 0 || out < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0)
		_exit(126);
	process_give_back();
	execve(argv[0], argv, environment);
	_exit(errno == ENOENT ? 127 : 126);
}

/* In the grandchild, which nobody waits for. Tells why it failed; an exec closes the pipe. */
static void leave(char *const argv[], char **environment, int report)
{
	int null = move_up(open("/dev/null", O_RDWR | O_CLOEXEC)), error;

	if (null >= 0 && dup2(null, 0) == 0 && dup2(null, 1) == 1 && dup2(null, 2) == 2) {
		process_give_back();
		execvpe(argv[0], argv, environment);
	}
	error = errno;
	(void)!write(report, &error, sizeof(error));
	_exit(127);
}

bool process_detach(char *const argv[])
{
	char **environment = merge_environment(NULL);
	int fds[2] = {-1, -1}, error = 0, status;
	bool started = false;
	pid_t pid;

	if (environment == NULL || pipe2(fds, O_CLOEXEC) != 0)
		goto out;
	pid = fork();
	if (pid == 0) {
		setsid();
		pid = fork();
		if (pid == 0)
			leave(argv, environment, fds[1]);
		_exit(pid < 0 ? 127 : 0);
	}
	close(fds[1]);
	fds[1] = -1;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	started = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
		  read(fds[0], &error, sizeof(error)) == 0;
out:
	if (fds[0] >= 0)
		close(fds[0]);
	if (fds[1] >= 0)
		close(fds[1]);
	free(environment);
	return started;
}

/* SUCCESS: go on. */
static credence_rc look_up(struct credence_call *call, const char *name)
{
	if (call_cancelled(call))
		return call_fail(call, CREDENCE_CANCELLED, "interrupted");
	if (call_time_left(call) == 0)
		return call_fail(call, CREDENCE_UNAVAIL, "%s did not end in time", name);
	return CREDENCE_SUCCESS;
}

/* One whose output is read. */
struct capture {
	const char *name;
	pid_t pid; /* 0: it is gone, and so is what it ended with */
	int out;   /* -1: it has closed that */
	bool ended;
	struct buf *output;
	size_t start;
};

/* Has it ended? It stays a zombie, so that its group's number stays its own; unless this process
 * ignores the end of its children: then what it printed has to do. */
static credence_rc look_at(struct credence_call *call, struct capture *capture)
{
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)capture->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
		capture->ended = info.si_pid == capture->pid;
	} else if (errno == ECHILD) {
		capture->ended = true;
		capture->pid = 0;
	} else if (errno != EINTR) {
		return call_fail(call, CREDENCE_ERROR, "lost sight of %s: %s", capture->name,
				 strerror(errno));
	}
	return CREDENCE_SUCCESS;
}

/* One reading; *more: there was something. */
static credence_rc take(struct credence_call *call, struct capture *capture, bool *more)
{
	char chunk[4096];
	ssize_t n = read(capture->out, chunk, sizeof(chunk));
	credence_rc rc = CREDENCE_SUCCESS;

	*more = n > 0;
	if (n > 0)
		buf_add(capture->output, chunk, (size_t)n);
	if (n < 0 && errno != EINTR)
		rc = call_fail(call, CREDENCE_ERROR, "can't read from %s: %s", capture->name,
			       strerror(errno));
	if (capture->output->failed || capture->output->length - capture->start > FILE_MAX)
		rc = call_fail(call, CREDENCE_CONFIG, "%s printed too much", capture->name);
	if (n == 0) {
		close(capture->out);
		capture->out = -1;
	}
	explicit_bzero(chunk, sizeof(chunk));
	return rc;
}

/* Reads until it has ended and what is there is read, the limit, the deadline or a cancel. The end
 * of its output is not its end, nor the other way round: a child of its own may hold that open for
 * as long as it likes. */
static credence_rc collect(struct credence_call *call, struct capture *capture)
{
	credence_rc rc = CREDENCE_SUCCESS;
	bool more = true;

	while (rc == CREDENCE_SUCCESS && (!capture->ended || more)) {
		struct pollfd poll_fd = {.fd = capture->out, .events = POLLIN};

		rc = look_up(call, capture->name);
		if (rc == CREDENCE_SUCCESS && !capture->ended)
			rc = look_at(call, capture);
		more = false;
		if (rc == CREDENCE_SUCCESS && capture->out < 0 && !capture->ended)
			clock_sleep(1);
		else if (rc == CREDENCE_SUCCESS &&
			 poll(&poll_fd, 1, capture->ended ? 0 : POLL_MS) > 0)
			rc = take(call, capture, &more);
	}
	return rc;
}

/* What it was run for it did not give: for whoever configured it to mend, and no bug of ours. */
static credence_rc judge(struct credence_call *call, const char *name, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return CREDENCE_SUCCESS;
	if (WIFEXITED(status) && (WEXITSTATUS(status) == 127 || WEXITSTATUS(status) == 126)) {
		call_fail(call, CREDENCE_CONFIG, "%s could not be run (exit status %d)", name,
			  WEXITSTATUS(status));
		call_hint(call, "see whether it is there and executable: ls -l %s", name);
		return CREDENCE_CONFIG;
	}
	if (WIFSIGNALED(status))
		call_fail(call, CREDENCE_CONFIG, "%s was ended by signal %d", name,
			  WTERMSIG(status));
	else
		call_fail(call, CREDENCE_CONFIG, "%s exited with %d", name, WEXITSTATUS(status));
	call_hint(call, "run it by hand to see what it lacks");
	return CREDENCE_CONFIG;
}

/* Ends what is left of the group, whose leader has not been waited for, so that its number is still
 * its own. */
static int end(pid_t pid)
{
	int status = 0;

	if (pid == 0)
		return 0;
	kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* The process, with the end of the pipe that is read. 0: why not is told. */
static pid_t start(struct credence_call *call, char *const argv[], char **environment, int *out)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0) {
		call_fail(call, CREDENCE_ERROR, "no pipe: %s", strerror(errno));
		return 0;
	}
	pid = fork();
	if (pid == 0)
		child(argv, environment, fds[1]);
	if (pid < 0)
		call_fail(call, CREDENCE_ERROR, "can't start %s: %s", argv[0], strerror(errno));
	close(fds[1]);
	*out = fds[0];
	if (pid < 0) {
		close(fds[0]);
		return 0;
	}
	setpgid(pid, pid); /* whoever comes first: it must be a group before it is ended */
	return pid;
}

static credence_rc run(struct credence_call *call, char *const argv[], char **environment,
		       struct buf *output)
{
	struct capture capture = {
	    .name = argv[0], .out = -1, .output = output, .start = output->length};
	credence_rc rc;
	int status;

	capture.pid = start(call, argv, environment, &capture.out);
	if (capture.pid == 0)
		return CREDENCE_ERROR;
	rc = collect(call, &capture);
	status = end(capture.pid);
	if (rc == CREDENCE_SUCCESS)
		rc = judge(call, argv[0], status);
	if (capture.out >= 0)
		close(capture.out);
	if (rc != CREDENCE_SUCCESS)
		buf_cut(output, capture.start);
	return rc;
}

credence_rc process_capture(struct credence_call *call, char *const argv[], struct buf *output)
{
	char **found = process_environment();
	credence_rc rc = program_check(call, argv[0]);
	char **allowed;

	if (rc == CREDENCE_ERROR) {
		call->failure.rc = rc = CREDENCE_CONFIG;
		call_hint(call, "name a program that is there");
	}
	if (rc != CREDENCE_SUCCESS)
		return rc;
	/* A user's may ask an agent or a bus, which only the environment names. */
	if (!process_is_privileged())
		return run(call, argv, found, output);
	allowed = program_environment(NULL);
	rc = allowed != NULL ? run(call, argv, allowed, output) : call_oom(call);
	free(allowed);
	return rc;
}
