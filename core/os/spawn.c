/* SPDX-License-Identifier: MIT */
/* Starting other programs: in our place, or to read what they print. They get signals, limits and
 * environment as this process found them. */
#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/process.h"
#include "core/os/process_found.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_MS 50

/* In the process that is about to exec. */
static void give_back(void)
{
	if (process_found.environment == NULL)
		return;
	if (process_found.sigpipe != SIG_ERR)
		(void)signal(SIGPIPE, process_found.sigpipe);
	if (process_found.catching) {
		sigaction(SIGINT, &process_found.sigint, NULL);
		sigaction(SIGTERM, &process_found.sigterm, NULL);
		sigaction(SIGHUP, &process_found.sighup, NULL);
	}
	if (process_found.has_core)
		(void)setrlimit(RLIMIT_CORE, &process_found.core);
}

static bool names_same(const char *a, const char *b)
{
	size_t length = strcspn(a, "=");

	return strncmp(a, b, length + 1) == 0;
}

/* The environment as it was, less what extra sets anew, plus extra. NULL: out of memory. */
static char **merge_environment(const char *const extra[])
{
	char **found = process_found.environment != NULL ? process_found.environment : environ;
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
		merged[count++] = (char *)extra[j];
	return merged;
}

int process_exec(char *const argv[], const char *const extra[])
{
	char **environment = merge_environment(extra);
	int error;

	if (environment == NULL)
		return 126;
	give_back();
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
static void child(char *const argv[], int out)
{
	int null = move_up(open("/dev/null", O_RDONLY | O_CLOEXEC));

	out = move_up(out);
	setpgid(0, 0);
	if (null < 0 || out < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0)
		_exit(126);
	give_back();
	execve(argv[0], argv,
	       process_found.environment != NULL ? process_found.environment : environ);
	_exit(errno == ENOENT ? 127 : 126);
}

/* SUCCESS: go on. */
static credence_rc look_up(struct credence_call *call, const char *name)
{
	if (call_cancelled(call))
		return call_fail(call, CREDENCE_CANCELLED, "interrupted");
	if (call_time_left(call) == 0)
		return call_fail(call, CREDENCE_ERROR, "%s did not end in time", name);
	return CREDENCE_SUCCESS;
}

/* Reads until the end, the limit, the deadline or a cancel. */
static credence_rc collect(struct credence_call *call, const char *name, int fd, struct buf *output)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	size_t start = output->length;
	char chunk[4096];
	credence_rc rc;
	ssize_t n = -1;

	while (n != 0 && (rc = look_up(call, name)) == CREDENCE_SUCCESS) {
		if (poll(&poll_fd, 1, POLL_MS) <= 0)
			continue;
		n = read(fd, chunk, sizeof(chunk));
		if (n > 0)
			buf_add(output, chunk, (size_t)n);
		if (n < 0 && errno != EINTR) {
			rc = call_fail(call, CREDENCE_ERROR, "can't read from %s: %s", name,
				       strerror(errno));
			break;
		}
		if (output->failed || output->length - start > FILE_MAX) {
			rc = call_fail(call, CREDENCE_ERROR, "%s printed too much", name);
			break;
		}
	}
	explicit_bzero(chunk, sizeof(chunk));
	return rc;
}

/* Waits for the end of one that has closed its output, which need not be its end. */
static credence_rc await(struct credence_call *call, const char *name, pid_t pid, int *status)
{
	credence_rc rc = CREDENCE_SUCCESS;
	pid_t ended;

	while (rc == CREDENCE_SUCCESS && (ended = waitpid(pid, status, WNOHANG)) != pid) {
		if (ended < 0 && errno != EINTR)
			return call_fail(call, CREDENCE_ERROR, "lost sight of %s: %s", name,
					 strerror(errno));
		clock_sleep(1);
		rc = look_up(call, name);
	}
	return rc;
}

static credence_rc judge(struct credence_call *call, const char *name, int status)
{
	if (WIFSIGNALED(status))
		return call_fail(call, CREDENCE_ERROR, "%s was ended by signal %d", name,
				 WTERMSIG(status));
	if (WEXITSTATUS(status) == 127 || WEXITSTATUS(status) == 126) {
		call_fail(call, CREDENCE_ERROR, "%s could not be run (exit status %d)", name,
			  WEXITSTATUS(status));
		call_hint(call, "see whether it is there and executable: ls -l %s", name);
		return CREDENCE_ERROR;
	}
	if (WEXITSTATUS(status) != 0)
		return call_fail(call, CREDENCE_ERROR, "%s exited with %d", name,
				 WEXITSTATUS(status));
	return CREDENCE_SUCCESS;
}

/* Ends the group, whose leader has not been waited for, so that its number is still its own. */
static void end(pid_t pid)
{
	kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

credence_rc process_capture(struct credence_call *call, char *const argv[], struct buf *output)
{
	size_t start = output->length;
	int fds[2], status = 0;
	credence_rc rc;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return call_fail(call, CREDENCE_ERROR, "no pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		child(argv, fds[1]);
	if (pid < 0)
		rc =
		    call_fail(call, CREDENCE_ERROR, "can't start %s: %s", argv[0], strerror(errno));
	close(fds[1]);
	if (pid > 0) {
		setpgid(pid, pid); /* whoever comes first: it must be a group before it is ended */
		rc = collect(call, argv[0], fds[0], output);
		if (rc == CREDENCE_SUCCESS)
			rc = await(call, argv[0], pid, &status);
		if (rc == CREDENCE_SUCCESS)
			rc = judge(call, argv[0], status);
		else
			end(pid);
	}
	close(fds[0]);
	if (rc != CREDENCE_SUCCESS)
		buf_cut(output, start);
	return rc;
}
