/* SPDX-License-Identifier: MIT */
/*
 * Giving a credential up: at the server and then here, or here only. What the server did not
 * confirm is kept, so that it can be tried again; what counts against the provider's limits goes on
 * counting.
 */
#include "core/renew/revoke.h"
#include "core/config/url.h"
#include "core/os/clock.h"
#include "core/os/json.h"
#include "core/renew/answer.h"
#include "core/renew/client_auth.h"
#include "core/renew/http.h"
#include "core/renew/limits.h"
#include "core/renew/parameters.h"
#include "core/renew/renew.h"
#include "core/renew/request.h"
#include "core/renew/resolve.h"
#include "core/renew/slot.h"
#include "core/session/credential_lock.h"
#include "core/session/events.h"
#include "core/session/judge.h"
#include "core/session/store.h"

#include <string.h>

/* -- The host's own revocation (RFC 7009), with what the provider's data say of it -- */

struct revocation {
	struct buf url, form, authorization;
};

static const char *setting(const struct session *session, const char *path)
{
	return setting_string(profile_find(session->profile, path));
}

/* The token stands in the form, unless the provider wants it in the URL. */
static void add_token(struct session *session, struct revocation *revocation)
{
	const struct record *record = session->record;
	const char *parameter = setting(session, "revocation.token_parameter");
	const char *place = setting(session, "revocation.token_place");
	const char *token =
	    record->refresh_token != NULL ? record->refresh_token : record->access[0].token;

	if (parameter == NULL)
		parameter = "token";
	if (place == NULL || strcmp(place, "query") != 0) {
		form_add(&revocation->form, parameter, token);
		return;
	}
	buf_char(&revocation->url, strchr(buf_text(&revocation->url), '?') != NULL ? '&' : '?');
	url_encode(&revocation->url, parameter);
	buf_char(&revocation->url, '=');
	url_encode(&revocation->url, token);
}

/* RFC 7009 section 2.1. */
static credence_rc build(struct session *session, const char *url, struct revocation *revocation)
{
	const char *type = setting(session, "revocation.type_parameter");
	const char *method = setting(session, "revocation.client_authentication");
	bool refresh = session->record->refresh_token != NULL;
	struct setting list = profile_find(session->profile, "parameters.revoke");
	struct setting none = {.value = NULL};

	buf_str(&revocation->url, url);
	add_token(session, revocation);
	if (type == NULL && setting_count(list) == 0)
		type = "token_type_hint";
	if (type != NULL)
		form_add(&revocation->form, type, refresh ? "refresh_token" : "access_token");
	parameters_add(&revocation->form, list, none, NULL, 0);
	if (!buf_ok(&revocation->url))
		return call_oom(session->call);
	return client_authenticate(session, method, &revocation->form, &revocation->authorization);
}

/* RFC 7009 section 2.2: with status 200 the body says nothing. Some servers say in it that it went
 * wrong: it is looked at, unless the provider's data say that this one does not. */
static bool has_error(const struct session *session, const struct http_answer *answer)
{
	bool may_have =
	    setting_bool(profile_find(session->profile, "errors_with_status_200"), true);
	const char *reason;
	struct json_object *tree =
	    json_parse(buf_text(&answer->body), answer->body.length, &reason);
	bool has =
	    json_object_is_type(tree, json_type_object) && json_member(tree, "error") != NULL;

	json_wipe(tree);
	return has && may_have;
}

/* The same section: 200 for a token that is gone, and for one that never was. Where the
 * provider says 400 to the latter, its catalogue knows the code; without one, nothing was
 * confirmed. */
static credence_rc judge_answer(struct session *session, const struct http_answer *answer)
{
	struct credence_call *call = session->call;
	credence_rc rc;

	if (answer->status >= 200 && answer->status < 300 && !has_error(session, answer))
		return CREDENCE_SUCCESS;
	rc = answer_read_members(session, session->request, answer);
	if (rc == CREDENCE_LOGIN) {
		call_clear(call);
		return CREDENCE_MISS;
	}
	if (rc == CREDENCE_SUCCESS)
		rc = call_fail(call, CREDENCE_UNAVAIL, "the server did not confirm the revocation");
	return rc;
}

static void tell_kept(struct session *session, credence_rc rc)
{
	if (rc == CREDENCE_UNAVAIL || session->call->failure.hint == NULL)
		call_hint(session->call,
			  "the credential is kept here; try again, or: credence logout %s",
			  session->profile->name);
}

static credence_rc no_endpoint(struct session *session)
{
	call_fail(session->call, CREDENCE_CONFIG, "provider %s has no revocation endpoint",
		  session->profile->provider_name);
	call_hint(session->call,
		  "revoke it on the provider's page, then: credence logout --force %s",
		  session->profile->name);
	return CREDENCE_CONFIG;
}

credence_rc request_revoke(struct credence_call *call)
{
	struct session *session = call->work->data;
	struct revocation revocation = {BUF_SECRET, BUF_SECRET, BUF_SECRET};
	struct http_answer answer = {.body = BUF_SECRET};
	const char *url = NULL;
	credence_rc rc;

	if (attributes_get(&session->work.known, "revocation_endpoint") == NULL)
		return no_endpoint(session);
	rc = request_url(session, "revocation_endpoint", &url);
	if (rc == CREDENCE_SUCCESS)
		rc = build(session, url, &revocation);
	if (rc == CREDENCE_SUCCESS)
		rc = request_post(session, session->request, buf_text(&revocation.url),
				  &revocation.form, &revocation.authorization, &answer);
	if (rc == CREDENCE_SUCCESS)
		rc = judge_answer(session, &answer);
	if (rc != CREDENCE_SUCCESS && rc != CREDENCE_MISS)
		tell_kept(session, rc);
	http_answer_done(&answer);
	buf_done(&revocation.url);
	buf_done(&revocation.form);
	buf_done(&revocation.authorization);
	return rc;
}

/* By the grant's own way, where it has one. */
static credence_rc revoke_by(struct session *session, struct entry *entry)
{
	struct frame frame;
	credence_rc rc;

	if (entry->module->ops.grant.revoke == NULL)
		return request_revoke(session->call);
	frame_init(&frame);
	rc = entry_revoke(session->call, entry, &frame);
	frame_done(&frame);
	return rc;
}

static credence_rc ask_server(struct session *session, struct entry *entry)
{
	struct record *record = session->record;
	credence_rc rc;

	session->work.refresh_token = record->refresh_token;
	if (record->access_count > 0)
		session->work.access_token = record->access[0].token;
	rc = revoke_by(session, entry);
	session->work.refresh_token = session->work.access_token = NULL;
	/* The server may have had no such token any more. */
	if (rc == CREDENCE_MISS)
		rc = CREDENCE_SUCCESS;
	return rc;
}

static credence_rc nothing_here(struct session *session)
{
	struct credence_call *call = session->call;

	call_clear(call);
	call_fail(call, CREDENCE_MISS, "nobody has logged in");
	call_hint(call,
		  "what was erased here before is revoked on the provider's page; then, so that it "
		  "no longer counts: credence logout --force %s",
		  session->profile->name);
	return CREDENCE_MISS;
}

static credence_rc lock_and_load(struct session *session)
{
	credence_rc rc = credential_lock(session, NULL, NULL);

	session->event_started = clock_boot();
	if (rc == CREDENCE_SUCCESS)
		rc = store_load(session);
	if (rc == CREDENCE_MISS) {
		call_clear(session->call);
		rc = CREDENCE_SUCCESS;
	}
	/* The newest may wait in memory. */
	if (rc == CREDENCE_SUCCESS)
		rc = slot_take_up(session);
	return rc == CREDENCE_SUCCESS && session->record == NULL ? nothing_here(session) : rc;
}

/* Everything that could stop us, before the server is asked: what it has revoked and we can't erase
 * would be handed out as if it were good. */
static credence_rc prepare(struct session *session, struct entry **entry)
{
	struct record *record = session->record;
	credence_rc rc;

	if (record->refresh_token == NULL && record->access_count == 0)
		return nothing_here(session);
	rc = judge_origin(session->call, session->profile, record);
	if (rc == CREDENCE_SUCCESS)
		rc = renew_granting_entry(session, entry);
	if (rc == CREDENCE_SUCCESS)
		rc = resolve_to_act(session);
	return rc == CREDENCE_SUCCESS ? store_note(session) : rc;
}

/* Noted before it is erased: where that fails, nobody is given the token any more. */
static void note_revoked(struct session *session)
{
	struct record *record = session->record;

	record->dead.at = clock_wall();
	record_set(&record->dead.code, "revoked");
	record_set(&record->dead.reason, "the refresh token was revoked");
	record_drop_access(record);
	(void)store_note(session);
	call_clear(session->call);
}

static credence_rc erase_revoked(struct session *session)
{
	credence_rc rc;

	call_clear(session->call);
	limits_dead(session);
	note_revoked(session);
	rc = store_erase(session);
	if (rc != CREDENCE_SUCCESS) {
		call_prefix(session->call, "it is revoked at the server, but not erased here");
		call_hint(session->call, "then: credence logout %s", session->profile->name);
	}
	slot_drop(session);
	session->event = "revoked";
	return rc;
}

credence_rc session_revoke(struct session *session)
{
	struct entry *entry = NULL;
	struct request request;
	credence_rc rc;

	request_init(&request, "revoke", NULL);
	session->request = &request;
	rc = lock_and_load(session);
	if (rc == CREDENCE_SUCCESS)
		rc = prepare(session, &entry);
	if (rc == CREDENCE_SUCCESS)
		rc = ask_server(session, entry);
	if (rc == CREDENCE_SUCCESS)
		rc = erase_revoked(session);
	credential_unlock(session);
	session->request = NULL;
	request_done(&request);
	return session_tell(session, rc);
}

/* With --force a person says that it is revoked, be it here or not. */
static credence_rc forget(struct session *session, credence_rc erased)
{
	credence_rc rc;

	if (erased != CREDENCE_SUCCESS && erased != CREDENCE_MISS)
		return erased;
	rc = limits_forget(session);
	return rc == CREDENCE_MISS ? erased : rc;
}

credence_rc session_logout(struct session *session)
{
	credence_rc rc = credential_lock(session, NULL, NULL);

	session->event_started = clock_boot();
	if (rc == CREDENCE_SUCCESS) {
		bool waits = slot_waits(session);

		rc = store_erase(session);
		slot_drop(session);
		if (rc == CREDENCE_MISS && waits)
			rc = CREDENCE_SUCCESS;
	}
	if (rc == CREDENCE_SUCCESS)
		session->event = "erased";
	if ((session->call->flags & CALL_FORCE) != 0)
		rc = forget(session, rc);
	credential_unlock(session);
	if (rc == CREDENCE_MISS)
		return nothing_here(session);
	return session_tell(session, rc);
}
