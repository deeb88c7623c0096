/* SPDX-License-Identifier: MIT */
/* Reports in JSON. They hold no token and no secret. */
#include "report.h"

#include "grant.h"

#include <string.h>

static struct live grant_live(const struct grant *grant, int64_t now)
{
	struct live live = {0, grant->refreshes.count > 0};
	const struct access *access;

	for (access = list_first(&grant->accesses); access != NULL;
	     access = list_next(&access->link))
		live.access += access_live(access, now);
	return live;
}

/* Counts for all clients in one pass; gives the total. */
static struct live count_live(struct sandbox *sb)
{
	int64_t now = clock_now(&sb->clock);
	struct live total = {0, 0};
	struct client *client;
	const struct grant *grant;

	for (client = list_first(&sb->state.clients); client != NULL;
	     client = list_next(&client->link))
		memset(client->live, 0, sizeof(client->live));
	for (grant = list_first(&sb->state.grants); grant != NULL;
	     grant = list_next(&grant->queue)) {
		struct live *of_dc = &grant->owner->client->live[grant->owner->dc];
		struct live live = grant_live(grant, now);

		of_dc->access += live.access;
		of_dc->refresh += live.refresh;
		total.access += live.access;
		total.refresh += live.refresh;
	}
	return total;
}

static struct json_object *counters_json(const struct counters *counters, const struct live *live)
{
	struct json_object *json = json_object_new_object();

#define X(name) json_add_int(json, #name, counters->name);
	COUNTERS(X)
#undef X
	json_add_int(json, "access_live", live->access);
	json_add_int(json, "refresh_live", live->refresh);
	return json;
}

void report_state(struct sandbox *sb, struct request *rq)
{
	struct json_object *json = json_object_new_object();
	struct live live = count_live(sb);
	struct json_object *totals = counters_json(&sb->state.totals, &live);
	struct json_object *clients = json_object_new_object();
	const struct client *client;
	int dc;

	json_add_int(totals, "in_flight", sb->state.in_flight);
	json_add_int(totals, "in_flight_max", sb->state.in_flight_max);
	for (client = list_first(&sb->state.clients); client != NULL;
	     client = list_next(&client->link)) {
		struct json_object *by_dc = json_object_new_object();

		for (dc = 0; dc < DC_COUNT; dc++)
			json_object_object_add(
			    by_dc, dc_locations[dc],
			    counters_json(&client->counters[dc], &client->live[dc]));
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

	for (client = list_first(&sb->state.clients); client != NULL;
	     client = list_next(&client->link)) {
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
