/* SPDX-License-Identifier: MIT */
/* The command's own process: hardening, environment, signals, randomness. Starting others is in
 * spawn.c. */
#include "core/os/process.h"

#include "core/os/process_found.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

/* As the process was started; process_exec gives it all back. */
struct process_found process_found;

/* What may stay in the environment of a privileged process, where libraries look at it. */
static const char *const allowed[] = {"PATH",
				      "HOME",
				      "LANG",
				      "LC_",
				      "TERM",
				      "TZ",
				      "XDG_RUNTIME_DIR",
				      "COLUMNS",
				      "NO_COLOR",
				      "CREDENTIALS_DIRECTORY",
				      "STATE_DIRECTORY",
				      NULL};

bool process_is_privileged(void)
{
	return geteuid() == 0 || getauxval(AT_SECURE) != 0;
}

bool process_variable_allowed(const char *variable)
{
	size_t i;

	for (i = 0; allowed[i] != NULL; i++) {
		size_t n;

		if (variable[0] != allowed[i][0])
			continue;
		n = strlen(allowed[i]);
		if (strncmp(variable, allowed[i], n) == 0 &&
		    (allowed[i][n - 1] == '_' || variable[n] == '=' || variable[n] == '\0'))
			return true;
	}
	return false;
}

/* libcurl would write TLS keys to $SSLKEYLOGFILE, libcrypto load any module that $OPENSSL_CONF
 * names: what a library could be told by whoever starts a privileged process, it is not told. */
static bool clear_environment(void)
{
	char **kept;
	size_t count = 0, i;

	for (i = 0; environ[i] != NULL; i++)
		count++;
	kept = calloc(count + 1, sizeof(*kept));
	if (kept == NULL)
		return false;
	count = 0;
	for (i = 0; environ[i] != NULL; i++)
		if (process_variable_allowed(environ[i]))
			kept[count++] = environ[i];
	environ = kept;
	return true;
}

/* A descriptor 0-2 that is closed would be given to the next file that is opened: a token must not
 * be printed into a record. In place of standard output there is what can't be written to either:
 * an answer that nobody gets is told as a failure. A program that takes our place finds it closed,
 * as we did. */
static bool open_standard(void)
{
	int fd = 0;

	while (fd < 3) {
		int mode = fd == STDOUT_FILENO ? O_RDONLY : O_RDWR;

		if (fcntl(fd, F_GETFD) >= 0)
			fd++;
		else if (errno != EBADF || open("/dev/null", mode | O_CLOEXEC) != fd)
			return false;
	}
	return true;
}

void process_harden(void)
{
	struct rlimit none = {0, 0};

	if (!open_standard())
		_exit(1);
	process_found.environment = environ;
	process_found.sigpipe = signal(SIGPIPE, SIG_IGN);
	process_found.sigchld = signal(SIGCHLD, SIG_DFL); /* else nobody learns how a child ended */
	process_found.has_core = getrlimit(RLIMIT_CORE, &process_found.core) == 0;
	/* The hard limit stays, so that a child can have its soft one back. */
	none.rlim_max = process_found.core.rlim_max;
	if (process_found.has_core)
		(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (process_is_privileged() && !clear_environment())
		_exit(1);
}

char **process_environment(void)
{
	return process_found.environment != NULL ? process_found.environment : environ;
}

const char *process_env(const char *name)
{
	char **variables = process_environment();
	size_t length = strlen(name);

	if (getauxval(AT_SECURE) != 0)
		return NULL;
	for (; variables != NULL && *variables != NULL; variables++)
		if (strncmp(*variables, name, length) == 0 && (*variables)[length] == '=')
			return *variables + length + 1;
	return NULL;
}

static volatile sig_atomic_t caught;

static void note_signal(int number)
{
	caught = number;
}

/* nohup and the like: what was ignored stays ignored. */
static void catch_signal(int number, const struct sigaction *action, struct sigaction *found)
{
	sigaction(number, action, found);
	if (found->sa_handler == SIG_IGN)
		sigaction(number, found, NULL);
}

void process_catch_signals(void)
{
	struct sigaction action = {.sa_handler = note_signal};

	sigemptyset(&action.sa_mask);
	catch_signal(SIGINT, &action, &process_found.sigint);
	catch_signal(SIGTERM, &action, &process_found.sigterm);
	catch_signal(SIGHUP, &action, &process_found.sighup);
	catch_signal(SIGQUIT, &action, &process_found.sigquit);
	process_found.catching = true;
}

int process_signal(void)
{
	return caught;
}

bool process_random(void *bytes, size_t length)
{
	unsigned char *at = bytes;

	while (length > 0) {
		ssize_t n = getrandom(at, length, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		length -= (size_t)n;
	}
	return true;
}
