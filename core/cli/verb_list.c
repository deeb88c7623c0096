/* SPDX-License-Identifier: MIT */
/* list: the profiles that can be seen and where they come from. Reads configuration only. */
#include "core/cli/cli.h"
#include "core/cli/table.h"

#include "core/os/file.h"
#include "core/record/json_out.h"

#include <string.h>

/* The module of the first entry of a stack; NULL: the profile has none. */
static void first_module(struct cli *cli, const struct profile *profile, const char *role,
			 struct buf *name)
{
	struct stack_conf stack = {0};

	if (stack_conf_load(&cli->call, profile, role, &stack) == CREDENCE_SUCCESS &&
	    stack.count > 0)
		buf_str(name, stack.entry[0].use);
	call_clear(&cli->call);
	stack_conf_done(&stack);
}

static void add_row(struct table *table, const char *name, const struct profile *profile,
		    const char *grant)
{
	table_add(table, name);
	table_add(table, profile != NULL ? profile->provider_name : NULL);
	table_add(table, profile != NULL ? profile->credential : NULL);
	table_add(table, grant);
	table_add(table, profile != NULL ? place_name(profile->conf->place) : NULL);
	table_add(table, profile != NULL ? profile->conf->path : "can't be read: credence check");
}

static void add_object(struct buf *json, const char *name, const struct profile *profile,
		       const char *grant)
{
	json_out_item(json);
	json_out_text(json, "profile", name);
	if (profile != NULL) {
		json_out_text(json, "provider", profile->provider_name);
		json_out_text(json, "credential", profile->credential);
		json_out_text(json, "grant", grant[0] != '\0' ? grant : NULL);
		json_out_text(json, "scope", profile->scope);
		json_out_text(json, "place", place_name(profile->conf->place));
		json_out_text(json, "file", profile->conf->path);
	}
	json_out_bool(json, "readable", profile != NULL);
	json_out_close(json, '}');
}

static void add_profile(struct cli *cli, const char *name, struct table *table, struct buf *json)
{
	struct profile *profile = NULL;
	struct buf grant = BUF_INIT;

	if (profile_load(&cli->call, &cli->context->places, &cli->context->main, name, NULL, false,
			 &profile) != CREDENCE_SUCCESS)
		call_clear(&cli->call);
	if (profile != NULL)
		first_module(cli, profile, "grant", &grant);
	if (cli->json)
		add_object(json, name, profile, buf_text(&grant));
	else
		add_row(table, name, profile, buf_text(&grant));
	buf_done(&grant);
	profile_free(profile);
}

credence_rc verb_list(struct cli *cli)
{
	static const char *const headings[] = {"PROFILE", "PROVIDER", "CREDENTIAL",
					       "GRANT",   "PLACE",    "FILE"};
	struct buf text = BUF_INIT;
	struct table table;
	char **names = NULL;
	size_t i;
	credence_rc rc = profile_names(&cli->call, &cli->context->places, &names);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	table_init(&table, 6, headings);
	if (cli->json)
		buf_char(&text, '[');
	for (i = 0; names[i] != NULL; i++)
		add_profile(cli, names[i], &table, &text);
	if (i == 0 && !cli->json && !cli->quiet)
		cli_tell(cli, "there is no profile yet; credence init makes one");
	file_names_free(names);
	if (cli->json) {
		buf_char(&text, ']');
		rc = cli_put_json(cli, &text);
	} else {
		table_print(&table, "", is_colourful(cli->out), &text);
		rc = cli_put(cli, &text);
	}
	table_done(&table);
	return rc;
}
