/* SPDX-License-Identifier: MIT */
/* The miss; see renew.h. */
#include "core/renew/renew.h"

#include "core/os/clock.h"
#include "core/os/secret.h"
#include "core/os/text.h"
#include "core/renew/client_auth.h"
#include "core/renew/limits.h"
#include "core/renew/outcome.h"
#include "core/renew/request.h"
#include "core/renew/resolve.h"
#include "core/renew/slot.h"
#include "core/session/judge.h"
#include "core/session/store.h"

#include <string.h>
#include <unistd.h>

#define CLOCK_SKEW    (120 * CLOCK_SECOND) /* between hosts */
#define HOLDER_TIME   CLOCK_MINUTE         /* an intent's deadline where the call has none */
#define SAVE_ATTEMPTS 3

/* -- Who does it -- */

bool renew_unattended(struct session *session, struct entry **ret)
{
	struct stack *stack;
	unsigned i;

	if (session_stack(session, CREDENCE_ROLE_GRANT, &stack) != CREDENCE_SUCCESS) {
		call_clear(session->call);
		return false;
	}
	for (i = 0; i < stack->count; i++) {
		struct entry *entry = &stack->entry[i];

		if (entry_load(session->call, entry) != CREDENCE_SUCCESS)
			call_clear(session->call);
		else if ((entry->module->ops.grant.flags & CREDENCE_GRANT_UNATTENDED) != 0) {
			*ret = entry;
			return true;
		}
	}
	return false;
}

/* The entry that acquired the record: renew goes to that one and no other. */
static credence_rc granting_entry(struct session *session, struct entry **entry)
{
	struct stack *stack;
	unsigned i;
	credence_rc rc = session_stack(session, CREDENCE_ROLE_GRANT, &stack);

	for (i = 0; rc == CREDENCE_SUCCESS && i < stack->count; i++)
		if (session->record->grant != NULL &&
		    strcmp(stack->entry[i].conf->use, session->record->grant) == 0) {
			*entry = &stack->entry[i];
			return entry_load(session->call, *entry);
		}
	if (rc != CREDENCE_SUCCESS)
		return rc;
	setting_fail(session->call, profile_own(session->profile, "grant"),
		     "the token was acquired by grant %s, which the profile no longer lists",
		     session->record->grant != NULL ? session->record->grant : "?");
	call_hint(session->call, "put it back, or: credence login %s", session->profile->name);
	return CREDENCE_CONFIG;
}

bool renew_may_help(struct session *session)
{
	const struct record *record = session->record;
	char check[17];
	bool changed;

	if (record == NULL || record->dead.at == 0 || record->refresh_token == NULL)
		return false;
	if ((session->call->flags & CALL_FORCE) != 0)
		return true;
	/* Which of several secrets counts depends on where the credential is at home. */
	if (record->client_check == NULL ||
	    !attributes_set(&session->work.known, "location", record->location))
		return false;
	changed = client_check(session, check) == CREDENCE_SUCCESS &&
		  strcmp(check, record->client_check) != 0;
	call_clear(session->call);
	return changed;
}

/* -- The request -- */

static bool may_rotate(const struct session *session)
{
	const char *rotation = setting_string(profile_find(session->profile, "rotation"));

	return rotation == NULL || strcmp(rotation, "never") != 0;
}

static bool write_intent(struct session *session)
{
	struct record *record = session->record;
	char host[65] = "";

	gethostname(host, sizeof(host) - 1);
	moment_now(&record->intent.start);
	record->intent.pid = getpid();
	record->intent.deadline = record->intent.start.wall + HOLDER_TIME;
	return record_set(&record->intent.host, host) &&
	       record_set(&record->intent.parent, record->id != NULL ? record->id : "");
}

/* Everything that must be durable before the first byte leaves: the count, and who is about to
 * send. Saving them also proves that the answer can be saved. */
static credence_rc prepare(struct session *session)
{
	credence_rc rc = limits_count(session, session->record, LEDGER_ACCESS);

	if (rc == CREDENCE_SUCCESS && !write_intent(session))
		rc = call_oom(session->call);
	if (rc == CREDENCE_SUCCESS)
		rc = store_save(session);
	if (rc == CREDENCE_SUCCESS && may_rotate(session))
		rc = slot_prepare(session);
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

/* Saves what was received. If somebody wrote in between (by hand, or over a lost lock), the token
 * is put on top of what they wrote: what was received is never thrown away. */
static credence_rc save_received(struct session *session)
{
	credence_rc rc = store_save(session);
	int attempt;

	for (attempt = 1; rc == CREDENCE_CONFLICT && attempt < SAVE_ATTEMPTS; attempt++) {
		struct record *ours = session->record;

		session->record = NULL;
		call_clear(session->call);
		rc = store_load(session);
		ours->revision = session->record != NULL ? session->record->revision : 0;
		record_free(session->record);
		session->record = ours;
		if (rc == CREDENCE_SUCCESS || rc == CREDENCE_MISS)
			rc = store_save(session);
	}
	if (rc != CREDENCE_SUCCESS && may_rotate(session)) {
		struct failure failure = call_take_failure(session->call);

		if (slot_put(session) == CREDENCE_SUCCESS)
			call_log(
			    session->call, CREDENCE_LOG_WARNING,
			    "the new token waits in memory until the store works again; do not "
			    "reboot before that");
		call_clear(session->call);
		call_set_failure(session->call, &failure);
	} else if (may_rotate(session)) {
		slot_drop(session);
	}
	return rc;
}

static void failed(struct session *session, struct request *request, credence_rc rc)
{
	struct failure failure;

	session->event = rc == CREDENCE_LIMITED ? "limited" : "failed";
	/* Refused before anything was written: the record is as it was. */
	if (!session->work.sent && request->http_status == 0 && request->duration == 0)
		return;
	if (session->call->failure.hint == NULL)
		call_hint(session->call,
			  "the credential is kept; credence status -v %s shows how "
			  "the last requests went",
			  session->profile->name);
	outcome_failure(session, request, rc);
	failure = call_take_failure(session->call);
	if ((request->refresh_token != NULL ? save_received(session) : store_save(session)) !=
	    CREDENCE_SUCCESS)
		call_log(session->call, CREDENCE_LOG_WARNING, "the failure was not noted: %s",
			 session->call->failure.message);
	call_clear(session->call);
	call_set_failure(session->call, &failure);
}

static credence_rc received(struct session *session, struct request *request,
			    const struct put_token *token)
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
	rc = outcome_token(session, request, token,
			   session->record->scope != NULL ? session->record->scope
							  : session->profile->scope,
			   "renewed");
	if (rc == CREDENCE_SUCCESS)
		rc = save_received(session);
	session->event = rc == CREDENCE_SUCCESS ? "renewed" : "failed";
	return rc;
}

static credence_rc send_once(struct session *session, struct entry *entry, bool acquire, bool *lost)
{
	struct request request;
	struct frame frame;
	credence_rc rc;

	request_init(&request, acquire ? "token" : "refresh", prepare);
	frame_init(&frame);
	session->request = &request;
	session->work.sent = false;
	session->work.refresh_token = session->record->refresh_token;
	rc = request_prepare(session);
	if (rc == CREDENCE_SUCCESS)
		rc = ask_grant(session, entry, acquire, &frame);
	if (rc == CREDENCE_SUCCESS && request.started.wall == 0)
		moment_now(&request.started); /* the grant asked somebody else than a server */
	*lost = rc != CREDENCE_SUCCESS && outcome_is_lost(session, &request);
	if (rc == CREDENCE_SUCCESS)
		rc = received(session, &request, &frame.token);
	else
		failed(session, &request, rc);
	session->request = NULL;
	session->work.refresh_token = NULL;
	frame_done(&frame);
	request_done(&request);
	return rc;
}

/* Where the refresh token may have been replaced by an answer that never came, the same token is
 * sent once more, at once: within the provider's reuse window it gives the same answer again. */
static credence_rc send_request(struct session *session, struct entry *entry, bool acquire)
{
	bool lost;
	credence_rc rc = send_once(session, entry, acquire, &lost);

	if (!lost || !may_rotate(session) || call_cancelled(session->call) ||
	    call_time_left(session->call) < CLOCK_SECOND)
		return rc;
	session->found_intent = true;
	call_clear(session->call);
	return send_once(session, entry, acquire, &lost);
}

/* -- Under the lock -- */

/* An intent whose holder is gone. Its answer may wait in the slot. */
static credence_rc take_up_intent(struct session *session)
{
	struct record *record = session->record;
	char host[65] = "";

	if (record->intent.start.wall == 0)
		return CREDENCE_SUCCESS;
	gethostname(host, sizeof(host) - 1);
	if (record->intent.host != NULL && strcmp(record->intent.host, host) != 0 &&
	    clock_wall() < record->intent.deadline + CLOCK_SKEW) {
		call_fail(session->call, CREDENCE_UNAVAIL, "host %s is renewing this credential",
			  record->intent.host);
		call_code(session->call, "busy");
		return CREDENCE_UNAVAIL;
	}
	session->found_intent = true;
	if (!slot_take(session))
		return CREDENCE_SUCCESS;
	if (store_save(session) != CREDENCE_SUCCESS)
		return session->call->failure.rc;
	slot_drop(session);
	return CREDENCE_SUCCESS;
}

/* A changed secret gives the credential another chance; so does --force. */
static credence_rc second_chance(struct session *session)
{
	struct record *record = session->record;
	char check[17];
	credence_rc rc = client_check(session, check);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if ((session->call->flags & CALL_FORCE) != 0 ||
	    (record->client_check != NULL && strcmp(record->client_check, check) != 0)) {
		int64_t until =
		    record->not_before.status == STATUS_UNAVAIL ? record->not_before.until : 0;

		/* What the server asked for still holds. */
		if (until == 0)
			outcome_forgive(record);
		else
			record->dead.at = 0;
	}
	return record_set(&record->client_check, check) ? CREDENCE_SUCCESS
							: call_oom(session->call);
}

static credence_rc start_record(struct session *session)
{
	const struct profile *profile = session->profile;

	session->record = record_new();
	if (session->record == NULL ||
	    !record_set(&session->record->credential, profile->credential) ||
	    !record_set(&session->record->provider, profile->provider_name) ||
	    !record_set(&session->record->client_id, profile->client_id) ||
	    !record_set(&session->record->owner, profile->owner))
		return call_oom(session->call);
	return record_new_id(session->call, session->record);
}

/* Which entry, and whether it starts from nothing. */
static credence_rc choose_entry(struct session *session, struct entry **entry, bool *acquire)
{
	struct record *record = session->record;
	credence_rc rc;

	if (record != NULL && record->refresh_token != NULL && record->dead.at == 0) {
		*acquire = false;
		return granting_entry(session, entry);
	}
	if (!renew_unattended(session, entry))
		return judge_explain(session->call, session->profile, record);
	*acquire = true;
	rc = record == NULL ? start_record(session) : CREDENCE_SUCCESS;
	if (rc == CREDENCE_SUCCESS && !record_set(&session->record->grant, (*entry)->conf->use))
		rc = call_oom(session->call);
	return rc;
}

/* The record is read again under the lock, and whether there is anything left to do. */
static credence_rc renew_locked(struct session *session, const struct token_ask *ask)
{
	struct entry *entry = NULL;
	bool acquire = false;
	credence_rc rc = store_load(session);
	int judged;

	if (rc == CREDENCE_MISS)
		call_clear(session->call);
	else if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = resolve(session);
	if (rc == CREDENCE_SUCCESS)
		rc = resolve_check_paths(session);
	if (rc == CREDENCE_SUCCESS && session->record != NULL)
		rc = take_up_intent(session);
	if (rc == CREDENCE_SUCCESS && session->record != NULL)
		rc = second_chance(session);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	judged = judge(session->profile, session->record, ask, NULL);
	if (judged == JUDGED_FRESH)
		return CREDENCE_SUCCESS;
	if (judged == JUDGED_LOGIN && !renew_unattended(session, &entry))
		return judge_explain(session->call, session->profile, session->record);
	if (session->record != NULL)
		rc = judge_not_before(session->call, session->record);
	if (rc == CREDENCE_SUCCESS)
		rc = choose_entry(session, &entry, &acquire);
	return rc == CREDENCE_SUCCESS ? send_request(session, entry, acquire) : rc;
}

/* -- The lock -- */

struct wait {
	struct session *session;
	const struct token_ask *ask;
};

/* While another process holds the lock: has it left a token that will do? */
static bool somebody_did(struct credence_call *call, void *data)
{
	struct wait *wait = data;
	credence_rc rc;

	if (wait->ask->force)
		return false;
	rc = store_search(wait->session, wait->ask);
	call_clear(call);
	return rc == CREDENCE_SUCCESS;
}

static credence_rc take_lock(struct session *session, const struct token_ask *ask, int judged)
{
	const struct profile *profile = session->profile;
	struct wait wait = {session, ask};

	/* Whoever holds a token that is still good does not wait for the one who renews it. */
	if (judged == JUDGED_VALID && !ask->force) {
		credence_rc rc = lock_try(session->call, &session->lock, profile->state_dir,
					  profile->credential);

		return rc == CREDENCE_UNAVAIL ? CREDENCE_MISS : rc;
	}
	return lock_wait(session->call, &session->lock, profile->state_dir, profile->credential,
			 somebody_did, &wait);
}

/* --wait: limits, throttling and a server that is away are waited for, without the lock. */
static bool wait_out(struct session *session, credence_rc rc)
{
	struct credence_call *call = session->call;
	int64_t ms = call->failure.retry_after;

	if ((call->flags & CALL_WAIT) == 0 || ms <= 0 ||
	    (rc != CREDENCE_LIMITED && rc != CREDENCE_UNAVAIL) || ms > call_time_left(call))
		return false;
	call_progress(call, call->failure.message, clock_boot());
	if (call_wait(call, ms) != CREDENCE_SUCCESS)
		return false;
	call_progress(call, NULL, 0);
	call_clear(call);
	return true;
}

credence_rc renew(struct session *session, const struct token_ask *ask, int judged)
{
	credence_rc rc;

	session->event_started = clock_boot();
	do {
		rc = take_lock(session, ask, judged);
		if (rc == CREDENCE_MISS)
			return CREDENCE_SUCCESS;
		if (rc != CREDENCE_SUCCESS)
			return rc;
		rc = renew_locked(session, ask);
		lock_release(&session->lock);
	} while (rc != CREDENCE_SUCCESS && wait_out(session, rc));
	return rc;
}
