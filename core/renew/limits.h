/* SPDX-License-Identifier: MIT */
/*
 * The provider's limits, held against the ledgers: may one more be asked for, and counting that it
 * was. Counted durable before the request is sent, and never taken back.
 */
#ifndef CREDENCE_RENEW_LIMITS_H
#define CREDENCE_RENEW_LIMITS_H

#include "core/session/session.h"

/* LIMITED (status 7, retry_after set) if one more of that kind would make the provider delete a
 * token that is in use, or refuse; else counts it. What counts per refresh token goes into record's
 * ledger (the caller saves the record); what counts per owner or client into that ledger, which is
 * saved here. *at (may be NULL): where the ledger has it. */
credence_rc limits_count(struct session *, struct record *, int kind, int64_t *at);

/* The same without counting, before a person is asked for what would then be refused; only of what
 * counts per owner or client, for another refresh token starts from nothing. */
credence_rc limits_check(struct session *, int kind);

/* Counts one that was made already, by somebody else, and so is there whatever the limits say. */
credence_rc limits_note(struct session *, struct record *, int kind, int64_t *at);

/* The keys of the ledgers of their own in which this profile's requests count, each once; answers
 * how many. profile_provider must have succeeded. */
#define LIMITS_LEDGERS 3
unsigned limits_ledgers(const struct session *, char keys[LIMITS_LEDGERS][34]);

/* The refresh token of the session's record (where it isn't known which that is: the credential's
 * newest) is no longer alive at the server, which said so. It stays counted in its window. Failures
 * are only logged, and the call keeps the error that it has. */
void limits_dead(struct session *);
/* The same for one that was counted then and never made: the server refused. */
void limits_unmade(struct session *, int64_t counted_at);
/* The same for all that the credential ever got: a person says that they are revoked. MISS: none of
 * them counted as alive. */
credence_rc limits_forget(struct session *);

/* What is known of a limit, for status. */
struct limit_use {
	int kind;                    /* LEDGER_… */
	int64_t used, count, window; /* in the window */
	int64_t live, live_max;      /* alive; live_max 0: no cap */
};
credence_rc session_limit(struct session *, int kind, struct limit_use *);

#endif
