/* SPDX-License-Identifier: MIT */
/* The console's part (codes, clients), clock, settings, faults; what can be read back is in
 * report.c. */
#include "control.h"

#include "code.h"
#include "device.h"
#include "page.h"
#include "proof.h"
#include "report.h"
#include "revoke.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 512 };

static const char *get(const struct request *rq, const char *name)
{
	return params_get(&rq->params, name);
}

static void refuse(struct request *rq, const char *error, const char *description)
{
	struct json_object *json = json_pair("error", error);

	json_add(json, "error_description", description);
	answer_json(rq, 400, json);
}

static void bad(struct request *rq, const char *description)
{
	refuse(rq, "invalid_request", description);
}

static void ok(struct request *rq)
{
	answer_json(rq, 200, json_pair("status", "success"));
}

/* The parameter as a data centre, or `fallback` if it is absent. False if it is wrong: answered. */
static bool get_dc(struct request *rq, const char *name, int fallback, int *out)
{
	const char *location = get(rq, name);

	*out = location != NULL ? dc_find(location) : fallback;
	if (location != NULL && *out == DC_NONE) {
		bad(rq, "no such data centre");
		return false;
	}
	return true;
}

/* The client that is named, or the ready-made one. */
static struct client *get_client(struct sandbox *sb, struct request *rq)
{
	const char *id = get(rq, "client");
	struct client *client = client_find(&sb->state, id != NULL ? id : sb->ready.id);

	if (client == NULL)
		refuse(rq, "invalid_client", "no such client");
	return client;
}

static void make_code(struct sandbox *sb, struct request *rq)
{
	struct code_request request = {.user = page_user(rq), .offline = true};
	const char *duration = get(rq, "duration");
	const char *scope = get(rq, "scope");
	struct code *code;

	request.client = get_client(sb, rq);
	if (request.client == NULL || !get_dc(rq, "dc", request.client->home, &request.dc))
		return;
	request.scope = scope != NULL ? scope : "ZohoCRM.modules.ALL";
	request.life = sb->set.code_life;
	if (!client_enabled(request.client, request.dc)) {
		refuse(rq, "invalid_client", "the client is not enabled for that data centre");
	} else if (!scope_valid(request.scope)) {
		refuse(rq, "invalid_scope", "there can be no such scope");
	} else if (duration != NULL &&
		   (!duration_parse(duration, &request.life) || request.life > 600000)) {
		bad(rq, "duration is at most 10m");
	} else {
		code = code_new(sb, &request);
		if (code == NULL)
			refuse(rq, "access_denied", "too many codes for this client");
		else
			answer_json(rq, 200, json_pair("code", code->value));
	}
}

static bool printable(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > VALUE_MAX)
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x21 || *s == 0x7f)
			return false;
	return true;
}

static void set_secrets(struct client *client, const struct request *rq)
{
	char name[16];
	int dc;

	for (dc = 0; dc < DC_COUNT; dc++) {
		const char *secret;

		snprintf(name, sizeof(name), "secret_%s", dc_locations[dc]);
		secret = get(rq, name);
		if (secret != NULL)
			client_set_secret(client, dc, secret);
	}
}

static void make_client(struct sandbox *sb, struct request *rq)
{
	const char *id = get(rq, "id"), *secret = get(rq, "secret"), *kind = get(rq, "kind");
	const char *uri = get(rq, "redirect_uri"), *multi = get(rq, "multi_dc");
	bool server = kind != NULL && strcmp(kind, "server") == 0;
	struct client *client;
	int home;

	if (!get_dc(rq, "dc", 0, &home))
		return;
	if (id == NULL || !printable(id) || secret == NULL || strlen(secret) > VALUE_MAX)
		bad(rq, "id and secret are needed, of at most 512 characters");
	else if (kind != NULL && !server && strcmp(kind, "self") != 0)
		bad(rq, "kind is self or server");
	else if (server != (uri != NULL) || (uri != NULL && !printable(uri)))
		bad(rq, "redirect_uri belongs to a client of kind server");
	else if ((client = client_add(&sb->state, id, secret)) == NULL)
		bad(rq, "there is such a client already, or there are too many");
	else {
		client->kind = server ? CLIENT_SERVER : CLIENT_SELF;
		client->redirect_uri = uri != NULL ? mem_strdup(uri) : NULL;
		client->home = home;
		client->multi_dc = multi != NULL && strcmp(multi, "1") == 0;
		set_secrets(client, rq);
		answer_json(rq, 200, json_pair("id", client->id));
	}
}

/* What the client shows from now on instead of its secret. */
static void set_key(struct sandbox *sb, struct request *rq)
{
	const char *key = get(rq, "public_key"), *certificate = get(rq, "certificate");
	struct client *client = get_client(sb, rq);

	if (client == NULL)
		return;
	if ((key == NULL) == (certificate == NULL)) {
		bad(rq, "public_key (PEM), or certificate (a subject), is needed");
	} else if (key != NULL && !proof_register(client, key, get(rq, "kid"), get(rq, "aud"))) {
		bad(rq, "public_key is no public key in PEM");
	} else {
		if (certificate != NULL) {
			free(client->certificate);
			client->certificate = mem_strdup(certificate);
		}
		answer_json(rq, 200, json_pair("id", client->id));
	}
}

static void answer_clock(struct sandbox *sb, struct request *rq)
{
	int64_t now = clock_now(&sb->clock);
	struct json_object *json = json_object_new_object();

	json_add_int(json, "now", now / 1000);
	json_add_int(json, "now_ms", now);
	answer_json(rq, 200, json);
}

static void move_clock(struct sandbox *sb, struct request *rq)
{
	const char *advance = get(rq, "advance"), *set = get(rq, "set");
	bool back = advance != NULL && *advance == '-';
	int64_t ms = 0;

	if (advance != NULL && duration_parse(advance + back, &ms))
		clock_advance(&sb->clock, back ? -ms : ms);
	else if (set != NULL && number_parse(set, INT64_C(100000000000), &ms))
		clock_set(&sb->clock, ms * 1000);
	else {
		bad(rq, "advance=SECONDS or set=SECONDS since 1970");
		return;
	}
	answer_clock(sb, rq);
}

static void add_fault(struct sandbox *sb, struct request *rq)
{
	struct fault fault;
	const char *problem = fault_parse(&rq->params, &fault);

	if (problem != NULL)
		bad(rq, problem);
	else if (!faults_add(&sb->faults, &fault))
		bad(rq, "there are too many faults");
	else
		ok(rq);
}

static void drop_faults(struct sandbox *sb, struct request *rq)
{
	faults_clear(&sb->faults);
	ok(rq);
}

static void list_faults(struct sandbox *sb, struct request *rq)
{
	answer_json(rq, 200, faults_json(&sb->faults));
}

/* All of the settings in the request, or none of them. */
static void change_settings(struct sandbox *sb, struct request *rq)
{
	struct settings changed = sb->set;
	size_t i;

	for (i = 0; i < rq->params.count; i++) {
		const struct param *param = &rq->params.list[i];

		if (!settings_set(&changed, param->name, param->value)) {
			bad(rq, "no such setting, or not a value for it");
			return;
		}
	}
	sb->set = changed;
	answer_json(rq, 200, settings_json(&sb->set));
}

static void list_settings(struct sandbox *sb, struct request *rq)
{
	answer_json(rq, 200, settings_json(&sb->set));
}

static void decide_device(struct sandbox *sb, struct request *rq)
{
	const char *action = get(rq, "action");
	const char *problem;
	int dc;

	if (!get_dc(rq, "dc", 0, &dc))
		return;
	problem = device_decide(sb, get(rq, "user_code"),
				action == NULL || strcmp(action, "refuse") != 0, dc, page_user(rq));
	if (problem != NULL)
		bad(rq, problem);
	else
		ok(rq);
}

static void revoke_all(struct sandbox *sb, struct request *rq)
{
	const char *id = get(rq, "client");
	const struct client *client = client_find(&sb->state, id);
	struct json_object *json;
	int dc;

	if (!get_dc(rq, "dc", DC_NONE, &dc))
		return;
	if (id != NULL && client == NULL) {
		refuse(rq, "invalid_client", "no such client");
		return;
	}
	json = json_object_new_object();
	json_add_int(json, "revoked", revoke_grants(&sb->state, client, dc, get(rq, "user")));
	answer_json(rq, 200, json);
}

static void reset(struct sandbox *sb, struct request *rq)
{
	sandbox_reset(sb);
	ok(rq);
}

static void quit(struct sandbox *sb, struct request *rq)
{
	(void)sb;
	rq->last = true;
	ok(rq);
}

static const struct {
	const char *method, *path;
	void (*serve)(struct sandbox *sb, struct request *rq);
} actions[] = {
    {"POST", "/code", make_code},        {"POST", "/clients", make_client},
    {"GET", "/clients", report_clients}, {"POST", "/key", set_key},
    {"GET", "/clock", answer_clock},     {"POST", "/clock", move_clock},
    {"POST", "/fault", add_fault},       {"GET", "/fault", list_faults},
    {"DELETE", "/fault", drop_faults},   {"POST", "/mode", change_settings},
    {"GET", "/mode", list_settings},     {"POST", "/device", decide_device},
    {"GET", "/state", report_state},     {"GET", "/log", report_log},
    {"GET", "/origins", report_origins}, {"POST", "/reset", reset},
    {"POST", "/revoke-all", revoke_all}, {"POST", "/quit", quit},
};

enum { ACTIONS = sizeof(actions) / sizeof(actions[0]) };

static void list_actions(struct request *rq, int status)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < ACTIONS; i++) {
		char line[48];

		snprintf(line, sizeof(line), "%s %s", actions[i].method, actions[i].path);
		json_object_array_add(array, json_object_new_string(line));
	}
	answer_json(rq, status, array);
}

void control_endpoint(struct sandbox *sb, struct request *rq)
{
	size_t i;

	for (i = 0; i < ACTIONS; i++) {
		if (strcmp(actions[i].path, rq->path) == 0 && request_is(rq, actions[i].method)) {
			actions[i].serve(sb, rq);
			return;
		}
	}
	list_actions(rq, strcmp(rq->path, "/") == 0 ? 200 : 404);
}
