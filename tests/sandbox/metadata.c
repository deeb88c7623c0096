/* SPDX-License-Identifier: MIT */
/* The documents of an issuer: the accounts server's origin, and a path if the client wants one. */
#include "metadata.h"

#include <stdlib.h>
#include <string.h>

static const char oauth[] = "/.well-known/oauth-authorization-server";
static const char openid[] = "/.well-known/openid-configuration";

/* RFC 8414 section 3.1 puts the issuer's path behind, OpenID Connect before. */
static bool is_oauth(const char *path)
{
	size_t length = sizeof(oauth) - 1;

	return strncmp(path, oauth, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static bool is_openid(const char *path)
{
	size_t length = strlen(path), tail = sizeof(openid) - 1;

	return length >= tail && strcmp(path + length - tail, openid) == 0;
}

bool metadata_at(const char *path)
{
	return is_oauth(path) || is_openid(path);
}

static void add_list(struct json_object *json, const char *name, const char *const *words)
{
	struct json_object *array = json_object_new_array();

	for (; *words != NULL; words++)
		json_object_array_add(array, json_object_new_string(*words));
	json_object_object_add(json, name, array);
}

static void add_endpoints(struct json_object *json, const char *server)
{
	static const struct {
		const char *name, *path;
	} endpoints[] = {
	    {"authorization_endpoint", "/oauth/v2/auth"},
	    {"token_endpoint", "/oauth/v2/token"},
	    {"revocation_endpoint", "/oauth/v2/revoke"},
	    {"introspection_endpoint", "/oauth/v2/introspect"},
	    {"device_authorization_endpoint", "/oauth/v2/device_authorization"},
	};
	size_t i;

	for (i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
		struct text url = {0};

		text_printf(&url, "%s%s", server, endpoints[i].path);
		json_add(json, endpoints[i].name, url.s);
		text_done(&url);
	}
}

static struct json_object *document(const char *server, const char *path, size_t length)
{
	static const char *const types[] = {"code", NULL};
	static const char *const methods[] = {"client_secret_basic", "client_secret_post", NULL};
	static const char *const challenges[] = {"S256", NULL};
	struct json_object *json;
	struct text issuer = {0};

	text_add(&issuer, server);
	text_add_mem(&issuer, path, length);
	json = json_pair("issuer", issuer.s);
	text_done(&issuer);
	add_endpoints(json, server);
	add_list(json, "response_types_supported", types);
	add_list(json, "token_endpoint_auth_methods_supported", methods);
	add_list(json, "code_challenge_methods_supported", challenges);
	return json;
}

bool metadata_serve(struct sandbox *sb, struct request *rq)
{
	const char *server = sb->dcs[rq->dc].accounts, *path = rq->path;
	int64_t offered = sb->set.metadata;
	struct json_object *json;

	if (is_oauth(path) && (offered == METADATA_BOTH || offered == METADATA_OAUTH))
		json = document(server, path + sizeof(oauth) - 1, strlen(path) - sizeof(oauth) + 1);
	else if (is_openid(path) && (offered == METADATA_BOTH || offered == METADATA_OPENID))
		json = document(server, path, strlen(path) - sizeof(openid) + 1);
	else
		return false;
	answer_json(rq, 200, json);
	rq->answer.max_age = sb->set.metadata_life / 1000;
	return true;
}
