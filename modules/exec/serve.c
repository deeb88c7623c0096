/* SPDX-License-Identifier: MIT */
/*
 * What a program may ask of the host: each function of the protocol is one of the host's services,
 * whose rules hold. A reply has the service's answer, and a value where there is one.
 */
#include "core/call/call.h"
#include "core/os/json.h"
#include "core/os/text.h"
#include "modules/exec/exec.h"

#include <json-c/linkhash.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX 64 /* parameters or headers */

/* A function: what the program sent, and the reply to put a value in. */
typedef credence_rc serve_function(struct exec *, struct json_object *request,
				   struct json_object *reply);

static credence_rc give(struct json_object *reply, const char *name, const char *text)
{
	struct json_object *value = text != NULL ? json_object_new_string(text) : NULL;

	if (text != NULL && value == NULL)
		return CREDENCE_ERROR;
	return json_object_object_add(reply, name, value) == 0 ? CREDENCE_SUCCESS : CREDENCE_ERROR;
}

static credence_rc give_number(struct json_object *reply, int64_t number)
{
	return json_set_number(reply, "value", number) ? CREDENCE_SUCCESS : CREDENCE_ERROR;
}

/* -- What is known -- */

/* Options of the program's own stand in the list options, NAME=VALUE. */
static credence_rc serve_option(struct exec *exec, struct json_object *request,
				struct json_object *reply)
{
	const char *name = json_string(request, "name"), *item;
	size_t length = name != NULL ? strlen(name) : 0;

	for (uint32_t i = 0; name != NULL; i++) {
		item = exec->host->option_item(exec->call, "options", i);
		if (item == NULL)
			break;
		if (strncmp(item, name, length) == 0 && item[length] == '=')
			return give(reply, "value", item + length + 1);
	}
	return give(reply, "value", NULL);
}

static credence_rc serve_secret(struct exec *exec, struct json_object *request,
				struct json_object *reply)
{
	const char *secret = NULL;
	credence_rc rc = exec->host->option_secret(exec->call, "secret", &secret);

	(void)request;
	return rc == CREDENCE_SUCCESS ? give(reply, "value", secret) : rc;
}

static credence_rc serve_attribute(struct exec *exec, struct json_object *request,
				   struct json_object *reply)
{
	const char *name = json_string(request, "name");

	return give(reply, "value", name != NULL ? exec->host->attribute(exec->call, name) : NULL);
}

static credence_rc serve_setting(struct exec *exec, struct json_object *request,
				 struct json_object *reply)
{
	const char *path = json_string(request, "name");

	return give(reply, "value", path != NULL ? exec->host->setting(exec->call, path) : NULL);
}

static credence_rc serve_token(struct exec *exec, struct json_object *request,
			       struct json_object *reply)
{
	const char *kind = json_string(request, "name");

	return give(reply, "value", kind != NULL ? exec->host->token(exec->call, kind) : NULL);
}

/* -- Results -- */

static credence_rc serve_put_attribute(struct exec *exec, struct json_object *request,
				       struct json_object *reply)
{
	(void)reply;
	return exec->host->put_attribute(exec->call, json_string(request, "name"),
					 json_string(request, "value"));
}

static credence_rc serve_put_token(struct exec *exec, struct json_object *request,
				   struct json_object *reply)
{
	struct credence_token token;
	const char *wrong = exec_read_token(exec, request, 0, &token);
	credence_rc rc;

	(void)reply;
	if (wrong != NULL)
		return exec_fail(exec, CREDENCE_ERROR, "put no token: %s", wrong);
	token.refresh_token = json_string(request, "refresh_token");
	token.id_token = json_string(request, "id_token");
	rc = exec->host->put_token(exec->call, &token);
	exec->has_token |= rc == CREDENCE_SUCCESS;
	return rc;
}

/* -- Messages -- */

static credence_rc serve_log(struct exec *exec, struct json_object *request,
			     struct json_object *reply)
{
	const char *level = json_string(request, "level");
	int32_t number = CREDENCE_LOG_INFO;

	(void)reply;
	if (level != NULL && strcmp(level, "warning") == 0)
		number = CREDENCE_LOG_WARNING;
	else if (level != NULL && strcmp(level, "debug") == 0)
		number = CREDENCE_LOG_DEBUG;
	exec->host->log(exec->call, number, json_string(request, "text"));
	return CREDENCE_SUCCESS;
}

static uint32_t style_of(const char *name)
{
	static const struct {
		const char *name;
		uint32_t style;
	} styles[] = {
	    {"inform", CREDENCE_INFORM},         {"show_url", CREDENCE_SHOW_URL},
	    {"show_code", CREDENCE_SHOW_CODE},   {"ask", CREDENCE_ASK},
	    {"ask_secret", CREDENCE_ASK_SECRET},
	};

	for (size_t i = 0; name != NULL && i < sizeof(styles) / sizeof(styles[0]); i++)
		if (strcmp(styles[i].name, name) == 0)
			return styles[i].style;
	return 0;
}

static credence_rc serve_talk(struct exec *exec, struct json_object *request,
			      struct json_object *reply)
{
	struct credence_message message = {.size = sizeof(message),
					   .style = style_of(json_string(request, "style")),
					   .text = json_string(request, "text"),
					   .url = json_string(request, "url"),
					   .code = json_string(request, "code"),
					   .url_complete = json_string(request, "url_complete")};
	const char *expires_at = json_string(request, "expires_at"), *answer = NULL;
	credence_rc rc;

	if (message.style == 0)
		return exec_fail(exec, CREDENCE_ERROR, "asked for a message of no known style");
	if (expires_at != NULL && !text_parse_rfc3339(expires_at, &message.expires_at))
		return exec_fail(exec, CREDENCE_ERROR, "gave an expires_at that is no time");
	rc = exec->host->talk(exec->call, &message, &answer);
	return rc == CREDENCE_SUCCESS ? give(reply, "value", answer) : rc;
}

/* -- The network -- */

static void add_param(struct credence_param *list, uint32_t *count, const char *name,
		      struct json_object *value)
{
	if (*count < LIST_MAX && json_object_is_type(value, json_type_string))
		list[(*count)++] = (struct credence_param){name, json_object_get_string(value)};
}

/* An object of strings, in its order, but for the one that is to be first. false: it is none. */
static bool read_list(struct json_object *object, const char *first, struct credence_param *list,
		      uint32_t *count)
{
	uint32_t members = 0;

	*count = 0;
	if (object == NULL)
		return true;
	if (!json_object_is_type(object, json_type_object))
		return false;
	if (first != NULL)
		add_param(list, count, first, json_member(object, first));
	json_object_object_foreach(object, name, value)
	{
		members++;
		if (first == NULL || strcmp(name, first) != 0)
			add_param(list, count, name, value);
	}
	return *count == members;
}

static credence_rc serve_token_request(struct exec *exec, struct json_object *request,
				       struct json_object *reply)
{
	struct credence_param params[LIST_MAX];
	uint32_t count;
	credence_rc rc;

	(void)reply;
	if (!read_list(json_member(request, "parameters"), "grant_type", params, &count))
		return exec_fail(exec, CREDENCE_ERROR,
				 "made a token request whose parameters are no object of strings");
	rc = exec->host->token_request(exec->call, params, count);
	exec->has_token |= rc == CREDENCE_SUCCESS;
	return rc;
}

/* The answer's members are attributes then, answer.NAME, which the program asks for. */
static credence_rc serve_endpoint_request(struct exec *exec, struct json_object *request,
					  struct json_object *reply)
{
	const char *endpoint = json_string(request, "endpoint");
	struct credence_param params[LIST_MAX];
	uint32_t count;

	(void)reply;
	if (endpoint == NULL)
		return exec_fail(exec, CREDENCE_ERROR, "made a request without an endpoint");
	if (!read_list(json_member(request, "parameters"), NULL, params, &count))
		return exec_fail(exec, CREDENCE_ERROR,
				 "made a request whose parameters are no object of strings");
	return exec->host->endpoint_request(exec->call, endpoint, params, count);
}

static credence_rc give_response(struct exec *exec, const struct credence_response *response,
				 struct json_object *reply)
{
	struct json_object *headers = json_object_new_object();
	bool ok = headers != NULL;

	for (uint32_t i = 0; ok && i < response->header_count; i++)
		ok =
		    json_set_string(headers, response->headers[i].name, response->headers[i].value);
	if (!ok || json_object_object_add(reply, "headers", headers) != 0) {
		json_object_put(headers);
		return CREDENCE_ERROR;
	}
	if (memchr(response->body, '\0', response->body_length) != NULL)
		return exec_fail(exec, CREDENCE_ERROR, "was answered with bytes that are no text");
	return json_set_number(reply, "status", response->status)
		   ? give(reply, "body", response->body)
		   : CREDENCE_ERROR;
}

static credence_rc serve_http(struct exec *exec, struct json_object *request,
			      struct json_object *reply)
{
	const struct credence_response *response = NULL;
	struct credence_param headers[LIST_MAX];
	struct credence_request http = {.size = sizeof(http),
					.method = json_string(request, "method"),
					.url = json_string(request, "url"),
					.headers = headers,
					.body = json_string(request, "body")};
	credence_rc rc;

	if (http.method == NULL || http.url == NULL)
		return exec_fail(exec, CREDENCE_ERROR, "made a request without a method or a URL");
	if (!read_list(json_member(request, "headers"), NULL, headers, &http.header_count))
		return exec_fail(exec, CREDENCE_ERROR,
				 "made a request whose headers are no object of strings");
	http.body_length = http.body != NULL ? strlen(http.body) : 0;
	rc = exec->host->http(exec->call, &http, &response);
	return rc == CREDENCE_SUCCESS ? give_response(exec, response, reply) : rc;
}

/* -- Time -- */

static credence_rc serve_wait(struct exec *exec, struct json_object *request,
			      struct json_object *reply)
{
	int64_t ms = 0;

	(void)reply;
	if (!json_number(request, "milliseconds", &ms))
		return exec_fail(exec, CREDENCE_ERROR, "did not say how many milliseconds to wait");
	return exec->host->wait(exec->call, ms);
}

static credence_rc serve_now(struct exec *exec, struct json_object *request,
			     struct json_object *reply)
{
	(void)request;
	return give_number(reply, exec->host->now(exec->call));
}

static credence_rc serve_time_left(struct exec *exec, struct json_object *request,
				   struct json_object *reply)
{
	(void)request;
	return give_number(reply, exec->host->time_left(exec->call));
}

static credence_rc serve_put_time(struct exec *exec, struct json_object *request,
				  struct json_object *reply)
{
	int64_t now = 0;

	(void)reply;
	if (!json_number(request, "now", &now))
		return exec_fail(exec, CREDENCE_ERROR, "put a time without now");
	exec->host->put_time(exec->call, now);
	return CREDENCE_SUCCESS;
}

/* -- All of them -- */

static serve_function *function_of(const char *name)
{
	static const struct {
		const char *name;
		serve_function *function;
	} functions[] = {
	    {"option", serve_option},
	    {"secret", serve_secret},
	    {"attribute", serve_attribute},
	    {"setting", serve_setting},
	    {"token", serve_token},
	    {"put_attribute", serve_put_attribute},
	    {"put_token", serve_put_token},
	    {"put_bytes", exec_put_bytes},
	    {"put_name", exec_put_name},
	    {"put_time", serve_put_time},
	    {"revision", exec_revision},
	    {"log", serve_log},
	    {"talk", serve_talk},
	    {"token_request", serve_token_request},
	    {"endpoint_request", serve_endpoint_request},
	    {"http", serve_http},
	    {"wait", serve_wait},
	    {"now", serve_now},
	    {"time_left", serve_time_left},
	};

	for (size_t i = 0; name != NULL && i < sizeof(functions) / sizeof(functions[0]); i++)
		if (strcmp(functions[i].name, name) == 0)
			return functions[i].function;
	return NULL;
}

struct json_object *exec_serve(struct exec *exec, struct json_object *request)
{
	const char *name = json_string(request, "function");
	serve_function *function = function_of(name);
	struct json_object *reply = exec_message("reply");
	credence_rc rc;

	if (reply == NULL)
		return NULL;
	if (function != NULL)
		rc = function(exec, request, reply);
	else
		rc = exec_fail(exec, CREDENCE_ERROR, "called %s, which is no function of the host",
			       name != NULL ? name : "nothing");
	if (json_set_string(reply, "answer", rc_name(rc)))
		return reply;
	json_wipe(reply);
	return NULL;
}
