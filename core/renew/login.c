/* SPDX-License-Identifier: MIT */
/*
 * A first authorization, or a new one. The old record stays as it is until the new one is durable.
 * The credential's lock is taken only when the code is about to be sent: a person may take minutes
 * before that.
 */
#include "core/renew/login.h"

#include "core/os/clock.h"
#include "core/os/hash.h"
#include "core/os/text.h"
#include "core/renew/begin.h"
#include "core/renew/limits.h"
#include "core/renew/outcome.h"
#include "core/renew/renew.h"
#include "core/renew/replace.h"
#include "core/renew/request.h"
#include "core/renew/resolve.h"
#include "core/renew/sharing.h"
#include "core/renew/slot.h"
#include "core/session/credential_lock.h"
#include "core/session/events.h"
#include "core/session/kept.h"
#include "core/session/store.h"

#include <inttypes.h>
#include <string.h>

#define SAVE_ATTEMPTS 3
#define SAVE_TIME     (10 * CLOCK_SECOND) /* for a login at least, whatever the call has left */
#define RECORD_SIZE   2048                /* about as large as one is */

static credence_rc know_scope(struct session *session, const char *scope)
{
	struct buf joined = BUF_INIT;
	bool ok;

	profile_join_scope(session->profile, scope, &joined);
	ok = !joined.failed &&
	     attributes_set(&session->work.known, "request_scope", buf_text(&joined));
	buf_done(&joined);
	return ok ? CREDENCE_SUCCESS : call_oom(session->call);
}

/* -- Can what comes back be kept? -- */

/* Where there is no record yet, something else of a record's size is kept for a moment. */
static credence_rc try_store(struct session *session)
{
	struct buf key = BUF_INIT, filling = BUF_INIT;
	struct entry *entry = NULL;
	credence_rc rc = store_authority(session, &entry);

	buf_printf(&key, "+login-%016" PRIx64,
		   hash_fnv1a(session->profile->credential, strlen(session->profile->credential)));
	buf_printf(&filling, "%*s", RECORD_SIZE, "");
	if (rc == CREDENCE_SUCCESS && (key.failed || filling.failed))
		rc = call_oom(session->call);
	if (rc == CREDENCE_SUCCESS)
		rc = kept_save(session, entry, buf_text(&key), filling.data, filling.length, 0, 1,
			       0);
	/* One that was killed here has left it. */
	if (rc == CREDENCE_SUCCESS || rc == CREDENCE_CONFLICT) {
		call_clear(session->call);
		rc = CREDENCE_SUCCESS;
		if (kept_erase(session, entry, buf_text(&key)) != CREDENCE_SUCCESS)
			call_log(session->call, CREDENCE_LOG_WARNING, "%s is left in the store: %s",
				 buf_text(&key), session->call->failure.message);
		call_clear(session->call);
	}
	buf_done(&key);
	buf_done(&filling);
	return rc;
}

/* Under the lock: can the store be written? The old record is saved as it is. */
static credence_rc try_save(struct session *session)
{
	return session->record != NULL ? store_note(session) : try_store(session);
}

/* Would it be refused after it was asked for? Nothing is counted yet. */
static credence_rc try_limits(struct session *session)
{
	credence_rc rc = limits_check(session, LEDGER_REFRESH);

	return rc == CREDENCE_SUCCESS ? limits_check(session, LEDGER_ACCESS) : rc;
}

/* May this user lock, read and replace; and if a person is to be asked, may there be one more? */
static credence_rc may_keep(struct session *session, bool asks)
{
	credence_rc rc = credential_lock_try(session);

	/* Somebody else may: they hold it. */
	if (rc == CREDENCE_UNAVAIL)
		return CREDENCE_SUCCESS;
	if (rc == CREDENCE_SUCCESS)
		rc = replace_read(session);
	if (rc == CREDENCE_MISS || (rc == CREDENCE_ERROR && session->damaged)) {
		call_clear(session->call);
		rc = CREDENCE_SUCCESS;
	}
	if (rc == CREDENCE_SUCCESS && asks)
		rc = try_save(session);
	if (rc == CREDENCE_CONFLICT) {
		call_clear(session->call);
		rc = CREDENCE_SUCCESS;
	}
	if (rc == CREDENCE_SUCCESS && asks)
		rc = try_limits(session);
	credential_unlock(session);
	return rc;
}

/* Before a person is asked for something that is good once and could then not be used. */
static credence_rc may_ask(struct session *session)
{
	struct entry *entry = NULL;
	bool asks = !renew_unattended(session, &entry);
	credence_rc rc = asks ? request_can_send(session->call) : CREDENCE_SUCCESS;

	if (rc != CREDENCE_SUCCESS)
		return rc;
	do {
		rc = may_keep(session, asks);
	} while (rc != CREDENCE_SUCCESS && call_wait_out(session->call, rc));
	return rc;
}

/* Right before a code is sent. Counting is a save to the same store, so it also proves that what
 * comes back can be kept; where nothing is counted elsewhere, something is saved for that. A device
 * that asks again only needs the lock back. */
static credence_rc prepare(struct session *session)
{
	credence_rc rc = replace_lock(session);

	if (session->request->counted)
		return rc;
	if (rc == CREDENCE_SUCCESS)
		rc = try_save(session);
	if (rc == CREDENCE_SUCCESS)
		rc = limits_check(session, LEDGER_ACCESS);
	/* A grant that needs no person is asked for an access token and no more. */
	if (rc == CREDENCE_SUCCESS && !session->request->unattended)
		rc = limits_count(session, session->record, LEDGER_REFRESH,
				  &session->request->counted_at);
	session->request->counted = rc == CREDENCE_SUCCESS;
	if (rc == CREDENCE_SUCCESS)
		(void)slot_prepare(session);
	return rc;
}

/* -- Login -- */

static credence_rc ask_acquire(struct credence_call *call, struct entry *entry, void *data)
{
	struct session *session = call->work->data;
	struct frame *frame = data;

	frame_done(frame);
	frame_init(frame);
	session->request->unattended = entry_unattended(call, entry) == CREDENCE_SUCCESS;
	call_clear(call);
	return entry_acquire(call, entry, frame);
}

static void warn_scope(struct session *session, const char *asked)
{
	struct buf missing = BUF_INIT;

	text_words_missing(&missing, session->record->scope, asked);
	if (missing.length > 0)
		call_log(session->call, CREDENCE_LOG_WARNING,
			 "granted less than was asked for: no %s", buf_text(&missing));
	buf_done(&missing);
	if (session->record->refresh_token == NULL && session->record->renewal == NULL)
		call_log(
		    session->call, CREDENCE_LOG_WARNING,
		    "the server gave no refresh token: a person is needed again when this token "
		    "expires");
}

/* Reads again what a login is to replace. */
static credence_rc follow(struct session *session)
{
	struct record *ours = session->record, *theirs;
	credence_rc rc;

	session->record = NULL;
	call_clear(session->call);
	rc = replace_load(session);
	theirs = session->record;
	session->record = ours;
	ours->revision = theirs != NULL ? theirs->revision : 0;
	if (theirs != NULL && theirs->generation >= ours->generation)
		ours->generation = theirs->generation + 1;
	record_free(theirs);
	return rc;
}

/* A code is good for one login. Whatever somebody wrote meanwhile, over a lock that was lost, it
 * was to be replaced. */
static credence_rc save_login(struct session *session)
{
	struct credence_call *call = session->call;
	int64_t deadline = call->deadline, needed = clock_boot() + SAVE_TIME;
	int attempt;
	credence_rc rc;

	/* A person would have to come again for what is not saved now. */
	if (deadline != 0 && deadline < needed)
		call->deadline = needed;
	rc = store_save(session);

	for (attempt = 1; rc == CREDENCE_CONFLICT && attempt < SAVE_ATTEMPTS; attempt++) {
		rc = follow(session);
		if (rc == CREDENCE_SUCCESS)
			rc = store_save(session);
	}
	call->deadline = deadline;
	if (rc != CREDENCE_SUCCESS && session->record->refresh_token != NULL)
		slot_put(session);
	return rc;
}

static credence_rc received(struct session *session, struct request *request,
			    struct put_token *token, const struct entry *entry, const char *asked)
{
	struct record *record = NULL, *old;
	credence_rc rc = resolve_learn(session, "token answer");

	if (rc == CREDENCE_SUCCESS && session->lock.fd < 0)
		rc = replace_lock(session);
	if (rc == CREDENCE_SUCCESS)
		rc = begin_consent(session, entry->conf->use, &record);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	old = session->record;
	session->record = record;
	record_free(old);
	record->counted_at = request->made ? request->counted_at : 0;
	/* The access token that came with the code counts among this refresh token's. It is there,
	 * whatever was counted meanwhile. */
	if (request->used)
		rc = limits_note(session, record, LEDGER_ACCESS, NULL);
	if (rc == CREDENCE_SUCCESS && request->unattended)
		rc = outcome_unattended(session, entry, token);
	if (rc == CREDENCE_SUCCESS)
		rc = outcome_token(session, request, token, asked, "logged_in");
	return rc == CREDENCE_SUCCESS ? save_login(session) : rc;
}

credence_rc session_login(struct session *session, struct login_ask *ask, struct issued *issued)
{
	struct request request;
	struct buf scope = BUF_INIT;
	struct entry *entry = NULL;
	struct stack *stack;
	struct frame frame;
	credence_rc rc;

	request_init(&request, "token", prepare);
	frame_init(&frame);
	session->login = ask;
	session->request = &request;
	session->event_started = clock_boot();
	rc = resolve_to_act(session);
	if (rc == CREDENCE_SUCCESS)
		rc = sharing_scope(session, &scope);
	if (rc == CREDENCE_SUCCESS &&
	    (!attributes_set(&session->work.known, "scope", buf_text(&scope)) ||
	     !attributes_set(&session->work.known, "login.paste", ask->paste ? "yes" : NULL)))
		rc = call_oom(session->call);
	if (rc == CREDENCE_SUCCESS)
		rc = know_scope(session, buf_text(&scope));
	if (rc == CREDENCE_SUCCESS)
		rc = session_stack(session, CREDENCE_ROLE_GRANT, &stack);
	if (rc == CREDENCE_SUCCESS)
		rc = may_ask(session);
	if (rc == CREDENCE_SUCCESS)
		rc = walk(session->call, stack, WALK_READING, ask_acquire, &frame, &entry);
	if (rc == CREDENCE_SUCCESS)
		rc = request_finish(session, &frame);
	if (rc == CREDENCE_SUCCESS)
		rc = received(session, &request, &frame.token, entry, buf_text(&scope));
	/* Nothing came that could wait there, or it is where it belongs. */
	if (request.counted && (rc == CREDENCE_SUCCESS || !slot_waits(session)))
		slot_drop(session);
	/* It stays counted as asked for, but does not take the place of one that is alive. */
	if (request.counted_at != 0 && !request.made)
		limits_unmade(session, request.counted_at);
	credential_unlock(session);
	session->event = rc == CREDENCE_SUCCESS ? "logged_in" : "failed";
	if (rc == CREDENCE_SUCCESS)
		warn_scope(session, buf_text(&scope));
	rc = session_tell(session, rc);
	if (rc == CREDENCE_SUCCESS)
		replace_issue(session, issued);
	session->request = NULL;
	session->login = NULL;
	frame_done(&frame);
	request_done(&request);
	buf_done(&scope);
	return rc;
}
