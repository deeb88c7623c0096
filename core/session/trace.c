/* SPDX-License-Identifier: MIT */
/*
 * Tracing: the walks that a token would take, one step an entry, in the order in which a miss would
 * take them. Without live nothing is sent and nothing changes: entries that would act only say what
 * they would do.
 */
#include "core/os/text.h"
#include "core/renew/renew.h"
#include "core/renew/resolve.h"
#include "core/session/judge.h"
#include "core/session/session.h"
#include "core/session/store.h"

#include <stdlib.h>
#include <string.h>

/* A step for an entry that is not asked; takes the note. */
static credence_rc add_step(struct session *session, const struct entry *entry, int way, char *note)
{
	struct trace *trace = &session->trace;
	struct walk_step *step = realloc(trace->step, (trace->count + 1) * sizeof(*trace->step));
	struct buf actions = BUF_INIT;

	if (step == NULL) {
		free(note);
		return call_oom(session->call);
	}
	trace->step = step;
	control_print(&entry->conf->control, way, &actions);
	trace->step[trace->count++] = (struct walk_step){.role = entry->role,
							 .use = entry->conf->use,
							 .control = entry->conf->control.text,
							 .actions = buf_take(&actions),
							 .rc = TRACE_NOT_ASKED,
							 .note = note};
	return CREDENCE_SUCCESS;
}

static char *grant_note(struct session *session, const struct entry *entry)
{
	const struct record *record = session->record;
	struct buf note = BUF_INIT;

	if (record == NULL || record->refresh_token == NULL || record->dead.at != 0) {
		buf_str(&note, "would acquire a token: credence login");
	} else if (record->grant != NULL && strcmp(record->grant, entry->conf->use) != 0) {
		buf_str(&note, "not the one that acquired the token");
	} else if (record->access_count > 0) {
		buf_str(&note, "would renew with the refresh token at ");
		text_moment(&note, record->access[0].renew_at);
	} else {
		buf_str(&note, "would renew with the refresh token now");
	}
	return buf_take(&note);
}

static credence_rc would(struct session *session, uint32_t role)
{
	struct stack *stack;
	unsigned i;
	credence_rc rc = session_stack(session, role, &stack);

	for (i = 0; rc == CREDENCE_SUCCESS && i < stack->count; i++) {
		struct entry *entry = &stack->entry[i];
		char *note;

		if (entry_load(session->call, entry) != CREDENCE_SUCCESS) {
			note = strdup(session->call->failure.message != NULL
					  ? session->call->failure.message
					  : "can't be loaded");
			call_clear(session->call);
		} else if (role == CREDENCE_ROLE_GRANT) {
			note = grant_note(session, entry);
		} else {
			note = strdup(role == CREDENCE_ROLE_HOOK ? "would be told of a renewal"
								 : "would carry the request");
		}
		rc = add_step(session, entry,
			      role == CREDENCE_ROLE_HOOK ? WALK_WRITING : WALK_READING, note);
	}
	return rc;
}

/* What comes of the search is what counts; the rest is shown even if it would fail. */
static credence_rc dry(struct session *session, struct issued *issued)
{
	static const uint32_t rest[] = {CREDENCE_ROLE_GRANT, CREDENCE_ROLE_TRANSPORT,
					CREDENCE_ROLE_HOOK};
	struct token_ask ask = {0};
	struct failure failure;
	credence_rc rc, other;
	size_t i;

	rc = session_peek(session, &ask, issued);
	failure = call_take_failure(session->call);
	other = resolve(session);
	for (i = 0; other == CREDENCE_SUCCESS && i < sizeof(rest) / sizeof(rest[0]); i++)
		other = would(session, rest[i]);
	if (rc == CREDENCE_SUCCESS)
		return other;
	call_clear(session->call);
	call_set_failure(session->call, &failure);
	return rc;
}

credence_rc session_trace(struct session *session, bool live, struct issued *issued)
{
	struct token_ask ask = {0};
	credence_rc rc;

	session->work.trace = &session->trace;
	rc = live ? session_token(session, &ask, issued) : dry(session, issued);
	session->work.trace = NULL;
	return rc;
}
