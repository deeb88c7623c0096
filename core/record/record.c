/* SPDX-License-Identifier: MIT */
/* A record in memory: making, changing, comparing. From and to JSON are
 * record_decode.c and record_encode.c. */
#include "core/record/record.h"

#include "core/os/json.h"
#include "core/os/process.h"
#include "core/os/secret.h"
#include "core/os/text.h"
#include "core/record/members.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct record *record_new(void)
{
	struct record *record = calloc(1, sizeof(*record));

	if (record != NULL) {
		record->major = RECORD_MAJOR;
		record->minor = RECORD_MINOR;
	}
	return record;
}

static void access_done(struct access_token *access)
{
	secret_free(access->token);
	free(access->type);
	free(access->scope);
	free(access->resource);
	json_wipe(access->rest);
	memset(access, 0, sizeof(*access));
}

static void outcome_done(struct outcome *outcome)
{
	free(outcome->host);
	free(outcome->what);
	free(outcome->server);
	json_wipe(outcome->rest);
	memset(outcome, 0, sizeof(*outcome));
}

void record_drop_access(struct record *record)
{
	while (record->access_count > 0)
		access_done(&record->access[--record->access_count]);
}

void record_free(struct record *record)
{
	unsigned i;

	if (record == NULL)
		return;
	record_drop_access(record);
	for (i = 0; i < record->outcome_count; i++)
		outcome_done(&record->outcome[i]);
	secret_free(record->refresh_token);
	secret_free(record->spare_refresh_token);
	secret_free(record->id_token);
	ledger_done(&record->ledger);
#define FREE(member, mandatory) free(record->member);
	RECORD_TEXTS(FREE)
#undef FREE
	free(record->intent.host);
	free(record->intent.lock);
	free(record->intent.parent);
	free(record->dead.code);
	free(record->dead.reason);
	free(record->not_before.code);
	free(record->not_before.message);
	free(record->not_before.hint);
	json_wipe(record->rest);
	free(record);
}

bool record_same_id(const char *a, const char *b)
{
	return a != NULL && b != NULL && a[0] != '\0' && strcmp(a, b) == 0;
}

bool record_set(char **member, const char *value)
{
	char *copy = value != NULL ? strdup(value) : NULL;

	if (value != NULL && copy == NULL)
		return false;
	free(*member);
	*member = copy;
	return true;
}

bool record_set_secret(char **member, const char *value)
{
	char *copy = secret_strdup(value);

	if (value != NULL && copy == NULL)
		return false;
	secret_free(*member);
	*member = copy;
	return true;
}

/* 0 stands for never. */
static void shift(int64_t *time, int64_t ms)
{
	if (*time != 0)
		*time += ms;
}

void record_shift(struct record *record, int64_t ms)
{
	unsigned i;

	if (ms == 0)
		return;
	for (i = 0; i < record->access_count; i++) {
		shift(&record->access[i].issued.wall, ms);
		shift(&record->access[i].renew_at, ms);
		shift(&record->access[i].expires_at, ms);
	}
	for (i = 0; i < record->outcome_count; i++)
		shift(&record->outcome[i].at, ms);
	shift(&record->cached_at, ms);
	shift(&record->refresh_token_at, ms);
	shift(&record->counted_at, ms);
	shift(&record->location_at, ms);
	shift(&record->intent.start.wall, ms);
	shift(&record->intent.deadline, ms);
	shift(&record->dead.at, ms);
	shift(&record->not_before.until, ms);
	ledger_shift(&record->ledger, ms);
}

credence_rc record_new_id(struct credence_call *call, struct record *record)
{
	unsigned char random[16];
	struct buf hex = BUF_INIT;
	char *id;

	if (!process_random(random, sizeof(random)))
		return call_fail(call, CREDENCE_ERROR, "no random numbers from the kernel");
	text_hex(&hex, random, sizeof(random));
	id = buf_take(&hex);
	if (id == NULL)
		return call_oom(call);
	free(record->parent);
	record->parent = record->id; /* transferred */
	record->id = id;
	return CREDENCE_SUCCESS;
}

static bool same_text(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

struct access_token *record_access(struct record *record, const char *scope, const char *resource)
{
	struct access_token *best = NULL;
	unsigned i;

	for (i = 0; i < record->access_count; i++) {
		struct access_token *access = &record->access[i];

		/* No scope was ever named: what was granted is all there is. */
		if (same_text(access->resource, resource) &&
		    (access->scope == NULL || access->scope[0] == '\0' ||
		     text_words_cover(access->scope, scope)) &&
		    (best == NULL || access->expires_at > best->expires_at))
			best = access;
	}
	return best;
}

static bool same_grant(const struct access_token *a, const struct access_token *b)
{
	return same_text(a->resource, b->resource) && text_words_cover(a->scope, b->scope) &&
	       text_words_cover(b->scope, a->scope);
}

/* Where the token goes: over the one for the same, else behind the last, else over the first to
 * expire. */
static struct access_token *place_for(struct record *record, const struct access_token *given)
{
	struct access_token *first = &record->access[0];
	unsigned i;

	for (i = 0; i < record->access_count; i++) {
		if (same_grant(&record->access[i], given))
			return &record->access[i];
		if (record->access[i].expires_at < first->expires_at)
			first = &record->access[i];
	}
	if (record->access_count < RECORD_ACCESS_MAX)
		return &record->access[record->access_count++];
	return first;
}

credence_rc record_set_access(struct credence_call *call, struct record *record,
			      const struct access_token *given)
{
	struct access_token copy = *given, *place;

	copy.rest = NULL;
	copy.token = secret_strdup(given->token);
	copy.type = given->type != NULL ? strdup(given->type) : NULL;
	copy.scope = strdup(given->scope != NULL ? given->scope : "");
	copy.resource = strdup(given->resource != NULL ? given->resource : "");
	if (copy.token == NULL || (given->type != NULL && copy.type == NULL) ||
	    copy.scope == NULL || copy.resource == NULL) {
		access_done(&copy);
		return call_oom(call);
	}
	place = place_for(record, given);
	access_done(place);
	*place = copy; /* transferred */
	return CREDENCE_SUCCESS;
}

const char *record_mismatch(const struct record *record, const char *provider,
			    const char *client_id, const char *owner)
{
	if (!same_text(record->provider, provider))
		return "provider";
	if (!same_text(record->client_id, client_id))
		return "client id";
	return same_text(record->owner, owner) ? NULL : "owner";
}

void record_note(struct record *record, const char *what, int status, int64_t duration,
		 const char *server)
{
	struct outcome *newest = &record->outcome[0];
	char host[65] = "";

	if (record->outcome_count == RECORD_OUTCOMES_MAX)
		outcome_done(&record->outcome[--record->outcome_count]);
	memmove(newest + 1, newest, record->outcome_count * sizeof(*newest));
	memset(newest, 0, sizeof(*newest));
	record->outcome_count++;
	gethostname(host, sizeof(host) - 1);
	host[strcspn(host, ".")] = '\0';
	newest->at = clock_wall();
	newest->status = status;
	newest->duration = duration;
	/* Without memory a note is shorter; nothing depends on it. */
	record_set(&newest->host, host);
	record_set(&newest->what, what);
	record_set(&newest->server, server);
}
