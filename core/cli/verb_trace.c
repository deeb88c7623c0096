/* SPDX-License-Identifier: MIT */
/* trace: the walks of a token, entry by entry, and where the answer came from. */
#include "core/cli/cli.h"
#include "core/cli/table.h"

#include "core/record/json_out.h"
#include "core/token/token.h"

#include <stdlib.h>
#include <string.h>

static const char *answer_name(const struct walk_step *step)
{
	return step->rc == TRACE_NOT_ASKED ? NULL : rc_name(step->rc);
}

static void add_duration(const struct walk_step *step, struct buf *text)
{
	if (step->rc != TRACE_NOT_ASKED)
		buf_printf(text, "%lld.%02lld ms", (long long)(step->duration / 1000),
			   (long long)(step->duration / 10 % 100));
}

/* Columns of their own for each walk, and its role above them. */
static void add_walk(const struct walk_step *step, unsigned count, struct buf *out)
{
	struct table table;
	unsigned i;

	buf_printf(out, "%s\n", role_name(step->role));
	table_init(&table, 6, NULL);
	for (i = 0; i < count; i++) {
		struct buf took = BUF_INIT, note = BUF_INIT;

		add_duration(&step[i], &took);
		buf_str(&note, step[i].note);
		if (step[i].answer)
			buf_str(&note, "   ← answer");
		table_add(&table, step[i].use);
		table_add(&table, step[i].control);
		table_add(&table, step[i].actions);
		table_add(&table, answer_name(&step[i]));
		table_add_buf(&table, &took);
		table_add_buf(&table, &note);
	}
	table_print(&table, "  ", false, out);
	table_done(&table);
}

static void print_text(const struct session *session, struct buf *out)
{
	const struct profile *profile = session->profile;
	const struct trace *trace = &session->trace;
	unsigned i, count;

	buf_printf(out, "%s  profile %s (%s), provider %s", profile->name, profile->conf->path,
		   place_name(profile->conf->place), profile->provider_name);
	if (profile->provider != NULL)
		buf_printf(out, " (%s)", place_name(profile->provider->conf->place));
	buf_char(out, '\n');
	for (i = 0; i < trace->count; i += count) {
		for (count = 1;
		     i + count < trace->count && trace->step[i + count].role == trace->step[i].role;
		     count++)
			;
		add_walk(&trace->step[i], count, out);
	}
}

static void print_json(const struct session *session, int status, struct buf *out)
{
	const struct trace *trace = &session->trace;
	unsigned i;

	json_begin(out);
	json_out_text(out, "profile", session->profile->name);
	json_out_text(out, "provider", session->profile->provider_name);
	json_out_text(out, "file", session->profile->conf->path);
	json_out_number(out, "status", status);
	json_out_open(out, "steps", '[');
	for (i = 0; i < trace->count; i++) {
		const struct walk_step *step = &trace->step[i];

		json_out_item(out);
		json_out_text(out, "role", role_name(step->role));
		json_out_text(out, "module", step->use);
		json_out_text(out, "control", step->control);
		json_out_text(out, "actions", step->actions);
		json_out_text(out, "answer", answer_name(step));
		if (step->rc != TRACE_NOT_ASKED)
			json_out_number(out, "duration_us", step->duration);
		json_out_text(out, "note", step->note);
		json_out_bool(out, "taken", step->answer);
		json_out_close(out, '}');
	}
	json_out_close(out, ']');
	json_out_close(out, '}');
	buf_char(out, '\n');
}

credence_rc verb_trace(struct cli *cli)
{
	bool live = cli_flag(cli, "live");
	struct session session = {0};
	struct buf text = BUF_INIT;
	struct failure failure;
	struct issued issued;
	credence_rc rc = cli_session(cli, live, &session), put;

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (!live)
		cli->call.flags |= CALL_DRY;
	rc = session_trace(&session, live, &issued);
	cli->status = rc == CREDENCE_SUCCESS ? STATUS_OK : call_status(&cli->call, 0);
	failure = call_take_failure(&cli->call);
	if (cli->json)
		print_json(&session, cli->status, &text);
	else
		print_text(&session, &text);
	put = cli_put(cli, &text);
	session_done(&session);
	/* With --json the object has the status already. */
	if (put == CREDENCE_SUCCESS && rc != CREDENCE_SUCCESS && !cli->json) {
		call_set_failure(&cli->call, &failure);
		put = rc;
	}
	failure_done(&failure);
	return put;
}
