/* SPDX-License-Identifier: MIT */
/* The miss; see renew.h. */
#include "core/renew/renew.h"

#include "core/os/clock.h"
#include "core/renew/begin.h"
#include "core/renew/client_auth.h"
#include "core/renew/intent.h"
#include "core/renew/outcome.h"
#include "core/renew/resolve.h"
#include "core/renew/send.h"
#include "core/renew/slot.h"
#include "core/session/credential_lock.h"
#include "core/session/judge.h"
#include "core/session/store.h"

#include <string.h>

#define HOST_POLL 300 /* ms between two looks at what another host does */

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

		if (entry_unattended(session->call, entry) == CREDENCE_SUCCESS) {
			*ret = entry;
			return true;
		}
		call_clear(session->call);
	}
	return false;
}

credence_rc renew_granting_entry(struct session *session, struct entry **entry)
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

	if (slot_waits(session))
		return true;
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

/* -- Under the lock -- */

/* An intent whose holder is gone. Its answer may wait in the slot; so may one of ours that another
 * host has given up since, and a login's, where there is no record yet. */
static credence_rc take_up(struct session *session)
{
	const struct record *record = session->record;

	if (record != NULL && record->intent.start.wall != 0 &&
	    intent_is_live(session, session->found, record)) {
		call_fail(session->call, CREDENCE_UNAVAIL, "host %s is renewing this credential",
			  record->intent.host != NULL ? record->intent.host : "?");
		call_code(session->call, "busy");
		session->busy_host = true;
		return CREDENCE_UNAVAIL;
	}
	session->lost_at = record != NULL ? record->intent.start.wall : 0;
	return slot_take_up(session);
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

/* In place of none, or of one that was made for another client and has no refresh token. */
static credence_rc start_record(struct session *session)
{
	struct record *record = NULL, *old = session->record;
	credence_rc rc = begin_record(session, &record);

	if (rc == CREDENCE_SUCCESS)
		rc = record_new_id(session->call, record);
	if (rc != CREDENCE_SUCCESS) {
		record_free(record);
		return rc;
	}
	session->record = record;
	record_free(old);
	return rc;
}

/* Which entry, and whether it starts from nothing. */
static credence_rc choose_entry(struct session *session, struct entry **entry, bool *acquire)
{
	const struct profile *profile = session->profile;
	struct record *record = session->record;
	bool foreign = record != NULL && judge_is_foreign(profile, record);
	credence_rc rc;

	/* Another client's refresh token is neither sent nor thrown away. */
	if (foreign && record->refresh_token != NULL)
		return judge_explain(session->call, profile, record);
	if (record != NULL && record->refresh_token != NULL && record->dead.at == 0) {
		*acquire = false;
		return renew_granting_entry(session, entry);
	}
	if (!renew_unattended(session, entry))
		return judge_explain(session->call, profile, record);
	*acquire = true;
	rc = record == NULL || foreign ? start_record(session) : CREDENCE_SUCCESS;
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
	rc = take_up(session);
	if (rc == CREDENCE_SUCCESS)
		rc = resolve_to_act(session);
	if (rc == CREDENCE_SUCCESS && session->record != NULL)
		rc = second_chance(session);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	judged = judge(session->profile, session->record, ask, NULL);
	if (judged == JUDGED_FRESH) {
		/* Another host did it; the caches of this one have not heard of it. */
		session->backfill = true;
		return CREDENCE_SUCCESS;
	}
	if (judged == JUDGED_LOGIN && !renew_unattended(session, &entry))
		return judge_explain(session->call, session->profile, session->record);
	rc = judge_ask(session->call, session->profile, session->record, ask);
	if (rc == CREDENCE_SUCCESS && session->record != NULL)
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
	struct wait wait = {session, ask};

	/* Whoever holds a token that is still good does not wait for the one who renews it. */
	if (judged == JUDGED_VALID && !ask->force) {
		credence_rc rc = credential_lock_try(session);

		return rc == CREDENCE_UNAVAIL ? CREDENCE_MISS : rc;
	}
	return credential_lock(session, somebody_did, &wait);
}

/* Another host is at it: its token will do, too. Whoever holds one that is still good does not wait
 * for it. busy: what was said of that. */
static bool wait_for_host(struct session *session, const struct token_ask *ask, int judged,
			  struct failure *busy)
{
	struct credence_call *call = session->call;
	bool waits = session->busy_host && !ask->force && judged != JUDGED_VALID;

	session->busy_host = false;
	if (!waits || call_time_left(call) <= HOST_POLL ||
	    call_wait(call, HOST_POLL) != CREDENCE_SUCCESS)
		return false;
	failure_done(busy);
	*busy = call_take_failure(call);
	return true;
}

static credence_rc run(struct session *session, const struct token_ask *ask, int judged,
		       struct failure *busy)
{
	credence_rc rc;

	do {
		rc = take_lock(session, ask, judged);
		if (rc == CREDENCE_MISS)
			return CREDENCE_SUCCESS;
		if (rc != CREDENCE_SUCCESS)
			return rc;
		rc = renew_locked(session, ask);
		credential_unlock(session);
	} while (rc != CREDENCE_SUCCESS &&
		 (wait_for_host(session, ask, judged, busy) || call_wait_out(session->call, rc)));
	return rc;
}

credence_rc renew(struct session *session, const struct token_ask *ask, int judged)
{
	struct failure busy = {.rc = CREDENCE_SUCCESS};
	credence_rc rc;

	session->event_started = clock_boot();
	rc = run(session, ask, judged, &busy);
	/* Whom it waited for says more than in what its time came to an end. */
	if (rc == CREDENCE_UNAVAIL && busy.rc == rc && call_time_left(session->call) <= 0)
		call_set_failure(session->call, &busy);
	failure_done(&busy);
	return rc;
}
