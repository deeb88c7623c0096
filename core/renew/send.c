/* SPDX-License-Identifier: MIT */
/* One renewal's request and what is made of its answer; see send.h. */
#include "core/renew/send.h"

#include "core/os/clock.h"
#include "core/os/secret.h"
#include "core/os/text.h"
#include "core/renew/intent.h"
#include "core/renew/limits.h"
#include "core/renew/outcome.h"
#include "core/renew/request.h"
#include "core/renew/resolve.h"
#include "core/renew/slot.h"
#include "core/session/store.h"

#include <string.h>

#define SAVE_ATTEMPTS 3

/* -- The request -- */

static bool is_rotating(const struct session *session)
{
	const char *rotation = setting_string(profile_find(session->profile, "rotation"));

	return rotation == NULL || strcmp(rotation, "never") != 0;
}

/* May the answer to the request that is made replace the refresh token? */
static bool may_rotate(const struct session *session)
{
	return !session->request->acquire && is_rotating(session);
}

/* Everything that must be durable before the first byte leaves: the count, and who is about to
 * send. Saving them also proves that the answer can be saved. */
static credence_rc prepare(struct session *session)
{
	credence_rc rc = limits_count(session, session->record, LEDGER_ACCESS, NULL);

	if (rc == CREDENCE_SUCCESS && !intent_set(session))
		rc = call_oom(session->call);
	if (rc == CREDENCE_SUCCESS)
		rc = store_note(session);
	session->request->noted = rc == CREDENCE_SUCCESS;
	/* Another host was first with its intent: its token will do. */
	session->busy_host = rc == CREDENCE_CONFLICT;
	if (rc == CREDENCE_SUCCESS && may_rotate(session) && !slot_prepare(session))
		call_log(
		    session->call, CREDENCE_LOG_WARNING,
		    "no emergency slot in memory; if the store fills up during this renewal, a "
		    "new login is needed");
	return rc;
}

/* The grant's own way, or the ordinary one of RFC 6749 section 6. */
static credence_rc ask_grant(struct session *session, struct entry *entry, bool acquire,
			     struct frame *frame)
{
	struct credence_call *call = session->call;
	const struct credence_param params[] = {
	    {"grant_type", "refresh_token"},
	    {"refresh_token", session->record->refresh_token},
	};
	credence_rc rc;

	if (acquire)
		return entry_acquire(call, entry, frame);
	if (entry->module->ops.grant.renew != NULL)
		return entry_renew(call, entry, frame);
	frame->entry = entry;
	frame->method = "renew";
	frame->outer = session->work.frame;
	session->work.frame = frame;
	rc = request_token(call, params, 2);
	session->work.frame = frame->outer;
	return rc;
}

/* -- After it -- */

/* Somebody wrote in between. MISS: what they wrote needs nothing of ours. A credential that was
 * erased meanwhile stays so. */
static credence_rc after_conflict(struct session *session)
{
	struct record *ours = session->record;
	credence_rc rc;

	session->record = NULL;
	call_clear(session->call);
	rc = store_load(session);
	if (rc == CREDENCE_SUCCESS)
		return outcome_merge(&session->record, ours) ? rc : CREDENCE_MISS;
	if (rc != CREDENCE_MISS) {
		session->record = ours;
		return rc;
	}
	record_free(ours);
	slot_drop(session);
	call_clear(session->call);
	call_fail(session->call, CREDENCE_LOGIN,
		  "the credential was erased while it was being renewed, and stays so");
	call_hint(session->call, "credence login %s", session->profile->name);
	return CREDENCE_LOGIN;
}

/* Saves what was received. Whoever wrote in between (over a lock that was lost, or by hand),
 * nothing received is thrown away that may still be needed. */
static credence_rc save_received(struct session *session)
{
	credence_rc rc = store_save(session);
	int attempt;

	for (attempt = 1; rc == CREDENCE_CONFLICT && attempt < SAVE_ATTEMPTS; attempt++) {
		rc = after_conflict(session);
		if (rc == CREDENCE_SUCCESS)
			rc = store_save(session);
		else if (rc == CREDENCE_MISS)
			rc = CREDENCE_SUCCESS;
	}
	if (session->record == NULL)
		return rc;
	if (rc != CREDENCE_SUCCESS && may_rotate(session))
		slot_put(session);
	else if (may_rotate(session))
		slot_drop(session);
	return rc;
}

/* What went wrong is noted in the record; where somebody wrote in between, theirs is better than a
 * note. */
static void save_failure(struct session *session, const struct request *request)
{
	credence_rc rc =
	    request->refresh_token != NULL ? save_received(session) : store_note(session);

	if (rc == CREDENCE_CONFLICT) {
		call_clear(session->call);
		rc = store_load(session);
	}
	if (rc != CREDENCE_SUCCESS)
		call_log(session->call, CREDENCE_LOG_WARNING, "the failure was not noted: %s",
			 session->call->failure.message);
}

/* The same, and the call keeps the error that it has. */
static void note_failure(struct session *session, const struct request *request)
{
	struct failure failure = call_take_failure(session->call);

	save_failure(session, request);
	call_clear(session->call);
	call_set_failure(session->call, &failure);
}

static void failed(struct session *session, struct request *request, credence_rc rc)
{
	/* Nothing was sent, and nothing failed. */
	if (session->busy_host)
		return;
	session->event = rc == CREDENCE_LIMITED ? "limited" : "failed";
	/* Refused before anything was written, or for what this host lacks: the record is as it
	 * was. What a program met counts as an answer if asking again at once is of no use. */
	if (!session->work.sent && request->http_status == 0 &&
	    (request->duration == 0 || rc == CREDENCE_ERROR || rc == CREDENCE_CONFIG) &&
	    !(session->work.ran && outcome_is_delayed(rc))) {
		if (!request->noted)
			return;
		/* Nobody was about to send, after all: no other host has to wait. */
		intent_clear(session->record);
		note_failure(session, request);
		return;
	}
	if (session->call->failure.hint == NULL)
		call_hint(session->call,
			  "the credential is kept; credence status -v %s shows how "
			  "the last requests went",
			  session->profile->name);
	outcome_failure(session, request, rc);
	/* Without it the newest would be meant, and it may be refused again with --force. */
	if (session->record->dead.at != 0 && session->record->counted_at != 0)
		limits_dead(session);
	note_failure(session, request);
}

/* A client that is granted less than it asks for gets the same answer again: it is not asked
 * anew at once. The token is there for profiles that need no more. */
static credence_rc check_granted(struct session *session)
{
	const struct record *record = session->record;
	struct buf missing = BUF_INIT;
	credence_rc rc = CREDENCE_SUCCESS;

	text_words_missing(&missing, record->scope, session->profile->scope);
	if (record->scope != NULL && record->scope[0] != '\0' && missing.length > 0) {
		rc = call_fail(session->call, CREDENCE_DENIED, "the server did not grant scope %s",
			       buf_text(&missing));
		call_code(session->call, "insufficient_scope");
		call_hint(session->call,
			  "have it granted to the client, or take it out of the profile's scope");
		outcome_delay(session, rc);
	}
	buf_done(&missing);
	return rc;
}

static credence_rc keep_token(struct session *session, struct request *request, struct entry *entry,
			      struct put_token *token)
{
	const char *asked = session->record->scope;
	struct failure failure;
	credence_rc rc = CREDENCE_SUCCESS, granted = CREDENCE_SUCCESS;

	if (request->acquire)
		rc = outcome_unattended(session, entry, token);
	if (request->acquire || asked == NULL)
		asked = session->profile->scope;
	if (rc == CREDENCE_SUCCESS)
		rc = outcome_token(session, request, token, asked, "renewed");
	if (rc == CREDENCE_SUCCESS && request->acquire)
		granted = check_granted(session);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	failure = call_take_failure(session->call);
	rc = save_received(session);
	if (rc == CREDENCE_SUCCESS)
		call_set_failure(session->call, &failure);
	else
		failure_done(&failure);
	return rc == CREDENCE_SUCCESS ? granted : rc;
}

static credence_rc received(struct session *session, struct request *request, struct entry *entry,
			    struct put_token *token)
{
	credence_rc rc = resolve_learn(session, "token answer");

	/* A place that is not in the table is not believed, and its access token not used: what is
	 * there stays, but for a refresh token that replaced it. */
	if (rc != CREDENCE_SUCCESS) {
		if (token->refresh_token != NULL)
			request->refresh_token = secret_strdup(token->refresh_token);
		failed(session, request, rc);
		return rc;
	}
	rc = keep_token(session, request, entry, token);
	session->event = rc == CREDENCE_SUCCESS ? "renewed" : "failed";
	return rc;
}

/* Where no person has a part, none can log in again: what the server refuses is the admin's to
 * mend, and it is asked again after a while. */
static credence_rc nobody_to_ask(struct session *session)
{
	struct failure *failure = &session->call->failure;

	failure->rc = CREDENCE_DENIED;
	failure->status = STATUS_REFUSED;
	call_hint(session->call,
		  "check the client, its key and what the server lets it do; then: credence "
		  "refresh --force %s",
		  session->profile->name);
	return CREDENCE_DENIED;
}

static credence_rc send_once(struct session *session, struct entry *entry, bool acquire, bool *lost)
{
	struct request request;
	struct frame frame;
	credence_rc rc;

	request_init(&request, acquire ? "token" : "refresh", prepare);
	request.acquire = acquire;
	frame_init(&frame);
	session->request = &request;
	session->work.sent = session->work.ran = false;
	session->work.refresh_token = session->record->refresh_token;
	if (session->record->access_count > 0)
		session->work.access_token = session->record->access[0].token;
	/* What acquires a token some other way than by a request of ours does not count as one. */
	rc = acquire ? CREDENCE_SUCCESS : request_prepare(session);
	if (rc == CREDENCE_SUCCESS)
		rc = ask_grant(session, entry, acquire, &frame);
	if (rc == CREDENCE_LOGIN && acquire && request.answered)
		rc = nobody_to_ask(session);
	if (rc == CREDENCE_SUCCESS)
		rc = request_finish(session, &frame);
	*lost = rc != CREDENCE_SUCCESS && outcome_is_lost(session, &request);
	if (rc == CREDENCE_SUCCESS)
		rc = received(session, &request, entry, &frame.token);
	else
		failed(session, &request, rc);
	session->request = NULL;
	session->work.refresh_token = session->work.access_token = NULL;
	frame_done(&frame);
	request_done(&request);
	return rc;
}

/* Is there a refresh token that the refused one was not? */
static bool has_another(const struct session *session, const char *refused)
{
	const struct record *record = session->record;

	return record != NULL && record->dead.at == 0 && record->refresh_token != NULL &&
	       strcmp(record->refresh_token, refused) != 0;
}

/* Once: a spare, or what another host has saved since. */
static credence_rc send_and_try_other(struct session *session, struct entry *entry, bool acquire,
				      bool *lost)
{
	char *sent = secret_strdup(session->record->refresh_token != NULL && !acquire
				       ? session->record->refresh_token
				       : "");
	credence_rc rc =
	    sent != NULL ? send_once(session, entry, acquire, lost) : call_oom(session->call);

	if (rc == CREDENCE_LOGIN && !acquire && has_another(session, sent)) {
		call_clear(session->call);
		rc = send_once(session, entry, acquire, lost);
	}
	secret_free(sent);
	return rc;
}

credence_rc send_request(struct session *session, struct entry *entry, bool acquire)
{
	bool lost = false;
	credence_rc rc = send_and_try_other(session, entry, acquire, &lost);

	/* Who starts from nothing has lost nothing. */
	if (!lost || acquire || !is_rotating(session) || call_cancelled(session->call) ||
	    call_time_left(session->call) < CLOCK_SECOND)
		return rc;
	if (session->lost_at == 0)
		session->lost_at = session->record->intent.start.wall;
	call_clear(session->call);
	return send_and_try_other(session, entry, acquire, &lost);
}
