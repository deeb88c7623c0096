/* SPDX-License-Identifier: MIT */
/*
 * The verbs that begin and end a credential's life: login, import, revoke, logout; and renewing it
 * by hand: refresh.
 */
#include "core/cli/each.h"

#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/json.h"
#include "core/os/text.h"
#include "core/record/json_out.h"
#include "core/renew/import.h"
#include "core/renew/limits.h"
#include "core/renew/login.h"
#include "core/renew/revoke.h"
#include "core/session/judge.h"
#include "core/token/token.h"

#include <string.h>

/* -- What happened -- */

static void add_life(const struct issued *issued, struct buf *text)
{
	buf_str(text, "access token until ");
	cli_clock(text, issued->access->expires_at);
	buf_str(text, " (in ");
	cli_span(text, access_left(issued->access) + CLOCK_SECOND - 1);
	buf_char(text, ')');
}

static void news_json(const struct session *session, const struct issued *issued, const char *what,
		      struct buf *json)
{
	const struct record *record = issued->record;

	json_begin(json);
	json_out_text(json, "profile", session->profile->name);
	json_out_text(json, "credential", session->profile->credential);
	json_out_text(json, "event", what);
	json_out_number(json, "generation", (int64_t)record->generation);
	json_out_text(json, "scope", record->scope);
	json_out_text(json, "api_domain", record->api_domain);
	json_out_text(json, "location", record->location);
	json_out_text(json, "accounts_server", record->accounts_server);
	if (issued->access != NULL)
		json_out_time(json, "expires_at", issued->access->expires_at);
	json_out_close(json, '}');
}

credence_rc cli_put_news(struct cli *cli, struct session *session, const struct issued *issued,
			 const char *what)
{
	struct buf text = BUF_INIT;

	if (cli->json) {
		news_json(session, issued, what, &text);
		return cli_put_json(cli, &text);
	}
	if (cli->quiet)
		return CREDENCE_SUCCESS;
	buf_printf(&text, "%s: %s, ", session->profile->name, what);
	add_life(issued, &text);
	buf_char(&text, '\n');
	return cli_put(cli, &text);
}

/* -- login, import -- */

static void add_home(const struct record *record, struct buf *text)
{
	if (record->location != NULL)
		buf_printf(text, " at %s", record->location);
	if (record->accounts_server != NULL)
		buf_printf(text, record->location != NULL ? " (%s)" : " at %s",
			   record->accounts_server);
	if (record->scope != NULL && record->scope[0] != '\0')
		buf_printf(text, ", scope %s", record->scope);
}

static void add_refresh_token(struct session *session, const struct record *record,
			      struct buf *text)
{
	struct limit_use use;

	if (record->refresh_token == NULL)
		return;
	buf_str(text, ", renewed by itself");
	if (session_limit(session, LEDGER_REFRESH, &use) != CREDENCE_SUCCESS)
		call_clear(session->call);
	else if (use.live_max > 0)
		buf_printf(text, "; refresh token %lld of %lld", (long long)use.live,
			   (long long)use.live_max);
}

static credence_rc put_login(struct cli *cli, struct session *session, const struct issued *issued,
			     const char *what)
{
	struct buf text = BUF_INIT;

	if (cli->json) {
		news_json(session, issued, what, &text);
		return cli_put_json(cli, &text);
	}
	if (cli->quiet)
		return CREDENCE_SUCCESS;
	buf_printf(&text, "%s: %s", session->profile->name, what);
	add_home(issued->record, &text);
	buf_printf(&text, "\n%*s", (int)strlen(session->profile->name) + 2, "");
	if (issued->access != NULL)
		add_life(issued, &text);
	else
		buf_str(&text, "an access token is made when one is asked for");
	add_refresh_token(session, issued->record, &text);
	buf_char(&text, '\n');
	return cli_put(cli, &text);
}

credence_rc verb_login(struct cli *cli)
{
	struct login_ask ask = {.find_dc = cli_flag(cli, "find-dc"),
				.paste = cli_flag(cli, "paste")};
	struct session session = {0};
	struct issued issued;
	credence_rc rc = cli_session(cli, true, &session);

	if (rc == CREDENCE_SUCCESS)
		rc = session_login(&session, &ask, &issued);
	cli->progress.until = 0;
	if (rc == CREDENCE_SUCCESS)
		rc = put_login(cli, &session, &issued, "logged in");
	session_done(&session);
	return rc;
}

/* The variable of a Postman environment, if it has a value. */
static struct json_object *environment_item(struct json_object *tree, const char *key)
{
	struct json_object *values = json_member(tree, "values");
	size_t i;

	if (!json_object_is_type(values, json_type_array))
		return NULL;
	for (i = 0; i < json_object_array_length(values); i++) {
		struct json_object *item = json_object_array_get_idx(values, i);
		struct json_object *value = json_member(item, "value");
		const char *name = json_string(item, "key"), *text = json_string(item, "value");

		if (name != NULL && strcmp(name, key) == 0 && value != NULL &&
		    (text == NULL || text[0] != '\0'))
			return item;
	}
	return NULL;
}

static const char *environment_value(struct json_object *tree, const char *key)
{
	struct json_object *item = environment_item(tree, key);

	return item != NULL ? json_string(item, "value") : NULL;
}

static credence_rc read_environment(struct cli *cli, struct json_object *tree,
				    struct import *import)
{
	struct json_object *expiry = environment_item(tree, "expiry-time");

	if (!json_object_is_type(tree, json_type_object) ||
	    !json_object_is_type(json_member(tree, "values"), json_type_array))
		return call_fail(&cli->call, CREDENCE_CONFIG,
				 "standard input is no Postman environment: it has no values");
	if (expiry != NULL &&
	    (!json_number(expiry, "value", &import->expires_at) || import->expires_at < 0))
		return call_fail(&cli->call, CREDENCE_CONFIG,
				 "expiry-time is not a number of milliseconds since 1970");
	import->client_id = environment_value(tree, "client-id");
	import->refresh_token = environment_value(tree, "refresh-token");
	import->access_token = environment_value(tree, "access-token");
	import->accounts_server = environment_value(tree, "accounts-url");
	import->api_domain = environment_value(tree, "api-domain");
	return CREDENCE_SUCCESS;
}

/* One line with one token; its newline is cut. */
static credence_rc read_refresh_token(struct cli *cli, struct buf *text, struct import *import)
{
	if (text->length > 0 && text->data[text->length - 1] == '\n')
		buf_cut(text, text->length - 1);
	if (text->length == 0 || strpbrk(text->data, " \t\r\n") != NULL ||
	    strlen(text->data) != text->length)
		return call_fail(&cli->call, CREDENCE_CONFIG,
				 "standard input is not one line with a refresh token");
	import->refresh_token = text->data;
	return CREDENCE_SUCCESS;
}

/* What import names is in text or tree. */
static credence_rc read_import(struct cli *cli, struct buf *text, struct json_object **tree,
			       struct import *import)
{
	const char *reason = NULL;
	credence_rc rc = cli_read(cli, "-", text);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (cli_flag(cli, "refresh-token"))
		return read_refresh_token(cli, text, import);
	*tree = json_parse(buf_text(text), text->length, &reason);
	if (*tree == NULL)
		return call_fail(&cli->call, CREDENCE_CONFIG,
				 "standard input is no Postman environment: %s", reason);
	return read_environment(cli, *tree, import);
}

credence_rc verb_import(struct cli *cli)
{
	struct session session = {0};
	struct import import = {0};
	struct json_object *tree = NULL;
	struct buf text = BUF_SECRET;
	struct issued issued;
	credence_rc rc = cli_session(cli, true, &session);

	if (rc == CREDENCE_SUCCESS)
		rc = read_import(cli, &text, &tree, &import);
	if (rc == CREDENCE_SUCCESS)
		rc = session_import(&session, &import, &issued);
	if (rc == CREDENCE_SUCCESS)
		rc = put_login(cli, &session, &issued, "imported");
	json_wipe(tree);
	buf_done(&text);
	session_done(&session);
	return rc;
}

/* -- revoke, logout -- */

static credence_rc put_end(struct cli *cli, const char *event, const char *sentence)
{
	struct buf text = BUF_INIT;

	if (cli->json) {
		json_begin(&text);
		json_out_text(&text, "profile", cli->subject);
		json_out_text(&text, "event", event);
		json_out_close(&text, '}');
		return cli_put_json(cli, &text);
	}
	if (cli->quiet)
		return CREDENCE_SUCCESS;
	buf_printf(&text, "%s: %s\n", cli->subject, sentence);
	return cli_put(cli, &text);
}

credence_rc verb_revoke(struct cli *cli)
{
	struct session session = {0};
	credence_rc rc = cli_session(cli, true, &session);

	if (rc == CREDENCE_SUCCESS)
		rc = session_revoke(&session);
	if (rc == CREDENCE_SUCCESS)
		rc = put_end(cli, "revoked", "revoked at the server, and erased here");
	session_done(&session);
	return rc;
}

credence_rc verb_logout(struct cli *cli)
{
	struct session session = {0};
	credence_rc rc = cli_session(cli, true, &session);

	if (cli_flag(cli, "force"))
		cli->call.flags |= CALL_FORCE;
	if (rc == CREDENCE_SUCCESS)
		rc = session_logout(&session);
	if (rc == CREDENCE_SUCCESS)
		rc = put_end(cli, "erased",
			     cli_flag(cli, "force")
				 ? "erased here; its refresh tokens no longer count as alive"
				 : "erased here; the server was not told, and still counts it");
	session_done(&session);
	return rc;
}

/* -- refresh -- */

static credence_rc refresh_one(struct cli *cli, const char *name, void *data)
{
	const struct token_ask *ask = data;
	struct session session = {0};
	struct issued issued;
	credence_rc rc;

	cli->subject = name;
	rc = session_open(&cli->call, name, true, &session);
	/* Nobody waits for what was never there. */
	if (rc == CREDENCE_SUCCESS && !ask->force) {
		bool nothing = session_load(&session) == CREDENCE_MISS;

		call_clear(&cli->call);
		if (nothing)
			goto out;
	}
	if (rc == CREDENCE_SUCCESS)
		rc = session_token(&session, ask, &issued);
	if (rc == CREDENCE_SUCCESS && (issued.renewed || cli->verbose > 0 || ask->force))
		rc = cli_put_news(cli, &session, &issued, issued.renewed ? "renewed" : "not due");
out:
	session_done(&session);
	return rc;
}

static credence_rc refresh_due(struct cli *cli)
{
	struct token_ask ask = {0};
	char **names = NULL;
	unsigned failed = 0;
	credence_rc rc = profile_names(&cli->call, &cli->context->places, &names);

	if (rc == CREDENCE_SUCCESS)
		rc = cli_each(cli, names, NULL, refresh_one, &ask, &failed);
	file_names_free(names);
	return rc;
}

credence_rc verb_refresh(struct cli *cli)
{
	struct token_ask ask = {.force = true};

	if (cli_flag(cli, "force"))
		cli->call.flags |= CALL_FORCE;
	if (cli_flag(cli, "due") != (cli->operand_count == 0))
		return cli_usage_error(cli, "name one profile, or --due for all that are due");
	return cli->operand_count == 0 ? refresh_due(cli) : refresh_one(cli, cli->operand[0], &ask);
}
