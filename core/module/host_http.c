/* SPDX-License-Identifier: MIT */
/* Host services: the network, for those who ask and for the transport that answers. */
#include "core/config/url.h"
#include "core/module/origin.h"
#include "core/module/scratch.h"
#include "core/module/services.h"
#include "core/os/ascii.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES_MAX ((size_t)64 << 10)

/* All but open, which comes before a walk has decided to ask, and perform, which is the network. */
#define ASKERS "acquire renew revoke resolve learn load save erase list seal unseal event"

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

/* A token or a secret is never sent to anybody but the provider. */
static credence_rc check_target(struct credence_call *call, const char *text)
{
	const char *wrong;
	struct url url;

	if (text == NULL)
		return call_fail(call, CREDENCE_ERROR, "a request has no URL");
	wrong = url_parse(text, &url);
	if (wrong != NULL)
		return call_fail(call, CREDENCE_UNSAFE, "refused to call a URL: %s", wrong);
	if (origin_allowed(call, text))
		return CREDENCE_SUCCESS;
	return call_fail(call, CREDENCE_UNSAFE, "%s is no host of provider %s", url.host,
			 call->work->profile->provider_name);
}

credence_rc service_http(struct credence_call *call, const struct credence_request *given,
			 const struct credence_response **response)
{
	struct frame *frame = service_frame(call, ASKERS, "http");
	struct http_answer answer = {.body = BUF_SECRET};
	struct credence_request request = {0};
	bool sent;
	credence_rc rc;

	if (frame == NULL || given == NULL)
		return CREDENCE_ERROR;
	if (call->work->http == NULL)
		return call_fail(call, CREDENCE_CONFIG, "there is no network here");
	if ((call->flags & CALL_NO_NETWORK) != 0)
		return call_offline(call);
	memcpy(&request, given, given->size < sizeof(request) ? given->size : sizeof(request));
	request.size = sizeof(request);
	rc = check_target(call, request.url);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	/* Only a token request can't be made twice: what leaves here is not one. */
	sent = call->work->sent;
	rc = call->work->http(call, &request, &answer);
	call->work->sent = sent;
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
	if (count == 0 || strcmp(params[0].name, "grant_type") != 0)
		return call_fail(call, CREDENCE_ERROR,
				 "a token request begins with the parameter grant_type");
	if ((call->flags & CALL_NO_NETWORK) != 0)
		return call_offline(call);
	return call->work->token_request(call, params, count);
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
