/* SPDX-License-Identifier: MIT */
/* Life of the one struct that holds everything. */
#include "sandbox.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void fill(struct sandbox *sb)
{
	struct client *client;
	int dc;

	clock_init(&sb->clock);
	state_init(&sb->state);
	client = client_add(&sb->state, sb->ready.id, "");
	for (dc = 0; dc < DC_COUNT; dc++)
		client_set_secret(client, dc, sb->ready.secrets[dc]);
}

void sandbox_init(struct sandbox *sb)
{
	sb->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (sb->stop_fd < 0)
		abort();
	pthread_mutex_init(&sb->lock, NULL);
	fill(sb);
}

void sandbox_reset(struct sandbox *sb)
{
	faults_clear(&sb->faults);
	journal_clear(&sb->journal);
	state_done(sb);
	sb->set = sb->initial;
	fill(sb);
}

void sandbox_done(struct sandbox *sb)
{
	faults_clear(&sb->faults);
	journal_clear(&sb->journal);
	state_done(sb);
	pthread_mutex_destroy(&sb->lock);
	close(sb->stop_fd);
}

void sandbox_stop(struct sandbox *sb)
{
	uint64_t one = 1;

	/* Only a full counter could fail, and then it is readable already. */
	if (write(sb->stop_fd, &one, sizeof(one)) < 0)
		return;
}
