/* SPDX-License-Identifier: MIT */
/* What faults do to answers. */
#include "fault.h"
#include "sandbox.h"

#include <json-c/json_tokener.h>
#include <string.h>

static const char error_page[] = "<!DOCTYPE html>\n<html><head><title>Error</title></head><body>"
				 "<h1>An error occurred</h1><p>Please try again later.</p>"
				 "</body></html>\n";

void answer_throttle(struct sandbox *sb, struct request *rq)
{
	static const struct {
		const char *error, *description;
	} words[] = {
	    {"Access Denied",
	     "You have made too many requests continuously. Please try again after some time."},
	    {"拒绝访问", "您已连续提出过多请求，请稍后再试。"},
	};
	size_t which = sb->set.localised != 0;
	int64_t status = sb->set.throttle_status;
	struct json_object *json = json_pair("error_description", words[which].description);

	json_add(json, "error", words[which].error);
	json_add(json, "status", "failure");
	answer_json(rq, status < 200 ? 200 : (int)status, json);
}

static void answer_fault_error(struct request *rq, const struct fault *fault)
{
	answer_json(rq, fault->status, json_pair("error", fault->text));
}

bool fault_instead(struct sandbox *sb, struct request *rq, const struct fault *fault)
{
	switch (fault->kind) {
	case FAULT_STATUS:
	case FAULT_HTML:
		answer_text(rq, fault->status, "text/html;charset=UTF-8", error_page);
		break;
	case FAULT_NO_JSON:
		answer_text(rq, fault->status, "text/plain;charset=UTF-8", "OK\n");
		break;
	case FAULT_EMPTY:
	case FAULT_ENDLESS:
		answer_text(rq, fault->status, "application/json;charset=UTF-8", "");
		break;
	case FAULT_THROTTLE:
		answer_throttle(sb, rq);
		break;
	case FAULT_ERROR:
		answer_fault_error(rq, fault);
		break;
	case FAULT_REDIRECT:
		answer_redirect(rq, fault->status, mem_strdup(fault->text));
		break;
	case FAULT_RESET:
	case FAULT_HANG:
		answer_done(&rq->answer); /* status 0: none */
		break;
	default:
		return false;
	}
	rq->answer.retry_after = (int)fault->retry_after;
	return true;
}

enum garble { SET_TEXT, SET_NUMBER, REMOVE, REPLACE, NEST };

static const struct garbage {
	const char *what;
	enum garble how;
	const char *member, *text;
	int64_t number;
} garbage[] = {
    {"expires_in_text", SET_TEXT, "expires_in", "soon", 0},
    {"expires_in_string", SET_TEXT, "expires_in", "3600", 0},
    {"expires_in_zero", SET_NUMBER, "expires_in", NULL, 0},
    {"expires_in_negative", SET_NUMBER, "expires_in", NULL, -3600},
    {"expires_in_huge", SET_NUMBER, "expires_in", NULL, INT64_C(1000000000000000000)},
    {"no_expires_in", REMOVE, "expires_in", NULL, 0},
    {"token_type", SET_TEXT, "token_type", "mac", 0},
    {"no_token_type", REMOVE, "token_type", NULL, 0},
    {"scope", SET_TEXT, "scope", "ZohoCRM.org.READ", 0},
    {"no_access_token", REMOVE, "access_token", NULL, 0},
    {"access_token_empty", SET_TEXT, "access_token", "", 0},
    {"access_token_number", SET_NUMBER, "access_token", NULL, 1000},
    {"access_token_newline", SET_TEXT, "access_token", "1000.a\nSet-Cookie: b", 0},
    {"access_token_control", SET_TEXT, "access_token", "1000.\033]0;a\007", 0},
    {"array", REPLACE, NULL, "[]", 0},
    {"null", REPLACE, NULL, "null", 0},
    {"nan", REPLACE, NULL, "{\"access_token\":\"1000.a.b\",\"expires_in\":NaN}", 0},
    {"nul", REPLACE, NULL,
     "{\"access_token\":\"1000.a\\u0000b\",\"token_type\":\"Bearer\",\"expires_in\":3600}", 0},
    {"duplicate", REPLACE, NULL,
     "{\"access_token\":\"1000.a.a\",\"access_token\":\"1000.b.b\","
     "\"token_type\":\"Bearer\",\"expires_in\":3600}",
     0},
    {"nested", NEST, NULL, NULL, 0},
};

static const struct garbage *garbage_find(const char *what)
{
	size_t i;

	for (i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++)
		if (strcmp(garbage[i].what, what) == 0)
			return &garbage[i];
	return NULL;
}

bool garbage_known(const char *what)
{
	return garbage_find(what) != NULL;
}

/* Replaces the whole body by text that no encoder would make. */
static void replace(struct request *rq, const char *body)
{
	answer_text(rq, rq->answer.status, "application/json;charset=UTF-8", body);
}

static void nest(struct request *rq)
{
	struct text body = {0};
	int i;

	for (i = 0; i < 10000; i++)
		text_add(&body, "[");
	replace(rq, body.s);
	text_done(&body);
}

static void garble(struct request *rq, const struct garbage *g)
{
	struct json_object *json = rq->answer.json;

	switch (g->how) {
	case SET_TEXT:
		json_add(json, g->member, g->text);
		break;
	case SET_NUMBER:
		json_add_int(json, g->member, g->number);
		break;
	case REMOVE:
		json_object_object_del(json, g->member);
		break;
	case REPLACE:
		replace(rq, g->text);
		break;
	case NEST:
		nest(rq);
		break;
	}
}

/* A value that is JSON is taken so, else as text; without one the member goes. */
static void set_member(struct json_object *json, const struct fault *fault)
{
	struct json_object *value;

	if (fault->text[0] == '\0') {
		json_object_object_del(json, fault->member);
		return;
	}
	value = json_tokener_parse(fault->text);
	if (value == NULL)
		value = json_object_new_string(fault->text);
	json_object_object_add(json, fault->member, value);
}

void fault_spoil(struct request *rq, const struct fault *fault)
{
	struct json_object *json = rq->answer.json;
	struct text *body = &rq->answer.body;

	if (fault->kind == FAULT_TRUNCATED) {
		answer_render(&rq->answer);
		body->len /= 2;
		if (body->s != NULL)
			body->s[body->len] = '\0';
		return; /* there is no JSON any more */
	}
	if (json != NULL && fault->kind == FAULT_MEMBER)
		set_member(json, fault);
	if (json == NULL || !json_object_object_get_ex(json, "access_token", NULL))
		return;
	if (fault->kind == FAULT_GARBAGE)
		garble(rq, garbage_find(fault->text));
	if (fault->kind == FAULT_API_DOMAIN)
		json_add(json, "api_domain", fault->text);
}
