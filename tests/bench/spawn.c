/* SPDX-License-Identifier: MIT */
/*
 * Times two commands against each other: runs them in turn, many times, and prints the least and
 *the median time of each in microseconds, and the ratio of the medians. In turn, so that what else
 *the machine does falls on both alike; by posix_spawn, so that no shell is timed with them.
 *
 *	spawn ROUNDS COMMAND [ARGUMENT]... -- COMMAND [ARGUMENT]...
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { WARM_UP = 20, MAX_ROUNDS = 100000 };

struct contender {
	char **argv;
	int64_t *times; /* ns, one a round */
};

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* How long one run took; a run that fails ends the benchmark. */
static int64_t run_once(char **argv, const posix_spawn_file_actions_t *actions)
{
	int64_t start = now_ns();
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, argv[0], actions, NULL, argv, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		(void)fprintf(stderr, "spawn: %s failed\n", argv[0]);
		exit(EXIT_FAILURE);
	}
	return now_ns() - start;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double microseconds(int64_t ns)
{
	return (double)ns / 1000;
}

static void report(struct contender *one, struct contender *other, size_t rounds)
{
	double median, against;

	qsort(one->times, rounds, sizeof(*one->times), compare);
	qsort(other->times, rounds, sizeof(*other->times), compare);
	median = microseconds(one->times[rounds / 2]);
	against = microseconds(other->times[rounds / 2]);
	printf("least %6.0f median %6.0f us   against least %6.0f median %6.0f us   ratio %.3f\n",
	       microseconds(one->times[0]), median, microseconds(other->times[0]), against,
	       median / against);
}

static int compete(struct contender *one, struct contender *other, size_t rounds)
{
	posix_spawn_file_actions_t actions;
	size_t i;

	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) != 0)
		return EXIT_FAILURE;
	for (i = 0; i < WARM_UP; i++) {
		(void)run_once(one->argv, &actions);
		(void)run_once(other->argv, &actions);
	}
	for (i = 0; i < rounds; i++) {
		one->times[i] = run_once(one->argv, &actions);
		other->times[i] = run_once(other->argv, &actions);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	report(one, other, rounds);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 4 ? strtoul(argv[1], NULL, 10) : 0;
	struct contender one = {argv + 2, NULL}, other = {NULL, NULL};
	int status = EXIT_FAILURE, i;

	for (i = 3; i < argc - 1 && other.argv == NULL; i++) {
		if (strcmp(argv[i], "--") == 0) {
			argv[i] = NULL;
			other.argv = argv + i + 1;
		}
	}
	if (rounds == 0 || rounds > MAX_ROUNDS || other.argv == NULL) {
		(void)fprintf(stderr, "usage: spawn ROUNDS COMMAND... -- COMMAND...\n");
		return 2;
	}
	one.times = calloc(rounds, sizeof(*one.times));
	other.times = calloc(rounds, sizeof(*other.times));
	if (one.times != NULL && other.times != NULL)
		status = compete(&one, &other, rounds);
	free(one.times);
	free(other.times);
	return status;
}
