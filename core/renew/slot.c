/* SPDX-License-Identifier: MIT */
/* The emergency slot; see slot.h. */
#include "core/renew/slot.h"

#include "core/os/file.h"
#include "core/os/hash.h"
#include "core/os/process.h"
#include "core/renew/outcome.h"
#include "core/session/seal.h"
#include "core/session/store.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define EMPTY "empty\n"

/* The folder in memory, or "" if this user has none. */
static void slot_folder(struct buf *folder)
{
	const char *runtime;

	if (geteuid() == 0) {
		buf_str(folder, "/run/credence");
		return;
	}
	runtime = process_env("XDG_RUNTIME_DIR");
	if (runtime != NULL && runtime[0] == '/')
		buf_printf(folder, "%s/credence", runtime);
}

/* One name for each credential of each state folder. */
static void slot_name(const struct session *session, struct buf *name)
{
	const struct profile *profile = session->profile;

	buf_printf(name, "slot-%016" PRIx64 "-%s",
		   hash_fnv1a(profile->state_dir, strlen(profile->state_dir)), profile->credential);
}

struct place {
	struct buf folder, name, path;
	int fd;
};

static credence_rc place_open(struct session *session, bool make, struct place *place)
{
	place->folder = BUF_INIT;
	place->name = BUF_INIT;
	place->path = BUF_INIT;
	place->fd = -1;
	slot_folder(&place->folder);
	if (place->folder.length == 0)
		return CREDENCE_MISS;
	slot_name(session, &place->name);
	buf_printf(&place->path, "%s/%s", buf_text(&place->folder), buf_text(&place->name));
	return file_open_folder(session->call, buf_text(&place->folder), make, &place->fd);
}

static void place_close(struct place *place)
{
	if (place->fd >= 0)
		close(place->fd);
	buf_done(&place->folder);
	buf_done(&place->name);
	buf_done(&place->path);
}

static credence_rc write_slot(struct session *session, const void *bytes, size_t length)
{
	struct place place;
	credence_rc rc = place_open(session, true, &place);

	if (rc == CREDENCE_SUCCESS)
		file_sweep(place.fd);
	if (rc == CREDENCE_SUCCESS)
		rc = file_replace_private(session->call, place.fd, buf_text(&place.name),
					  buf_text(&place.path), bytes, length);
	place_close(&place);
	return rc;
}

credence_rc slot_prepare(struct session *session)
{
	if (write_slot(session, EMPTY, strlen(EMPTY)) != CREDENCE_SUCCESS) {
		call_log(
		    session->call, CREDENCE_LOG_WARNING,
		    "no emergency slot in memory; if the store fills up during this renewal, a "
		    "new login is needed");
		call_clear(session->call);
	}
	return CREDENCE_SUCCESS;
}

/* Sealed as the authority's copy would have been. */
credence_rc slot_put(struct session *session)
{
	struct buf payload = BUF_SECRET, bytes = BUF_SECRET;
	struct entry *store;
	credence_rc rc = record_encode(session->call, session->record, false, &payload);

	if (rc == CREDENCE_SUCCESS)
		rc = store_authority(session, &store);
	if (rc == CREDENCE_SUCCESS)
		rc = seal_wrap(session->call, store, session->profile->credential,
			       session->record->revision + 1, payload.data, payload.length, &bytes);
	if (rc == CREDENCE_SUCCESS)
		rc = write_slot(session, bytes.data, bytes.length);
	buf_done(&payload);
	buf_done(&bytes);
	return rc;
}

static credence_rc read_slot(struct session *session, struct buf *bytes)
{
	struct place place;
	credence_rc rc = place_open(session, false, &place);

	if (rc == CREDENCE_SUCCESS)
		rc = file_read_private(session->call, place.fd, buf_text(&place.name),
				       buf_text(&place.path), bytes);
	place_close(&place);
	return rc;
}

bool slot_waits(struct session *session)
{
	struct buf bytes = BUF_SECRET;
	bool waits =
	    read_slot(session, &bytes) == CREDENCE_SUCCESS && strcmp(buf_text(&bytes), EMPTY) != 0;

	call_clear(session->call);
	buf_done(&bytes);
	return waits;
}

static struct record *open_slot(struct session *session)
{
	struct buf bytes = BUF_SECRET;
	struct record *record = NULL;
	struct opened opened = {.revision = 0};
	struct entry *store;
	credence_rc rc = read_slot(session, &bytes);

	if (rc == CREDENCE_SUCCESS)
		rc = store_authority(session, &store);
	if (rc == CREDENCE_SUCCESS)
		rc = seal_unwrap(session->call, store, session->profile->credential, bytes.data,
				 bytes.length, &opened);
	if (rc == CREDENCE_SUCCESS)
		rc = record_decode(session->call, opened.payload, opened.length, &record);
	opened_done(&opened);
	if (rc != CREDENCE_SUCCESS)
		call_clear(session->call);
	buf_done(&bytes);
	return record;
}

bool slot_take(struct session *session)
{
	struct record *there = session->record, *record = open_slot(session);
	bool has_spare = there != NULL && there->spare_refresh_token != NULL;

	/* A spare that is there is younger than what waited here. */
	if (record == NULL || there == NULL ||
	    (has_spare && !record_same_id(record->parent, there->id))) {
		record_free(record);
		return false;
	}
	return outcome_merge(&session->record, record);
}

void slot_drop(struct session *session)
{
	struct place place;

	if (place_open(session, false, &place) == CREDENCE_SUCCESS)
		file_remove_private(session->call, place.fd, buf_text(&place.name),
				    buf_text(&place.path));
	call_clear(session->call);
	place_close(&place);
}
