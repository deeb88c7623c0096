/* SPDX-License-Identifier: MIT */
/* backup and restore: every record and ledger in one sealed file, and out of it again. */
#include "core/cli/each.h"

#include "core/migrate/migrate.h"
#include "core/os/clock.h"
#include "core/os/secret.h"
#include "core/record/json_out.h"
#include "core/token/token.h"

#include <string.h>
#include <unistd.h>

#define PASSPHRASE_MIN 8

/* -- What it is sealed with -- */

static credence_rc ask_twice(struct cli *cli, char **passphrase)
{
	char *again = NULL;
	bool same;
	credence_rc rc = person_ask(cli, "The same passphrase again", true, &again);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	same = strcmp(again, *passphrase) == 0;
	secret_free(again);
	return same ? rc
		    : call_fail_status(&cli->call, STATUS_USAGE, CREDENCE_CONFIG,
				       "the passphrases are not the same");
}

/* On the terminal, or one line of standard input. fresh: it is not known yet. */
static credence_rc ask_passphrase(struct cli *cli, bool fresh, char **passphrase)
{
	int64_t began = clock_boot();
	credence_rc rc =
	    person_ask(cli, fresh ? "A passphrase for the back-up" : "The back-up's passphrase",
		       true, passphrase);

	if (rc == CREDENCE_SUCCESS && fresh && strlen(*passphrase) < PASSPHRASE_MIN)
		rc = call_fail_status(&cli->call, STATUS_USAGE, CREDENCE_CONFIG,
				      "a passphrase has at least %d characters", PASSPHRASE_MIN);
	if (rc == CREDENCE_SUCCESS && fresh && isatty(STDIN_FILENO))
		rc = ask_twice(cli, passphrase);
	/* The time that a person takes is not the call's. */
	call_extend(&cli->call, clock_boot() - began);
	return rc;
}

static credence_rc read_key(struct cli *cli, bool fresh, struct backup_key *key, char **passphrase)
{
	credence_rc rc;

	key->reference = cli_value(cli, "key");
	if (key->reference != NULL)
		return CREDENCE_SUCCESS;
	rc = ask_passphrase(cli, fresh, passphrase);
	key->passphrase = *passphrase;
	return rc;
}

/* -- backup -- */

static credence_rc add_one(struct cli *cli, const char *name, void *data)
{
	struct backup *backup = data;
	struct session session = {0};
	credence_rc rc = session_open(&cli->call, name, true, &session);

	if (rc == CREDENCE_SUCCESS)
		rc = backup_add(&session, backup);
	/* Of all of them, some may have nothing yet; one that is named is to be in it. */
	if (rc == CREDENCE_MISS && cli->operand_count > 1) {
		rc = call_fail(&cli->call, CREDENCE_LOGIN, "nobody has logged in");
		call_hint(&cli->call, "credence login PROFILE, or leave it out");
	} else if (rc == CREDENCE_MISS) {
		call_clear(&cli->call);
		rc = CREDENCE_SUCCESS;
	}
	session_done(&session);
	return rc;
}

static credence_rc gather(struct cli *cli, struct backup *backup)
{
	unsigned failed = 0;
	int status;
	credence_rc rc = cli->operand_count > 1
			     ? cli_each(cli, cli->operand + 1, "reading", add_one, backup, &failed)
			     : cli_each_profile(cli, "reading", add_one, backup, &failed);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (failed > 0) {
		/* A back-up that lacks something would be found out too late. */
		status = cli->status;
		call_fail_status(&cli->call, status, CREDENCE_ERROR,
				 "nothing was written: %u of the profiles could not be read",
				 failed);
		call_hint(&cli->call, "mend them, or name those that are to be in it");
		return CREDENCE_ERROR;
	}
	if (backup->records + backup->ledgers == 0) {
		call_fail(&cli->call, CREDENCE_MISS,
			  "nobody has logged in; there is nothing to back up");
		call_hint(&cli->call, "credence status shows the profiles");
		return CREDENCE_MISS;
	}
	return CREDENCE_SUCCESS;
}

static credence_rc put_backup(struct cli *cli, const struct backup *backup, struct buf *file,
			      const char *path)
{
	struct buf json = BUF_INIT;
	credence_rc rc;

	if (path == NULL)
		return cli_put(cli, file);
	rc = cli_save(cli, path, file, true);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (cli->json) {
		json_begin(&json);
		json_out_text(&json, "file", path);
		json_out_number(&json, "records", backup->records);
		json_out_number(&json, "ledgers", backup->ledgers);
		json_out_close(&json, '}');
		return cli_put_json(cli, &json);
	}
	if (!cli->quiet)
		cli_tell(cli, "wrote %s (0600): %u record%s, %u ledger%s", path, backup->records,
			 backup->records == 1 ? "" : "s", backup->ledgers,
			 backup->ledgers == 1 ? "" : "s");
	return CREDENCE_SUCCESS;
}

credence_rc verb_backup(struct cli *cli)
{
	const char *path = cli->operand_count > 0 ? cli->operand[0] : "-";
	struct backup_key key = {.reference = NULL};
	struct buf file = BUF_INIT;
	char *passphrase = NULL;
	struct backup backup;
	credence_rc rc;

	if (strcmp(path, "-") == 0)
		path = NULL;
	if (path == NULL && isatty(cli->out)) {
		cli_usage_error(cli, "a back-up is not for the terminal; name a file");
		return CREDENCE_CONFIG;
	}
	backup_init(&backup);
	rc = gather(cli, &backup);
	if (rc == CREDENCE_SUCCESS)
		rc = read_key(cli, true, &key, &passphrase);
	if (rc == CREDENCE_SUCCESS)
		rc = backup_seal(&cli->call, &backup, &key, &file);
	if (rc == CREDENCE_SUCCESS)
		rc = put_backup(cli, &backup, &file, path);
	secret_free(passphrase);
	buf_done(&file);
	backup_done(&backup);
	return rc;
}

/* -- restore -- */

static const struct outcome_name {
	int what;
	const char *event, *sentence;
} outcome_names[] = {
    {RESTORED_NEW, "restored", "restored"},
    {RESTORED_OVER, "replaced", "restored in place of what was here"},
    {RESTORED_SAME, "unchanged", "is as in the back-up already"},
    {RESTORED_FINISHED, "completed", "has what it lacked"},
};

static credence_rc put_item(struct cli *cli, const struct backup_item *item, int what)
{
	const struct outcome_name *name = outcome_names;
	struct buf text = BUF_INIT;

	while (name->what != what)
		name++;
	if (cli->json) {
		json_begin(&text);
		json_out_text(&text, "profile", item->profile);
		json_out_text(&text, item->kind == MIGRATE_LEDGER ? "ledger" : "credential",
			      item->key);
		json_out_text(&text, "event", name->event);
		json_out_close(&text, '}');
		return cli_put_json(cli, &text);
	}
	if (cli->quiet)
		return CREDENCE_SUCCESS;
	if (item->kind == MIGRATE_LEDGER)
		buf_printf(&text, "%s: ledger %s\n", item->profile, name->sentence);
	else if (strcmp(item->profile, item->key) != 0)
		buf_printf(&text, "%s: credential %s %s\n", item->profile, item->key,
			   name->sentence);
	else
		buf_printf(&text, "%s: %s\n", item->profile, name->sentence);
	return cli_put(cli, &text);
}

static credence_rc restore_one(struct cli *cli, const struct backup_item *item)
{
	struct session session = {0};
	int what = RESTORED_SAME;
	credence_rc rc;

	cli->subject = item->profile;
	rc = session_open(&cli->call, item->profile, true, &session);
	if (rc == CREDENCE_SUCCESS)
		rc = session_restore(&session, item, cli_flag(cli, "force"), &what);
	session_done(&session);
	return rc == CREDENCE_SUCCESS ? put_item(cli, item, what) : rc;
}

static bool is_named(const char *name, const struct backup_item *item)
{
	return strcmp(name, item->profile) == 0 || strcmp(name, item->key) == 0;
}

/* All, unless some are named. */
static bool is_wanted(const struct cli *cli, const struct backup_item *item)
{
	int i;

	for (i = 1; i < cli->operand_count; i++)
		if (is_named(cli->operand[i], item))
			return true;
	return cli->operand_count < 2;
}

/* Each of those that are named is in it. */
static credence_rc check_named(struct cli *cli, const struct buf *text)
{
	for (int i = 1; i < cli->operand_count; i++) {
		struct backup_item item;
		bool found = false;
		size_t at = 0;

		while (!found && backup_next(&cli->call, text, &at, &item) == CREDENCE_SUCCESS)
			found = is_named(cli->operand[i], &item);
		if (!found)
			return call_fail(&cli->call, CREDENCE_MISS, "%s is not in the back-up",
					 cli->operand[i]);
	}
	return CREDENCE_SUCCESS;
}

/* Whatever is wrong with the text is found before anything is changed. */
static credence_rc restore_all(struct cli *cli, const struct buf *text)
{
	int64_t left = call_time_left(&cli->call);
	struct backup_item item;
	unsigned failed = 0;
	size_t at = 0;
	credence_rc rc;

	while ((rc = backup_next(&cli->call, text, &at, &item)) == CREDENCE_SUCCESS)
		continue;
	if (rc != CREDENCE_MISS)
		return rc;
	rc = check_named(cli, text);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	for (at = 0; backup_next(&cli->call, text, &at, &item) == CREDENCE_SUCCESS;) {
		if (!is_wanted(cli, &item))
			continue;
		rc = cli_each_end(cli, restore_one(cli, &item), left, &failed);
		if (rc != CREDENCE_SUCCESS)
			return rc;
	}
	cli->subject = NULL;
	return CREDENCE_SUCCESS;
}

credence_rc verb_restore(struct cli *cli)
{
	struct buf file = BUF_INIT, text = BUF_SECRET;
	struct backup_key key = {.reference = NULL};
	char *passphrase = NULL;
	credence_rc rc;

	if (strcmp(cli->operand[0], "-") == 0 && cli_value(cli, "key") == NULL)
		return cli_usage_error(cli, "standard input can't be both back-up and passphrase");
	rc = cli_read(cli, cli->operand[0], &file);
	if (rc == CREDENCE_SUCCESS)
		rc = read_key(cli, false, &key, &passphrase);
	if (rc == CREDENCE_SUCCESS)
		rc = backup_unseal(&cli->call, &file, &key, &text);
	if (rc == CREDENCE_SUCCESS)
		rc = restore_all(cli, &text);
	secret_free(passphrase);
	buf_done(&file);
	buf_done(&text);
	return rc;
}
