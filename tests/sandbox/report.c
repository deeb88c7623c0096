/* SPDX-License-Identifier: MIT */
/* Reports in JSON. They hold no token and no secret. */
#include "report.h"

#include "grant.h"

struct live {
	int64_t access, refresh;
};

static struct live count_live(struct sandbox *sb, const struct client *client, int dc)
{
	int64_t now = clock_now(&sb->clock);
	struct live live = {0, 0};
	const struct grant *grant;
	const struct access *access;

	TAILQ_FOREACH(grant, &sb->state.grants, queue)
	{
		if (client != NULL && (grant->owner->client != client || grant->owner->dc != dc))
			continue;
		live.refresh += !TAILQ_EMPTY(&grant->refreshes);
		TAILQ_FOREACH(access, &grant->accesses, link)
		live.access += access_live(access, now);
	}
	return live;
}

static struct json_object *counters_json(struct sandbox *sb, const struct counters *counters,
					 const struct client *client, int dc)
{
	struct json_object *json = json_object_new_object();
	struct live live = count_live(sb, client, dc);

#define X(name) json_add_int(json, #name, counters->name);
	COUNTERS(X)
#undef X
	json_add_int(json, "access_live", live.access);
	json_add_int(json, "refresh_live", live.refresh);
	return json;
}

void report_state(struct sandbox *sb, struct request *rq)
{
	struct json_object *json = json_object_new_object();
	struct json_object *totals = counters_json(sb, &sb->state.totals, NULL, DC_NONE);
	struct json_object *clients = json_object_new_object();
	const struct client *client;
	int dc;

	json_add_int(totals, "in_flight", sb->state.in_flight);
	json_add_int(totals, "in_flight_max", sb->state.in_flight_max);
	LIST_FOREACH(client, &sb->state.clients, link)
	{
		struct json_object *by_dc = json_object_new_object();

		for (dc = 0; dc < DC_COUNT; dc++)
			json_object_object_add(
			    by_dc, dc_locations[dc],
			    counters_json(sb, &client->counters[dc], client, dc));
		json_object_object_add(clients, client->id, by_dc);
	}
	json_add_int(json, "now_ms", clock_now(&sb->clock));
	json_object_object_add(json, "totals", totals);
	json_object_object_add(json, "clients", clients);
	answer_json(rq, 200, json);
}

void report_clients(struct sandbox *sb, struct request *rq)
{
	struct json_object *array = json_object_new_array();
	const struct client *client;

	LIST_FOREACH(client, &sb->state.clients, link)
	{
		struct json_object *json = json_pair("id", client->id);

		json_add(json, "kind", client->kind == CLIENT_SERVER ? "server" : "self");
		json_add(json, "dc", dc_locations[client->home]);
		json_object_object_add(json, "multi_dc", json_object_new_boolean(client->multi_dc));
		if (client->redirect_uri != NULL)
			json_add(json, "redirect_uri", client->redirect_uri);
		json_object_array_add(array, json);
	}
	answer_json(rq, 200, array);
}

void report_log(struct sandbox *sb, struct request *rq)
{
	const char *since = params_get(&rq->params, "since");
	int64_t n = 0;

	if (since != NULL && !number_parse(since, INT64_C(1000000000000), &n))
		n = 0;
	answer_json(rq, 200, journal_json(&sb->journal, n));
}

void report_origins(struct sandbox *sb, struct request *rq)
{
	struct json_object *json = json_pair("control", sb->control);
	struct json_object *dcs = json_object_new_object();
	int dc;

	for (dc = 0; dc < DC_COUNT; dc++) {
		struct json_object *origins = json_pair("accounts", sb->dcs[dc].accounts);

		json_add(origins, "api", sb->dcs[dc].api);
		json_object_object_add(dcs, dc_locations[dc], origins);
	}
	json_object_object_add(json, "datacenters", dcs);
	answer_json(rq, 200, json);
}
