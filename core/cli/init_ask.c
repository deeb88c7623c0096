/* SPDX-License-Identifier: MIT */
/*
 * The questions of init: what no option answered is asked on the terminal, and a wrong answer is
 * asked for again. Without a terminal a wrong or missing option is a mistake on the command line.
 */
#include "core/cli/init.h"

#include "core/config/url.h"
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

credence_rc init_question(struct init *init, const char *option, const char *given,
			  const char *prompt, const char *fallback, char **answer)
{
	struct cli *cli = init->cli;
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

credence_rc init_not_good(struct init *init, const char *option, const char *given,
			  const char *what)
{
	if (given != NULL || !isatty(STDIN_FILENO))
		return cli_usage_error(init->cli, "--%s: %s", option, what);
	cli_tell(init->cli, "%s", what);
	return CREDENCE_SUCCESS;
}

static credence_rc ask(struct init *init, const char *option, const char *prompt,
		       const char *fallback, char **answer)
{
	return init_question(init, option, cli_value(init->cli, option), prompt, fallback, answer);
}

static credence_rc not_good(struct init *init, const char *option, const char *what)
{
	return init_not_good(init, option, cli_value(init->cli, option), what);
}

/* -- The client -- */

static bool is_installed(char **names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* A kind of client of which a module is not installed is not offered. */
static bool is_offered(const struct init *init, struct setting kind)
{
	const char *resolver = member(kind, "resolver"), *signer = member(kind, "signer");

	return is_installed(init->grants, member(kind, "grant")) &&
	       (resolver == NULL || is_installed(init->resolvers, resolver)) &&
	       (signer == NULL || is_installed(init->signers, signer));
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
	struct buf text = BUF_INIT, where = BUF_INIT;
	struct table table;
	unsigned i;

	if (console(init) != NULL)
		init_expand(init, console(init), &where);
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
		 where.length > 0 ? "On " : "In its console", buf_text(&where),
		 (int)(text.length > 0 ? text.length - 1 : 0), buf_text(&text));
	buf_done(&text);
	buf_done(&where);
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
	struct buf names = BUF_INIT, prompt = BUF_INIT, wrong = BUF_INIT;
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
	buf_printf(&wrong, "that is none of %s", buf_text(&names));
	do {
		rc = ask(init, "client", buf_text(&prompt), NULL, &answer);
		if (rc != CREDENCE_SUCCESS || find_kind(init, list, answer))
			break;
		rc = not_good(init, "client", buf_text(&wrong));
	} while (rc == CREDENCE_SUCCESS);
out:
	secret_free(answer);
	buf_done(&names);
	buf_done(&prompt);
	buf_done(&wrong);
	return rc;
}

static credence_rc ask_client_id(struct init *init)
{
	credence_rc rc;

	if (!setting_bool(setting_member(init->kind, "id"), true) &&
	    cli_value(init->cli, "client-id") == NULL)
		return CREDENCE_SUCCESS;
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
	credence_rc rc;

	if (!setting_bool(setting_member(init->kind, "secret"), true)) {
		init->secret = secret_strdup("");
		return init->secret != NULL ? CREDENCE_SUCCESS : call_oom(&init->cli->call);
	}
	rc = person_ask(init->cli, "Client secret (not shown)", true, &init->secret);
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
	credence_rc rc;

	if (!setting_bool(setting_member(init->kind, "redirect"), false) &&
	    cli_value(init->cli, "redirect-uri") == NULL)
		return CREDENCE_SUCCESS;
	do {
		rc = ask(init, "redirect-uri", "Redirect URI [" DEFAULT_REDIRECT "]",
			 DEFAULT_REDIRECT, &init->redirect_uri);
		if (rc != CREDENCE_SUCCESS || url_is_resource(init->redirect_uri))
			return rc;
		rc = not_good(init, "redirect-uri", "that is no absolute URI without a fragment");
	} while (rc == CREDENCE_SUCCESS);
	return rc;
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
	const char *example = member(init->kind, "example");
	struct buf prompt = BUF_INIT;
	const char *mistake;
	credence_rc rc;

	if (!setting_bool(setting_member(init->kind, "scope"), true) &&
	    cli_value(init->cli, "scope") == NULL)
		return CREDENCE_SUCCESS;
	if (example == NULL)
		example = setting_string(provider_find(init->provider, "scopes.example"));
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
	static credence_rc (*const questions[])(struct init *) = {
	    init_ask_variables, ask_kind,  init_check_set, ask_client_id,    ask_secret,
	    ask_redirect,       ask_scope, ask_location,   init_ask_options, init_ask_parameters,
	};
	credence_rc rc = CREDENCE_SUCCESS;

	for (size_t i = 0; rc == CREDENCE_SUCCESS && i < sizeof(questions) / sizeof(questions[0]);
	     i++)
		rc = questions[i](init);
	return rc;
}
