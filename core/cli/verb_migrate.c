/* SPDX-License-Identifier: MIT */
/* The verbs that rewrite what is kept: reseal under another key, move to another store. */
#include "core/cli/each.h"

#include "core/migrate/migrate.h"
#include "core/record/json_out.h"
#include "core/token/token.h"

#include <string.h>

static credence_rc put_event(struct cli *cli, const struct session *session, const char *event,
			     const char *sentence)
{
	struct buf text = BUF_INIT;

	if (cli->json) {
		json_begin(&text);
		json_out_text(&text, "profile", session->profile->name);
		json_out_text(&text, "credential", session->profile->credential);
		json_out_text(&text, "event", event);
		json_out_close(&text, '}');
		return cli_put_json(cli, &text);
	}
	if (cli->quiet)
		return CREDENCE_SUCCESS;
	buf_printf(&text, "%s: %s\n", session->profile->name, sentence);
	return cli_put(cli, &text);
}

/* -- reseal -- */

struct reseal {
	bool all;
	unsigned changed, same;
};

static credence_rc reseal_one(struct cli *cli, const char *name, void *data)
{
	struct reseal *reseal = data;
	struct session session = {0};
	bool changed = false;
	credence_rc rc = session_open(&cli->call, name, true, &session);

	if (rc == CREDENCE_SUCCESS)
		rc = session_reseal(&session, &changed);
	if (rc == CREDENCE_SUCCESS && changed)
		rc = put_event(cli, &session, "resealed", "sealed anew");
	else if (rc == CREDENCE_SUCCESS && (!reseal->all || cli->verbose > 0))
		rc = put_event(cli, &session, "unchanged", "is sealed so already");
	if (rc == CREDENCE_SUCCESS)
		*(changed ? &reseal->changed : &reseal->same) += 1;
	/* Of all, those that nobody has logged in to have nothing to seal. */
	if (rc == CREDENCE_MISS && reseal->all) {
		call_clear(&cli->call);
		rc = CREDENCE_SUCCESS;
	} else if (rc == CREDENCE_MISS) {
		call_clear(&cli->call);
		rc = call_fail(&cli->call, CREDENCE_MISS, "nobody has logged in");
		call_hint(&cli->call, "credence login PROFILE");
	}
	session_done(&session);
	return rc;
}

credence_rc verb_reseal(struct cli *cli)
{
	struct reseal reseal = {.all = cli_flag(cli, "all")};
	unsigned failed = 0;
	credence_rc rc;

	if (reseal.all != (cli->operand_count == 0))
		return cli_usage_error(cli, "name profiles, or --all for all of them");
	rc = reseal.all ? cli_each_profile(cli, "resealing", reseal_one, &reseal, &failed)
			: cli_each(cli, cli->operand, "resealing", reseal_one, &reseal, &failed);
	if (rc == CREDENCE_SUCCESS && reseal.all && !cli->quiet && !cli->json)
		cli_tell(cli, "%u sealed anew, %u unchanged, %u failed", reseal.changed,
			 reseal.same, failed);
	return rc;
}

/* -- move -- */

static void add_sentence(const struct moved *moved, struct buf *text)
{
	if (moved->was_there && strcmp(moved->from, moved->to) == 0)
		buf_printf(text, "was in this store %s already", moved->to);
	else if (moved->was_there)
		buf_printf(text, "was in store %s already", moved->to);
	else
		buf_printf(text, "moved from store %s to store %s", moved->from, moved->to);
	if (moved->ledgers > 0)
		buf_printf(text, ", with %u ledger%s%s", moved->ledgers,
			   moved->ledgers == 1 ? "" : "s",
			   moved->ledgers_stay
			       ? " (kept there too, for other credentials that count in it)"
			       : "");
}

credence_rc verb_move(struct cli *cli)
{
	const char *file = cli_value(cli, "from");
	struct session session = {0};
	struct buf sentence = BUF_INIT;
	struct moved moved = {0};
	credence_rc rc;

	if (file == NULL)
		return cli_usage_error(cli,
				       "which store was it in? --from a copy of the old profile");
	rc = cli_session(cli, true, &session);
	if (rc == CREDENCE_SUCCESS)
		rc = session_move(&session, file, cli_flag(cli, "force"), &moved);
	if (rc == CREDENCE_SUCCESS) {
		add_sentence(&moved, &sentence);
		rc = put_event(cli, &session, moved.was_there ? "unchanged" : "moved",
			       buf_text(&sentence));
	}
	buf_done(&sentence);
	moved_done(&moved);
	session_done(&session);
	return rc;
}
