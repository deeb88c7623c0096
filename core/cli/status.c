/* SPDX-License-Identifier: MIT */
/* Finding out what is known of a credential; see status.h. And the verb. */
#include "core/cli/status.h"

#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/renew/limits.h"
#include "core/session/judge.h"
#include "core/token/token.h"

#include <string.h>

const struct record *state_record(const struct state *state)
{
	return state->session.record;
}

/* An intent stays when nobody can say whether its request was answered; it is over once its outcome
 * was noted. */
static bool is_renewing(const struct record *record)
{
	bool over = record->outcome_count > 0 && record->outcome[0].at >= record->intent.start.wall;

	return record->intent.start.wall != 0 && record->intent.deadline > clock_wall() && !over;
}

static const char *word_of_failure(const struct state *state)
{
	switch (state->status) {
	case STATUS_LOGIN:
		return state_record(state) != NULL ? "login needed" : "not yet";
	case STATUS_REFUSED:
		return "refused";
	case STATUS_UNAVAIL:
		return "unavailable";
	case STATUS_LIMIT:
		return "limit met";
	case STATUS_STORE:
		return "store failed";
	case STATUS_UNSAFE:
		return "unsafe";
	case STATUS_NOT_ALLOWED:
		return "not allowed";
	default:
		return "misconfigured";
	}
}

static const char *word_of_success(struct state *state)
{
	struct token_ask ask = {0};
	struct record *record = state->session.record;

	if (record == NULL)
		return "due";
	if (is_renewing(record))
		return "renewing";
	return judge(state->session.profile, record, &ask, NULL) == JUDGED_FRESH ? "ok" : "due";
}

/* Limits are in the provider's data and in the ledgers; a profile whose store fails has none. */
static void look_at_limits(struct state *state)
{
	struct session *session = &state->session;

	state->has_limits =
	    session_limit(session, LEDGER_ACCESS, &state->access_use) == CREDENCE_SUCCESS &&
	    session_limit(session, LEDGER_REFRESH, &state->refresh_use) == CREDENCE_SUCCESS;
	call_clear(session->call);
}

static void note_record(struct state *state)
{
	const struct profile *profile = state->session.profile;

	if (state->session.record == NULL)
		return;
	state->access = record_access(state->session.record, profile->scope, profile->resource);
	look_at_limits(state);
}

void state_init(struct cli *cli, const char *name, struct state *state)
{
	struct token_ask ask = {0};
	struct issued issued;
	credence_rc rc;

	memset(state, 0, sizeof(*state));
	state->name = name;
	rc = session_open(&cli->call, name, false, &state->session);
	if (rc == CREDENCE_SUCCESS)
		rc = session_peek(&state->session, &ask, &issued);
	if (rc != CREDENCE_SUCCESS) {
		state->status = call_status(&cli->call, 0);
		state->failure = call_take_failure(&cli->call);
		cli_name_profile(&state->failure, name);
	}
	state->word = rc == CREDENCE_SUCCESS ? word_of_success(state) : word_of_failure(state);
	note_record(state);
}

/* Of a single one more is told than a cache's copy has, if the authority can be asked. */
static void complete(struct cli *cli, struct state *state)
{
	struct issued issued;

	if (state->status != STATUS_OK || state->session.record == NULL)
		return;
	if (session_complete(&state->session, &issued) != CREDENCE_SUCCESS)
		call_clear(&cli->call);
	state->access = NULL;
	note_record(state);
}

void state_done(struct state *state)
{
	failure_done(&state->failure);
	session_done(&state->session);
}

static credence_rc put_all(struct cli *cli)
{
	struct buf text = BUF_INIT;
	struct table table;
	char **names = NULL;
	size_t i;
	credence_rc rc = profile_names(&cli->call, &cli->context->places, &names);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	table_init(&table, STATE_COLUMNS, state_headings);
	if (cli->json)
		buf_char(&text, '[');
	for (i = 0; names[i] != NULL; i++) {
		struct state state;

		state_init(cli, names[i], &state);
		if (cli->json)
			state_json(&state, &text);
		else if (cli->verbose > 0)
			state_page(&state, &text);
		else
			state_row(&state, &table);
		state_done(&state);
	}
	if (i == 0 && !cli->json && !cli->quiet)
		cli_tell(cli, "there is no profile yet; credence init makes one");
	file_names_free(names);
	if (cli->json)
		buf_str(&text, "]\n");
	else if (cli->verbose == 0)
		table_print(&table, "", is_colourful(cli->out), &text);
	table_done(&table);
	return cli_put(cli, &text);
}

/* Asks the server as well. A token that it no longer takes is worth no more than one that is
 * refused. */
static credence_rc look_at_server(struct cli *cli, struct state *state,
				  struct introspection *remote)
{
	credence_rc rc = session_introspect(&state->session, remote);

	if (rc != CREDENCE_SUCCESS) {
		cli->subject = state->name;
		/* Why there is nothing to ask about was found before. */
		if (rc == CREDENCE_LOGIN && state->failure.rc != CREDENCE_SUCCESS) {
			call_clear(&cli->call);
			call_set_failure(&cli->call, &state->failure);
			return cli->call.failure.rc;
		}
		return rc;
	}
	state->remote = remote;
	if (!remote->active && state->status == STATUS_OK)
		state->status = STATUS_REFUSED;
	return CREDENCE_SUCCESS;
}

static void show(const struct cli *cli, const struct state *state, struct buf *text)
{
	struct table table;

	if (cli->json) {
		state_json(state, text);
		buf_char(text, '\n');
		return;
	}
	if (cli->verbose > 0) {
		state_page(state, text);
	} else {
		table_init(&table, STATE_COLUMNS, state_headings);
		state_row(state, &table);
		table_print(&table, "", is_colourful(cli->out), text);
		table_done(&table);
	}
	if (state->remote != NULL)
		state_remote(state, text);
}

static credence_rc put_one(struct cli *cli, const char *name)
{
	struct introspection remote;
	struct buf text = BUF_INIT;
	struct state state;
	credence_rc rc = CREDENCE_SUCCESS;

	state_init(cli, name, &state);
	complete(cli, &state);
	/* A profile that there is none of has no status: that is an error. */
	if (state.session.profile == NULL) {
		cli->subject = name;
		call_set_failure(&cli->call, &state.failure);
		rc = cli->call.failure.rc;
	} else if (cli_flag(cli, "remote")) {
		rc = look_at_server(cli, &state, &remote);
	}
	if (rc == CREDENCE_SUCCESS) {
		cli->status = state.status;
		show(cli, &state, &text);
		rc = cli_put(cli, &text);
	}
	state_done(&state);
	return rc;
}

credence_rc verb_status(struct cli *cli)
{
	if (cli->operand_count > 0)
		return put_one(cli, cli->operand[0]);
	if (cli_flag(cli, "remote"))
		return cli_usage_error(cli, "--remote is for one profile");
	return put_all(cli);
}
