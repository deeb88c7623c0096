/* SPDX-License-Identifier: MIT */
/* The whole server in one struct. `lock` guards set, clock, state, faults and journal; the rest
 * doesn't change after the start. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "clock.h"
#include "dc.h"
#include "fault.h"
#include "journal.h"
#include "settings.h"
#include "state.h"

#include <pthread.h>
#include <stdbool.h>

/* The client that is there from the start. */
struct ready_client {
	const char *id;
	const char *secrets[DC_COUNT];
};

struct sandbox {
	struct settings set, initial;
	struct dc dcs[DC_COUNT];
	char control[ORIGIN_MAX];
	struct ready_client ready;
	pthread_mutex_t lock;
	struct clock clock;
	struct state state;
	struct faults faults;
	struct journal journal;
	int stop_fd; /* an eventfd: readable once the server is to end */
};

void sandbox_init(struct sandbox *sb);
void sandbox_done(struct sandbox *sb);
/* Back to how it was at the start: clients, tokens, settings, clock, faults, journal, counters. */
void sandbox_reset(struct sandbox *sb);
/* Makes the server end; may be called from any thread, with or without the lock. */
void sandbox_stop(struct sandbox *sb);

#endif
