/* SPDX-License-Identifier: MIT */
/*
 * Store "etcd": records under a prefix of an etcd cluster, over its JSON gateway (/v3/…). What the
 * files share: a self, the error that a method ends with, and who does what.
 *
 *	etcd.c       the methods of a store
 *	lock.c       locks: a key that lives with a lease
 *	holder.c     who holds a lock, and whether that is known to have ended
 *	client.c     one question to the cluster: its members in turn, the user's token
 *	answer.c     what stands in an answer
 *	error.c      what an error of etcd's comes to
 *
 * Everything is sent by the host, to the servers of option endpoints.
 */
#ifndef CREDENCE_STORE_ETCD_H
#define CREDENCE_STORE_ETCD_H

#include "core/os/buf.h"
#include "core/os/json.h"

#include <credence/module.h>
#include <stdbool.h>
#include <stdint.h>

#define KEY_MAX    64 /* of a record, by the ABI */
#define PREFIX_MAX 128
#define SEEN       4 /* a record, its ledgers */

/* What a key had when it was last read or written here. */
struct seen {
	char key[KEY_MAX + 1];
	uint64_t revision; /* credence's; 0: nothing was seen */
	int64_t mod;       /* etcd's: the modification that made it so */
};

/* A lock that was taken. */
struct held {
	struct held *next;
	char key[KEY_MAX + 1];
	int64_t lease;
	int64_t life;  /* ms that the lease lives without a word from us */
	int64_t since; /* boot ms, from when on it does */
	int holder;    /* see holder_begin */
};

struct credence_self {
	const struct credence_host *host;
	struct credence_call *call; /* of the method that runs */
	uint32_t endpoint;          /* the one that answered last */
	struct buf token;           /* of the user; secret; empty: not asked for yet */
	struct held *held;
	struct seen seen[SEEN];
	unsigned next_seen;
	int64_t date; /* what the last answer said; 0: nothing */
	char prefix[PREFIX_MAX + 1];
	bool passing; /* a member said that the cluster will be of use in a moment */
	/* Why the method fails. No message: the host has set one, or nothing failed. */
	char message[320];
	const char *code, *hint;
};

/* -- error.c -- */

/* Notes what the method will fail with, and returns rc. code, hint: static, or NULL. */
credence_rc etcd_fail(struct credence_self *, credence_rc rc, const char *code, const char *hint,
		      const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The same for what a member answered instead of a result. MISS: it does not know the lease. */
credence_rc etcd_fail_answer(struct credence_self *, const char *endpoint, int status,
			     struct json_object *answer);
/* Has it the code that the method fails with? */
bool etcd_has_code(const struct credence_self *, const char *code);
void etcd_forget_error(struct credence_self *);
/* Hands the error to the host, at the end of a method. */
credence_rc etcd_end(struct credence_self *, credence_rc rc);

/* The user's token is not good any more. */
#define CODE_TOKEN "invalid_token"

/* -- client.c -- */

/* Asks the members in turn. *again (may be NULL) becomes true when a member may have done what was
 * asked although its answer did not come. SUCCESS: *answer, an object, is the caller's to
 * json_wipe; else as etcd_fail_answer says, or as the host's http(). */
credence_rc etcd_ask(struct credence_self *, const char *path, const struct buf *question,
		     struct json_object **answer, bool *again);

/* -- answer.c -- */

/* A key and what it has. */
struct stored {
	bool there;
	struct buf value; /* secret */
	int64_t mod, lease;
};
void stored_done(struct stored *);

/* Of a range over one key. false: it makes no sense. *stored is to be stored_done in any case. */
bool answer_stored(struct json_object *range, struct stored *stored);
/* Of a transaction whose other branch is one range. */
bool answer_txn(struct json_object *answer, bool *succeeded, struct stored *other);
/* The cluster's revision as of the answer. */
bool answer_revision(struct json_object *answer, int64_t *revision);
/* Of a lease that was granted or kept alive: life is 0 if it has ended. */
bool answer_lease(struct json_object *answer, int64_t *lease, int64_t *life_ms);
/* The index-th key of a range over several; false: there is none, or it makes no sense. */
bool answer_key(struct json_object *range, size_t index, struct buf *key);
bool answer_has_more(struct json_object *range);

/* -- etcd.c -- */

#define RECORD "/record/"
#define LOCK   "/lock/"
/* Adds the etcd key of a record or lock to a question, as a JSON string. */
void etcd_add_key(struct credence_self *, struct buf *question, const char *kind, const char *key);
/* What came has the form of no answer. */
credence_rc etcd_no_sense(struct credence_self *);

/* -- holder.c -- */

/* Adds a holder to be, as the value of a lock. It lives until holder_end, or the process ends. The
 * answer is for holder_end, and may be -1: then nobody can see whether it does. */
int holder_begin(struct credence_self *, struct buf *);
void holder_end(int);
/* One of this very machine, in the same namespace, that lives no more? */
bool holder_is_gone(const char *holder);
/* The name of its host. */
void holder_host(const char *holder, struct buf *);

/* -- lock.c -- */

credence_rc etcd_lock(struct credence_self *, struct credence_call *, const char *key);
credence_rc etcd_unlock(struct credence_self *, struct credence_call *, const char *key);
/* The leases of locks that are held live on. What fails shows when they are given back. */
void etcd_keep(struct credence_self *);
void held_free(struct held *); /* as it ends; the lease is not given back. Accepts NULL */

#endif
