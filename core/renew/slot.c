/* SPDX-License-Identifier: MIT */
/* The emergency slot; see slot.h. */
#include "core/renew/slot.h"

#include "core/os/file.h"
#include "core/os/hash.h"
#include "core/os/process.h"
#include "core/record/envelope.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

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
	static const char empty[] = "empty\n";

	if (write_slot(session, empty, sizeof(empty) - 1) != CREDENCE_SUCCESS) {
		call_log(
		    session->call, CREDENCE_LOG_WARNING,
		    "no emergency slot in memory; if the store fills up during this renewal, a "
		    "new login is needed");
		call_clear(session->call);
	}
	return CREDENCE_SUCCESS;
}

credence_rc slot_put(struct session *session)
{
	struct buf payload = BUF_SECRET, bytes = BUF_SECRET;
	credence_rc rc = record_encode(session->call, session->record, false, &payload);

	if (rc == CREDENCE_SUCCESS) {
		envelope_wrap(&bytes, session->record->revision + 1, "-", payload.data,
			      payload.length);
		rc = buf_ok(&bytes) ? write_slot(session, bytes.data, bytes.length)
				    : call_oom(session->call);
	}
	buf_done(&payload);
	buf_done(&bytes);
	return rc;
}

static struct record *read_slot(struct session *session)
{
	struct buf bytes = BUF_SECRET;
	struct record *record = NULL;
	struct envelope envelope;
	struct place place;
	credence_rc rc = place_open(session, false, &place);

	if (rc == CREDENCE_SUCCESS)
		rc = file_read_private(session->call, place.fd, buf_text(&place.name),
				       buf_text(&place.path), &bytes);
	if (rc == CREDENCE_SUCCESS)
		rc = envelope_open(session->call, bytes.data, bytes.length, &envelope);
	if (rc == CREDENCE_SUCCESS)
		rc = record_decode(session->call, envelope.payload, envelope.length, &record);
	if (rc != CREDENCE_SUCCESS)
		call_clear(session->call);
	place_close(&place);
	buf_done(&bytes);
	return record;
}

bool slot_take(struct session *session)
{
	struct record *record = read_slot(session);

	if (record == NULL)
		return false;
	if (session->record == NULL || record->parent == NULL || session->record->id == NULL ||
	    strcmp(record->parent, session->record->id) != 0) {
		record_free(record);
		return false;
	}
	record->revision = session->record->revision;
	record_free(session->record);
	session->record = record;
	return true;
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
