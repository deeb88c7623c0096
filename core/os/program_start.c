/* SPDX-License-Identifier: MIT */
/* Starting a program that is talked to: who may have written it, what it gets; see program.h. */
#include "core/os/path.h"
#include "core/os/process.h"
#include "core/os/process_found.h"
#include "core/os/program_fds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSTEM_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define FDS_MAX     65536 /* closed one by one where the kernel can't close a range */

/* -- The file -- */

credence_rc program_check(struct credence_call *call, const char *path)
{
	struct stat st;
	credence_rc rc;

	if (path == NULL || path[0] != '/') {
		call_fail(call, CREDENCE_CONFIG, "\"%s\" is no absolute path of a program",
			  path != NULL ? path : "");
		call_hint(call, "a command is a list of words; the first is the program's path");
		return CREDENCE_CONFIG;
	}
	rc = path_walk(call, path, &st);
	if (rc == CREDENCE_SUCCESS && !S_ISREG(st.st_mode))
		return call_fail(call, CREDENCE_ERROR, "%s is no program", path);
	if (rc == CREDENCE_SUCCESS || rc == CREDENCE_UNSAFE)
		return rc;
	call->failure.rc = CREDENCE_ERROR; /* not there, not for this user */
	return CREDENCE_ERROR;
}

/* -- The environment -- */

static bool is_named(const char *variable, const char *name)
{
	size_t length = strlen(name);

	return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

static bool gets(const char *variable, const char *const names[], bool privileged)
{
	size_t i;

	for (i = 0; names != NULL && names[i] != NULL; i++)
		if (is_named(variable, names[i]))
			return true;
	if (is_named(variable, "PATH"))
		return !privileged;
	return process_variable_allowed(variable) || is_named(variable, "USER") ||
	       is_named(variable, "LOGNAME");
}

char **program_environment(const char *const names[])
{
	char **found = process_environment();
	bool privileged = process_is_privileged(), has_path = false;
	size_t count = 0, kept = 0, i;
	char **given;

	while (found[count] != NULL)
		count++;
	given = calloc(count + 2, sizeof(*given));
	if (given == NULL)
		return NULL;
	for (i = 0; i < count; i++) {
		if (!gets(found[i], names, privileged))
			continue;
		has_path |= is_named(found[i], "PATH");
		given[kept++] = found[i];
	}
	if (!has_path)
		given[kept] = (char *)SYSTEM_PATH;
	return given;
}

/* -- The process -- */

struct pipes {
	int in[2], out[2], err[2], report[2];
};

/* Descriptors of the standard three would be lost when the child arranges its own. */
static bool make_pipe(int fds[2])
{
	int raw[2];

	if (pipe2(raw, O_CLOEXEC) != 0)
		return false;
	for (int i = 0; i < 2; i++) {
		fds[i] = fcntl(raw[i], F_DUPFD_CLOEXEC, 3);
		close(raw[i]);
	}
	return fds[0] >= 0 && fds[1] >= 0;
}

static void close_all(struct pipes *pipes)
{
	int *const fds = (int *)pipes;

	for (size_t i = 0; i < sizeof(*pipes) / sizeof(int); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* What this process was started with and never closed is not the program's. */
static void close_others(int report)
{
	struct rlimit limit;
	int fd, most = FDS_MAX;

	if ((report == 3 || close_range(3, (unsigned)report - 1, 0) == 0) &&
	    close_range((unsigned)report + 1, ~0U, 0) == 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < FDS_MAX)
		most = (int)limit.rlim_cur;
	for (fd = 3; fd < most; fd++)
		if (fd != report)
			close(fd);
}

/* The process may have threads that hold locks: nothing here may need one. Says why it failed; an
 * exec closes that pipe. */
static void child(char *const argv[], char **environment, const struct pipes *pipes)
{
	int error;

	setpgid(0, 0);
	if (dup2(pipes->in[0], 0) == 0 && dup2(pipes->out[1], 1) == 1 &&
	    dup2(pipes->err[1], 2) == 2 && chdir("/") == 0) {
		close_others(pipes->report[1]);
		process_give_back();
		execve(argv[0], argv, environment);
	}
	error = errno;
	(void)!write(pipes->report[1], &error, sizeof(error));
	_exit(127);
}

/* 0: it runs; else why not. */
static int report_of(int fd)
{
	int error = 0;
	ssize_t n;

	do
		n = read(fd, &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(error) ? error : 0;
}

/* 0, or errno's reason. */
static int run(struct program *program, char *const argv[], char **environment)
{
	struct pipes pipes = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
	int error;

	if (!make_pipe(pipes.in) || !make_pipe(pipes.out) || !make_pipe(pipes.err) ||
	    !make_pipe(pipes.report) || (program->pid = fork()) < 0) {
		error = errno;
		program->pid = 0;
		close_all(&pipes);
		return error;
	}
	if (program->pid == 0)
		child(argv, environment, &pipes);
	setpgid(program->pid, program->pid); /* whoever comes first */
	program->in = pipes.in[1];
	program->out = pipes.out[0];
	program->err = pipes.err[0];
	pipes.in[1] = pipes.out[0] = pipes.err[0] = -1; /* transferred */
	(void)fcntl(program->in, F_SETFL, O_NONBLOCK);
	(void)fcntl(program->out, F_SETFL, O_NONBLOCK);
	(void)fcntl(program->err, F_SETFL, O_NONBLOCK);
	close(pipes.report[1]);
	pipes.report[1] = -1;
	error = report_of(pipes.report[0]);
	close_all(&pipes);
	/* It still has our signal handlers, and is about to exit. */
	while (error != 0 && waitpid(program->pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (error != 0)
		program->pid = 0;
	return error;
}

credence_rc program_start(struct credence_call *call, char *const argv[], const char *const names[],
			  program_tell *tell, void *data, struct program **ret)
{
	struct program *program;
	char **environment;
	int error = ENOMEM;
	credence_rc rc = program_check(call, argv[0]);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	program = calloc(1, sizeof(*program));
	environment = program_environment(names);
	if (program != NULL) {
		*program = (struct program){.name = strdup(argv[0]),
					    .in = -1,
					    .out = -1,
					    .err = -1,
					    .heard = BUF_SECRET,
					    .word = BUF_INIT,
					    .tell = tell,
					    .data = data};
		if (environment != NULL && program->name != NULL)
			error = run(program, argv, environment);
	}
	free(environment);
	if (error == 0) {
		*ret = program;
		return CREDENCE_SUCCESS;
	}
	program_free(program);
	call_fail(call, CREDENCE_ERROR, "can't run %s: %s", argv[0], strerror(error));
	call_hint(call, "is it executable, and is its interpreter there? ls -l %s", argv[0]);
	return CREDENCE_ERROR;
}
