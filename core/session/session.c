/* SPDX-License-Identifier: MIT */
/* What a session holds, and giving it back; see session.h. Opening one is core/token/open.c's. */
#include "core/session/session.h"

#include "core/session/credential_lock.h"
#include "core/session/store.h"

#include <string.h>

void session_use(struct session *session)
{
	session->call->work = &session->work;
}

void session_done(struct session *session)
{
	unsigned role;

	if (session->call == NULL)
		return;
	session_use(session);
	credential_unlock(session);
	store_backfill(session);
	for (role = 1; role < ROLE_COUNT; role++)
		if (session->stack_open[role])
			stack_done(session->call, &session->stack[role]);
	record_free(session->record);
	attributes_done(&session->work.known);
	trace_done(&session->trace);
	profile_free(session->profile);
	session->call->work = NULL;
	memset(session, 0, sizeof(*session));
}

credence_rc session_stack(struct session *session, uint32_t role, struct stack **stack)
{
	credence_rc rc = CREDENCE_SUCCESS;

	if (!session->stack_open[role])
		rc = stack_init(session->call, &session->stack[role], session->profile, role);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	session->stack_open[role] = true;
	*stack = &session->stack[role];
	return CREDENCE_SUCCESS;
}

credence_rc session_load(struct session *session)
{
	return store_load(session);
}
