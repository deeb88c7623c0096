/* SPDX-License-Identifier: MIT */
/* One token request; see request.h. */
#include "core/renew/request.h"

#include "core/config/url.h"
#include "core/module/origin.h"
#include "core/os/secret.h"
#include "core/os/text.h"
#include "core/renew/answer.h"
#include "core/renew/client_auth.h"
#include "core/renew/http.h"
#include "core/renew/login.h"
#include "core/renew/outcome.h"
#include "core/renew/parameters.h"
#include "core/renew/resolve.h"
#include "core/session/credential_lock.h"

#include <string.h>

void request_init(struct request *request, const char *at, credence_rc (*prepare)(struct session *))
{
	memset(request, 0, sizeof(*request));
	request->at = request->parameters = at;
	request->prepare = prepare;
}

void request_done(struct request *request)
{
	verdict_done(&request->verdict);
	secret_free(request->refresh_token);
}

credence_rc request_can_send(struct credence_call *call)
{
	if ((call->flags & CALL_NO_NETWORK) != 0)
		return call_offline(call);
	if (call_time_left(call) > 0)
		return CREDENCE_SUCCESS;
	call_fail(call, CREDENCE_UNAVAIL, "no time is left to ask the server");
	call_code(call, "timeout");
	call_hint(call, "give it more: --timeout 30s");
	return CREDENCE_UNAVAIL;
}

credence_rc request_prepare(struct session *session)
{
	struct request *request = session->request;
	credence_rc rc;

	if (request->prepared)
		return CREDENCE_SUCCESS;
	rc = request_can_send(session->call);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	request->prepared = true;
	return request->prepare != NULL ? request->prepare(session) : CREDENCE_SUCCESS;
}

credence_rc request_finish(struct session *session, struct frame *frame)
{
	if (session->request->used)
		return CREDENCE_SUCCESS;
	moment_now(&session->request->started);
	attributes_drop(&session->work.known, "answer.");
	return attributes_merge(&session->work.known, &frame->put) ? CREDENCE_SUCCESS
								   : call_oom(session->call);
}

static credence_rc build_form(struct session *session, const struct credence_param *params,
			      uint32_t count, struct buf *form, struct buf *authorization)
{
	const struct profile *profile = session->profile;
	struct setting extra = profile_own(profile, "extra.token"), none = {.value = NULL};
	struct buf path = BUF_INIT;
	uint32_t i;

	for (i = 0; i < count; i++)
		form_add(form, params[i].name, params[i].value);
	buf_printf(&path, "parameters.%s", session->request->parameters);
	parameters_add(form, profile_find(profile, buf_text(&path)), extra, params, count);
	parameters_add(form, extra, none, params, count);
	buf_done(&path);
	/* RFC 8707 section 2.2. */
	form_add(form, "resource", profile->resource);
	form_add(form, "audience", profile->audience);
	return client_authenticate(session, NULL, form, authorization);
}

credence_rc request_url(struct session *session, const char *endpoint, const char **url)
{
	struct credence_call *call = session->call;

	*url = attributes_get(&session->work.known, endpoint);
	if (*url == NULL) {
		call_fail(call, CREDENCE_CONFIG, "no %s is known for provider %s", endpoint,
			  session->profile->provider_name);
		call_hint(call, "set %s and accounts_server in the provider's file", endpoint);
		return CREDENCE_CONFIG;
	}
	if (!origin_allowed(call, *url))
		return call_fail(call, CREDENCE_UNSAFE, "the %s %s is on no host of provider %s",
				 endpoint, *url, session->profile->provider_name);
	return CREDENCE_SUCCESS;
}

static void note_server(struct request *request, const char *url)
{
	struct url parts;

	request->server[0] = '\0';
	if (url_parse(url, &parts) == NULL)
		memcpy(request->server, parts.host, sizeof(request->server));
}

credence_rc request_post(struct session *session, struct request *request, const char *url,
			 const struct buf *form, const struct buf *authorization,
			 struct http_answer *answer)
{
	struct credence_param headers[3] = {
	    {"content-type", "application/x-www-form-urlencoded"},
	    {"accept", "application/json"},
	};
	struct credence_request http = {.size = sizeof(http),
					.method = "POST",
					.url = url,
					.headers = headers,
					.header_count = 2,
					.body = form->data,
					.body_length = form->length};
	credence_rc rc;

	if (authorization->length > 0)
		headers[http.header_count++] =
		    (struct credence_param){"authorization", buf_text(authorization)};
	note_server(request, url);
	moment_now(&request->started);
	rc = session_http(session->call, &http, answer);
	request->duration = clock_boot() - request->started.boot;
	return rc;
}

static const char *endpoint_of(const struct session *session)
{
	const char *own = "device_token_endpoint";

	return strcmp(session->request->at, "device") == 0 &&
		       attributes_get(&session->work.known, own) != NULL
		   ? own
		   : "token_endpoint";
}

/* One sending and its answer. */
static credence_rc send_form(struct session *session, const struct credence_param *params,
			     uint32_t count, struct put_token *token)
{
	struct buf form = BUF_SECRET, authorization = BUF_SECRET;
	struct http_answer answer = {.body = BUF_SECRET};
	const char *url = NULL;
	credence_rc rc = request_url(session, endpoint_of(session), &url);

	if (rc == CREDENCE_SUCCESS)
		rc = build_form(session, params, count, &form, &authorization);
	if (rc == CREDENCE_SUCCESS)
		rc = request_post(session, session->request, url, &form, &authorization, &answer);
	if (rc == CREDENCE_SUCCESS)
		rc = answer_read(session, session->request, &answer, token);
	http_answer_done(&answer);
	buf_done(&form);
	buf_done(&authorization);
	return rc;
}

/* -- A device's question, which may be asked again (RFC 8628 section 3.5) -- */

/* By its grant type, while a person logs in. */
static bool is_device(const struct session *session, const struct credence_param *params)
{
	const char *own = setting_string(profile_find(session->profile, "device.grant_type"));

	return session->login != NULL &&
	       strcmp(params[0].value, own != NULL && own[0] != '\0'
					   ? own
					   : "urn:ietf:params:oauth:grant-type:device_code") == 0;
}

/* Why there is no token yet, as the attribute code has it; NULL: there will be none. */
static const char *reason_to_ask_again(const struct request *request, credence_rc rc)
{
	switch (request->verdict.class_) {
	case CLASS_PENDING:
		return "authorization_pending";
	case CLASS_SLOW_DOWN:
		return "slow_down";
	case CLASS_OTHER_DC:
		return "other_dc";
	case CLASS_UNAVAILABLE:
		return "unavailable";
	default:
		return rc == CREDENCE_UNAVAIL && !request->answered ? "unavailable" : NULL;
	}
}

/* What was said so far is said again by the next answer, if need be; and nobody else has to wait
 * for the lock as long as the person takes. */
static credence_rc ask_again(struct session *session, credence_rc rc)
{
	struct credence_call *call = session->call;
	struct attributes *known = &session->work.known;
	struct request *request = session->request;
	const char *reason = reason_to_ask_again(request, rc);

	if (reason == NULL)
		return rc;
	if (!attributes_set(known, "code", reason) ||
	    !attributes_set(known, "message", call->failure.message))
		return call_oom(call);
	call_clear(call);
	verdict_done(&request->verdict);
	request->answered = request->prepared = request->used = false;
	request->http_status = 0;
	credential_unlock(session);
	return CREDENCE_MISS;
}

/* -- A code of which nobody knows the data centre: the person asked to try them all. -- */

/* Does the answer look like that of a data centre which has never heard of the code or the client?
 */
static bool may_be_elsewhere(const struct request *request)
{
	return request->answered &&
	       (request->verdict.class_ == CLASS_CLIENT || request->verdict.class_ == CLASS_LOGIN);
}

static credence_rc try_elsewhere(struct session *session, const struct credence_param *params,
				 uint32_t count, struct put_token *token, credence_rc rc)
{
	const char *here = attributes_get(&session->work.known, "location");
	char *tried = here != NULL ? secret_strdup(here) : NULL;
	struct setting list = profile_find(session->profile, "datacenters");
	unsigned i, length = setting_count(list);

	for (i = 0; i < length && rc != CREDENCE_SUCCESS && may_be_elsewhere(session->request);
	     i++) {
		struct setting row = setting_element(list, i);
		const char *location = setting_string(setting_member(row, "location"));

		if (location == NULL || (tried != NULL && strcmp(tried, location) == 0))
			continue;
		verdict_done(&session->request->verdict);
		session->request->answered = false;
		session->request->http_status = 0;
		call_clear(session->call);
		rc = resolve_at(session, location);
		if (rc == CREDENCE_SUCCESS)
			rc = send_form(session, params, count, token);
		/* Its answer may say no more than that. */
		if (rc == CREDENCE_SUCCESS)
			session->learned_from = "search of all data centres";
	}
	secret_free(tried);
	return rc;
}

/* What a grant learned from an authorization answer decides where its token request goes. */
static credence_rc follow_authorization(struct session *session, struct frame *frame)
{
	if (frame == NULL || attributes_get(&frame->put, "answer.location") == NULL)
		if (frame == NULL || attributes_get(&frame->put, "answer.accounts-server") == NULL)
			return CREDENCE_SUCCESS;
	if (!attributes_merge(&session->work.known, &frame->put))
		return call_oom(session->call);
	return resolve_learn(session, "authorization answer");
}

credence_rc request_refused(struct credence_call *call, const char *at, const char *error,
			    const char *description)
{
	struct session *session = call->work->data;
	struct verdict verdict;
	credence_rc rc;

	verdict_of_code(session->profile->provider, error, description, at, &verdict);
	rc = verdict_fail(call, &verdict);
	verdict_done(&verdict);
	return rc;
}

static credence_rc put(struct credence_call *call, const struct put_token *token)
{
	const struct credence_token given = {
	    .size = sizeof(given),
	    .access_token = token->access_token,
	    .token_type = token->token_type,
	    .scope = token->scope,
	    .refresh_token = token->refresh_token,
	    .id_token = token->id_token,
	    .expires_in = token->expires_in,
	};

	return host_table.put_token(call, &given);
}

/* An answer with a token in it, however it is spoiled, is no refusal. */
static bool may_be_made(const struct session *session, const struct put_token *token,
			credence_rc rc)
{
	const struct request *request = session->request;

	if (rc == CREDENCE_SUCCESS || token->refresh_token != NULL)
		return token->refresh_token != NULL;
	return outcome_is_lost(session, request) ||
	       (request->answered && request->verdict.code == NULL);
}

credence_rc request_token(struct credence_call *call, const struct credence_param *params,
			  uint32_t count)
{
	struct session *session = call->work->data;
	struct request *request = session->request;
	struct put_token token = {0};
	bool device;
	credence_rc rc;

	if (request == NULL || request->used)
		return call_fail(call, CREDENCE_ERROR, "a module asked for a second token request");
	request->used = true;
	device = is_device(session, params);
	if (device)
		request->at = "device";
	rc = follow_authorization(session, call->work->frame);
	if (rc == CREDENCE_SUCCESS)
		rc = request_prepare(session);
	if (rc == CREDENCE_SUCCESS)
		rc = send_form(session, params, count, &token);
	if (rc != CREDENCE_SUCCESS && !device && session->login != NULL && session->login->find_dc)
		rc = try_elsewhere(session, params, count, &token, rc);
	request->made = request->made || may_be_made(session, &token, rc);
	if (rc == CREDENCE_SUCCESS) {
		rc = put(call, &token);
	} else {
		request->refresh_token = token.refresh_token;
		token.refresh_token = NULL; /* transferred */
		if (device)
			rc = ask_again(session, rc);
	}
	put_token_done(&token);
	return rc;
}
