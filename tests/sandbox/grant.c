/* SPDX-License-Identifier: MIT */
/* The rules of issue: windows, caps, deletion of the oldest, rotation. */
#include "grant.h"

#include "sandbox.h"

#include <stdlib.h>
#include <string.h>

enum { PART_BYTES = 16, PART_HEX = 2 * PART_BYTES + 1 };

char *token_value(struct sandbox *sb, const char *prefix)
{
	uint8_t bytes[2 * PART_BYTES];
	char first[PART_HEX], second[PART_HEX];
	struct text value = {0};

	random_bytes(bytes, sizeof(bytes));
	hex_encode(first, bytes, PART_BYTES);
	hex_encode(second, bytes + PART_BYTES, PART_BYTES);
	text_printf(&value, "%s.%s%s.%s", prefix, sb->set.mark, first, second);
	while (value.len < (size_t)sb->set.token_size)
		text_add_mem(&value, second, PART_HEX - 1);
	return value.s; /* transferred */
}

bool scope_has(const char *scope, const char *entry)
{
	size_t len = strlen(entry);

	while (*scope != '\0') {
		size_t n = strcspn(scope, " ,");

		if (n == len && strncmp(scope, entry, len) == 0)
			return true;
		scope += n + (scope[n] != '\0');
	}
	return false;
}

bool access_live(const struct access *access, int64_t now)
{
	return !access->revoked && access->expires > now;
}

static void access_free(struct state *state, struct access *access)
{
	table_remove(&state->accesses, &access->node);
	list_remove(&state->access_queue, &access->queue);
	list_remove(&access->grant->accesses, &access->link);
	free(access->value);
	free(access);
}

static void refresh_free(struct state *state, struct refresh *refresh)
{
	table_remove(&state->refreshes, &refresh->node);
	list_remove(&refresh->grant->refreshes, &refresh->link);
	free(refresh->value);
	free(refresh->answer_access);
	free(refresh);
}

struct refresh *grant_refresh(const struct grant *grant)
{
	return list_last(&grant->refreshes);
}

void grant_free(struct state *state, struct grant *grant)
{
	if (grant->refreshes.count > 0)
		grant->owner->refreshable--;
	while (grant->accesses.count > 0)
		access_free(state, list_first(&grant->accesses));
	while (grant->refreshes.count > 0)
		refresh_free(state, list_first(&grant->refreshes));
	list_remove(&grant->owner->grants, &grant->link);
	list_remove(&state->grants, &grant->queue);
	stamps_done(&grant->mints);
	free(grant->scope);
	free(grant);
}

static void refresh_add(struct sandbox *sb, struct grant *grant)
{
	struct refresh *refresh = mem_calloc(1, sizeof(*refresh));

	refresh->grant = grant;
	refresh->value = token_value(sb, grant->prefix);
	list_append(&grant->refreshes, &refresh->link, refresh);
	table_add(&sb->state.refreshes, &refresh->node, refresh->value, refresh);
	COUNT(&sb->state, grant->owner->client, grant->owner->dc, refresh_issued);
}

/* Makes room for one more refresh token of the owner: the oldest go, with their access tokens. */
static void owner_evict(struct sandbox *sb, struct owner *owner)
{
	struct grant *grant = list_first(&owner->grants);

	while (grant != NULL && owner->refreshable >= sb->set.refresh_live) {
		struct grant *next = list_next(&grant->link);

		if (grant->refreshes.count > 0) {
			COUNT(&sb->state, owner->client, owner->dc, refresh_evictions);
			grant_free(&sb->state, grant);
		}
		grant = next;
	}
}

bool owner_limited(struct sandbox *sb, struct owner *owner)
{
	size_t made = stamps_count(&owner->created, clock_now(&sb->clock), sb->set.window);

	return made >= (size_t)sb->set.refresh_count;
}

struct grant *grant_new(struct sandbox *sb, struct owner *owner, const char *scope,
			bool refreshable)
{
	struct state *state = &sb->state;
	struct grant *grant;

	if (refreshable)
		owner_evict(sb, owner);
	while (state->grants.count >= GRANTS_MAX)
		grant_free(state, list_first(&state->grants));
	grant = mem_calloc(1, sizeof(*grant));
	grant->owner = owner;
	grant->scope = mem_strdup(scope);
	grant->prefix = "1000";
	list_append(&owner->grants, &grant->link, grant);
	list_append(&state->grants, &grant->queue, grant);
	if (refreshable) {
		owner->refreshable++;
		stamps_add(&owner->created, clock_now(&sb->clock));
		refresh_add(sb, grant);
	}
	return grant;
}

struct grant *grant_find_plain(struct owner *owner, const char *scope)
{
	struct grant *grant;

	for (grant = list_first(&owner->grants); grant != NULL; grant = list_next(&grant->link)) {
		if (grant->refreshes.count == 0 && strcmp(grant->scope, scope) == 0)
			return grant;
	}
	return NULL;
}

bool grant_limited(struct sandbox *sb, struct grant *grant)
{
	size_t made = stamps_count(&grant->mints, clock_now(&sb->clock), sb->set.window);

	return sb->set.access_strict != 0 && made >= (size_t)sb->set.access_count;
}

static void access_evict(struct sandbox *sb, struct access *access)
{
	const struct owner *owner = access->grant->owner;

	COUNT(&sb->state, owner->client, owner->dc, access_evictions);
	if (access_live(access, clock_now(&sb->clock)))
		COUNT(&sb->state, owner->client, owner->dc, access_evictions_live);
	access_free(&sb->state, access);
}

/* The oldest token that was issued after `since` and can still be used or counted, or NULL. */
static struct access *oldest_since(struct grant *grant, int64_t since)
{
	struct access *access;

	for (access = list_first(&grant->accesses); access != NULL;
	     access = list_next(&access->link)) {
		if (access->issued > since && !access->revoked)
			return access;
	}
	return NULL;
}

static void evict_for_window(struct sandbox *sb, struct grant *grant, int64_t now)
{
	struct access *oldest;

	if (stamps_count(&grant->mints, now, sb->set.window) < (size_t)sb->set.access_count)
		return;
	oldest = oldest_since(grant, now - sb->set.window);
	if (oldest != NULL)
		access_evict(sb, oldest);
}

static void evict_for_cap(struct sandbox *sb, struct grant *grant, int64_t now)
{
	struct access *access, *oldest = NULL;
	int64_t live = 0;

	if (sb->set.access_live == 0)
		return;
	for (access = list_first(&grant->accesses); access != NULL;
	     access = list_next(&access->link)) {
		if (!access_live(access, now))
			continue;
		if (oldest == NULL)
			oldest = access;
		live++;
	}
	if (oldest != NULL && live >= sb->set.access_live)
		access_evict(sb, oldest);
}

/* Drops from the front what has expired and left the window, and from all what is too much. */
static void access_purge(struct sandbox *sb, struct grant *grant, int64_t now)
{
	struct access *first;

	while ((first = list_first(&grant->accesses)) != NULL && first->expires <= now &&
	       first->issued <= now - sb->set.window)
		access_free(&sb->state, first);
	while (sb->state.accesses.count >= ACCESS_MAX)
		access_free(&sb->state, list_first(&sb->state.access_queue));
}

struct access *grant_mint(struct sandbox *sb, struct grant *grant)
{
	int64_t now = clock_now(&sb->clock);
	struct access *access;

	access_purge(sb, grant, now);
	evict_for_window(sb, grant, now);
	evict_for_cap(sb, grant, now);
	access = mem_calloc(1, sizeof(*access));
	access->grant = grant;
	access->value = token_value(sb, grant->prefix);
	access->issued = now;
	access->expires = now + sb->set.access_life;
	stamps_add(&grant->mints, now);
	list_append(&grant->accesses, &access->link, access);
	list_append(&sb->state.access_queue, &access->queue, access);
	table_add(&sb->state.accesses, &access->node, access->value, access);
	COUNT(&sb->state, grant->owner->client, grant->owner->dc, access_issued);
	return access;
}

struct refresh *refresh_next(const struct refresh *refresh)
{
	return list_next(&refresh->link);
}

struct refresh *refresh_rotate(struct sandbox *sb, struct refresh *refresh,
			       const struct access *access)
{
	struct grant *grant = refresh->grant;

	refresh->rotated_at = clock_now(&sb->clock);
	refresh->answer_access = mem_strdup(access->value);
	refresh->answer_expires = access->expires;
	refresh_add(sb, grant);
	if (grant->rotated < ROTATED_MAX)
		grant->rotated++;
	else
		refresh_free(&sb->state, list_first(&grant->refreshes));
	return grant_refresh(grant);
}
