/* SPDX-License-Identifier: MIT */
/*
 * Resolver "static": a provider with one authorization server, whose endpoints stand in the
 * configuration. Of the server's words only the API is taken, and that only if the configuration
 * has it as api_domain or among api_domain_aliases.
 */
#include "endpoints.h"

/* A pattern whose host begins with "*." has every host below that, and nothing else of a URL. */
static bool is_below(const char *pattern, const char *server)
{
	static const char any[] = "https://*.";
	size_t begin = sizeof(any) - 3, length = resolver_length(server), rest, i;

	if (strncmp(pattern, any, sizeof(any) - 1) != 0)
		return false;
	pattern += sizeof(any) - 2;
	rest = resolver_length(pattern);
	if (length <= begin + rest || strncmp(server, any, begin) != 0 ||
	    memcmp(server + length - rest, pattern, rest) != 0)
		return false;
	for (i = begin; i < length - rest; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-.", server[i]) == NULL ||
		    (server[i] == '.' &&
		     (i == begin || server[i - 1] == '.' || i + 1 == length - rest)))
			return false;
	return true;
}

/* Is it an API that the configuration knows? */
static bool is_listed(const struct credence_host *host, struct credence_call *call, const char *api)
{
	const char *configured = host->setting(call, "api_domain"), *alias;
	char name[48];

	if (configured != NULL && resolver_same(configured, api))
		return true;
	for (unsigned i = 0;; i++) {
		(void)snprintf(name, sizeof(name), "api_domain_aliases.[%u]", i);
		alias = host->setting(call, name);
		if (alias == NULL)
			return false;
		if (resolver_same(alias, api) || is_below(alias, api))
			return true;
	}
}

static bool is_some(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* What the server said earlier, as long as the configuration has it; else what that begins with. */
static credence_rc put_api(const struct credence_host *host, struct credence_call *call)
{
	const char *known = host->attribute(call, "api_domain");
	const char *api = host->setting(call, "api_domain");

	if (is_some(known) && is_listed(host, call, known))
		api = known;
	return api != NULL ? resolver_put_server(host, call, "api_domain", api) : CREDENCE_SUCCESS;
}

static credence_rc static_resolve(struct credence_self *self, struct credence_call *call)
{
	const struct credence_host *host = self->host;
	const char *server = host->setting(call, "accounts_server");
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
	if (rc == CREDENCE_SUCCESS)
		rc = put_api(host, call);
	return rc;
}

static credence_rc not_listed(const struct credence_host *host, struct credence_call *call,
			      const char *said, const char *api)
{
	char message[512];

	(void)snprintf(message, sizeof(message),
		       "the server names the API %.200s, which is not the configured one%s%.200s%s",
		       said, api != NULL ? " (" : "", api != NULL ? api : "",
		       api != NULL ? ")" : "");
	return host->fail(call, CREDENCE_UNSAFE, NULL, message,
			  "if it is genuine, set api_domain of the provider");
}

static credence_rc static_learn(struct credence_self *self, struct credence_call *call)
{
	const struct credence_host *host = self->host;
	const char *said = host->attribute(call, "answer.api_domain");
	const char *known = host->attribute(call, "api_domain");
	const char *api = host->setting(call, "api_domain");

	if (!is_some(said) || (is_some(known) && resolver_same(said, known)))
		return CREDENCE_MISS;
	if (is_listed(host, call, said))
		return is_some(known) || api == NULL || !resolver_same(said, api)
			   ? resolver_put_server(host, call, "api_domain", said)
			   : CREDENCE_MISS;
	if (api == NULL && host->setting(call, "api_domain_aliases.[0]") == NULL) {
		host->log(call, CREDENCE_LOG_INFO,
			  "the server names an api_domain; passed over, since none is configured");
		return CREDENCE_MISS;
	}
	return not_listed(host, call, said, api);
}

static const struct credence_resolver_ops ops = {
    .size = sizeof(ops),
    .resolve = static_resolve,
    .learn = static_learn,
};

CREDENCE_RESOLVER(static, &ops, .version = "1.0", .summary = "endpoints as configured",
		  .open = resolver_open, .close = resolver_close);
