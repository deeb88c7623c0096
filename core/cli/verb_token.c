/* SPDX-License-Identifier: MIT */
/*
 * The verbs that print a token in one form or another: token, header, env, url. A token that is
 * still valid takes the shortest way there is: session, record, one write.
 */
#include "core/cli/cli.h"

#include "core/os/text.h"
#include "core/record/json_out.h"
#include "core/session/judge.h"
#include "core/token/token.h"

const struct cli_option ask_options[] = {
    {.name = "min-valid", .value = "TIME", .help = "good for at least that long, e.g. 10m"},
    {.name = "newer-than",
     .value = "GENERATION",
     .help = "a newer one than this, as --json numbers them"},
    {.name = NULL},
};

credence_rc cli_session(struct cli *cli, bool act, struct session *session)
{
	cli->subject = cli->operand[0];
	return session_open(&cli->call, cli->operand[0], act, session);
}

credence_rc cli_read_ask(struct cli *cli, struct token_ask *ask)
{
	const char *generation = cli_value(cli, "newer-than");
	int64_t number = 0;

	if (generation != NULL && (!text_number(generation, &number) || number < 0))
		return cli_usage_error(cli, "--newer-than %s is no generation", generation);
	ask->has_newer_than = generation != NULL;
	ask->newer_than = (uint64_t)number;
	return cli_duration(cli, "min-valid", &ask->min_valid);
}

typedef credence_rc print_issued(struct cli *, struct session *, const struct issued *,
				 struct buf *text);

static credence_rc issue(struct cli *cli, print_issued *print)
{
	struct session session = {0};
	struct token_ask ask = {0};
	struct buf text = BUF_SECRET;
	struct issued issued;
	credence_rc rc = cli_read_ask(cli, &ask);

	if (rc == CREDENCE_SUCCESS)
		rc = cli_session(cli, false, &session);
	if (rc == CREDENCE_SUCCESS)
		rc = session_token(&session, &ask, &issued);
	if (rc == CREDENCE_SUCCESS)
		rc = print(cli, &session, &issued, &text);
	if (rc == CREDENCE_SUCCESS)
		rc = cli_put(cli, &text);
	buf_done(&text);
	session_done(&session);
	return rc;
}

static credence_rc print_token(struct cli *cli, struct session *session,
			       const struct issued *issued, struct buf *text)
{
	if (cli->json)
		issued_json(session, issued, text);
	else
		buf_str(text, issued->access->token);
	buf_char(text, '\n');
	return CREDENCE_SUCCESS;
}

credence_rc verb_token(struct cli *cli)
{
	return issue(cli, print_token);
}

static credence_rc print_header(struct cli *cli, struct session *session,
				const struct issued *issued, struct buf *text)
{
	/* The object of a token has the header in it. */
	if (cli->json)
		return print_token(cli, session, issued, text);
	buf_printf(text, "Authorization: %s %s\n", issued_scheme(issued), issued->access->token);
	return CREDENCE_SUCCESS;
}

credence_rc verb_header(struct cli *cli)
{
	return issue(cli, print_header);
}

static credence_rc print_env(struct cli *cli, struct session *session, const struct issued *issued,
			     struct buf *text)
{
	return cli->json ? print_token(cli, session, issued, text)
			 : session_export(session, issued, "env", false, text);
}

credence_rc verb_env(struct cli *cli)
{
	return issue(cli, print_env);
}

static credence_rc put_line(struct cli *cli, struct buf *text)
{
	buf_char(text, '\n');
	return cli_put(cli, text);
}

static credence_rc put_url(struct cli *cli, const struct session *session, const struct buf *url)
{
	struct buf json = BUF_INIT;

	json_begin(&json);
	json_out_text(&json, "profile", session->profile->name);
	json_out_text(&json, "url", buf_text(url));
	json_out_close(&json, '}');
	return cli_put_json(cli, &json);
}

/* Where the credential is at home is in its record: no token is needed to tell. */
credence_rc verb_url(struct cli *cli)
{
	struct session session = {0};
	struct buf text = BUF_INIT;
	credence_rc rc = cli_session(cli, false, &session);

	if (rc == CREDENCE_SUCCESS) {
		rc = session_load(&session);
		if (rc == CREDENCE_MISS) {
			call_clear(&cli->call);
			rc = judge_explain(&cli->call, session.profile, NULL);
		}
	}
	if (rc == CREDENCE_SUCCESS)
		rc = session_url(&session, cli->operand[1], &text);
	if (rc == CREDENCE_SUCCESS)
		rc = cli->json ? put_url(cli, &session, &text) : put_line(cli, &text);
	buf_done(&text);
	session_done(&session);
	return rc;
}
