/* SPDX-License-Identifier: MIT */
/* One request and its answer, free of how it came in: handlers see only this. */
#ifndef SANDBOX_REQUEST_H
#define SANDBOX_REQUEST_H

#include "util.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

enum { PARAMS_MAX = 64, BODY_MAX = 1024 * 1024 };

enum origin_kind { ORIGIN_CONTROL, ORIGIN_ACCOUNTS, ORIGIN_API };

enum place { IN_QUERY, IN_BODY };

struct param {
	char *name, *value;
	enum place place;
};

struct params {
	struct param list[PARAMS_MAX]; /* what comes after is not read */
	size_t count;
};

void params_add(struct params *params, const char *name, char *value, enum place place);
/* The first of that name, or NULL; an empty value counts as omitted (RFC 6749 section 3.1). */
const char *params_get(const struct params *params, const char *name);
bool params_in_query(const struct params *params, const char *name);
void params_done(struct params *params);

struct answer {
	int status;
	const char *type;         /* Content-Type */
	struct json_object *json; /* becomes the body, if there */
	struct text body;
	char *location;
	int retry_after; /* seconds; 0: no header */
	int64_t max_age; /* seconds that it may be kept; 0: not at all */
};

struct request {
	enum origin_kind kind;
	int dc; /* DC_NONE at the control origin */
	char *method, *path;
	char *authorization, *content_type, *user_agent; /* headers, NULL if absent */
	char *certificate; /* the subject of the client's that was verified; NULL: none */
	struct params params;
	struct text body;
	bool too_large;
	bool last;          /* the server ends once this one is answered */
	const char *reason; /* more about an error than its code says; NULL: nothing */
	struct answer answer;
	char fault[16]; /* the name of the one that hit it, or "" */
};

void request_done(struct request *rq);
bool request_is(const struct request *rq, const char *method);

/* Each of these replaces an answer that is there. */
void answer_json(struct request *rq, int status, struct json_object *json); /* takes json */
void answer_error(struct request *rq, const char *code);                    /* status 200 */
void answer_text(struct request *rq, int status, const char *type, const char *body);
void answer_html(struct request *rq, int status, struct text *page); /* takes the text */
void answer_redirect(struct request *rq, int status, char *url);     /* takes url */

/* Makes the body of a JSON answer, once. */
void answer_render(struct answer *answer);
void answer_done(struct answer *answer);

/* {"key": "value"} and so on, for answers with few members. */
struct json_object *json_pair(const char *key, const char *value);
void json_add(struct json_object *json, const char *key, const char *value);
void json_add_int(struct json_object *json, const char *key, int64_t value);

#endif
