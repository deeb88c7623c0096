/* SPDX-License-Identifier: MIT */
/* What the server says of a token; see introspect.h. */
#include "core/renew/introspect.h"

#include "core/os/clock.h"
#include "core/os/text.h"
#include "core/renew/endpoint.h"
#include "core/renew/resolve.h"
#include "core/session/judge.h"

#include <string.h>

#define SECONDS_MAX INT64_C(253402300799) /* the end of the year 9999 */

static const char *said(const struct session *session, const char *name)
{
	return attributes_get(&session->work.known, name);
}

/* RFC 7662 section 2.2: seconds since 1970. */
static int64_t said_time(const struct session *session, const char *name)
{
	const char *text = said(session, name);
	int64_t seconds;

	if (text == NULL || !text_number(text, &seconds) || seconds <= 0 || seconds > SECONDS_MAX)
		return 0;
	return seconds * CLOCK_SECOND;
}

/* active is the one member that an answer must have. */
static credence_rc read_answer(struct session *session, struct introspection *found)
{
	const char *active = said(session, "answer.active");
	struct credence_call *call = session->call;

	if (active == NULL || (strcmp(active, "true") != 0 && strcmp(active, "false") != 0)) {
		call_fail(call, CREDENCE_UNAVAIL,
			  "the answer of the introspection endpoint does not say if the token is "
			  "active");
		call_code(call, "bad_answer");
		call_hint(call, "check introspection_endpoint of provider %s",
			  session->profile->provider_name);
		return CREDENCE_UNAVAIL;
	}
	found->active = strcmp(active, "true") == 0;
	found->scope = said(session, "answer.scope");
	found->client_id = said(session, "answer.client_id");
	found->username = said(session, "answer.username");
	found->subject = said(session, "answer.sub");
	found->token_type = said(session, "answer.token_type");
	found->issuer = said(session, "answer.iss");
	found->issued_at = said_time(session, "answer.iat");
	found->expires_at = said_time(session, "answer.exp");
	return CREDENCE_SUCCESS;
}

static credence_rc not_offered(struct session *session)
{
	call_fail(session->call, CREDENCE_CONFIG, "provider %s offers no introspection of tokens",
		  session->profile->provider_name);
	call_hint(session->call, "credence status -v %s tells what is known here",
		  session->profile->name);
	return CREDENCE_CONFIG;
}

/* What is asked about; NULL: there is nothing. */
static const char *choose(struct session *session, const char **kind)
{
	const struct profile *profile = session->profile;
	struct record *record = session->record;
	const struct access_token *access =
	    record != NULL ? record_access(record, profile->scope, profile->resource) : NULL;

	*kind = access != NULL ? "access_token" : "refresh_token";
	if (access != NULL)
		return access->token;
	return record != NULL ? record->refresh_token : NULL;
}

credence_rc session_introspect(struct session *session, struct introspection *found)
{
	const char *kind, *token = choose(session, &kind);
	const struct credence_param params[] = {{"token", token}, {"token_type_hint", kind}};
	credence_rc rc;

	if (token == NULL)
		return call_fail(session->call, CREDENCE_LOGIN, "there is no token to ask about");
	rc = judge_origin(session->call, session->profile, session->record);
	if (rc == CREDENCE_SUCCESS)
		rc = resolve_to_act(session);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (said(session, "introspection_endpoint") == NULL)
		return not_offered(session);
	/* What other answers said is not this one's. */
	attributes_drop(&session->work.known, "answer.");
	rc = endpoint_request(session->call, "introspection_endpoint", params, 2);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	memset(found, 0, sizeof(*found));
	found->token = kind;
	return read_answer(session, found);
}
