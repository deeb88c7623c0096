/* SPDX-License-Identifier: MIT */
/*
 * Giving a credential up: at the server and then here, or here only. What the server did not
 * confirm is kept, so that it can be tried again; what counts against the provider's limits goes on
 * counting.
 */
#include "core/module/origin.h"
#include "core/os/clock.h"
#include "core/renew/answer.h"
#include "core/renew/client_auth.h"
#include "core/renew/http.h"
#include "core/renew/limits.h"
#include "core/renew/renew.h"
#include "core/renew/request.h"
#include "core/renew/resolve.h"
#include "core/session/events.h"
#include "core/session/session.h"
#include "core/session/store.h"

#include <string.h>

/* The host's own revocation (RFC 7009 section 2.1), with what the provider's data say of it. */
static credence_rc build(struct session *session, struct buf *form, struct buf *authorization)
{
	const struct record *record = session->record;
	const struct profile *profile = session->profile;
	const char *parameter = setting_string(profile_find(profile, "revocation.token_parameter"));
	const char *method =
	    setting_string(profile_find(profile, "revocation.client_authentication"));
	bool refresh = record->refresh_token != NULL;
	struct setting list = profile_find(profile, "parameters.revoke");
	unsigned i, count = setting_count(list);

	form_add(form, parameter != NULL ? parameter : "token",
		 refresh ? record->refresh_token : record->access[0].token);
	if (count == 0)
		form_add(form, "token_type_hint", refresh ? "refresh_token" : "access_token");
	for (i = 0; i < count; i++) {
		struct setting item = setting_element(list, i);
		const char *name = setting_string(setting_member(item, "name"));

		if (name != NULL)
			form_add(form, name, setting_string(setting_member(item, "value")));
	}
	return client_authenticate(session, method, form, authorization);
}

/* RFC 7009 section 2.2: 200 for a token that is gone, and for one that never was. Where the
 * provider says 400 to the latter, its catalogue knows the code; without one, nothing was
 * confirmed. */
static credence_rc judge_answer(struct session *session, const struct http_answer *answer)
{
	struct credence_call *call = session->call;
	struct put_token none = {0};
	credence_rc rc;

	if (answer->status >= 200 && answer->status < 300 &&
	    strstr(buf_text(&answer->body), "\"error\"") == NULL)
		return CREDENCE_SUCCESS;
	rc = answer_read(session, session->request, answer, &none);
	put_token_done(&none);
	if (rc == CREDENCE_LOGIN) {
		call_clear(call);
		return CREDENCE_MISS;
	}
	if (rc == CREDENCE_SUCCESS)
		rc = call_fail(call, CREDENCE_UNAVAIL, "the server did not confirm the revocation");
	call_hint(call, "the credential is kept here; try again, or: credence logout %s",
		  session->profile->name);
	return rc;
}

static credence_rc revoke_at_server(struct session *session)
{
	struct credence_call *call = session->call;
	struct buf form = BUF_SECRET, authorization = BUF_SECRET;
	struct credence_param headers[2] = {{"content-type", "application/x-www-form-urlencoded"}};
	struct credence_request http = {
	    .size = sizeof(http), .method = "POST", .headers = headers, .header_count = 1};
	struct http_answer answer = {.body = BUF_SECRET};
	credence_rc rc;

	http.url = attributes_get(&session->work.known, "revocation_endpoint");
	if (http.url == NULL || !origin_allowed(call, http.url)) {
		call_fail(call, CREDENCE_CONFIG, "provider %s has no revocation endpoint",
			  session->profile->provider_name);
		call_hint(call, "revoke it on the provider's page, then: credence logout %s",
			  session->profile->name);
		return CREDENCE_CONFIG;
	}
	rc = build(session, &form, &authorization);
	if (rc == CREDENCE_SUCCESS) {
		if (authorization.length > 0)
			headers[http.header_count++] =
			    (struct credence_param){"authorization", buf_text(&authorization)};
		http.body = form.data;
		http.body_length = form.length;
		rc = session_http(call, &http, &answer);
	}
	if (rc == CREDENCE_SUCCESS)
		rc = judge_answer(session, &answer);
	http_answer_done(&answer);
	buf_done(&form);
	buf_done(&authorization);
	return rc;
}

static credence_rc ask_server(struct session *session)
{
	struct stack *stack;
	struct frame frame;
	unsigned i;
	credence_rc rc = session_stack(session, CREDENCE_ROLE_GRANT, &stack);

	for (i = 0; rc == CREDENCE_SUCCESS && i < stack->count; i++) {
		struct entry *entry = &stack->entry[i];

		if (session->record->grant == NULL ||
		    strcmp(entry->conf->use, session->record->grant) != 0)
			continue;
		rc = entry_load(session->call, entry);
		if (rc != CREDENCE_SUCCESS || entry->module->ops.grant.revoke == NULL)
			break;
		frame_init(&frame);
		rc = entry_revoke(session->call, entry, &frame);
		frame_done(&frame);
		return rc;
	}
	return rc == CREDENCE_SUCCESS ? revoke_at_server(session) : rc;
}

static credence_rc nothing_here(struct session *session)
{
	struct credence_call *call = session->call;

	call_clear(call);
	return call_fail(call, CREDENCE_MISS, "nobody has logged in");
}

static credence_rc lock_and_load(struct session *session)
{
	credence_rc rc = lock_wait(session->call, &session->lock, session->profile->state_dir,
				   session->profile->credential, NULL, NULL);

	session->event_started = clock_boot();
	if (rc == CREDENCE_SUCCESS)
		rc = store_load(session);
	return rc == CREDENCE_MISS ? nothing_here(session) : rc;
}

credence_rc session_revoke(struct session *session)
{
	struct request request;
	credence_rc rc;

	request_init(&request, "revoke", NULL);
	session->request = &request;
	rc = lock_and_load(session);
	if (rc == CREDENCE_SUCCESS && session->record->refresh_token == NULL &&
	    session->record->access_count == 0)
		rc = nothing_here(session);
	if (rc == CREDENCE_SUCCESS)
		rc = resolve(session);
	if (rc == CREDENCE_SUCCESS)
		rc = resolve_check_paths(session);
	if (rc == CREDENCE_SUCCESS) {
		session->work.refresh_token = session->record->refresh_token;
		rc = ask_server(session);
		session->work.refresh_token = NULL;
	}
	if (rc == CREDENCE_SUCCESS || (rc == CREDENCE_MISS && session->record != NULL)) {
		call_clear(session->call);
		limits_revoked(session);
		rc = store_erase(session);
		session->event = "revoked";
	}
	lock_release(&session->lock);
	session->request = NULL;
	request_done(&request);
	return session_tell(session, rc);
}

credence_rc session_logout(struct session *session)
{
	credence_rc rc = lock_wait(session->call, &session->lock, session->profile->state_dir,
				   session->profile->credential, NULL, NULL);

	session->event_started = clock_boot();
	if (rc == CREDENCE_SUCCESS)
		rc = store_erase(session);
	lock_release(&session->lock);
	if (rc == CREDENCE_MISS)
		return nothing_here(session);
	if (rc == CREDENCE_SUCCESS)
		session->event = "erased";
	return session_tell(session, rc);
}
