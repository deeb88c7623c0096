/* SPDX-License-Identifier: MIT */
/*
 * credence.conf of all places, merged leaf by leaf: what a place leaves open, the next may fill.
 */
#include "core/config/place_conf.h"
#include "core/config/profile.h"
#include "core/config/schema.h"

#include <string.h>

/* The admin's binds everybody; a user's fills what it leaves open. */
static const int order[MAIN_CONF_MAX] = {PLACE_ADMIN, PLACE_USER, PLACE_VENDOR};

credence_rc main_conf_load(struct credence_call *call, const struct places *places,
			   const struct conf_report *report, bool walk, struct main_conf *main)
{
	struct main_conf made = {.conf = {NULL}};
	credence_rc worst = CREDENCE_SUCCESS;

	for (int i = 0; i < MAIN_CONF_MAX; i++) {
		credence_rc rc = place_conf_load(call, places, order[i], "", "credence",
						 schema_main, report, walk, &made.conf[i]);

		if (rc == CREDENCE_SUCCESS || rc == CREDENCE_MISS)
			continue;
		worst = rc;
		if (rc != CREDENCE_CONFIG || report == NULL)
			break;
	}
	if (worst == CREDENCE_SUCCESS || (worst == CREDENCE_CONFIG && report != NULL))
		*main = made;
	else
		main_conf_done(&made);
	return worst;
}

void main_conf_done(struct main_conf *main)
{
	for (int i = 0; i < MAIN_CONF_MAX; i++)
		conf_free(main->conf[i]);
	memset(main, 0, sizeof(*main));
}

struct setting main_conf_find(const struct main_conf *main, const char *path)
{
	struct setting found = {.value = NULL};

	for (int i = 0; i < MAIN_CONF_MAX; i++)
		if (setting_decides(conf_root(main->conf[i]), path, &found))
			break;
	return found;
}
