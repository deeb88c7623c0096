/* SPDX-License-Identifier: MIT */
/* credence-sandbox: start, say READY, serve until told to end. */
#include "files.h"
#include "options.h"
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

struct program {
	struct options options;
	struct sandbox sandbox;
	struct files files;
	struct tls tls;
	struct server *server;
	int signal_fd;
	int ready_fd; /* where the parent of a background server waits, or -1 */
};

static bool failed(const char *what)
{
	fprintf(stderr, "credence-sandbox: %s: %s\n", what, strerror(errno));
	return false;
}

/* Ending signals are read in wait_for_end(), so threads never see them. */
static bool catch_signals(struct program *program)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	program->signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	return program->signal_fd >= 0 || failed("signals");
}

/* Each connection takes a descriptor. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* The parent's end: waits for the child's READY line or its end. */
static int wait_for_child(int fd)
{
	char line[128];
	size_t len = 0;
	ssize_t got;

	while (len < sizeof(line) && (got = read(fd, line + len, sizeof(line) - len)) != 0) {
		if (got < 0 && errno != EINTR)
			break;
		len += got > 0 ? (size_t)got : 0;
	}
	if (len == 0)
		return EXIT_FAILURE; /* the child said why */
	if (fwrite(line, 1, len, stdout) != len || fflush(stdout) != 0)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

/* Goes to the background, before there is any thread or descriptor. Only the child returns. */
static bool go_background(struct program *program)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return failed("pipe");
	pid = fork();
	if (pid < 0)
		return failed("fork");
	if (pid > 0) {
		close(fds[1]);
		_exit(wait_for_child(fds[0]));
	}
	/* What the caller left open is not ours: a test harness waits until all copies are closed.
	 */
	close_range(STDERR_FILENO + 1, (unsigned)fds[1] - 1, 0);
	close_range((unsigned)fds[1] + 1, ~0U, 0);
	setsid();
	program->ready_fd = fds[1];
	return true;
}

/* A caller that waits for the end of our output must not wait for us. */
static bool detach(const struct program *program)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return failed("/dev/null");
	if (!program->options.with_stdin)
		dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
	return true;
}

static bool say_ready(struct program *program)
{
	const char *url = program->sandbox.control;
	bool ok;

	if (program->ready_fd < 0) {
		printf("READY %s\n", url);
		return fflush(stdout) == 0 || failed("standard output");
	}
	ok = dprintf(program->ready_fd, "READY %s %ld\n", url, (long)getpid()) > 0 &&
	     detach(program);
	close(program->ready_fd);
	program->ready_fd = -1;
	return ok;
}

static bool start(struct program *program)
{
	const struct options *options = &program->options;
	const struct tls *tls = options->https ? &program->tls : NULL;

	raise_limits();
	if (!catch_signals(program) || !files_open(&program->files, options->dir))
		return false;
	if (tls != NULL && !tls_make(&program->tls, options->certificate)) {
		fputs("credence-sandbox: can't make a certificate\n", stderr);
		return false;
	}
	program->server = server_bind(&program->sandbox, options->port, options->https);
	if (program->server == NULL)
		return failed("can't have the port");
	if (!files_write(&program->files, &program->sandbox, tls))
		return false;
	if (!server_start(program->server, tls)) {
		fputs("credence-sandbox: can't start the servers\n", stderr);
		return false;
	}
	return say_ready(program);
}

/* True when nobody holds the other end of standard input any more. */
static bool stdin_ended(void)
{
	char dropped[256];
	ssize_t got = read(STDIN_FILENO, dropped, sizeof(dropped));

	return got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN);
}

static void wait_for_end(const struct program *program)
{
	struct pollfd fds[] = {
	    {.fd = program->signal_fd, .events = POLLIN},
	    {.fd = program->sandbox.stop_fd, .events = POLLIN},
	    {.fd = program->options.with_stdin ? STDIN_FILENO : -1, .events = POLLIN},
	};

	for (;;) {
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return;
		if (fds[0].revents != 0 || fds[1].revents != 0)
			return;
		if (fds[2].revents != 0 && stdin_ended())
			return;
	}
}

int main(int argc, char **argv)
{
	static struct program program = {.signal_fd = -1, .ready_fd = -1};
	int parsed = options_parse(&program.options, &program.sandbox, argc, argv);
	bool ok;

	if (parsed != OPTIONS_OK)
		return parsed == OPTIONS_DONE ? EXIT_SUCCESS : EXIT_USAGE;
	if (program.options.background && !go_background(&program))
		return EXIT_FAILURE;
	sandbox_init(&program.sandbox);
	ok = start(&program);
	if (ok)
		wait_for_end(&program);
	sandbox_stop(&program.sandbox);
	server_free(program.server);
	files_done(&program.files);
	tls_done(&program.tls);
	sandbox_done(&program.sandbox);
	if (program.signal_fd >= 0)
		close(program.signal_fd);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
