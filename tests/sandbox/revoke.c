/* SPDX-License-Identifier: MIT */
/* Revoking a refresh token takes its access tokens along; an access token goes alone. */
#include "revoke.h"

#include "auth.h"
#include "grant.h"

#include <string.h>

static void done(struct sandbox *sb, struct request *rq, struct client *client)
{
	COUNT(&sb->state, client, rq->dc, revocations);
	answer_json(rq, 200, json_pair("status", "success"));
}

static void refused(struct request *rq)
{
	struct json_object *json = json_pair("error", "invalid_token");

	json_add(json, "status", "failure");
	answer_json(rq, 400, json);
}

/* The token of that kind, if it is of this data centre and client (NULL: any). */
static struct refresh *find_refresh(struct sandbox *sb, const struct request *rq, const char *value,
				    const struct client *client)
{
	struct refresh *refresh = table_find(&sb->state.refreshes, value);
	const struct owner *owner = refresh != NULL ? refresh->grant->owner : NULL;

	if (owner == NULL || owner->dc != rq->dc || (client != NULL && owner->client != client))
		return NULL;
	return refresh;
}

static struct access *find_access(struct sandbox *sb, const struct request *rq, const char *value,
				  const struct client *client)
{
	struct access *access = table_find(&sb->state.accesses, value);
	const struct owner *owner = access != NULL ? access->grant->owner : NULL;

	if (owner == NULL || owner->dc != rq->dc || !access_live(access, clock_now(&sb->clock)) ||
	    (client != NULL && owner->client != client))
		return NULL;
	return access;
}

static void revoke_refresh(struct sandbox *sb, struct request *rq, struct refresh *refresh)
{
	struct client *client = refresh->grant->owner->client;

	grant_free(&sb->state, refresh->grant);
	done(sb, rq, client);
}

static void revoke_access(struct sandbox *sb, struct request *rq, struct access *access)
{
	access->revoked = true;
	done(sb, rq, access->grant->owner->client);
}

void revoke_endpoint(struct sandbox *sb, struct request *rq)
{
	const char *value = params_get(&rq->params, "token");
	const char *type = params_get(&rq->params, "token_type");
	const char *error = NULL;
	struct client *client = auth_client(sb, rq, &error);
	struct refresh *refresh = NULL;
	struct access *access = NULL;

	if (client != NULL && value != NULL && request_is(rq, "POST")) {
		if (type == NULL || strcmp(type, "refresh_token") == 0)
			refresh = find_refresh(sb, rq, value, client);
		else if (strcmp(type, "access_token") == 0)
			access = find_access(sb, rq, value, client);
	}
	if (refresh != NULL)
		revoke_refresh(sb, rq, refresh);
	else if (access != NULL)
		revoke_access(sb, rq, access);
	else
		refused(rq);
}

void revoke_older_endpoint(struct sandbox *sb, struct request *rq)
{
	const char *value = params_get(&rq->params, "token");
	struct refresh *refresh = NULL;
	struct access *access = NULL;

	if (value != NULL && request_is(rq, "POST")) {
		refresh = find_refresh(sb, rq, value, NULL);
		access = find_access(sb, rq, value, NULL);
	}
	if (refresh != NULL)
		revoke_refresh(sb, rq, refresh);
	else if (access != NULL)
		revoke_access(sb, rq, access);
	else
		refused(rq);
}

/* RFC 7009 section 2.2: what is not there is as good as revoked, so 200 either way; an error has
 * the form of RFC 6749 section 5.2. */
void revoke_standard_endpoint(struct sandbox *sb, struct request *rq)
{
	const char *value = params_get(&rq->params, "token");
	const char *error = NULL;
	struct client *client = auth_client(sb, rq, &error);
	struct refresh *refresh;
	struct access *access;

	if (client == NULL) {
		answer_json(rq, 401, json_pair("error", "invalid_client"));
		return;
	}
	if (value == NULL || !request_is(rq, "POST")) {
		answer_json(rq, 400, json_pair("error", "invalid_request"));
		return;
	}
	/* The hint only says where to look first. */
	refresh = find_refresh(sb, rq, value, client);
	access = find_access(sb, rq, value, client);
	if (refresh != NULL)
		revoke_refresh(sb, rq, refresh);
	else if (access != NULL)
		revoke_access(sb, rq, access);
	answer_text(rq, 200, "text/plain", "");
}

int64_t revoke_grants(struct state *state, const struct client *client, int dc, const char *user)
{
	struct grant *grant = list_first(&state->grants);
	int64_t gone = 0;

	while (grant != NULL) {
		struct grant *next = list_next(&grant->queue);
		const struct owner *owner = grant->owner;

		if ((client == NULL || owner->client == client) &&
		    (dc == DC_NONE || owner->dc == dc) &&
		    (user == NULL || strcmp(owner->user, user) == 0)) {
			grant_free(state, grant);
			gone++;
		}
		grant = next;
	}
	return gone;
}
