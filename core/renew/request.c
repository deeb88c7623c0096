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
#include "core/renew/resolve.h"

#include <string.h>

void request_init(struct request *request, const char *at, credence_rc (*prepare)(struct session *))
{
	memset(request, 0, sizeof(*request));
	request->at = at;
	request->prepare = prepare;
}

void request_done(struct request *request)
{
	verdict_done(&request->verdict);
	secret_free(request->refresh_token);
}

credence_rc request_prepare(struct session *session)
{
	struct request *request = session->request;

	if (request->prepared)
		return CREDENCE_SUCCESS;
	request->prepared = true;
	return request->prepare != NULL ? request->prepare(session) : CREDENCE_SUCCESS;
}

static bool has_param(const struct credence_param *params, uint32_t count, const char *name)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		if (strcmp(params[i].name, name) == 0)
			return true;
	return false;
}

/* Adds a list ( { name = …; value = …; } ) of the configuration; what the grant gives wins. */
static void add_list(struct buf *form, struct setting list, const struct credence_param *params,
		     uint32_t count)
{
	unsigned i, length = setting_count(list);

	for (i = 0; i < length; i++) {
		struct setting item = setting_element(list, i);
		const char *name = setting_string(setting_member(item, "name"));

		if (name != NULL && !has_param(params, count, name))
			form_add(form, name, setting_string(setting_member(item, "value")));
	}
}

static credence_rc build_form(struct session *session, const struct credence_param *params,
			      uint32_t count, struct buf *form, struct buf *authorization)
{
	const struct profile *profile = session->profile;
	struct buf path = BUF_INIT;
	uint32_t i;

	for (i = 0; i < count; i++)
		form_add(form, params[i].name, params[i].value);
	buf_printf(&path, "parameters.%s", session->request->at);
	add_list(form, profile_find(profile, buf_text(&path)), params, count);
	buf_done(&path);
	add_list(form, profile_own(profile, "extra.token"), params, count);
	/* RFC 8707 section 2.2. */
	form_add(form, "resource", profile->resource);
	form_add(form, "audience", profile->audience);
	return client_authenticate(session, NULL, form, authorization);
}

static credence_rc endpoint(struct session *session, const char **url)
{
	struct credence_call *call = session->call;

	*url = attributes_get(&session->work.known, "token_endpoint");
	if (*url == NULL) {
		call_fail(call, CREDENCE_CONFIG, "no token endpoint is known for provider %s",
			  session->profile->provider_name);
		call_hint(call, "set token_endpoint and accounts_server in the provider's file");
		return CREDENCE_CONFIG;
	}
	if (!origin_allowed(call, *url))
		return call_fail(call, CREDENCE_UNSAFE,
				 "the token endpoint %s is on no host of provider %s", *url,
				 session->profile->provider_name);
	return CREDENCE_SUCCESS;
}

static void note_server(struct request *request, const char *url)
{
	struct url parts;

	request->server[0] = '\0';
	if (url_parse(url, &parts) == NULL)
		memcpy(request->server, parts.host, sizeof(request->server));
}

/* One sending and its answer. */
static credence_rc send_form(struct session *session, const struct credence_param *params,
			     uint32_t count, struct put_token *token)
{
	struct request *request = session->request;
	struct buf form = BUF_SECRET, authorization = BUF_SECRET;
	struct credence_param headers[3] = {
	    {"content-type", "application/x-www-form-urlencoded"},
	    {"accept", "application/json"},
	};
	struct credence_request http = {.size = sizeof(http), .method = "POST", .headers = headers};
	struct http_answer answer = {.body = BUF_SECRET};
	credence_rc rc = endpoint(session, &http.url);

	if (rc == CREDENCE_SUCCESS)
		rc = build_form(session, params, count, &form, &authorization);
	if (rc != CREDENCE_SUCCESS)
		goto out;
	http.header_count = 2;
	if (authorization.length > 0)
		headers[http.header_count++] =
		    (struct credence_param){"authorization", buf_text(&authorization)};
	http.body = form.data;
	http.body_length = form.length;
	note_server(request, http.url);
	moment_now(&request->started);
	rc = session_http(session->call, &http, &answer);
	request->duration = clock_boot() - request->started.boot;
	if (rc == CREDENCE_SUCCESS)
		rc = answer_read(session, request, &answer, token);
out:
	http_answer_done(&answer);
	buf_done(&form);
	buf_done(&authorization);
	return rc;
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
		call_clear(session->call);
		rc = resolve_at(session, location);
		if (rc == CREDENCE_SUCCESS)
			rc = send_form(session, params, count, token);
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

credence_rc request_token(struct credence_call *call, const struct credence_param *params,
			  uint32_t count)
{
	struct session *session = call->work->data;
	struct request *request = session->request;
	struct put_token token = {0};
	credence_rc rc;

	if (request == NULL || request->used)
		return call_fail(call, CREDENCE_ERROR, "a module asked for a second token request");
	request->used = true;
	rc = follow_authorization(session, call->work->frame);
	if (rc == CREDENCE_SUCCESS)
		rc = request_prepare(session);
	if (rc == CREDENCE_SUCCESS)
		rc = send_form(session, params, count, &token);
	if (rc != CREDENCE_SUCCESS && session->login != NULL && session->login->find_dc)
		rc = try_elsewhere(session, params, count, &token, rc);
	if (rc == CREDENCE_SUCCESS) {
		rc = put(call, &token);
	} else {
		request->refresh_token = token.refresh_token;
		token.refresh_token = NULL; /* transferred */
	}
	put_token_done(&token);
	return rc;
}
