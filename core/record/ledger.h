/* SPDX-License-Identifier: MIT */
/*
 * The ledger: what was asked of a provider and when, so that no request is sent that would make it
 * delete a token that is still in use. Entries are counted before the request is sent and never
 * taken back. What counts per refresh token is in the record; what counts per owner or client is a
 * ledger of its own in the same store, under a key made of issuer, client id and owner.
 */
#ifndef CREDENCE_RECORD_LEDGER_H
#define CREDENCE_RECORD_LEDGER_H

#include "core/call/call.h"

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stdint.h>

#define LEDGER_MAX 256 /* entries; the oldest go first, expired ones before live ones */

/* Times and spans, in ms, are kept within 0 and the end of the year 9999, whatever is asked or
 * read, so that sums of a few of them can't overflow. */
#define LEDGER_TIME_MAX INT64_C(253402300799999)

#define LEDGER_ACCESS  1 /* an access token was asked for */
#define LEDGER_REFRESH 2 /* a refresh token was asked for (a login) */
#define LEDGER_CODE    3 /* an authorization code was asked for */

struct ledger_entry {
	int kind;
	int64_t at;               /* wall ms */
	int64_t expires;          /* wall ms: when what it made dies by itself; 0: never */
	char *who;                /* the credential; NULL: the record's own */
	struct json_object *rest; /* members that this version does not know; NULL: none */
};

struct ledger {
	struct ledger_entry *entry; /* oldest first; NULL while there are none */
	unsigned count, capacity;
};

/* A provider's limit. window 0 or count 0: no such limit; live 0: no cap. */
struct ledger_limit {
	int kind;
	int64_t count, window; /* that many in that many ms */
	int64_t live;          /* that many alive at once */
};

/* May one more be made now? 0: yes; else ms until it may (INT64_MAX: time does not help, one of
 * them must go first). *victim (may be NULL): whose would be deleted, borrowed; it is set only
 * where the cap on live ones is what stands in the way. An entry that is exactly window old does
 * not count any more; skew widens the window. */
int64_t ledger_wait(const struct ledger *, const struct ledger_limit *, int64_t now, int64_t skew,
		    const char **victim);
/* How many count against the window now; and how many are alive. */
int64_t ledger_used(const struct ledger *, int kind, int64_t window, int64_t now);
int64_t ledger_live(const struct ledger *, int kind, int64_t now);

/* false: out of memory, nothing was added. */
bool ledger_add(struct ledger *, int kind, int64_t at, int64_t expires, const char *who);
/* What that credential was counted for at made (0: the newest that is alive) died then: it no
 * longer counts as alive, but stays counted in its window. What was never made died when it was
 * counted. false: nothing of the kind was alive. */
bool ledger_ended(struct ledger *, int kind, const char *who, int64_t made, int64_t then);
/* Entries of that kind that are neither alive nor younger than two windows count for nothing and
 * go; those that are dated later than now, because the clock was set back, get the time now and
 * grow old from here on. Call it before ledger_wait: each load pays for each entry. */
void ledger_tidy(struct ledger *, int kind, int64_t window, int64_t now);
/* To another clock, which is so many ms ahead. */
void ledger_shift(struct ledger *, int64_t ms);
void ledger_done(struct ledger *);
/* Moves the entries of another ledger that this one lacks into it, each to its place in time.
 * *added: how many. false: out of memory, some may be missing. */
bool ledger_merge(struct ledger *, struct ledger *from, unsigned *added);

/* NULL: out of memory. */
struct json_object *ledger_to_json(const struct ledger *);
/* Adds the entries of a list; what it can't read counts for nothing but is kept. Takes members out
 * of the list. false: out of memory. */
bool ledger_from_json(struct ledger *, struct json_object *);

/* The key of a ledger in the store: "+" and 32 hex digits of SHA-256(issuer NUL client id NUL
 * owner); an owner of "" makes the client's. */
void ledger_key(const char *issuer, const char *client_id, const char *owner, char key[34]);

#endif
