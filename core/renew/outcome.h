/* SPDX-License-Identifier: MIT */
/*
 * What a token request's outcome does to the record: a token is put in, a refused refresh token is
 * marked dead, a server that is away gives everybody a time before which nothing is sent. Saving is
 * the caller's.
 */
#ifndef CREDENCE_RENEW_OUTCOME_H
#define CREDENCE_RENEW_OUTCOME_H

#include "core/renew/request.h"

/* A token came: access token, perhaps refresh token, scope, servers, generation, id, outcome.
 * asked: the scopes that were asked for. */
credence_rc outcome_token(struct session *, const struct request *, const struct put_token *,
			  const char *asked, const char *what);

/* The token came from an entry that needs no person: that is how the next one comes, and a refresh
 * token is of no use (RFC 6749 section 4.4.3), neither one that came along nor an older one. Before
 * outcome_token. */
credence_rc outcome_unattended(struct session *, const struct entry *, struct put_token *);

/* A renewal failed with rc; the call's error says how. Marks the record dead, or gives it a
 * not-before, and clears its intent unless the answer may be lost. */
void outcome_failure(struct session *, const struct request *, credence_rc rc);

/* Does a failure of that kind give everybody a time before which nothing is sent? */
bool outcome_is_delayed(credence_rc rc);
/* Nothing is sent for a while, and callers get the call's error meanwhile. */
void outcome_delay(struct session *, credence_rc rc);

/* Ours came with an answer; theirs is what the store has meanwhile, and becomes what is to be
 * saved: ours, with what they have counted and noted since; or theirs, with our refresh token as
 * its spare if both were made from the same. ours is gone then. false: theirs needs nothing of it.
 */
bool outcome_merge(struct record **theirs, struct record *ours);

/* The answer to a request of that record may be lost: it left, and nothing the server said came
 * back, nor did anybody turn it away. */
bool outcome_is_lost(const struct session *, const struct request *);

/* Clears dead and not_before: a person or a changed client gives it another chance. */
void outcome_forgive(struct record *);

#endif
