/* SPDX-License-Identifier: MIT */
/*
 * Resolver "static": a provider with one authorization server, whose endpoints stand in the
 * configuration. Nothing is learned from the server; it may repeat what is configured and no more.
 */
#include "endpoints.h"

static credence_rc static_resolve(struct credence_self *self, struct credence_call *call)
{
	const struct credence_host *host = self->host;
	const char *server = host->setting(call, "accounts_server");
	const char *api = host->setting(call, "api_domain");
	credence_rc rc;

	if (server == NULL)
		server = host->setting(call, "issuer");
	if (host->setting(call, "token_endpoint") == NULL)
		return host->fail(call, CREDENCE_MISS, NULL,
				  "neither the provider nor the profile sets token_endpoint",
				  "set token_endpoint, or use another resolver");
	rc = resolver_put_endpoints(host, call, NULL, server);
	if (rc == CREDENCE_SUCCESS && server != NULL)
		rc = resolver_put_server(host, call, "accounts_server", server);
	if (rc == CREDENCE_SUCCESS && api != NULL)
		rc = resolver_put_server(host, call, "api_domain", api);
	return rc;
}

static credence_rc static_learn(struct credence_self *self, struct credence_call *call)
{
	const struct credence_host *host = self->host;
	const char *said = host->attribute(call, "answer.api_domain");
	const char *api = host->setting(call, "api_domain");
	char message[512];

	if (said == NULL || said[0] == '\0' || (api != NULL && resolver_same(said, api)))
		return CREDENCE_MISS;
	if (api == NULL) {
		host->log(call, CREDENCE_LOG_INFO,
			  "the server names an api_domain; passed over, since none is configured");
		return CREDENCE_MISS;
	}
	(void)snprintf(message, sizeof(message),
		       "the server names the API %.200s, which is not the configured one (%.200s)",
		       said, api);
	return host->fail(call, CREDENCE_UNSAFE, NULL, message,
			  "if it is genuine, set api_domain of the provider");
}

static const struct credence_resolver_ops ops = {
    .size = sizeof(ops),
    .resolve = static_resolve,
    .learn = static_learn,
};

CREDENCE_RESOLVER(static, &ops, .version = "1.0", .summary = "endpoints as configured",
		  .open = resolver_open, .close = resolver_close);
