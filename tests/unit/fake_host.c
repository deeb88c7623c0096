/* SPDX-License-Identifier: MIT */
/* The fake host for the tests of modules; see fake_host.h. */
#include "fake_host.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* -- Lists -- */

static void list_done(struct fake_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->item[i].name);
		free(list->item[i].value);
	}
	list->count = 0;
}

void fake_add(struct fake_list *list, const char *name, const void *value, size_t length)
{
	struct fake_pair *pair = &list->item[list->count];

	ck_assert_uint_lt(list->count, FAKE_MAX);
	pair->name = strdup(name);
	pair->value = NULL;
	pair->length = length;
	if (value != NULL) {
		pair->value = malloc(length + 1);
		ck_assert_ptr_nonnull(pair->value);
		memcpy(pair->value, value, length);
		pair->value[length] = '\0';
	}
	list->count++;
}

static struct fake_pair *list_find(const struct fake_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i].name, name) == 0)
			return (struct fake_pair *)&list->item[i];
	return NULL;
}

static void list_remove(struct fake_list *list, struct fake_pair *pair)
{
	free(pair->name);
	free(pair->value);
	*pair = list->item[--list->count];
}

void fake_set(struct fake_list *list, const char *name, const char *value)
{
	struct fake_pair *pair = list_find(list, name);

	if (pair != NULL)
		list_remove(list, pair);
	if (value != NULL)
		fake_add(list, name, value, strlen(value));
}

const char *fake_get(const struct fake_list *list, const char *name)
{
	struct fake_pair *pair = list_find(list, name);

	return pair == NULL ? NULL : pair->value;
}

/* -- What is known -- */

static const struct credence_option *declared(struct credence_call *call, const char *name)
{
	const struct credence_option *option = call->module->options;

	for (; option != NULL && option->name != NULL; option++)
		if (strcmp(option->name, name) == 0)
			return option;
	ck_abort_msg("the module reads option %s, which it does not declare", name);
}

static const char *host_option(struct credence_call *call, const char *name)
{
	const struct credence_option *option = declared(call, name);
	const char *value = fake_get(&call->options, name);

	ck_assert_uint_ne(option->type, CREDENCE_SECRET);
	ck_assert_uint_ne(option->type, CREDENCE_KEY);
	ck_assert(value != NULL || (option->flags & CREDENCE_REQUIRED) == 0);
	return value != NULL ? value : option->fallback;
}

static const char *host_option_item(struct credence_call *call, const char *name, uint32_t index)
{
	ck_assert(declared(call, name)->type == CREDENCE_LIST ||
		  declared(call, name)->type == CREDENCE_ORIGINS);
	for (size_t i = 0; i < call->options.count; i++)
		if (strcmp(call->options.item[i].name, name) == 0 && index-- == 0)
			return call->options.item[i].value;
	return NULL;
}

static int64_t host_option_number(struct credence_call *call, const char *name)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
	const char *text = host_option(call, name);
	char *end;
	int64_t number;

	ck_assert_uint_ne(declared(call, name)->type, CREDENCE_STRING);
	ck_assert_uint_ne(declared(call, name)->type, CREDENCE_LIST);
	if (text == NULL || strcmp(text, "false") == 0)
		return 0;
	if (strcmp(text, "true") == 0)
		return 1;
	number = strtoll(text, &end, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0)
			number *= units[i].ms;
	return number;
}

static credence_rc host_option_secret(struct credence_call *call, const char *name,
				      const char **value)
{
	const char *found = fake_get(&call->options, name);

	ck_assert(declared(call, name)->type == CREDENCE_SECRET ||
		  declared(call, name)->type == CREDENCE_KEY);
	if (found == NULL)
		return CREDENCE_MISS;
	*value = found;
	return CREDENCE_SUCCESS;
}

static credence_rc host_option_bytes(struct credence_call *call, const char *name,
				     const void **bytes, size_t *length)
{
	size_t i;

	ck_assert(declared(call, name)->type == CREDENCE_SECRET ||
		  declared(call, name)->type == CREDENCE_KEY);
	for (i = 0; i < call->options.count; i++)
		if (strcmp(call->options.item[i].name, name) == 0) {
			*bytes = call->options.item[i].value;
			*length = call->options.item[i].length;
			return CREDENCE_SUCCESS;
		}
	return CREDENCE_MISS;
}

static const char *host_attribute(struct credence_call *call, const char *name)
{
	return fake_get(&call->attributes, name);
}

static const char *host_setting(struct credence_call *call, const char *path)
{
	return fake_get(&call->settings, path);
}

static const char *host_token(struct credence_call *call, const char *kind)
{
	return fake_get(&call->tokens, kind);
}

/* -- Results -- */

static credence_rc host_put_attribute(struct credence_call *call, const char *name,
				      const char *value)
{
	fake_add(&call->put, name, value, value == NULL ? 0 : strlen(value));
	return CREDENCE_SUCCESS;
}

static credence_rc host_put_token(struct credence_call *call, const struct credence_token *token)
{
	ck_assert_ptr_null(fake_get(&call->put, "access_token"));
	return host_put_attribute(call, "access_token", token->access_token);
}

static credence_rc host_put_bytes(struct credence_call *call, const void *bytes, size_t length)
{
	ck_assert_uint_eq(call->bytes.count, 0);
	if (call->put_rc != CREDENCE_SUCCESS)
		return call->put_rc;
	fake_add(&call->bytes, "", bytes, length);
	return CREDENCE_SUCCESS;
}

static credence_rc host_put_name(struct credence_call *call, const char *key)
{
	if (call->put_rc != CREDENCE_SUCCESS)
		return call->put_rc;
	fake_add(&call->names, key, "", 0);
	return CREDENCE_SUCCESS;
}

/* -- Messages -- */

static char *copy(const char *text)
{
	return text == NULL ? NULL : strdup(text);
}

static credence_rc host_fail(struct credence_call *call, credence_rc rc, const char *code,
			     const char *message, const char *hint)
{
	ck_assert_ptr_nonnull(message);
	ck_assert_int_eq(call->failed, CREDENCE_SUCCESS);
	call->failed = rc;
	call->code = copy(code);
	call->message = copy(message);
	call->hint = copy(hint);
	return rc;
}

static credence_rc host_refused(struct credence_call *call, const char *at, const char *error,
				const char *description)
{
	fake_set(&call->attributes, "refused.at", at);
	fake_set(&call->attributes, "refused.description", description);
	return host_fail(call, call->refused_rc, error, "the server refused", NULL);
}

static void host_log(struct credence_call *call, int32_t level, const char *message)
{
	ck_assert_int_ge(level, CREDENCE_LOG_WARNING);
	ck_assert_int_le(level, CREDENCE_LOG_DEBUG);
	fake_add(&call->log, "", message, strlen(message));
}

/* -- The network -- */

void fake_reply(struct credence_call *call, int status, const char *body)
{
	char number[12];

	(void)snprintf(number, sizeof(number), "%d", status);
	fake_add(&call->replies, number, body, strlen(body));
}

/* The URL is below an origin that the option lists, and files are named by options for files. */
static void check_own(struct credence_call *call, const struct credence_request *request)
{
	bool listed = false;

	for (size_t i = 0; i < call->options.count; i++)
		if (strcmp(call->options.item[i].name, request->servers) == 0) {
			const char *origin = call->options.item[i].value;

			listed = listed || strncmp(request->url, origin, strlen(origin)) == 0;
		}
	ck_assert_msg(listed, "%s", request->url);
	ck_assert_uint_eq(declared(call, request->servers)->type, CREDENCE_ORIGINS);
	if (request->server_ca != NULL)
		ck_assert_uint_eq(declared(call, request->server_ca)->type, CREDENCE_FILE);
	if (request->server_cert != NULL)
		ck_assert_uint_eq(declared(call, request->server_cert)->type, CREDENCE_KEY_FILE);
}

static void note_request(struct credence_call *call, const struct credence_request *request)
{
	const char *authorization = "";
	char number[24];

	for (uint32_t i = 0; i < request->header_count; i++)
		if (strcmp(request->headers[i].name, "authorization") == 0)
			authorization = request->headers[i].value;
	fake_add(&call->bodies, authorization, request->body, request->body_length);
	(void)snprintf(number, sizeof(number), "%d", (int)request->timeout);
	fake_add(&call->timeouts, number, "", 0);
}

static credence_rc next_reply(struct credence_call *call, const struct credence_response **response)
{
	const struct fake_pair *reply = &call->replies.item[call->replied];
	int status;

	if (call->replied >= call->replies.count)
		return CREDENCE_UNAVAIL;
	call->replied++;
	status = (int)strtol(reply->name, NULL, 10);
	if (status < 0)
		return -status;
	call->response = (struct credence_response){.size = sizeof(call->response),
						    .status = status,
						    .headers = call->response_headers,
						    .body = reply->value,
						    .body_length = reply->length};
	*response = &call->response;
	return CREDENCE_SUCCESS;
}

static credence_rc host_http(struct credence_call *call, const struct credence_request *request,
			     const struct credence_response **response)
{
	const struct fake_pair *page = list_find(&call->pages, request->url);
	const char *type = call->page_type != NULL ? call->page_type : "application/json";

	fake_add(&call->asked, request->url, request->method, strlen(request->method));
	if (request->servers != NULL)
		check_own(call, request);
	note_request(call, request);
	if (call->replies.count > 0)
		return next_reply(call, response);
	if (call->http_rc != CREDENCE_SUCCESS || call->pages.count == 0)
		return call->http_rc != CREDENCE_SUCCESS ? call->http_rc : CREDENCE_UNAVAIL;
	call->response_headers[0] = (struct credence_param){"content-type", type};
	call->response_headers[1] = (struct credence_param){"cache-control", call->page_cache};
	call->response = (struct credence_response){
	    .size = sizeof(call->response),
	    .status = page == NULL             ? 404
		      : call->page_status != 0 ? call->page_status
					       : 200,
	    .headers = call->response_headers,
	    .header_count = call->page_cache != NULL ? 2 : 1,
	    .body = page != NULL ? page->value : "",
	    .body_length = page != NULL ? page->length : 0,
	};
	*response = &call->response;
	return CREDENCE_SUCCESS;
}

static credence_rc host_token_request(struct credence_call *call,
				      const struct credence_param *params, uint32_t count)
{
	call->token_requests++;
	for (uint32_t i = 0; i < count; i++)
		if (params[i].value != NULL)
			fake_add(&call->params, params[i].name, params[i].value,
				 strlen(params[i].value));
	if (call->turn == call->turns.count)
		return call->token_rc;
	fake_set(&call->attributes, "code", call->turns.item[call->turn++].name);
	return CREDENCE_MISS;
}

static credence_rc host_endpoint_request(struct credence_call *call, const char *endpoint,
					 const struct credence_param *params, uint32_t count)
{
	fake_add(&call->posted, "endpoint", endpoint, strlen(endpoint));
	for (uint32_t i = 0; i < count; i++)
		fake_add(&call->posted, params[i].name, params[i].value, strlen(params[i].value));
	return call->endpoint_rc;
}

static void host_sent(struct credence_call *call)
{
	call->sent++;
}

static credence_rc host_put_status(struct credence_call *call, int32_t status)
{
	ck_assert_int_eq(call->status, 0);
	ck_assert_int_eq(call->sent, 1);
	call->status = status;
	return CREDENCE_SUCCESS;
}

static credence_rc host_put_header(struct credence_call *call, const char *name, const char *value)
{
	ck_assert_int_ne(call->status, 0);
	if (call->headers.count < FAKE_MAX)
		fake_add(&call->headers, name, value, strlen(value));
	return CREDENCE_SUCCESS;
}

static credence_rc host_put_body(struct credence_call *call, const void *bytes, size_t length)
{
	struct fake_pair *body = &call->body.item[0];
	char *longer;

	ck_assert_int_ne(call->status, 0);
	if (call->body.count == 0)
		fake_add(&call->body, "", "", 0);
	if (call->max_body != 0 && body->length + length > call->max_body)
		return host_fail(call, CREDENCE_UNAVAIL, NULL, "the answer is too long", NULL);
	longer = realloc(body->value, body->length + length + 1);
	ck_assert_ptr_nonnull(longer);
	memcpy(longer + body->length, bytes, length);
	body->value = longer;
	body->length += length;
	body->value[body->length] = '\0';
	return CREDENCE_SUCCESS;
}

/* -- The person, time and chance -- */

static credence_rc host_talk(struct credence_call *call, const struct credence_message *message,
			     const char **answer)
{
	char style[12];

	ck_assert_uint_eq(message->size, sizeof(*message));
	if (call->talk_rc != CREDENCE_SUCCESS)
		return call->talk_rc;
	(void)snprintf(style, sizeof(style), "%u", message->style);
	fake_add(&call->said, style, message->text, strlen(message->text));
	if (message->style == CREDENCE_SHOW_URL || message->style == CREDENCE_SHOW_CODE)
		fake_set(&call->said, "url", message->url);
	if (message->style == CREDENCE_SHOW_CODE) {
		fake_set(&call->said, "code", message->code);
		fake_set(&call->said, "url_complete", message->url_complete);
	}
	if (message->style != CREDENCE_ASK && message->style != CREDENCE_ASK_SECRET)
		return CREDENCE_SUCCESS;
	if (call->answered == call->answers.count)
		return CREDENCE_LOGIN;
	*answer = call->answers.item[call->answered++].value;
	return CREDENCE_SUCCESS;
}

int64_t fake_clock(void)
{
	struct timespec now;

	ck_assert_int_eq(clock_gettime(CLOCK_BOOTTIME, &now), 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t host_time_left(struct credence_call *call)
{
	int64_t left = call->deadline - fake_clock();

	if (call->deadline == 0)
		return INT64_MAX;
	return left > 0 ? left : 0;
}

static credence_rc host_wait(struct credence_call *call, int64_t milliseconds)
{
	struct timespec pause = {0, 1000000};
	int64_t until = fake_clock() + milliseconds;
	char text[24];

	if (call->quick && !atomic_load(&call->cancelled)) {
		(void)snprintf(text, sizeof(text), "%lld", (long long)milliseconds);
		fake_add(&call->waits, text, "", 0);
		call->now += milliseconds;
		return CREDENCE_SUCCESS;
	}
	for (;;) {
		if (atomic_load(&call->cancelled))
			return CREDENCE_CANCELLED;
		if (host_time_left(call) == 0)
			return CREDENCE_UNAVAIL;
		if (fake_clock() >= until)
			return CREDENCE_SUCCESS;
		(void)nanosleep(&pause, NULL);
	}
}

static int64_t host_now(struct credence_call *call)
{
	return call->now;
}

static credence_rc host_random(struct credence_call *call, void *bytes, size_t length)
{
	memset(bytes, 'r', length);
	if (call->random != NULL && length <= 32)
		memcpy(bytes, call->random, length);
	return CREDENCE_SUCCESS;
}

/* -- Files, in memory -- */

static credence_rc host_file_read(struct credence_call *call, const char *path, const void **bytes,
				  size_t *length)
{
	struct fake_pair *file = list_find(&call->files, path);

	ck_assert_int_eq(path[0], '/');
	if (call->file_rc != CREDENCE_SUCCESS)
		return call->file_rc;
	if (file == NULL)
		return CREDENCE_MISS;
	*bytes = file->value;
	*length = file->length;
	return CREDENCE_SUCCESS;
}

static credence_rc host_file_replace(struct credence_call *call, const char *path,
				     const void *bytes, size_t length)
{
	struct fake_pair *file = list_find(&call->files, path);

	ck_assert_int_eq(path[0], '/');
	if (call->file_rc != CREDENCE_SUCCESS)
		return call->file_rc;
	if (file != NULL)
		list_remove(&call->files, file);
	fake_add(&call->files, path, bytes, length);
	return CREDENCE_SUCCESS;
}

static credence_rc host_file_remove(struct credence_call *call, const char *path)
{
	struct fake_pair *file = list_find(&call->files, path);

	if (call->file_rc != CREDENCE_SUCCESS)
		return call->file_rc;
	if (file == NULL)
		return CREDENCE_MISS;
	list_remove(&call->files, file);
	return CREDENCE_SUCCESS;
}

static credence_rc host_file_check(struct credence_call *call, const char *path)
{
	(void)call;
	(void)path;
	return CREDENCE_SUCCESS;
}

static credence_rc host_file_names(struct credence_call *call, const char *path)
{
	size_t length = strlen(path);

	if (call->file_rc != CREDENCE_SUCCESS)
		return call->file_rc;
	for (size_t i = 0; i < call->files.count; i++) {
		const char *name = call->files.item[i].name;

		if (strncmp(name, path, length) == 0 && name[length] == '/')
			host_put_name(call, name + length + 1);
	}
	return CREDENCE_SUCCESS;
}

static uint64_t host_revision(struct credence_call *call, const void *bytes, size_t length)
{
	(void)call;
	if (length < 10 || memcmp(bytes, "credence1 ", 10) != 0)
		return 0;
	return strtoull((const char *)bytes + 10, NULL, 10);
}

static credence_rc host_render(struct credence_call *call, const char *format, int32_t with_secrets,
			       const char **text, size_t *length)
{
	char rendered[128];

	if (call->render_rc != CREDENCE_SUCCESS)
		return call->render_rc;
	*length = (size_t)snprintf(rendered, sizeof(rendered), "%s %s\n", format,
				   with_secrets != 0 ? "with secrets" : "without secrets");
	fake_set(&call->tokens, "rendered", rendered);
	*text = fake_get(&call->tokens, "rendered");
	return CREDENCE_SUCCESS;
}

static credence_rc host_assertion(struct credence_call *call, const char *claims, const char **jwt)
{
	fake_set(&call->claims, "", claims);
	if (call->assertion_rc != CREDENCE_SUCCESS)
		return call->assertion_rc;
	*jwt = "head.claims.signature";
	return CREDENCE_SUCCESS;
}

static void host_put_time(struct credence_call *call, int64_t now)
{
	call->put_time = now;
}

const struct credence_host fake_host = {
    .size = sizeof(fake_host),
    .abi_minor = CREDENCE_ABI_MINOR,
    .option = host_option,
    .option_item = host_option_item,
    .option_number = host_option_number,
    .option_secret = host_option_secret,
    .attribute = host_attribute,
    .setting = host_setting,
    .token = host_token,
    .put_attribute = host_put_attribute,
    .put_token = host_put_token,
    .put_bytes = host_put_bytes,
    .put_name = host_put_name,
    .fail = host_fail,
    .refused = host_refused,
    .log = host_log,
    .http = host_http,
    .token_request = host_token_request,
    .endpoint_request = host_endpoint_request,
    .sent = host_sent,
    .put_status = host_put_status,
    .put_header = host_put_header,
    .put_body = host_put_body,
    .talk = host_talk,
    .wait = host_wait,
    .now = host_now,
    .time_left = host_time_left,
    .random = host_random,
    .file_read = host_file_read,
    .file_replace = host_file_replace,
    .file_remove = host_file_remove,
    .file_names = host_file_names,
    .file_check = host_file_check,
    .revision = host_revision,
    .render = host_render,
    .assertion = host_assertion,
    .option_bytes = host_option_bytes,
    .put_time = host_put_time,
};

/* -- Modules and calls -- */

const struct credence_module *fake_module(const char *role, const char *name)
{
	static const char *const roles[] = {"",     "grant",     "resolver", "store",
					    "seal", "transport", "hook",     "signer"};
	const char *folder = getenv("CREDENCE_TEST_MODULES");
	const struct credence_module *(*entry)(void);
	const struct credence_module *module;
	char path[1024], symbol[128];
	void *handle;

	ck_assert_msg(folder != NULL, "CREDENCE_TEST_MODULES must name the folder of the modules");
	(void)snprintf(path, sizeof(path), "%s/%s_%s.so", folder, role, name);
	(void)snprintf(symbol, sizeof(symbol), "credence1_%s_%s", role, name);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	ck_assert_msg(handle != NULL, "%s", dlerror());
	*(void **)&entry = dlsym(handle, symbol);
	ck_assert_msg(entry != NULL, "%s exports no %s", path, symbol);
	module = entry();
	ck_assert_uint_eq(module->size, sizeof(*module));
	ck_assert_uint_lt(module->role, sizeof(roles) / sizeof(roles[0]));
	ck_assert_str_eq(roles[module->role], role);
	ck_assert_str_eq(module->name, name);
	ck_assert_ptr_nonnull(module->version);
	ck_assert_ptr_nonnull(module->summary);
	ck_assert_uint_eq(module->option_size, sizeof(struct credence_option));
	ck_assert_ptr_nonnull(module->ops.any);
	(void)dlclose(handle); /* stays loaded: RTLD_NODELETE */
	return module;
}

void fake_init(struct credence_call *call, const struct credence_module *module)
{
	memset(call, 0, sizeof(*call));
	call->module = module;
	call->now = INT64_C(1795444267000);
}

void fake_forget(struct credence_call *call)
{
	struct fake_list *const lists[] = {
	    &call->put,    &call->names, &call->bytes,  &call->said,     &call->params,
	    &call->claims, &call->log,   &call->body,   &call->posted,   &call->headers,
	    &call->waits,  &call->asked, &call->bodies, &call->timeouts, &call->replies};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		list_done(lists[i]);
	free(call->code);
	free(call->message);
	free(call->hint);
	call->code = call->message = call->hint = NULL;
	call->failed = CREDENCE_SUCCESS;
	call->token_requests = call->sent = 0;
	call->turn = call->replied = 0;
	call->status = 0;
}

void fake_done(struct credence_call *call)
{
	struct fake_list *const lists[] = {&call->options, &call->settings, &call->attributes,
					   &call->tokens,  &call->files,    &call->answers,
					   &call->turns,   &call->pages};

	fake_forget(call);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		list_done(lists[i]);
}

struct credence_self *fake_open(struct credence_call *call)
{
	struct credence_self *self = NULL;

	if (call->module->open != NULL)
		ck_assert_int_eq(call->module->open(&fake_host, call, &self), CREDENCE_SUCCESS);
	return self;
}
