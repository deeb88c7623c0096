/* SPDX-License-Identifier: MIT */
/*
 * config show: every value that counts, and the file and line that it is from. Which value counts
 * is asked of core/config (profile_find, main_conf_find); here only the names of all settings are
 * collected, from every file that could have one.
 */
#include "core/cli/cli.h"
#include "core/cli/table.h"

#include "core/record/json_out.h"

#include <stdlib.h>
#include <string.h>

struct show {
	struct cli *cli;
	char **path; /* of settings that have a value, each once */
	size_t count, capacity;
	bool failed; /* memory ran out */
	struct table table;
	struct buf json;
};

/* -- The names -- */

static void add_path(struct show *show, const char *path)
{
	size_t i;

	for (i = 0; i < show->count; i++)
		if (strcmp(show->path[i], path) == 0)
			return;
	if (show->count == show->capacity) {
		size_t capacity = show->capacity == 0 ? 64 : show->capacity * 2;
		char **more = reallocarray(show->path, capacity, sizeof(*more));

		if (more == NULL) {
			show->failed = true;
			return;
		}
		show->path = more;
		show->capacity = capacity;
	}
	show->path[show->count] = strdup(path);
	if (show->path[show->count] == NULL)
		show->failed = true;
	else
		show->count++;
}

static bool is_group(struct setting setting)
{
	return setting.value != NULL && config_setting_is_group(setting.value);
}

/* A list of groups is a table of the provider's: shown as one value unless all is wanted. */
static bool goes_in(const struct show *show, struct setting setting)
{
	return is_group(setting) ||
	       (show->cli->verbose > 0 && setting.value != NULL &&
		config_setting_is_list(setting.value) && is_group(setting_element(setting, 0)));
}

/* The depth is bounded: deeper files are refused (CONF_DEPTH). */
static void add_paths(struct show *show, const char *prefix, struct setting setting)
{
	unsigned i;

	for (i = 0; i < setting_count(setting); i++) {
		struct setting member = setting_element(setting, i);
		const char *name = config_setting_name(member.value);
		struct buf path = BUF_INIT;

		buf_str(&path, prefix);
		if (prefix[0] != '\0')
			buf_char(&path, '.');
		if (name != NULL)
			buf_str(&path, name);
		else
			buf_printf(&path, "[%u]", i);
		if (!buf_ok(&path))
			show->failed = true;
		else if (goes_in(show, member))
			add_paths(show, buf_text(&path), member);
		else
			add_path(show, buf_text(&path));
		buf_done(&path);
	}
}

/* The defaults that credence.conf has for profiles, less those for providers by name. */
static void add_defaults(struct show *show, const struct conf *conf, const char *provider)
{
	struct setting defaults = conf_find(conf, "defaults");
	struct setting list = setting_member(defaults, "providers");
	size_t i, first = show->count;

	for (i = 0; i < setting_count(list); i++) {
		struct setting group = setting_element(list, (unsigned)i);
		const char *name = setting_string(setting_member(group, "name"));

		if (name != NULL && strcmp(name, provider) == 0)
			add_paths(show, "", group);
	}
	add_paths(show, "", defaults);
	add_paths(show, "http", conf_find(conf, "http"));
	/* These two are how credence.conf sorts them, not settings of a profile. */
	for (i = first; i < show->count;) {
		if (strncmp(show->path[i], "providers", 9) != 0 &&
		    strcmp(show->path[i], "name") != 0) {
			i++;
			continue;
		}
		free(show->path[i]);
		show->path[i] = show->path[--show->count];
	}
}

/* -- The values -- */

/* What stands behind "plain:", and a password in a URL, are nobody's business. */
static void add_text(const char *text, struct buf *out)
{
	const char *host = strstr(text, "://"), *at;

	if (strncmp(text, "plain:", 6) == 0) {
		buf_str(out, "plain:(not shown)");
	} else if (host != NULL && (at = strchr(host + 3, '@')) != NULL &&
		   at < host + 3 + strcspn(host + 3, "/?")) {
		buf_add(out, text, (size_t)(host + 3 - text));
		buf_printf(out, "(not shown)%s", at);
	} else {
		buf_str(out, text);
	}
}

static void add_string(const char *text, struct buf *out)
{
	buf_char(out, '"');
	add_text(text, out);
	buf_char(out, '"');
}

static void add_value(struct setting setting, struct buf *out)
{
	const char *text = setting_string(setting);
	unsigned i, count = setting_count(setting);

	if (text != NULL) {
		add_string(text, out);
	} else if (!config_setting_is_aggregate(setting.value)) {
		setting_text(setting, out);
	} else if (count > 0 && is_group(setting_element(setting, 0))) {
		buf_printf(out, "( %u group%s )", count, count == 1 ? "" : "s");
	} else {
		buf_str(out, "[ ");
		for (i = 0; i < count; i++) {
			buf_str(out, i > 0 ? ", " : "");
			add_value(setting_element(setting, i), out);
		}
		buf_str(out, count > 0 ? " ]" : "]");
	}
}

static void show_row(struct show *show, const char *name, const char *value, const char *file,
		     unsigned line, const char *place)
{
	struct buf origin = BUF_INIT;

	if (show->cli->json) {
		json_out_item(&show->json);
		json_out_text(&show->json, "setting", name);
		json_out_text(&show->json, "value", value);
		json_out_text(&show->json, "file", file);
		if (line > 0)
			json_out_number(&show->json, "line", line);
		json_out_text(&show->json, "place", place);
		json_out_close(&show->json, '}');
		return;
	}
	table_add(&show->table, name);
	table_add(&show->table, value);
	buf_str(&origin, file);
	if (line > 0)
		buf_printf(&origin, ":%u", line);
	buf_printf(&origin, file != NULL ? " (%s)" : "%s", place);
	table_add_buf(&show->table, &origin);
}

static void show_setting(struct show *show, const char *path, struct setting setting)
{
	struct buf value = BUF_INIT;

	/* Hidden by a layer above: a list that replaces another as a whole. */
	if (setting.value == NULL)
		return;
	/* JSON has quotes of its own. */
	if (show->cli->json && setting_string(setting) != NULL)
		add_text(setting_string(setting), &value);
	else
		add_value(setting, &value);
	show_row(show, path, buf_text(&value), setting.conf->path,
		 config_setting_source_line(setting.value), place_name(setting.conf->place));
	buf_done(&value);
}

/* What holds because nothing else was said. */
static void show_built_in(struct show *show, const struct profile *profile)
{
	uint32_t role;

	for (role = 1; role < ROLE_COUNT; role++) {
		struct stack_conf stack = {0};
		struct buf value = BUF_INIT;

		if (role != CREDENCE_ROLE_SEAL &&
		    stack_conf_load(&show->cli->call, profile, role_name(role), &stack) ==
			CREDENCE_SUCCESS &&
		    stack.count > 0 && stack.entry[0].origin.value == NULL) {
			add_string(stack.entry[0].use, &value);
			show_row(show, role_name(role), buf_text(&value), NULL, 0, "built in");
		}
		call_clear(&show->cli->call);
		stack_conf_done(&stack);
		buf_done(&value);
	}
}

static credence_rc show_profile(struct show *show)
{
	struct cli *cli = show->cli;
	const struct provider *provider;
	struct profile *profile = NULL;
	size_t i;
	credence_rc rc;

	cli->subject = cli->operand[0];
	rc = profile_load(&cli->call, &cli->context->places, &cli->context->main, cli->operand[0],
			  NULL, false, &profile);
	if (rc == CREDENCE_SUCCESS)
		rc = profile_provider(&cli->call, profile);
	if (rc == CREDENCE_SUCCESS) {
		add_paths(show, "", conf_root(profile->conf));
		for (i = 0; i < MAIN_CONF_MAX; i++)
			if (cli->context->main.conf[i] != NULL)
				add_defaults(show, cli->context->main.conf[i],
					     profile->provider_name);
		for (provider = profile->provider; provider != NULL; provider = provider->extends)
			add_paths(show, "", conf_root(provider->conf));
		for (i = 0; i < show->count; i++)
			show_setting(show, show->path[i], profile_find(profile, show->path[i]));
		show_built_in(show, profile);
	}
	profile_free(profile);
	return rc;
}

/* -- Without a profile -- */

static void show_folders(struct show *show)
{
	const struct places *places = &show->cli->context->places;
	char **folder = show->cli->context->modules.folders;
	const char *origin = places->chosen ? "-C" : "built in";
	int place;

	for (place = 0; place < PLACE_COUNT; place++) {
		struct buf name = BUF_INIT;

		buf_printf(&name, "folder.%s", place_name(place));
		if (places->folder[place] != NULL)
			show_row(show, buf_text(&name), places->folder[place], NULL, 0,
				 place == PLACE_ADMIN ? origin : "built in");
		buf_done(&name);
	}
	if (places->folder[PLACE_USER] != NULL)
		show_row(show, "state.user", places->user_state, NULL, 0, "built in");
	show_row(show, "state.admin", places->admin_state, NULL, 0, origin);
	for (; folder != NULL && *folder != NULL; folder++)
		show_row(show, "folder.modules", *folder, NULL, 0,
			 strcmp(*folder, CREDENCE_MODULEDIR) == 0 ? "built in" : "modules.path");
}

static void show_main(struct show *show)
{
	const struct main_conf *conf = &show->cli->context->main;
	size_t i;

	show_folders(show);
	for (i = 0; i < MAIN_CONF_MAX; i++)
		if (conf->conf[i] != NULL)
			add_paths(show, "", conf_root(conf->conf[i]));
	for (i = 0; i < show->count; i++)
		show_setting(show, show->path[i], main_conf_find(conf, show->path[i]));
}

credence_rc verb_config_show(struct cli *cli)
{
	static const char *const headings[] = {"SETTING", "VALUE", "FROM"};
	struct show show = {.cli = cli, .json = BUF_INIT};
	credence_rc rc = CREDENCE_SUCCESS;

	table_init(&show.table, 3, headings);
	if (cli->json)
		buf_char(&show.json, '[');
	if (cli->operand_count > 0)
		rc = show_profile(&show);
	else
		show_main(&show);
	if (rc == CREDENCE_SUCCESS && show.failed)
		rc = call_oom(&cli->call);
	if (cli->json)
		buf_str(&show.json, "]\n");
	else
		table_print(&show.table, "", is_colourful(cli->out), &show.json);
	if (rc == CREDENCE_SUCCESS)
		rc = cli_put(cli, &show.json);
	buf_done(&show.json);
	table_done(&show.table);
	while (show.count > 0)
		free(show.path[--show.count]);
	free(show.path);
	return rc;
}
