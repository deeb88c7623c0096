/* SPDX-License-Identifier: MIT */
/* The ledger; see ledger.h. */
#include "core/record/ledger.h"

#include "core/os/clock.h"
#include "core/os/hash.h"
#include "core/os/json.h"
#include "core/record/unknown.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	int kind;
	const char *name;
} kinds[] = {{LEDGER_ACCESS, "access"}, {LEDGER_REFRESH, "refresh"}, {LEDGER_CODE, "code"}};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

/* An entry that this version can't read: it counts for nothing here and is kept whole in rest. */
#define KIND_UNKNOWN 0

/* Clocks of hosts that share a ledger differ; only what is dated later than this was dated by a
 * clock that was set back since. */
#define AHEAD_MAX (2 * CLOCK_MINUTE)

static int64_t clamp(int64_t time)
{
	return time < 0 ? 0 : time > LEDGER_TIME_MAX ? LEDGER_TIME_MAX : time;
}

/* 0 means never; what is before it has expired all the same. */
static int64_t clamp_expiry(int64_t expires)
{
	return expires < 0 ? 1 : clamp(expires);
}

static bool is_alive(const struct ledger_entry *entry, int64_t now)
{
	return entry->expires == 0 || entry->expires > now;
}

static bool is_within(const struct ledger_entry *entry, int64_t window, int64_t now)
{
	return entry->at > now - window;
}

int64_t ledger_used(const struct ledger *ledger, int kind, int64_t window, int64_t now)
{
	int64_t used = 0;
	unsigned i;

	now = clamp(now);
	window = clamp(window);
	for (i = 0; i < ledger->count; i++)
		used += ledger->entry[i].kind == kind && is_within(&ledger->entry[i], window, now);
	return used;
}

int64_t ledger_live(const struct ledger *ledger, int kind, int64_t now)
{
	int64_t live = 0;
	unsigned i;

	for (i = 0; i < ledger->count; i++)
		live += ledger->entry[i].kind == kind && is_alive(&ledger->entry[i], now);
	return live;
}

/* The value that has exactly rank smaller ones in front of it when all are sorted. */
static int64_t ranked(int64_t *values, unsigned count, unsigned rank)
{
	unsigned i, j;

	/* Insertion sort: what comes in is nearly sorted, as entries are. */
	for (i = 1; i < count; i++) {
		int64_t value = values[i];

		for (j = i; j > 0 && values[j - 1] > value; j--)
			values[j] = values[j - 1];
		values[j] = value;
	}
	return values[rank];
}

/* ms until fewer than count entries are left in the window. */
static int64_t window_wait(const struct ledger *ledger, const struct ledger_limit *limit,
			   int64_t now, int64_t skew)
{
	int64_t window = clamp(limit->window) + clamp(skew), left[LEDGER_MAX];
	unsigned i, used = 0;

	if (limit->count <= 0 || limit->window <= 0)
		return 0;
	for (i = 0; i < ledger->count; i++) {
		const struct ledger_entry *entry = &ledger->entry[i];

		/* An entry of the future (the clock was set back) is no reason to wait longer than
		 * for one that was made just now. */
		if (entry->kind == limit->kind && is_within(entry, window, now))
			left[used++] = (entry->at < now ? entry->at : now) + window - now;
	}
	return used < limit->count ? 0 : ranked(left, used, used - (unsigned)limit->count);
}

/* ms until fewer than live entries are alive. The one that the server would delete is the oldest.
 */
static int64_t live_wait(const struct ledger *ledger, const struct ledger_limit *limit, int64_t now,
			 const char **victim)
{
	const struct ledger_entry *oldest = NULL;
	int64_t left[LEDGER_MAX];
	unsigned i, live = 0;

	if (limit->live <= 0)
		return 0;
	for (i = 0; i < ledger->count; i++) {
		const struct ledger_entry *entry = &ledger->entry[i];

		if (entry->kind != limit->kind || !is_alive(entry, now))
			continue;
		if (oldest == NULL || entry->at < oldest->at)
			oldest = entry;
		left[live++] = entry->expires != 0 ? entry->expires - now : INT64_MAX;
	}
	if (live < limit->live)
		return 0;
	if (victim != NULL)
		*victim = oldest->who;
	return ranked(left, live, live - (unsigned)limit->live);
}

int64_t ledger_wait(const struct ledger *ledger, const struct ledger_limit *limit, int64_t now,
		    int64_t skew, const char **victim)
{
	int64_t window, live;

	now = clamp(now);
	window = window_wait(ledger, limit, now, skew);
	live = live_wait(ledger, limit, now, victim);
	return window > live ? window : live;
}

/* -- Changing it -- */

static void entry_done(struct ledger_entry *entry)
{
	free(entry->who);
	json_wipe(entry->rest);
}

static void drop(struct ledger *ledger, unsigned index)
{
	entry_done(&ledger->entry[index]);
	memmove(&ledger->entry[index], &ledger->entry[index + 1],
		(ledger->count - index - 1) * sizeof(*ledger->entry));
	ledger->count--;
}

/* Room for one more: the oldest that has expired goes, else the oldest. */
static void make_room(struct ledger *ledger, int64_t now)
{
	unsigned i;

	for (i = 0; i < ledger->count; i++)
		if (!is_alive(&ledger->entry[i], now)) {
			drop(ledger, i);
			return;
		}
	drop(ledger, 0);
}

static bool reserve(struct ledger *ledger)
{
	unsigned larger = ledger->capacity > 0 ? ledger->capacity * 2 : 16;
	struct ledger_entry *grown;

	if (ledger->count < ledger->capacity)
		return true;
	grown = reallocarray(ledger->entry, larger, sizeof(*grown));
	if (grown == NULL)
		return false;
	ledger->entry = grown;
	ledger->capacity = larger;
	return true;
}

bool ledger_add(struct ledger *ledger, int kind, int64_t at, int64_t expires, const char *who)
{
	char *copy = who != NULL ? strdup(who) : NULL;

	if (who != NULL && copy == NULL)
		return false;
	if (ledger->count >= LEDGER_MAX)
		make_room(ledger, at);
	if (!reserve(ledger)) {
		free(copy);
		return false;
	}
	ledger->entry[ledger->count++] = (struct ledger_entry){
	    .kind = kind, .at = clamp(at), .expires = clamp_expiry(expires), .who = copy};
	return true;
}

static bool is_of(const struct ledger_entry *entry, const char *who)
{
	return entry->who == NULL || who == NULL ? entry->who == who : strcmp(entry->who, who) == 0;
}

bool ledger_ended(struct ledger *ledger, int kind, const char *who, int64_t made, int64_t then)
{
	unsigned i;

	for (i = ledger->count; i-- > 0;) {
		struct ledger_entry *entry = &ledger->entry[i];

		if (entry->kind == kind && is_alive(entry, then) && is_of(entry, who) &&
		    (made == 0 || entry->at == made)) {
			entry->expires = clamp_expiry(then > 0 ? then : -1);
			return true;
		}
	}
	return false;
}

void ledger_tidy(struct ledger *ledger, int kind, int64_t window, int64_t now)
{
	unsigned i, left = 0;

	now = clamp(now);
	window = clamp(window);
	for (i = 0; i < ledger->count; i++) {
		struct ledger_entry *entry = &ledger->entry[i];

		if (entry->kind == kind && entry->at > now + AHEAD_MAX)
			entry->at = now;
		if (entry->kind == kind && !is_alive(entry, now) &&
		    !is_within(entry, 2 * window, now))
			entry_done(entry);
		else
			ledger->entry[left++] = *entry;
	}
	ledger->count = left;
}

void ledger_shift(struct ledger *ledger, int64_t ms)
{
	unsigned i;

	for (i = 0; i < ledger->count; i++) {
		struct ledger_entry *entry = &ledger->entry[i];

		if (entry->kind == KIND_UNKNOWN)
			continue;
		entry->at = clamp(entry->at + ms);
		if (entry->expires != 0)
			entry->expires = clamp_expiry(entry->expires + ms);
	}
}

void ledger_done(struct ledger *ledger)
{
	unsigned i;

	for (i = 0; i < ledger->count; i++)
		entry_done(&ledger->entry[i]);
	free(ledger->entry);
	memset(ledger, 0, sizeof(*ledger));
}

/* -- Two of the same key -- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_rest(struct json_object *a, struct json_object *b)
{
	return a == b || (a != NULL && b != NULL && json_object_equal(a, b));
}

static bool has_entry(const struct ledger *ledger, const struct ledger_entry *entry)
{
	unsigned i;

	for (i = 0; i < ledger->count; i++)
		if (ledger->entry[i].kind == entry->kind && ledger->entry[i].at == entry->at &&
		    same_text(ledger->entry[i].who, entry->who) &&
		    (entry->kind != KIND_UNKNOWN || same_rest(ledger->entry[i].rest, entry->rest)))
			return true;
	return false;
}

static int compare_times(const void *a, const void *b)
{
	const struct ledger_entry *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

bool ledger_merge(struct ledger *ledger, struct ledger *from, unsigned *added)
{
	unsigned i;

	*added = 0;
	for (i = 0; i < from->count; i++) {
		struct ledger_entry *entry = &from->entry[i];

		if (has_entry(ledger, entry))
			continue;
		if (!ledger_add(ledger, entry->kind, entry->at, entry->expires, entry->who))
			return false;
		ledger->entry[ledger->count - 1].rest = entry->rest;
		entry->rest = NULL; /* transferred */
		(*added)++;
	}
	if (ledger->count > 1)
		qsort(ledger->entry, ledger->count, sizeof(*ledger->entry), compare_times);
	return true;
}

/* -- JSON -- */

static const char *kind_name(int kind)
{
	size_t i;

	for (i = 0; i < KIND_COUNT; i++)
		if (kinds[i].kind == kind)
			return kinds[i].name;
	return "?";
}

static int kind_of_name(const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < KIND_COUNT; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return kinds[i].kind;
	return KIND_UNKNOWN;
}

static struct json_object *entry_to_json(const struct ledger_entry *entry)
{
	struct json_object *item = json_object_new_object();
	bool ok = item != NULL;

	if (ok && entry->kind != KIND_UNKNOWN)
		ok = json_set_string(item, "kind", kind_name(entry->kind)) &&
		     json_set_number(item, "at", entry->at) &&
		     json_set_number(item, "expires", entry->expires);
	if (ok && entry->who != NULL)
		ok = json_set_string(item, "who", entry->who);
	if (ok && unknown_copy(entry->rest, item))
		return item;
	json_wipe(item);
	return NULL;
}

struct json_object *ledger_to_json(const struct ledger *ledger)
{
	struct json_object *list = json_object_new_array_ext((int)ledger->count);
	unsigned i;

	for (i = 0; list != NULL && i < ledger->count; i++) {
		struct json_object *item = entry_to_json(&ledger->entry[i]);

		if (item == NULL || json_object_array_add(list, item) != 0) {
			json_object_put(item);
			json_object_put(list);
			return NULL;
		}
	}
	return list;
}

static bool add_from_json(struct ledger *ledger, struct json_object *item)
{
	static const char *const known[] = {"kind", "at", "expires", "who", NULL};
	static const char *const none[] = {NULL};
	int kind = kind_of_name(json_string(item, "kind"));
	int64_t at = 0, expires = 0;

	if (!json_object_is_type(item, json_type_object))
		return true;
	if (kind == KIND_UNKNOWN || !json_number(item, "at", &at))
		return ledger_add(ledger, KIND_UNKNOWN, 0, 0, NULL) &&
		       unknown_take(item, none, &ledger->entry[ledger->count - 1].rest);
	json_number(item, "expires", &expires);
	return ledger_add(ledger, kind, at, expires, json_string(item, "who")) &&
	       unknown_take(item, known, &ledger->entry[ledger->count - 1].rest);
}

bool ledger_from_json(struct ledger *ledger, struct json_object *list)
{
	size_t i, length;

	if (!json_object_is_type(list, json_type_array))
		return true;
	length = json_object_array_length(list);
	for (i = 0; i < length; i++)
		if (!add_from_json(ledger, json_object_array_get_idx(list, i)))
			return false;
	return true;
}

void ledger_key(const char *issuer, const char *client_id, const char *owner, char key[34])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[32];
	struct sha256 sha;
	unsigned i;

	sha256_init(&sha);
	sha256_add(&sha, issuer, strlen(issuer) + 1);
	sha256_add(&sha, client_id, strlen(client_id) + 1);
	sha256_add(&sha, owner, strlen(owner));
	sha256_finish(&sha, digest);
	key[0] = '+';
	for (i = 0; i < 16; i++) {
		key[1 + 2 * i] = hex[digest[i] >> 4];
		key[2 + 2 * i] = hex[digest[i] & 15];
	}
	key[33] = '\0';
}
