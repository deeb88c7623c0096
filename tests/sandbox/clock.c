/* SPDX-License-Identifier: MIT */
/* A clock that starts at the wall's time, runs evenly and can be moved. */
#include "clock.h"

#include <time.h>

static int64_t read_clock(clockid_t which)
{
	struct timespec ts;

	clock_gettime(which, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void clock_init(struct clock *clock)
{
	clock->origin = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
}

int64_t clock_now(const struct clock *clock)
{
	return read_clock(CLOCK_MONOTONIC) + clock->origin;
}

void clock_advance(struct clock *clock, int64_t ms)
{
	clock->origin += ms;
}

void clock_set(struct clock *clock, int64_t now)
{
	clock->origin = now - read_clock(CLOCK_MONOTONIC);
}
