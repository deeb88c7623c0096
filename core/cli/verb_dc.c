/* SPDX-License-Identifier: MIT */
/* dc list: the data centres of a provider. dc resolve: which one a credential is at home in. */
#include "core/cli/cli.h"
#include "core/cli/table.h"

#include "core/os/file.h"
#include "core/os/text.h"
#include "core/record/json_out.h"
#include "core/token/token.h"

#include <string.h>

struct listing {
	struct cli *cli;
	struct table table;
	struct buf json;
	bool with_provider; /* a column for its name */
};

static void add_dc(struct listing *listing, const char *provider, const char *location,
		   const char *accounts_server, const char *api_domain)
{
	struct buf *json = &listing->json;

	if (!listing->cli->json) {
		if (listing->with_provider)
			table_add(&listing->table, provider);
		table_add(&listing->table, location);
		table_add(&listing->table, accounts_server);
		table_add(&listing->table, api_domain);
		return;
	}
	json_out_item(json);
	json_out_text(json, "provider", provider);
	json_out_text(json, "location", location);
	json_out_text(json, "accounts_server", accounts_server);
	json_out_text(json, "api_domain", api_domain);
	json_out_close(json, '}');
}

static const char *member(struct setting group, const char *name)
{
	return setting_string(setting_member(group, name));
}

static credence_rc add_provider(struct listing *listing, const char *name)
{
	struct cli *cli = listing->cli;
	struct provider *provider = NULL;
	struct setting list;
	unsigned i;
	credence_rc rc =
	    provider_load(&cli->call, &cli->context->places, PLACE_USER, name, NULL, &provider);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	list = provider_find(provider, "datacenters");
	for (i = 0; i < setting_count(list); i++) {
		struct setting dc = setting_element(list, i);

		add_dc(listing, name, member(dc, "location"), member(dc, "accounts_server"),
		       member(dc, "api_domain"));
	}
	if (setting_count(list) == 0)
		add_dc(listing, name, NULL,
		       setting_string(provider_find(provider, "accounts_server")),
		       setting_string(provider_find(provider, "api_domain")));
	provider_free(provider);
	return CREDENCE_SUCCESS;
}

static credence_rc add_all(struct listing *listing)
{
	struct cli *cli = listing->cli;
	char **names = NULL;
	size_t i;
	credence_rc rc = provider_names(&cli->call, &cli->context->places, &names);

	for (i = 0; rc == CREDENCE_SUCCESS && names[i] != NULL; i++)
		if (add_provider(listing, names[i]) != CREDENCE_SUCCESS)
			cli_pass_over(cli);
	file_names_free(names);
	return rc;
}

credence_rc verb_dc_list(struct cli *cli)
{
	static const char *const headings[] = {"PROVIDER", "LOCATION", "ACCOUNTS SERVER", "API"};
	bool all = cli->operand_count == 0;
	struct listing listing = {.cli = cli, .json = BUF_INIT, .with_provider = all};
	credence_rc rc;

	table_init(&listing.table, all ? 4 : 3, all ? headings : headings + 1);
	if (cli->json)
		buf_char(&listing.json, '[');
	rc = all ? add_all(&listing) : add_provider(&listing, cli->operand[0]);
	if (cli->json)
		buf_str(&listing.json, "]\n");
	else
		table_print(&listing.table, "", is_colourful(cli->out), &listing.json);
	if (rc == CREDENCE_SUCCESS)
		rc = cli_put(cli, &listing.json);
	buf_done(&listing.json);
	table_done(&listing.table);
	return rc;
}

/* -- dc resolve -- */

/* "learned from the token answer of 23 Nov 13:31:07 (the profile starts at us)" */
static void add_reason(const struct session *session, const char *source, struct buf *text)
{
	const struct record *record = session->record;
	const char *start = setting_string(profile_own(session->profile, "location"));

	if (record == NULL || strcmp(source, "profile") == 0) {
		buf_str(text,
			start != NULL ? "the profile says so" : "where the provider's data start");
		buf_str(text, record == NULL ? "; nobody has logged in yet" : "");
		return;
	}
	buf_printf(text, "learned from the %s", source);
	if (record->location_at != 0) {
		buf_str(text, " of ");
		text_moment(text, record->location_at);
	}
	if (start != NULL && record->location != NULL && strcmp(start, record->location) != 0)
		buf_printf(text, " (the profile starts at %s)", start);
}

static void resolve_json(const struct session *session, const char *source, struct buf *json)
{
	const struct attributes *known = &session->work.known;

	json_begin(json);
	json_out_text(json, "profile", session->profile->name);
	json_out_text(json, "location", attributes_get(known, "location"));
	json_out_text(json, "accounts_server", attributes_get(known, "accounts_server"));
	json_out_text(json, "api_domain", attributes_get(known, "api_domain"));
	json_out_text(json, "source", source);
	if (session->record != NULL)
		json_out_time(json, "learned_at", session->record->location_at);
	json_out_close(json, '}');
	buf_char(json, '\n');
}

static const char *or_dash(const char *text)
{
	return text != NULL ? text : "-";
}

static void resolve_text(const struct session *session, const char *source, struct buf *text)
{
	const struct attributes *known = &session->work.known;
	const char *name = session->profile->name;

	buf_printf(text, "%s  %s   ", name, or_dash(attributes_get(known, "location")));
	add_reason(session, source, text);
	buf_printf(text, "\n%*s%s   %s\n", (int)strlen(name) + 2, "",
		   or_dash(attributes_get(known, "accounts_server")),
		   or_dash(attributes_get(known, "api_domain")));
}

credence_rc verb_dc_resolve(struct cli *cli)
{
	struct session session = {0};
	struct buf text = BUF_INIT;
	const char *source;
	credence_rc rc = cli_session(cli, false, &session);

	if (rc == CREDENCE_SUCCESS)
		rc = session_resolve(&session, &source);
	if (rc == CREDENCE_SUCCESS) {
		if (cli->json)
			resolve_json(&session, source, &text);
		else
			resolve_text(&session, source, &text);
		rc = cli_put(cli, &text);
	}
	session_done(&session);
	return rc;
}
