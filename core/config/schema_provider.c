/* SPDX-License-Identifier: MIT */
/*
 * What may stand in provider data: everything that differs between authorization servers.
 */
#include "core/config/schema_tables.h"

const char *const schema_rotation[] = {"never", "may", NULL};

static const char *const limit_owners[] = {"refresh_token", "owner", "client", NULL};

static const char *const token_places[] = {"body", "query", NULL};

static const char *const time_units[] = {"s", "ms", NULL};

static const char *const error_steps[] = {"authorize", "token", "refresh", "revoke",
					  "device",    "api",   NULL};

static const char *const error_classes[] = {"login",   "client",    "denied",      "scope",
					    "config",  "limited",   "unavailable", "renew",
					    "pending", "slow_down", "other_dc",    NULL};

const struct schema schema_api[] = {
    {.name = "name", .type = SCHEMA_STRING, .help = "its name", .required = true},
    {.name = "url", .type = SCHEMA_URL, .help = "where it is", .required = true},
    {.name = NULL},
};

const struct schema schema_endpoints[] = {
#include "core/config/endpoint_settings.def"
    {.name = NULL},
};

const struct schema schema_datacenter[] = {
    {.name = "location",
     .type = SCHEMA_STRING,
     .help = "its code, as the server writes it",
     .required = true},
    {.name = "accounts_server",
     .type = SCHEMA_URL,
     .help = "its authorization server",
     .required = true},
    {.name = "api_domain", .type = SCHEMA_URL, .help = "where its API is"},
    {.name = "api_domain_aliases",
     .type = SCHEMA_STRINGS,
     .help = "other API domains that its answers may name"},
    {.name = "console", .type = SCHEMA_URL, .help = "where clients are registered"},
    {.name = "apis",
     .type = SCHEMA_GROUPS,
     .members = schema_api,
     .help = "further hosts of the API, by name"},
#include "core/config/endpoint_settings.def"
    {.name = NULL},
};

const struct schema schema_parameter[] = {
    {.name = "name", .type = SCHEMA_WORD, .help = "the parameter", .required = true},
    {.name = "value",
     .type = SCHEMA_STRING,
     .help = "its value; \"\" leaves the parameter out",
     .required = true},
    {.name = NULL},
};

const struct schema schema_parameters[] = {
    {.name = "authorize",
     .type = SCHEMA_GROUPS,
     .members = schema_parameter,
     .help = "of the authorization request"},
    {.name = "token",
     .type = SCHEMA_GROUPS,
     .members = schema_parameter,
     .help = "of the request for a first token"},
    {.name = "refresh",
     .type = SCHEMA_GROUPS,
     .members = schema_parameter,
     .help = "of the request that renews a token"},
    {.name = "revoke",
     .type = SCHEMA_GROUPS,
     .members = schema_parameter,
     .help = "of the revocation request"},
    {.name = "device",
     .type = SCHEMA_GROUPS,
     .members = schema_parameter,
     .help = "of the request for a device code"},
    {.name = NULL},
};

const struct schema schema_device[] = {
    {.name = "request_grant_type",
     .type = SCHEMA_STRING,
     .help = "the grant type that the request for a code carries; absent: none"},
    {.name = "grant_type",
     .type = SCHEMA_STRING,
     .help = "the grant type of the token request; absent: RFC 8628's"},
    {.name = "code_parameter",
     .type = SCHEMA_STRING,
     .help = "the parameter with the device code in the token request; absent: device_code"},
    {.name = "unit",
     .type = SCHEMA_STRING,
     .choices = time_units,
     .help = "of interval and expires_in beside the code: s or ms; absent: s"},
    {.name = "location_member",
     .type = SCHEMA_STRING,
     .help = "the member of an other_dc answer that names the data centre"},
    {.name = "client_authentication",
     .type = SCHEMA_STRING,
     .choices = schema_authentication,
     .help = "how the client shows its secret when it asks for a code"},
    {.name = NULL},
};

const struct schema schema_revocation[] = {
    {.name = "token_parameter",
     .type = SCHEMA_STRING,
     .help = "the parameter that carries the token"},
    {.name = "type_parameter",
     .type = SCHEMA_STRING,
     .help = "the parameter that says whether it is a refresh or an access token"},
    {.name = "token_place",
     .type = SCHEMA_STRING,
     .choices = token_places,
     .help = "body, or query: the token stands in the URL"},
    {.name = "client_authentication",
     .type = SCHEMA_STRING,
     .choices = schema_authentication,
     .help = "how the client shows its secret there"},
    {.name = NULL},
};

static const char *const assertion_subjects[] = {"issuer", "none", NULL};
static const char *const assertion_scopes[] = {"claim", "parameter", NULL};

const struct schema schema_assertion[] = {
    {.name = "audience",
     .type = SCHEMA_STRING,
     .help = "the claim aud: \"issuer\", \"token_endpoint\" or the text itself"},
    {.name = "subject",
     .type = SCHEMA_STRING,
     .choices = assertion_subjects,
     .help = "the claim sub of a grant that does not say whose token it wants"},
    {.name = "scope",
     .type = SCHEMA_STRING,
     .choices = assertion_scopes,
     .help = "where the scope of a JWT bearer grant stands; absent: a parameter"},
    {.name = "lifetime", .type = SCHEMA_DURATION, .help = "how long it is good; absent: 5m"},
    {.name = NULL},
};

const struct schema schema_lifetimes[] = {
    {.name = "access_token", .type = SCHEMA_LIFETIME, .help = "of an access token"},
    {.name = "refresh_token", .type = SCHEMA_LIFETIME, .help = "of a refresh token"},
    {.name = "authorization_code", .type = SCHEMA_LIFETIME, .help = "of an authorization code"},
    {.name = "device_code", .type = SCHEMA_LIFETIME, .help = "of a device code"},
    {.name = NULL},
};

static const struct schema limit[] = {
    {.name = "count", .type = SCHEMA_NUMBER, .help = "how many requests in the window"},
    {.name = "window", .type = SCHEMA_DURATION, .help = "how long a request counts"},
    {.name = "live", .type = SCHEMA_NUMBER, .help = "how many may be alive at once"},
    {.name = "per",
     .type = SCHEMA_STRING,
     .choices = limit_owners,
     .help = "what the provider counts by"},
    {.name = NULL},
};

const struct schema schema_limits[] = {
    {.name = "access_tokens", .type = SCHEMA_GROUP, .members = limit, .help = "access tokens"},
    {.name = "refresh_tokens", .type = SCHEMA_GROUP, .members = limit, .help = "refresh tokens"},
    {.name = "authorization_codes",
     .type = SCHEMA_GROUP,
     .members = limit,
     .help = "authorization codes"},
    {.name = NULL},
};

const struct schema schema_expires_in[] = {
    {.name = "member",
     .type = SCHEMA_STRING,
     .help = "the member of the token answer",
     .required = true},
    {.name = "unit", .type = SCHEMA_STRING, .choices = time_units, .help = "s or ms; absent: s"},
    {.name = NULL},
};

static const struct schema error_match[] = {
    {.name = "member", .type = SCHEMA_STRING, .help = "a member of the answer", .required = true},
    {.name = "value", .type = SCHEMA_STRING, .help = "what it must be"},
    {.name = "begins", .type = SCHEMA_STRING, .help = "what it must begin with"},
    {.name = NULL},
};

static const struct schema error[] = {
    {.name = "code", .type = SCHEMA_STRING, .help = "the server's name for it", .required = true},
    {.name = "refines",
     .type = SCHEMA_STRING,
     .help = "the server's own code, of which match finds this special case"},
    {.name = "at",
     .type = SCHEMA_STRING,
     .choices = error_steps,
     .help = "the step at which it means this; absent: any"},
    {.name = "class",
     .type = SCHEMA_STRING,
     .choices = error_classes,
     .help = "what it comes to",
     .required = true},
    {.name = "cause", .type = SCHEMA_STRING, .help = "what happened", .required = true},
    {.name = "remedy", .type = SCHEMA_STRING, .help = "what to do", .required = true},
    {.name = "retry_after",
     .type = SCHEMA_DURATION,
     .help = "how long to wait when the server does not say"},
    {.name = "match",
     .type = SCHEMA_GROUP,
     .members = error_match,
     .help = "known by this member of the answer instead of its code"},
    {.name = NULL},
};

static const struct schema asked[] = {
    {.name = "name",
     .type = SCHEMA_STRING,
     .help = "the option of the grant or signer, or the parameter",
     .required = true},
    {.name = "help", .type = SCHEMA_STRING, .help = "what it is", .required = true},
    {.name = "example", .type = SCHEMA_STRING, .help = "a value to show"},
    {.name = "parameter",
     .type = SCHEMA_BOOL,
     .help = "it is a parameter of the token request; absent: an option"},
    {.name = "optional", .type = SCHEMA_BOOL, .help = "it may be left out; absent: false"},
    {.name = NULL},
};

static const struct schema client_kind[] = {
    {.name = "grant",
     .type = SCHEMA_STRING,
     .help = "the grant module for this kind of client",
     .required = true},
    {.name = "resolver",
     .type = SCHEMA_STRING,
     .help = "the resolver module for it; absent: the default one"},
    {.name = "signer",
     .type = SCHEMA_STRING,
     .help = "the signer module for it; absent: it has none"},
    {.name = "name", .type = SCHEMA_STRING, .help = "what is typed to choose it", .required = true},
    {.name = "title", .type = SCHEMA_STRING, .help = "what the console calls it", .required = true},
    {.name = "text", .type = SCHEMA_STRING, .help = "what it is for", .required = true},
    {.name = "id", .type = SCHEMA_BOOL, .help = "it has a client ID; absent: true"},
    {.name = "redirect", .type = SCHEMA_BOOL, .help = "it has a redirect URI"},
    {.name = "secret", .type = SCHEMA_BOOL, .help = "it has a secret; absent: true"},
    {.name = "scope", .type = SCHEMA_BOOL, .help = "scopes are asked for; absent: true"},
    {.name = "person", .type = SCHEMA_BOOL, .help = "a person logs in; absent: true"},
    {.name = "example", .type = SCHEMA_STRING, .help = "a scope to show for it"},
    {.name = "login", .type = SCHEMA_STRING, .help = "what to click before a login"},
    {.name = "ask",
     .type = SCHEMA_GROUPS,
     .members = asked,
     .help = "what else credence init asks for"},
    {.name = NULL},
};

static const struct schema scopes[] = {
    {.name = "example", .type = SCHEMA_STRING, .help = "a scope to show when one is asked for"},
    {.name = "silent",
     .type = SCHEMA_SCOPES,
     .help = "scopes that answers never name, though they were granted"},
    {.name = NULL},
};

static const char *const placeholder_kinds[] = {"url", "host", "label", "segment", NULL};

static const struct schema placeholder[] = {
    {.name = "name",
     .type = SCHEMA_STRING,
     .help = "what stands in braces, and in the profile's variables",
     .required = true},
    {.name = "kind",
     .type = SCHEMA_STRING,
     .choices = placeholder_kinds,
     .help = "what it may become",
     .required = true},
    {.name = "help", .type = SCHEMA_STRING, .help = "what it is", .required = true},
    {.name = "example", .type = SCHEMA_STRING, .help = "a value to show"},
    {.name = "default", .type = SCHEMA_STRING, .help = "the value if nobody says one"},
    {.name = "ask", .type = SCHEMA_BOOL, .help = "credence init asks for it; absent: true"},
    {.name = NULL},
};

const struct schema schema_provider[] = {
    {.name = "title", .type = SCHEMA_STRING, .help = "what people call it"},
    {.name = "extends", .type = SCHEMA_NAME, .help = "the provider that has everything else"},
    {.name = "clients",
     .type = SCHEMA_GROUPS,
     .members = client_kind,
     .help = "the kinds of clients, as credence init explains them"},
    {.name = "placeholders",
     .type = SCHEMA_GROUPS,
     .members = placeholder,
     .help = "what its URLs leave open; variables of a profile fill it"},
    {.name = "http",
     .type = SCHEMA_GROUP,
     .members = schema_http,
     .help = "how requests to it travel"},
    {.name = "scopes", .type = SCHEMA_GROUP, .members = scopes, .help = "help with scopes"},
    {.name = "console",
     .type = SCHEMA_URL,
     .help = "where clients are registered, without data centres"},
    {.name = "errors",
     .type = SCHEMA_GROUPS,
     .members = error,
     .help = "the error catalogue; looked up here, then in what this extends"},
#include "core/config/provider_settings.def"
    {.name = NULL},
};
