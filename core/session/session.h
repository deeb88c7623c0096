/* SPDX-License-Identifier: MIT */
/*
 * One profile in one call: its stacks, its record, its lock. What it is used for is above:
 * core/token for tokens that may be printed, core/renew for new ones.
 */
#ifndef CREDENCE_SESSION_SESSION_H
#define CREDENCE_SESSION_SESSION_H

#include "core/module/context.h"
#include "core/module/host.h"
#include "core/os/lock.h"
#include "core/record/record.h"
#include "core/stack/stack.h"

struct session {
	struct credence_call *call;
	struct credence *context;
	struct profile *profile;
	struct work work;
	struct stack stack[ROLE_COUNT]; /* by role; opened when first needed */
	bool stack_open[ROLE_COUNT];
	struct record *record;     /* what the last load found; NULL: none */
	struct entry *found;       /* the store entry it came from */
	bool damaged;              /* the last load found what can't be understood by anyone */
	bool backfill;             /* a cache lacks what another entry had; see store_backfill */
	struct lock lock;          /* of the credential on this host; see credential_lock.h */
	struct entry *shared_lock; /* the store whose lock is held, too; NULL: none */
	struct trace trace;        /* filled if work.trace points to it */
	const char *event;         /* what happened, for session_tell; NULL: nothing */
	int64_t event_started;     /* boot ms */
	struct login_ask *login;   /* while a person logs in; NULL else */
	const char *learned_from;  /* the answer that moved the credential; NULL: none did */
	int64_t lost_at;    /* wall ms: when somebody's answer was lost before; 0: none was */
	bool busy_host;     /* another host's intent is live */
	bool paths_checked; /* every configuration file up to / */
	struct request
	    *request; /* the token request that is being made; see core/renew/request.h */
};

/* The session whose methods run from now on, where a call has several. */
void session_use(struct session *);
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

/* Loads the record without judging it (for status, export). MISS: there is none. */
credence_rc session_load(struct session *);

#endif
