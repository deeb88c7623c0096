/* SPDX-License-Identifier: MIT */
/* Several who do the same at once, as threads or as processes; see suite.h. */
#include "core/conformance/suite.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void *run_thread(void *data)
{
	struct member *member = data;

	member->team->work(member->team, member->index);
	return NULL;
}

static void run_process(struct member *member)
{
	struct test *test = member->team->test;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* They are the parent's, which goes on with them. */
	test->selves = NULL;
	member->team->work(member->team, member->index);
	test->suite->of->close(test);
	_exit(PROCESS_DONE);
}

static bool start_process(struct member *member)
{
	member->process = fork();
	if (member->process == 0)
		run_process(member);
	return member->process > 0;
}

void team_start(struct team *team, struct test *test, unsigned count, bool processes,
		void (*work)(struct team *, unsigned index), const char *key)
{
	memset(team, 0, sizeof(*team));
	team->test = test;
	team->processes = processes;
	team->work = work;
	team->key = key;
	for (unsigned i = 0; i < count && i < TEAM_MAX; i++) {
		struct member *member = &team->member[i];

		member->team = team;
		member->index = i;
		if (processes ? !start_process(member)
			      : pthread_create(&member->thread, NULL, run_thread, member) != 0) {
			test_fail(test, "a thread or process more", "%s", strerror(errno));
			return;
		}
		team->count++;
	}
}

static int wait_for(struct member *member)
{
	int status = 0;

	while (waitpid(member->process, &status, 0) < 0 && errno == EINTR)
		continue;
	member->process = 0;
	return status;
}

void team_join(struct team *team)
{
	for (unsigned i = 0; i < team->count; i++) {
		struct member *member = &team->member[i];
		int status;

		if (!team->processes) {
			(void)pthread_join(member->thread, NULL);
		} else if (member->process > 0) {
			status = wait_for(member);
			if (WIFSIGNALED(status))
				test_fail(team->test, "all processes to end by themselves",
					  "one was ended by signal %d (%s)", WTERMSIG(status),
					  strsignal(WTERMSIG(status)));
			else if (WEXITSTATUS(status) != PROCESS_DONE)
				test_fail(team->test, "all processes to end by themselves",
					  "one ended with exit status %d", WEXITSTATUS(status));
		}
	}
	team->count = 0;
}

void team_kill(struct team *team, unsigned index)
{
	struct member *member = &team->member[index];

	if (index >= team->count || member->process <= 0)
		return;
	(void)kill(member->process, SIGKILL);
	(void)wait_for(member);
}
