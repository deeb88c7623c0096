/* SPDX-License-Identifier: MIT */
/* Telling the hooks; see events.h. */
#include "core/session/events.h"

#include "core/os/clock.h"
#include "core/os/text.h"

#include <inttypes.h>

#define HOOK_TIME (5 * CLOCK_SECOND)

static credence_rc ask_event(struct credence_call *call, struct entry *entry, void *data)
{
	struct session *session = data;
	int64_t deadline = call->deadline;
	struct frame frame;
	credence_rc rc;

	/* A hook has time of its own: what it tells of has happened already. */
	call->deadline = clock_boot() + HOOK_TIME;
	frame_init(&frame);
	rc = entry_event(call, entry, &frame, session->event);
	frame_done(&frame);
	call->deadline = deadline;
	/* Nobody is stopped by it, but somebody who looks for it has to find it. */
	if (rc != CREDENCE_SUCCESS && rc != CREDENCE_MISS && !entry->conf->control.vital)
		call_log(call, CREDENCE_LOG_INFO, "hook %s was not told: %s", entry->conf->use,
			 call->failure.message != NULL ? call->failure.message : rc_name(rc));
	return rc;
}

static void know_number(struct attributes *known, const char *name, int64_t value)
{
	struct buf text = BUF_INIT;

	buf_printf(&text, "%" PRId64, value);
	attributes_set(known, name, buf_text(&text));
	buf_done(&text);
}

static void know_token(struct session *session)
{
	struct record *record = session->record;
	struct attributes *known = &session->work.known;
	const struct access_token *access;

	if (record == NULL)
		return;
	session->work.refresh_token = record->refresh_token;
	session->work.id_token = record->id_token;
	attributes_set(known, "grant", record->grant);
	attributes_set(known, "location", record->location);
	attributes_set(known, "accounts_server", record->accounts_server);
	attributes_set(known, "api_domain", record->api_domain);
	know_number(known, "generation", (int64_t)record->generation);
	access = record_access(record, session->profile->scope, session->profile->resource);
	if (access == NULL)
		return;
	session->work.access_token = access->token;
	attributes_set(known, "token_type", access->type);
	know_number(known, "issued_at", access->issued.wall);
	know_number(known, "expires_at", access->expires_at);
}

static void know_failure(struct session *session, const struct failure *failure, int status)
{
	struct attributes *known = &session->work.known;

	know_number(known, "status", status);
	attributes_set(known, "code", failure->code);
	attributes_set(known, "message", failure->message);
}

credence_rc session_tell(struct session *session, credence_rc rc)
{
	struct credence_call *call = session->call;
	int status = rc == CREDENCE_SUCCESS ? STATUS_OK : call_status(call, 0);
	struct failure failure;
	struct stack *stack;
	credence_rc told;

	if (session->event == NULL)
		return rc;
	failure = call_take_failure(call);
	know_token(session);
	know_failure(session, &failure, status);
	told = session_stack(session, CREDENCE_ROLE_HOOK, &stack);
	if (told == CREDENCE_SUCCESS)
		told = walk(call, stack, WALK_WRITING, ask_event, session, NULL);
	session->event = NULL;
	session->work.access_token = NULL;
	session->work.refresh_token = NULL;
	session->work.id_token = NULL;
	if (told == CREDENCE_SUCCESS || told == CREDENCE_MISS || rc != CREDENCE_SUCCESS) {
		call_clear(call);
		call_set_failure(call, &failure);
		return rc;
	}
	failure_done(&failure);
	call_prefix(call, "saved, but a required hook failed");
	call->failure.status = STATUS_MODULE;
	return CREDENCE_ERROR;
}
