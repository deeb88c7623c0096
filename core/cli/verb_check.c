/* SPDX-License-Identifier: MIT */
/*
 * check: every problem of every configuration file, found without network and without a record:
 * what the schemas and the modules say of the files, whether the modules and secrets that they name
 * can be used, and whether others could read or write them.
 */
#include "core/cli/cli.h"

#include "core/module/options.h"
#include "core/os/file.h"
#include "core/os/text.h"
#include "core/record/json_out.h"
#include "core/renew/resolve.h"

#include <stdlib.h>
#include <string.h>

struct problem {
	char *file; /* NULL: the message says where */
	int line;   /* 0: the whole file */
	char *message, *hint;
};

struct check {
	struct cli *cli;
	struct conf_report report;
	struct problem *problem;
	size_t count;
	size_t profiles, affected;
	bool here;   /* the profile that is being checked has one */
	bool failed; /* memory ran out */
};

/* -- Problems -- */

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Files that several profiles use are read several times; each problem counts once. */
static bool is_known(const struct check *check, const char *file, int line, const char *message)
{
	size_t i;

	for (i = 0; i < check->count; i++)
		if (check->problem[i].line == line && same(check->problem[i].file, file) &&
		    same(check->problem[i].message, message))
			return true;
	return false;
}

static void add_problem(void *data, const char *file, int line, const char *message,
			const char *hint)
{
	struct check *check = data;
	struct problem *more, *problem;

	check->here = true;
	if (is_known(check, file, line, message))
		return;
	more = reallocarray(check->problem, check->count + 1, sizeof(*more));
	if (more == NULL) {
		check->failed = true;
		return;
	}
	check->problem = more;
	problem = &more[check->count++];
	problem->file = file != NULL ? strdup(file) : NULL;
	problem->line = line;
	problem->message = strdup(message);
	problem->hint = hint != NULL ? strdup(hint) : NULL;
	check->failed = check->failed || problem->message == NULL;
}

/* How much of the message is "FILE" or "FILE:LINE" before ": "; 0: it names no place. */
static size_t place_length(const char *message)
{
	size_t length = strcspn(message, " ");

	return message[0] == '/' && message[length] == ' ' && message[length - 1] == ':'
		   ? length - 1
		   : 0;
}

/* The call's error, if there is one. */
static void add_failure(struct check *check, credence_rc rc)
{
	struct credence_call *call = &check->cli->call;
	const char *message = call->failure.message;
	char *file = NULL;
	int64_t line = 0;
	size_t length;

	if (rc != CREDENCE_SUCCESS && message != NULL) {
		length = place_length(message);
		if (length > 0)
			file = strndup(message, length);
		if (file != NULL) {
			char *colon = strrchr(file, ':');

			if (colon != NULL && text_number(colon + 1, &line))
				*colon = '\0';
			message += length + 2;
		}
		add_problem(check, file, (int)line, message, call->failure.hint);
		free(file);
	}
	call_clear(call);
}

/* The same, at a setting, unless the message has a place of its own. */
static void add_failure_at(struct check *check, credence_rc rc, struct setting at)
{
	struct credence_call *call = &check->cli->call;

	if (rc != CREDENCE_SUCCESS && at.value != NULL && call->failure.message != NULL &&
	    place_length(call->failure.message) == 0)
		add_problem(check, at.conf->path, (int)config_setting_source_line(at.value),
			    call->failure.message, call->failure.hint);
	else
		add_failure(check, rc);
	call_clear(call);
}

/* -- What a profile names -- */

/* at: the setting that names the file. */
static void check_file(struct check *check, const char *path, unsigned flags, struct setting at)
{
	struct credence_call *call = &check->cli->call;
	struct buf content = BUF_SECRET;
	credence_rc rc = file_read_trusted(call, path, flags | FILE_WALK, &content);

	if (rc == CREDENCE_MISS)
		add_failure_at(check, rc, at);
	else
		add_failure(check, rc);
	buf_done(&content);
}

/* What only shows when it is used (a variable, a keyring, a credential of systemd) is left alone.
 */
static void check_secret(struct check *check, struct setting setting)
{
	const char *reference = setting_string(setting);

	if (reference == NULL)
		return;
	if (strncmp(reference, "file:", 5) == 0) {
		check_file(check, reference + 5, FILE_SECRET, setting);
	} else if (strncmp(reference, "exec:", 5) == 0) {
		char *program = strndup(reference + 5, strcspn(reference + 5, " "));

		if (program != NULL)
			add_failure_at(check, file_check_path(&check->cli->call, program), setting);
		free(program);
	}
}

static void check_secrets(struct check *check, struct setting secret)
{
	unsigned i;

	check_secret(check, secret);
	for (i = 0; i < setting_count(secret); i++)
		check_secret(check, setting_element(secret, i));
}

static void check_entry(struct check *check, uint32_t role, const struct entry_conf *entry)
{
	struct credence_call *call = &check->cli->call;
	const struct credence_option *option;
	const struct module *module;
	credence_rc rc;

	rc = module_load(call, &check->cli->context->modules, role, entry->use, &module);
	add_failure_at(check, rc, entry->origin);
	if (rc != CREDENCE_SUCCESS)
		return;
	add_failure(check, options_check(call, module, entry, &check->report));
	option = module->descriptor.options;
	for (; option != NULL && option->name != NULL; option++)
		if (option->type == CREDENCE_SECRET)
			check_secrets(check, setting_member(entry->options, option->name));
}

static void check_stacks(struct check *check, const struct profile *profile)
{
	uint32_t role;
	unsigned i;

	for (role = 1; role < ROLE_COUNT; role++) {
		struct stack_conf stack = {0};
		credence_rc rc;

		/* Seals belong to the entries of a store stack. */
		if (role == CREDENCE_ROLE_SEAL)
			continue;
		rc = stack_conf_load(&check->cli->call, profile, role_name(role), &stack);
		add_failure(check, rc);
		for (i = 0; rc == CREDENCE_SUCCESS && i < stack.count; i++)
			check_entry(check, role, &stack.entry[i]);
		stack_conf_done(&stack);
	}
}

static void check_named_files(struct check *check, const struct profile *profile)
{
	struct setting ca_file = profile_own(profile, "http.ca_file");
	struct setting client_cert = profile_own(profile, "http.client_cert");

	check_secrets(check, profile_own(profile, "client.secret"));
	if (setting_string(ca_file) != NULL)
		check_file(check, setting_string(ca_file), 0, ca_file);
	if (setting_string(client_cert) != NULL)
		check_file(check, setting_string(client_cert), FILE_SECRET, client_cert);
}

static bool check_provider(struct check *check, int place, const char *name, struct setting at)
{
	struct cli *cli = check->cli;
	struct provider *provider = NULL;
	credence_rc rc = provider_load(&cli->call, &cli->context->places, place, name,
				       &check->report, &provider);

	add_failure_at(check, rc, at);
	provider_free(provider);
	return rc == CREDENCE_SUCCESS;
}

/* With what the files say and nothing else: does any resolver know where to go? */
static void check_servers(struct check *check, const struct profile *profile)
{
	struct credence_call *call = &check->cli->call;
	struct session session = {0};
	credence_rc rc = session_open(call, profile->name, true, &session);

	if (rc == CREDENCE_SUCCESS)
		rc = resolve(&session);
	add_failure_at(check, rc, profile_own(profile, "location"));
	session_done(&session);
}

static void check_profile(struct check *check, const char *name)
{
	struct cli *cli = check->cli;
	struct profile *profile = NULL;
	credence_rc rc;

	check->here = false;
	check->profiles++;
	rc = profile_load(&cli->call, &cli->context->places, &cli->context->main, name,
			  &check->report, true, &profile);
	add_failure(check, rc);
	if (profile != NULL) {
		check_provider(check, profile->conf->place, profile->provider_name,
			       profile_own(profile, "provider"));
		check_stacks(check, profile);
		check_named_files(check, profile);
		if (!check->here)
			check_servers(check, profile);
	}
	profile_free(profile);
	if (check->here)
		check->affected++;
}

/* -- All files -- */

static credence_rc check_each(struct check *check,
			      credence_rc (*list)(struct credence_call *, const struct places *,
						  char ***),
			      void (*look)(struct check *, const char *))
{
	struct cli *cli = check->cli;
	char **names = NULL;
	size_t i;
	credence_rc rc = list(&cli->call, &cli->context->places, &names);

	for (i = 0; rc == CREDENCE_SUCCESS && names[i] != NULL; i++) {
		look(check, names[i]);
		if (call_cancelled(&cli->call))
			rc = call_fail(&cli->call, CREDENCE_CANCELLED, "interrupted");
	}
	file_names_free(names);
	return rc;
}

static void look_at_provider(struct check *check, const char *name)
{
	const struct setting nowhere = {.value = NULL};

	check_provider(check, PLACE_USER, name, nowhere);
}

static void check_main(struct check *check)
{
	struct cli *cli = check->cli;
	int i;

	for (i = 0; i < MAIN_CONF_MAX; i++)
		if (cli->context->main.conf[i] != NULL)
			add_failure(check,
				    file_check_path(&cli->call, cli->context->main.conf[i]->path));
}

static credence_rc check_all(struct check *check)
{
	struct cli *cli = check->cli;
	credence_rc rc = context_open(&cli->call, cli->folder, &check->report, &cli->context);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	check_main(check);
	rc = check_each(check, profile_names, check_profile);
	if (rc == CREDENCE_SUCCESS)
		rc = check_each(check, provider_names, look_at_provider);
	return rc;
}

/* -- The answer -- */

static void summary(const struct check *check, struct buf *text)
{
	const char *s = check->count == 1 ? "" : "s";

	if (check->count == 0 && check->profiles == 0)
		buf_str(text, "there is no profile yet; nothing else is wrong\n");
	else if (check->count == 0)
		buf_printf(text, "%zu %s fine\n", check->profiles,
			   check->profiles == 1 ? "profile is" : "profiles are");
	else if (check->affected == 0)
		buf_printf(text, "%zu problem%s outside of profiles\n", check->count, s);
	else
		buf_printf(text, "%zu problem%s in %zu of %zu profile%s\n", check->count, s,
			   check->affected, check->profiles, check->profiles == 1 ? "" : "s");
}

static void print_text(const struct check *check, struct buf *text)
{
	size_t i;

	for (i = 0; i < check->count; i++) {
		const struct problem *problem = &check->problem[i];

		if (problem->file != NULL)
			buf_str(text, problem->file);
		if (problem->line > 0)
			buf_printf(text, ":%d", problem->line);
		buf_printf(text, "%s%s%s%s\n", problem->file != NULL ? ": " : "", problem->message,
			   problem->hint != NULL ? "; " : "",
			   problem->hint != NULL ? problem->hint : "");
	}
	if (check->count > 0 || !check->cli->quiet)
		summary(check, text);
}

static void print_json(const struct check *check, struct buf *json)
{
	size_t i;

	json_begin(json);
	json_out_number(json, "profiles", (int64_t)check->profiles);
	json_out_number(json, "profiles_affected", (int64_t)check->affected);
	json_out_open(json, "problems", '[');
	for (i = 0; i < check->count; i++) {
		json_out_item(json);
		json_out_text(json, "file", check->problem[i].file);
		if (check->problem[i].line > 0)
			json_out_number(json, "line", check->problem[i].line);
		json_out_text(json, "message", check->problem[i].message);
		json_out_text(json, "hint", check->problem[i].hint);
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
	json_out_close(json, '}');
	buf_char(json, '\n');
}

static void check_done(struct check *check)
{
	size_t i;

	for (i = 0; i < check->count; i++) {
		free(check->problem[i].file);
		free(check->problem[i].message);
		free(check->problem[i].hint);
	}
	free(check->problem);
}

credence_rc verb_check(struct cli *cli)
{
	struct check check = {.cli = cli, .report = {.problem = add_problem}};
	struct buf text = BUF_INIT;
	credence_rc rc;

	check.report.data = &check;
	rc = check_all(&check);
	if (rc == CREDENCE_SUCCESS && check.failed)
		rc = call_oom(&cli->call);
	if (rc == CREDENCE_SUCCESS) {
		cli->status = check.count > 0 ? STATUS_CONFIG : STATUS_OK;
		if (cli->json)
			print_json(&check, &text);
		else
			print_text(&check, &text);
		rc = cli_put(cli, &text);
	}
	check_done(&check);
	return rc;
}
