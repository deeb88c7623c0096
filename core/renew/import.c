/* SPDX-License-Identifier: MIT */
/* Tokens that were obtained elsewhere; see import.h. */
#include "core/renew/import.h"

#include "core/os/clock.h"
#include "core/os/text.h"
#include "core/renew/begin.h"
#include "core/renew/limits.h"
#include "core/renew/outcome.h"
#include "core/renew/replace.h"
#include "core/renew/request.h"
#include "core/renew/resolve.h"
#include "core/renew/sharing.h"
#include "core/session/credential_lock.h"
#include "core/session/events.h"
#include "core/session/judge.h"
#include "core/session/store.h"

#include <string.h>

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
		rc = begin_consent(session, grants->entry[0].conf->use, &record);
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
		rc = replace_lock(session);
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
		replace_issue(session, issued);
	return rc;
}
