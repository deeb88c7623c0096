/* SPDX-License-Identifier: MIT */
/* What an outcome does to a record; see outcome.h. */
#include "core/renew/outcome.h"

#include "core/os/clock.h"
#include "core/os/secret.h"
#include "core/os/text.h"

#include <stdlib.h>
#include <string.h>

#define MARGIN_MAX        (5 * CLOCK_MINUTE) /* renewal starts that long before expiry at most */
#define CLIENT_DELAY      (30 * CLOCK_SECOND)
#define CLIENT_DELAY_MAX  CLOCK_HOUR
#define LIMITED_DELAY     CLOCK_MINUTE
#define AWAY_DELAY        CLOCK_SECOND
#define AWAY_DELAY_MAX    (5 * CLOCK_MINUTE)
#define RETRY_AFTER_BOUND CLOCK_HOUR

void intent_clear(struct record *record)
{
	free(record->intent.host);
	free(record->intent.parent);
	memset(&record->intent, 0, sizeof(record->intent));
}

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

static int64_t margin(const struct session *session, int64_t life)
{
	int64_t wanted = life / 10 < MARGIN_MAX ? life / 10 : MARGIN_MAX;

	wanted = setting_duration(profile_find(session->profile, "refresh_before"), wanted);
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
		life = setting_duration(profile_find(session->profile, "lifetimes.access_token"),
					CLOCK_HOUR);
	access.expires_at = access.issued.wall + life;
	access.renew_at = access.expires_at - margin(session, life);
	return record_set_access(session->call, session->record, &access);
}

credence_rc outcome_token(struct session *session, const struct request *request,
			  const struct put_token *token, const char *asked, const char *what)
{
	struct record *record = session->record;
	const char *scheme = setting_string(profile_find(session->profile, "authorization_scheme"));
	const char *scope = token->scope != NULL ? token->scope : asked;
	credence_rc rc;

	rc = record_new_id(session->call, record);
	if (rc == CREDENCE_SUCCESS)
		rc = set_access(session, request, token, scope);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	record->generation++;
	intent_clear(record);
	outcome_forgive(record);
	if (!set_refresh_token(session, token) || !set_servers(session) ||
	    !record_set(&record->scheme, scheme))
		return call_oom(session->call);
	/* A renewal never widens what was granted; it may tell us what that was. */
	if ((record->scope == NULL || token->scope != NULL) && !record_set(&record->scope, scope))
		return call_oom(session->call);
	record_note(record, what, request->http_status, request->duration, request->server);
	return CREDENCE_SUCCESS;
}

/* -- A failure -- */

bool outcome_is_lost(const struct session *session, const struct request *request)
{
	return session->work.sent && !request->answered;
}

static void mark_dead(struct session *session)
{
	struct record *record = session->record;
	struct buf reason = BUF_INIT;

	if (record->intent.start.wall != 0 && session->found_intent) {
		buf_str(&reason, "an answer was lost at ");
		text_rfc3339(&reason, record->intent.start.wall);
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

static int64_t grown(int64_t last, int64_t first, int64_t most)
{
	int64_t next = last > 0 ? last * 2 : first;

	return next < most ? next : most;
}

static void set_not_before(struct session *session, credence_rc rc)
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

static bool deserves_delay(credence_rc rc)
{
	return rc == CREDENCE_UNAVAIL || rc == CREDENCE_LIMITED || rc == CREDENCE_DENIED ||
	       rc == CREDENCE_ERROR;
}

void outcome_failure(struct session *session, const struct request *request, credence_rc rc)
{
	const struct failure *failure = &session->call->failure;
	struct record *record = session->record;

	record_note(record, failure->code != NULL ? failure->code : rc_name(rc),
		    request->http_status, request->duration, request->server);
	/* What came with an answer of no other use still replaces the old one. */
	if (request->refresh_token != NULL &&
	    record_set_secret(&record->refresh_token, request->refresh_token) &&
	    record_new_id(session->call, record) == CREDENCE_SUCCESS)
		record->refresh_token_at = clock_wall();
	if (rc == CREDENCE_LOGIN && request->answered)
		mark_dead(session);
	else if (deserves_delay(rc))
		set_not_before(session, rc);
	if (!outcome_is_lost(session, request))
		intent_clear(record);
}
