/* SPDX-License-Identifier: MIT */
/*
 * The way of a token: the store first, and only when that has none that is good, core/renew. Also
 * what status needs: knowing without doing.
 */
#include "core/token/token.h"

#include "core/os/clock.h"
#include "core/os/text.h"
#include "core/renew/renew.h"
#include "core/renew/resolve.h"
#include "core/session/events.h"
#include "core/session/judge.h"
#include "core/session/store.h"

#include <string.h>

static void issue(struct session *session, struct access_token *access, bool renewed,
		  struct issued *issued)
{
	issued->access = access;
	issued->record = session->record;
	issued->renewed = renewed;
}

/* A store that failed says more than "nobody has logged in". */
static credence_rc search(struct session *session, const struct token_ask *ask)
{
	credence_rc rc = store_search(session, ask);

	if (rc == CREDENCE_MISS) {
		call_clear(session->call);
		return CREDENCE_SUCCESS;
	}
	return rc;
}

static credence_rc clock_check(struct credence_call *call, const struct record *record)
{
	if (record == NULL || !clock_is_unset())
		return CREDENCE_SUCCESS;
	call_fail(call, CREDENCE_UNAVAIL, "the clock is not set; nobody can tell what has expired");
	call_code(call, "clock");
	call_hint(call, "set the clock, or wait for time synchronisation");
	return CREDENCE_UNAVAIL;
}

/* The old token is still good and the trouble may pass: a caller is better served with the token.
 */
static bool may_use_old(const struct token_ask *ask, int judged, credence_rc rc)
{
	return judged == JUDGED_VALID && !ask->force &&
	       (rc == CREDENCE_UNAVAIL || rc == CREDENCE_LIMITED || rc == CREDENCE_DENIED ||
		rc == CREDENCE_LOGIN || rc == CREDENCE_CONFLICT || rc == CREDENCE_ERROR);
}

/* There is a new token, and it is not what was asked for. */
static credence_rc explain_new(struct session *session, const struct token_ask *ask)
{
	struct record *record = session->record;
	const struct access_token *access =
	    record != NULL
		? record_access(record, session->profile->scope, session->profile->resource)
		: NULL;
	int64_t left = access != NULL ? access_left(access) : 0;
	struct buf span = BUF_INIT;

	if (access == NULL)
		return judge_explain(session->call, session->profile, record);
	if (left > 0 && left >= ask->min_valid) {
		call_fail(session->call, CREDENCE_UNAVAIL,
			  "the new token is of generation %llu, and a later one was asked for",
			  (unsigned long long)record->generation);
		call_hint(session->call,
			  "give --newer-than the generation of the token that was refused");
		return CREDENCE_UNAVAIL;
	}
	text_span(&span, left);
	call_fail(session->call, CREDENCE_UNAVAIL, "a new token is good for no more than %s",
		  buf_text(&span));
	call_hint(session->call, "%s",
		  left > 0 ? "ask for less with --min-valid"
			   : "try again; compare the clock of this machine with the server's");
	buf_done(&span);
	return CREDENCE_UNAVAIL;
}

static credence_rc miss(struct session *session, const struct token_ask *ask, int judged,
			struct issued *issued)
{
	struct credence_call *call = session->call;
	uint64_t generation = session->record != NULL ? session->record->generation : 0;
	struct token_ask take = *ask;
	struct access_token *access;
	credence_rc rc = renew(session, ask, judged);

	if (rc == CREDENCE_SUCCESS || may_use_old(ask, judged, rc)) {
		if (rc != CREDENCE_SUCCESS)
			call_log(call, CREDENCE_LOG_WARNING,
				 "the token was not renewed, but is still good: %s",
				 call->failure.message != NULL ? call->failure.message : "");
		rc = session_tell(session, CREDENCE_SUCCESS);
		if (rc != CREDENCE_SUCCESS)
			return rc;
		call_clear(call);
		take.force = false;
		judged = judge(session->profile, session->record, &take, &access);
		if (judged != JUDGED_FRESH && judged != JUDGED_VALID)
			return explain_new(session, ask);
		issue(session, access, session->record->generation > generation, issued);
		return CREDENCE_SUCCESS;
	}
	return session_tell(session, rc);
}

/* Without a grant that can be used there is nothing that a person could do. */
static credence_rc needs_person(struct session *session)
{
	struct stack *grants;
	credence_rc rc = session_stack(session, CREDENCE_ROLE_GRANT, &grants);

	return rc == CREDENCE_SUCCESS
		   ? judge_explain(session->call, session->profile, session->record)
		   : rc;
}

/* What the store has, judged. */
static credence_rc look(struct session *session, const struct token_ask *ask, int *judged,
			struct access_token **access)
{
	credence_rc rc = search(session, ask);

	if (rc == CREDENCE_SUCCESS)
		rc = clock_check(session->call, session->record);
	if (rc == CREDENCE_SUCCESS)
		*judged = judge(session->profile, session->record, ask, access);
	return rc;
}

credence_rc session_token(struct session *session, const struct token_ask *ask,
			  struct issued *issued)
{
	struct access_token *access;
	struct entry *entry;
	int judged;
	credence_rc rc = look(session, ask, &judged, &access);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (judged == JUDGED_FRESH) {
		issue(session, access, false, issued);
		return CREDENCE_SUCCESS;
	}
	/* A dead token is explained at once, without lock or network. With --force, and when the
	 * record may have been made for another secret, the way through the lock decides. */
	if (judged == JUDGED_LOGIN && !renew_may_help(session) &&
	    !renew_unattended(session, &entry))
		return needs_person(session);
	return miss(session, ask, judged, issued);
}

credence_rc session_peek(struct session *session, const struct token_ask *ask,
			 struct issued *issued)
{
	struct access_token *access;
	struct entry *entry;
	int judged;
	credence_rc rc = look(session, ask, &judged, &access);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (judged == JUDGED_LOGIN && !renew_unattended(session, &entry))
		return needs_person(session);
	if (judged != JUDGED_FRESH && judged != JUDGED_VALID && session->record != NULL)
		rc = judge_not_before(session->call, session->record);
	if (rc == CREDENCE_SUCCESS)
		issue(session, access, false, issued);
	return rc;
}

credence_rc session_complete(struct session *session, struct issued *issued)
{
	credence_rc rc = CREDENCE_SUCCESS;

	if (session->record->cached_at == 0)
		return rc;
	issued->record = NULL;
	issued->access = NULL;
	rc = store_load(session);
	if (rc != CREDENCE_SUCCESS)
		return rc == CREDENCE_MISS ? judge_explain(session->call, session->profile, NULL)
					   : rc;
	issued->record = session->record;
	issued->access =
	    record_access(session->record, session->profile->scope, session->profile->resource);
	return issued->access != NULL
		   ? rc
		   : judge_explain(session->call, session->profile, session->record);
}

const char *issued_scheme(const struct issued *issued)
{
	if (issued->record->scheme != NULL)
		return issued->record->scheme;
	/* A server may write "bearer"; RFC 6750 section 2.1 has one spelling. */
	if (issued->access->type == NULL || strcasecmp(issued->access->type, "Bearer") == 0)
		return "Bearer";
	return issued->access->type;
}

credence_rc session_resolve(struct session *session, const char **source)
{
	credence_rc rc = store_load(session);

	if (rc == CREDENCE_MISS)
		call_clear(session->call);
	else if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = resolve(session);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	*source = session->record != NULL && session->record->location_source != NULL
		      ? session->record->location_source
		      : "profile";
	return CREDENCE_SUCCESS;
}
