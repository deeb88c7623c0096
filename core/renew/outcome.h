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

/* A renewal failed with rc; the call's error says how. Marks the record dead, or gives it a
 * not-before, and clears its intent unless the answer may be lost. */
void outcome_failure(struct session *, const struct request *, credence_rc rc);

/* The answer to a request of that record may be lost: it left, and nothing the server said came
 * back. */
bool outcome_is_lost(const struct session *, const struct request *);

/* Clears dead and not_before: a person or a changed client gives it another chance. */
void outcome_forgive(struct record *);
void intent_clear(struct record *);

#endif
