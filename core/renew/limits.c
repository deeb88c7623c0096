/* SPDX-License-Identifier: MIT */
/* The provider's limits; see limits.h. */
#include "core/renew/limits.h"

#include "core/os/clock.h"
#include "core/os/lock.h"
#include "core/os/text.h"
#include "core/renew/sharing.h"
#include "core/session/store.h"

#include <stdlib.h>
#include <string.h>

/* The server counts from when the request reached it, which is later than we do. */
#define LATENCY_MAX (5 * CLOCK_SECOND)

#define SAVE_ATTEMPTS 8 /* while other hosts count in the same ledger */

static const struct kind {
	int kind;
	const char *setting, *noun, *lifetime;
} kinds[] = {
    {LEDGER_ACCESS, "access_tokens", "access tokens", "lifetimes.access_token"},
    {LEDGER_REFRESH, "refresh_tokens", "refresh tokens", "lifetimes.refresh_token"},
    {LEDGER_CODE, "authorization_codes", "authorization codes", "lifetimes.authorization_code"},
};

static const struct kind *kind_of(int kind)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].kind == kind)
			return &kinds[i];
	abort();
}

static struct setting limit_setting(const struct session *session, int kind, const char *member)
{
	struct buf path = BUF_INIT;
	struct setting setting;

	buf_printf(&path, "limits.%s.%s", kind_of(kind)->setting, member);
	setting = profile_find(session->profile, buf_text(&path));
	buf_done(&path);
	return setting;
}

static void read_limit(const struct session *session, int kind, struct ledger_limit *limit)
{
	memset(limit, 0, sizeof(*limit));
	limit->kind = kind;
	limit->count = setting_number(limit_setting(session, kind, "count"), 0);
	limit->window = setting_duration(limit_setting(session, kind, "window"), 0);
	limit->live = setting_number(limit_setting(session, kind, "live"), 0);
}

/* By how much the window is widened: what others counted may be dated by another clock, too. */
static int64_t skew_of(struct session *session, const struct ledger_limit *limit)
{
	int64_t latency = limit->window / 10 < LATENCY_MAX ? limit->window / 10 : LATENCY_MAX;

	return latency + store_skew(session);
}

/* The key of the ledger that a limit counts in; false: the record's own. */
static bool own_ledger(const struct session *session, int kind, char key[34])
{
	const struct profile *profile = session->profile;
	const char *per = setting_string(limit_setting(session, kind, "per"));
	const char *issuer = setting_string(profile_find(profile, "issuer"));

	if (per == NULL || strcmp(per, "refresh_token") == 0)
		return false;
	ledger_key(issuer != NULL ? issuer : profile->provider_name, profile->client_id,
		   strcmp(per, "owner") == 0 ? profile->owner : "", key);
	return true;
}

unsigned limits_ledgers(const struct session *session, char keys[LIMITS_LEDGERS][34])
{
	unsigned count = 0, i, j;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!own_ledger(session, kinds[i].kind, keys[count]))
			continue;
		for (j = 0; j < count && strcmp(keys[j], keys[count]) != 0; j++)
			;
		if (j == count)
			count++;
	}
	return count;
}

/* -- What a full ledger means -- */

static struct ledger_entry *oldest_alive(struct ledger *ledger, int kind, int64_t now)
{
	unsigned i;

	for (i = 0; i < ledger->count; i++) {
		struct ledger_entry *entry = &ledger->entry[i];

		if (entry->kind == kind && (entry->expires == 0 || entry->expires > now))
			return entry;
	}
	return NULL;
}

/* What the server refused died when it was counted. */
static bool was_made(const struct ledger_entry *entry)
{
	return entry->expires == 0 || entry->expires > entry->at;
}

static bool is_superseded(const struct ledger *ledger, const struct ledger_entry *entry)
{
	const struct ledger_entry *later;

	for (later = entry + 1; later < ledger->entry + ledger->count; later++)
		if (later->kind == entry->kind && later->who != NULL && entry->who != NULL &&
		    strcmp(later->who, entry->who) == 0 && was_made(later))
			return true;
	return false;
}

/* The provider deletes its oldest refresh token to make room. That harms nobody if the credential
 * that had it has got a newer one since. */
static void forget_superseded(struct ledger *ledger, const struct ledger_limit *limit, int64_t now)
{
	while (limit->kind == LEDGER_REFRESH && limit->live > 0 &&
	       ledger_live(ledger, limit->kind, now) >= limit->live) {
		struct ledger_entry *entry = oldest_alive(ledger, limit->kind, now);

		if (entry == NULL || !is_superseded(ledger, entry))
			return;
		entry->expires = now;
	}
}

/* Time does not help: one of those that are alive has to go. */
static void refuse_alive(struct session *session, const struct ledger_limit *limit,
			 const char *victim)
{
	struct credence_call *call = session->call;
	struct buf profile = BUF_INIT;

	if (victim != NULL)
		sharing_profile(session, victim, &profile);
	else
		buf_str(&profile, "PROFILE");
	call_fail_status(call, STATUS_LIMIT, CREDENCE_LIMITED,
			 "%lld %s of this client and owner are alive; the server would delete "
			 "that of credential %s",
			 (long long)limit->live, kind_of(limit->kind)->noun,
			 victim != NULL ? victim : "?");
	call_hint(call,
		  "revoke one that is no longer needed: credence revoke %s; what is no longer here "
		  "is revoked on the provider's page, then: credence logout --force %s",
		  buf_text(&profile), buf_text(&profile));
	buf_done(&profile);
}

static void refuse_window(struct session *session, const struct ledger_limit *limit, int64_t wait)
{
	struct credence_call *call = session->call;
	struct buf window = BUF_INIT, left = BUF_INIT;

	text_span(&window, limit->window);
	text_span(&left, wait + CLOCK_SECOND - 1);
	call_fail_status(call, STATUS_LIMIT, CREDENCE_LIMITED,
			 "%lld %s in %s are made; the server would delete one that is still in use",
			 (long long)limit->count, kind_of(limit->kind)->noun, buf_text(&window));
	call_hint(call, "try again in %s, or %s", buf_text(&left),
		  (call->flags & CALL_WAIT) == 0 ? "use --wait" : "give more time with --timeout");
	call_retry_after(call, wait);
	buf_done(&window);
	buf_done(&left);
}

static credence_rc refuse(struct session *session, const struct ledger_limit *limit, int64_t wait,
			  const char *victim)
{
	if (wait == INT64_MAX)
		refuse_alive(session, limit, victim);
	else
		refuse_window(session, limit, wait);
	call_code(session->call, "limit");
	return CREDENCE_LIMITED;
}

struct counting {
	struct ledger_limit limit;
	int64_t at; /* set by it */
};

static credence_rc note_in(struct session *session, struct ledger *ledger,
			   struct counting *counting)
{
	const struct ledger_limit *limit = &counting->limit;
	int64_t now = clock_wall(), life;

	ledger_tidy(ledger, limit->kind, limit->window, now);
	forget_superseded(ledger, limit, now);
	life = setting_duration(profile_find(session->profile, kind_of(limit->kind)->lifetime), 0);
	if (!ledger_add(ledger, limit->kind, now, life != 0 ? now + life : 0,
			session->profile->credential))
		return call_oom(session->call);
	counting->at = now;
	return CREDENCE_SUCCESS;
}

static credence_rc check_in(struct session *session, struct ledger *ledger,
			    const struct ledger_limit *limit)
{
	int64_t now = clock_wall(), wait;
	const char *victim = NULL;

	ledger_tidy(ledger, limit->kind, limit->window, now);
	forget_superseded(ledger, limit, now);
	wait = ledger_wait(ledger, limit, now, skew_of(session, limit), &victim);
	return wait > 0 ? refuse(session, limit, wait, victim) : CREDENCE_SUCCESS;
}

static credence_rc count_in(struct session *session, struct ledger *ledger,
			    struct counting *counting)
{
	credence_rc rc = check_in(session, ledger, &counting->limit);

	return rc == CREDENCE_SUCCESS ? note_in(session, ledger, counting) : rc;
}

static credence_rc change_ledger(struct session *session, const char *key,
				 credence_rc (*change)(struct session *, struct ledger *, void *),
				 void *data)
{
	struct ledger ledger = {0};
	uint64_t revision;
	credence_rc rc = store_load_ledger(session, key, &ledger, &revision);

	if (rc == CREDENCE_SUCCESS)
		rc = change(session, &ledger, data);
	if (rc == CREDENCE_SUCCESS)
		rc = store_save_ledger(session, key, &ledger, revision);
	ledger_done(&ledger);
	return rc;
}

/* Under the ledger's own lock of this host, which comes after the credential's; between hosts
 * compare-and-swap decides. */
static credence_rc with_ledger(struct session *session, const char *key,
			       credence_rc (*change)(struct session *, struct ledger *, void *),
			       void *data)
{
	struct lock lock = LOCK_INIT;
	credence_rc rc =
	    lock_wait(session->call, &lock, session->profile->state_dir, key, NULL, NULL);
	int attempt;

	if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = change_ledger(session, key, change, data);
	for (attempt = 1; rc == CREDENCE_CONFLICT && attempt < SAVE_ATTEMPTS; attempt++) {
		call_clear(session->call);
		rc = change_ledger(session, key, change, data);
	}
	lock_release(&lock);
	return rc;
}

static credence_rc change_count(struct session *session, struct ledger *ledger, void *data)
{
	return count_in(session, ledger, data);
}

static credence_rc change_note(struct session *session, struct ledger *ledger, void *data)
{
	return note_in(session, ledger, data);
}

/* In the record's ledger, or in one of its own. */
static credence_rc in_ledger(struct session *session, struct record *record, int kind,
			     credence_rc (*change)(struct session *, struct ledger *, void *),
			     int64_t *at)
{
	struct counting counting = {.at = 0};
	char key[34];
	credence_rc rc = CREDENCE_SUCCESS;

	read_limit(session, kind, &counting.limit);
	if (own_ledger(session, kind, key))
		rc = with_ledger(session, key, change, &counting);
	else if (record != NULL)
		rc = change(session, &record->ledger, &counting);
	if (at != NULL)
		*at = counting.at;
	return rc;
}

credence_rc limits_count(struct session *session, struct record *record, int kind, int64_t *at)
{
	return in_ledger(session, record, kind, change_count, at);
}

credence_rc limits_check(struct session *session, int kind)
{
	struct ledger_limit limit;
	struct ledger ledger = {0};
	uint64_t revision;
	char key[34];
	credence_rc rc;

	read_limit(session, kind, &limit);
	if (!own_ledger(session, kind, key))
		return CREDENCE_SUCCESS;
	rc = store_load_ledger(session, key, &ledger, &revision);
	if (rc == CREDENCE_SUCCESS)
		rc = check_in(session, &ledger, &limit);
	ledger_done(&ledger);
	return rc;
}

credence_rc limits_note(struct session *session, struct record *record, int kind, int64_t *at)
{
	return in_ledger(session, record, kind, change_note, at);
}

/* -- The end of a refresh token -- */

struct ending {
	int64_t made; /* 0: the newest */
	int64_t then;
	bool all, found;
};

static credence_rc change_ended(struct session *session, struct ledger *ledger, void *data)
{
	const char *who = session->profile->credential;
	struct ending *ending = data;

	ending->found = false;
	while (ledger_ended(ledger, LEDGER_REFRESH, who, ending->made, ending->then)) {
		ending->found = true;
		if (!ending->all)
			break;
	}
	return CREDENCE_SUCCESS;
}

static credence_rc end_life(struct session *session, struct ending *ending)
{
	char key[34];

	return own_ledger(session, LEDGER_REFRESH, key)
		   ? with_ledger(session, key, change_ended, ending)
		   : CREDENCE_SUCCESS;
}

static void try_end_life(struct session *session, struct ending *ending)
{
	struct failure failure = call_take_failure(session->call);

	if (end_life(session, ending) != CREDENCE_SUCCESS)
		call_log(session->call, CREDENCE_LOG_WARNING, "the ledger was not updated: %s",
			 session->call->failure.message);
	call_clear(session->call);
	call_set_failure(session->call, &failure);
}

void limits_dead(struct session *session)
{
	struct ending ending = {.made = session->record->counted_at, .then = clock_wall()};

	if (session->record->refresh_token != NULL)
		try_end_life(session, &ending);
}

void limits_unmade(struct session *session, int64_t counted_at)
{
	struct ending ending = {.made = counted_at, .then = counted_at};

	try_end_life(session, &ending);
}

credence_rc limits_forget(struct session *session)
{
	struct ending ending = {.then = clock_wall(), .all = true};
	credence_rc rc = profile_provider(session->call, session->profile);

	if (rc == CREDENCE_SUCCESS)
		rc = end_life(session, &ending);
	return rc == CREDENCE_SUCCESS && !ending.found ? CREDENCE_MISS : rc;
}

credence_rc session_limit(struct session *session, int kind, struct limit_use *use)
{
	struct ledger_limit limit;
	struct ledger own = {0};
	const struct ledger *ledger = session->record != NULL ? &session->record->ledger : &own;
	int64_t now = clock_wall();
	uint64_t revision;
	char key[34];
	credence_rc rc = profile_provider(session->call, session->profile);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	read_limit(session, kind, &limit);
	if (own_ledger(session, kind, key)) {
		rc = store_load_ledger(session, key, &own, &revision);
		ledger = &own;
	}
	if (rc == CREDENCE_SUCCESS) {
		use->kind = kind;
		use->count = limit.count;
		use->window = limit.window;
		use->live_max = limit.live;
		use->used = ledger_used(ledger, kind, limit.window, now);
		use->live = ledger_live(ledger, kind, now);
	}
	ledger_done(&own);
	return rc;
}
