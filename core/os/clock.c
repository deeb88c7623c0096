/* SPDX-License-Identifier: MIT */
/* Clocks; see clock.h. */
#include "core/os/clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef CREDENCE_BUILD_EPOCH
#define CREDENCE_BUILD_EPOCH 1767225600 /* 2026-01-01 */
#endif

#define JUMP CLOCK_MINUTE

static int64_t read_clock(clockid_t id)
{
	struct timespec now;

	if (clock_gettime(id, &now) != 0)
		return 0;
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_boot(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

bool clock_is_unset(void)
{
	return clock_wall() < (int64_t)CREDENCE_BUILD_EPOCH * 1000;
}

static char boot_id[sizeof(((struct moment *)0)->boot_id)];
static pthread_once_t boot_id_once = PTHREAD_ONCE_INIT;

static void read_boot_id(void)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return;
	length = read(fd, boot_id, sizeof(boot_id) - 1);
	close(fd);
	boot_id[length > 0 ? length : 0] = '\0';
	*strchrnul(boot_id, '\n') = '\0';
}

const char *clock_boot_id(void)
{
	pthread_once(&boot_id_once, read_boot_id);
	return boot_id;
}

void moment_now(struct moment *moment)
{
	moment->wall = clock_wall();
	moment->boot = clock_boot();
	memcpy(moment->boot_id, clock_boot_id(), sizeof(boot_id));
}

/* The record that a moment comes from may hold any number. */
static int64_t since(int64_t now, int64_t then)
{
	int64_t age;

	if (!__builtin_sub_overflow(now, then, &age))
		return age;
	return then < 0 ? INT64_MAX : INT64_MIN;
}

int64_t moment_age(const struct moment *moment, bool *jumped)
{
	int64_t wall = since(clock_wall(), moment->wall);
	int64_t boot = since(clock_boot(), moment->boot), apart = since(wall, boot);
	const char *id = clock_boot_id();
	bool disagree = id[0] != '\0' && strcmp(id, moment->boot_id) == 0 && boot >= 0 &&
			(apart > JUMP || apart < -JUMP);

	if (jumped != NULL)
		*jumped = disagree;
	return disagree ? boot : wall;
}

void clock_sleep(int64_t ms)
{
	struct timespec span = {.tv_sec = (time_t)(ms / 1000),
				.tv_nsec = (long)(ms % 1000) * 1000000};

	if (ms > 0)
		nanosleep(&span, NULL);
}
