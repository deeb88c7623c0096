/* SPDX-License-Identifier: MIT */
/* Who says what when, within one method: hello, hello, call, host calls and replies, result; see
 * credence-exec(7). */
#include "core/call/call.h"
#include "core/os/json.h"
#include "modules/exec/exec.h"

#include <string.h>

static bool is_type(struct json_object *message, const char *type)
{
	const char *found = json_string(message, "type");

	return found != NULL && strcmp(found, type) == 0;
}

static bool has_method(struct json_object *hello, const char *method)
{
	struct json_object *methods = json_member(hello, "methods");
	size_t i, count;

	if (!json_object_is_type(methods, json_type_array))
		return false;
	count = json_object_array_length(methods);
	for (i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(methods, i);

		if (json_object_is_type(item, json_type_string) &&
		    strcmp(json_object_get_string(item), method) == 0)
			return true;
	}
	return false;
}

static credence_rc send_hello(struct exec *exec)
{
	struct json_object *hello = exec_message("hello");

	if (hello != NULL && (!json_set_number(hello, "protocol", EXEC_PROTOCOL) ||
			      !json_set_string(hello, "credence", PACKAGE_VERSION) ||
			      !json_set_string(hello, "role", exec->role))) {
		json_wipe(hello);
		hello = NULL;
	}
	return exec_send(exec, hello);
}

static credence_rc greet(struct exec *exec, bool *offered)
{
	struct json_object *hello = NULL;
	int64_t protocol = 0;
	credence_rc rc = send_hello(exec);

	if (rc == CREDENCE_SUCCESS)
		rc = exec_receive(exec, &hello);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (!is_type(hello, "hello"))
		rc = exec_fail(exec, CREDENCE_ERROR, "did not say hello first");
	else if (!json_number(hello, "protocol", &protocol))
		rc = exec_fail(exec, CREDENCE_ERROR, "does not say which protocol it speaks");
	else if (protocol != EXEC_PROTOCOL)
		rc = exec_fail(exec, CREDENCE_ERROR,
			       "speaks version %lld of the protocol; this credence speaks %d",
			       (long long)protocol, EXEC_PROTOCOL);
	else
		*offered = has_method(hello, exec->method);
	json_wipe(hello);
	return rc;
}

static credence_rc send_call(struct exec *exec)
{
	struct json_object *call = exec_message("call");
	credence_rc rc = CREDENCE_SUCCESS;

	if (call != NULL && !json_set_string(call, "method", exec->method)) {
		json_wipe(call);
		call = NULL;
	}
	if (call != NULL)
		rc = exec_add_item(exec, call);
	if (rc == CREDENCE_SUCCESS)
		return exec_send(exec, call);
	json_wipe(call);
	return rc;
}

/* What a method must have put if it ends well; NULL: it did. */
static const char *lacks(const struct exec *exec)
{
	if ((strcmp(exec->method, "acquire") == 0 || strcmp(exec->method, "renew") == 0) &&
	    !exec->has_token)
		return "token";
	return strcmp(exec->method, "load") == 0 && !exec->has_bytes ? "bytes" : NULL;
}

/* A failure that the host's own services met has a message already; one with words of its own
 * replaces it. */
static credence_rc take_result(struct exec *exec, struct json_object *result)
{
	const char *answer = json_string(result, "answer");
	const char *message = json_string(result, "message");
	credence_rc rc = answer != NULL ? rc_of_name(answer, strlen(answer)) : -1;
	struct buf text = BUF_INIT;

	if (rc < 0)
		return exec_fail(exec, CREDENCE_ERROR, "has a result with the answer %s",
				 answer != NULL ? answer : "missing");
	if (rc == CREDENCE_SUCCESS && lacks(exec) != NULL)
		return exec_fail(exec, CREDENCE_ERROR, "has the result success, but put no %s",
				 lacks(exec));
	if (rc == CREDENCE_SUCCESS || message == NULL)
		return rc;
	buf_printf(&text, "%s exec: %s", exec->role, message);
	exec->host->fail(exec->call, rc, json_string(result, "code"), buf_text(&text),
			 json_string(result, "hint"));
	buf_done(&text);
	return rc;
}

static credence_rc serve(struct exec *exec, struct json_object *request)
{
	if (++exec->calls > EXEC_CALLS_MAX)
		return exec_fail(exec, CREDENCE_ERROR, "made more than %d host calls",
				 EXEC_CALLS_MAX);
	return exec_send(exec, exec_serve(exec, request));
}

/* Until the result. */
static credence_rc converse(struct exec *exec)
{
	struct json_object *message = NULL;
	credence_rc rc = send_call(exec);
	bool done = false;

	while (rc == CREDENCE_SUCCESS && !done) {
		rc = exec_receive(exec, &message);
		if (rc != CREDENCE_SUCCESS)
			break;
		done = is_type(message, "result");
		if (done)
			rc = take_result(exec, message);
		else if (is_type(message, "host_call"))
			rc = serve(exec, message);
		else
			rc = exec_fail(exec, CREDENCE_ERROR,
				       "sent a message of type %s, which is none",
				       json_string(message, "type"));
		json_wipe(message);
	}
	return rc;
}

/* After its result a program may tidy up for a moment. How it then ends changes nothing any more.
 */
static void say_goodbye(struct exec *exec)
{
	int32_t status = 0;

	if (exec->host->program_end(exec->call, &status, NULL) == CREDENCE_SUCCESS && status != 0)
		exec->host->log(exec->call, CREDENCE_LOG_INFO,
				status < 0 ? "the program did not end after its result"
					   : "the program ended with a failure after its result");
}

static credence_rc run(struct exec *exec, bool *offered)
{
	credence_rc rc = exec_start(exec);

	*offered = true;
	if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = greet(exec, offered);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = *offered ? converse(exec) : CREDENCE_MISS;
	if (rc == CREDENCE_SUCCESS || rc == CREDENCE_MISS)
		say_goodbye(exec);
	return rc;
}

credence_rc exec_method(const struct credence_host *host, struct credence_call *call,
			const char *role, const char *method, bool *offered)
{
	struct exec exec = {.host = host, .call = call, .role = role, .method = method};

	return run(&exec, offered);
}

credence_rc exec_store(struct exec *exec)
{
	bool offered;
	credence_rc rc = run(exec, &offered);

	return offered ? rc : exec_fail(exec, CREDENCE_ERROR, "has no method %s", exec->method);
}
