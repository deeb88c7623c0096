/* SPDX-License-Identifier: MIT */
/* The lock of a credential; see credential_lock.h. */
#include "core/session/credential_lock.h"

#include "core/os/clock.h"
#include "core/session/store.h"

/* ms that one try at a shared lock may take: its store may have to be connected to. */
#define TRY_TIME 1000

#define LOCK_OF_HOSTS (CREDENCE_STORE_SHARED | CREDENCE_STORE_LOCK)

credence_rc credential_lock_store(struct session *session)
{
	struct entry *entry;
	struct frame frame;
	uint32_t traits = 0;
	credence_rc rc = store_authority(session, &entry);

	if (rc == CREDENCE_SUCCESS)
		rc = entry_store_traits(session->call, entry, &traits);
	if (rc != CREDENCE_SUCCESS || (traits & LOCK_OF_HOSTS) != LOCK_OF_HOSTS)
		return rc;
	frame_init(&frame);
	rc = entry_store_lock(session->call, entry, &frame, session->profile->credential);
	frame_done(&frame);
	if (rc == CREDENCE_SUCCESS)
		session->shared_lock = entry;
	else
		call_prefix(session->call, "store %s: %s", entry->conf->use,
			    session->profile->credential);
	return rc;
}

static credence_rc then_store(struct session *session, credence_rc rc)
{
	if (rc == CREDENCE_SUCCESS && session->shared_lock == NULL)
		rc = credential_lock_store(session);
	if (rc != CREDENCE_SUCCESS)
		lock_release(&session->lock);
	return rc;
}

credence_rc credential_lock(struct session *session,
			    bool (*between)(struct credence_call *, void *), void *data)
{
	return then_store(session,
			  lock_wait(session->call, &session->lock, session->profile->state_dir,
				    session->profile->credential, between, data));
}

credence_rc credential_lock_try(struct session *session)
{
	struct credence_call *call = session->call;
	int64_t deadline = call->deadline, soon = clock_boot() + TRY_TIME;
	credence_rc rc = lock_try(call, &session->lock, session->profile->state_dir,
				  session->profile->credential);

	if (deadline == 0 || soon < deadline)
		call->deadline = soon;
	rc = then_store(session, rc);
	call->deadline = deadline;
	if (rc == CREDENCE_UNAVAIL)
		call_clear(call);
	return rc;
}

void credential_unlock(struct session *session)
{
	struct entry *entry = session->shared_lock;

	if (entry != NULL) {
		struct failure failure = call_take_failure(session->call);
		struct frame frame;

		frame_init(&frame);
		if (entry_store_unlock(session->call, entry, &frame,
				       session->profile->credential) != CREDENCE_SUCCESS)
			call_log(session->call, CREDENCE_LOG_INFO,
				 "store %s: the lock may have been lost: %s", entry->conf->use,
				 session->call->failure.message);
		frame_done(&frame);
		call_clear(session->call);
		call_set_failure(session->call, &failure);
		session->shared_lock = NULL;
	}
	lock_release(&session->lock);
}
