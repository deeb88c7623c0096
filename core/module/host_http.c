/* SPDX-License-Identifier: MIT */
/* Host services: the network, for those who ask and for the transport that answers. */
#include "core/config/url.h"
#include "core/module/options.h"
#include "core/module/origin.h"
#include "core/module/scratch.h"
#include "core/module/services.h"
#include "core/os/ascii.h"
#include "core/os/clock.h"
#include "core/os/text.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES_MAX  ((size_t)64 << 10)
#define RESOLVER_TIME_MAX (10 * CLOCK_SECOND)

/* Not open, identify, traits and unattended, which come before a walk has decided to ask; nor
 * perform, which is the network. */
#define ASKERS                                                                                     \
	"acquire renew revoke resolve learn load save erase list lock unlock seal unseal sign "    \
	"event"

/* Those that a trace runs, but not for real. */
#define ACTING "acquire renew revoke resolve learn"

/* -- For those who ask -- */

static bool copy_headers(struct frame *frame, const struct attributes *from,
			 struct credence_param *headers)
{
	size_t i;

	for (i = 0; i < from->count; i++) {
		headers[i].name = frame_keep(frame, from->item[i].name);
		headers[i].value = frame_keep(frame, from->item[i].value);
		if (headers[i].name == NULL || headers[i].value == NULL)
			return false;
	}
	return true;
}

/* The answer as the asking method may read it, until it returns. */
static credence_rc hand_over(struct credence_call *call, struct frame *frame,
			     struct http_answer *answer)
{
	struct credence_param *headers = calloc(answer->header.count + 1, sizeof(*headers));
	size_t length = answer->body.length;
	const char *body;

	if (headers == NULL)
		return call_oom(call);
	free((void *)frame->response.headers);
	frame->response = (struct credence_response){
	    .size = sizeof(frame->response),
	    .status = answer->status,
	    .headers = headers,
	    .header_count = (uint32_t)answer->header.count,
	    .body_length = length,
	};
	body = scratch_take(&frame->scratch, buf_take(&answer->body));
	frame->response.body = body;
	return body != NULL && copy_headers(frame, &answer->header, headers) ? CREDENCE_SUCCESS
									     : call_oom(call);
}

/* What is for the provider goes to the provider's servers alone, and what is for servers of the
 * module's own to those. */
static credence_rc check_target(struct credence_call *call, const struct entry *entry,
				const struct credence_request *request, const struct url *url)
{
	if (request->servers == NULL)
		return origin_allowed(call, request->url)
			   ? CREDENCE_SUCCESS
			   : call_fail(call, CREDENCE_UNSAFE, "%s is no host of provider %s",
				       url->host, call->work->profile->provider_name);
	if (options_has_origin(entry->module, entry->conf, request->servers, request->url))
		return CREDENCE_SUCCESS;
	return call_fail(call, CREDENCE_UNSAFE, "%s is none of the servers in option %s", url->host,
			 request->servers);
}

/* May anything be sent there at all? */
static credence_rc check_network(struct credence_call *call, const struct frame *frame,
				 const struct credence_request *request, const struct url *url)
{
	bool own = request->servers != NULL;

	if ((call->flags & CALL_NO_NETWORK) != 0 && !(own && url_is_loopback(url)))
		return call_offline(call);
	if ((call->flags & CALL_DRY) != 0 && text_words_cover(ACTING, frame->method))
		return call_fail(call, CREDENCE_UNAVAIL, "nothing is sent while tracing");
	return CREDENCE_SUCCESS;
}

/* NULL: nothing that must be there is missing. */
static const char *request_lacks(const struct credence_request *request)
{
	uint32_t i;

	if (request->url == NULL)
		return "a request has no URL";
	if (request->method == NULL)
		return "a request has no method";
	for (i = 0; i < request->header_count; i++)
		if (request->headers[i].name == NULL || request->headers[i].value == NULL)
			return "a header of a request has no name or no value";
	return NULL;
}

static credence_rc check_request(struct credence_call *call, const struct frame *frame,
				 const struct credence_request *request)
{
	const char *wrong = request_lacks(request);
	struct url url;
	credence_rc rc;

	if (wrong != NULL)
		return call_fail(call, CREDENCE_ERROR, "%s", wrong);
	wrong = url_parse(request->url, &url);
	if (wrong != NULL)
		return call_fail(call, CREDENCE_UNSAFE, "refused to call a URL: %s", wrong);
	rc = check_network(call, frame, request, &url);
	return rc == CREDENCE_SUCCESS ? check_target(call, frame->entry, request, &url) : rc;
}

/* What the module itself may have put there does not count. */
static credence_rc fill_in(struct credence_call *call, const struct entry *entry,
			   struct credence_request *request)
{
	credence_rc rc;

	request->proxy = request->ca_file = request->client_cert = NULL;
	if (request->servers == NULL)
		return CREDENCE_SUCCESS;
	rc = options_file(call, entry->module, entry->conf, request->server_ca, &request->ca_file);
	return rc == CREDENCE_SUCCESS ? options_file(call, entry->module, entry->conf,
						     request->server_cert, &request->client_cert)
				      : rc;
}

/* A resolver asks on the way to something else, for which time must be left, and may know what to
 * do without an answer. */
static int64_t deadline_for(struct credence_call *call, const struct frame *frame,
			    const struct credence_request *request)
{
	int64_t until = call->deadline, left = call_time_left(call) / 3, most;

	if (text_words_cover("resolve learn", frame->method))
		until = clock_boot() + (left < RESOLVER_TIME_MAX ? left : RESOLVER_TIME_MAX);
	most = clock_boot() + request->timeout;
	return request->timeout > 0 && (until == 0 || most < until) ? most : until;
}

/* Whose server it was that did not answer, and where it was named. */
static credence_rc name_server(struct credence_call *call, const struct entry *entry,
			       const struct credence_request *request, credence_rc rc)
{
	if (rc == CREDENCE_SUCCESS || rc == CREDENCE_CANCELLED)
		return rc;
	call_prefix(call, "%s", entry->conf->use);
	if (call->failure.hint == NULL)
		call_hint(call, "check %s of %s %s, and that they run", request->servers,
			  role_name(entry->role), entry->conf->use);
	return rc;
}

/* The walk that is traced is not that of a store's own requests. */
static credence_rc perform(struct credence_call *call, const struct frame *frame,
			   const struct credence_request *request, struct http_answer *answer)
{
	struct trace *trace = call->work->trace;
	/* Only a token request can't be made twice: what leaves here is not one. */
	bool sent = call->work->sent;
	int64_t deadline = call->deadline;
	credence_rc rc;

	call->deadline = deadline_for(call, frame, request);
	if (request->servers != NULL)
		call->work->trace = NULL;
	rc = call->work->http(call, request, answer);
	call->work->trace = trace;
	call->deadline = deadline;
	call->work->sent = sent;
	return request->servers != NULL ? name_server(call, frame->entry, request, rc) : rc;
}

credence_rc service_http(struct credence_call *call, const struct credence_request *given,
			 const struct credence_response **response)
{
	struct frame *frame = service_frame(call, ASKERS, "http");
	struct http_answer answer = {.body = BUF_SECRET};
	struct credence_request request;
	credence_rc rc;

	if (frame == NULL || given == NULL)
		return CREDENCE_ERROR;
	if (call->work->http == NULL)
		return call_fail(call, CREDENCE_CONFIG, "there is no network here");
	rc = service_copy(call, "http", given, &request, sizeof(request));
	request.size = sizeof(request);
	if (rc == CREDENCE_SUCCESS)
		rc = check_request(call, frame, &request);
	if (rc == CREDENCE_SUCCESS)
		rc = fill_in(call, frame->entry, &request);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = perform(call, frame, &request, &answer);
	if (rc == CREDENCE_SUCCESS)
		rc = hand_over(call, frame, &answer);
	if (rc == CREDENCE_SUCCESS)
		*response = &frame->response;
	http_answer_done(&answer);
	return rc;
}

credence_rc service_token_request(struct credence_call *call, const struct credence_param *params,
				  uint32_t count)
{
	if (service_frame(call, "acquire renew", "token_request") == NULL)
		return CREDENCE_ERROR;
	if (call->work->token_request == NULL)
		return call_fail(call, CREDENCE_CONFIG, "no token can be requested here");
	if (count == 0 || strcmp(params[0].name, "grant_type") != 0 || params[0].value == NULL ||
	    params[0].value[0] == '\0')
		return call_fail(call, CREDENCE_ERROR,
				 "a token request begins with the parameter grant_type");
	if ((call->flags & CALL_NO_NETWORK) != 0)
		return call_offline(call);
	return call->work->token_request(call, params, count);
}

/* Those that have a service of their own, which counts, and the one that is a page. */
static bool has_own_way(const char *endpoint)
{
	return strcmp(endpoint, "token_endpoint") == 0 ||
	       strcmp(endpoint, "device_token_endpoint") == 0 ||
	       strcmp(endpoint, "authorization_endpoint") == 0;
}

credence_rc service_endpoint_request(struct credence_call *call, const char *endpoint,
				     const struct credence_param *params, uint32_t count)
{
	bool sent;
	credence_rc rc;

	if (service_frame(call, "acquire renew revoke", "endpoint_request") == NULL)
		return CREDENCE_ERROR;
	if (call->work->endpoint_request == NULL)
		return call_fail(call, CREDENCE_CONFIG, "no endpoint can be asked here");
	if (endpoint == NULL || has_own_way(endpoint))
		return call_fail(call, CREDENCE_ERROR, "endpoint_request is not for the %s",
				 endpoint != NULL ? endpoint : "endpoint without a name");
	if ((call->flags & CALL_NO_NETWORK) != 0)
		return call_offline(call);
	/* As with http(): what leaves here is no token request. */
	sent = call->work->sent;
	rc = call->work->endpoint_request(call, endpoint, params, count);
	call->work->sent = sent;
	return rc;
}

credence_rc service_revoke_request(struct credence_call *call)
{
	if (service_frame(call, "revoke", "revoke_request") == NULL)
		return CREDENCE_ERROR;
	if (call->work->revoke_request == NULL)
		return call_fail(call, CREDENCE_CONFIG, "nothing can be revoked here");
	if ((call->flags & CALL_NO_NETWORK) != 0)
		return call_offline(call);
	return call->work->revoke_request(call);
}

credence_rc service_assertion(struct credence_call *call, const char *claims, const char **jwt)
{
	struct frame *frame = service_frame(call, "acquire renew", "assertion");
	struct buf text = BUF_SECRET;
	credence_rc rc;

	if (frame == NULL || claims == NULL || jwt == NULL)
		return CREDENCE_ERROR;
	if (call->work->assertion == NULL)
		return call_fail(call, CREDENCE_CONFIG, "nothing can be signed here");
	rc = call->work->assertion(call, claims, &text);
	if (rc == CREDENCE_SUCCESS) {
		*jwt = scratch_take(&frame->scratch, buf_take(&text));
		rc = *jwt != NULL ? CREDENCE_SUCCESS : call_oom(call);
	}
	buf_done(&text);
	return rc;
}

/* -- For the transport -- */

static struct http_answer *answer_of(struct credence_call *call, const char *service)
{
	struct frame *frame = service_frame(call, "perform", service);

	return frame != NULL ? frame->answer : NULL;
}

void service_sent(struct credence_call *call)
{
	if (answer_of(call, "sent") != NULL)
		call->work->sent = true;
}

credence_rc service_put_status(struct credence_call *call, int32_t status)
{
	struct http_answer *answer = answer_of(call, "put_status");

	if (answer == NULL)
		return CREDENCE_ERROR;
	/* A new status line (after 100 Continue) begins the answer anew. */
	attributes_done(&answer->header);
	buf_reset(&answer->body);
	answer->status = status;
	return CREDENCE_SUCCESS;
}

/* Whatever answers so is not the server that was meant. */
static credence_rc too_long(struct credence_call *call, const char *what, size_t limit)
{
	call_fail(call, CREDENCE_UNAVAIL, "%s longer than the %zu bytes that are read", what,
		  limit);
	call_code(call, "bad_answer");
	call_hint(call, "check the network (a proxy or portal?), or try again later");
	return CREDENCE_UNAVAIL;
}

static size_t header_bytes(const struct attributes *header)
{
	size_t bytes = 0, i;

	for (i = 0; i < header->count; i++)
		bytes += strlen(header->item[i].name) + strlen(header->item[i].value);
	return bytes;
}

credence_rc service_put_header(struct credence_call *call, const char *name, const char *value)
{
	struct http_answer *answer = answer_of(call, "put_header");
	struct buf lower = BUF_INIT;
	bool ok;

	if (answer == NULL || name == NULL || value == NULL)
		return CREDENCE_ERROR;
	for (; *name != '\0'; name++)
		buf_char(&lower, ascii_is_upper(*name) ? (char)(*name + ('a' - 'A')) : *name);
	if (header_bytes(&answer->header) + lower.length + strlen(value) > HEADER_BYTES_MAX) {
		buf_done(&lower);
		return too_long(call, "the answer's headers are", HEADER_BYTES_MAX);
	}
	ok = attributes_get(&answer->header, buf_text(&lower)) != NULL ||
	     attributes_set(&answer->header, buf_text(&lower), value);
	buf_done(&lower);
	return ok ? CREDENCE_SUCCESS : call_oom(call);
}

credence_rc service_put_body(struct credence_call *call, const void *bytes, size_t length)
{
	struct http_answer *answer = answer_of(call, "put_body");

	if (answer == NULL)
		return CREDENCE_ERROR;
	if (length > answer->max_body || answer->body.length > answer->max_body - length)
		return too_long(call, "the answer is", answer->max_body);
	buf_add(&answer->body, bytes, length);
	return answer->body.failed ? call_oom(call) : CREDENCE_SUCCESS;
}
