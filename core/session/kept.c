/* SPDX-License-Identifier: MIT */
/* One entry of a store stack; see kept.h. */
#include "core/session/kept.h"

#include "core/os/clock.h"

#include <stdlib.h>
#include <string.h>

static bool names_store(const char *message, const char *use)
{
	size_t length = strlen(use);

	return message != NULL && strncmp(message, "store ", 6) == 0 &&
	       strncmp(message + 6, use, length) == 0 && message[6 + length] == ':';
}

/* Puts the store's name before a message that does not begin with it, so that somebody knows where
 * to look. */
static credence_rc at_store(struct credence_call *call, const struct entry *entry, const char *key,
			    credence_rc rc)
{
	if (rc != CREDENCE_SUCCESS && rc != CREDENCE_MISS &&
	    !names_store(call->failure.message, entry->conf->use))
		call_prefix(call, "store %s: %s", entry->conf->use, key);
	return rc;
}

void kept_unreadable(struct session *session, const struct entry *entry, const char *key,
		     credence_rc rc, struct kept *kept)
{
	struct failure *failure = &session->call->failure;

	/* What a newer version wrote comes with a hint, what is sealed with a status. */
	kept->damaged = rc == CREDENCE_ERROR && failure->hint == NULL && failure->status == 0;
	if (rc == CREDENCE_ERROR && failure->status == 0)
		failure->status = STATUS_STORE;
	(void)at_store(session->call, entry, key, rc);
}

/* A second of difference may be nothing but the way it was measured. Whole seconds, so that the
 * times of a record that is loaded and saved again stay what they are. */
static void note_time(struct session *session, struct entry *entry, const struct frame *frame)
{
	int64_t seconds = (frame->ahead + (frame->ahead < 0 ? -500 : 500)) / CLOCK_SECOND;
	bool told = entry->tells_time;

	if (!frame->has_time)
		return;
	entry->tells_time = true;
	entry->ahead = seconds > 1 || seconds < -1 ? seconds * CLOCK_SECOND : 0;
	if (entry->ahead != 0 && !told)
		call_log(session->call, CREDENCE_LOG_INFO,
			 "the clock of store %s is %lld s %s this machine's", entry->conf->use,
			 (long long)llabs(seconds), seconds > 0 ? "ahead of" : "behind");
}

credence_rc kept_load(struct session *session, struct entry *entry, const char *key,
		      struct kept *kept)
{
	struct credence_call *call = session->call;
	struct frame frame;
	credence_rc rc;

	memset(kept, 0, sizeof(*kept));
	frame_init(&kept->opened.frame);
	frame_init(&frame);
	/* What the module says of itself names the place already. */
	rc = entry_store_load(call, entry, &frame, key);
	note_time(session, entry, &frame);
	if (rc == CREDENCE_SUCCESS) {
		kept->bytes = frame.bytes;
		frame.bytes = BUF_SECRET; /* transferred */
		rc = seal_unwrap(call, entry, key, kept->bytes.data, kept->bytes.length,
				 &kept->opened);
		if (rc != CREDENCE_SUCCESS)
			kept_unreadable(session, entry, key, rc, kept);
	}
	frame_done(&frame);
	return rc;
}

void kept_done(struct kept *kept)
{
	opened_done(&kept->opened);
	buf_done(&kept->bytes);
}

static credence_rc save_bytes(struct session *session, struct entry *entry, const char *key,
			      struct credence_item *item, const struct buf *bytes)
{
	struct frame frame;
	credence_rc rc;

	item->bytes = bytes->data;
	item->length = bytes->length;
	frame_init(&frame);
	rc = entry_store_save(session->call, entry, &frame, key, item);
	frame_done(&frame);
	return rc;
}

credence_rc kept_save(struct session *session, struct entry *entry, const char *key,
		      const void *payload, size_t length, uint64_t expected, uint64_t revision,
		      int64_t expires_at)
{
	struct credence_item item = {.size = sizeof(item),
				     .expected = expected,
				     .revision = revision,
				     .expires_at = expires_at};
	struct buf bytes = BUF_SECRET;
	credence_rc rc = seal_wrap(session->call, entry, key, revision, payload, length, &bytes);

	if (rc == CREDENCE_SUCCESS)
		rc = save_bytes(session, entry, key, &item, &bytes);
	buf_done(&bytes);
	return at_store(session->call, entry, key, rc);
}

credence_rc kept_erase(struct session *session, struct entry *entry, const char *key)
{
	struct frame frame;
	credence_rc rc;

	frame_init(&frame);
	rc = entry_store_erase(session->call, entry, &frame, key);
	frame_done(&frame);
	return at_store(session->call, entry, key, rc);
}
