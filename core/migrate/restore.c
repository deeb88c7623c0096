/* SPDX-License-Identifier: MIT */
/*
 * Taking an item out of a back-up. What is in the store stays unless it is older, cannot be read by
 * anybody, or somebody insists; a ledger gets what it lacks.
 */
#include "core/migrate/parts.h"

#include "core/record/envelope.h"
#include "core/renew/slot.h"
#include "core/session/credential_lock.h"
#include "core/session/store.h"

#include <inttypes.h>
#include <string.h>

struct restore {
	struct session *session;
	const struct backup_item *item;
	struct entry *entry;
	bool force;
	struct buf payload; /* the item's, by the store's clock */
	uint64_t expected;  /* the revision of what is there */
	int *what;
};

/* -- Records -- */

static credence_rc check_profile(struct session *session, const struct backup_item *item,
				 const struct record *record)
{
	const struct profile *profile = session->profile;
	const char *differs =
	    record_mismatch(record, profile->provider_name, profile->client_id, profile->owner);

	if (strcmp(profile->credential, item->key) != 0)
		return call_fail(session->call, CREDENCE_CONFIG,
				 "the profile uses credential %s now; in the back-up it is %s",
				 profile->credential, item->key);
	if (differs != NULL)
		return call_fail(session->call, CREDENCE_CONFIG,
				 "what is in the back-up was issued for another %s", differs);
	return CREDENCE_SUCCESS;
}

static credence_rc refuse(struct restore *restore, const struct record *there,
			  const struct record *record)
{
	struct credence_call *call = restore->session->call;

	migrate_refuse(call,
		       "what is here is newer (generation %" PRIu64
		       ") than the back-up (generation %" PRIu64 "); it is kept",
		       there->generation, record->generation);
	call_hint(call, "add --force to replace it all the same");
	return CREDENCE_CONFLICT;
}

/* A consent that was given later is newer whatever its generation, which a login on an empty store
 * begins anew. */
static bool is_newer(const struct record *there, const struct record *record)
{
	if (there->refresh_token != NULL && record->refresh_token != NULL &&
	    strcmp(there->refresh_token, record->refresh_token) != 0 &&
	    there->refresh_token_at > record->refresh_token_at)
		return true;
	if (there->generation != record->generation)
		return there->generation > record->generation;
	return strcmp(there->id, record->id) != 0 || there->revision >= record->revision;
}

static credence_rc look_at(struct restore *restore, const struct kept *kept, struct record *record)
{
	struct record *there = NULL;
	credence_rc rc;

	restore->expected = kept->opened.revision;
	if (kept->opened.length == restore->payload.length &&
	    memcmp(kept->opened.payload, restore->payload.data, kept->opened.length) == 0) {
		*restore->what = RESTORED_SAME;
		return CREDENCE_SUCCESS;
	}
	*restore->what = RESTORED_OVER;
	rc = migrate_decode(restore->session->call, kept->opened.payload, kept->opened.length,
			    &there);
	if (rc != CREDENCE_SUCCESS) {
		call_clear(restore->session->call);
		return CREDENCE_SUCCESS; /* nobody can use what is there */
	}
	there->revision = kept->opened.revision;
	record_shift(there, -restore->entry->ahead);
	if (is_newer(there, record) && !restore->force)
		rc = refuse(restore, there, record);
	record_free(there);
	return rc;
}

/* What can't be read may be good for somebody who has its key, unless it is damaged for everyone.
 */
static credence_rc look_at_unreadable(struct restore *restore, const struct kept *kept,
				      credence_rc rc)
{
	struct credence_call *call = restore->session->call;

	if (kept->bytes.length == 0)
		return rc;
	if (!kept->damaged && !restore->force) {
		call_hint(call, "add --force to replace what is here");
		return rc;
	}
	call_clear(call);
	*restore->what = RESTORED_OVER;
	restore->expected = envelope_revision(kept->bytes.data, kept->bytes.length);
	/* A store does not replace what has no revision. */
	return restore->expected > 0
		   ? CREDENCE_SUCCESS
		   : kept_erase(restore->session, restore->entry, restore->item->key);
}

static credence_rc look(struct restore *restore, struct record *record)
{
	const struct backup_item *item = restore->item;
	struct credence_call *call = restore->session->call;
	struct kept kept;
	credence_rc rc = kept_load(restore->session, restore->entry, item->key, &kept), shifted;

	shifted = migrate_shift(call, item->kind, item->payload, item->length,
				restore->entry->ahead, &restore->payload);
	if (shifted != CREDENCE_SUCCESS) {
		rc = shifted;
	} else if (rc == CREDENCE_SUCCESS) {
		rc = look_at(restore, &kept, record);
	} else if (rc == CREDENCE_MISS) {
		call_clear(call);
		*restore->what = RESTORED_NEW;
		rc = CREDENCE_SUCCESS;
	} else {
		rc = look_at_unreadable(restore, &kept, rc);
	}
	kept_done(&kept);
	return rc;
}

static credence_rc put(struct restore *restore)
{
	const struct backup_item *item = restore->item;
	struct session *session = restore->session;
	uint64_t revision = item->revision > restore->expected ? item->revision : restore->expected;
	credence_rc rc = migrate_save(session, restore->entry, item->key, restore->payload.data,
				      restore->payload.length, restore->expected, revision + 1);

	if (rc == CREDENCE_SUCCESS)
		rc = migrate_empty_caches(session);
	/* What waits in memory was made from another record. */
	if (rc == CREDENCE_SUCCESS)
		slot_drop(session);
	return rc;
}

static credence_rc restore_record(struct restore *restore)
{
	struct session *session = restore->session;
	const struct backup_item *item = restore->item;
	struct record *record = NULL;
	credence_rc rc = migrate_decode(session->call, item->payload, item->length, &record);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	record->revision = item->revision;
	rc = check_profile(session, item, record);
	if (rc == CREDENCE_SUCCESS)
		rc = credential_lock(session, NULL, NULL);
	if (rc == CREDENCE_SUCCESS)
		rc = store_authority(session, &restore->entry);
	if (rc == CREDENCE_SUCCESS)
		rc = look(restore, record);
	if (rc == CREDENCE_SUCCESS && *restore->what != RESTORED_SAME)
		rc = put(restore);
	credential_unlock(session);
	record_free(record);
	buf_done(&restore->payload);
	return rc;
}

/* -- Ledgers -- */

/* What is there and can't be read counts for nothing any more, if somebody says so. */
static credence_rc load_ledger(struct restore *restore, const char *key, struct ledger *ledger,
			       uint64_t *revision)
{
	struct session *session = restore->session;
	struct entry *entry;
	credence_rc rc = store_load_ledger(session, key, ledger, revision);

	if (rc == CREDENCE_SUCCESS)
		return rc;
	if (!restore->force) {
		call_hint(session->call, "add --force to replace what is here");
		return rc;
	}
	call_clear(session->call);
	ledger_done(ledger);
	*revision = 0;
	rc = store_authority(session, &entry);
	if (rc == CREDENCE_SUCCESS)
		rc = kept_erase(session, entry, key);
	return rc == CREDENCE_MISS ? CREDENCE_SUCCESS : rc;
}

static credence_rc add_ledger(struct session *session, const char *key, void *data)
{
	struct restore *restore = data;
	const struct backup_item *item = restore->item;
	struct ledger ledger = {0}, kept = {0};
	uint64_t revision = 0;
	unsigned added = 0;
	credence_rc rc;

	if (strcmp(key, item->key) != 0)
		return CREDENCE_SUCCESS;
	rc = store_decode_ledger(session->call, item->payload, item->length, &kept);
	if (rc == CREDENCE_SUCCESS)
		rc = load_ledger(restore, key, &ledger, &revision);
	if (rc == CREDENCE_SUCCESS && !ledger_merge(&ledger, &kept, &added))
		rc = call_oom(session->call);
	if (rc == CREDENCE_SUCCESS && added > 0)
		rc = store_save_ledger(session, key, &ledger, revision);
	if (rc == CREDENCE_SUCCESS)
		*restore->what = revision == 0 ? RESTORED_NEW
				 : added > 0   ? RESTORED_FINISHED
					       : RESTORED_SAME;
	ledger_done(&ledger);
	ledger_done(&kept);
	return rc;
}

credence_rc session_restore(struct session *session, const struct backup_item *item, bool force,
			    int *what)
{
	struct restore restore = {
	    .session = session, .item = item, .payload = BUF_SECRET, .force = force, .what = what};

	*what = RESTORED_SAME;
	return item->kind == MIGRATE_LEDGER ? migrate_ledgers(session, add_ledger, &restore)
					    : restore_record(&restore);
}
