/* SPDX-License-Identifier: MIT */
/* A record to JSON. Nothing is written that record_decode.c would refuse to read. */
#include "core/os/json.h"
#include "core/os/text.h"
#include "core/record/json_out.h"
#include "core/record/members.h"
#include "core/record/record.h"
#include "core/record/unknown.h"

#include <stddef.h>

static const char *const none[] = {NULL};
static const char *const states[] = {"intent", "dead", "not_before", NULL};

/* A negative time would come back as another one. */
static void put_time(struct buf *out, const char *name, int64_t time)
{
	json_out_number(out, name, time > 0 ? time : 0);
}

/* An empty secret is none. */
static void put_secret(struct buf *out, const char *name, const char *secret)
{
	if (secret != NULL && secret[0] != '\0')
		json_out_text(out, name, secret);
}

static void put_moment(struct buf *out, const char *name, const struct moment *moment)
{
	json_out_open(out, name, '{');
	put_time(out, "wall", moment->wall);
	put_time(out, "boot", moment->boot);
	json_out_text(out, "boot_id", moment->boot_id);
	json_out_close(out, '}');
}

static void put_accesses(struct buf *out, const struct record *record)
{
	unsigned i;

	json_out_open(out, "access_tokens", '[');
	for (i = 0; i < record->access_count; i++) {
		const struct access_token *access = &record->access[i];

		json_out_item(out);
		put_secret(out, "token", access->token);
		json_out_text(out, "type", access->type);
		json_out_text(out, "scope", access->scope);
		json_out_text(out, "resource", access->resource);
		put_moment(out, "issued", &access->issued);
		put_time(out, "renew_at", access->renew_at);
		put_time(out, "expires_at", access->expires_at);
		unknown_print(out, access->rest, none);
		json_out_close(out, '}');
	}
	json_out_close(out, ']');
}

static void put_outcomes(struct buf *out, const struct record *record)
{
	unsigned i;

	json_out_open(out, "outcomes", '[');
	for (i = 0; i < record->outcome_count; i++) {
		const struct outcome *outcome = &record->outcome[i];

		json_out_item(out);
		put_time(out, "at", outcome->at);
		json_out_text(out, "host", outcome->host);
		json_out_text(out, "what", outcome->what);
		json_out_number(out, "status", outcome->status);
		put_time(out, "duration", outcome->duration);
		json_out_text(out, "server", outcome->server);
		unknown_print(out, outcome->rest, none);
		json_out_close(out, '}');
	}
	json_out_close(out, ']');
}

/* -- States -- */

/* The members that this version does not know, if it is still the state that they came with: key
 * names the time by which a state is known again. Ends the state. */
static void end_state(struct buf *out, const struct record *record, const char *name,
		      const char *key, int64_t time)
{
	const char *const but[] = {key, NULL};
	struct json_object *rest = json_member(record->rest, name);
	int64_t then;

	if (json_number(rest, key, &then) && then == time)
		unknown_print(out, rest, but);
	json_out_close(out, '}');
}

static void put_intent(struct buf *out, const struct record *record)
{
	const struct intent *intent = &record->intent;

	if (intent->start.wall == 0)
		return;
	json_out_open(out, "intent", '{');
	put_moment(out, "start", &intent->start);
	json_out_number(out, "pid", intent->pid);
	put_time(out, "deadline", intent->deadline);
	json_out_text(out, "host", intent->host);
	json_out_text(out, "lock", intent->lock);
	json_out_text(out, "parent", intent->parent);
	end_state(out, record, "intent", "start", intent->start.wall);
}

static void put_dead(struct buf *out, const struct record *record)
{
	if (record->dead.at == 0)
		return;
	json_out_open(out, "dead", '{');
	put_time(out, "at", record->dead.at);
	json_out_text(out, "code", record->dead.code);
	json_out_text(out, "reason", record->dead.reason);
	end_state(out, record, "dead", "at", record->dead.at);
}

static void put_not_before(struct buf *out, const struct record *record)
{
	if (record->not_before.until == 0)
		return;
	json_out_open(out, "not_before", '{');
	put_time(out, "until", record->not_before.until);
	put_time(out, "delay", record->not_before.delay);
	json_out_number(out, "status", record->not_before.status);
	json_out_text(out, "code", record->not_before.code);
	json_out_text(out, "message", record->not_before.message);
	json_out_text(out, "hint", record->not_before.hint);
	end_state(out, record, "not_before", "until", record->not_before.until);
}

/* -- The whole -- */

static void put_format(struct buf *out, const struct record *record)
{
	struct buf format = BUF_INIT;

	/* What a newer MINOR wrote is still in there, so it is still of that MINOR. */
	buf_printf(&format, "%d.%d", RECORD_MAJOR,
		   record->minor > RECORD_MINOR ? record->minor : RECORD_MINOR);
	json_out_text(out, "format", buf_text(&format));
	out->failed |= format.failed;
	buf_done(&format);
}

static void put_ledger(struct buf *out, const struct ledger *ledger)
{
	struct json_object *list = ledger_to_json(ledger);

	json_out_name(out, "ledger");
	if (list != NULL)
		json_print(out, list, false);
	else
		out->failed = true;
	json_wipe(list);
}

static void put_record(struct buf *out, const struct record *record, bool without_refresh)
{
	buf_char(out, '{');
	put_format(out, record);
#define TEXT(member, mandatory) json_out_text(out, #member, record->member);
	RECORD_TEXTS(TEXT)
#undef TEXT
	json_out_number(out, "generation", (int64_t)record->generation);
	put_time(out, "location_at", record->location_at);
	if (record->cached_at > 0)
		put_time(out, "cached_at", record->cached_at);
	put_accesses(out, record);
	put_intent(out, record);
	put_dead(out, record);
	put_not_before(out, record);
	put_outcomes(out, record);
	/* A cache gets nothing of which it isn't known what it is worth. */
	if (!without_refresh) {
		put_secret(out, "refresh_token", record->refresh_token);
		put_secret(out, "spare_refresh_token", record->spare_refresh_token);
		put_time(out, "refresh_token_at", record->refresh_token_at);
		if (record->counted_at > 0)
			put_time(out, "counted_at", record->counted_at);
		put_secret(out, "id_token", record->id_token);
		put_ledger(out, &record->ledger);
		unknown_print(out, record->rest, states);
	}
	buf_char(out, '}');
}

credence_rc record_encode(struct credence_call *call, struct record *record, bool without_refresh,
			  struct buf *payload)
{
	if (record->major > RECORD_MAJOR) {
		call_fail(call, CREDENCE_ERROR,
			  "written by a newer credence (format %d.%d); it is not changed",
			  record->major, record->minor);
		call_hint(call, "upgrade credence on this host");
		return CREDENCE_ERROR;
	}
#define REFUSE(member, mandatory)                                                                  \
	if ((mandatory) && record->member == NULL)                                                 \
		return call_fail(call, CREDENCE_ERROR, "the record has no %s", #member);
	RECORD_TEXTS(REFUSE)
#undef REFUSE
	put_record(payload, record, without_refresh);
	return buf_ok(payload) ? CREDENCE_SUCCESS : call_oom(call);
}
