/* SPDX-License-Identifier: MIT */
/*
 * A credential in other programs' formats: one line of JSON for scripts, shell variables, a Postman
 * environment. The refresh token and the client's secret are in it only when they were asked for.
 */
#include "core/os/clock.h"
#include "core/os/json.h"
#include "core/os/secret.h"
#include "core/os/text.h"
#include "core/session/judge.h"
#include "core/session/session.h"

#include <inttypes.h>
#include <string.h>

const char *const export_formats[] = {"env", "json", "postman", NULL};

/* -- JSON -- */

static void add_time(struct json_object *tree, const char *name, int64_t ms)
{
	struct buf text = BUF_INIT;

	text_rfc3339(&text, ms);
	json_set_string(tree, name, buf_text(&text));
	buf_done(&text);
}

static void add_header(struct json_object *tree, const struct issued *issued)
{
	struct json_object *header = json_object_new_object();
	struct buf value = BUF_SECRET;

	buf_printf(&value, "%s %s", issued_scheme(issued), issued->access->token);
	json_set_string(header, "name", "Authorization");
	json_set_string(header, "value", buf_text(&value));
	json_object_object_add(tree, "header", header);
	buf_done(&value);
}

static struct json_object *to_json(const struct session *session, const struct issued *issued)
{
	const struct record *record = issued->record;
	const struct access_token *access = issued->access;
	struct json_object *tree = json_object_new_object();
	int64_t left = access_left(access);

	json_set_number(tree, "version", 1);
	json_set_string(tree, "profile", session->profile->name);
	json_set_string(tree, "credential", session->profile->credential);
	json_set_number(tree, "generation", (int64_t)record->generation);
	json_set_string(tree, "access_token", access->token);
	json_set_string(tree, "token_type", access->type != NULL ? access->type : "Bearer");
	add_header(tree, issued);
	json_set_string(tree, "scope", access->scope != NULL ? access->scope : "");
	json_set_string(tree, "api_domain", record->api_domain);
	json_set_string(tree, "location", record->location);
	json_set_string(tree, "accounts_server", record->accounts_server);
	add_time(tree, "issued_at", access->issued.wall);
	add_time(tree, "expires_at", access->expires_at);
	json_set_number(tree, "expires_in", left / CLOCK_SECOND);
	json_set_number(tree, "expires_in_ms", left);
	return tree;
}

void issued_json(const struct session *session, const struct issued *issued, struct buf *text)
{
	struct json_object *tree = to_json(session, issued);

	json_print(text, tree, false);
	json_wipe(tree);
}

static credence_rc export_json(struct session *session, const struct issued *issued,
			       const char *secret, struct buf *text)
{
	struct json_object *tree = to_json(session, issued);

	if (secret != NULL) {
		if (issued->record->refresh_token != NULL)
			json_set_string(tree, "refresh_token", issued->record->refresh_token);
		json_set_string(tree, "client_id", session->profile->client_id);
		json_set_string(tree, "client_secret", secret);
	}
	json_print(text, tree, true);
	buf_char(text, '\n');
	json_wipe(tree);
	return CREDENCE_SUCCESS;
}

/* -- Shell -- */

/* In single quotes, where a shell takes everything as it is but the quote itself. */
static void add_export(struct buf *text, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(text, "export %s='", name);
	for (; *value != '\0'; value++) {
		if (*value == '\'')
			buf_str(text, "'\\''");
		else
			buf_char(text, *value);
	}
	buf_str(text, "'\n");
}

static credence_rc export_env(struct session *session, const struct issued *issued,
			      const char *secret, struct buf *text)
{
	struct buf expires = BUF_INIT;

	text_rfc3339(&expires, issued->access->expires_at);
	add_export(text, "CREDENCE_PROFILE", session->profile->name);
	add_export(text, "CREDENCE_ACCESS_TOKEN", issued->access->token);
	add_export(text, "CREDENCE_TOKEN_TYPE", issued_scheme(issued));
	add_export(text, "CREDENCE_API_DOMAIN", issued->record->api_domain);
	add_export(text, "CREDENCE_EXPIRES_AT", buf_text(&expires));
	if (secret != NULL) {
		add_export(text, "CREDENCE_REFRESH_TOKEN", issued->record->refresh_token);
		add_export(text, "CREDENCE_CLIENT_ID", session->profile->client_id);
		add_export(text, "CREDENCE_CLIENT_SECRET", secret);
	}
	buf_done(&expires);
	return CREDENCE_SUCCESS;
}

/* -- Postman -- */

static void add_variable(struct json_object *list, const char *key, const char *value, bool secret)
{
	struct json_object *item = json_object_new_object();

	json_set_string(item, "key", key);
	json_set_string(item, "value", value != NULL ? value : "");
	json_set_string(item, "type", secret ? "secret" : "default");
	json_object_object_add(item, "enabled", json_object_new_boolean(1));
	json_object_array_add(list, item);
}

static credence_rc export_postman(struct session *session, const struct issued *issued,
				  const char *secret, struct buf *text)
{
	const struct record *record = issued->record;
	struct json_object *tree = json_object_new_object(), *list = json_object_new_array();
	struct buf expiry = BUF_INIT, name = BUF_INIT;

	buf_printf(&expiry, "%" PRId64, issued->access->expires_at);
	buf_printf(&name, "credence %s", session->profile->name);
	add_variable(list, "client-id", session->profile->client_id, false);
	if (secret != NULL)
		add_variable(list, "client-secret", secret, true);
	add_variable(list, "redirect-uri",
		     setting_string(profile_own(session->profile, "client.redirect_uri")), false);
	add_variable(list, "accounts-url", record->accounts_server, false);
	add_variable(list, "access-token", issued->access->token, true);
	if (secret != NULL)
		add_variable(list, "refresh-token", record->refresh_token, true);
	add_variable(list, "api-domain", record->api_domain, false);
	add_variable(list, "expiry-time", buf_text(&expiry), false);
	/* The same id each time, so that importing it again replaces the environment. */
	json_set_string(tree, "id", buf_text(&name));
	json_set_string(tree, "name", buf_text(&name));
	json_object_object_add(tree, "values", list);
	json_set_string(tree, "_postman_variable_scope", "environment");
	json_print(text, tree, true);
	buf_char(text, '\n');
	json_wipe(tree);
	buf_done(&expiry);
	buf_done(&name);
	return CREDENCE_SUCCESS;
}

credence_rc session_export(struct session *session, const struct issued *issued, const char *format,
			   bool with_secrets, struct buf *text)
{
	static credence_rc (*const writers[])(struct session *, const struct issued *, const char *,
					      struct buf *) = {export_env, export_json,
							       export_postman};
	struct credence_call *call = session->call;
	char *secret = NULL;
	credence_rc rc = CREDENCE_SUCCESS;
	size_t i = 0;

	while (export_formats[i] != NULL && strcmp(export_formats[i], format) != 0)
		i++;
	if (export_formats[i] == NULL) {
		call_fail_status(call, STATUS_USAGE, CREDENCE_CONFIG, "there is no format \"%s\"",
				 format);
		call_hint(call, "formats are env, json and postman");
		return CREDENCE_CONFIG;
	}
	if (issued->access == NULL)
		return call_fail(call, CREDENCE_LOGIN, "there is no access token to export");
	if (with_secrets)
		rc = profile_client_secret(call, session->profile, issued->record->location,
					   &secret);
	if (rc == CREDENCE_MISS) {
		call_clear(call);
		secret = secret_strdup("");
		rc = CREDENCE_SUCCESS;
	}
	if (rc == CREDENCE_SUCCESS)
		rc = writers[i](session, issued, secret, text);
	secret_free(secret);
	return rc == CREDENCE_SUCCESS && !buf_ok(text) ? call_oom(call) : rc;
}
