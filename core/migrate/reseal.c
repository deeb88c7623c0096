/* SPDX-License-Identifier: MIT */
/* Rewriting what a credential keeps under the seal that its store has now. */
#include "core/migrate/parts.h"

#include "core/session/credential_lock.h"
#include "core/session/store.h"

#include <string.h>

static credence_rc reseal(struct session *session, struct entry *entry, const char *key,
			  bool *changed)
{
	struct entry *seal;
	struct kept kept;
	const char *id;
	credence_rc rc = kept_load(session, entry, key, &kept);

	if (rc == CREDENCE_SUCCESS)
		rc = seal_present(session->call, entry, &id, &seal);
	if (rc == CREDENCE_SUCCESS && strcmp(id, kept.opened.seal) != 0) {
		rc = migrate_save(session, entry, key, kept.opened.payload, kept.opened.length,
				  kept.opened.revision, kept.opened.revision + 1);
		*changed = *changed || rc == CREDENCE_SUCCESS;
	}
	kept_done(&kept);
	return rc;
}

static credence_rc reseal_ledger(struct session *session, const char *key, void *data)
{
	struct entry *entry;
	credence_rc rc = store_authority(session, &entry);

	if (rc == CREDENCE_SUCCESS)
		rc = reseal(session, entry, key, data);
	if (rc == CREDENCE_MISS) {
		call_clear(session->call);
		rc = CREDENCE_SUCCESS;
	}
	return rc;
}

credence_rc session_reseal(struct session *session, bool *changed)
{
	struct entry *entry;
	credence_rc rc = credential_lock(session, NULL, NULL), record;

	*changed = false;
	if (rc == CREDENCE_SUCCESS)
		rc = store_authority(session, &entry);
	if (rc == CREDENCE_SUCCESS)
		rc = reseal(session, entry, session->profile->credential, changed);
	record = rc;
	if (rc == CREDENCE_MISS)
		call_clear(session->call);
	else if (rc == CREDENCE_SUCCESS && *changed)
		rc = migrate_empty_caches(session);
	/* A credential that is gone still counts. */
	if (rc == CREDENCE_SUCCESS || rc == CREDENCE_MISS)
		rc = migrate_ledgers(session, reseal_ledger, changed);
	credential_unlock(session);
	return rc == CREDENCE_SUCCESS && record == CREDENCE_MISS && !*changed ? CREDENCE_MISS : rc;
}
