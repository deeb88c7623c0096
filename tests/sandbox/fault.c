/* SPDX-License-Identifier: MIT */
/* The list of ordered faults and which request meets which. What they do to an answer is in
 * spoil.c, what they do to a connection in server.c. */
#include "fault.h"

#include "metadata.h"
#include "sandbox.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	enum fault_kind kind;
} names[] = {
    {"500", FAULT_STATUS},        {"html", FAULT_HTML},
    {"no_json", FAULT_NO_JSON},   {"empty", FAULT_EMPTY},
    {"throttle", FAULT_THROTTLE}, {"error", FAULT_ERROR},
    {"redirect", FAULT_REDIRECT}, {"reset", FAULT_RESET},
    {"hang", FAULT_HANG},         {"slow", FAULT_SLOW},
    {"lost", FAULT_LOST},         {"truncated", FAULT_TRUNCATED},
    {"cut", FAULT_CUT},           {"endless", FAULT_ENDLESS},
    {"garbage", FAULT_GARBAGE},   {"wrong_api_domain", FAULT_API_DOMAIN},
    {"member", FAULT_MEMBER},
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

static const char *kind_name(enum fault_kind kind)
{
	size_t i;

	for (i = 0; i < NAMES; i++)
		if (names[i].kind == kind)
			return names[i].name;
	return "";
}

static enum fault_kind kind_find(const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < NAMES; i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].kind;
	return FAULT_NONE;
}

static bool endpoint_known(const char *name)
{
	static const char *const known[] = {"any",        "token",    "api",
					    "auth",       "revoke",   "device",
					    "introspect", "metadata", "serverinfo"};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], name) == 0)
			return true;
	return false;
}

/* What `code`, `to`, `host` or `what` say; each kind has one of them, with this default. */
static const char *text_of(const struct params *params, enum fault_kind kind)
{
	const char *text = NULL;

	switch (kind) {
	case FAULT_ERROR:
		text = params_get(params, "code");
		return text != NULL ? text : "general_error";
	case FAULT_REDIRECT:
		text = params_get(params, "to");
		return text != NULL ? text : "http://127.0.0.1:9/";
	case FAULT_API_DOMAIN:
		text = params_get(params, "host");
		return text != NULL ? text : "https://www.zohoapis.com.evil.example";
	case FAULT_GARBAGE:
		text = params_get(params, "what");
		return text != NULL ? text : "expires_in_text";
	case FAULT_MEMBER:
		text = params_get(params, "value");
		return text != NULL ? text : "";
	default:
		return "";
	}
}

static int default_status(enum fault_kind kind)
{
	switch (kind) {
	case FAULT_STATUS:
		return 500;
	case FAULT_REDIRECT:
		return 307;
	default:
		return 200;
	}
}

static const char *parse_count(const struct params *params, struct fault *fault)
{
	const char *count = params_get(params, "count");

	fault->count = 1;
	if (count != NULL && strcmp(count, "forever") == 0)
		fault->count = -1;
	else if (count != NULL && !number_parse(count, 1000000, &fault->count))
		return "count is a number or \"forever\"";
	return NULL;
}

static const char *parse_numbers(const struct params *params, struct fault *fault)
{
	const char *status = params_get(params, "status");
	const char *seconds = params_get(params, "seconds");
	const char *ms = params_get(params, "ms");
	const char *retry = params_get(params, "retry_after");
	int64_t number = default_status(fault->kind);

	if (status != NULL && !number_parse(status, 599, &number))
		return "status is an HTTP status";
	if (number < 200)
		return "status is an HTTP status from 200 to 599";
	fault->status = (int)number;
	fault->wait_ms = fault->kind == FAULT_HANG ? 3600000 : 1000;
	if (seconds != NULL && !duration_parse(seconds, &fault->wait_ms))
		return "seconds is a duration";
	if (ms != NULL && !number_parse(ms, 86400000, &fault->wait_ms))
		return "ms is a number";
	if (fault->wait_ms > 86400000)
		return "that is more than a day";
	if (retry != NULL && !number_parse(retry, 31536000, &fault->retry_after))
		return "retry_after is a number of seconds";
	return NULL;
}

const char *fault_parse(const struct params *params, struct fault *out)
{
	struct fault fault = {.kind = kind_find(params_get(params, "name")), .dc = DC_NONE};
	const char *dc = params_get(params, "dc");
	const char *endpoint = params_get(params, "endpoint");
	const char *when = params_get(params, "when");
	const char *text = text_of(params, fault.kind);
	const char *member = params_get(params, "member");
	const char *problem;

	if (fault.kind == FAULT_NONE)
		return "name is not the name of a fault";
	if (dc != NULL && strcmp(dc, "any") != 0 && (fault.dc = dc_find(dc)) == DC_NONE)
		return "dc is not a data centre";
	if (endpoint == NULL)
		endpoint = "token";
	if (!endpoint_known(endpoint))
		return "endpoint is one of any, token, api, auth, revoke, device, introspect, "
		       "metadata, serverinfo";
	if (when != NULL && strcmp(when, "before") != 0 && strcmp(when, "after") != 0)
		return "when is before or after";
	if (strlen(text) >= FAULT_TEXT_MAX || strpbrk(text, "\r\n") != NULL)
		return "the text is too long or has a line break";
	if (fault.kind == FAULT_GARBAGE && !garbage_known(text))
		return "what is not the name of a garbage";
	if (fault.kind == FAULT_MEMBER &&
	    (member == NULL || *member == '\0' || strlen(member) >= FAULT_MEMBER_MAX))
		return "member is the name of a member";
	problem = parse_count(params, &fault);
	if (problem == NULL)
		problem = parse_numbers(params, &fault);
	if (problem != NULL)
		return problem;
	fault.before = when == NULL || strcmp(when, "before") == 0;
	memcpy(fault.endpoint, endpoint, strlen(endpoint) + 1);
	memcpy(fault.text, text, strlen(text) + 1);
	if (fault.kind == FAULT_MEMBER)
		memcpy(fault.member, member, strlen(member) + 1);
	*out = fault;
	return NULL;
}

bool faults_add(struct faults *faults, const struct fault *fault)
{
	struct fault *copy;

	if (faults->list.count >= FAULTS_MAX)
		return false;
	copy = mem_calloc(1, sizeof(*copy));
	*copy = *fault;
	list_append(&faults->list, &copy->link, copy);
	return true;
}

static void fault_free(struct faults *faults, struct fault *fault)
{
	list_remove(&faults->list, &fault->link);
	free(fault);
}

void faults_clear(struct faults *faults)
{
	while (faults->list.count > 0)
		fault_free(faults, list_first(&faults->list));
	faults->cleared++;
}

struct json_object *faults_json(const struct faults *faults)
{
	struct json_object *array = json_object_new_array();
	struct fault *fault;

	for (fault = list_first(&faults->list); fault != NULL; fault = list_next(&fault->link)) {
		struct json_object *json = json_pair("name", kind_name(fault->kind));

		json_add(json, "endpoint", fault->endpoint);
		json_add(json, "dc", fault->dc == DC_NONE ? "any" : dc_locations[fault->dc]);
		json_add_int(json, "count", fault->count);
		json_object_array_add(array, json);
	}
	return array;
}

static const char *endpoint_of(const struct request *rq)
{
	static const struct {
		const char *path, *endpoint;
	} paths[] = {
	    {"/oauth/v2/token", "token"},
	    {"/oauth/v3/device/token", "token"},
	    {"/oauth/v2/auth", "auth"},
	    {"/oauth/v2/approve", "auth"},
	    {"/oauth/v2/revoke/token", "revoke"},
	    {"/oauth/v2/token/revoke", "revoke"},
	    {"/oauth/v3/device/code", "device"},
	    {"/oauth/v3/device", "device"},
	    {"/oauth/v2/device_authorization", "device"},
	    {"/oauth/v2/revoke", "revoke"},
	    {"/oauth/v2/introspect", "introspect"},
	    {"/oauth/serverinfo", "serverinfo"},
	};
	size_t i;

	if (rq->kind == ORIGIN_API)
		return "api";
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strcmp(paths[i].path, rq->path) == 0)
			return paths[i].endpoint;
	return metadata_at(rq->path) ? "metadata" : "other";
}

static bool meets(const struct fault *fault, const struct request *rq, const char *endpoint)
{
	if (fault->dc != DC_NONE && fault->dc != rq->dc)
		return false;
	return strcmp(fault->endpoint, "any") == 0 || strcmp(fault->endpoint, endpoint) == 0;
}

struct fault fault_take(struct sandbox *sb, struct request *rq)
{
	const char *endpoint = endpoint_of(rq);
	struct fault taken = {.kind = FAULT_NONE};
	struct fault *fault;

	if (rq->kind == ORIGIN_CONTROL)
		return taken;
	for (fault = list_first(&sb->faults.list); fault != NULL; fault = list_next(&fault->link)) {
		if (!meets(fault, rq, endpoint))
			continue;
		taken = *fault;
		taken.cleared = sb->faults.cleared;
		strncpy(rq->fault, kind_name(fault->kind), sizeof(rq->fault) - 1);
		if (fault->count > 0 && --fault->count == 0)
			fault_free(&sb->faults, fault);
		break;
	}
	return taken;
}
