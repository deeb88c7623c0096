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

/* Sealed as the authority's copy would have been. */
static credence_rc put(struct session *session)
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

void slot_put(struct session *session)
{
	struct failure failure = call_take_failure(session->call);

	if (put(session) == CREDENCE_SUCCESS)
		call_log(session->call, CREDENCE_LOG_WARNING,
			 "the new token waits in memory until the store works again; do not "
			 "reboot before that");
	call_set_failure(session->call, &failure);
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
	struct failure failure = call_take_failure(session->call);
	struct buf bytes = BUF_SECRET;
	bool waits =
	    read_slot(session, &bytes) == CREDENCE_SUCCESS && strcmp(buf_text(&bytes), EMPTY) != 0;

	call_set_failure(session->call, &failure);
	buf_done(&bytes);
	return waits;
}

bool slot_prepare(struct session *session)
{
	bool there =
	    slot_waits(session) || write_slot(session, EMPTY, strlen(EMPTY)) == CREDENCE_SUCCESS;

	call_clear(session->call);
	return there;
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

/* A login's has no parent: it is of a consent of its own. */
static bool replace(struct session *session, struct record *record)
{
	struct record *there = session->record;

	if (there != NULL && there->generation >= record->generation) {
		record_free(record);
		return false;
	}
	record->revision = there != NULL ? there->revision : 0;
	session->record = record;
	record_free(there);
	return true;
}

static bool merge(struct session *session, struct record *record)
{
	struct record *there = session->record;
	bool has_spare = there != NULL && there->spare_refresh_token != NULL;

	if (record->parent == NULL)
		return replace(session, record);
	/* A spare that is there is younger than what waited here. */
	if (there == NULL || (has_spare && !record_same_id(record->parent, there->id))) {
		record_free(record);
		return false;
	}
	return outcome_merge(&session->record, record);
}

credence_rc slot_take_up(struct session *session)
{
	struct record *record = open_slot(session);
	credence_rc rc = CREDENCE_SUCCESS;

	if (record == NULL)
		return rc;
	if (merge(session, record))
		rc = store_save(session);
	if (rc == CREDENCE_SUCCESS)
		slot_drop(session);
	return rc;
}

void slot_drop(struct session *session)
{
	struct failure failure = call_take_failure(session->call);
	struct place place;

	if (place_open(session, false, &place) == CREDENCE_SUCCESS)
		file_remove_private(session->call, place.fd, buf_text(&place.name),
				    buf_text(&place.path));
	call_set_failure(session->call, &failure);
	place_close(&place);
}
