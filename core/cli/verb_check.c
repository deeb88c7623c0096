/* SPDX-License-Identifier: MIT */
/*
 * check: every problem of every configuration file, found without network and without a record:
 * what the schemas and the modules say of the files, whether the modules and secrets that they name
 * can be used, and whether others could read or write them.
 */
#include "core/cli/cli.h"
#include "core/cli/problems.h"

#include "core/config/secret_ref.h"
#include "core/module/options.h"
#include "core/os/file.h"
#include "core/os/program.h"
#include "core/os/text.h"
#include "core/renew/client_auth.h"
#include "core/renew/jwt.h"
#include "core/renew/resolve.h"
#include "core/renew/sharing.h"
#include "core/session/store.h"
#include "core/token/token.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>

struct check {
	struct cli *cli;
	struct conf_report report;
	struct problems problems;
	size_t profiles, affected;
	struct use *use; /* one a profile that could be read */
	size_t use_count;
};

/* Which credential a profile uses. */
struct use {
	char *credential, *profile;
	bool affected; /* the profile has a problem */
};

/* -- Problems -- */

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
		problems_add(&check->problems, file, (int)line, message, call->failure.hint);
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
		problems_add(&check->problems, at.conf->path,
			     (int)config_setting_source_line(at.value), call->failure.message,
			     call->failure.hint);
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

	/* One trailing newline is no secret either. */
	if (rc == CREDENCE_SUCCESS && (flags & FILE_SECRET) != 0 &&
	    (content.length == 0 || strcmp(content.data, "\n") == 0))
		rc = setting_fail(call, at, "%s is empty", path);
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

	/* Whatever is no reference was told when the file was read. */
	if (reference == NULL || secret_ref_check(reference) != NULL)
		return;
	if (strncmp(reference, "file:", 5) == 0) {
		check_file(check, reference + 5, FILE_SECRET, setting);
	} else if (strncmp(reference, "exec:", 5) == 0) {
		char *program = strndup(reference + 5, strcspn(reference + 5, " "));

		if (program != NULL)
			add_failure_at(check, program_check(&check->cli->call, program), setting);
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

/* What an option of a module names. */
static void check_named(struct check *check, const struct credence_option *option,
			struct setting setting)
{
	const char *path = setting_string(setting);

	if (option->type == CREDENCE_SECRET || option->type == CREDENCE_KEY)
		check_secrets(check, setting);
	else if (path != NULL && path[0] == '/' && option->type == CREDENCE_FILE)
		check_file(check, path, 0, setting);
	else if (path != NULL && path[0] == '/' && option->type == CREDENCE_KEY_FILE)
		check_file(check, path, FILE_SECRET, setting);
}

/* What a grant cannot do without, as its flags say. */
static void check_grant(struct check *check, const struct profile *profile, uint32_t flags,
			struct setting at)
{
	struct credence_call *call = &check->cli->call;

	if ((flags & CREDENCE_GRANT_SIGNS) != 0 && profile_own(profile, "signer").value == NULL)
		add_failure(check, jwt_no_signer(call, profile));
	if ((flags & CREDENCE_GRANT_REDIRECT) == 0 ||
	    profile_own(profile, "client.redirect_uri").value != NULL)
		return;
	setting_fail(call, at, "client.redirect_uri is not set, and this grant needs one");
	call_hint(call, "write the one that is registered, e.g. http://127.0.0.1:8765/callback");
	add_failure(check, CREDENCE_CONFIG);
}

static void check_entry(struct check *check, const struct profile *profile, uint32_t role,
			const struct entry_conf *entry)
{
	struct credence_call *call = &check->cli->call;
	const struct credence_option *option;
	const struct module *module;
	credence_rc rc;

	rc = module_load(call, &check->cli->context->modules, role, entry->use, &module);
	add_failure_at(check, rc, entry->origin);
	if (rc != CREDENCE_SUCCESS)
		return;
	if (role == CREDENCE_ROLE_GRANT)
		check_grant(check, profile, module->ops.grant.flags, entry->origin);
	add_failure(check, options_check(call, module, entry, &check->report));
	option = module->descriptor.options;
	for (; option != NULL && option->name != NULL; option++)
		check_named(check, option, setting_member(entry->options, option->name));
}

/* The seals of a store's entry, or a profile's where it has none of its own. */
static void check_seals(struct check *check, const struct profile *profile,
			const struct entry_conf *store)
{
	struct stack_conf seals = {0};
	unsigned i;
	credence_rc rc = seal_conf_load(&check->cli->call, profile, store, &seals);

	add_failure(check, rc);
	for (i = 0; rc == CREDENCE_SUCCESS && i < seals.count; i++)
		if (strcmp(seals.entry[i].use, SEAL_NONE_USE) != 0)
			check_entry(check, profile, CREDENCE_ROLE_SEAL, &seals.entry[i]);
	stack_conf_done(&seals);
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
		for (i = 0; rc == CREDENCE_SUCCESS && i < stack.count; i++) {
			check_entry(check, profile, role, &stack.entry[i]);
			if (role == CREDENCE_ROLE_STORE)
				check_seals(check, profile, &stack.entry[i]);
		}
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

/* The location that a provider starts at is one of its table, wherever in the chain both stand. */
static void check_start(struct check *check, const struct provider *provider)
{
	struct setting at = provider_find(provider, "location");
	struct setting list = provider_find(provider, "datacenters");
	const char *location = setting_string(at), *one;
	unsigned i;

	for (i = 0; location != NULL && i < setting_count(list); i++) {
		one = setting_string(setting_member(setting_element(list, i), "location"));
		if (one != NULL && strcmp(one, location) == 0)
			return;
	}
	if (location == NULL || setting_count(list) == 0)
		return;
	add_failure(check, setting_fail(&check->cli->call, at,
					"location \"%s\" is not among the datacenters of provider "
					"%s",
					location, provider->name));
}

static bool check_provider(struct check *check, int place, const char *name, struct setting at)
{
	struct cli *cli = check->cli;
	struct provider *provider = NULL;
	credence_rc rc = provider_load(&cli->call, &cli->context->places, place, name,
				       &check->report, &provider);

	add_failure_at(check, rc, at);
	if (provider != NULL)
		check_start(check, provider);
	provider_free(provider);
	return rc == CREDENCE_SUCCESS;
}

/* A server that publishes its endpoints would have to be asked. */
static bool is_for_the_network(const struct credence_call *call, credence_rc rc)
{
	return rc == CREDENCE_UNAVAIL && call->failure.code != NULL &&
	       strcmp(call->failure.code, "no_network") == 0;
}

/* With what the files say and nothing else: does any resolver know where to go? */
static credence_rc check_servers(struct check *check, struct session *session)
{
	struct credence_call *call = &check->cli->call;
	struct setting at = profile_own(session->profile, "location");
	credence_rc rc = resolve(session);

	if (is_for_the_network(call, rc)) {
		call_clear(call);
		rc = CREDENCE_SUCCESS;
	}
	add_failure_at(check, rc, at.value != NULL ? at : conf_root(session->profile->conf));
	return rc;
}

/* Are the secrets of a seal in files, all of them? What must be asked for elsewhere is left alone.
 */
static bool is_at_hand(const struct entry *seal)
{
	const struct credence_option *option = seal->module->descriptor.options;
	bool found = false;

	for (; option != NULL && option->name != NULL; option++) {
		struct setting at = setting_member(seal->conf->options, option->name);

		if (option->type != CREDENCE_SECRET || setting_string(at) == NULL)
			continue;
		if (strncmp(setting_string(at), "file:", 5) != 0)
			return false;
		found = true;
	}
	return found;
}

/* Whether a key is one shows when something is sealed with it. */
static void try_seals(struct check *check, struct session *session, struct entry *store)
{
	static const struct credence_sealing sample = {.size = sizeof(sample),
						       .bytes = "x",
						       .length = 1,
						       .associated = "check",
						       .associated_length = 5};
	struct credence_call *call = &check->cli->call;
	struct stack *seals;
	unsigned i;
	credence_rc rc = entry_seals(call, store, session->profile, &seals);

	add_failure(check, rc);
	for (i = 0; rc == CREDENCE_SUCCESS && i < seals->count; i++) {
		struct entry *seal = &seals->entry[i];
		struct frame frame;

		if (strcmp(seal->conf->use, SEAL_NONE_USE) == 0 ||
		    entry_open(call, seal) != CREDENCE_SUCCESS || !is_at_hand(seal)) {
			call_clear(call);
			continue;
		}
		frame_init(&frame);
		add_failure_at(check, entry_seal(call, seal, &frame, &sample), seal->conf->origin);
		frame_done(&frame);
	}
}

/* What a module says of its options before it does anything. */
static void check_openings(struct check *check, struct session *session, uint32_t role)
{
	struct stack *stack;
	unsigned i;
	credence_rc rc = session_stack(session, role, &stack);

	add_failure(check, rc);
	for (i = 0; rc == CREDENCE_SUCCESS && i < stack->count; i++) {
		struct entry *entry = &stack->entry[i];

		add_failure_at(check, entry_open(&check->cli->call, entry), entry->conf->origin);
		if (role == CREDENCE_ROLE_STORE)
			try_seals(check, session, entry);
	}
}

/* What only shows when all of it is put together. */
static void check_whole(struct check *check, const struct profile *profile)
{
	struct credence_call *call = &check->cli->call;
	struct session session = {0};
	struct entry *authority;
	unsigned flags = call->flags;
	uint32_t role;
	credence_rc rc = session_look(call, profile->name, true, &session);

	call->flags |= CALL_NO_NETWORK;
	if (rc == CREDENCE_SUCCESS) {
		for (role = 1; role < ROLE_COUNT; role++)
			if (role != CREDENCE_ROLE_SEAL)
				check_openings(check, &session, role);
		add_failure(check, store_authority(&session, &authority));
		if (check_servers(check, &session) == CREDENCE_SUCCESS)
			add_failure(check, client_configured(&session));
	} else {
		add_failure(check, rc);
	}
	call->flags = flags;
	session_done(&session);
}

/* -- Profiles that share a credential -- */

static void note_use(struct check *check, const struct profile *profile)
{
	struct use *more = reallocarray(check->use, check->use_count + 1, sizeof(*more));

	if (more == NULL) {
		check->problems.failed = true;
		return;
	}
	check->use = more;
	more += check->use_count++;
	more->credential = strdup(profile->credential);
	more->profile = strdup(profile->name);
	more->affected = check->problems.seen;
	check->problems.failed |= more->credential == NULL || more->profile == NULL;
}

static int compare_uses(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int order = strcmp(x->credential, y->credential);

	return order != 0 ? order : strcmp(x->profile, y->profile);
}

static struct profile *load_again(struct check *check, const char *name)
{
	struct cli *cli = check->cli;
	struct profile *profile = NULL;

	/* What is wrong with it was said. */
	if (profile_load(&cli->call, &cli->context->places, &cli->context->main, name, NULL, false,
			 &profile) != CREDENCE_SUCCESS)
		call_clear(&cli->call);
	return profile;
}

static void check_pair(struct check *check, const struct use *first, const struct use *other)
{
	struct profile *a = load_again(check, first->profile);
	struct profile *b = load_again(check, other->profile);

	check->problems.seen = false;
	if (a != NULL && b != NULL && strcmp(a->state_dir, b->state_dir) == 0)
		add_failure(check, sharing_agree(&check->cli->call, a, b));
	if (check->problems.seen && !other->affected)
		check->affected++;
	profile_free(a);
	profile_free(b);
}

/* Each with the first of its credential: to agree is transitive. */
static void check_sharing(struct check *check)
{
	size_t first = 0, i;

	if (check->problems.failed || check->use_count == 0)
		return;
	qsort(check->use, check->use_count, sizeof(*check->use), compare_uses);
	for (i = 1; i < check->use_count; i++) {
		if (strcmp(check->use[i].credential, check->use[first].credential) == 0)
			check_pair(check, &check->use[first], &check->use[i]);
		else
			first = i;
	}
}

/* -- One profile -- */

static void check_profile(struct check *check, const char *name)
{
	struct cli *cli = check->cli;
	struct profile *profile = NULL;
	credence_rc rc;

	check->problems.seen = false;
	rc = profile_load(&cli->call, &cli->context->places, &cli->context->main, name,
			  &check->report, true, &profile);
	add_failure(check, rc);
	if (profile != NULL) {
		if (check_provider(check, profile->conf->place, profile->provider_name,
				   profile_own(profile, "provider")))
			add_failure(check, profile_provider(&cli->call, profile));
		check_stacks(check, profile);
		check_named_files(check, profile);
		if (!check->problems.seen)
			check_whole(check, profile);
	}
	if (profile != NULL)
		note_use(check, profile);
	profile_free(profile);
	check->profiles++;
	if (check->problems.seen)
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

/* Defaults of a provider that there is not are nobody's. */
static void check_defaults(struct check *check, const struct conf *conf)
{
	struct setting list = conf_find(conf, "defaults.providers");
	unsigned i;

	for (i = 0; i < setting_count(list); i++) {
		struct setting name = setting_member(setting_element(list, i), "name");

		if (setting_string(name) != NULL)
			check_provider(check, PLACE_USER, setting_string(name), name);
	}
}

static void check_user(struct check *check, const struct conf *conf)
{
	struct setting at = conf_find(conf, "user");
	const char *user = setting_string(at);

	if (user != NULL && getpwnam(user) == NULL)
		add_failure_at(
		    check,
		    call_fail(&check->cli->call, CREDENCE_CONFIG, "there is no user \"%s\"", user),
		    at);
}

static void check_main(struct check *check)
{
	struct cli *cli = check->cli;
	int i;

	for (i = 0; i < MAIN_CONF_MAX; i++) {
		const struct conf *conf = cli->context->main.conf[i];

		if (conf == NULL)
			continue;
		add_failure(check, file_check_path(&cli->call, conf->path));
		check_defaults(check, conf);
		check_user(check, conf);
	}
}

static credence_rc check_all(struct check *check)
{
	struct cli *cli = check->cli;
	credence_rc rc = context_open(&cli->call, cli->folder, &check->report, &cli->context);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	check_main(check);
	rc = check_each(check, profile_names, check_profile);
	check_sharing(check);
	if (rc == CREDENCE_SUCCESS)
		rc = check_each(check, provider_names, look_at_provider);
	return rc;
}

/* -- The answer -- */

static void check_done(struct check *check)
{
	size_t i;

	for (i = 0; i < check->use_count; i++) {
		free(check->use[i].credential);
		free(check->use[i].profile);
	}
	free(check->use);
	problems_done(&check->problems);
}

credence_rc verb_check(struct cli *cli)
{
	struct check check = {.cli = cli, .report = {.problem = problems_add}};
	struct buf text = BUF_INIT;
	credence_rc rc;

	check.report.data = &check.problems;
	rc = check_all(&check);
	if (rc == CREDENCE_SUCCESS && check.problems.failed)
		rc = call_oom(&cli->call);
	if (rc == CREDENCE_SUCCESS) {
		cli->status = check.problems.count > 0 ? STATUS_CONFIG : STATUS_OK;
		if (cli->json)
			problems_json(&check.problems, check.profiles, check.affected, &text);
		else
			problems_text(&check.problems, check.profiles, check.affected, cli->quiet,
				      &text);
		rc = cli_put(cli, &text);
	}
	check_done(&check);
	return rc;
}
