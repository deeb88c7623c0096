/* SPDX-License-Identifier: MIT */
/* What a record is good for; see judge.h. */
#include "core/session/judge.h"

#include "core/os/clock.h"
#include "core/os/text.h"

#include <string.h>

int64_t access_left(const struct access_token *access)
{
	int64_t life = access->expires_at - access->issued.wall;
	int64_t left = life - moment_age(&access->issued, NULL);

	/* A clock that stood in the future when the token was made must not stretch its life. */
	if (left > life)
		left = life;
	return left > 0 ? left : 0;
}

static bool is_due(const struct access_token *access, int64_t left)
{
	return left <= access->expires_at - access->renew_at;
}

/* Does the consent cover what the profile asks for? An unknown scope covers everything: some
 * servers never say. */
static bool covers(const struct record *record, const struct profile *profile)
{
	return record->scope == NULL || record->scope[0] == '\0' ||
	       text_words_cover(record->scope, profile->scope);
}

static bool can_renew(const struct profile *profile, const struct record *record)
{
	/* Only the authority knows: a cache holds no refresh token. Asking anew asks for what the
	 * profile says now. */
	if (record->cached_at != 0 || record->renewal != NULL)
		return true;
	return record->refresh_token != NULL && record->dead.at == 0 && covers(record, profile);
}

bool judge_is_foreign(const struct profile *profile, const struct record *record)
{
	return record_mismatch(record, profile->provider_name, profile->client_id,
			       profile->owner) != NULL;
}

int judge(const struct profile *profile, struct record *record, const struct token_ask *ask,
	  struct access_token **ret)
{
	struct access_token *access;
	int64_t left;

	if (ret != NULL)
		*ret = NULL;
	if (record == NULL || judge_is_foreign(profile, record))
		return JUDGED_LOGIN;
	access = record_access(record, profile->scope, profile->resource);
	left = access != NULL ? access_left(access) : 0;
	if (left == 0 || left < ask->min_valid)
		return can_renew(profile, record) ? JUDGED_EXPIRED : JUDGED_LOGIN;
	if (ask->has_newer_than && record->generation <= ask->newer_than)
		return can_renew(profile, record) ? JUDGED_EXPIRED : JUDGED_LOGIN;
	if (ret != NULL)
		*ret = access;
	/* A token that nobody can renew is used to its end. */
	if (ask->force || (is_due(access, left) && can_renew(profile, record)))
		return JUDGED_VALID;
	return JUDGED_FRESH;
}

/* The whole life that the server gave the token; 0: not known, for it was brought from elsewhere
 * and had lived a while. */
static int64_t given_life(const struct record *record, const struct access_token *access)
{
	unsigned i;

	for (i = 0; i < record->outcome_count; i++) {
		const struct outcome *outcome = &record->outcome[i];

		if (outcome->what != NULL && (strcmp(outcome->what, "renewed") == 0 ||
					      strcmp(outcome->what, "logged_in") == 0 ||
					      strcmp(outcome->what, "imported") == 0))
			return outcome->status != 0 ? access->expires_at - access->issued.wall : 0;
	}
	return 0;
}

/* What is due is renewed in any case, and then it shows whether the server gives more by now. */
static credence_rc ask_life(struct credence_call *call, const struct record *record,
			    const struct access_token *access, const struct token_ask *ask)
{
	int64_t life = given_life(record, access);
	struct buf span = BUF_INIT;

	if (life == 0 || ask->min_valid < life || is_due(access, access_left(access)))
		return CREDENCE_SUCCESS;
	text_span(&span, life);
	call_fail(call, CREDENCE_UNAVAIL, "a new token is good for no more than %s",
		  buf_text(&span));
	call_hint(call, "ask for less with --min-valid");
	buf_done(&span);
	return CREDENCE_UNAVAIL;
}

credence_rc judge_ask(struct credence_call *call, const struct profile *profile,
		      struct record *record, const struct token_ask *ask)
{
	const struct access_token *access;

	if (record == NULL)
		return CREDENCE_SUCCESS;
	if (ask->has_newer_than && record->generation < ask->newer_than) {
		call_fail(call, CREDENCE_UNAVAIL,
			  "the token is of generation %llu, and a later one than the next was "
			  "asked for",
			  (unsigned long long)record->generation);
		call_hint(call, "give --newer-than the generation of the token that was refused");
		return CREDENCE_UNAVAIL;
	}
	access = record_access(record, profile->scope, profile->resource);
	return access != NULL ? ask_life(call, record, access, ask) : CREDENCE_SUCCESS;
}

static credence_rc explain_dead(struct credence_call *call, const struct profile *profile,
				const struct record *record)
{
	struct buf when = BUF_INIT;

	text_moment(&when, record->dead.at);
	call_fail(call, CREDENCE_LOGIN, "%s on %s and is not sent again",
		  record->dead.reason != NULL ? record->dead.reason
					      : "the refresh token was refused",
		  buf_text(&when));
	call_code(call, record->dead.code);
	call_hint(call, "credence login %s", profile->name);
	buf_done(&when);
	return CREDENCE_LOGIN;
}

static credence_rc explain_scope(struct credence_call *call, const struct profile *profile,
				 const struct record *record)
{
	struct buf missing = BUF_INIT;

	text_words_missing(&missing, record->scope, profile->scope);
	call_fail(call, CREDENCE_LOGIN, "scope %s was not granted at login", buf_text(&missing));
	call_hint(call, "credence login %s", profile->name);
	buf_done(&missing);
	return CREDENCE_LOGIN;
}

credence_rc judge_origin(struct credence_call *call, const struct profile *profile,
			 const struct record *record)
{
	const char *member =
	    record_mismatch(record, profile->provider_name, profile->client_id, profile->owner);

	if (member == NULL)
		return CREDENCE_SUCCESS;
	call_fail(call, CREDENCE_LOGIN,
		  "the %s of the profile is not the one that the token was issued for", member);
	call_hint(call, "put the old %s back, or: credence login %s", member, profile->name);
	return CREDENCE_LOGIN;
}

credence_rc judge_explain(struct credence_call *call, const struct profile *profile,
			  struct record *record)
{
	if (record == NULL) {
		call_fail(call, CREDENCE_LOGIN, "nobody has logged in yet");
	} else if (judge_origin(call, profile, record) != CREDENCE_SUCCESS) {
		return CREDENCE_LOGIN;
	} else if (record->dead.at != 0) {
		return explain_dead(call, profile, record);
	} else if (!covers(record, profile)) {
		return explain_scope(call, profile, record);
	} else {
		call_fail(
		    call, CREDENCE_LOGIN,
		    "the access token is no longer good enough, and there is no refresh token");
	}
	call_hint(call, "credence login %s", profile->name);
	return CREDENCE_LOGIN;
}

static credence_rc rc_of_status(int status)
{
	switch (status) {
	case STATUS_REFUSED:
		return CREDENCE_DENIED;
	case STATUS_LIMIT:
		return CREDENCE_LIMITED;
	default:
		return CREDENCE_UNAVAIL;
	}
}

credence_rc judge_not_before(struct credence_call *call, const struct record *record)
{
	int64_t left = record->not_before.until - clock_wall();
	credence_rc rc;

	/* A clock that was set back must not lock anyone out for longer than was meant. */
	if (record->not_before.until == 0 || left <= 0 || left > record->not_before.delay)
		return CREDENCE_SUCCESS;
	rc = rc_of_status(record->not_before.status);
	call_fail_status(call, record->not_before.status, rc, "%s",
			 record->not_before.message != NULL ? record->not_before.message
							    : "the server asked for time");
	call_code(call, record->not_before.code);
	if (record->not_before.hint != NULL)
		call_hint(call, "%s", record->not_before.hint);
	call_retry_after(call, left);
	return rc;
}
