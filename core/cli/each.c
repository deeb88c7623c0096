/* SPDX-License-Identifier: MIT */
/* Doing the same for many profiles; see each.h. */
#include "core/cli/each.h"

#include "core/os/clock.h"
#include "core/os/file.h"

#include <stdlib.h>
#include <string.h>

credence_rc cli_each_end(struct cli *cli, credence_rc rc, int64_t left, unsigned *failed)
{
	int status;

	if (rc == CREDENCE_CANCELLED)
		return rc;
	if (rc != CREDENCE_SUCCESS) {
		status = cli_report(cli, rc);
		cli->status = cli->status == STATUS_OK ? status : cli->status;
		(*failed)++;
		call_clear(&cli->call);
	}
	/* The time is one's own: a store that hangs takes it from no other. */
	call_restart(&cli->call, left);
	return call_cancelled(&cli->call) ? call_fail(&cli->call, CREDENCE_CANCELLED, "interrupted")
					  : CREDENCE_SUCCESS;
}

static void show(struct cli *cli, const char *doing, size_t at, size_t count, int64_t since)
{
	struct buf text = BUF_INIT;

	if (doing == NULL)
		return;
	buf_printf(&text, "%s %zu of %zu", doing, at, count);
	call_progress(&cli->call, buf_text(&text), since);
	buf_done(&text);
}

credence_rc cli_each(struct cli *cli, char *const names[], const char *doing, each_do *act,
		     void *data, unsigned *failed)
{
	int64_t left = call_time_left(&cli->call), since = clock_boot();
	credence_rc rc = CREDENCE_SUCCESS;
	size_t count = 0, i;

	while (names[count] != NULL)
		count++;
	for (i = 0; rc == CREDENCE_SUCCESS && i < count; i++) {
		show(cli, doing, i + 1, count, since);
		cli->subject = names[i];
		rc = cli_each_end(cli, act(cli, names[i], data), left, failed);
	}
	cli->subject = NULL;
	call_progress(&cli->call, NULL, 0);
	return rc;
}

/* -- All profiles -- */

/* A profile, and which credential of which folder it uses; of one that can't be read its own name.
 */
struct use {
	char *credential;
	size_t index;
};

static int compare(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int order = strcmp(x->credential, y->credential);

	return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static bool name_use(struct cli *cli, const char *name, size_t index, struct use *use)
{
	struct profile *profile = NULL;
	struct buf text = BUF_INIT;

	/* Whoever opens it says what is wrong with it. */
	if (profile_load(&cli->call, &cli->context->places, &cli->context->main, name, NULL, false,
			 &profile) == CREDENCE_SUCCESS)
		buf_printf(&text, "%s %s", profile->state_dir, profile->credential);
	else
		buf_printf(&text, "?%s", name);
	call_clear(&cli->call);
	profile_free(profile);
	use->index = index;
	use->credential = buf_take(&text);
	buf_done(&text);
	return use->credential != NULL;
}

/* Leaves of the names those that are the first of their credential, in their order. */
static bool keep_first(struct cli *cli, char **names)
{
	struct use *use;
	size_t count = 0, i, left = 0;
	bool ok = true;

	while (names[count] != NULL)
		count++;
	use = calloc(count + 1, sizeof(*use));
	for (i = 0; use != NULL && ok && i < count; i++)
		ok = name_use(cli, names[i], i, &use[i]);
	if (use == NULL)
		return false;
	if (ok) {
		qsort(use, count, sizeof(*use), compare);
		for (i = 1; i < count; i++)
			if (strcmp(use[i].credential, use[i - 1].credential) == 0) {
				free(names[use[i].index]);
				names[use[i].index] = NULL;
			}
		for (i = 0; i < count; i++)
			if (names[i] != NULL)
				names[left++] = names[i];
		names[left] = NULL;
	}
	for (i = 0; i < count; i++)
		free(use[i].credential);
	free(use);
	return ok;
}

credence_rc cli_each_profile(struct cli *cli, const char *doing, each_do *act, void *data,
			     unsigned *failed)
{
	char **names = NULL;
	credence_rc rc = profile_names(&cli->call, &cli->context->places, &names);

	if (rc == CREDENCE_SUCCESS && !keep_first(cli, names))
		rc = call_oom(&cli->call);
	if (rc == CREDENCE_SUCCESS)
		rc = cli_each(cli, names, doing, act, data, failed);
	cli->subject = NULL;
	file_names_free(names);
	return rc;
}
