/* SPDX-License-Identifier: MIT */
/*
 * Locks. A lock is a key that only one can make, and that goes with a lease of its maker's: when
 * that is given back, or was not kept alive for its life. The lease lives for what the call has
 * left; if it was lost all the same, the intent in the record keeps other hosts off.
 */
#include "core/os/base64.h"
#include "core/os/clock.h"
#include "etcd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIFE_LEAST (10 * CLOCK_SECOND) /* a call may try with less time than it has */
#define LIFE_MOST  (60 * CLOCK_SECOND)
#define LIFE_MORE  (5 * CLOCK_SECOND) /* beyond the call's own end */
#define POLL       100                /* ms between two looks at somebody else's lock, at least */

/* A lock that is being taken. */
struct attempt {
	const char *key;
	struct held *held;
	struct buf value;  /* of ours */
	struct buf holder; /* of somebody else's, when last seen */
	int64_t mod;       /* of that lock, if it may be taken over; 0: there must be none */
};

void held_free(struct held *held)
{
	if (held != NULL)
		holder_end(held->holder);
	free(held);
}

/* -- Leases -- */

static credence_rc ask_lease(struct credence_self *self, const char *path, struct buf *question,
			     struct held *held)
{
	int64_t lease, life, asked = clock_boot();
	struct json_object *answer = NULL;
	credence_rc rc = etcd_ask(self, path, question, &answer, NULL);

	if (rc == CREDENCE_SUCCESS && !answer_lease(answer, &lease, &life))
		rc = etcd_no_sense(self);
	if (rc == CREDENCE_SUCCESS && life == 0)
		rc = etcd_fail(self, CREDENCE_MISS, "lease", NULL, "the lease has ended");
	json_wipe(answer);
	buf_done(question);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	held->lease = lease;
	held->life = life;
	held->since = asked;
	return CREDENCE_SUCCESS;
}

static credence_rc grant(struct credence_self *self, struct held *held)
{
	int64_t life = self->host->time_left(self->call);
	struct buf question = BUF_INIT;

	if (life < LIFE_LEAST)
		life = LIFE_LEAST;
	if (life > LIFE_MOST)
		life = LIFE_MOST;
	buf_printf(&question, "{\"TTL\":\"%lld\"}", (long long)((life + LIFE_MORE) / CLOCK_SECOND));
	return ask_lease(self, "/v3/lease/grant", &question, held);
}

static credence_rc revoke(struct credence_self *self, const struct held *held)
{
	struct json_object *answer = NULL;
	struct buf question = BUF_INIT;
	bool again = false;
	credence_rc rc;

	buf_printf(&question, "{\"ID\":\"%lld\"}", (long long)held->lease);
	rc = etcd_ask(self, "/v3/lease/revoke", &question, &answer, &again);
	json_wipe(answer);
	buf_done(&question);
	return rc == CREDENCE_MISS && again ? CREDENCE_SUCCESS : rc;
}

static void keep(struct credence_self *self, struct held *held)
{
	struct buf question = BUF_INIT;

	if (clock_boot() - held->since < held->life / 2)
		return;
	buf_printf(&question, "{\"ID\":\"%lld\"}", (long long)held->lease);
	(void)ask_lease(self, "/v3/lease/keepalive", &question, held);
	etcd_forget_error(self);
}

void etcd_keep(struct credence_self *self)
{
	for (struct held *held = self->held; held != NULL; held = held->next)
		keep(self, held);
}

/* -- Taking -- */

static void add_range(struct credence_self *self, struct buf *question, const char *key)
{
	buf_str(question, "{\"key\":");
	etcd_add_key(self, question, LOCK, key);
	buf_char(question, '}');
}

static void add_attempt(struct credence_self *self, struct buf *question,
			const struct attempt *attempt)
{
	buf_str(question, "{\"compare\":[{\"target\":\"MOD\",\"result\":\"EQUAL\",\"key\":");
	etcd_add_key(self, question, LOCK, attempt->key);
	buf_printf(question, ",\"mod_revision\":\"%lld\"}],\"success\":[{\"request_put\":{\"key\":",
		   (long long)attempt->mod);
	etcd_add_key(self, question, LOCK, attempt->key);
	buf_printf(question, ",\"lease\":\"%lld\",\"value\":\"", (long long)attempt->held->lease);
	base64_add(question, buf_text(&attempt->value), attempt->value.length);
	buf_str(question, "\"}}],\"failure\":[{\"request_range\":");
	add_range(self, question, attempt->key);
	buf_str(question, "}]}");
}

/* What is there instead. SUCCESS: it is ours; CONFLICT: it is somebody else's, who lives; MISS: it
 * can be taken now. */
static credence_rc look(struct attempt *attempt, const struct stored *other)
{
	attempt->mod = 0;
	if (!other->there)
		return CREDENCE_MISS;
	if (other->lease == attempt->held->lease && other->lease != 0)
		return CREDENCE_SUCCESS;
	buf_reset(&attempt->holder);
	buf_str(&attempt->holder, buf_text(&other->value));
	if (!holder_is_gone(buf_text(&attempt->holder)))
		return CREDENCE_CONFLICT;
	attempt->mod = other->mod;
	return CREDENCE_MISS;
}

static credence_rc try_once(struct credence_self *self, struct attempt *attempt)
{
	struct stored other = {.value = BUF_SECRET};
	struct json_object *answer = NULL;
	struct buf question = BUF_INIT;
	bool succeeded = false;
	credence_rc rc;

	add_attempt(self, &question, attempt);
	rc = etcd_ask(self, "/v3/kv/txn", &question, &answer, NULL);
	if (rc == CREDENCE_SUCCESS && !answer_txn(answer, &succeeded, &other))
		rc = etcd_no_sense(self);
	else if (rc == CREDENCE_SUCCESS && !succeeded)
		rc = look(attempt, &other);
	stored_done(&other);
	json_wipe(answer);
	buf_done(&question);
	return rc;
}

/* Is it free now? Reading is cheaper for the cluster than trying. */
static credence_rc look_again(struct credence_self *self, struct attempt *attempt)
{
	struct stored other = {.value = BUF_SECRET};
	struct json_object *answer = NULL;
	struct buf question = BUF_INIT;
	credence_rc rc;

	add_range(self, &question, attempt->key);
	rc = etcd_ask(self, "/v3/kv/range", &question, &answer, NULL);
	if (rc == CREDENCE_SUCCESS && !answer_stored(answer, &other))
		rc = etcd_no_sense(self);
	else if (rc == CREDENCE_SUCCESS)
		rc = look(attempt, &other);
	stored_done(&other);
	json_wipe(answer);
	buf_done(&question);
	return rc;
}

static credence_rc busy(struct credence_self *self, const struct attempt *attempt)
{
	struct buf host = BUF_INIT;
	credence_rc rc;

	holder_host(buf_text(&attempt->holder), &host);
	rc = etcd_fail(
	    self, CREDENCE_UNAVAIL, "busy", "try again later, or give it more time: --timeout 60s",
	    "host %s is busy with %s", host.length > 0 ? buf_text(&host) : "?", attempt->key);
	buf_done(&host);
	return rc;
}

/* Until it is free. MISS: it is. */
static credence_rc await(struct credence_self *self, struct attempt *attempt)
{
	credence_rc rc = CREDENCE_CONFLICT;
	uint8_t random = 0;

	while (rc == CREDENCE_CONFLICT) {
		(void)self->host->random(self->call, &random, sizeof(random));
		rc = self->host->wait(self->call, POLL + random % POLL);
		if (rc == CREDENCE_CANCELLED)
			return etcd_fail(self, rc, NULL, NULL, "interrupted");
		if (rc == CREDENCE_SUCCESS)
			rc = look_again(self, attempt);
		/* Too late, or etcd is away by now: somebody else had it in any case. */
		if (rc == CREDENCE_UNAVAIL && self->host->time_left(self->call) <= 0)
			return busy(self, attempt);
	}
	return rc;
}

/* A lease is asked for when there is something to do with it: a call that only tries leaves nothing
 * behind. */
static credence_rc take(struct credence_self *self, struct attempt *attempt)
{
	struct held *held = attempt->held;
	credence_rc rc = look_again(self, attempt);

	for (;;) {
		if (rc == CREDENCE_CONFLICT)
			rc = await(self, attempt);
		if (rc != CREDENCE_MISS)
			return rc;
		rc = held->lease == 0 ? grant(self, held) : CREDENCE_SUCCESS;
		if (rc == CREDENCE_SUCCESS)
			rc = try_once(self, attempt);
		/* It ended while somebody else had the lock. */
		if (rc == CREDENCE_MISS && etcd_has_code(self, "lease"))
			held->lease = 0;
	}
}

/* Whatever of it may be there goes, if etcd still answers. */
static void withdraw(struct credence_self *self, const struct held *held)
{
	struct credence_self kept = *self;

	if (held->lease == 0 || self->message[0] == '\0')
		return;
	(void)revoke(self, held);
	memcpy(self->message, kept.message, sizeof(self->message));
	self->code = kept.code;
	self->hint = kept.hint;
}

static credence_rc lock(struct credence_self *self, const char *key, struct held *held)
{
	struct attempt attempt = {.key = key, .held = held, .value = BUF_INIT, .holder = BUF_INIT};
	credence_rc rc;

	held->holder = holder_begin(self, &attempt.value);
	rc = take(self, &attempt);
	buf_done(&attempt.value);
	buf_done(&attempt.holder);
	if (rc != CREDENCE_SUCCESS) {
		withdraw(self, held);
		return rc;
	}
	(void)snprintf(held->key, sizeof(held->key), "%s", key);
	held->next = self->held;
	self->held = held;
	return CREDENCE_SUCCESS;
}

credence_rc etcd_lock(struct credence_self *self, struct credence_call *call, const char *key)
{
	struct held *held = calloc(1, sizeof(*held));
	credence_rc rc;

	self->call = call;
	if (held == NULL)
		return self->host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	rc = lock(self, key, held);
	if (rc != CREDENCE_SUCCESS)
		held_free(held);
	return etcd_end(self, rc);
}

/* -- Giving back -- */

static struct held *unlink_held(struct credence_self *self, const char *key)
{
	struct held **at = &self->held, *held;

	while (*at != NULL && strcmp((*at)->key, key) != 0)
		at = &(*at)->next;
	held = *at;
	if (held != NULL)
		*at = held->next;
	return held;
}

static credence_rc give_back(struct credence_self *self, const struct held *held)
{
	credence_rc rc = revoke(self, held);

	if (rc == CREDENCE_MISS ||
	    (rc != CREDENCE_SUCCESS && clock_boot() - held->since >= held->life))
		return etcd_fail(self, CREDENCE_ERROR, "lease", NULL,
				 "the lease of the lock has ended meanwhile");
	/* It could not be told that we are done; the lease will end by itself. */
	if (rc != CREDENCE_SUCCESS)
		etcd_forget_error(self);
	return CREDENCE_SUCCESS;
}

credence_rc etcd_unlock(struct credence_self *self, struct credence_call *call, const char *key)
{
	struct held *held = unlink_held(self, key);
	credence_rc rc;

	self->call = call;
	if (held == NULL)
		return self->host->fail(call, CREDENCE_ERROR, NULL, "the lock was not taken", NULL);
	rc = give_back(self, held);
	held_free(held);
	return etcd_end(self, rc);
}
