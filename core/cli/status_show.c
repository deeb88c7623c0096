/* SPDX-License-Identifier: MIT */
/* Showing what is known of a credential: row, page, JSON; see status.h. */
#include "core/cli/status.h"

#include "core/os/clock.h"
#include "core/os/text.h"
#include "core/record/json_out.h"
#include "core/renew/limits.h"
#include "core/session/judge.h"

#include <string.h>

const char *const state_headings[STATE_COLUMNS] = {"PROFILE",       "DC",     "STATE", "TOKEN",
						   "REFRESH TOKEN", "LIMITS", "LAST"};

/* -- A row -- */

static void add_token(const struct state *state, struct table *table)
{
	struct buf text = BUF_INIT;
	int64_t left = state->access != NULL ? access_left(state->access) : 0;

	if (left > 0)
		cli_span(&text, left);
	else if (state_record(state) != NULL)
		buf_str(&text, "expired");
	table_add_buf(table, &text);
}

static void refresh_text(const struct state *state, struct buf *text)
{
	const struct record *record = state_record(state);

	if (record == NULL || record->refresh_token == NULL)
		return;
	if (record->dead.at != 0) {
		buf_str(text, "dead");
		return;
	}
	if (record->refresh_token_at != 0)
		cli_span(text, clock_wall() - record->refresh_token_at);
	if (state->has_limits && state->refresh_use.live_max > 0)
		buf_printf(text, "%s%lld of %lld", text->length > 0 ? ", " : "",
			   (long long)state->refresh_use.live,
			   (long long)state->refresh_use.live_max);
	if (text->length == 0)
		buf_str(text, "yes");
}

static void limit_text(const struct state *state, struct buf *text)
{
	if (!state->has_limits || state->access_use.count == 0)
		return;
	buf_printf(text, "access %lld/%lld in ", (long long)state->access_use.used,
		   (long long)state->access_use.count);
	cli_span(text, state->access_use.window);
}

/* The server's own code, or ours in words. */
static const char *outcome_words(const struct outcome *outcome)
{
	return strcmp(outcome->what, "logged_in") == 0 ? "logged in" : outcome->what;
}

static void add_last(const struct state *state, struct table *table)
{
	const struct record *record = state_record(state);
	struct buf text = BUF_INIT;

	if (record != NULL && record->outcome_count > 0) {
		buf_printf(&text, "%s ", outcome_words(&record->outcome[0]));
		cli_span(&text, clock_wall() - record->outcome[0].at);
		buf_str(&text, " ago");
	}
	table_add_buf(table, &text);
}

void state_row(const struct state *state, struct table *table)
{
	const struct record *record = state_record(state);
	struct buf refresh = BUF_INIT, limit = BUF_INIT;

	refresh_text(state, &refresh);
	limit_text(state, &limit);
	table_add(table, state->name);
	table_add(table, record != NULL ? record->location : NULL);
	table_add(table, state->word);
	add_token(state, table);
	table_add_buf(table, &refresh);
	table_add_buf(table, &limit);
	add_last(state, table);
}

/* -- A page -- */

static void page_failure(const struct state *state, struct buf *text)
{
	const struct failure *failure = &state->failure;

	if (failure->message != NULL)
		buf_printf(text, ": %s%s%s%s", failure->message, failure->code != NULL ? " (" : "",
			   failure->code != NULL ? failure->code : "",
			   failure->code != NULL ? ")" : "");
	buf_char(text, '\n');
	if (failure->hint != NULL)
		buf_printf(text, "  hint: %s\n", failure->hint);
	if (failure->retry_after > 0) {
		buf_str(text, "  again in ");
		text_span(text, failure->retry_after);
		buf_char(text, '\n');
	}
}

static void page_tokens(const struct state *state, struct buf *text)
{
	const struct record *record = state_record(state);
	struct buf refresh = BUF_INIT, limit = BUF_INIT;

	if (state->access != NULL) {
		buf_printf(text, "  access token   generation %llu, until ",
			   (unsigned long long)record->generation);
		cli_clock(text, state->access->expires_at);
		buf_str(text, access_left(state->access) > 0 ? ", renewed from "
							     : " (expired), renewed from ");
		cli_clock(text, state->access->renew_at);
		buf_char(text, '\n');
	}
	refresh_text(state, &refresh);
	limit_text(state, &limit);
	if (refresh.length > 0)
		buf_printf(text, "  refresh token  %s\n", buf_text(&refresh));
	if (limit.length > 0)
		buf_printf(text, "  limits         %s\n", buf_text(&limit));
	buf_done(&refresh);
	buf_done(&limit);
}

static void page_home(const struct record *record, struct buf *text)
{
	if (record->scope != NULL && record->scope[0] != '\0')
		buf_printf(text, "  scope          %s\n", record->scope);
	if (record->accounts_server != NULL)
		buf_printf(text, "  accounts       %s\n", record->accounts_server);
	if (record->api_domain != NULL)
		buf_printf(text, "  API            %s\n", record->api_domain);
}

static void add_outcome(struct table *table, const struct outcome *outcome)
{
	struct buf when = BUF_INIT, status = BUF_INIT, took = BUF_INIT;

	text_moment(&when, outcome->at);
	if (outcome->status != 0)
		buf_printf(&status, "HTTP %d", outcome->status);
	if (outcome->duration > 0)
		buf_printf(&took, "%lld ms", (long long)outcome->duration);
	table_add_buf(table, &when);
	table_add(table, outcome->host);
	table_add(table, outcome_words(outcome));
	table_add_buf(table, &status);
	table_add_buf(table, &took);
	table_add(table, outcome->server);
}

static void page_outcomes(const struct record *record, struct buf *text)
{
	struct table table;
	unsigned i;

	if (record->outcome_count == 0)
		return;
	table_init(&table, 6, NULL);
	for (i = 0; i < record->outcome_count; i++)
		add_outcome(&table, &record->outcome[i]);
	table_print(&table, "  ", false, text);
	table_done(&table);
}

void state_page(const struct state *state, struct buf *text)
{
	const struct record *record = state_record(state);

	buf_printf(text, "%s  %s", state->name, state->word);
	if (record != NULL && record->location != NULL)
		buf_printf(text, " at %s", record->location);
	page_failure(state, text);
	if (record == NULL)
		return;
	page_tokens(state, text);
	page_home(record, text);
	page_outcomes(record, text);
}

/* -- What the server says -- */

static void add_line(struct buf *text, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	buf_printf(text, "  %-14s ", name);
	text_printable(text, value, 400);
	buf_char(text, '\n');
}

static void add_time(struct buf *text, const char *name, int64_t at)
{
	if (at == 0)
		return;
	buf_printf(text, "  %-14s ", name);
	text_moment(text, at);
	buf_char(text, '\n');
}

void state_remote(const struct state *state, struct buf *text)
{
	const struct introspection *remote = state->remote;
	bool access = strcmp(remote->token, "access_token") == 0;

	buf_printf(text, "%s: at the server the %s token is %s\n", state->name,
		   access ? "access" : "refresh", remote->active ? "active" : "not active");
	if (!remote->active) {
		buf_printf(text, "  hint: credence %s %s gets another\n",
			   access ? "refresh" : "login", state->name);
		return;
	}
	add_line(text, "scope", remote->scope);
	add_time(text, "issued", remote->issued_at);
	add_time(text, "until", remote->expires_at);
	add_line(text, "client", remote->client_id);
	add_line(text, "subject", remote->subject);
	add_line(text, "user name", remote->username);
	add_line(text, "token type", remote->token_type);
	add_line(text, "issuer", remote->issuer);
}

/* -- JSON -- */

static void json_remote(const struct introspection *remote, struct buf *json)
{
	json_out_open(json, "remote", '{');
	json_out_text(json, "token", remote->token);
	json_out_bool(json, "active", remote->active);
	json_out_text(json, "scope", remote->scope);
	json_out_text(json, "client_id", remote->client_id);
	json_out_text(json, "sub", remote->subject);
	json_out_text(json, "username", remote->username);
	json_out_text(json, "token_type", remote->token_type);
	json_out_text(json, "issuer", remote->issuer);
	json_out_time(json, "issued_at", remote->issued_at);
	json_out_time(json, "expires_at", remote->expires_at);
	json_out_close(json, '}');
}

static void json_failure(const struct failure *failure, struct buf *json)
{
	if (failure->rc == CREDENCE_SUCCESS)
		return;
	json_out_text(json, "code", failure->code);
	json_out_text(json, "message", failure->message);
	json_out_text(json, "hint", failure->hint);
	if (failure->retry_after > 0)
		json_out_number(json, "retry_after",
				(failure->retry_after + CLOCK_SECOND - 1) / CLOCK_SECOND);
}

static void json_token(const struct state *state, struct buf *json)
{
	const struct access_token *access = state->access;

	if (access == NULL)
		return;
	json_out_text(json, "token_type", access->type);
	json_out_time(json, "issued_at", access->issued.wall);
	json_out_time(json, "renew_at", access->renew_at);
	json_out_time(json, "expires_at", access->expires_at);
	json_out_number(json, "expires_in", access_left(access) / CLOCK_SECOND);
}

static void json_limit(const char *name, const struct limit_use *use, struct buf *json)
{
	json_out_open(json, name, '{');
	json_out_number(json, "used", use->used);
	if (use->count > 0) {
		json_out_number(json, "count", use->count);
		json_out_number(json, "window", use->window / CLOCK_SECOND);
	}
	json_out_number(json, "live", use->live);
	if (use->live_max > 0)
		json_out_number(json, "live_max", use->live_max);
	json_out_close(json, '}');
}

static void json_outcomes(const struct record *record, struct buf *json)
{
	unsigned i;

	json_out_open(json, "outcomes", '[');
	for (i = 0; i < record->outcome_count; i++) {
		const struct outcome *outcome = &record->outcome[i];

		json_out_item(json);
		json_out_time(json, "at", outcome->at);
		json_out_text(json, "host", outcome->host);
		json_out_text(json, "what", outcome->what);
		json_out_number(json, "http_status", outcome->status);
		json_out_number(json, "duration_ms", outcome->duration);
		json_out_text(json, "server", outcome->server);
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
}

static void json_record(const struct state *state, struct buf *json)
{
	const struct record *record = state_record(state);

	json_out_number(json, "generation", (int64_t)record->generation);
	json_out_text(json, "scope", record->scope);
	json_out_text(json, "api_domain", record->api_domain);
	json_out_text(json, "location", record->location);
	json_out_text(json, "accounts_server", record->accounts_server);
	json_token(state, json);
	json_out_bool(json, "has_refresh_token", record->refresh_token != NULL);
	if (record->refresh_token != NULL)
		json_out_time(json, "refresh_token_at", record->refresh_token_at);
	if (record->dead.at != 0)
		json_out_time(json, "dead_since", record->dead.at);
	if (state->has_limits) {
		json_out_open(json, "limits", '{');
		json_limit("access_tokens", &state->access_use, json);
		json_limit("refresh_tokens", &state->refresh_use, json);
		json_out_close(json, '}');
	}
	json_outcomes(record, json);
}

void state_json(const struct state *state, struct buf *json)
{
	const struct profile *profile = state->session.profile;

	json_out_item(json);
	json_out_number(json, "version", 1);
	json_out_text(json, "profile", state->name);
	if (profile != NULL) {
		json_out_text(json, "credential", profile->credential);
		json_out_text(json, "provider", profile->provider_name);
	}
	json_out_text(json, "state", state->word);
	json_out_number(json, "status", state->status);
	json_failure(&state->failure, json);
	if (state_record(state) != NULL)
		json_record(state, json);
	if (state->remote != NULL)
		json_remote(state->remote, json);
	json_out_close(json, '}');
}
