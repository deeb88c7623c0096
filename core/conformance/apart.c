/* SPDX-License-Identifier: MIT */
/* Work in a process of its own; see suite.h. It has a process group of its own, which ends with it,
 * so that a terminal's Ctrl-C comes to the run alone, which then ends the case and cleans up. */
#include "core/conformance/suite.h"

#include "core/os/clock.h"
#include "core/os/process.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_FIRST INT64_C(1) /* ms between two looks */
#define POLL_MOST  INT64_C(20)
#define GRACE      INT64_C(2000) /* from SIGTERM to SIGKILL */

static void run(struct test *test, void (*work)(struct test *))
{
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	work(test);
	_exit(PROCESS_DONE);
}

/* Has it ended? It is not reaped: as long as it is not, its group is nobody else's. */
static bool has_ended(pid_t process)
{
	siginfo_t info = {.si_pid = 0};

	return waitid(P_PID, (id_t)process, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == process;
}

/* Until it ends, until is there, or a signal that somebody hears comes. */
static bool await(pid_t process, int64_t until, bool deaf)
{
	int64_t pause = POLL_FIRST;

	while (!has_ended(process)) {
		if (clock_boot() >= until || (!deaf && process_signal() != 0))
			return false;
		clock_sleep(pause);
		pause = pause * 2 < POLL_MOST ? pause * 2 : POLL_MOST;
	}
	return true;
}

/* With all that is left of its group. */
static int reap(pid_t process)
{
	int status = 0;

	(void)kill(-process, SIGKILL);
	while (waitpid(process, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}

bool apart_run(struct test *test, void (*work)(struct test *), int64_t limit, bool deaf,
	       struct apart *apart)
{
	pid_t process = fork();
	int status;

	if (process < 0)
		return false;
	if (process == 0)
		run(test, work);
	(void)setpgid(process, process);
	*apart = (struct apart){.signal = 0};
	if (!await(process, limit, deaf)) {
		apart->interrupted = !deaf && process_signal() != 0;
		apart->timeout = !apart->interrupted;
		(void)kill(-process, SIGTERM);
		(void)await(process, clock_boot() + GRACE, true);
	}
	status = reap(process);
	if (WIFSIGNALED(status))
		apart->signal = WTERMSIG(status);
	else
		apart->status = WEXITSTATUS(status);
	apart->exited = apart->signal == 0 && apart->status != PROCESS_DONE;
	return true;
}
