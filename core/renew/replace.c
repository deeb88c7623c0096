/* SPDX-License-Identifier: MIT */
/* What a new consent takes the place of; see replace.h. */
#include "core/renew/replace.h"

#include "core/session/credential_lock.h"
#include "core/session/store.h"

credence_rc replace_read(struct session *session)
{
	credence_rc rc = store_load(session);

	if (rc != CREDENCE_SUCCESS || session->record->major <= RECORD_MAJOR)
		return rc;
	call_fail_status(session->call, STATUS_STORE, CREDENCE_ERROR,
			 "the record was written by a newer credence; it is not replaced");
	call_hint(session->call, "upgrade credence on this host");
	return CREDENCE_ERROR;
}

/* Under the lock. A damaged record does not keep anyone from logging in again: it is erased, which
 * is what its owner has been told to expect. One that somebody else can still read (sealed, of a
 * newer version, on a disk that fails) is left alone. */
credence_rc replace_load(struct session *session)
{
	credence_rc rc = replace_read(session);

	if (rc == CREDENCE_ERROR && session->damaged) {
		call_log(session->call, CREDENCE_LOG_WARNING, "replacing a record: %s",
			 session->call->failure.message);
		call_clear(session->call);
		rc = store_erase(session);
	}
	if (rc == CREDENCE_MISS) {
		call_clear(session->call);
		rc = CREDENCE_SUCCESS;
	}
	return rc;
}

credence_rc replace_lock(struct session *session)
{
	credence_rc rc = credential_lock(session, NULL, NULL);

	return rc == CREDENCE_SUCCESS ? replace_load(session) : rc;
}

void replace_issue(struct session *session, struct issued *issued)
{
	struct record *record = session->record;

	issued->record = record;
	issued->access = record_access(record, session->profile->scope, session->profile->resource);
	/* Granted less than asked: what there is, is shown. */
	if (issued->access == NULL && record->access_count > 0)
		issued->access = &record->access[0];
	issued->renewed = true;
}
