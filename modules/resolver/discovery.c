/* SPDX-License-Identifier: MIT */
/*
 * Resolver "discovery": an authorization server that publishes its endpoints, by RFC 8414 or as
 * OpenID Connect Discovery 1.0 has it. The issuer is configured; what its document says is believed
 * only if that names the very same issuer, and only of hosts that are the issuer's own or stand in
 * the setting hosts. Endpoints that are configured go before those of the document. Nothing is
 * learned from later answers.
 */
#include "core/config/url.h"
#include "core/os/json.h"
#include "core/os/text.h"
#include "document.h"
#include "endpoints.h"

#define MESSAGE_MAX 768

static const char *const published[] = {
    "authorization_endpoint",        "token_endpoint",
    "revocation_endpoint",           "introspection_endpoint",
    "device_authorization_endpoint", "pushed_authorization_request_endpoint",
};
#define PUBLISHED (sizeof(published) / sizeof(published[0]))

/* Lists of what the server supports, as attributes of the same names. */
static const char *const supported[] = {
    "token_endpoint_auth_methods_supported",
    "code_challenge_methods_supported",
};

static const struct credence_option options[] = {
    {"document", CREDENCE_STRING, 0, NULL, "only \"oauth\" (RFC 8414) or \"openid\"; else both"},
    DOCUMENT_OPTIONS,
    {NULL, 0, 0, NULL, NULL},
};

static credence_rc discovery_open(const struct credence_host *host, struct credence_call *call,
				  struct credence_self **self)
{
	const char *document = host->option(call, "document");

	if (document != NULL && strcmp(document, "oauth") != 0 && strcmp(document, "openid") != 0)
		return host->fail(call, CREDENCE_CONFIG, NULL,
				  "resolver discovery: document must be \"oauth\" or \"openid\"",
				  "without it both are tried");
	return resolver_open(host, call, self);
}

/* -- What a document says -- */

/* A client that shows a certificate has endpoints of its own (RFC 8705 section 5). */
static struct json_object *endpoint_of(const struct document *document, struct json_object *tree,
				       const char *name)
{
	const struct credence_host *host = document->host;
	const char *method = host->setting(document->call, "client.authentication");
	struct json_object *aliases = json_member(tree, "mtls_endpoint_aliases");
	struct json_object *alias = NULL;

	if (method == NULL)
		method = host->setting(document->call, "client_authentication");
	if (method != NULL && strcmp(method, "tls_client_auth") == 0 &&
	    json_object_is_type(aliases, json_type_object))
		alias = json_member(aliases, name);
	return alias != NULL ? alias : json_member(tree, name);
}

/* RFC 8414 sections 3.3 and 6.2: the same issuer, code point by code point, or nothing of it is
 * used. */
static credence_rc check_issuer(const struct document *document, struct json_object *tree)
{
	const char *issuer = json_string(tree, "issuer");
	char message[MESSAGE_MAX];

	if (issuer != NULL && strcmp(issuer, document->subject) == 0)
		return CREDENCE_SUCCESS;
	(void)snprintf(message, sizeof(message),
		       "what %.300s publishes is of another issuer: %.300s", document->subject,
		       issuer != NULL ? issuer : "it names none");
	return document->host->fail(document->call, CREDENCE_UNSAFE, "issuer_mismatch", message,
				    "nothing of it is used; if that is the server you mean, write "
				    "issuer so, to the letter");
}

static credence_rc refuse_endpoint(const struct document *document, const char *name,
				   const char *text, const char *wrong)
{
	char message[MESSAGE_MAX];

	(void)snprintf(message, sizeof(message), "%s of issuer %.200s is %.300s: %s", name,
		       document->subject, text, wrong);
	return document->host->fail(
	    document->call, CREDENCE_UNSAFE, NULL, message,
	    "if it is genuine, add its host to the setting hosts: hosts = [ "
	    "\"https://…\" ]");
}

static credence_rc check_endpoint(const struct document *document, struct json_object *tree,
				  const char *name)
{
	struct json_object *value = endpoint_of(document, tree, name);
	const char *text, *wrong;
	struct url url;

	if (value == NULL)
		return CREDENCE_SUCCESS;
	if (!json_object_is_type(value, json_type_string))
		return refuse_endpoint(document, name, "no text", "it can't be a URL");
	text = json_object_get_string(value);
	wrong = url_parse(text, &url);
	if (wrong != NULL)
		return refuse_endpoint(document, name, text, wrong);
	if (url_same_origin(text, document->subject) ||
	    document_host_listed(document->host, document->call, text))
		return CREDENCE_SUCCESS;
	return refuse_endpoint(document, name, text, "neither the issuer's host nor a listed one");
}

/* Endpoints that nobody would use are looked at as well: whoever names a foreign one is not to be
 * trusted with the others. */
static credence_rc accept(const struct document *document, struct json_object *tree)
{
	credence_rc rc = check_issuer(document, tree);

	for (size_t i = 0; rc == CREDENCE_SUCCESS && i < PUBLISHED; i++)
		if (document->host->setting(document->call, published[i]) == NULL)
			rc = check_endpoint(document, tree, published[i]);
	return rc;
}

/* The words of a list, joined with spaces; false: it is no list of words. */
static bool join(struct json_object *list, struct buf *words)
{
	if (!json_object_is_type(list, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		const char *word = json_object_get_string(item);

		if (!json_object_is_type(item, json_type_string) || !text_is_vschar(word) ||
		    strchr(word, ' ') != NULL)
			return false;
		buf_printf(words, "%s%s", words->length > 0 ? " " : "", word);
	}
	return buf_ok(words);
}

static credence_rc put_supported(const struct document *document, struct json_object *tree)
{
	static const char iss[] = "authorization_response_iss_parameter_supported";
	struct json_object *flag = json_member(tree, iss);
	credence_rc rc = CREDENCE_SUCCESS;

	for (size_t i = 0; i < sizeof(supported) / sizeof(supported[0]); i++) {
		struct buf words = BUF_INIT;

		if (rc == CREDENCE_SUCCESS && join(json_member(tree, supported[i]), &words))
			rc = document->host->put_attribute(document->call, supported[i],
							   buf_text(&words));
		buf_done(&words);
	}
	/* RFC 9207 section 3: absent is false. */
	if (rc == CREDENCE_SUCCESS)
		rc = document->host->put_attribute(document->call, iss,
						   json_object_is_type(flag, json_type_boolean) &&
							   json_object_get_boolean(flag)
						       ? "true"
						       : "false");
	return rc;
}

static credence_rc put_published(const struct document *document, struct json_object *tree)
{
	const struct credence_host *host = document->host;
	credence_rc rc = put_supported(document, tree);

	for (size_t i = 0; rc == CREDENCE_SUCCESS && i < PUBLISHED; i++) {
		struct json_object *value = endpoint_of(document, tree, published[i]);

		if (value != NULL && host->setting(document->call, published[i]) == NULL)
			rc = host->put_attribute(document->call, published[i],
						 json_object_get_string(value));
	}
	return rc;
}

/* -- Where it is -- */

/* RFC 8414 section 3.1: between host and path, without the "/" at the path's end. */
static void oauth_url(const char *issuer, size_t origin, struct buf *url)
{
	size_t length = resolver_length(issuer);

	buf_add(url, issuer, origin);
	buf_str(url, "/.well-known/oauth-authorization-server");
	if (length > origin)
		buf_add(url, issuer + origin, length - origin);
}

/* OpenID Connect Discovery 1.0 section 4.1: behind the path. */
static void openid_url(const char *issuer, struct buf *url)
{
	buf_add(url, issuer, resolver_length(issuer));
	buf_str(url, "/.well-known/openid-configuration");
}

/* RFC 8414 section 2: no query and no fragment. */
static credence_rc parse_issuer(const struct credence_host *host, struct credence_call *call,
				const char *issuer, struct url *url)
{
	char message[MESSAGE_MAX];
	const char *wrong = url_parse(issuer, url);

	if (wrong == NULL && strchr(issuer, '?') != NULL)
		wrong = "it has a query";
	if (wrong == NULL)
		return CREDENCE_SUCCESS;
	(void)snprintf(message, sizeof(message), "%.400s can't be an issuer: %s", issuer, wrong);
	return host->fail(call, CREDENCE_CONFIG, NULL, message,
			  "write issuer as the server has it, e.g. https://login.example.org");
}

static credence_rc get(const struct credence_host *host, struct credence_call *call,
		       struct document *document, struct json_object **tree)
{
	const char *only = host->option(call, "document");
	struct buf oauth = BUF_INIT, openid = BUF_INIT;
	unsigned count = 0;
	struct url url;
	credence_rc rc = parse_issuer(host, call, document->subject, &url);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	oauth_url(document->subject, url.origin_length, &oauth);
	openid_url(document->subject, &openid);
	if (!buf_ok(&oauth) || !buf_ok(&openid)) {
		rc = host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
		goto out;
	}
	if (only == NULL || strcmp(only, "oauth") == 0)
		document->url[count++] = buf_text(&oauth);
	if (only == NULL || strcmp(only, "openid") == 0)
		document->url[count] = buf_text(&openid);
	rc = document_get(document, tree);
out:
	buf_done(&oauth);
	buf_done(&openid);
	return rc;
}

/* -- The resolver -- */

static credence_rc put_configured(const struct credence_host *host, struct credence_call *call,
				  const char *issuer)
{
	const char *server = host->setting(call, "accounts_server");
	const char *api = host->setting(call, "api_domain");
	credence_rc rc;

	if (server == NULL)
		server = issuer;
	rc = resolver_put_endpoints(host, call, NULL, server);
	if (rc == CREDENCE_SUCCESS)
		rc = resolver_put_server(host, call, "accounts_server", server);
	if (rc == CREDENCE_SUCCESS && api != NULL)
		rc = resolver_put_server(host, call, "api_domain", api);
	return rc;
}

static credence_rc no_token_endpoint(const struct document *document)
{
	char message[MESSAGE_MAX];

	(void)snprintf(message, sizeof(message), "what %.400s publishes has no token_endpoint",
		       document->subject);
	return document->host->fail(document->call, CREDENCE_CONFIG, NULL, message,
				    "set token_endpoint in the provider's file or the profile");
}

static credence_rc discovery_resolve(struct credence_self *self, struct credence_call *call)
{
	const struct credence_host *host = self->host;
	struct document document = {
	    .host = host,
	    .call = call,
	    .kind = "discovery",
	    .subject = host->setting(call, "issuer"),
	    .hint = "check issuer; for a server that publishes nothing set its endpoints and use "
		    "resolver static",
	    .accept = accept,
	};
	struct json_object *tree = NULL;
	credence_rc rc;

	if (document.subject == NULL)
		return host->fail(call, CREDENCE_MISS, NULL,
				  "neither the provider nor the profile sets issuer",
				  "set issuer, or use another resolver");
	rc = get(host, call, &document, &tree);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (json_string(tree, "token_endpoint") == NULL &&
	    host->setting(call, "token_endpoint") == NULL)
		rc = no_token_endpoint(&document);
	if (rc == CREDENCE_SUCCESS)
		rc = put_published(&document, tree);
	if (rc == CREDENCE_SUCCESS)
		rc = put_configured(host, call, document.subject);
	json_object_put(tree);
	return rc;
}

static const struct credence_resolver_ops ops = {
    .size = sizeof(ops),
    .resolve = discovery_resolve,
};

CREDENCE_RESOLVER(discovery, &ops, .version = "1.0",
		  .summary = "endpoints as the server publishes them (RFC 8414, OpenID Connect)",
		  .options = options, .open = discovery_open, .close = resolver_close);
