/* SPDX-License-Identifier: MIT */
/*
 * A first authorization, or a new one; and tokens that were obtained elsewhere. The old record
 * stays as it is until the new one is durable. The credential's lock is taken only when the code is
 * about to be sent: a person may take minutes before that.
 */
#include "core/renew/login.h"
#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/hash.h"
#include "core/os/text.h"
#include "core/renew/begin.h"
#include "core/renew/limits.h"
#include "core/renew/outcome.h"
#include "core/renew/renew.h"
#include "core/renew/request.h"
#include "core/renew/resolve.h"
#include "core/renew/sharing.h"
#include "core/session/credential_lock.h"
#include "core/session/events.h"
#include "core/session/judge.h"
#include "core/session/kept.h"
#include "core/session/store.h"

#include <inttypes.h>
#include <stdlib.h>
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

/* -- The new record -- */

/* The history outlives a consent. */
static void inherit(struct record *record, struct record *old)
{
	unsigned i;

	if (old == NULL)
		return;
	for (i = 0; i < old->outcome_count; i++)
		record->outcome[i] = old->outcome[i];
	record->outcome_count = old->outcome_count;
	old->outcome_count = 0; /* transferred */
}

static credence_rc new_record(struct session *session, const char *grant, struct record **ret)
{
	struct record *record = NULL;
	credence_rc rc = begin_record(session, &record);

	if (rc == CREDENCE_SUCCESS && !record_set(&record->grant, grant))
		rc = call_oom(session->call);
	if (rc != CREDENCE_SUCCESS) {
		record_free(record);
		return rc;
	}
	inherit(record, session->record);
	*ret = record;
	return rc;
}

static credence_rc load_replaceable(struct session *session)
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
static credence_rc load_old(struct session *session)
{
	credence_rc rc = load_replaceable(session);

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

static credence_rc lock_and_load(struct session *session)
{
	credence_rc rc = credential_lock(session, NULL, NULL);

	return rc == CREDENCE_SUCCESS ? load_old(session) : rc;
}

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
		rc = load_replaceable(session);
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
	credence_rc rc;

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
	credence_rc rc = lock_and_load(session);

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
	rc = load_old(session);
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
	return rc;
}

static credence_rc received(struct session *session, struct request *request,
			    struct put_token *token, const struct entry *entry, const char *asked)
{
	struct record *record = NULL, *old;
	credence_rc rc = resolve_learn(session, "token answer");

	if (rc == CREDENCE_SUCCESS && session->lock.fd < 0)
		rc = lock_and_load(session);
	if (rc == CREDENCE_SUCCESS)
		rc = new_record(session, entry->conf->use, &record);
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

static void issue(struct session *session, struct issued *issued)
{
	struct record *record = session->record;

	issued->record = record;
	issued->access = record_access(record, session->profile->scope, session->profile->resource);
	/* Granted less than asked: what there is, is shown. */
	if (issued->access == NULL && record->access_count > 0)
		issued->access = &record->access[0];
	issued->renewed = true;
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
	/* It stays counted as asked for, but does not take the place of one that is alive. */
	if (request.counted_at != 0 && !request.made)
		limits_unmade(session, request.counted_at);
	credential_unlock(session);
	session->event = rc == CREDENCE_SUCCESS ? "logged_in" : "failed";
	if (rc == CREDENCE_SUCCESS)
		warn_scope(session, buf_text(&scope));
	rc = session_tell(session, rc);
	if (rc == CREDENCE_SUCCESS)
		issue(session, issued);
	session->request = NULL;
	session->login = NULL;
	frame_done(&frame);
	request_done(&request);
	buf_done(&scope);
	return rc;
}

/* -- Import -- */

static credence_rc check_import(struct session *session, const struct import *import)
{
	struct credence_call *call = session->call;

	if (import->client_id != NULL &&
	    strcmp(import->client_id, session->profile->client_id) != 0) {
		call_fail(call, CREDENCE_CONFIG, "the tokens are of client %s, the profile's is %s",
			  import->client_id, session->profile->client_id);
		return CREDENCE_CONFIG;
	}
	if (import->refresh_token == NULL && import->access_token == NULL)
		return call_fail(call, CREDENCE_CONFIG, "there is no token in it");
	if ((import->refresh_token != NULL && !text_is_vschar(import->refresh_token)) ||
	    (import->access_token != NULL && !text_is_vschar(import->access_token)))
		return call_fail(call, CREDENCE_CONFIG,
				 "a token has characters in it that no token has");
	return CREDENCE_SUCCESS;
}

/* Servers that came with the tokens are believed as little as those that an answer names. */
static credence_rc learn_import(struct session *session, const struct import *import)
{
	struct attributes *known = &session->work.known;

	if (!attributes_set(known, "answer.location", import->location) ||
	    !attributes_set(known, "answer.accounts-server", import->accounts_server) ||
	    !attributes_set(known, "answer.api_domain", import->api_domain))
		return call_oom(session->call);
	return resolve_learn(session, "import");
}

/* Does the refresh token that is there go on? What comes brings no other, and is of the same
 * origin. One that the server refused goes on only if it is brought again. */
static bool goes_on(const struct session *session, const struct import *import)
{
	const struct record *there = session->record;

	if (there == NULL || there->refresh_token == NULL ||
	    judge_is_foreign(session->profile, there))
		return false;
	return import->refresh_token != NULL
		   ? strcmp(import->refresh_token, there->refresh_token) == 0
		   : there->dead.at == 0;
}

/* An access token of another data centre has another consent behind it; and a renewal that did not
 * come back may have left a newer refresh token in the slot. */
static credence_rc check_company(struct session *session, const struct import *import)
{
	struct credence_call *call = session->call;
	const struct record *there = session->record;
	const char *server = attributes_get(&session->work.known, "accounts_server");

	if (import->refresh_token != NULL)
		return CREDENCE_SUCCESS;
	if (there->accounts_server != NULL && server != NULL &&
	    strcmp(there->accounts_server, server) != 0) {
		call_fail(call, CREDENCE_CONFIG,
			  "the access token is of %s, the refresh token that is there of %s",
			  server, there->accounts_server);
		call_hint(call, "import the refresh token, too, or first: credence logout %s",
			  session->profile->name);
		return CREDENCE_CONFIG;
	}
	if (there->intent.start.wall == 0)
		return CREDENCE_SUCCESS;
	call_fail(call, CREDENCE_UNAVAIL, "a renewal of this credential has not come to its end");
	call_hint(call, "first: credence refresh %s", session->profile->name);
	return CREDENCE_UNAVAIL;
}

static credence_rc check_life(struct session *session, const struct import *import, int64_t life)
{
	struct credence_call *call = session->call;

	if (import->refresh_token != NULL || life > 0 || goes_on(session, import))
		return CREDENCE_SUCCESS;
	call_fail(call, CREDENCE_CONFIG,
		  import->expires_at == 0 ? "the access token comes without its expiry-time, and "
					    "there is no refresh token"
					  : "the access token has expired, and there is no refresh "
					    "token");
	call_hint(call,
		  "credence export --with-secrets writes the refresh token, too; or: credence "
		  "login %s",
		  session->profile->name);
	return CREDENCE_CONFIG;
}

static bool is_there(const struct record *there, const char *access_token)
{
	unsigned i;

	for (i = 0; there != NULL && i < there->access_count; i++)
		if (strcmp(there->access[i].token, access_token) == 0)
			return true;
	return false;
}

/* The server counts what it made, whoever asked for it; the same one twice is still one. */
static credence_rc count_import(struct session *session, const struct import *import,
				struct record *record)
{
	const struct record *there = session->record;
	credence_rc rc = CREDENCE_SUCCESS;

	if (import->refresh_token != NULL && !goes_on(session, import))
		rc = limits_note(session, record, LEDGER_REFRESH, &record->counted_at);
	if (rc == CREDENCE_SUCCESS && import->access_token != NULL &&
	    !is_there(there, import->access_token))
		rc = limits_note(session, record, LEDGER_ACCESS, NULL);
	return rc;
}

/* What the tokens are put into, counted: the record that is there where its refresh token goes on,
 * else a new one. */
static credence_rc import_into(struct session *session, const struct import *import)
{
	struct record *record = session->record, *old = NULL;
	struct stack *grants;
	credence_rc rc = session_stack(session, CREDENCE_ROLE_GRANT, &grants);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (!goes_on(session, import)) {
		old = record;
		rc = new_record(session, grants->entry[0].conf->use, &record);
	} else if (import->refresh_token != NULL &&
		   !record_set(&record->grant, grants->entry[0].conf->use)) {
		rc = call_oom(session->call);
	}
	if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = count_import(session, import, record);
	session->record = record;
	record_free(old);
	return rc;
}

static credence_rc import_record(struct session *session, const struct import *import,
				 const char *scope)
{
	int64_t now = clock_wall(), life = import->expires_at > now ? import->expires_at - now : 0;
	struct put_token token = {.access_token = (char *)import->access_token,
				  .token_type = (char *)import->token_type,
				  .refresh_token = (char *)import->refresh_token,
				  .expires_in = life < TOKEN_LIFE_MAX ? life : TOKEN_LIFE_MAX};
	struct request request;
	credence_rc rc = check_life(session, import, life);

	if (rc == CREDENCE_SUCCESS && goes_on(session, import))
		rc = check_company(session, import);
	if (rc == CREDENCE_SUCCESS)
		rc = import_into(session, import);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	request_init(&request, "token", NULL);
	moment_now(&request.started);
	/* Without a life the access token is not kept: the refresh token makes a new one. */
	if (token.access_token == NULL || life == 0) {
		token.access_token = (char *)"-";
		token.expires_in = 1;
	}
	rc = outcome_token(session, &request, &token, import->scope != NULL ? import->scope : scope,
			   "imported");
	if (rc == CREDENCE_SUCCESS && token.expires_in == 1)
		record_drop_access(session->record);
	return rc == CREDENCE_SUCCESS ? store_save(session) : rc;
}

credence_rc session_import(struct session *session, const struct import *import,
			   struct issued *issued)
{
	struct buf scope = BUF_INIT;
	credence_rc rc = check_import(session, import);

	session->event_started = clock_boot();
	if (rc == CREDENCE_SUCCESS)
		rc = resolve_to_act(session);
	if (rc == CREDENCE_SUCCESS)
		rc = sharing_scope(session, &scope);
	if (rc == CREDENCE_SUCCESS && scope.failed)
		rc = call_oom(session->call);
	if (rc == CREDENCE_SUCCESS)
		rc = lock_and_load(session);
	/* A refresh token that goes on stays at home where it is. */
	if (rc == CREDENCE_SUCCESS && goes_on(session, import))
		rc = resolve(session);
	if (rc == CREDENCE_SUCCESS)
		rc = learn_import(session, import);
	if (rc == CREDENCE_SUCCESS)
		rc = import_record(session, import, buf_text(&scope));
	credential_unlock(session);
	buf_done(&scope);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	session->event = "logged_in";
	rc = session_tell(session, rc);
	if (rc == CREDENCE_SUCCESS)
		issue(session, issued);
	return rc;
}
