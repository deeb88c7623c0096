/* SPDX-License-Identifier: MIT */
/*
 * Opening a session, and the way of a token: the store first, and only when that has none that is
 * good, core/renew. Also what status needs: knowing without doing.
 */
#include "core/session/session.h"

#include "core/os/clock.h"
#include "core/renew/http.h"
#include "core/renew/renew.h"
#include "core/renew/request.h"
#include "core/renew/resolve.h"
#include "core/session/events.h"
#include "core/session/judge.h"
#include "core/session/store.h"

#include <string.h>

static credence_rc render(struct credence_call *call, const char *format, bool with_secrets,
			  struct buf *text)
{
	struct session *session = call->work->data;
	struct issued issued = {.record = session->record};

	if (session->record == NULL)
		return call_fail(call, CREDENCE_ERROR, "there is no record to render");
	issued.access =
	    record_access(session->record, session->profile->scope, session->profile->resource);
	return session_export(session, &issued, format, with_secrets, text);
}

credence_rc session_open(struct credence_call *call, const char *name, bool act,
			 struct session *session)
{
	credence_rc rc;

	memset(session, 0, sizeof(*session));
	session->call = call;
	session->context = call->context;
	session->lock = LOCK_INIT;
	rc = profile_load(call, &call->context->places, &call->context->main, name, NULL, act,
			  &session->profile);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	session->work.profile = session->profile;
	session->work.token_request = request_token;
	session->work.http = session_http;
	session->work.render = render;
	session->work.data = session;
	call->work = &session->work;
	return CREDENCE_SUCCESS;
}

void session_done(struct session *session)
{
	unsigned role;

	if (session->call == NULL)
		return;
	lock_release(&session->lock);
	for (role = 1; role < ROLE_COUNT; role++)
		if (session->stack_open[role])
			stack_done(session->call, &session->stack[role]);
	record_free(session->record);
	attributes_done(&session->work.known);
	trace_done(&session->trace);
	profile_free(session->profile);
	session->call->work = NULL;
	memset(session, 0, sizeof(*session));
}

credence_rc session_stack(struct session *session, uint32_t role, struct stack **stack)
{
	credence_rc rc = CREDENCE_SUCCESS;

	if (!session->stack_open[role])
		rc = stack_init(session->call, &session->stack[role], session->profile, role);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	session->stack_open[role] = true;
	*stack = &session->stack[role];
	return CREDENCE_SUCCESS;
}

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
		rc == CREDENCE_LOGIN || rc == CREDENCE_ERROR);
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
			return judge_explain(call, session->profile, session->record);
		issue(session, access, session->record->generation > generation, issued);
		return CREDENCE_SUCCESS;
	}
	return session_tell(session, rc);
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
		return judge_explain(session->call, session->profile, session->record);
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
		return judge_explain(session->call, session->profile, session->record);
	if (judged != JUDGED_FRESH && judged != JUDGED_VALID && session->record != NULL)
		rc = judge_not_before(session->call, session->record);
	if (rc == CREDENCE_SUCCESS)
		issue(session, access, false, issued);
	return rc;
}

credence_rc session_load(struct session *session)
{
	return store_load(session);
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
