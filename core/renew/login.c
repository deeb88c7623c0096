/* SPDX-License-Identifier: MIT */
/*
 * A first authorization, or a new one; and tokens that were obtained elsewhere. The old record
 * stays as it is until the new one is durable. The credential's lock is taken only when the code is
 * about to be sent: a person may take minutes before that.
 */
#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/text.h"
#include "core/renew/client_auth.h"
#include "core/renew/limits.h"
#include "core/renew/outcome.h"
#include "core/renew/request.h"
#include "core/renew/resolve.h"
#include "core/renew/sharing.h"
#include "core/session/events.h"
#include "core/session/judge.h"
#include "core/session/session.h"
#include "core/session/store.h"

#include <stdlib.h>
#include <string.h>

static credence_rc know_scope(struct session *session, const char *scope)
{
	const char *separator = setting_string(profile_find(session->profile, "scope_separator"));
	struct buf joined = BUF_INIT;
	bool ok;

	for (; *scope != '\0'; scope++) {
		if (*scope == ' ')
			buf_str(&joined, separator != NULL ? separator : " ");
		else
			buf_char(&joined, *scope);
	}
	ok = buf_ok(&joined) || joined.length == 0;
	ok = ok && attributes_set(&session->work.known, "request_scope", buf_text(&joined));
	buf_done(&joined);
	return ok ? CREDENCE_SUCCESS : call_oom(session->call);
}

/* -- The new record -- */

/* Keeps from the old record what outlives a consent: its revision, its history, its generation. */
static void inherit(struct record *record, struct record *old)
{
	unsigned i;

	if (old == NULL)
		return;
	record->revision = old->revision;
	record->generation = old->generation;
	for (i = 0; i < old->outcome_count; i++)
		record->outcome[i] = old->outcome[i];
	record->outcome_count = old->outcome_count;
	old->outcome_count = 0; /* transferred */
}

static credence_rc new_record(struct session *session, const char *grant, struct record **ret)
{
	const struct profile *profile = session->profile;
	struct record *record = record_new();
	char check[17] = "";
	credence_rc rc;

	if (record == NULL)
		return call_oom(session->call);
	rc = client_check(session, check);
	if (rc == CREDENCE_SUCCESS &&
	    (!record_set(&record->credential, profile->credential) ||
	     !record_set(&record->provider, profile->provider_name) ||
	     !record_set(&record->client_id, profile->client_id) ||
	     !record_set(&record->owner, profile->owner) || !record_set(&record->grant, grant) ||
	     !record_set(&record->client_check, check)))
		rc = call_oom(session->call);
	if (rc == CREDENCE_SUCCESS) {
		inherit(record, session->record);
		*ret = record;
		return rc;
	}
	record_free(record);
	return rc;
}

/* Under the lock. A damaged record does not keep anyone from logging in again: it is erased, which
 * is what its owner has been told to expect. One that somebody else can still read (sealed, of a
 * newer version, on a disk that fails) is left alone. */
static credence_rc load_old(struct session *session)
{
	credence_rc rc = store_load(session);

	if (rc == CREDENCE_SUCCESS && session->record->major > RECORD_MAJOR) {
		call_fail_status(session->call, STATUS_STORE, CREDENCE_ERROR,
				 "the record was written by a newer credence; it is not replaced");
		call_hint(session->call, "upgrade credence on this host");
		return CREDENCE_ERROR;
	}
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
	credence_rc rc = lock_wait(session->call, &session->lock, session->profile->state_dir,
				   session->profile->credential, NULL, NULL);

	return rc == CREDENCE_SUCCESS ? load_old(session) : rc;
}

/* Right before a code is sent. Counting is a save to the same store, so it also proves that what
 * comes back can be kept; where nothing is counted elsewhere, the old record is saved as it is. */
static credence_rc prepare(struct session *session)
{
	credence_rc rc = lock_and_load(session);

	if (rc == CREDENCE_SUCCESS && session->record != NULL)
		rc = store_save(session);
	if (rc == CREDENCE_SUCCESS)
		rc = limits_count(session, session->record, LEDGER_REFRESH);
	return rc;
}

/* -- Login -- */

static credence_rc ask_acquire(struct credence_call *call, struct entry *entry, void *data)
{
	struct frame *frame = data;
	credence_rc rc;

	frame_done(frame);
	frame_init(frame);
	rc = entry_acquire(call, entry, frame);
	return rc;
}

static void warn_scope(struct session *session, const char *asked)
{
	struct buf missing = BUF_INIT;

	text_words_missing(&missing, session->record->scope, asked);
	if (missing.length > 0)
		call_log(session->call, CREDENCE_LOG_WARNING,
			 "granted less than was asked for: no %s", buf_text(&missing));
	buf_done(&missing);
	if (session->record->refresh_token == NULL)
		call_log(
		    session->call, CREDENCE_LOG_WARNING,
		    "the server gave no refresh token: a person is needed again when this token "
		    "expires");
}

static credence_rc received(struct session *session, struct request *request,
			    const struct put_token *token, const char *grant, const char *asked)
{
	struct record *record = NULL, *old;
	credence_rc rc = resolve_learn(session, "token answer");

	if (rc == CREDENCE_SUCCESS && session->lock.fd < 0)
		rc = lock_and_load(session);
	if (rc == CREDENCE_SUCCESS)
		rc = new_record(session, grant, &record);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	old = session->record;
	session->record = record;
	record_free(old);
	if (request->started.wall == 0)
		moment_now(&request->started);
	/* The access token that came with the code counts among this refresh token's. */
	rc = limits_count(session, record, LEDGER_ACCESS);
	if (rc == CREDENCE_SUCCESS)
		rc = outcome_token(session, request, token, asked, "logged_in");
	if (rc == CREDENCE_SUCCESS)
		rc = store_save(session);
	return rc;
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

static credence_rc resolve_for_login(struct session *session)
{
	credence_rc rc = resolve(session);

	return rc == CREDENCE_SUCCESS ? resolve_check_paths(session) : rc;
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
	rc = resolve_for_login(session);
	if (rc == CREDENCE_SUCCESS)
		rc = sharing_scope(session, &scope);
	if (rc == CREDENCE_SUCCESS &&
	    !attributes_set(&session->work.known, "scope", buf_text(&scope)))
		rc = call_oom(session->call);
	if (rc == CREDENCE_SUCCESS)
		rc = know_scope(session, buf_text(&scope));
	if (rc == CREDENCE_SUCCESS)
		rc = session_stack(session, CREDENCE_ROLE_GRANT, &stack);
	if (rc == CREDENCE_SUCCESS)
		rc = walk(session->call, stack, WALK_READING, ask_acquire, &frame, NULL, 0, &entry);
	if (rc == CREDENCE_SUCCESS)
		rc = received(session, &request, &frame.token, entry->conf->use, buf_text(&scope));
	lock_release(&session->lock);
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

static credence_rc import_record(struct session *session, const struct import *import)
{
	const char *scope = import->scope != NULL ? import->scope : session->profile->scope;
	int64_t now = clock_wall();
	struct put_token token = {.access_token = (char *)import->access_token,
				  .token_type = (char *)import->token_type,
				  .refresh_token = (char *)import->refresh_token,
				  .expires_in = import->expires_at - now};
	struct record *record = NULL, *old = session->record;
	struct stack *grants;
	struct request request;
	credence_rc rc = session_stack(session, CREDENCE_ROLE_GRANT, &grants);

	if (rc == CREDENCE_SUCCESS)
		rc = new_record(session, grants->entry[0].conf->use, &record);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	session->record = record;
	record_free(old);
	request_init(&request, "token", NULL);
	moment_now(&request.started);
	/* Without a life the access token is not kept: the refresh token makes a new one. */
	if (token.access_token == NULL || token.expires_in <= 0) {
		token.access_token = (char *)"-";
		token.expires_in = 1;
	}
	rc = outcome_token(session, &request, &token, scope, "imported");
	if (rc == CREDENCE_SUCCESS && token.expires_in == 1)
		record_drop_access(record);
	return rc == CREDENCE_SUCCESS ? store_save(session) : rc;
}

credence_rc session_import(struct session *session, const struct import *import,
			   struct issued *issued)
{
	credence_rc rc = check_import(session, import);

	session->event_started = clock_boot();
	if (rc == CREDENCE_SUCCESS)
		rc = resolve_for_login(session);
	if (rc == CREDENCE_SUCCESS)
		rc = learn_import(session, import);
	if (rc == CREDENCE_SUCCESS)
		rc = lock_and_load(session);
	if (rc == CREDENCE_SUCCESS)
		rc = import_record(session, import);
	lock_release(&session->lock);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	session->event = "logged_in";
	rc = session_tell(session, rc);
	if (rc == CREDENCE_SUCCESS)
		issue(session, issued);
	return rc;
}
