/* SPDX-License-Identifier: MIT */
/* The server's own clock, which the control origin can move. All times are in milliseconds. */
#ifndef SANDBOX_CLOCK_H
#define SANDBOX_CLOCK_H

#include <stdint.h>

struct clock {
	int64_t origin; /* what to add to CLOCK_MONOTONIC */
};

void clock_init(struct clock *clock);
/* Since 1970, moved as asked. Steps of the machine's clock don't reach it. */
int64_t clock_now(const struct clock *clock);
void clock_advance(struct clock *clock, int64_t ms);
void clock_set(struct clock *clock, int64_t now);

#endif
