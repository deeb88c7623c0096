/* SPDX-License-Identifier: MIT */
/*
 * The questions of init: what no option answered is asked on the terminal, and a wrong answer is
 * asked for again. Without a terminal a wrong or missing option is a mistake on the command line.
 */
#include "core/cli/init.h"

#include "core/os/secret.h"
#include "core/os/text.h"

#include <string.h>
#include <unistd.h>

#define DEFAULT_REDIRECT "http://127.0.0.1:8765/callback"

static const char *member(struct setting group, const char *name)
{
	return setting_string(setting_member(group, name));
}

/* -- Asking -- */

/* From the option, else from the person; fallback (may be NULL) for an empty answer. */
static credence_rc ask(struct init *init, const char *option, const char *prompt,
		       const char *fallback, char **answer)
{
	struct cli *cli = init->cli;
	const char *given = cli_value(cli, option);
	credence_rc rc = CREDENCE_SUCCESS;

	secret_free(*answer);
	*answer = NULL;
	if (given != NULL || (!isatty(STDIN_FILENO) && fallback != NULL)) {
		*answer = secret_strdup(given != NULL ? given : fallback);
		return *answer != NULL ? CREDENCE_SUCCESS : call_oom(&cli->call);
	}
	if (!isatty(STDIN_FILENO))
		return cli_usage_error(cli, "--%s is missing, and there is no terminal to ask on",
				       option);
	rc = person_ask(cli, prompt, false, answer);
	if (rc == CREDENCE_SUCCESS && (*answer)[0] == '\0' && fallback != NULL) {
		secret_free(*answer);
		*answer = secret_strdup(fallback);
		if (*answer == NULL)
			rc = call_oom(&cli->call);
	}
	return rc;
}

/* An answer of the person's is asked for again; an option's is a mistake. */
static credence_rc not_good(struct init *init, const char *option, const char *what)
{
	if (cli_value(init->cli, option) != NULL || !isatty(STDIN_FILENO))
		return cli_usage_error(init->cli, "--%s: %s", option, what);
	cli_tell(init->cli, "%s", what);
	return CREDENCE_SUCCESS;
}

/* -- The client -- */

/* A kind of client whose grant is not installed is not offered. */
static bool is_offered(const struct init *init, struct setting kind)
{
	const char *grant = member(kind, "grant");
	size_t i;

	for (i = 0; init->grants[i] != NULL; i++)
		if (strcmp(init->grants[i], grant) == 0)
			return true;
	return false;
}

/* Where the clients of a data centre are registered. */
static const char *console(const struct init *init)
{
	struct setting list = provider_find(init->provider, "datacenters");
	const char *location = cli_value(init->cli, "location");
	unsigned i;

	if (location == NULL)
		location = setting_string(provider_find(init->provider, "location"));
	for (i = 0; location != NULL && i < setting_count(list); i++) {
		struct setting dc = setting_element(list, i);

		if (strcmp(member(dc, "location"), location) == 0 && member(dc, "console") != NULL)
			return member(dc, "console");
	}
	return setting_string(provider_find(init->provider, "console"));
}

static void tell_kinds(const struct init *init, struct setting list)
{
	const char *title = setting_string(provider_find(init->provider, "title"));
	const char *where = console(init);
	struct buf text = BUF_INIT;
	struct table table;
	unsigned i;

	table_init(&table, 2, NULL);
	for (i = 0; i < setting_count(list); i++) {
		struct setting kind = setting_element(list, i);

		if (!is_offered(init, kind))
			continue;
		table_add(&table, member(kind, "title"));
		table_add(&table, member(kind, "text"));
	}
	table_print(&table, "  ", false, &text);
	cli_tell(init->cli, "%s needs a client. %s%s choose\n%.*s",
		 title != NULL ? title : init->provider->name,
		 where != NULL ? "On " : "In its console", where != NULL ? where : "",
		 (int)(text.length > 0 ? text.length - 1 : 0), buf_text(&text));
	buf_done(&text);
	table_done(&table);
}

static bool find_kind(struct init *init, struct setting list, const char *name)
{
	unsigned i;

	for (i = 0; i < setting_count(list); i++) {
		struct setting kind = setting_element(list, i);

		if (strcmp(member(kind, "name"), name) == 0 && is_offered(init, kind)) {
			init->kind = kind;
			return true;
		}
	}
	return false;
}

static void kind_names(const struct init *init, struct setting list, struct buf *names)
{
	unsigned i;

	for (i = 0; i < setting_count(list); i++) {
		struct setting kind = setting_element(list, i);

		if (is_offered(init, kind))
			buf_printf(names, "%s%s", names->length > 0 ? "/" : "",
				   member(kind, "name"));
	}
}

static credence_rc ask_kind(struct init *init)
{
	struct setting list = provider_find(init->provider, "clients");
	struct buf names = BUF_INIT, prompt = BUF_INIT;
	char *answer = NULL;
	credence_rc rc = CREDENCE_SUCCESS;

	kind_names(init, list, &names);
	if (names.length == 0) {
		rc =
		    call_fail(&init->cli->call, CREDENCE_CONFIG,
			      "the data of provider %s name no kind of client with a grant that is "
			      "installed",
			      init->provider->name);
		call_hint(&init->cli->call, "write the profile by hand; see credence-profile(5)");
		goto out;
	}
	if (isatty(STDIN_FILENO))
		tell_kinds(init, list);
	/* Where there is no choice there is no question. */
	if (strchr(buf_text(&names), '/') == NULL && cli_value(init->cli, "client") == NULL) {
		find_kind(init, list, buf_text(&names));
		goto out;
	}
	buf_printf(&prompt, "Which one? [%s]", buf_text(&names));
	do {
		rc = ask(init, "client", buf_text(&prompt), NULL, &answer);
		if (rc != CREDENCE_SUCCESS || find_kind(init, list, answer))
			break;
		rc = not_good(init, "client", "that is none of these");
	} while (rc == CREDENCE_SUCCESS);
out:
	secret_free(answer);
	buf_done(&names);
	buf_done(&prompt);
	return rc;
}

static credence_rc ask_client_id(struct init *init)
{
	credence_rc rc;

	do {
		rc = ask(init, "client-id", "Client ID", NULL, &init->client_id);
		if (rc != CREDENCE_SUCCESS || text_is_vschar(init->client_id))
			return rc;
		rc = not_good(init, "client-id", "that is no client ID");
	} while (rc == CREDENCE_SUCCESS);
	return rc;
}

/* Never an option: other users see the arguments of every process. */
static credence_rc ask_secret(struct init *init)
{
	credence_rc rc = person_ask(init->cli, "Client secret (not shown)", true, &init->secret);

	if (rc == CREDENCE_LOGIN) {
		call_clear(&init->cli->call);
		rc =
		    cli_usage_error(init->cli, "the client secret is missing: one line of standard "
					       "input, empty if the client has none");
	}
	if (rc == CREDENCE_SUCCESS && init->secret[0] != '\0' && !text_is_vschar(init->secret))
		rc = cli_usage_error(init->cli, "a client secret has no such characters");
	return rc;
}

static credence_rc ask_redirect(struct init *init)
{
	if (!setting_bool(setting_member(init->kind, "redirect"), false) &&
	    cli_value(init->cli, "redirect-uri") == NULL)
		return CREDENCE_SUCCESS;
	return ask(init, "redirect-uri", "Redirect URI [" DEFAULT_REDIRECT "]", DEFAULT_REDIRECT,
		   &init->redirect_uri);
}

/* What is wrong with a list of scopes (RFC 6749 section 3.3); NULL: nothing. */
static const char *scope_mistake(const char *text)
{
	size_t i;

	if (text[strspn(text, " ,")] == '\0')
		return "at least one is needed";
	for (i = 0; text[i] != '\0'; i++)
		if (text[i] < ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
			return "a scope has no such characters";
	return NULL;
}

static credence_rc ask_scope(struct init *init)
{
	const char *example = setting_string(provider_find(init->provider, "scopes.example"));
	struct buf prompt = BUF_INIT;
	const char *mistake;
	credence_rc rc;

	buf_printf(&prompt, "Scopes%s%s", example != NULL ? ", e.g. " : "",
		   example != NULL ? example : "");
	do {
		rc = ask(init, "scope", buf_text(&prompt), NULL, &init->scope);
		mistake = rc == CREDENCE_SUCCESS ? scope_mistake(init->scope) : NULL;
		if (mistake == NULL)
			break;
		rc = not_good(init, "scope", mistake);
	} while (rc == CREDENCE_SUCCESS);
	buf_done(&prompt);
	return rc;
}

static bool is_location(struct setting list, const char *location)
{
	unsigned i;

	for (i = 0; i < setting_count(list); i++)
		if (strcmp(member(setting_element(list, i), "location"), location) == 0)
			return true;
	return false;
}

static credence_rc ask_location(struct init *init)
{
	const char *fallback = setting_string(provider_find(init->provider, "location"));
	struct setting list = provider_find(init->provider, "datacenters");
	struct buf prompt = BUF_INIT, what = BUF_INIT;
	unsigned i;
	credence_rc rc;

	if (setting_count(list) == 0)
		return CREDENCE_SUCCESS;
	buf_str(&prompt, "Data centre of the console (");
	buf_str(&what, "the data centres are");
	for (i = 0; i < setting_count(list); i++) {
		const char *location = member(setting_element(list, i), "location");

		buf_printf(&prompt, "%s%s", i > 0 ? " " : "", location);
		buf_printf(&what, " %s", location);
	}
	buf_char(&prompt, ')');
	if (fallback != NULL)
		buf_printf(&prompt, " [%s]", fallback);
	do {
		rc = ask(init, "location", buf_text(&prompt), fallback, &init->location);
		if (rc != CREDENCE_SUCCESS || is_location(list, init->location))
			break;
		rc = not_good(init, "location", buf_text(&what));
	} while (rc == CREDENCE_SUCCESS);
	buf_done(&prompt);
	buf_done(&what);
	return rc;
}

credence_rc init_ask(struct init *init)
{
	credence_rc rc = ask_kind(init);

	if (rc == CREDENCE_SUCCESS)
		rc = ask_client_id(init);
	if (rc == CREDENCE_SUCCESS)
		rc = ask_secret(init);
	if (rc == CREDENCE_SUCCESS)
		rc = ask_redirect(init);
	if (rc == CREDENCE_SUCCESS)
		rc = ask_scope(init);
	if (rc == CREDENCE_SUCCESS)
		rc = ask_location(init);
	return rc;
}
