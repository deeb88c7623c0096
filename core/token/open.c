/* SPDX-License-Identifier: MIT */
/*
 * Opening a session: the profile, and the services for modules that need more of the core than
 * core/module knows.
 */
#include "core/renew/endpoint.h"
#include "core/renew/http.h"
#include "core/renew/jwt.h"
#include "core/renew/request.h"
#include "core/token/token.h"

#include <string.h>

static credence_rc render(struct credence_call *call, const char *format, bool with_secrets,
			  struct buf *text)
{
	struct session *session = call->work->data;
	struct issued issued = {.record = session->record};

	if (session->record == NULL)
		return call_fail(call, CREDENCE_ERROR, "there is no record to render");
	issued.access =
	    record_access(session->record, session->profile->scope, session->profile->resource);
	return session_export(session, &issued, format, with_secrets, text);
}

credence_rc session_open(struct credence_call *call, const char *name, bool act,
			 struct session *session)
{
	struct profile *profile = NULL;
	credence_rc rc;

	memset(session, 0, sizeof(*session));
	rc = profile_load(call, &call->context->places, &call->context->main, name, NULL, act,
			  &profile);
	if (rc == CREDENCE_SUCCESS)
		session_init(call, profile, session);
	return rc;
}

void session_init(struct credence_call *call, struct profile *profile, struct session *session)
{
	memset(session, 0, sizeof(*session));
	session->call = call;
	session->context = call->context;
	session->lock = LOCK_INIT;
	session->profile = profile;
	session->work.profile = session->profile;
	session->work.token_request = request_token;
	session->work.endpoint_request = endpoint_request;
	session->work.revoke_request = request_revoke;
	session->work.refused = request_refused;
	session->work.http = session_http;
	session->work.assertion = jwt_assertion;
	session->work.render = render;
	session->work.data = session;
	call->work = &session->work;
}
