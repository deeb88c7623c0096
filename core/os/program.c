/* SPDX-License-Identifier: MIT */
/*
 * Talking to a program; see program.h. Its end is the end of the process that was started, not of
 * its output: a child of its own may hold that open for as long as it likes. Starting it is in
 * program_start.c.
 */
#include "core/os/program.h"

#include "core/os/clock.h"
#include "core/os/program_fds.h"
#include "core/os/text.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_MS        50   /* between two looks at the deadline, the signals and the process */
#define GOODBYE_MS     2000 /* for a program that has said all it had to say */
#define TERM_MS        500  /* between SIGTERM and SIGKILL */
#define TOLD_LINES_MAX 100
#define TOLD_BYTES_MAX 300

/* -- Standard error -- */

static void tell_line(struct program *program)
{
	struct buf shown = BUF_INIT;

	if (program->word.length == 0)
		return;
	text_printable(&shown, buf_text(&program->word), TOLD_BYTES_MAX);
	buf_reset(&program->word);
	if (!buf_ok(&shown) || program->tell == NULL) {
		buf_done(&shown);
		return;
	}
	program->told++;
	if (program->told < TOLD_LINES_MAX)
		program->tell(program->data, shown.data);
	else if (program->told == TOLD_LINES_MAX)
		program->tell(program->data, "(what else it says on standard error is dropped)");
	free(program->last_word);
	program->last_word = buf_take(&shown);
}

static void hear_error(struct program *program, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '\n')
			tell_line(program);
		else if (program->word.length < TOLD_BYTES_MAX + 4)
			buf_char(&program->word, bytes[i] != '\0' ? bytes[i] : '?');
	}
}

/* -- Pumping -- */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* One reading; false: there is no more to come. */
static bool drain(struct program *program, int fd, bool output)
{
	char chunk[4096];
	ssize_t n = read(fd, chunk, sizeof(chunk));
	bool open = n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));

	if (n > 0 && output)
		buf_add(&program->heard, chunk, (size_t)n);
	else if (n > 0)
		hear_error(program, chunk, (size_t)n);
	explicit_bzero(chunk, sizeof(chunk));
	return open;
}

/* Has the process ended? It stays a zombie, so that its group's number stays its own; unless this
 * process ignores the end of its children: then it is gone, and so is what it ended with. */
static bool has_ended(struct program *program)
{
	siginfo_t info = {0};

	if (program->ended)
		return true;
	if (waitid(P_PID, (id_t)program->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
		program->ended = info.si_pid == program->pid;
	} else if (errno == ECHILD) {
		program->ended = true;
		program->pid = 0;
		program->status = -1;
	}
	return program->ended;
}

/* Waits for one of its descriptors, at most ms, and reads what there is. *writable (may be NULL):
 * its standard input takes more. */
static void pump(struct program *program, int ms, bool *writable)
{
	const bool full = program->heard.length > PROGRAM_LINE_MAX;
	struct pollfd fds[] = {
	    {.fd = full ? -1 : program->out, .events = POLLIN},
	    {.fd = program->err, .events = POLLIN},
	    {.fd = writable != NULL ? program->in : -1, .events = POLLOUT},
	};

	if (poll(fds, 3, ms) <= 0)
		return;
	if (fds[0].revents != 0 && !drain(program, program->out, true))
		close_fd(&program->out);
	if (fds[1].revents != 0 && !drain(program, program->err, false))
		close_fd(&program->err);
	if (writable != NULL)
		*writable = fds[2].revents != 0;
}

/* After its end: what is still in the pipes, but not what others may yet put there. */
static void pump_rest(struct program *program)
{
	size_t before;

	do {
		before = program->heard.length;
		pump(program, 0, NULL);
	} while (program->out >= 0 && program->heard.length > before &&
		 program->heard.length <= PROGRAM_LINE_MAX);
	close_fd(&program->out);
}

static credence_rc look_up(struct credence_call *call, const struct program *program)
{
	if (call_cancelled(call))
		return call_fail(call, CREDENCE_CANCELLED, "interrupted");
	if (call_time_left(call) > 0)
		return CREDENCE_SUCCESS;
	call_fail(call, CREDENCE_UNAVAIL, "%s did not answer in time", program->name);
	call_hint(call, "allow more with --timeout, or see with -v what it says");
	return CREDENCE_UNAVAIL;
}

/* -- Lines -- */

/* SIGPIPE may not be ignored in a process that merely uses the library. */
static ssize_t write_quietly(int fd, const void *bytes, size_t length)
{
	const struct timespec now = {0};
	sigset_t pipe_set, old, pending;
	ssize_t n;
	int error;

	sigemptyset(&pipe_set);
	sigaddset(&pipe_set, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &pipe_set, &old);
	n = write(fd, bytes, length);
	error = errno;
	if (n < 0 && error == EPIPE && !sigismember(&pending, SIGPIPE))
		while (sigtimedwait(&pipe_set, NULL, &now) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = error;
	return n;
}

credence_rc program_write(struct credence_call *call, struct program *program, const void *bytes,
			  size_t length)
{
	const char *at = bytes;
	credence_rc rc = CREDENCE_SUCCESS;

	while (length > 0 && (rc = look_up(call, program)) == CREDENCE_SUCCESS) {
		bool writable = false;
		ssize_t n;

		if (program->in < 0)
			return CREDENCE_MISS;
		pump(program, POLL_MS, &writable);
		n = writable ? write_quietly(program->in, at, length) : 0;
		if (n < 0 && errno == EPIPE)
			close_fd(&program->in);
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			return call_fail(call, CREDENCE_ERROR, "can't write to %s: %s",
					 program->name, strerror(errno));
		if (n > 0) {
			at += n;
			length -= (size_t)n;
		}
	}
	return rc;
}

/* Gives the last line back to the heap. */
static void forget_line(struct program *program)
{
	size_t used = program->line_length;

	if (used == 0)
		return;
	memmove(program->heard.data, program->heard.data + used, program->heard.length - used);
	buf_cut(&program->heard, program->heard.length - used);
	program->line_length = 0;
	program->searched = 0;
}

/* The next line, if it is there whole. */
static bool find_line(struct program *program, const char **line, size_t *length)
{
	const char *start = buf_text(&program->heard);
	const char *newline = NULL;

	if (program->heard.length > program->searched)
		newline = memchr(start + program->searched, '\n',
				 program->heard.length - program->searched);
	program->searched = program->heard.length;
	if (newline == NULL && (program->out >= 0 || program->heard.length == 0))
		return false;
	*line = start;
	*length = newline != NULL ? (size_t)(newline - start) : program->heard.length;
	program->line_length = *length + (newline != NULL ? 1 : 0);
	return true;
}

credence_rc program_read(struct credence_call *call, struct program *program, const char **line,
			 size_t *length)
{
	credence_rc rc;

	forget_line(program);
	while (!find_line(program, line, length)) {
		if (program->out < 0)
			return CREDENCE_MISS;
		if (program->heard.failed)
			return call_oom(call);
		if (program->heard.length > PROGRAM_LINE_MAX)
			return call_fail(call, CREDENCE_ERROR,
					 "%s printed a line of more than %zu bytes", program->name,
					 PROGRAM_LINE_MAX);
		rc = look_up(call, program);
		if (rc != CREDENCE_SUCCESS)
			return rc;
		if (has_ended(program))
			pump_rest(program);
		else
			pump(program, POLL_MS, NULL);
	}
	return CREDENCE_SUCCESS;
}

/* -- The end -- */

/* Waits until the process has ended, at most ms, and lets it say what it likes meanwhile. */
static bool await(struct program *program, int64_t ms)
{
	int64_t until = clock_boot() + ms;

	while (!has_ended(program) && clock_boot() < until) {
		buf_reset(&program->heard);
		if (program->out < 0 && program->err < 0)
			clock_sleep(1);
		else
			pump(program, 5, NULL);
	}
	return program->ended;
}

/* What is left of the group ends with its leader, which is reaped last. */
static void reap(struct program *program)
{
	int status = 0;

	if (!has_ended(program)) {
		kill(-program->pid, SIGTERM);
		await(program, TERM_MS);
	}
	if (program->pid == 0)
		return;
	kill(-program->pid, SIGKILL);
	while (waitpid(program->pid, &status, 0) < 0 && errno == EINTR)
		;
	program->pid = 0;
	program->ended = true;
	program->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int32_t program_end(struct credence_call *call, struct program *program)
{
	int64_t left = call_time_left(call);
	bool alone;

	close_fd(&program->in);
	program->line_length = program->searched = 0;
	alone = await(program, left < GOODBYE_MS ? left : GOODBYE_MS);
	while (program->err >= 0 && program->told < TOLD_LINES_MAX) {
		unsigned told = program->told;
		size_t begun = program->word.length;

		buf_reset(&program->heard);
		pump(program, 0, NULL);
		if (program->told == told && program->word.length == begun)
			break;
	}
	tell_line(program);
	reap(program);
	return alone ? program->status : -1;
}

const char *program_last_word(const struct program *program)
{
	return program->last_word;
}

void program_free(struct program *program)
{
	if (program == NULL)
		return;
	close_fd(&program->in);
	if (program->pid > 0)
		reap(program);
	close_fd(&program->out);
	close_fd(&program->err);
	buf_done(&program->heard);
	buf_done(&program->word);
	free(program->last_word);
	free(program->name);
	free(program);
}
