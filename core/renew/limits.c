/* SPDX-License-Identifier: MIT */
/* The provider's limits; see limits.h. */
#include "core/renew/limits.h"

#include "core/os/clock.h"
#include "core/os/lock.h"
#include "core/os/text.h"
#include "core/session/store.h"

#include <stdlib.h>
#include <string.h>

/* The server counts from when the request reached it, which is later than we do. */
#define LATENCY_MAX (5 * CLOCK_SECOND)

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

static int64_t skew_of(const struct ledger_limit *limit)
{
	return limit->window / 10 < LATENCY_MAX ? limit->window / 10 : LATENCY_MAX;
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

static bool is_superseded(const struct ledger *ledger, const struct ledger_entry *entry)
{
	const struct ledger_entry *later;

	for (later = entry + 1; later < ledger->entry + ledger->count; later++)
		if (later->kind == entry->kind && later->who != NULL && entry->who != NULL &&
		    strcmp(later->who, entry->who) == 0)
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

static credence_rc refuse(struct session *session, const struct ledger_limit *limit, int64_t wait,
			  const char *victim)
{
	struct credence_call *call = session->call;
	const char *noun = kind_of(limit->kind)->noun;
	struct buf window = BUF_INIT, left = BUF_INIT;

	if (wait == INT64_MAX) {
		call_fail_status(
		    call, STATUS_LIMIT, CREDENCE_LIMITED,
		    "%lld %s of this client and owner are alive; the server would delete "
		    "that of credential %s",
		    (long long)limit->live, noun, victim != NULL ? victim : "?");
		call_hint(call, "revoke one that is no longer needed: credence revoke %s",
			  victim != NULL ? victim : "PROFILE");
	} else {
		text_span(&window, limit->window);
		text_span(&left, wait + CLOCK_SECOND - 1);
		call_fail_status(
		    call, STATUS_LIMIT, CREDENCE_LIMITED,
		    "%lld %s in %s are made; the server would delete one that is still in "
		    "use",
		    (long long)limit->count, noun, buf_text(&window));
		call_hint(call, "try again in %s, or use --wait", buf_text(&left));
		call_retry_after(call, wait);
	}
	call_code(call, "limit");
	buf_done(&window);
	buf_done(&left);
	return CREDENCE_LIMITED;
}

static credence_rc count_in(struct session *session, struct ledger *ledger,
			    const struct ledger_limit *limit)
{
	int64_t now = clock_wall(), life, wait;
	const char *victim = NULL;

	ledger_tidy(ledger, limit->kind, limit->window, now);
	forget_superseded(ledger, limit, now);
	wait = ledger_wait(ledger, limit, now, skew_of(limit), &victim);
	if (wait > 0)
		return refuse(session, limit, wait, victim);
	life = setting_duration(profile_find(session->profile, kind_of(limit->kind)->lifetime), 0);
	if (!ledger_add(ledger, limit->kind, now, life != 0 ? now + life : 0,
			session->profile->credential))
		return call_oom(session->call);
	return CREDENCE_SUCCESS;
}

/* Under the ledger's own lock, which comes after the credential's. */
static credence_rc with_ledger(struct session *session, const char *key,
			       credence_rc (*change)(struct session *, struct ledger *, void *),
			       void *data)
{
	struct ledger ledger = {0};
	struct lock lock = LOCK_INIT;
	uint64_t revision;
	credence_rc rc;

	rc = lock_wait(session->call, &lock, session->profile->state_dir, key, NULL, NULL);
	if (rc == CREDENCE_SUCCESS)
		rc = store_load_ledger(session, key, &ledger, &revision);
	if (rc == CREDENCE_SUCCESS)
		rc = change(session, &ledger, data);
	if (rc == CREDENCE_SUCCESS)
		rc = store_save_ledger(session, key, &ledger, revision);
	ledger_done(&ledger);
	lock_release(&lock);
	return rc;
}

static credence_rc change_count(struct session *session, struct ledger *ledger, void *data)
{
	return count_in(session, ledger, data);
}

credence_rc limits_count(struct session *session, struct record *record, int kind)
{
	struct ledger_limit limit;
	char key[34];

	read_limit(session, kind, &limit);
	if (!own_ledger(session, kind, key))
		return record != NULL ? count_in(session, &record->ledger, &limit)
				      : CREDENCE_SUCCESS;
	return with_ledger(session, key, change_count, &limit);
}

static credence_rc change_revoked(struct session *session, struct ledger *ledger, void *data)
{
	(void)data;
	ledger_revoked(ledger, LEDGER_REFRESH, session->profile->credential, clock_wall());
	return CREDENCE_SUCCESS;
}

void limits_revoked(struct session *session)
{
	char key[34];

	if (own_ledger(session, LEDGER_REFRESH, key) &&
	    with_ledger(session, key, change_revoked, NULL) != CREDENCE_SUCCESS) {
		call_log(session->call, CREDENCE_LOG_WARNING, "the ledger was not updated: %s",
			 session->call->failure.message);
		call_clear(session->call);
	}
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
