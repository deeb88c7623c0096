/* SPDX-License-Identifier: MIT */
/* The token endpoint: code exchange, renewal, client credentials, JWT bearer.
 * Errors come with status 200. */
#include "token.h"

#include "auth.h"
#include "code.h"
#include "device.h"
#include "proof.h"
#include "sandbox.h"

#include <stdlib.h>
#include <string.h>

void token_error(struct sandbox *sb, struct request *rq, struct client *client, const char *code)
{
	COUNT(&sb->state, client, rq->dc, errors);
	if (strcmp(code, "invalid_code") == 0)
		COUNT(&sb->state, client, rq->dc, invalid_code);
	if (strcmp(code, "invalid_client") == 0)
		COUNT(&sb->state, client, rq->dc, invalid_client);
	answer_error(rq, code);
}

void token_throttled(struct sandbox *sb, struct request *rq, struct client *client)
{
	COUNT(&sb->state, client, rq->dc, throttles);
	answer_throttle(sb, rq);
}

void token_answer(struct sandbox *sb, struct request *rq, const struct grant *grant,
		  const char *access, int64_t expires, const char *refresh)
{
	struct json_object *json = json_pair("access_token", access);
	int64_t left = expires - clock_now(&sb->clock);
	int64_t seconds = left > 0 ? (left + 500) / 1000 : 0;

	if (refresh != NULL)
		json_add(json, "refresh_token", refresh);
	json_add(json, "scope", grant->scope);
	json_add(json, "api_domain", sb->dcs[grant->owner->dc].api);
	json_add(json, "token_type", "Bearer");
	json_add_int(json, "expires_in", sb->set.millis != 0 ? seconds * 1000 : seconds);
	if (sb->set.millis != 0)
		json_add_int(json, "expires_in_sec", seconds);
	answer_json(rq, 200, json);
}

/* What the code must be for this client, here and now; an error code, or NULL if all is right. */
static const char *code_problem(struct sandbox *sb, const struct request *rq,
				const struct client *client, const struct code *code)
{
	const char *uri = params_get(&rq->params, "redirect_uri");

	if (code == NULL || code->client != client)
		return "invalid_code";
	if (code->dc != rq->dc)
		return "invalid_client";
	if (code->used || code->expires <= clock_now(&sb->clock))
		return "invalid_code";
	if (code->redirect_uri != NULL && (uri == NULL || strcmp(uri, code->redirect_uri) != 0))
		return "invalid_redirect_uri";
	return NULL;
}

static void exchange_code(struct sandbox *sb, struct request *rq, struct client *client)
{
	const char *value = params_get(&rq->params, "code");
	struct code *code = value != NULL ? table_find(&sb->state.codes, value) : NULL;
	const char *problem = code_problem(sb, rq, client, code);
	struct owner *owner;
	struct grant *grant;
	struct access *access;

	COUNT(&sb->state, client, rq->dc, code_exchanges);
	if (code != NULL && code->client == client && code->used)
		COUNT(&sb->state, client, rq->dc, code_reuses);
	if (problem != NULL) {
		token_error(sb, rq, client, problem);
		return;
	}
	owner = owner_get(&sb->state, client, code->dc, code->user);
	if (owner == NULL || (code->offline && owner_limited(sb, owner))) {
		token_throttled(sb, rq, client);
		return;
	}
	code->used = true;
	if (!code_verified(code, params_get(&rq->params, "code_verifier"))) {
		token_error(sb, rq, client, "invalid_code");
		return;
	}
	grant = grant_new(sb, owner, code->scope, code->offline);
	access = grant_mint(sb, grant);
	token_answer(sb, rq, grant, access->value, access->expires,
		     code->offline ? grant_refresh(grant)->value : NULL);
}

/* A refresh token that was replaced: the same answer again for a while, after that it is an attack.
 */
static void answer_rotated(struct sandbox *sb, struct request *rq, struct refresh *refresh)
{
	struct client *client = refresh->grant->owner->client;
	int64_t age = clock_now(&sb->clock) - refresh->rotated_at;

	if (age < sb->set.reuse_window) {
		token_answer(sb, rq, refresh->grant, refresh->answer_access,
			     refresh->answer_expires, refresh_next(refresh)->value);
		return;
	}
	COUNT(&sb->state, client, rq->dc, reuses);
	if (sb->set.rotation == ROTATION_FAMILY)
		grant_free(&sb->state, refresh->grant);
	token_error(sb, rq, client, "invalid_code");
}

static void renew(struct sandbox *sb, struct request *rq, struct refresh *refresh)
{
	struct grant *grant = refresh->grant;
	struct client *client = grant->owner->client;
	struct access *access;
	const char *successor = NULL;

	if (grant_limited(sb, grant)) {
		token_throttled(sb, rq, client);
		return;
	}
	access = grant_mint(sb, grant);
	if (sb->set.rotation != ROTATION_OFF)
		successor = refresh_rotate(sb, refresh, access)->value;
	COUNT(&sb->state, client, rq->dc, renewals);
	token_answer(sb, rq, grant, access->value, access->expires, successor);
}

static void refresh_grant(struct sandbox *sb, struct request *rq, struct client *client)
{
	const char *value = params_get(&rq->params, "refresh_token");
	struct refresh *refresh = value != NULL ? table_find(&sb->state.refreshes, value) : NULL;

	COUNT(&sb->state, client, rq->dc, refreshes);
	if (refresh == NULL || refresh->grant->owner->client != client)
		token_error(sb, rq, client, "invalid_code");
	else if (refresh->grant->owner->dc != rq->dc)
		token_error(sb, rq, client, "invalid_client");
	else if (refresh->rotated_at != 0)
		answer_rotated(sb, rq, refresh);
	else
		renew(sb, rq, refresh);
}

/* A token without a refresh token, of a user or ("") of the client itself. */
static void mint_plain(struct sandbox *sb, struct request *rq, struct client *client,
		       const char *scope, const char *user)
{
	struct owner *owner = owner_get(&sb->state, client, rq->dc, user);
	char *normal = scope_normal(scope);
	struct grant *grant = owner != NULL ? grant_find_plain(owner, normal) : NULL;
	struct access *access;

	if (owner != NULL && grant == NULL)
		grant = grant_new(sb, owner, normal, false);
	if (grant == NULL || grant_limited(sb, grant)) {
		token_throttled(sb, rq, client);
	} else {
		access = grant_mint(sb, grant);
		token_answer(sb, rq, grant, access->value, access->expires, NULL);
	}
	free(normal);
}

static void client_credentials(struct sandbox *sb, struct request *rq, struct client *client)
{
	const char *scope = params_get(&rq->params, "scope");

	COUNT(&sb->state, client, rq->dc, client_credentials);
	if (!scope_valid(scope))
		token_error(sb, rq, client, "invalid_scope");
	else if (params_get(&rq->params, "soid") == NULL)
		token_error(sb, rq, client, "missing_org_info");
	else
		mint_plain(sb, rq, client, scope, "");
}

/* RFC 7523 section 2.1: who issued the assertion is whose client it is. */
static void jwt_bearer(struct sandbox *sb, struct request *rq)
{
	const char *jwt = params_get(&rq->params, "assertion");
	const char *asked = params_get(&rq->params, "scope");
	struct client *client = jwt != NULL ? proof_issuer(sb, jwt) : NULL;
	char *scope, *subject;

	if (client == NULL || !client_enabled(client, rq->dc)) {
		COUNT(&sb->state, NULL, rq->dc, invalid_client);
		answer_error(rq, "invalid_client");
		return;
	}
	client->counters[rq->dc].token_requests++;
	COUNT(&sb->state, client, rq->dc, jwt_bearer);
	rq->reason = proof_problem(sb, rq, client, jwt, NULL);
	if (rq->reason != NULL) {
		token_error(sb, rq, client, "invalid_grant");
		return;
	}
	scope = asked != NULL ? mem_strdup(asked) : proof_claim(jwt, "scope");
	subject = proof_claim(jwt, "sub");
	if (!scope_valid(scope))
		token_error(sb, rq, client, "invalid_scope");
	else
		mint_plain(sb, rq, client, scope, subject);
	free(scope);
	free(subject);
}

static const struct {
	const char *grant_type;
	void (*serve)(struct sandbox *sb, struct request *rq, struct client *client);
} grants[] = {
    {"authorization_code", exchange_code},
    {"refresh_token", refresh_grant},
    {"client_credentials", client_credentials},
    {"urn:ietf:params:oauth:grant-type:device_code", device_grant},
};

void token_endpoint(struct sandbox *sb, struct request *rq)
{
	const char *type = params_get(&rq->params, "grant_type");
	const char *error = NULL;
	struct client *client;
	size_t i;

	COUNT(&sb->state, NULL, rq->dc, token_requests);
	if (!request_is(rq, "POST") || type == NULL) {
		answer_text(rq, 400, "text/html;charset=UTF-8",
			    "<!DOCTYPE html><title>400</title><h1>Bad Request</h1>\n");
		return;
	}
	if (strcmp(type, "urn:ietf:params:oauth:grant-type:jwt-bearer") == 0) {
		jwt_bearer(sb, rq);
		return;
	}
	client = auth_client(sb, rq, &error);
	if (client == NULL) {
		answer_error(rq, error);
		return;
	}
	client->counters[rq->dc].token_requests++;
	for (i = 0; i < sizeof(grants) / sizeof(grants[0]); i++) {
		if (strcmp(grants[i].grant_type, type) == 0) {
			grants[i].serve(sb, rq, client);
			return;
		}
	}
	token_error(sb, rq, client, "invalid_client");
}
