/* SPDX-License-Identifier: MIT */
/* The host's http service; see http.h. */
#include "core/renew/http.h"

#include "core/config/url.h"
#include "core/os/clock.h"
#include "core/os/process.h"
#include "core/os/text.h"

#include <string.h>
#include <time.h>

#define RETRY_AFTER_MAX CLOCK_HOUR

struct perform {
	const struct credence_request *request;
	struct http_answer *answer;
};

static credence_rc ask_perform(struct credence_call *call, struct entry *entry, void *data)
{
	struct perform *perform = data;
	struct frame frame;
	credence_rc rc;

	frame_init(&frame);
	frame.answer = perform->answer;
	rc = entry_perform(call, entry, &frame, perform->request);
	frame_done(&frame);
	return rc;
}

/* "env:" asks for the environment's proxy, by name; nothing else of the environment counts. */
static const char *proxy_of(const struct profile *profile)
{
	const char *proxy = setting_string(profile_find(profile, "http.proxy"));
	const char *from_environment;

	if (proxy == NULL || strcmp(proxy, "env:") != 0)
		return proxy;
	from_environment = process_env("https_proxy");
	return from_environment != NULL ? from_environment : process_env("HTTPS_PROXY");
}

/* What counts on the way to the provider. */
static void apply_settings(const struct profile *profile, struct credence_request *request)
{
	request->proxy = proxy_of(profile);
	request->ca_file = setting_string(profile_find(profile, "http.ca_file"));
	request->client_cert = setting_string(profile_find(profile, "http.client_cert"));
	request->connect_timeout =
	    (int32_t)setting_duration(profile_find(profile, "http.connect_timeout"), 0);
}

static void fill_in(const struct profile *profile, const struct credence_request *given,
		    const struct url *url, struct credence_request *request)
{
	*request = *given;
	request->size = sizeof(*request);
	request->host = url->host;
	request->port = url->port;
	if (request->servers == NULL)
		apply_settings(profile, request);
	request->servers = request->server_ca = request->server_cert = NULL;
	if (request->max_body == 0)
		request->max_body = HTTP_BODY_MAX;
}

credence_rc session_http(struct credence_call *call, const struct credence_request *given,
			 struct http_answer *answer)
{
	struct session *session = call->work->data;
	struct credence_request request;
	struct perform perform = {&request, answer};
	int64_t deadline = call->deadline;
	struct stack *stack;
	const char *wrong;
	struct url url;
	credence_rc rc;

	wrong = url_parse(given->url, &url);
	if (wrong != NULL)
		return call_fail(call, CREDENCE_UNSAFE, "refused to call a URL: %s", wrong);
	/* Servers of a module's own have been looked at (core/module/host_http.c). */
	if ((call->flags & CALL_NO_NETWORK) != 0 && given->servers == NULL)
		return call_offline(call);
	rc = session_stack(session, CREDENCE_ROLE_TRANSPORT, &stack);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	fill_in(session->profile, given, &url, &request);
	answer->max_body = request.max_body;
	if (deadline == 0 || deadline > clock_boot() + HTTP_TIMEOUT)
		call->deadline = clock_boot() + HTTP_TIMEOUT;
	call_progress(call, url.host, clock_boot());
	rc = walk(call, stack, WALK_READING, ask_perform, &perform, NULL);
	call_progress(call, NULL, 0);
	call->deadline = deadline;
	return rc;
}

int64_t http_retry_after(const struct http_answer *answer)
{
	const char *text = attributes_get(&answer->header, "retry-after");
	int64_t value;

	if (text == NULL)
		return 0;
	if (text_number(text, &value)) {
		if (value > RETRY_AFTER_MAX / CLOCK_SECOND)
			value = RETRY_AFTER_MAX / CLOCK_SECOND;
		value *= CLOCK_SECOND;
	} else {
		value = text_parse_http_date(text, &value) ? value - clock_wall() : 0;
	}
	if (value > RETRY_AFTER_MAX)
		value = RETRY_AFTER_MAX;
	return value > 0 ? value : 0;
}
