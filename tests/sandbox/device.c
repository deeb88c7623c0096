/* SPDX-License-Identifier: MIT */
/* Device codes: asked for by the client, decided by a person, polled for by the client. */
#include "device.h"

#include "auth.h"
#include "code.h"
#include "page.h"
#include "sandbox.h"
#include "token.h"

#include <stdlib.h>
#include <string.h>

static void device_free(struct state *state, struct device *device)
{
	table_remove(&state->devices, &device->node);
	table_remove(&state->user_codes, &device->user_node);
	list_remove(&state->device_queue, &device->queue);
	free(device->value);
	free(device->user_code);
	free(device->scope);
	free(device->user);
	free(device);
}

void devices_free(struct state *state)
{
	while (state->device_queue.count > 0)
		device_free(state, list_first(&state->device_queue));
}

/* Eight letters that can't be mistaken for each other. */
static char *user_code_value(void)
{
	static const char letters[] = "BCDFGHJKLMNPQRST";
	uint8_t bytes[8];
	struct text text = {0};
	size_t i;

	random_bytes(bytes, sizeof(bytes));
	for (i = 0; i < sizeof(bytes); i++)
		text_add_mem(&text, &letters[bytes[i] & 15], 1);
	return text.s; /* transferred */
}

static struct device *device_new(struct sandbox *sb, const struct request *rq,
				 struct client *client, bool standard)
{
	const char *access_type = params_get(&rq->params, "access_type");
	struct state *state = &sb->state;
	struct device *device;

	while (state->devices.count >= DEVICES_MAX)
		device_free(state, list_first(&state->device_queue));
	device = mem_calloc(1, sizeof(*device));
	device->client = client;
	device->dc = rq->dc;
	device->standard = standard;
	device->value = token_value(sb, "1004");
	device->user_code = user_code_value();
	device->scope = scope_normal(params_get(&rq->params, "scope"));
	device->offline = standard || (access_type != NULL && strcmp(access_type, "offline") == 0);
	device->interval = sb->set.device_interval;
	device->expires = clock_now(&sb->clock) + sb->set.device_life;
	device->polled_at = INT64_MIN;
	list_append(&state->device_queue, &device->queue, device);
	table_add(&state->devices, &device->node, device->value, device);
	table_add(&state->user_codes, &device->user_node, device->user_code, device);
	return device;
}

/* What the client shows: milliseconds and verification_url in the provider's way, seconds and
 * verification_uri in the RFC's. */
static void answer_code(struct sandbox *sb, struct request *rq, const struct device *device)
{
	struct json_object *json = json_pair("user_code", device->user_code);
	int64_t unit = device->standard ? 1000 : 1;
	struct text url = {0};

	text_printf(&url, "%s/oauth/v3/device", sb->dcs[rq->dc].accounts);
	json_add(json, "device_code", device->value);
	json_add_int(json, "interval", device->interval / unit);
	json_add_int(json, "expires_in", sb->set.device_life / unit);
	json_add(json, device->standard ? "verification_uri" : "verification_url", url.s);
	text_printf(&url, "?user_code=%s", device->user_code);
	json_add(json, "verification_uri_complete", url.s);
	text_done(&url);
	answer_json(rq, 200, json);
}

void device_code_endpoint(struct sandbox *sb, struct request *rq)
{
	const char *type = params_get(&rq->params, "grant_type");
	const char *error = NULL;
	struct client *client = auth_client_id(sb, rq, &error);

	COUNT(&sb->state, client, rq->dc, device_requests);
	if (client != NULL && (type == NULL || strcmp(type, "device_request") != 0))
		error = "invalid_client";
	else if (client != NULL && !scope_valid(params_get(&rq->params, "scope")))
		error = "invalid_scope";
	if (error != NULL || !request_is(rq, "POST")) {
		token_error(sb, rq, client, error != NULL ? error : "invalid_request");
		return;
	}
	answer_code(sb, rq, device_new(sb, rq, client, false));
}

/* RFC 8628 section 3.2: errors with the status that RFC 6749 section 5.2 says. */
void device_authorization_endpoint(struct sandbox *sb, struct request *rq)
{
	const char *error = NULL;
	struct client *client = auth_client(sb, rq, &error);

	COUNT(&sb->state, client, rq->dc, device_requests);
	if (client == NULL)
		answer_json(rq, 401, json_pair("error", "invalid_client"));
	else if (!request_is(rq, "POST"))
		answer_json(rq, 400, json_pair("error", "invalid_request"));
	else if (!scope_valid(params_get(&rq->params, "scope")))
		answer_json(rq, 400, json_pair("error", "invalid_scope"));
	else
		answer_code(sb, rq, device_new(sb, rq, client, true));
}

static void issue(struct sandbox *sb, struct request *rq, struct device *device)
{
	struct client *client = device->client;
	struct owner *owner = owner_get(&sb->state, client, device->dc, device->user);
	struct grant *grant;
	struct access *access;

	if (owner == NULL || (device->offline && owner_limited(sb, owner))) {
		token_throttled(sb, rq, client);
		return;
	}
	grant = grant_new(sb, owner, device->scope, device->offline);
	grant->prefix = "1004";
	access = grant_mint(sb, grant);
	token_answer(sb, rq, grant, access->value, access->expires,
		     device->offline ? grant_refresh(grant)->value : NULL);
	device_free(&sb->state, device);
}

static void answer_other_dc(struct sandbox *sb, struct request *rq, struct device *device)
{
	struct json_object *json = json_pair("user_location", dc_locations[device->dc]);

	json_add(json, "error", "other_dc");
	COUNT(&sb->state, device->client, rq->dc, errors);
	device->polled_at = INT64_MIN; /* the next poll goes to another server */
	answer_json(rq, 200, json);
}

/* The feedback for a poll, or NULL when tokens are due. */
static const char *poll_problem(struct sandbox *sb, struct device *device)
{
	int64_t now = clock_now(&sb->clock), last = device->polled_at;

	device->polled_at = now;
	if (device->expires <= now)
		return device->standard ? "expired_token" : "expired";
	if (last != INT64_MIN && now - last < device->interval) {
		COUNT(&sb->state, device->client, device->dc, slow_downs);
		/* RFC 8628 section 3.5: for this and all that follow. */
		if (device->standard)
			device->interval += 5000;
		return "slow_down";
	}
	if (device->decision == DECISION_NONE)
		return "authorization_pending";
	return device->decision == DECISION_REFUSED ? "access_denied" : NULL;
}

static void poll_device(struct sandbox *sb, struct request *rq, struct client *client)
{
	const char *value = params_get(&rq->params, "code");
	struct device *device = value != NULL ? table_find(&sb->state.devices, value) : NULL;
	const char *problem;

	if (device == NULL || device->client != client || device->standard) {
		token_error(sb, rq, client, "invalid_code");
		return;
	}
	problem = poll_problem(sb, device);
	if (problem != NULL)
		token_error(sb, rq, client, problem);
	else if (device->dc != rq->dc)
		answer_other_dc(sb, rq, device);
	else
		issue(sb, rq, device);
}

void device_grant(struct sandbox *sb, struct request *rq, struct client *client)
{
	const char *value = params_get(&rq->params, "device_code");
	struct device *device = value != NULL ? table_find(&sb->state.devices, value) : NULL;
	const char *problem = "invalid_grant";

	COUNT(&sb->state, client, rq->dc, device_polls);
	if (device != NULL && device->client == client && device->standard)
		problem = poll_problem(sb, device);
	if (problem == NULL && device->dc != rq->dc)
		problem = "invalid_grant";
	if (problem == NULL) {
		issue(sb, rq, device);
	} else {
		COUNT(&sb->state, client, rq->dc, errors);
		answer_json(rq, 400, json_pair("error", problem));
	}
}

void device_token_endpoint(struct sandbox *sb, struct request *rq)
{
	const char *type = params_get(&rq->params, "grant_type");
	const char *error = NULL;
	struct client *client = auth_client(sb, rq, &error);

	COUNT(&sb->state, client, rq->dc, device_polls);
	if (client == NULL)
		answer_error(rq, error);
	else if (!request_is(rq, "POST") || type == NULL || strcmp(type, "device_token") != 0)
		token_error(sb, rq, client, "invalid_client");
	else
		poll_device(sb, rq, client);
}

const char *device_decide(struct sandbox *sb, const char *user_code, bool allow, int dc,
			  const char *user)
{
	struct device *device =
	    user_code != NULL ? table_find(&sb->state.user_codes, user_code) : NULL;

	if (device == NULL || device->expires <= clock_now(&sb->clock) ||
	    device->decision != DECISION_NONE)
		return "this code is unknown, used or too old";
	if (!client_enabled(device->client, dc))
		return "the client is not enabled for that data centre";
	device->decision = allow ? DECISION_ALLOWED : DECISION_REFUSED;
	device->dc = dc;
	device->user = mem_strdup(user);
	return NULL;
}

static void decide_from_page(struct sandbox *sb, struct request *rq)
{
	const char *location = params_get(&rq->params, "location");
	const char *action = params_get(&rq->params, "action");
	bool allow = action != NULL && strcmp(action, "allow") == 0;
	int dc = location != NULL ? dc_find(location) : rq->dc;
	const char *problem = "this data centre is unknown";

	if (dc != DC_NONE)
		problem = device_decide(sb, params_get(&rq->params, "user_code"), allow, dc,
					page_user(rq));
	if (problem != NULL)
		page_message(rq, 200, "That did not work", problem);
	else
		page_message(rq, 200, allow ? "Allowed" : "Refused",
			     "You can close this window and go back to the device.");
}

void device_page_endpoint(struct sandbox *sb, struct request *rq)
{
	const char *user_code = params_get(&rq->params, "user_code");
	const struct device *device =
	    user_code != NULL ? table_find(&sb->state.user_codes, user_code) : NULL;

	if (request_is(rq, "POST"))
		decide_from_page(sb, rq);
	else
		page_device(rq, user_code, device != NULL ? device->client->id : NULL,
			    device != NULL ? device->scope : NULL);
}
