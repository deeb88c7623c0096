/* SPDX-License-Identifier: MIT */
/*
 * The record of a credential: what one consent gave, what was made of it, and what happened to it.
 * JSON in the store, this structure in memory. Members that this version does not know are kept
 * when it is written again; a newer format MAJOR is read as far as it goes and never written.
 *
 * Invariants:
 *   - revision rises with every save, generation only with a new access token; id is drawn anew
 * with every save that changes tokens, and parent is the id it was made from.
 *   - an access token is in access[] at most once for one set of scopes and one resource.
 *   - dead.at != 0: the refresh token is kept but not sent.
 *   - intent.start != 0: somebody was about to send a token request, and did not come back yet.
 */
#ifndef CREDENCE_RECORD_RECORD_H
#define CREDENCE_RECORD_RECORD_H

#include "core/call/call.h"
#include "core/os/clock.h"
#include "core/record/ledger.h"

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stdint.h>

#define RECORD_MAJOR 1
#define RECORD_MINOR 0

#define RECORD_ACCESS_MAX   16 /* access tokens for different scopes or resources */
#define RECORD_OUTCOMES_MAX 8

#define RECORD_GENERATION_MAX ((int64_t)1 << 53) /* as far as every reader of JSON counts */

struct access_token {
	char *token;              /* secret memory */
	char *type;               /* "Bearer", as the server said */
	char *scope;              /* space separated, as granted */
	char *resource;           /* "" if none */
	struct moment issued;     /* start of the request that made it */
	int64_t renew_at;         /* wall ms; from here on it is renewed */
	int64_t expires_at;       /* wall ms */
	struct json_object *rest; /* members that this version does not know; NULL: none */
};

struct outcome {
	int64_t at; /* wall ms */
	char *host;
	char *what; /* "renewed", "logged_in", or the answer's code: "invalid_code", "timeout", … */
	int status;               /* HTTP; 0: none */
	int64_t duration;         /* ms */
	char *server;             /* host name of the accounts server */
	struct json_object *rest; /* as in access_token */
};

struct intent {
	char *host;
	char *lock; /* of the holder, as core/os/lock.h identifies it */
	int64_t pid;
	char *parent; /* id of the record from which the request is made */
	struct moment start;
	int64_t deadline; /* wall ms: the holder gives up by then */
};

struct record {
	uint64_t revision; /* of the envelope it came in; 0: new */
	int major, minor;
	uint64_t generation;
	char *id, *parent; /* 32 hex digits; parent "" for a first one */
	char *grant;       /* name of the entry that acquired it */
	char *renewal;     /* "acquire": a new token is acquired as the first was, without a person;
			    * NULL: by refresh token */
	/* The fingerprint: what it was issued for. */
	char *provider, *client_id, *owner;
	char *credential;
	char *refresh_token;       /* secret memory; NULL: there is none */
	int64_t refresh_token_at;  /* wall ms: when it was first received */
	int64_t counted_at;        /* wall ms: where the ledger of logins has it; 0: not known */
	char *spare_refresh_token; /* secret memory: another one of the same parent, tried once when
				    * the current one is refused; NULL: none */
	char *id_token;            /* secret memory; NULL: none */
	char *scope;               /* of the consent, space separated */
	char *location, *accounts_server, *api_domain; /* NULL: not known */
	char
	    *location_source; /* where these come from: "token answer", "authorization answer", … */
	int64_t location_at;
	int64_t cached_at; /* wall ms: when this copy was put into a cache; 0: it is none */
	char *scheme;      /* authorization scheme for header: "Bearer", … */
	struct access_token access[RECORD_ACCESS_MAX];
	unsigned access_count;
	struct ledger ledger; /* what counts per refresh token */
	struct intent intent;
	struct {
		int64_t at;
		char *code, *reason;
	} dead;
	struct {
		int64_t until; /* wall ms: nothing is sent before; 0: free */
		int64_t delay; /* ms: the last one, for growing it */
		int status;    /* STATUS_… that callers get meanwhile */
		char *code, *message, *hint;
	} not_before;
	char *client_check; /* 16 hex digits that change when the client's secret or key does */
	struct outcome outcome[RECORD_OUTCOMES_MAX]; /* newest first */
	unsigned outcome_count;
	/* Members that this version does not know; those of intent, dead and not_before under their
	 * names. No secret that this version knows is in there. NULL: none. */
	struct json_object *rest;
};

struct record *record_new(void);   /* NULL: out of memory */
void record_free(struct record *); /* wipes */

/* From the payload of an envelope. ERROR with a message (no place) that names the member: not a
 * record, a wrong type, or a string with control characters. Numbers that no clock shows are
 * clamped (times to 0 … LEDGER_TIME_MAX). Of a newer MAJOR it takes what it understands. */
credence_rc record_decode(struct credence_call *, const char *payload, size_t length,
			  struct record **);
/* To a payload, into a secret buffer. without_refresh: for a cache: no refresh token, no id token,
 * no ledger, no unknown members of the record itself. ERROR: the record's MAJOR is newer than ours;
 * it is not written. */
credence_rc record_encode(struct credence_call *, struct record *, bool without_refresh,
			  struct buf *payload);

/* All its times, to another clock which is so many ms ahead. */
void record_shift(struct record *, int64_t ms);

/* A new random id; the old one becomes the parent. */
credence_rc record_new_id(struct credence_call *, struct record *);
/* Of two ids or parents: the same one; none is like no other. */
bool record_same_id(const char *a, const char *b);

/* The access token whose scopes cover the asked ones, for that resource; of several the one that
 * lives longest. NULL: none. */
struct access_token *record_access(struct record *, const char *scope, const char *resource);
/* Puts an access token in place of the one for the same scopes and resource (or drops the one that
 * expires first when full). Copies. */
credence_rc record_set_access(struct credence_call *, struct record *, const struct access_token *);
void record_drop_access(struct record *);

/* The name of the first member of the fingerprint that differs ("provider", "client id", "owner"),
 * or NULL. */
const char *record_mismatch(const struct record *, const char *provider, const char *client_id,
			    const char *owner);

/* Notes an outcome, newest first. Copies. */
void record_note(struct record *, const char *what, int status, int64_t duration,
		 const char *server);

/* Replaces a string member: record_set(&r->location, "eu"). Secret members: record_set_secret. */
bool record_set(char **member, const char *value);
bool record_set_secret(char **member, const char *value);

#endif
