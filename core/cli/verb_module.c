/* SPDX-License-Identifier: MIT */
/* module list, module info: what is installed, and what it can be told. */
#include "core/cli/cli.h"
#include "core/cli/table.h"

#include "core/os/file.h"
#include "core/os/text.h"
#include "core/record/json_out.h"

#include <stdlib.h>
#include <string.h>

/* Where the module is from: "credence", or its folder. */
static void add_origin(const struct module *module, struct buf *text)
{
	const char *slash = strrchr(module->path, '/');
	size_t length = slash != NULL ? (size_t)(slash - module->path) : 0;

	if (length == strlen(CREDENCE_MODULEDIR) &&
	    strncmp(module->path, CREDENCE_MODULEDIR, length) == 0)
		buf_str(text, "credence");
	else
		buf_add(text, module->path, length);
}

struct listing {
	struct cli *cli;
	struct table table;
	struct buf json;
};

static void module_json(const char *role, const char *name, const struct module *module,
			struct buf *json)
{
	json_out_text(json, "role", role);
	json_out_text(json, "name", name);
	if (module != NULL) {
		json_out_text(json, "version", module->descriptor.version);
		json_out_text(json, "file", module->path);
		json_out_text(json, "summary", module->descriptor.summary);
	}
}

/* One that can't be loaded is shown with the reason. */
static void add_module(struct listing *listing, uint32_t role, const char *name)
{
	struct credence_call *call = &listing->cli->call;
	const struct module *module = NULL;
	struct buf origin = BUF_INIT;
	const char *error = NULL;

	if (module_load(call, &listing->cli->context->modules, role, name, &module) !=
	    CREDENCE_SUCCESS)
		error = call->failure.message;
	if (listing->cli->json) {
		json_out_item(&listing->json);
		module_json(role_name(role), name, module, &listing->json);
		json_out_text(&listing->json, "error", error);
		json_out_close(&listing->json, '}');
	} else {
		if (module != NULL)
			add_origin(module, &origin);
		table_add(&listing->table, role_name(role));
		table_add(&listing->table, name);
		table_add(&listing->table, module != NULL ? module->descriptor.version : NULL);
		table_add_buf(&listing->table, &origin);
		table_add(&listing->table, module != NULL ? module->descriptor.summary : error);
	}
	call_clear(call);
}

credence_rc verb_module_list(struct cli *cli)
{
	static const char *const headings[] = {"ROLE", "NAME", "VERSION", "FROM", "SUMMARY"};
	struct listing listing = {.cli = cli, .json = BUF_INIT};
	credence_rc rc = CREDENCE_SUCCESS;
	uint32_t role;
	size_t i;

	table_init(&listing.table, 5, headings);
	if (cli->json)
		buf_char(&listing.json, '[');
	for (role = 1; rc == CREDENCE_SUCCESS && role < ROLE_COUNT; role++) {
		char **names = NULL;

		rc = module_names(&cli->call, &cli->context->modules, role, &names);
		for (i = 0; rc == CREDENCE_SUCCESS && names[i] != NULL; i++)
			add_module(&listing, role, names[i]);
		file_names_free(names);
	}
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

/* -- module info -- */

static const char *type_name(uint32_t type)
{
	switch (type) {
	case CREDENCE_STRING:
		return "string";
	case CREDENCE_NUMBER:
		return "number";
	case CREDENCE_BOOL:
		return "boolean";
	case CREDENCE_DURATION:
		return "duration";
	case CREDENCE_LIST:
		return "list of strings";
	case CREDENCE_SECRET:
		return "secret";
	case CREDENCE_KEY:
		return "key";
	case CREDENCE_ORIGINS:
		return "list of servers";
	case CREDENCE_FILE:
	case CREDENCE_KEY_FILE:
		return "file";
	default:
		return "?";
	}
}

struct flag {
	uint32_t flag;
	const char *name;
};

static void add_flags(uint32_t flags, const struct flag *names, size_t count, struct buf *text)
{
	size_t i;

	for (i = 0; i < count; i++)
		if ((flags & names[i].flag) != 0)
			buf_printf(text, "%s%s", text->length > 0 ? " " : "", names[i].name);
}

void module_flags(uint32_t role, uint32_t flags, struct buf *text)
{
	static const struct flag grants[] = {
	    {CREDENCE_GRANT_UNATTENDED, "unattended"},
	    {CREDENCE_GRANT_CLIENT, "client"},
	    {CREDENCE_GRANT_SIGNS, "signs"},
	    {CREDENCE_GRANT_REDIRECT, "redirect"},
	};
	static const struct flag stores[] = {
	    {CREDENCE_STORE_DURABLE, "durable"},      {CREDENCE_STORE_SHARED, "shared"},
	    {CREDENCE_STORE_CAS, "compare-and-swap"}, {CREDENCE_STORE_LOCK, "lock"},
	    {CREDENCE_STORE_EXPIRY, "expiry"},
	};

	if (role == CREDENCE_ROLE_GRANT)
		add_flags(flags, grants, sizeof(grants) / sizeof(grants[0]), text);
	if (role == CREDENCE_ROLE_STORE)
		add_flags(flags, stores, sizeof(stores) / sizeof(stores[0]), text);
}

static uint32_t flags_of(const struct module *module)
{
	switch (module->role) {
	case CREDENCE_ROLE_GRANT:
		return module->ops.grant.flags;
	case CREDENCE_ROLE_STORE:
		return module->ops.store.flags;
	default:
		return 0;
	}
}

/* Do its options decide what it promises? */
static bool has_own_word(const struct module *module)
{
	return (module->role == CREDENCE_ROLE_GRANT && module->ops.grant.unattended != NULL) ||
	       (module->role == CREDENCE_ROLE_STORE && module->ops.store.traits != NULL);
}

static void info_json(const struct module *module, struct buf *json)
{
	const struct credence_option *option = module->descriptor.options;
	struct buf flags = BUF_INIT;

	module_flags(module->role, flags_of(module), &flags);
	json_begin(json);
	module_json(role_name(module->role), module->descriptor.name, module, json);
	json_out_number(json, "abi_minor", module->descriptor.abi_minor);
	json_out_text(json, "flags", buf_text(&flags));
	json_out_bool(json, "flags_by_options", has_own_word(module));
	json_out_open(json, "options", '[');
	for (; option != NULL && option->name != NULL; option++) {
		json_out_item(json);
		json_out_text(json, "name", option->name);
		json_out_text(json, "type", type_name(option->type));
		json_out_bool(json, "required", (option->flags & CREDENCE_REQUIRED) != 0);
		json_out_text(json, "default", option->fallback);
		json_out_text(json, "help", option->help);
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
	json_out_close(json, '}');
	buf_char(json, '\n');
	buf_done(&flags);
}

static void info_text(const struct cli *cli, const struct module *module, struct buf *text)
{
	static const char *const headings[] = {"OPTION", "TYPE", "DEFAULT", "MEANING"};
	const struct credence_option *option = module->descriptor.options;
	struct buf flags = BUF_INIT;
	struct table table;

	buf_printf(text, "%s %s %s: %s\n", role_name(module->role), module->descriptor.name,
		   module->descriptor.version, module->descriptor.summary);
	buf_printf(text, "file   %s (module ABI %u.%u)\n", module->path, CREDENCE_ABI,
		   module->descriptor.abi_minor);
	module_flags(module->role, flags_of(module), &flags);
	if (has_own_word(module))
		buf_str(text, "flags  as its options say\n");
	else if (flags.length > 0)
		buf_printf(text, "flags  %s\n", buf_text(&flags));
	buf_done(&flags);
	if (option == NULL || option->name == NULL) {
		buf_str(text, "no options\n");
		return;
	}
	buf_char(text, '\n');
	table_init(&table, 4, headings);
	for (; option->name != NULL; option++) {
		bool required = (option->flags & CREDENCE_REQUIRED) != 0;

		table_add(&table, option->name);
		table_add(&table, type_name(option->type));
		table_add(&table, required ? "(required)" : option->fallback);
		table_add(&table, option->help);
	}
	table_print(&table, "", is_colourful(cli->out), text);
	table_done(&table);
}

credence_rc cli_role(struct cli *cli, const char *name, uint32_t *role)
{
	*role = role_of_name(name);
	if (*role != 0)
		return CREDENCE_SUCCESS;
	cli_usage_error(cli, "\"%s\" is no role", name);
	call_hint(&cli->call,
		  "the roles are grant, resolver, store, seal, transport, hook and signer");
	return CREDENCE_CONFIG;
}

credence_rc cli_module(struct cli *cli, const char *name, struct buf *use)
{
	char *path;

	if (strchr(name, '/') == NULL || name[0] == '/') {
		buf_str(use, name);
	} else {
		path = realpath(name, NULL);
		if (path == NULL)
			return cli_usage_error(cli, "there is no file %s", name);
		buf_str(use, path);
		free(path);
	}
	return buf_ok(use) ? CREDENCE_SUCCESS : call_oom(&cli->call);
}

credence_rc verb_module_info(struct cli *cli)
{
	const struct module *module;
	struct buf text = BUF_INIT, use = BUF_INIT;
	uint32_t role = 0;
	credence_rc rc = cli_role(cli, cli->operand[0], &role);

	if (rc == CREDENCE_SUCCESS)
		rc = cli_module(cli, cli->operand[1], &use);
	if (rc == CREDENCE_SUCCESS)
		rc = module_load(&cli->call, &cli->context->modules, role, buf_text(&use), &module);
	buf_done(&use);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (cli->json)
		info_json(module, &text);
	else
		info_text(cli, module, &text);
	return cli_put(cli, &text);
}
