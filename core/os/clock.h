/* SPDX-License-Identifier: MIT */
/*
 * Clocks. Expiry is wall time, since it is compared with what was stored; deadlines and waiting
 * count boot time, which goes on through a suspend; comparing both on the same boot shows a wall
 * clock that was moved. Everything is in milliseconds.
 */
#ifndef CREDENCE_OS_CLOCK_H
#define CREDENCE_OS_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_SECOND INT64_C(1000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR   (60 * CLOCK_MINUTE)
#define CLOCK_DAY    (24 * CLOCK_HOUR)

#define CLOCK_SKEW (2 * CLOCK_MINUTE) /* by which the clocks of two hosts may differ */

int64_t clock_wall(void); /* since 1970 */
int64_t clock_boot(void); /* since this boot, suspend counted */

/* The kernel's id of this boot, 36 characters; "" if it can't be read. Read once a process. */
const char *clock_boot_id(void);

/* The wall clock stands before credence was built: it was never set. */
bool clock_is_unset(void);

/* A moment as a record keeps it: wall time, and boot time of which boot. */
struct moment {
	int64_t wall;
	int64_t boot;
	char boot_id[40];
};
void moment_now(struct moment *);
/* ms from that moment until now. On the same boot boot time is trusted if the two clocks disagree
 * by more than a minute (*jumped is set, may be NULL); else wall time. */
int64_t moment_age(const struct moment *, bool *jumped);

/* Sleeps; returns early on a signal. */
void clock_sleep(int64_t ms);

#endif
