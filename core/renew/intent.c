/* SPDX-License-Identifier: MIT */
/* What a record says while a token request is under way; see intent.h. */
#include "core/renew/intent.h"

#include "core/os/clock.h"
#include "core/session/store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOLDER_TIME CLOCK_MINUTE /* the deadline where the call has a later one, or none */

/* Names of hosts are not unique (clones, containers); the lock is. */
static bool name_holder(const struct session *session, struct intent *intent)
{
	struct buf lock = BUF_INIT;
	char host[65] = "";
	bool ok;

	gethostname(host, sizeof(host) - 1);
	lock_identify(&session->lock, &lock);
	ok = buf_ok(&lock) && record_set(&intent->host, host) &&
	     record_set(&intent->lock, buf_text(&lock));
	buf_done(&lock);
	return ok;
}

bool intent_set(struct session *session)
{
	struct record *record = session->record;
	int64_t left = call_time_left(session->call);

	moment_now(&record->intent.start);
	record->intent.pid = getpid();
	record->intent.deadline =
	    record->intent.start.wall + (left < HOLDER_TIME ? left : HOLDER_TIME);
	return name_holder(session, &record->intent) &&
	       record_set(&record->intent.parent, record->id != NULL ? record->id : "");
}

void intent_clear(struct record *record)
{
	free(record->intent.host);
	free(record->intent.lock);
	free(record->intent.parent);
	memset(&record->intent, 0, sizeof(record->intent));
}

static bool held_our_lock(const struct session *session, const struct intent *intent)
{
	struct buf lock = BUF_INIT;
	bool same;

	lock_identify(&session->lock, &lock);
	same =
	    intent->lock != NULL && lock.length > 0 && strcmp(intent->lock, buf_text(&lock)) == 0;
	buf_done(&lock);
	return same;
}

/* On this host, by a lock that is not ours: another state folder's, or one that was removed. */
static bool held_another_here(const struct intent *intent)
{
	const char *boot = clock_boot_id();
	size_t length = strlen(boot);

	return length > 0 && intent->lock != NULL && strncmp(intent->lock, boot, length) == 0 &&
	       intent->lock[length] == '/';
}

bool intent_is_live(const struct session *session, const struct entry *store,
		    const struct record *record)
{
	const struct intent *intent = &record->intent;
	int64_t skew = entry_skew(store);

	if (intent->start.wall == 0 || held_our_lock(session, intent))
		return false;
	/* What one host writes no other has left there; and what was there before a restart is of
	 * nobody who lives. */
	return (skew > 0 || held_another_here(intent)) && clock_wall() < intent->deadline + skew;
}
