/* SPDX-License-Identifier: MIT */
/*
 * Configuration files by place and name: FOLDER/credence.conf, FOLDER/profiles.d/NAME.conf,
 * FOLDER/providers.d/NAME.conf. In which order the places are asked is the caller's business.
 */
#ifndef CREDENCE_CONFIG_PLACE_CONF_H
#define CREDENCE_CONFIG_PLACE_CONF_H

#include "core/config/conf.h"
#include "core/config/places.h"

/* As conf_load. folder is "profiles.d" or "providers.d", or "" for the place's own folder. MISS
 * also if the place does not count, or is a user's place that this user can't even look into.
 * DENIED has the status NOT_ALLOWED. */
credence_rc place_conf_load(struct credence_call *, const struct places *, int place,
			    const char *folder, const char *name, const struct schema *,
			    const struct conf_report *, bool walk, struct conf **conf);

/* The names for which place or a lower one has a file in folder, sorted, each once; free with
 * file_names_free. */
credence_rc place_conf_names(struct credence_call *, const struct places *, int place,
			     const char *folder, char ***names);

#endif
