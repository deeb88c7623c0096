/* SPDX-License-Identifier: MIT */
/*
 * What may stand in a profile: its own settings, and those of provider data, which it may override.
 */
#include "core/config/schema_tables.h"

const char *const schema_authentication[] = {
    "body", "basic", "none", "private_key_jwt", "tls_client_auth", NULL};

const struct schema schema_client[] = {
    {.name = "id", .type = SCHEMA_STRING, .help = "the client identifier"},
    {.name = "secret",
     .type = SCHEMA_SECRETS,
     .help = "where the client secret is; a group of them if it differs by location"},
    {.name = "redirect_uri",
     .type = SCHEMA_RESOURCE, /* RFC 6749 section 3.1.2 wants no less */
     .help = "as it is registered, to the letter"},
    {.name = "authentication",
     .type = SCHEMA_STRING,
     .choices = schema_authentication,
     .help = "how the client shows its secret; absent: as the provider's data say"},
    {.name = NULL},
};

const struct schema schema_extra[] = {
    {.name = "authorize",
     .type = SCHEMA_GROUPS,
     .members = schema_parameter,
     .help = "of the authorization request"},
    {.name = "token",
     .type = SCHEMA_GROUPS,
     .members = schema_parameter,
     .help = "of the token request"},
    {.name = NULL},
};

const struct schema schema_http[] = {
    {.name = "proxy",
     .type = SCHEMA_PROXY,
     .help = "a proxy's URL, or \"env:\" for what the environment says"},
    {.name = "ca_file", .type = SCHEMA_STRING, .help = "the only CA certificates to trust (PEM)"},
    {.name = "client_cert",
     .type = SCHEMA_STRING,
     .help = "certificate and key for mutual TLS (PEM)"},
    {.name = "connect_timeout", .type = SCHEMA_DURATION, .help = "how long connecting may take"},
    {.name = NULL},
};

const struct schema schema_entry[] = {
    {.name = "use", .type = SCHEMA_STRING, .help = "the module", .required = true},
    {.name = "control", .type = SCHEMA_STRING, .help = "what the stack does with its answers"},
    {.name = NULL},
};

const struct schema schema_seal_entry[] = {
    {.name = "use", .type = SCHEMA_STRING, .help = "the module", .required = true},
    {.name = "id",
     .type = SCHEMA_NAME,
     .help = "what records that are sealed with it name it; absent: the module's name"},
    {.name = NULL},
};

const struct schema schema_store_entry[] = {
    {.name = "use", .type = SCHEMA_STRING, .help = "the module", .required = true},
    {.name = "control", .type = SCHEMA_STRING, .help = "what the stack does with its answers"},
    {.name = "cache_max_age",
     .type = SCHEMA_DURATION,
     .help = "how old a copy in a cache may become"},
    {.name = "seal",
     .type = SCHEMA_STACK,
     .members = schema_seal_entry,
     .help = "what records are encrypted with, newest key first"},
    {.name = NULL},
};

const struct schema schema_single[] = {
    {.name = "use", .type = SCHEMA_STRING, .help = "the module", .required = true},
    {.name = NULL},
};

const struct schema schema_profile[] = {
#include "core/config/profile_settings.def"
    {.name = NULL},
};
