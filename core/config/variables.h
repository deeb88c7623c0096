/* SPDX-License-Identifier: MIT */
/*
 * What provider data leave open. A URL there may have placeholders, "https://{host}/token", which
 * the provider declares with a kind; the variables of a profile or of credence.conf say what stands
 * for them. Where a placeholder may stand follows from its kind, and what may stand for it too, so
 * that no value makes more of a URL than the template meant.
 */
#ifndef CREDENCE_CONFIG_VARIABLES_H
#define CREDENCE_CONFIG_VARIABLES_H

#include "core/config/profile.h"

/* What is wrong with a value for a declared placeholder; NULL: nothing. */
const char *variable_wrong(struct setting placeholder, const char *value);

/* Are the declarations good, and is every placeholder of every URL declared and in its place?
 * report NULL: the first problem is the call's error. CONFIG. */
credence_rc variables_check(struct credence_call *, const struct provider *,
			    const struct conf_report *);

/* Puts the profile's values into its provider's data, which are then as if they had been written
 * so. CONFIG, with the place: a value is missing, not good, or for nothing. */
credence_rc variables_fill(struct credence_call *, struct profile *);

#endif
