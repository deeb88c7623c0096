/* SPDX-License-Identifier: MIT */
/*
 * Grant "client_credentials": a token of the client's own, without a person (RFC 6749 section 4.4).
 * A new one is had by asking again. What else a provider wants to know (an organization, a tenant)
 * are parameters of its data or of the profile's extra.token.
 */
#include <credence/module.h>
#include <stdlib.h>
#include <string.h>

struct credence_self {
	const struct credence_host *host;
};

static credence_rc client_credentials_open(const struct credence_host *host,
					   struct credence_call *call, struct credence_self **self)
{
	struct credence_self *made = malloc(sizeof(*made));

	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	made->host = host;
	*self = made;
	return CREDENCE_SUCCESS;
}

static void client_credentials_close(struct credence_self *self)
{
	free(self);
}

static credence_rc client_credentials_acquire(struct credence_self *self,
					      struct credence_call *call)
{
	const struct credence_host *host = self->host;
	const char *how = host->attribute(call, "client_authentication");
	const struct credence_param params[] = {
	    {"grant_type", "client_credentials"},
	    {"scope", host->attribute(call, "request_scope")},
	};

	/* RFC 6749 section 4.4: only for those who can prove who they are. */
	if (how != NULL && strcmp(how, "none") == 0)
		return host->fail(call, CREDENCE_CONFIG, "invalid_client",
				  "client credentials need a client that authenticates itself, and "
				  "the profile's has neither secret, signing key nor certificate",
				  "set client = { secret = \"file:/…\"; }, or its authentication");
	return host->token_request(call, params, sizeof(params) / sizeof(params[0]));
}

static const struct credence_grant_ops ops = {
    .size = sizeof(ops),
    .flags = CREDENCE_GRANT_UNATTENDED | CREDENCE_GRANT_CLIENT,
    .acquire = client_credentials_acquire,
};

CREDENCE_GRANT(client_credentials, &ops, .version = "1.0",
	       .summary = "a token of the client's own, without a person",
	       .open = client_credentials_open, .close = client_credentials_close);
