/* SPDX-License-Identifier: MIT */
/* What resealing, moving and restoring have in common; see parts.h. */
#include "core/migrate/parts.h"

#include "core/os/lock.h"
#include "core/renew/limits.h"
#include "core/session/store.h"

#include <string.h>

credence_rc migrate_ledgers(struct session *session,
			    credence_rc (*change)(struct session *, const char *key, void *),
			    void *data)
{
	char keys[LIMITS_LEDGERS][34];
	unsigned i, count;
	credence_rc rc = profile_provider(session->call, session->profile);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	count = limits_ledgers(session, keys);
	for (i = 0; rc == CREDENCE_SUCCESS && i < count; i++) {
		struct lock lock = LOCK_INIT;

		rc = lock_wait(session->call, &lock, session->profile->state_dir, keys[i], NULL,
			       NULL);
		if (rc == CREDENCE_SUCCESS)
			rc = change(session, keys[i], data);
		lock_release(&lock);
	}
	return rc;
}

credence_rc migrate_empty_caches(struct session *session)
{
	struct credence_call *call = session->call;
	struct stack *stack = NULL;
	struct entry *authority;
	unsigned i;
	credence_rc rc = store_authority(session, &authority);

	if (rc == CREDENCE_SUCCESS)
		rc = session_stack(session, CREDENCE_ROLE_STORE, &stack);
	for (i = 0; rc == CREDENCE_SUCCESS && i < stack->count; i++) {
		struct entry *entry = &stack->entry[i];
		credence_rc erased;

		if (entry == authority)
			continue;
		erased = kept_erase(session, entry, session->profile->credential);
		if (erased != CREDENCE_SUCCESS && erased != CREDENCE_MISS)
			call_log(call, CREDENCE_LOG_WARNING, "a copy may be left: %s",
				 call->failure.message);
		call_clear(call);
	}
	return rc;
}

credence_rc migrate_save(struct session *session, struct entry *entry, const char *key,
			 const char *payload, size_t length, uint64_t expected, uint64_t revision)
{
	struct kept kept;
	credence_rc rc = kept_save(session, entry, key, payload, length, expected, revision, 0);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = kept_load(session, entry, key, &kept);
	if (rc == CREDENCE_MISS ||
	    (rc == CREDENCE_SUCCESS &&
	     (kept.opened.revision != revision || kept.opened.length != length ||
	      memcmp(kept.opened.payload, payload, length) != 0)))
		rc = call_fail_status(session->call, STATUS_STORE, CREDENCE_ERROR,
				      "store %s: %s: what was saved is not what is read back",
				      entry->conf->use, key);
	kept_done(&kept);
	return rc;
}

credence_rc migrate_decode(struct credence_call *call, const char *payload, size_t length,
			   struct record **record)
{
	credence_rc rc = record_decode(call, payload, length, record);

	if (rc != CREDENCE_SUCCESS)
		call->failure.status = STATUS_STORE;
	return rc;
}

static credence_rc shift_record(struct credence_call *call, const char *payload, size_t length,
				int64_t ms, struct buf *shifted)
{
	struct record *record = NULL;
	credence_rc rc = migrate_decode(call, payload, length, &record);

	if (rc == CREDENCE_SUCCESS) {
		record_shift(record, ms);
		rc = record_encode(call, record, false, shifted);
	}
	record_free(record);
	return rc;
}

static credence_rc shift_ledger(struct credence_call *call, const char *payload, size_t length,
				int64_t ms, struct buf *shifted)
{
	struct ledger ledger = {0};
	credence_rc rc = store_decode_ledger(call, payload, length, &ledger);

	if (rc == CREDENCE_SUCCESS) {
		ledger_shift(&ledger, ms);
		rc = store_encode_ledger(call, &ledger, shifted);
	}
	ledger_done(&ledger);
	return rc;
}

credence_rc migrate_shift(struct credence_call *call, int kind, const char *payload, size_t length,
			  int64_t ms, struct buf *shifted)
{
	*shifted = BUF_SECRET;
	if (ms != 0)
		return (kind == MIGRATE_LEDGER ? shift_ledger : shift_record)(call, payload, length,
									      ms, shifted);
	buf_add(shifted, payload, length);
	return buf_ok(shifted) ? CREDENCE_SUCCESS : call_oom(call);
}

credence_rc migrate_refuse(struct credence_call *call, const char *format, ...)
{
	struct buf message = BUF_INIT;
	va_list args;

	va_start(args, format);
	buf_vprintf(&message, format, args);
	va_end(args);
	call_fail_status(call, STATUS_UNSAFE, CREDENCE_CONFLICT, "%s", buf_text(&message));
	buf_done(&message);
	return CREDENCE_CONFLICT;
}
