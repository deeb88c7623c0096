/* SPDX-License-Identifier: MIT */
/* What an outcome does to a record; see outcome.h. */
#include "core/renew/outcome.h"

#include "core/os/clock.h"
#include "core/os/secret.h"
#include "core/os/text.h"
#include "core/renew/answer.h"
#include "core/renew/intent.h"
#include "core/session/store.h"

#include <stdlib.h>
#include <string.h>

#define MARGIN_MAX        (5 * CLOCK_MINUTE) /* renewal starts that long before expiry at most */
#define CLIENT_DELAY      (30 * CLOCK_SECOND)
#define CLIENT_DELAY_MAX  CLOCK_HOUR
#define LIMITED_DELAY     CLOCK_MINUTE
#define AWAY_DELAY        CLOCK_SECOND
#define AWAY_DELAY_MAX    (5 * CLOCK_MINUTE)
#define RETRY_AFTER_BOUND CLOCK_HOUR

void outcome_forgive(struct record *record)
{
	record->dead.at = 0;
	record_set(&record->dead.code, NULL);
	record_set(&record->dead.reason, NULL);
	record->not_before.until = record->not_before.delay = 0;
	record->not_before.status = 0;
	record_set(&record->not_before.code, NULL);
	record_set(&record->not_before.message, NULL);
	record_set(&record->not_before.hint, NULL);
}

/* -- A token -- */

/* Where hosts share, their clocks may differ; but half of a token's life is for using it. */
static int64_t margin(struct session *session, int64_t life)
{
	int64_t wanted = life / 10 < MARGIN_MAX ? life / 10 : MARGIN_MAX;
	int64_t most, skew = store_skew(session);

	wanted = setting_duration(profile_find(session->profile, "refresh_before"), wanted);
	most = wanted > life / 2 ? wanted : life / 2;
	wanted = wanted + skew < most ? wanted + skew : most;
	return wanted < life ? wanted : life;
}

static const char *known(const struct session *session, const char *name)
{
	return attributes_get(&session->work.known, name);
}

static bool set_servers(struct session *session)
{
	struct record *record = session->record;

	if (session->learned_from != NULL || record->location_source == NULL) {
		record->location_at = clock_wall();
		if (!record_set(&record->location_source,
				session->learned_from != NULL ? session->learned_from : "profile"))
			return false;
	}
	return record_set(&record->location, known(session, "location")) &&
	       record_set(&record->accounts_server, known(session, "accounts_server")) &&
	       record_set(&record->api_domain, known(session, "api_domain"));
}

static bool set_refresh_token(struct session *session, const struct put_token *token)
{
	struct record *record = session->record;

	if (token->id_token != NULL && !record_set_secret(&record->id_token, token->id_token))
		return false;
	if (token->refresh_token == NULL)
		return true;
	if (record->refresh_token == NULL ||
	    strcmp(record->refresh_token, token->refresh_token) != 0)
		record->refresh_token_at = clock_wall();
	return record_set_secret(&record->refresh_token, token->refresh_token);
}

static credence_rc set_access(struct session *session, const struct request *request,
			      const struct put_token *token, const char *scope)
{
	int64_t life = token->expires_in;
	struct access_token access = {
	    .token = token->access_token,
	    .type = token->token_type != NULL ? token->token_type : (char[]){"Bearer"},
	    .scope = (char *)scope,
	    .resource = (char *)session->profile->resource,
	    .issued = request->started,
	};

	if (life == 0)
		life = answer_usual_life(session);
	access.expires_at = access.issued.wall + life;
	access.renew_at = access.expires_at - margin(session, life);
	return record_set_access(session->call, session->record, &access);
}

credence_rc outcome_unattended(struct session *session, const struct entry *entry,
			       struct put_token *token)
{
	const struct credence_grant_ops *ops = &entry->module->ops.grant;
	struct record *record = session->record;
	bool anew = ops->renew == NULL || token->refresh_token == NULL;

	if (anew) {
		secret_free(token->refresh_token);
		token->refresh_token = NULL;
		secret_free(record->refresh_token);
		record->refresh_token = NULL;
		record->refresh_token_at = 0;
	}
	/* What it was granted before says nothing about what it was granted now. */
	return record_set(&record->scope, NULL) &&
		       record_set(&record->renewal, anew ? "acquire" : NULL)
		   ? CREDENCE_SUCCESS
		   : call_oom(session->call);
}

/* What was granted: what the answer names, and what was asked for that it would not name. Without a
 * word it is what was asked for. */
static void add_granted(struct session *session, const char *named, const char *asked,
			struct buf *granted)
{
	struct setting silent = profile_find(session->profile, "scopes.silent");

	text_words_union(granted, named != NULL ? named : asked);
	for (unsigned i = 0; named != NULL && asked != NULL && i < setting_count(silent); i++) {
		const char *scope = setting_string(setting_element(silent, i));

		if (text_words_cover(asked, scope))
			text_words_union(granted, scope);
	}
}

static credence_rc set_token(struct session *session, const struct request *request,
			     const struct put_token *token, const char *scope)
{
	struct record *record = session->record;
	bool narrower = token->scope != NULL && session->profile->resource[0] == '\0';
	credence_rc rc = set_access(session, request, token, scope);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	/* A renewal never widens what was granted; it may tell us what that was. For one resource
	 * of several it tells no more than what is of use there (RFC 8707 section 2.2). */
	return (record->scope != NULL && !narrower) || record_set(&record->scope, scope)
		   ? CREDENCE_SUCCESS
		   : call_oom(session->call);
}

credence_rc outcome_token(struct session *session, const struct request *request,
			  const struct put_token *token, const char *asked, const char *what)
{
	struct record *record = session->record;
	const char *scheme = setting_string(profile_find(session->profile, "authorization_scheme"));
	struct buf granted = BUF_INIT;
	credence_rc rc;

	add_granted(session, token->scope, asked, &granted);
	rc = granted.failed ? call_oom(session->call) : record_new_id(session->call, record);
	if (rc == CREDENCE_SUCCESS)
		rc = set_token(session, request, token, buf_text(&granted));
	buf_done(&granted);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	record->generation++;
	intent_clear(record);
	outcome_forgive(record);
	if (!set_refresh_token(session, token) || !set_servers(session) ||
	    !record_set(&record->scheme, scheme))
		return call_oom(session->call);
	record_note(record, what, request->http_status, request->duration, request->server);
	return CREDENCE_SUCCESS;
}

/* -- A failure -- */

bool outcome_is_lost(const struct session *session, const struct request *request)
{
	/* Redirected, throttled or turned away on the way (RFC 9110 section 15.4, 15.5): what could
	 * be lost was never made. */
	bool turned_away = request->http_status >= 300 && request->http_status < 500;

	return session->work.sent && !request->answered && !turned_away;
}

static void mark_dead(struct session *session)
{
	struct record *record = session->record;
	struct buf reason = BUF_INIT;

	if (session->lost_at != 0) {
		buf_str(&reason, "an answer was lost at ");
		text_rfc3339(&reason, session->lost_at);
		call_prefix(session->call, "%s", buf_text(&reason));
		buf_str(&reason, ", and the refresh token was refused");
	} else {
		buf_str(&reason, "the refresh token was refused");
	}
	record->dead.at = clock_wall();
	record_set(&record->dead.code, session->call->failure.code);
	record_set(&record->dead.reason, buf_text(&reason));
	session->event = "dead";
	buf_done(&reason);
}

/* Two hosts renewed from the same parent, since a lock between hosts is only a lease: theirs is
 * what all use, and our refresh token waits as its spare for the day when theirs is refused. */
static bool keep_spare(struct record *theirs, const struct record *ours)
{
	if (ours->refresh_token == NULL || theirs->refresh_token == NULL ||
	    strcmp(ours->refresh_token, theirs->refresh_token) == 0)
		return false;
	return record_set_secret(&theirs->spare_refresh_token, ours->refresh_token);
}

bool outcome_merge(struct record **theirs, struct record *ours)
{
	struct ledger ledger = ours->ledger;
	bool kept;

	if (record_same_id((*theirs)->id, ours->parent)) {
		ours->ledger = (*theirs)->ledger;
		(*theirs)->ledger = ledger;
		ours->revision = (*theirs)->revision;
		record_free(*theirs);
		*theirs = ours;
		return true;
	}
	kept = record_same_id((*theirs)->parent, ours->parent) && keep_spare(*theirs, ours);
	record_free(ours);
	return kept;
}

/* Another host made one from the same parent: perhaps that is the one the server knows. */
static bool take_spare(struct session *session)
{
	struct record *record = session->record;

	if (record->spare_refresh_token == NULL ||
	    record_new_id(session->call, record) != CREDENCE_SUCCESS)
		return false;
	secret_free(record->refresh_token);
	record->refresh_token = record->spare_refresh_token;
	record->spare_refresh_token = NULL;
	record->refresh_token_at = clock_wall();
	return true;
}

static int64_t grown(int64_t last, int64_t first, int64_t most)
{
	int64_t next = last > 0 ? last * 2 : first;

	return next < most ? next : most;
}

/* The answer may be lost, and with it the refresh token that replaces ours: the next try must come
 * while the server still takes the one that was replaced (RFC 9700 section 4.14.2). */
static void stay_in_window(struct session *session)
{
	struct record *record = session->record;
	int64_t window = setting_duration(profile_find(session->profile, "reuse_window"), 0);
	int64_t left = record->intent.start.wall + window - clock_wall();

	if (left <= 0 || record->not_before.delay <= left / 2)
		return;
	record->not_before.delay = left / 2;
	record->not_before.until = clock_wall() + record->not_before.delay;
	call_retry_after(session->call, record->not_before.delay);
}

void outcome_delay(struct session *session, credence_rc rc)
{
	const struct failure *failure = &session->call->failure;
	struct record *record = session->record;
	int64_t last = record->not_before.delay, asked = failure->retry_after, delay;

	if (rc == CREDENCE_UNAVAIL || rc == CREDENCE_ERROR)
		delay = grown(last, AWAY_DELAY, AWAY_DELAY_MAX);
	else if (rc == CREDENCE_LIMITED)
		delay = LIMITED_DELAY;
	else
		delay = grown(last, CLIENT_DELAY, CLIENT_DELAY_MAX);
	if (asked > 0)
		delay = asked < RETRY_AFTER_BOUND ? asked : RETRY_AFTER_BOUND;
	record->not_before.delay = delay;
	record->not_before.until = clock_wall() + delay;
	record->not_before.status = call_status(session->call, CREDENCE_ROLE_GRANT);
	record_set(&record->not_before.code, failure->code);
	record_set(&record->not_before.message, failure->message);
	record_set(&record->not_before.hint, failure->hint);
	if (rc == CREDENCE_UNAVAIL || rc == CREDENCE_LIMITED)
		call_retry_after(session->call, delay);
}

bool outcome_is_delayed(credence_rc rc)
{
	return rc == CREDENCE_UNAVAIL || rc == CREDENCE_LIMITED || rc == CREDENCE_DENIED ||
	       rc == CREDENCE_ERROR;
}

void outcome_failure(struct session *session, const struct request *request, credence_rc rc)
{
	const struct failure *failure = &session->call->failure;
	struct record *record = session->record;
	bool told = failure->retry_after > 0; /* by the server, when to ask again */

	record_note(record, failure->code != NULL ? failure->code : rc_name(rc),
		    request->http_status, request->duration, request->server);
	/* What came with an answer of no other use still replaces the old one. */
	if (request->refresh_token != NULL &&
	    record_set_secret(&record->refresh_token, request->refresh_token) &&
	    record_new_id(session->call, record) == CREDENCE_SUCCESS)
		record->refresh_token_at = clock_wall();
	if (rc == CREDENCE_LOGIN && request->answered && !take_spare(session))
		mark_dead(session);
	else if (outcome_is_delayed(rc))
		outcome_delay(session, rc);
	if (!outcome_is_lost(session, request))
		intent_clear(record);
	else if (!told)
		stay_in_window(session);
}
