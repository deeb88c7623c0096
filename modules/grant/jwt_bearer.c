/* SPDX-License-Identifier: MIT */
/*
 * Grant "jwt_bearer": a signed assertion is the authorization (RFC 7523 section 2.1), as service
 * accounts have it. The claims that say what is wanted are put together here; who issues it, for
 * whom and until when is completed by the host, and the signature is the signer's.
 */
#include <credence/module.h>
#include <json-c/json_object.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct credence_self {
	const struct credence_host *host;
};

static credence_rc jwt_bearer_open(const struct credence_host *host, struct credence_call *call,
				   struct credence_self **self)
{
	struct credence_self *made = malloc(sizeof(*made));

	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	made->host = host;
	*self = made;
	return CREDENCE_SUCCESS;
}

static void jwt_bearer_close(struct credence_self *self)
{
	free(self);
}

/* false: out of memory. */
static bool add(struct json_object *claims, const char *name, struct json_object *value)
{
	return value != NULL && json_object_object_add(claims, name, value) == 0;
}

static bool add_text(struct json_object *claims, const char *name, const char *text)
{
	return text == NULL || text[0] == '\0' || add(claims, name, json_object_new_string(text));
}

/* What the profile says outright; what it does not is the host's. */
static bool add_claims(struct json_object *claims, const struct credence_host *host,
		       struct credence_call *call, const char *scope)
{
	int64_t lifetime = host->option_number(call, "lifetime");

	return add_text(claims, "iss", host->option(call, "issuer")) &&
	       add_text(claims, "sub", host->option(call, "subject")) &&
	       add_text(claims, "aud", host->option(call, "audience")) &&
	       add_text(claims, "scope", scope) &&
	       (lifetime <= 0 ||
		add(claims, "exp", json_object_new_int64((host->now(call) + lifetime) / 1000)));
}

static credence_rc send(const struct credence_host *host, struct credence_call *call,
			const char *jwt, const char *scope)
{
	const struct credence_param params[] = {
	    {"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
	    {"assertion", jwt},
	    {"scope", scope},
	};

	return host->token_request(call, params, sizeof(params) / sizeof(params[0]));
}

static credence_rc jwt_bearer_acquire(struct credence_self *self, struct credence_call *call)
{
	const struct credence_host *host = self->host;
	const char *place = host->setting(call, "assertion.scope"), *jwt = NULL;
	const char *scope = host->attribute(call, "request_scope");
	bool claim = place != NULL && strcmp(place, "claim") == 0;
	struct json_object *claims = json_object_new_object();
	credence_rc rc;

	if (claims == NULL || !add_claims(claims, host, call, claim ? scope : NULL)) {
		json_object_put(claims);
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	}
	rc = host->assertion(call, json_object_to_json_string(claims), &jwt);
	json_object_put(claims);
	return rc == CREDENCE_SUCCESS ? send(host, call, jwt, claim ? NULL : scope) : rc;
}

static const struct credence_option options[] = {
    {"issuer", CREDENCE_STRING, 0, NULL,
     "the claim iss; absent: what comes with the key, else the client id"},
    {"subject", CREDENCE_STRING, 0, NULL, "the claim sub: whose token it is; absent: the issuer's"},
    {"audience", CREDENCE_STRING, 0, NULL, "the claim aud; absent: as the provider's data say"},
    {"lifetime", CREDENCE_DURATION, 0, NULL, "how long the assertion is good"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_grant_ops ops = {
    .size = sizeof(ops),
    .flags = CREDENCE_GRANT_UNATTENDED | CREDENCE_GRANT_SIGNS,
    .acquire = jwt_bearer_acquire,
};

CREDENCE_GRANT(jwt_bearer, &ops, .version = "1.0",
	       .summary = "a signed assertion, as service accounts have it", .options = options,
	       .open = jwt_bearer_open, .close = jwt_bearer_close);
