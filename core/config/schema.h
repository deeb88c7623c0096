/* SPDX-License-Identifier: MIT */
/*
 * What may stand in a configuration file: tables of settings with their types, one for
 * credence.conf, one for profiles, one for provider data. A setting that no table has is an error
 * with the nearest name. Module options are declared by the modules and checked in
 * core/module/options.h.
 */
#ifndef CREDENCE_CONFIG_SCHEMA_H
#define CREDENCE_CONFIG_SCHEMA_H

#include "core/config/conf.h"

struct schema {
	const char *name;             /* NULL ends the table */
	int type;                     /* SCHEMA_… */
	const struct schema *members; /* of a group, or of each in a list or stack */
	const char *const *choices;   /* of a string; NULL: any. Ends with NULL */
	const char *help; /* one line, for "credence config show" and the manual's check */
	bool required;    /* its group must have it */
};

#define SCHEMA_STRING   1
#define SCHEMA_NUMBER   2
#define SCHEMA_BOOL     3
#define SCHEMA_DURATION 4
#define SCHEMA_STRINGS  5 /* [ "a", "b" ] */
#define SCHEMA_GROUP    6
#define SCHEMA_GROUPS   7 /* ( { … }, { … } ) */
#define SCHEMA_STACK    8 /* "x", [ "x", "y" ], { use = … } or ( { use = … } ); members: what the */
			  /* core knows of an entry's group, the rest is the module's options */
#define SCHEMA_SECRET   9  /* a reference, "file:/path"; a bare string is an error */
#define SCHEMA_SECRETS  10 /* the same, or a group of them by location */
#define SCHEMA_NAME     11 /* a string that text_is_name takes */
#define SCHEMA_URL      12 /* a string that url_parse takes */
#define SCHEMA_ENDPOINT 13 /* the same, or begins with / */
#define SCHEMA_MODULE   14 /* a stack of one entry */
#define SCHEMA_LIFETIME 15 /* a duration, or "until revoked" */
#define SCHEMA_SCOPES   16 /* strings, each one scope */
#define SCHEMA_VALUES   17 /* a group of strings by names of the writer's */
#define SCHEMA_HOSTS    18 /* strings that url_pattern_check takes */
#define SCHEMA_WORD     19 /* a string of visible ASCII */
#define SCHEMA_RESOURCE 20 /* a string that url_is_resource takes, or "" */
#define SCHEMA_PROXY    21 /* a string that url_is_proxy takes, "env:" or "" */

extern const struct schema schema_main[];     /* credence.conf */
extern const struct schema schema_profile[];  /* profiles.d/NAME.conf: also all provider settings */
extern const struct schema schema_provider[]; /* providers.d/NAME.conf */

/* Checks a parsed file; answers the number of problems. Each goes to the report. */
unsigned schema_check(const struct conf *, const struct schema *, const struct conf_report *);

#endif
