/* SPDX-License-Identifier: MIT */
/*
 * init: a first profile, from what the provider's data say about its clients and from what the
 * person answers. Nothing is written before everything is known. The questions are in init_ask.c,
 * the profile's text in profile_text.c.
 */
#include "core/cli/init.h"

#include "core/os/file.h"
#include "core/os/process.h"
#include "core/os/secret.h"
#include "core/os/text.h"
#include "core/record/json_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* -- The files -- */

static credence_rc choose_files(struct init *init)
{
	struct cli *cli = init->cli;
	const struct places *places = &cli->context->places;
	const char *folder = places->folder[PLACE_USER];

	if (places->chosen || process_is_privileged())
		folder = places->folder[PLACE_ADMIN];
	if (folder == NULL)
		return call_fail(
		    &cli->call, CREDENCE_CONFIG,
		    "neither HOME nor XDG_CONFIG_HOME says where your configuration is");
	if (!text_is_name(init->name))
		return cli_usage_error(cli, "\"%s\" can't be a profile's name", init->name);
	buf_printf(&init->profile_folder, "%s/profiles.d", folder);
	buf_printf(&init->profile_file, "%s/profiles.d/%s.conf", folder, init->name);
	buf_printf(&init->secret_folder, "%s/secrets", folder);
	buf_printf(&init->secret_file, "%s/secrets/%s", folder, init->name);
	if (!buf_ok(&init->profile_folder) || !buf_ok(&init->profile_file) ||
	    !buf_ok(&init->secret_folder) || !buf_ok(&init->secret_file))
		return call_oom(&cli->call);
	return CREDENCE_SUCCESS;
}

static credence_rc check_free(struct init *init, const char *path)
{
	struct cli *cli = init->cli;

	if (cli_flag(cli, "force") || !file_exists(path))
		return CREDENCE_SUCCESS;
	cli_usage_error(cli, "%s is there already", path);
	call_hint(&cli->call, "choose another name, or replace it with --force");
	return CREDENCE_CONFIG;
}

/* Each folder on the way that is missing. */
static credence_rc make_folder(struct init *init, const char *path, mode_t mode)
{
	char *copy = strdup(path), *slash = copy;
	bool ok = copy != NULL;

	while (ok && slash != NULL) {
		slash = strchr(slash + 1, '/');
		if (slash != NULL)
			*slash = '\0';
		ok = mkdir(copy, slash != NULL ? 0755 : mode) == 0 || errno == EEXIST;
		if (slash != NULL)
			*slash = '/';
	}
	free(copy);
	return ok ? CREDENCE_SUCCESS
		  : call_fail_status(&init->cli->call, STATUS_BUG, CREDENCE_ERROR,
				     "can't make %s: %s", path, strerror(errno));
}

static credence_rc write_secret(struct init *init)
{
	struct buf text = BUF_SECRET;
	credence_rc rc;

	if (init->secret[0] == '\0')
		return CREDENCE_SUCCESS;
	rc = make_folder(init, buf_text(&init->secret_folder), 0700);
	buf_printf(&text, "%s\n", init->secret);
	if (rc == CREDENCE_SUCCESS)
		rc = cli_save(init->cli, buf_text(&init->secret_file), &text, true);
	buf_done(&text);
	return rc;
}

static credence_rc write_profile(struct init *init)
{
	struct buf text = BUF_INIT;
	credence_rc rc = make_folder(init, buf_text(&init->profile_folder), 0755);

	profile_text(init, &text);
	if (rc == CREDENCE_SUCCESS)
		rc = cli_save(init->cli, buf_text(&init->profile_file), &text, false);
	buf_done(&text);
	return rc;
}

static credence_rc put_result(struct init *init)
{
	struct cli *cli = init->cli;
	bool has_secret = init->secret[0] != '\0';
	struct buf text = BUF_INIT;

	if (cli->json) {
		json_begin(&text);
		json_out_text(&text, "profile", init->name);
		json_out_text(&text, "file", buf_text(&init->profile_file));
		json_out_text(&text, "secret_file",
			      has_secret ? buf_text(&init->secret_file) : NULL);
		json_out_close(&text, '}');
		return cli_put_json(cli, &text);
	}
	if (cli->quiet)
		return CREDENCE_SUCCESS;
	buf_printf(&text, "Wrote %s", buf_text(&init->profile_file));
	if (has_secret)
		buf_printf(&text, " and %s (0600)", buf_text(&init->secret_file));
	buf_printf(&text, ".\nNext: credence %s%s%s%s %s\n", cli->folder != NULL ? "-C " : "",
		   cli->folder != NULL ? cli->folder : "", cli->folder != NULL ? " " : "",
		   setting_bool(setting_member(init->kind, "person"), true) ? "login" : "token",
		   init->name);
	return cli_put(cli, &text);
}

static void init_done(struct init *init)
{
	provider_free(init->provider);
	file_names_free(init->grants);
	file_names_free(init->resolvers);
	file_names_free(init->signers);
	secret_free(init->client_id);
	secret_free(init->secret);
	secret_free(init->scope);
	secret_free(init->location);
	secret_free(init->redirect_uri);
	init_values_done(&init->variables);
	init_values_done(&init->options);
	init_values_done(&init->signer);
	init_values_done(&init->parameters);
	buf_done(&init->profile_folder);
	buf_done(&init->profile_file);
	buf_done(&init->secret_folder);
	buf_done(&init->secret_file);
}

credence_rc verb_init(struct cli *cli)
{
	struct init init = {.cli = cli,
			    .name = cli->operand[1],
			    .profile_folder = BUF_INIT,
			    .profile_file = BUF_INIT,
			    .secret_folder = BUF_INIT,
			    .secret_file = BUF_INIT};
	credence_rc rc = provider_load(&cli->call, &cli->context->places, PLACE_USER,
				       cli->operand[0], NULL, &init.provider);

	if (rc == CREDENCE_SUCCESS)
		rc = module_names(&cli->call, &cli->context->modules, CREDENCE_ROLE_GRANT,
				  &init.grants);
	if (rc == CREDENCE_SUCCESS)
		rc = module_names(&cli->call, &cli->context->modules, CREDENCE_ROLE_RESOLVER,
				  &init.resolvers);
	if (rc == CREDENCE_SUCCESS)
		rc = module_names(&cli->call, &cli->context->modules, CREDENCE_ROLE_SIGNER,
				  &init.signers);
	if (rc == CREDENCE_SUCCESS)
		rc = choose_files(&init);
	if (rc == CREDENCE_SUCCESS)
		rc = check_free(&init, buf_text(&init.profile_file));
	if (rc == CREDENCE_SUCCESS)
		rc = check_free(&init, buf_text(&init.secret_file));
	if (rc == CREDENCE_SUCCESS)
		rc = init_ask(&init);
	if (rc == CREDENCE_SUCCESS)
		rc = write_secret(&init);
	if (rc == CREDENCE_SUCCESS)
		rc = write_profile(&init);
	if (rc == CREDENCE_SUCCESS)
		rc = put_result(&init);
	init_done(&init);
	return rc;
}
