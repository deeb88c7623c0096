/* SPDX-License-Identifier: MIT */
/* /crm/v2 … /crm/v8: leads, their fields, modules, users, the organization, an echo. */
#include "api.h"

#include "sandbox.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The token after one of the schemes, or NULL. */
static const char *bearer_value(const char *header)
{
	static const char *const schemes[] = {"Zoho-oauthtoken ", "Bearer "};
	size_t i;

	for (i = 0; header != NULL && i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t len = strlen(schemes[i]);

		if (strncasecmp(header, schemes[i], len) == 0)
			return header + len;
	}
	return NULL;
}

const struct access *bearer_access(struct sandbox *sb, const struct request *rq)
{
	const char *value = bearer_value(rq->authorization);
	const struct access *access = value != NULL ? table_find(&sb->state.accesses, value) : NULL;

	if (access == NULL || access->grant->owner->dc != rq->dc ||
	    !access_live(access, clock_now(&sb->clock)))
		return NULL;
	return access;
}

static void refuse(struct request *rq, int status, const char *code, const char *message)
{
	struct json_object *json = json_pair("code", code);

	json_object_object_add(json, "details", json_object_new_object());
	json_add(json, "message", message);
	json_add(json, "status", "error");
	answer_json(rq, status, json);
}

static const struct {
	const char *id, *first, *last, *company;
} people[] = {
    {"4150868000000376001", "Carissa", "Kidman", "Oh My Goodknits"},
    {"4150868000000376002", "James", "Merced", "Kwik Kopy Printing"},
    {"4150868000000376003", "Tresa", "Sweely", "Morlong Associates"},
};

enum { PEOPLE = sizeof(people) / sizeof(people[0]) };

static struct json_object *lead_json(const struct request *rq, size_t i, const char *id)
{
	struct json_object *json = json_pair("id", id);
	char email[64];

	snprintf(email, sizeof(email), "%s@%s.example", people[i].last, dc_locations[rq->dc]);
	json_add(json, "First_Name", people[i].first);
	json_add(json, "Last_Name", people[i].last);
	json_add(json, "Company", people[i].company);
	json_add(json, "Email", email);
	json_add(json, "Data_Center", dc_locations[rq->dc]);
	return json;
}

static struct json_object *page_json(int64_t count)
{
	struct json_object *info = json_object_new_object();

	json_add_int(info, "per_page", 200);
	json_add_int(info, "count", count);
	json_add_int(info, "page", 1);
	json_object_object_add(info, "more_records", json_object_new_boolean(0));
	return info;
}

/* {"KEY": [item]} */
static struct json_object *list_json(const char *key, struct json_object *item)
{
	struct json_object *json = json_object_new_object();
	struct json_object *array = json_object_new_array();

	if (item != NULL)
		json_object_array_add(array, item);
	json_object_object_add(json, key, array);
	return json;
}

static void leads(struct request *rq, const char *rest)
{
	struct json_object *json = list_json("data", NULL);
	struct json_object *array = json_object_object_get(json, "data");
	size_t i;

	(void)rest;
	for (i = 0; i < PEOPLE; i++)
		json_object_array_add(array, lead_json(rq, i, people[i].id));
	json_object_object_add(json, "info", page_json(PEOPLE));
	answer_json(rq, 200, json);
}

/* Any number is the id of a lead. */
static void lead(struct request *rq, const char *rest)
{
	size_t len = strlen(rest);

	if (len == 0 || len > 20 || strspn(rest, "0123456789") != len) {
		refuse(rq, 400, "INVALID_DATA", "the id given seems to be invalid");
		return;
	}
	answer_json(rq, 200,
		    list_json("data", lead_json(rq, (size_t)(rest[len - 1] - '0') % PEOPLE, rest)));
}

static struct json_object *field_json(const char *name, const char *label, const char *type,
				      int64_t id)
{
	struct json_object *json = json_pair("api_name", name);
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)id);
	json_add(json, "id", text);
	json_add(json, "data_type", type);
	json_add(json, "json_type", "string");
	json_add(json, "field_label", label);
	return json;
}

static void fields(struct request *rq, const char *rest)
{
	static const char *const names[][3] = {
	    {"id", "Record Id", "bigint"},      {"First_Name", "First Name", "text"},
	    {"Last_Name", "Last Name", "text"}, {"Company", "Company", "text"},
	    {"Email", "Email", "email"},        {"Data_Center", "Data Center", "text"},
	};
	struct json_object *json = list_json("fields", NULL);
	size_t i;

	(void)rest;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_object_array_add(
		    json_object_object_get(json, "fields"),
		    field_json(names[i][0], names[i][1], names[i][2], 2565 + (int64_t)i));
	answer_json(rq, 200, json);
}

static void modules(struct request *rq, const char *rest)
{
	struct json_object *module = json_pair("api_name", "Leads");

	(void)rest;
	json_add(module, "id", "2175");
	json_add(module, "module_name", "Leads");
	json_add(module, "singular_label", "Lead");
	json_add(module, "plural_label", "Leads");
	json_add(module, "generated_type", "default");
	json_object_object_add(module, "api_supported", json_object_new_boolean(1));
	answer_json(rq, 200, list_json("modules", module));
}

static void users(struct request *rq, const char *rest)
{
	struct json_object *user = json_pair("id", "554023000000235011");
	struct json_object *role = json_pair("id", "554023000000015969");
	struct json_object *json;

	(void)rest;
	json_add(role, "name", "Administrator");
	json_object_object_add(user, "role", role);
	json_add(user, "full_name", "Sandbox User");
	json_add(user, "email", "user@sandbox.example");
	json_add(user, "status", "active");
	json = list_json("users", user);
	json_object_object_add(json, "info", page_json(1));
	answer_json(rq, 200, json);
}

static void org(struct request *rq, const char *rest)
{
	struct json_object *json = json_pair("id", "554023000000235001");
	char name[32];

	(void)rest;
	snprintf(name, sizeof(name), "Sandbox %s", dc_locations[rq->dc]);
	json_add(json, "company_name", name);
	json_add(json, "zgid", "600");
	json_add(json, "time_zone", "Etc/UTC");
	json_add(json, "Data_Center", dc_locations[rq->dc]);
	answer_json(rq, 200, list_json("org", json));
}

/* Says back what came in. */
static void echo(struct request *rq, const char *rest)
{
	struct json_object *json = json_pair("method", rq->method);

	(void)rest;
	json_add(json, "path", rq->path);
	json_add(json, "data_center", dc_locations[rq->dc]);
	json_add(json, "content_type", rq->content_type != NULL ? rq->content_type : "");
	json_add_int(json, "length", (int64_t)rq->body.len);
	json_object_object_add(
	    json, "body",
	    json_object_new_string_len(rq->body.s != NULL ? rq->body.s : "", (int)rq->body.len));
	answer_json(rq, 200, json);
}

/* The scope is ZohoCRM.AREA.READ or .ALL, with the thing's own name before that or not. */
static const struct resource {
	const char *path; /* ends with '/': the rest is an id */
	const char *area, *thing;
	void (*serve)(struct request *rq, const char *rest);
	bool any_method;
} resources[] = {
    {"/Leads", "modules", "leads", leads, false},
    {"/Leads/", "modules", "leads", lead, false},
    {"/settings/fields", "settings", "fields", fields, false},
    {"/settings/modules", "settings", "modules", modules, false},
    {"/users", "users", NULL, users, false},
    {"/org", "org", NULL, org, false},
    {"/echo", NULL, NULL, echo, true},
};

static bool granted(const char *scope, const struct resource *resource)
{
	static const char *const operations[] = {"ALL", "READ"};
	char entry[96];
	size_t i;

	if (resource->area == NULL)
		return true;
	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		snprintf(entry, sizeof(entry), "ZohoCRM.%s.%s", resource->area, operations[i]);
		if (scope_has(scope, entry))
			return true;
		if (resource->thing == NULL)
			continue;
		snprintf(entry, sizeof(entry), "ZohoCRM.%s.%s.%s", resource->area, resource->thing,
			 operations[i]);
		if (scope_has(scope, entry))
			return true;
	}
	return false;
}

/* What follows /crm/vN, or NULL. */
static const char *crm_path(const char *path)
{
	static const char prefix[] = "/crm/v";
	size_t len = sizeof(prefix) - 1;

	if (strncmp(path, prefix, len) != 0 || path[len] < '2' || path[len] > '8')
		return NULL;
	return path[len + 1] == '/' ? path + len + 1 : NULL;
}

static const struct resource *find_resource(const char *path, const char **rest)
{
	size_t i;

	for (i = 0; path != NULL && i < sizeof(resources) / sizeof(resources[0]); i++) {
		size_t len = strlen(resources[i].path);
		bool prefix = resources[i].path[len - 1] == '/';

		*rest = path + (prefix ? len : 0);
		if (prefix ? strncmp(path, resources[i].path, len) == 0
			   : strcmp(path, resources[i].path) == 0)
			return &resources[i];
	}
	return NULL;
}

static void refuse_scope(struct request *rq)
{
	refuse(rq, 401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL");
}

void api_endpoint(struct sandbox *sb, struct request *rq)
{
	const struct access *access = bearer_access(sb, rq);
	const char *rest = NULL;
	const struct resource *resource = find_resource(crm_path(rq->path), &rest);
	struct client *client = access != NULL ? access->grant->owner->client : NULL;

	COUNT(&sb->state, client, rq->dc, api_calls);
	if (rq->authorization == NULL)
		refuse(rq, 401, "AUTHENTICATION_FAILURE", "Authentication failed");
	else if (access == NULL)
		refuse(rq, 401, "INVALID_TOKEN", "invalid oauth token");
	else if (resource == NULL)
		refuse(rq, 404, "INVALID_URL_PATTERN",
		       "Please check if the URL trying to access is a correct one");
	else if (!granted(access->grant->scope, resource))
		refuse_scope(rq);
	else if (!resource->any_method && !request_is(rq, "GET"))
		refuse(rq, 400, "INVALID_REQUEST_METHOD",
		       "The http request method type is not a valid one");
	else
		resource->serve(rq, rest);
	if (rq->answer.status == 401)
		COUNT(&sb->state, client, rq->dc, api_refused);
}
