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
#include <unistd.h>

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

/* What root kept there the user whose state it is could not read. */
static credence_rc check_user(const struct session *session)
{
	struct credence_call *call = session->call;
	const struct profile *profile = session->profile;
	const char *user = setting_string(main_conf_find(&session->context->main, "user"));

	if (user == NULL || strcmp(user, "root") == 0 || geteuid() != 0 ||
	    profile->conf->place == PLACE_USER)
		return CREDENCE_SUCCESS;
	call_fail_status(call, STATUS_NOT_ALLOWED, CREDENCE_DENIED,
			 "the state of the system's profiles belongs to user %s", user);
	call_hint(call, "run it as that user: runuser -u %s -- credence ...", user);
	return CREDENCE_DENIED;
}

credence_rc session_open(struct credence_call *call, const char *name, bool act,
			 struct session *session)
{
	credence_rc rc = session_look(call, name, act, session);

	if (rc == CREDENCE_SUCCESS)
		rc = check_user(session);
	if (rc != CREDENCE_SUCCESS)
		session_done(session);
	return rc;
}

credence_rc session_look(struct credence_call *call, const char *name, bool act,
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
