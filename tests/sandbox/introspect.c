/* SPDX-License-Identifier: MIT */
/* Looking at tokens (RFC 7662): a client sees its own, and of all others only that they are not
 * active. */
#include "introspect.h"

#include "auth.h"
#include "grant.h"

#include <string.h>

static struct json_object *about(const struct sandbox *sb, const struct grant *grant)
{
	struct json_object *json = json_object_new_object();
	const struct owner *owner = grant->owner;

	json_object_object_add(json, "active", json_object_new_boolean(true));
	json_add(json, "client_id", owner->client->id);
	json_add(json, "scope", grant->scope);
	json_add(json, "sub", *owner->user != '\0' ? owner->user : owner->client->id);
	json_add(json, "iss", sb->dcs[owner->dc].accounts);
	return json;
}

static struct json_object *about_access(const struct sandbox *sb, const struct access *access)
{
	struct json_object *json = about(sb, access->grant);

	json_add(json, "token_type", "Bearer");
	json_add_int(json, "iat", access->issued / 1000);
	json_add_int(json, "exp", access->expires / 1000);
	return json;
}

static bool is_seen(const struct request *rq, const struct client *client,
		    const struct grant *grant)
{
	return grant->owner->client == client && grant->owner->dc == rq->dc;
}

static struct json_object *look(struct sandbox *sb, const struct request *rq,
				const struct client *client, const char *value)
{
	const struct access *access = table_find(&sb->state.accesses, value);
	const struct refresh *refresh = table_find(&sb->state.refreshes, value);
	struct json_object *json;

	if (access != NULL && is_seen(rq, client, access->grant) &&
	    access_live(access, clock_now(&sb->clock)))
		return about_access(sb, access);
	if (refresh != NULL && is_seen(rq, client, refresh->grant) && refresh->rotated_at == 0)
		return about(sb, refresh->grant);
	/* Section 2.2: not a word on why. */
	json = json_object_new_object();
	json_object_object_add(json, "active", json_object_new_boolean(false));
	return json;
}

void introspect_endpoint(struct sandbox *sb, struct request *rq)
{
	const char *value = params_get(&rq->params, "token");
	const char *error = NULL;
	const struct client *client = auth_client(sb, rq, &error);

	if (client == NULL)
		answer_json(rq, 401, json_pair("error", "invalid_client"));
	else if (value == NULL || !request_is(rq, "POST") || params_in_query(&rq->params, "token"))
		answer_json(rq, 400, json_pair("error", "invalid_request"));
	else
		answer_json(rq, 200, look(sb, rq, client, value));
}
