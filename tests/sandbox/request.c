/* SPDX-License-Identifier: MIT */
/* Parameters in, answers out. */
#include "request.h"

#include <stdlib.h>
#include <string.h>

void params_add(struct params *params, const char *name, char *value, enum place place)
{
	struct param *param;

	if (params->count >= PARAMS_MAX) {
		free(value);
		return;
	}
	param = &params->list[params->count++];
	param->name = mem_strdup(name);
	param->value = value;
	param->place = place;
}

static const struct param *find(const struct params *params, const char *name)
{
	size_t i;

	for (i = 0; i < params->count; i++)
		if (strcmp(params->list[i].name, name) == 0 && *params->list[i].value != '\0')
			return &params->list[i];
	return NULL;
}

const char *params_get(const struct params *params, const char *name)
{
	const struct param *param = find(params, name);

	return param != NULL ? param->value : NULL;
}

bool params_in_query(const struct params *params, const char *name)
{
	const struct param *param = find(params, name);

	return param != NULL && param->place == IN_QUERY;
}

void params_done(struct params *params)
{
	size_t i;

	for (i = 0; i < params->count; i++) {
		free(params->list[i].name);
		free(params->list[i].value);
	}
	params->count = 0;
}

void request_done(struct request *rq)
{
	free(rq->method);
	free(rq->path);
	free(rq->authorization);
	free(rq->content_type);
	free(rq->user_agent);
	free(rq->certificate);
	params_done(&rq->params);
	text_done(&rq->body);
	answer_done(&rq->answer);
}

bool request_is(const struct request *rq, const char *method)
{
	/* HEAD is GET without the body, which the library below leaves out. */
	return strcmp(rq->method, method) == 0 ||
	       (strcmp(method, "GET") == 0 && strcmp(rq->method, "HEAD") == 0);
}

void answer_done(struct answer *answer)
{
	json_object_put(answer->json);
	text_done(&answer->body);
	free(answer->location);
	*answer = (struct answer){0};
}

void answer_json(struct request *rq, int status, struct json_object *json)
{
	answer_done(&rq->answer);
	rq->answer.status = status;
	rq->answer.type = "application/json;charset=UTF-8";
	rq->answer.json = json;
}

void answer_error(struct request *rq, const char *code)
{
	struct json_object *json = json_pair("error", code);

	if (rq->reason != NULL)
		json_add(json, "error_description", rq->reason);
	answer_json(rq, 200, json);
}

void answer_text(struct request *rq, int status, const char *type, const char *body)
{
	answer_done(&rq->answer);
	rq->answer.status = status;
	rq->answer.type = type;
	text_add(&rq->answer.body, body);
}

void answer_html(struct request *rq, int status, struct text *page)
{
	answer_done(&rq->answer);
	rq->answer.status = status;
	rq->answer.type = "text/html;charset=UTF-8";
	rq->answer.body = *page;
	*page = (struct text){0}; /* transferred */
}

void answer_redirect(struct request *rq, int status, char *url)
{
	answer_done(&rq->answer);
	rq->answer.status = status;
	rq->answer.type = "text/plain;charset=UTF-8";
	rq->answer.location = url;
}

void answer_render(struct answer *answer)
{
	if (answer->json == NULL)
		return;
	text_done(&answer->body);
	text_add(&answer->body,
		 json_object_to_json_string_ext(answer->json, JSON_C_TO_STRING_PLAIN |
								  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(answer->json);
	answer->json = NULL;
}

struct json_object *json_pair(const char *key, const char *value)
{
	struct json_object *json = json_object_new_object();

	json_add(json, key, value);
	return json;
}

void json_add(struct json_object *json, const char *key, const char *value)
{
	json_object_object_add(json, key, json_object_new_string(value));
}

void json_add_int(struct json_object *json, const char *key, int64_t value)
{
	json_object_object_add(json, key, json_object_new_int64(value));
}
