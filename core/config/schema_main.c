/* SPDX-License-Identifier: MIT */
/*
 * What may stand in credence.conf.
 */
#include "core/config/schema_tables.h"

static const struct schema provider_defaults[] = {
    {.name = "name", .type = SCHEMA_NAME, .help = "for which provider", .required = true},
#include "core/config/profile_settings.def"
    {.name = NULL},
};

static const struct schema defaults[] = {
    {.name = "providers",
     .type = SCHEMA_GROUPS,
     .members = provider_defaults,
     .help = "defaults for the profiles of one provider"},
#include "core/config/profile_settings.def"
    {.name = NULL},
};

static const struct schema modules[] = {
    {.name = "path", .type = SCHEMA_STRINGS, .help = "further folders with modules, first to last"},
    {.name = "allow", .type = SCHEMA_STRINGS, .help = "the only modules that may be loaded"},
    {.name = NULL},
};

const struct schema schema_main[] = {
    {.name = "defaults",
     .type = SCHEMA_GROUP,
     .members = defaults,
     .help = "settings for all profiles that do not say otherwise"},
    {.name = "user",
     .type = SCHEMA_STRING,
     .help = "the owner of the state of the system's profiles"},
    {.name = "modules",
     .type = SCHEMA_GROUP,
     .members = modules,
     .help = "where modules come from"},
    {.name = "http", .type = SCHEMA_GROUP, .members = schema_http, .help = "how requests travel"},
    {.name = "deadline", .type = SCHEMA_DURATION, .help = "how long a whole call may take"},
    {.name = NULL},
};
