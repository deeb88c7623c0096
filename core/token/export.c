/* SPDX-License-Identifier: MIT */
/*
 * A credential in the formats of others: JSON, a Postman environment, shell variables. The
 * long-lived secrets (refresh token, client secret) are in it only when asked for. What is built
 * here is handed over in the caller's buffer, which should be a secret one.
 */
#include "core/os/clock.h"
#include "core/os/hash.h"
#include "core/os/secret.h"
#include "core/os/text.h"
#include "core/record/json_out.h"
#include "core/session/judge.h"
#include "core/token/token.h"

#include <inttypes.h>
#include <string.h>

const char *const export_formats[] = {"postman", "json", "env", NULL};

static void time_member(struct buf *json, const char *name, int64_t ms)
{
	struct buf text = BUF_INIT;

	text_rfc3339(&text, ms);
	json_out_text(json, name, buf_text(&text));
	buf_done(&text);
}

/* -- JSON -- */

static void add_token(const struct issued *issued, struct buf *json)
{
	const struct access_token *access = issued->access;
	struct buf header = BUF_SECRET;

	json_out_text(json, "access_token", access->token);
	json_out_text(json, "token_type", access->type);
	buf_printf(&header, "%s %s", issued_scheme(issued), access->token);
	json_out_open(json, "header", '{');
	json_out_text(json, "name", "Authorization");
	json_out_text(json, "value", buf_text(&header));
	json_out_close(json, '}');
	json->failed = json->failed || header.failed;
	json_out_text(json, "scope", access->scope);
	buf_done(&header);
}

static void add_times(const struct access_token *access, struct buf *json)
{
	int64_t left = access_left(access);

	time_member(json, "issued_at", access->issued.wall);
	time_member(json, "expires_at", access->expires_at);
	json_out_number(json, "expires_in", left / CLOCK_SECOND);
	json_out_number(json, "expires_in_ms", left);
}

/* Without the closing brace. */
static void add_issued(const struct session *session, const struct issued *issued, struct buf *json)
{
	const struct record *record = issued->record;

	buf_char(json, '{');
	json_out_number(json, "version", 1);
	json_out_text(json, "profile", session->profile->name);
	json_out_text(json, "credential", session->profile->credential);
	json_out_number(json, "generation", (int64_t)record->generation);
	if (issued->access != NULL)
		add_token(issued, json);
	json_out_text(json, "api_domain", record->api_domain);
	json_out_text(json, "location", record->location);
	json_out_text(json, "accounts_server", record->accounts_server);
	if (issued->access != NULL)
		add_times(issued->access, json);
}

void issued_json(const struct session *session, const struct issued *issued, struct buf *json)
{
	add_issued(session, issued, json);
	json_out_close(json, '}');
}

/* -- What the formats take from a session -- */

/* The client's secret, if it is wanted and there is one; *secret is the caller's. */
static credence_rc client_secret(struct session *session, const struct issued *issued,
				 bool with_secrets, char **secret)
{
	credence_rc rc;

	if (!with_secrets)
		return CREDENCE_SUCCESS;
	rc = profile_client_secret(session->call, session->profile, issued->record->location,
				   secret);
	if (rc != CREDENCE_MISS)
		return rc;
	call_clear(session->call);
	return CREDENCE_SUCCESS;
}

static void export_json(struct session *session, const struct issued *issued, bool with_secrets,
			const char *secret, struct buf *text)
{
	add_issued(session, issued, text);
	if (with_secrets) {
		json_out_text(text, "refresh_token", issued->record->refresh_token);
		json_out_text(text, "client_id", session->profile->client_id);
		json_out_text(text, "client_secret", secret);
	}
	json_out_close(text, '}');
	buf_char(text, '\n');
}

/* -- Postman -- */

static void add_value(struct buf *json, const char *key, const char *value, bool is_secret)
{
	json_out_item(json);
	json_out_text(json, "key", key);
	json_out_text(json, "value", value != NULL ? value : "");
	json_out_text(json, "type", is_secret ? "secret" : "default");
	json_out_name(json, "enabled");
	buf_str(json, "true");
	json_out_close(json, '}');
}

/* The same id for the same credential, so that an import replaces what an earlier one made: a UUID
 * of version 8 (RFC 9562), made of a hash. */
static void add_id(const struct session *session, struct buf *json)
{
	unsigned char digest[32];
	struct buf hex = BUF_INIT, id = BUF_INIT;
	struct sha256 sha;

	sha256_init(&sha);
	sha256_add(&sha, session->profile->name, strlen(session->profile->name) + 1);
	sha256_add(&sha, session->profile->provider_name,
		   strlen(session->profile->provider_name) + 1);
	sha256_add(&sha, session->profile->client_id, strlen(session->profile->client_id));
	sha256_finish(&sha, digest);
	digest[6] = (unsigned char)((digest[6] & 0x0f) | 0x80);
	digest[8] = (unsigned char)((digest[8] & 0x3f) | 0x80);
	text_hex(&hex, digest, 16);
	buf_printf(&id, "%.8s-%.4s-%.4s-%.4s-%.12s", buf_text(&hex), buf_text(&hex) + 8,
		   buf_text(&hex) + 12, buf_text(&hex) + 16, buf_text(&hex) + 20);
	json_out_text(json, "id", buf_text(&id));
	buf_done(&hex);
	buf_done(&id);
}

static void export_postman(struct session *session, const struct issued *issued, bool with_secrets,
			   const char *secret, struct buf *text)
{
	const struct profile *profile = session->profile;
	const struct record *record = issued->record;
	struct buf number = BUF_INIT, name = BUF_INIT;

	buf_printf(&name, "credence %s", profile->name);
	if (issued->access != NULL)
		buf_printf(&number, "%" PRId64, issued->access->expires_at);
	buf_char(text, '{');
	add_id(session, text);
	json_out_text(text, "name", buf_text(&name));
	json_out_open(text, "values", '[');
	add_value(text, "client-id", profile->client_id, false);
	if (with_secrets)
		add_value(text, "client-secret", secret, true);
	add_value(text, "redirect-uri", setting_string(profile_own(profile, "client.redirect_uri")),
		  false);
	add_value(text, "accounts-url", record->accounts_server, false);
	add_value(text, "access-token", issued->access != NULL ? issued->access->token : NULL,
		  true);
	if (with_secrets)
		add_value(text, "refresh-token", record->refresh_token, true);
	add_value(text, "api-domain", record->api_domain, false);
	add_value(text, "expiry-time", buf_text(&number), false);
	json_out_close(text, ']');
	json_out_text(text, "_postman_variable_scope", "environment");
	json_out_close(text, '}');
	buf_char(text, '\n');
	buf_done(&number);
	buf_done(&name);
}

/* -- Variables -- */

const char *const issued_names[ISSUED_NAMES + 1] = {
    "CREDENCE_PROFILE",    "CREDENCE_ACCESS_TOKEN",  "CREDENCE_TOKEN_TYPE",
    "CREDENCE_API_DOMAIN", "CREDENCE_EXPIRES_AT",    "CREDENCE_REFRESH_TOKEN",
    "CREDENCE_CLIENT_ID",  "CREDENCE_CLIENT_SECRET", NULL};

bool issued_variables(const struct session *session, const struct issued *issued,
		      struct attributes *variables)
{
	const struct access_token *access = issued->access;
	struct buf expires = BUF_INIT;
	bool ok;

	if (access != NULL)
		text_rfc3339(&expires, access->expires_at);
	ok = attributes_set(variables, "CREDENCE_PROFILE", session->profile->name) &&
	     attributes_set(variables, "CREDENCE_ACCESS_TOKEN",
			    access != NULL ? access->token : NULL) &&
	     attributes_set(variables, "CREDENCE_TOKEN_TYPE",
			    access != NULL ? issued_scheme(issued) : NULL) &&
	     attributes_set(variables, "CREDENCE_API_DOMAIN", issued->record->api_domain) &&
	     attributes_set(variables, "CREDENCE_EXPIRES_AT",
			    access != NULL ? buf_text(&expires) : NULL);
	buf_done(&expires);
	return ok;
}

/* One word of sh(1): in single quotes everything is as it is but the quote itself. */
static void shell_quote(struct buf *text, const char *value)
{
	buf_char(text, '\'');
	for (; *value != '\0'; value++)
		if (*value == '\'')
			buf_str(text, "'\\''");
		else
			buf_char(text, *value);
	buf_char(text, '\'');
}

/* What this credential does not have, another's must not be taken for. */
static void shell_variable(struct buf *text, const char *name, const char *value)
{
	if (value != NULL) {
		buf_printf(text, "export %s=", name);
		shell_quote(text, value);
	} else {
		buf_printf(text, "unset %s", name);
	}
	buf_char(text, '\n');
}

static void export_env(struct session *session, const struct issued *issued, bool with_secrets,
		       const char *secret, struct buf *text)
{
	struct attributes variables = {0};
	bool ok = issued_variables(session, issued, &variables);
	size_t i;

	if (with_secrets)
		ok =
		    ok &&
		    attributes_set(&variables, "CREDENCE_REFRESH_TOKEN",
				   issued->record->refresh_token) &&
		    attributes_set(&variables, "CREDENCE_CLIENT_ID", session->profile->client_id) &&
		    attributes_set(&variables, "CREDENCE_CLIENT_SECRET", secret);
	for (i = 0; i < (with_secrets ? ISSUED_NAMES : ISSUED_PUBLIC); i++)
		shell_variable(text, issued_names[i], attributes_get(&variables, issued_names[i]));
	text->failed = text->failed || !ok;
	attributes_done(&variables);
}

credence_rc session_export(struct session *session, const struct issued *issued, const char *format,
			   bool with_secrets, struct buf *text)
{
	static void (*const writers[])(struct session *, const struct issued *, bool, const char *,
				       struct buf *) = {export_postman, export_json, export_env};
	char *secret = NULL;
	credence_rc rc;
	size_t i = 0;

	while (export_formats[i] != NULL && strcmp(export_formats[i], format) != 0)
		i++;
	if (export_formats[i] == NULL) {
		const char *nearest = text_nearest(format, export_formats);

		call_fail(session->call, CREDENCE_CONFIG, "there is no export format \"%s\"",
			  format);
		if (nearest != NULL)
			call_hint(session->call, "did you mean \"%s\"?", nearest);
		else
			call_hint(session->call, "the formats are postman, json and env");
		return CREDENCE_CONFIG;
	}
	rc = client_secret(session, issued, with_secrets, &secret);
	if (rc == CREDENCE_SUCCESS) {
		writers[i](session, issued, with_secrets, secret, text);
		if (!buf_ok(text))
			rc = call_oom(session->call);
	}
	secret_free(secret);
	return rc;
}
