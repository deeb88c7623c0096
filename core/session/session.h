/* SPDX-License-Identifier: MIT */
/*
 * One profile in one call: its stacks, its record, and everything a verb can do with it. The way of
 * a token that is still valid is here and in store.h, whole; what happens on a miss is in
 * core/renew.
 */
#ifndef CREDENCE_SESSION_SESSION_H
#define CREDENCE_SESSION_SESSION_H

#include "core/module/host.h"
#include "core/os/lock.h"
#include "core/record/record.h"
#include "core/session/context.h"
#include "core/stack/stack.h"

struct session {
	struct credence_call *call;
	struct credence *context;
	struct profile *profile;
	struct work work;
	struct stack stack[ROLE_COUNT]; /* by role; opened when first needed */
	bool stack_open[ROLE_COUNT];
	struct record *record;    /* what the last load found; NULL: none */
	struct entry *found;      /* the store entry it came from */
	bool damaged;             /* the last load found what can't be understood by anyone */
	struct lock lock;         /* of the credential */
	struct trace trace;       /* filled if work.trace points to it */
	const char *event;        /* what happened, for session_tell; NULL: nothing */
	int64_t event_started;    /* boot ms */
	struct login_ask *login;  /* while a person logs in; NULL else */
	const char *learned_from; /* the answer that moved the credential; NULL: none did */
	bool found_intent;        /* somebody's answer was lost before */
	bool paths_checked;       /* every configuration file up to / */
	struct request
	    *request; /* the token request that is being made; see core/renew/request.h */
};

/* Loads the profile and its credential's record. act: the call may act on the profile (renew, log
 * in), so every path is checked up to /. Does not load the record. */
credence_rc session_open(struct credence_call *, const char *profile, bool act, struct session *);
/* Gives back everything, the lock too. Accepts a zeroed session. */
void session_done(struct session *);

/* The session's stack of a role, opened. */
credence_rc session_stack(struct session *, uint32_t role, struct stack **);

/* -- Tokens -- */

struct token_ask {
	int64_t min_valid;   /* ms that it must still be good for; 0: any */
	uint64_t newer_than; /* with has_newer_than: a generation above this one is wanted */
	bool has_newer_than;
	bool force; /* a new one whatever the old one's age */
};

/* A token that may be printed now; everything borrowed from the session's record. */
struct issued {
	const struct access_token *access;
	const struct record *record;
	bool renewed; /* by this call */
};

/* What the profile asks for, valid now: from the store, or renewed. SUCCESS; else the call's error
 * says why, with the exit status of the table in credence(1). When the server or the lock was busy
 * and the old token is still good, that one is given with a warning in the log. */
credence_rc session_token(struct session *, const struct token_ask *, struct issued *);

/* What session_token would answer now, without network and change: SUCCESS, or the call's error.
 * Leaves the record in the session when there is one, whatever the answer. */
credence_rc session_peek(struct session *, const struct token_ask *, struct issued *);

/* "Authorization" value's scheme: what the record keeps, else the token's type. */
const char *issued_scheme(const struct issued *);

/* -- A person -- */

struct login_ask {
	bool find_dc; /* try a self-client's code across the data centres */
};
/* A first authorization, or a new one. The old record stays until the new one is durable. */
credence_rc session_login(struct session *, struct login_ask *, struct issued *);

/* Tokens that were obtained elsewhere. Any member but the first two may be NULL or 0. */
struct import {
	const char *client_id;     /* must be the profile's */
	const char *refresh_token; /* or access_token */
	const char *access_token;
	const char *token_type, *scope, *location, *accounts_server, *api_domain;
	int64_t expires_at; /* wall ms */
};
credence_rc session_import(struct session *, const struct import *, struct issued *);

/* At the server, then here: kept here if the server did not confirm. */
credence_rc session_revoke(struct session *);
/* Here only; what counts against limits still counts. MISS (LOGIN status) if there is nothing. */
credence_rc session_logout(struct session *);

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

/* Loads the record without judging it (for status, export). MISS: there is none. */
credence_rc session_load(struct session *);

/* Runs the walks of a miss without sending or changing anything; session->trace has them. */
credence_rc session_trace(struct session *, bool live, struct issued *);

/* What is known of a limit, for status. */
struct limit_use {
	int kind;                    /* LEDGER_… */
	int64_t used, count, window; /* in the window */
	int64_t live, live_max;      /* alive; live_max 0: no cap */
};
credence_rc session_limit(struct session *, int kind, struct limit_use *);

/* Where the credential is at home and why: attributes location, accounts_server, api_domain of
 * session->work.known after the resolver's walk; source is a phrase, borrowed. */
credence_rc session_resolve(struct session *, const char **source);

/* The provider's catalogue entry for a code. at: "token", "api", …, NULL: any. */
struct catalogue_entry {
	const char *code, *at, *error_class, *cause, *remedy; /* NULL: not given */
	int64_t retry_after;                                  /* ms; 0: none */
};
bool catalogue_find(const struct provider *, const char *code, const char *at,
		    struct catalogue_entry *);

/* -- Output formats (core/session/export.c) -- */

/* Names of the formats, NULL-terminated. */
extern const char *const export_formats[];
/* The credential as text in a format. with_secrets: refresh token and client secret too. CONFIG: no
 * such format. */
credence_rc session_export(struct session *, const struct issued *, const char *format,
			   bool with_secrets, struct buf *text);
/* "token --json" as one line, also the export format json. */
void issued_json(const struct session *, const struct issued *, struct buf *text);
/* CREDENCE_PROFILE, CREDENCE_ACCESS_TOKEN and so on, as the format env has them; variables is
 * empty before. false: out of memory. */
bool issued_variables(const struct session *, const struct issued *, struct attributes *variables);

#endif
