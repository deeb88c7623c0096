/* SPDX-License-Identifier: MIT */
/*
 * What everybody comes for: a token that is valid now, and what can be done with one. A session is
 * opened here; core/session has what it holds.
 */
#ifndef CREDENCE_TOKEN_TOKEN_H
#define CREDENCE_TOKEN_TOKEN_H

#include "core/session/session.h"

/* Loads the profile and its credential's record. act: the call may act on the profile (renew, log
 * in), so every path is checked up to /. Does not load the record. */
credence_rc session_open(struct credence_call *, const char *profile, bool act, struct session *);
/* The same for whoever looks at the configuration only, and may not be the user whose state it is.
 */
credence_rc session_look(struct credence_call *, const char *profile, bool act, struct session *);
/* A second session of the same call on a profile that is the session's from now on. */
void session_init(struct credence_call *, struct profile *, struct session *);

/* What the profile asks for, valid now: from the store, or renewed. SUCCESS; else the call's error
 * says why, with the exit status of the table in credence(1). When the server or the lock was busy
 * and the old token is still good, that one is given with a warning in the log. */
credence_rc session_token(struct session *, const struct token_ask *, struct issued *);

/* What session_token would answer now, without network and change: SUCCESS, or the call's error.
 * Leaves the record in the session when there is one, whatever the answer. */
credence_rc session_peek(struct session *, const struct token_ask *, struct issued *);

/* The authority's record in the place of a cache's copy, which lacks the refresh token and what was
 * counted. SUCCESS: there is an access token in it, too. */
credence_rc session_complete(struct session *, struct issued *);

/* "Authorization" value's scheme: what the record keeps, else the token's type. */
const char *issued_scheme(const struct issued *);

/* -- Resource servers -- */

/* api_domain and path joined: path begins with /, or is an absolute URL on a host of the provider's
 * table. Checks the recorded servers against the table (exit 10). */
credence_rc session_url(struct session *, const char *path, struct buf *url);

/* One API request with the token; renews once on a 401 that the provider's catalogue calls an
 * expired token, unless the token is younger than a minute (wrong data centre or scope; explained
 * instead). body NULL: none. The status is in answer; SUCCESS whatever it is. */
credence_rc session_api(struct session *, const char *method, const char *path,
			const struct credence_param *headers, uint32_t header_count,
			const void *body, size_t body_length, struct http_answer *answer);

/* -- Knowing -- */

/* Runs the walks of a miss without sending or changing anything; session->trace has them. */
credence_rc session_trace(struct session *, bool live, struct issued *);

/* Where the credential is at home and why: attributes location, accounts_server, api_domain of
 * session->work.known after the resolver's walk; source is a phrase, borrowed. */
credence_rc session_resolve(struct session *, const char **source);

/* -- Output formats (core/token/export.c) -- */

/* Names of the formats, NULL-terminated. */
extern const char *const export_formats[];
/* The credential as text in a format. with_secrets: refresh token and client secret too. CONFIG: no
 * such format. */
credence_rc session_export(struct session *, const struct issued *, const char *format,
			   bool with_secrets, struct buf *text);
/* "token --json" as one line, also the export format json. */
void issued_json(const struct session *, const struct issued *, struct buf *text);
/* All variables that the format env can have, NULL-terminated; the first ISSUED_PUBLIC hold no
 * long-lived secret. Those of one credential are never left beside another's. */
#define ISSUED_NAMES  8
#define ISSUED_PUBLIC 5
extern const char *const issued_names[ISSUED_NAMES + 1];
/* The public ones that this credential has; variables is empty before. false: out of memory. */
bool issued_variables(const struct session *, const struct issued *, struct attributes *variables);

#endif
