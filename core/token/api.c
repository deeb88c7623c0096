/* SPDX-License-Identifier: MIT */
/*
 * Calling a resource server: where a path leads, and one request with the token, renewed at most
 * once when the server says that the token is no longer good.
 */
#include "core/config/url.h"
#include "core/module/origin.h"
#include "core/os/clock.h"
#include "core/os/json.h"
#include "core/os/text.h"
#include "core/renew/catalogue.h"
#include "core/renew/http.h"
#include "core/renew/resolve.h"
#include "core/session/judge.h"
#include "core/token/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API_BODY_MAX (BUF_MAX - 1)
#define YOUNG        CLOCK_MINUTE /* a token of that age has not expired */
#define HEADERS_MAX  64
#define MEMBER_MAX   64

static credence_rc api_base(struct session *session, const char **base)
{
	*base = attributes_get(&session->work.known, "api_domain");
	if (*base == NULL)
		*base = setting_string(profile_find(session->profile, "api"));
	if (*base != NULL)
		return CREDENCE_SUCCESS;
	call_fail(session->call, CREDENCE_CONFIG, "no API address is known for profile %s",
		  session->profile->name);
	call_hint(session->call, "set api = \"https://…\" in %s", session->profile->conf->path);
	return CREDENCE_CONFIG;
}

credence_rc session_url(struct session *session, const char *path, struct buf *url)
{
	struct credence_call *call = session->call;
	const char *base = NULL, *wrong;
	struct url parts;
	credence_rc rc;

	/* The recorded servers are checked against the provider's table before anything is sent
	 * there. */
	rc = resolve_to_act(session);
	if (rc == CREDENCE_SUCCESS && path[0] == '/')
		rc = api_base(session, &base);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (path[0] == '/')
		url_join(url, base, path);
	else
		buf_str(url, path);
	wrong = url_parse(buf_text(url), &parts);
	if (wrong != NULL) {
		call_fail_status(call, STATUS_USAGE, CREDENCE_UNSAFE, "%s: %s", path, wrong);
		call_hint(call, "give a path that begins with /, or a whole https URL");
		return CREDENCE_UNSAFE;
	}
	if (!origin_allowed(call, buf_text(url))) {
		call_fail(call, CREDENCE_UNSAFE,
			  "%s is no host of provider %s; no token goes there", parts.host,
			  session->profile->provider_name);
		call_hint(call,
			  "if it should be, add it to apis in a provider file that extends %s",
			  session->profile->provider_name);
		return CREDENCE_UNSAFE;
	}
	return CREDENCE_SUCCESS;
}

static credence_rc send_api(struct session *session, const struct issued *issued,
			    const struct credence_request *given, struct http_answer *answer)
{
	struct credence_param headers[HEADERS_MAX];
	struct credence_request request = *given;
	struct buf authorization = BUF_SECRET;
	credence_rc rc;

	buf_printf(&authorization, "%s %s", issued_scheme(issued), issued->access->token);
	memcpy(headers, given->headers, given->header_count * sizeof(headers[0]));
	headers[request.header_count++] =
	    (struct credence_param){"authorization", buf_text(&authorization)};
	request.headers = headers;
	http_answer_done(answer);
	answer->body = BUF_SECRET;
	rc = buf_ok(&authorization) ? session_http(session->call, &request, answer)
				    : call_oom(session->call);
	buf_done(&authorization);
	return rc;
}

static struct json_object *first_of(struct json_object *tree)
{
	return json_object_is_type(tree, json_type_array) ? json_object_array_get_idx(tree, 0)
							  : tree;
}

/* The string at names with dots between them; of a list the first element counts. NULL: none. */
static const char *text_at(struct json_object *tree, const char *path)
{
	tree = first_of(tree);
	while (*path != '\0') {
		size_t length = strcspn(path, ".");
		char name[MEMBER_MAX];

		(void)snprintf(name, sizeof(name), "%.*s", (int)length, path);
		tree = first_of(json_member(tree, name));
		path += path[length] == '.' ? length + 1 : length;
	}
	return json_object_is_type(tree, json_type_string) ? json_object_get_string(tree) : NULL;
}

/* The API's error code, where the provider's data say that it is; else where most have it. */
static const char *api_code(const struct session *session, struct json_object *tree)
{
	static const char *const usual[] = {"code",          "error.code", "error.status",
					    "error.message", "error",      "cause"};
	struct setting list = profile_find(session->profile, "api_error_members");
	const char *code = NULL;
	unsigned i;

	for (i = 0; code == NULL && i < setting_count(list); i++)
		code = text_at(tree, setting_string(setting_element(list, i)));
	for (i = 0; list.value == NULL && code == NULL && i < sizeof(usual) / sizeof(usual[0]); i++)
		code = text_at(tree, usual[i]);
	return code;
}

static bool read_verdict(struct session *session, const struct http_answer *answer,
			 struct verdict *verdict)
{
	const char *reason;
	struct json_object *tree =
	    json_parse(buf_text(&answer->body), answer->body.length, &reason);
	const char *code = NULL;

	if (tree != NULL)
		code = api_code(session, tree);
	if (code != NULL)
		verdict_of_code(session->profile->provider, code, NULL, "api", verdict);
	json_wipe(tree);
	return code != NULL;
}

/* A token that was made a moment ago has not expired: renewing it would only use up the limit. */
static void explain_young(struct session *session, const struct verdict *verdict)
{
	const struct record *record = session->record;

	call_log(
	    session->call, CREDENCE_LOG_WARNING,
	    "%s for a token that is less than a minute old: not renewed. Either this path belongs "
	    "to "
	    "another data centre than %s, or the token's scopes do not reach it; see credence dc "
	    "resolve %s",
	    verdict->code != NULL ? verdict->code : "401",
	    record->location != NULL ? record->location : "the recorded one",
	    session->profile->name);
}

/* Does this 401 mean that a new token would do? */
static bool wants_renewal(struct session *session, const struct issued *issued,
			  const struct http_answer *answer)
{
	struct verdict verdict = {0};
	bool known, wants;

	if (answer->status != 401)
		return false;
	known = read_verdict(session, answer, &verdict);
	/* A bare 401 without a body that the catalogue knows is what RFC 6750 section 3 makes of
	 * it. */
	wants = !known || verdict.class_ == CLASS_RENEW;
	if (wants && moment_age(&issued->access->issued, NULL) < YOUNG) {
		explain_young(session, &verdict);
		wants = false;
	}
	verdict_done(&verdict);
	return wants;
}

static credence_rc renew_once(struct session *session, struct issued *issued)
{
	struct token_ask ask = {.has_newer_than = true, .newer_than = issued->record->generation};

	return session_token(session, &ask, issued);
}

credence_rc session_api(struct session *session, const char *method, const char *path,
			const struct credence_param *headers, uint32_t header_count,
			const void *body, size_t body_length, struct http_answer *answer)
{
	struct credence_request request = {.size = sizeof(request),
					   .method = method,
					   .headers = headers,
					   .header_count = header_count,
					   .body = body,
					   .body_length = body_length,
					   .max_body = API_BODY_MAX};
	struct token_ask ask = {0};
	struct issued issued;
	struct buf url = BUF_INIT;
	credence_rc rc;

	if (header_count >= HEADERS_MAX)
		return call_fail_status(session->call, STATUS_USAGE, CREDENCE_CONFIG,
					"at most %d headers", HEADERS_MAX - 1);
	rc = session_token(session, &ask, &issued);
	if (rc == CREDENCE_SUCCESS)
		rc = session_url(session, path, &url);
	request.url = buf_text(&url);
	if (rc == CREDENCE_SUCCESS)
		rc = send_api(session, &issued, &request, answer);
	if (rc == CREDENCE_SUCCESS && wants_renewal(session, &issued, answer)) {
		rc = renew_once(session, &issued);
		if (rc == CREDENCE_SUCCESS)
			rc = send_api(session, &issued, &request, answer);
	}
	buf_done(&url);
	return rc;
}
