/* SPDX-License-Identifier: MIT */
/*
 * What the resolvers that read configuration share: from settings to the attributes *_endpoint. A
 * header, since modules link nothing but what they bring.
 */
#ifndef CREDENCE_RESOLVER_ENDPOINTS_H
#define CREDENCE_RESOLVER_ENDPOINTS_H

#include <credence/module.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESOLVER_URL_MAX 2048

struct json_object;

struct credence_self {
	const struct credence_host *host;
	struct json_object *serverinfo; /* of multi_dc; NULL: not asked for yet */
};

static credence_rc resolver_open(const struct credence_host *host, struct credence_call *call,
				 struct credence_self **self)
{
	struct credence_self *made = malloc(sizeof(*made));

	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	made->host = host;
	made->serverinfo = NULL;
	*self = made;
	return CREDENCE_SUCCESS;
}

static void resolver_close(struct credence_self *self)
{
	free(self);
}

/* The length of a server's address less one "/" at its end, which makes no difference. */
static size_t resolver_length(const char *server)
{
	size_t length = strlen(server);

	return length > 0 && server[length - 1] == '/' ? length - 1 : length;
}

/* Servers are compared as bytes: whatever is spelled otherwise is another one. */
static inline bool resolver_same(const char *a, const char *b)
{
	size_t length = resolver_length(a);

	return length == resolver_length(b) && memcmp(a, b, length) == 0;
}

/* Puts a server's address without the "/" at its end. */
static credence_rc resolver_put_server(const struct credence_host *host, struct credence_call *call,
				       const char *name, const char *server)
{
	char text[RESOLVER_URL_MAX];
	size_t length = resolver_length(server);

	if (length >= sizeof(text))
		return host->fail(call, CREDENCE_CONFIG, NULL,
				  "the address of a server is too long", NULL);
	memcpy(text, server, length);
	text[length] = '\0';
	return host->put_attribute(call, name, text);
}

static credence_rc resolver_no_server(const struct credence_host *host, struct credence_call *call,
				      const char *name)
{
	bool centres = host->setting(call, "datacenters.[0].location") != NULL;
	char message[128];

	(void)snprintf(message, sizeof(message), "%s is relative, but no accounts_server is set",
		       name);
	return host->fail(call, CREDENCE_CONFIG, NULL, message,
			  centres ? "the provider has data centres: set resolver to one that knows "
				    "them; credence module list"
				  : "set accounts_server, or write the endpoint in full");
}

/* Puts one endpoint: absolute as it is, or joined to the accounts server if it begins with "/". */
static credence_rc resolver_put_endpoint(const struct credence_host *host,
					 struct credence_call *call, const char *name,
					 const char *endpoint, const char *server)
{
	char text[RESOLVER_URL_MAX], message[128];
	int length;

	if (endpoint[0] != '/')
		return host->put_attribute(call, name, endpoint);
	if (server == NULL)
		return resolver_no_server(host, call, name);
	length =
	    snprintf(text, sizeof(text), "%.*s%s", (int)resolver_length(server), server, endpoint);
	if (length < 0 || (size_t)length >= sizeof(text)) {
		(void)snprintf(message, sizeof(message), "%s is too long", name);
		return host->fail(call, CREDENCE_CONFIG, NULL, message, NULL);
	}
	return host->put_attribute(call, name, text);
}

/* Puts all endpoints that are set: in the group "row" of a list (NULL: there is none), else by
 * their own name. */
static credence_rc resolver_put_endpoints(const struct credence_host *host,
					  struct credence_call *call, const char *row,
					  const char *server)
{
	static const char *const names[] = {
	    "issuer",
	    "authorization_endpoint",
	    "token_endpoint",
	    "revocation_endpoint",
	    "introspection_endpoint",
	    "device_authorization_endpoint",
	    "device_token_endpoint",
	};
	char path[96];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *endpoint = NULL;
		credence_rc rc;

		if (row != NULL) {
			(void)snprintf(path, sizeof(path), "%s.%s", row, names[i]);
			endpoint = host->setting(call, path);
		}
		if (endpoint == NULL)
			endpoint = host->setting(call, names[i]);
		if (endpoint == NULL)
			continue;
		rc = resolver_put_endpoint(host, call, names[i], endpoint, server);
		if (rc != CREDENCE_SUCCESS)
			return rc;
	}
	return CREDENCE_SUCCESS;
}

#endif
