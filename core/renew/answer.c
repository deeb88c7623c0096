/* SPDX-License-Identifier: MIT */
/* Reading a token endpoint's answer; see answer.h. */
#include "core/renew/answer.h"

#include "core/os/json.h"
#include "core/os/secret.h"
#include "core/os/text.h"
#include "core/record/record.h"
#include "core/renew/http.h"

#include <json-c/linkhash.h>
#include <string.h>

#define LIFE_UNKNOWN CLOCK_HOUR /* where neither the server nor the provider's data say */

/* Tokens are not among what is known by name: they have a way of their own. */
static bool is_token_member(const char *name)
{
	return strcmp(name, "access_token") == 0 || strcmp(name, "refresh_token") == 0 ||
	       strcmp(name, "id_token") == 0;
}

static void know_answer(struct session *session, struct json_object *tree)
{
	const char *api = setting_string(profile_find(session->profile, "api_domain_member"));
	struct attributes *known = &session->work.known;

	attributes_drop(known, "answer.");
	json_object_object_foreach(tree, name, value)
	{
		struct buf key = BUF_INIT;

		if (!is_token_member(name) && (json_object_is_type(value, json_type_string) ||
					       json_object_is_type(value, json_type_int) ||
					       json_object_is_type(value, json_type_boolean))) {
			buf_printf(&key, "answer.%s", name);
			attributes_set(known, buf_text(&key), json_object_get_string(value));
		}
		buf_done(&key);
	}
	if (api != NULL && !is_token_member(api))
		attributes_set(known, "answer.api_domain", json_string(tree, api));
}

/* An answer that can't be the authorization server's own: a proxy's page, half a text, a redirect.
 */
static credence_rc not_the_server(struct session *session, const struct request *request,
				  const struct http_answer *answer, const char *reason)
{
	struct credence_call *call = session->call;

	call_fail(call, CREDENCE_UNAVAIL,
		  "%s answered HTTP %d with something that is not the "
		  "answer: %s",
		  request->server, answer->status, reason);
	call_code(call, "bad_answer");
	call_hint(call,
		  "the credential is kept; check the network (a proxy or portal?) and try later");
	call_retry_after(call, http_retry_after(answer));
	return CREDENCE_UNAVAIL;
}

static credence_rc unavailable(struct session *session, const struct request *request,
			       const struct http_answer *answer)
{
	struct credence_call *call = session->call;

	call_fail(call, answer->status == 429 ? CREDENCE_LIMITED : CREDENCE_UNAVAIL,
		  "%s answered HTTP %d", request->server, answer->status);
	call_code(call, answer->status == 429 ? "too_many_requests" : "server_error");
	call_hint(call, "the credential is kept; try again later");
	call_retry_after(call, http_retry_after(answer));
	return call->failure.rc;
}

static bool is_transient(int status)
{
	return status >= 500 || status == 408 || status == 429;
}

/* The error's code: "error" as RFC 6749 section 5.2 has it. */
static credence_rc read_error(struct session *session, struct request *request,
			      const struct http_answer *answer, struct json_object *tree)
{
	const char *code = json_string(tree, "error");
	const char *description = json_string(tree, "error_description");
	struct buf shown = BUF_INIT, shown_code = BUF_INIT;
	int64_t retry_after = http_retry_after(answer);
	credence_rc rc;
	bool known;

	if (description != NULL)
		text_printable(&shown, description, 200);
	if (code != NULL)
		text_printable(&shown_code, code, 80);
	known = verdict_of_answer(session->profile->provider, &session->work.known,
				  code != NULL ? buf_text(&shown_code) : NULL,
				  description != NULL ? buf_text(&shown) : NULL, request->at,
				  &request->verdict);
	buf_done(&shown);
	buf_done(&shown_code);
	if (!known)
		return is_transient(answer->status)
			   ? unavailable(session, request, answer)
			   : not_the_server(session, request, answer,
					    "it has neither what was asked for nor an error");
	request->answered = true;
	if (retry_after > 0)
		request->verdict.retry_after = retry_after;
	rc = verdict_fail(session->call, &request->verdict);
	return rc;
}

/* The server's own answer, with a token that can't be used. */
static credence_rc bad_token(struct session *session, const char *what, const char *member)
{
	struct credence_call *call = session->call;

	call_fail(call, CREDENCE_UNAVAIL, "%s gave a token %s%s", session->request->server, what,
		  member);
	call_code(call, "bad_answer");
	call_hint(call,
		  "the credential is kept; if it happens again, the provider's data are wrong");
	return CREDENCE_UNAVAIL;
}

int64_t answer_usual_life(const struct session *session)
{
	struct setting usual = profile_find(session->profile, "lifetimes.access_token");

	return setting_is_forever(usual) ? TOKEN_LIFE_MAX : setting_duration(usual, LIFE_UNKNOWN);
}

/* The token's life in ms, from the first member that the provider's data names and the answer has.
 */
static credence_rc read_life(struct session *session, struct json_object *tree, int64_t *life)
{
	struct setting list = profile_find(session->profile, "expires_in");
	unsigned i, count = setting_count(list);
	const char *member = "expires_in";
	int64_t value, unit = CLOCK_SECOND;

	for (i = 0; i < count; i++) {
		struct setting rule = setting_element(list, i);
		const char *name = setting_string(setting_member(rule, "member"));
		const char *u = setting_string(setting_member(rule, "unit"));

		if (name != NULL && json_member(tree, name) != NULL) {
			member = name;
			unit = u != NULL && strcmp(u, "ms") == 0 ? 1 : CLOCK_SECOND;
			break;
		}
	}
	if (json_member(tree, member) == NULL) {
		*life = answer_usual_life(session);
		return CREDENCE_SUCCESS;
	}
	if (!json_number(tree, member, &value) || value <= 0)
		return bad_token(session, "that is dead on arrival by its ", member);
	*life = value > TOKEN_LIFE_MAX / unit ? TOKEN_LIFE_MAX : value * unit;
	return CREDENCE_SUCCESS;
}

static bool take(struct json_object *tree, const char *name, char **member)
{
	const char *text = json_string(tree, name);

	if (text == NULL || text[0] == '\0')
		return true;
	if (!text_is_vschar(text))
		return false;
	*member = secret_strdup(text);
	return *member != NULL;
}

/* token_type is compared without case (RFC 6749 section 5.1); one that is unknown must not be used
 * (section 7.1). Known is what the provider's data say, else Bearer. */
static bool type_is_known(struct session *session, const char *type)
{
	const char *also = setting_string(profile_find(session->profile, "token_type"));

	return strcasecmp(type, "Bearer") == 0 || (also != NULL && strcasecmp(type, also) == 0);
}

/* Once each, with spaces between them: some servers answer with commas, which no scope has. */
static char *read_scope(const char *text)
{
	struct buf spaced = BUF_INIT, words = BUF_INIT;
	char *scope;

	for (; *text != '\0'; text++)
		buf_char(&spaced, *text == ',' ? ' ' : *text);
	text_words_union(&words, buf_text(&spaced));
	scope = secret_strdup(buf_text(&words));
	buf_done(&spaced);
	buf_done(&words);
	return scope;
}

static credence_rc read_token(struct session *session, struct json_object *tree,
			      struct put_token *token)
{
	const char *type = json_string(tree, "token_type");
	const char *scope = json_string(tree, "scope");
	credence_rc rc;

	/* First the one that would be lost with an answer that is of no use otherwise. */
	if (!take(tree, "refresh_token", &token->refresh_token) ||
	    !take(tree, "access_token", &token->access_token) || token->access_token == NULL ||
	    !take(tree, "id_token", &token->id_token))
		return bad_token(session, "with characters that no token has", "");
	if (type == NULL)
		return bad_token(session, "without ", "token_type");
	if (!type_is_known(session, type))
		return bad_token(session, "that is not Bearer by its ", "token_type");
	token->token_type = secret_strdup(type);
	if (scope != NULL && scope[0] != '\0')
		token->scope = read_scope(scope);
	rc = read_life(session, tree, &token->expires_in);
	return rc;
}

/* The answer as an object, *tree, whose members are known from then on. */
static credence_rc read_object(struct session *session, struct request *request,
			       const struct http_answer *answer, struct json_object **tree)
{
	const char *reason = NULL;
	struct json_object *parsed;
	credence_rc rc;

	request->http_status = answer->status;
	if (answer->status >= 300 && answer->status < 400)
		return not_the_server(session, request, answer,
				      "a redirect, which is never followed");
	parsed = json_parse(buf_text(&answer->body), answer->body.length, &reason);
	if (parsed == NULL || !json_object_is_type(parsed, json_type_object)) {
		rc = is_transient(answer->status)
			 ? unavailable(session, request, answer)
			 : not_the_server(session, request, answer,
					  reason != NULL ? reason : "no object");
		json_wipe(parsed);
		return rc;
	}
	know_answer(session, parsed);
	*tree = parsed;
	return CREDENCE_SUCCESS;
}

credence_rc answer_read(struct session *session, struct request *request,
			const struct http_answer *answer, struct put_token *token)
{
	struct json_object *tree = NULL;
	credence_rc rc = read_object(session, request, answer, &tree);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (answer->status < 300 && json_string(tree, "access_token") != NULL) {
		request->answered = true;
		rc = read_token(session, tree, token);
	} else {
		rc = read_error(session, request, answer, tree);
	}
	json_wipe(tree);
	return rc;
}

credence_rc answer_read_members(struct session *session, struct request *request,
				const struct http_answer *answer)
{
	struct json_object *tree = NULL;
	credence_rc rc = read_object(session, request, answer, &tree);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (answer->status < 300 && json_member(tree, "error") == NULL)
		request->answered = true;
	else
		rc = read_error(session, request, answer, tree);
	json_wipe(tree);
	return rc;
}
