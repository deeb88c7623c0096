/* SPDX-License-Identifier: MIT */
/* Requests to an endpoint other than the token endpoint; see endpoint.h. */
#include "core/renew/endpoint.h"

#include "core/renew/answer.h"
#include "core/renew/client_auth.h"
#include "core/renew/parameters.h"
#include "core/renew/request.h"

#include <string.h>

/* What the configuration has for an endpoint. */
static const struct kind {
	const char *endpoint;
	const char *at;             /* of the catalogue, and of the lists of parameters */
	const char *authentication; /* the setting with a method of its own; NULL: none */
	bool authorizes;            /* what is asked for here is what the token will be for */
} kinds[] = {
    {"device_authorization_endpoint", "device", "device.client_authentication", true},
    {"pushed_authorization_request_endpoint", "authorize", NULL, true},
    {"revocation_endpoint", "revoke", "revocation.client_authentication", false},
    {"introspection_endpoint", "introspect", NULL, false},
    {NULL, "token", NULL, false}, /* any other */
};

static const struct kind *kind_of(const char *endpoint)
{
	const struct kind *kind = kinds;

	while (kind->endpoint != NULL && strcmp(kind->endpoint, endpoint) != 0)
		kind++;
	return kind;
}

static void add_configured(const struct session *session, const struct kind *kind,
			   const struct credence_param *params, uint32_t count, struct buf *form)
{
	const struct profile *profile = session->profile;
	struct buf path = BUF_INIT, own = BUF_INIT;
	struct setting extra, none = {.value = NULL};

	if (kind->endpoint == NULL)
		return;
	buf_printf(&path, "parameters.%s", kind->at);
	buf_printf(&own, "extra.%s", kind->at);
	extra = profile_own(profile, buf_text(&own));
	parameters_add(form, profile_find(profile, buf_text(&path)), extra, params, count);
	parameters_add(form, extra, none, params, count);
	buf_done(&path);
	buf_done(&own);
	/* RFC 8707 section 2.1. */
	if (kind->authorizes) {
		form_add(form, "resource", profile->resource);
		form_add(form, "audience", profile->audience);
	}
}

static credence_rc build(struct session *session, const struct kind *kind,
			 const struct credence_param *params, uint32_t count, struct buf *form,
			 struct buf *authorization)
{
	const char *method = NULL;
	uint32_t i;

	for (i = 0; i < count; i++)
		form_add(form, params[i].name, params[i].value);
	add_configured(session, kind, params, count, form);
	if (kind->authentication != NULL)
		method = setting_string(profile_find(session->profile, kind->authentication));
	return client_authenticate(session, method, form, authorization);
}

credence_rc endpoint_request(struct credence_call *call, const char *endpoint,
			     const struct credence_param *params, uint32_t count)
{
	struct session *session = call->work->data;
	const struct kind *kind = kind_of(endpoint);
	struct buf form = BUF_SECRET, authorization = BUF_SECRET;
	struct http_answer answer = {.body = BUF_SECRET};
	struct request request;
	const char *url = NULL;
	credence_rc rc;

	request_init(&request, kind->at, NULL);
	rc = request_url(session, endpoint, &url);
	if (rc == CREDENCE_SUCCESS)
		rc = build(session, kind, params, count, &form, &authorization);
	if (rc == CREDENCE_SUCCESS)
		rc = request_post(session, &request, url, &form, &authorization, &answer);
	if (rc == CREDENCE_SUCCESS)
		rc = answer_read_members(session, &request, &answer);
	http_answer_done(&answer);
	buf_done(&form);
	buf_done(&authorization);
	request_done(&request);
	return rc;
}
