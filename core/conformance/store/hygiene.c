/* SPDX-License-Identifier: MIT */
/* What a module leaves alone: the process that it runs in is not its own. Each case uses all
 * methods and looks before and behind. */
#include "core/conformance/store/groups.h"
#include "core/conformance/store/self.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FD_MOST 1024
#define ROUNDS  12

/* Everything that a store is asked, and what it does not want to hear. */
static void use(struct test *test)
{
	const struct content small = {.size = 100, .seed = 1}, large = {.size = 65536, .seed = 2};
	const char *key = test_key(test, "used"), *none = test_key(test, "none");
	struct self *self = self_open(test);

	expect_none(self, key);
	expect_save(self, key, &small, 0, 1, CREDENCE_SUCCESS);
	expect_save(self, key, &large, 1, 2, CREDENCE_SUCCESS);
	expect_save(self, key, &small, 1, 2, CREDENCE_CONFLICT);
	expect_record(self, key, &large, 2);
	expect_no_name_but(self, &key, 1);
	if ((test->suite->board->declared & CREDENCE_STORE_LOCK) != 0) {
		expect_lock(self, key, CREDENCE_SUCCESS);
		expect_unlock(self, key);
	}
	expect_erase(self, none, CREDENCE_MISS);
	expect_erase(self, key, CREDENCE_SUCCESS);
	expect_no_name_but(self, NULL, 0);
	self_close(self);
}

/* -- Standard output -- */

static void prints_nothing(struct test *test)
{
	int printed = memfd_create("stdout", MFD_CLOEXEC), found = dup(STDOUT_FILENO);
	struct stat st = {.st_size = 0};

	if (printed < 0 || found < 0 || dup2(printed, STDOUT_FILENO) < 0)
		abort();
	use(test);
	(void)fflush(NULL);
	if (fstat(printed, &st) == 0 && st.st_size > 0)
		test_fail(test, "nothing on standard output, which carries tokens", "%lld bytes",
			  (long long)st.st_size);
	(void)dup2(found, STDOUT_FILENO);
	close(found);
	close(printed);
}

/* -- Descriptors, processes -- */

static unsigned descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < FD_MOST; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* What a library opens once for all is no matter; what grows is. */
static void leaves_no_descriptors(struct test *test)
{
	unsigned before, behind;

	use(test);
	before = descriptors();
	for (unsigned i = 0; i < ROUNDS; i++)
		use(test);
	behind = descriptors();
	if (behind > before)
		test_fail(test, "no descriptor to stay open behind a closed self",
			  "%u more after %u selves", behind - before, ROUNDS);
}

/* A program that somebody's exec runs would have them. */
static void opens_for_itself(struct test *test)
{
	bool open[FD_MOST];
	struct self *self;

	for (int fd = 0; fd < FD_MOST; fd++)
		open[fd] = fcntl(fd, F_GETFD) >= 0;
	use(test);
	self = self_open(test);
	expect_none(self, test_key(test, "used"));
	for (int fd = 3; fd < FD_MOST; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && !open[fd] && (flags & FD_CLOEXEC) == 0)
			test_fail(test, "descriptors that no program inherits",
				  "descriptor %d is open without close-on-exec", fd);
	}
}

static void leaves_no_processes(struct test *test)
{
	pid_t child;

	use(test);
	child = waitpid(-1, NULL, WNOHANG);
	if (child >= 0 || errno != ECHILD)
		test_fail(test, "no child process to be left", "there is one");
}

/* -- The process -- */

static void leaves_the_folder(struct test *test)
{
	char before[4096] = "", behind[4096] = "";

	(void)!getcwd(before, sizeof(before));
	use(test);
	(void)!getcwd(behind, sizeof(behind));
	if (strcmp(before, behind) != 0)
		test_fail(test, "the working directory as it was", "%s", behind);
}

static void leaves_the_umask(struct test *test)
{
	mode_t behind;

	(void)umask(0137);
	use(test);
	behind = umask(0137);
	if (behind != 0137)
		test_fail(test, "the umask as it was: 0137", "%04o", (unsigned)behind);
}

static bool same_handler(const struct sigaction *a, const struct sigaction *b)
{
	return a->sa_handler == b->sa_handler &&
	       (a->sa_flags & SA_SIGINFO) == (b->sa_flags & SA_SIGINFO);
}

static void leaves_the_signals(struct test *test)
{
	struct sigaction before[NSIG], behind;
	sigset_t mask_before, mask_behind;

	memset(before, 0, sizeof(before));
	for (int number = 1; number < NSIG; number++)
		(void)sigaction(number, NULL, &before[number]);
	(void)pthread_sigmask(SIG_BLOCK, NULL, &mask_before);
	use(test);
	(void)pthread_sigmask(SIG_BLOCK, NULL, &mask_behind);
	for (int number = 1; number < NSIG; number++) {
		memset(&behind, 0, sizeof(behind));
		(void)sigaction(number, NULL, &behind);
		if (!same_handler(&before[number], &behind))
			test_fail(test, "the handlers of signals as they were",
				  "another for signal %d (%s)", number, strsignal(number));
		if (sigismember(&mask_before, number) != sigismember(&mask_behind, number))
			test_fail(test, "the signal mask as it was", "signal %d (%s) is %s", number,
				  strsignal(number),
				  sigismember(&mask_behind, number) == 1 ? "blocked"
									 : "not blocked");
	}
}

static void leaves_the_locale(struct test *test)
{
	const char *locale = setlocale(LC_ALL, NULL);
	char before[256], *behind;

	(void)snprintf(before, sizeof(before), "%s", locale != NULL ? locale : "");
	use(test);
	behind = setlocale(LC_ALL, NULL);
	if (behind == NULL || strcmp(before, behind) != 0)
		test_fail(test, "the locale as it was", "%s", behind != NULL ? behind : "none");
}

/* All variables, one after the other. */
static void join(struct buf *text)
{
	for (char **at = environ; at != NULL && *at != NULL; at++) {
		buf_str(text, *at);
		buf_char(text, '\n');
	}
}

static void leaves_the_environment(struct test *test)
{
	struct buf before = BUF_INIT, behind = BUF_INIT;

	join(&before);
	use(test);
	join(&behind);
	if (before.length != behind.length || strcmp(buf_text(&before), buf_text(&behind)) != 0)
		test_fail(test, "the environment as it was", "it was changed");
	buf_done(&before);
	buf_done(&behind);
}

const struct test_case cases_hygiene[] = {
    {.name = "prints nothing on standard output", .run = prints_nothing},
    {.name = "leaves no descriptors open", .run = leaves_no_descriptors},
    {.name = "opens no descriptor that programs inherit", .run = opens_for_itself},
    {.name = "leaves no process behind", .run = leaves_no_processes},
    {.name = "leaves the working directory", .run = leaves_the_folder},
    {.name = "leaves the umask", .run = leaves_the_umask},
    {.name = "leaves signal handlers and mask", .run = leaves_the_signals},
    {.name = "leaves the locale", .run = leaves_the_locale},
    {.name = "leaves the environment", .run = leaves_the_environment},
    {.name = NULL},
};
