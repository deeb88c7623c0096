/* SPDX-License-Identifier: MIT */
/*
 * Where configuration, providers and state are: user, admin and vendor place, and which of them
 * count for this process. What stands in the files is not decided here.
 */
#ifndef CREDENCE_CONFIG_PLACES_H
#define CREDENCE_CONFIG_PLACES_H

#include "core/call/call.h"

#include <stdbool.h>

#define PLACE_USER   0 /* $XDG_CONFIG_HOME/credence; not with euid 0, not with -C */
#define PLACE_ADMIN  1 /* $sysconfdir/credence, or -C DIR */
#define PLACE_VENDOR 2 /* $datadir/credence */
#define PLACE_COUNT  3

struct places {
	char *folder[PLACE_COUNT]; /* absolute; NULL: does not count */
	bool chosen;               /* -C: the admin place is a folder of the caller's */
	char *user_state;          /* state of user profiles: $STATE_DIRECTORY, … */
	char *admin_state;         /* state of admin and vendor profiles */
};

/* chosen: the folder of -C, or NULL. CONFIG if it is not there. */
credence_rc places_init(struct credence_call *, struct places *, const char *chosen);
void places_done(struct places *);

/* The folder for the state of a profile that was found at place; borrowed. */
const char *places_state(const struct places *, int place);

/* "user", "admin", "vendor": for list, trace and config show. */
const char *place_name(int place);

#endif
