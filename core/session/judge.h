/* SPDX-License-Identifier: MIT */
/*
 * Judging a record: is it this profile's, does it cover the scopes, is its access token still good,
 * may its refresh token be sent? No store, no network: only a record, an ask and the clock.
 */
#ifndef CREDENCE_SESSION_JUDGE_H
#define CREDENCE_SESSION_JUDGE_H

#include "core/session/session.h"

#define JUDGED_FRESH   0 /* an access token that needs no renewal yet */
#define JUDGED_VALID   1 /* one that may be used, but is due for renewal */
#define JUDGED_EXPIRED 2 /* none that may be used; a renewal would give one */
#define JUDGED_LOGIN   3 /* none, and only a person can help; judge_explain says why */

/* *access (may be NULL): the token, with FRESH and VALID; else NULL. record NULL: LOGIN. */
int judge(const struct profile *, struct record *, const struct token_ask *,
	  struct access_token **access);

/* Would a renewal give what is asked for? Each is one of those that the provider allows, so one
 * that can't help is not made: UNAVAIL. record NULL: SUCCESS. */
credence_rc judge_ask(struct credence_call *, const struct profile *, struct record *,
		      const struct token_ask *);

/* Sets the call's error for JUDGED_LOGIN: not logged in, another client, a scope that was not
 * granted, a dead refresh token. */
credence_rc judge_explain(struct credence_call *, const struct profile *, struct record *);

/* Was it given by another provider, to another client or owner than the profile's? */
bool judge_is_foreign(const struct profile *, const struct record *);
/* The same, told. SUCCESS: it is the profile's. LOGIN: neither renewed, revoked nor asked about,
 * since no other server and client have a part in it. */
credence_rc judge_origin(struct credence_call *, const struct profile *, const struct record *);

/* ms that an access token is still good for; 0: expired. Trusts boot time over a wall clock that
 * jumped. */
int64_t access_left(const struct access_token *);

/* Nothing may be sent before not_before: sets the call's error as it was then, with what is left to
 * wait; SUCCESS: free. */
credence_rc judge_not_before(struct credence_call *, const struct record *);

#endif
