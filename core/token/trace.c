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
#include "core/session/store.h"
#include "core/token/token.h"

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

/* A grant that needs no person: now, or when what there is comes to its end. */
static void unattended_note(const struct record *record, struct buf *note)
{
	buf_str(note, "would acquire a token ");
	if (record != NULL && record->access_count > 0) {
		buf_str(note, "at ");
		text_moment(note, record->access[0].renew_at);
	} else {
		buf_str(note, "now");
	}
	buf_str(note, ", without a person");
}

/* What the grants would do is decided by what the authority has, not by a cache's copy. false: it
 * can't be read. */
static bool load_authority(struct session *session)
{
	credence_rc rc;

	session->work.trace = NULL;
	rc = store_load(session);
	session->work.trace = &session->trace;
	call_clear(session->call);
	return rc == CREDENCE_SUCCESS || rc == CREDENCE_MISS;
}

static void renewal_note(const struct record *record, const struct entry *entry, struct buf *note)
{
	if (record->grant != NULL && strcmp(record->grant, entry->conf->use) != 0) {
		buf_str(note, "not the one that acquired the token");
	} else if (record->access_count > 0) {
		buf_str(note, "would renew with the refresh token at ");
		text_moment(note, record->access[0].renew_at);
	} else {
		buf_str(note, "would renew with the refresh token now");
	}
}

static char *grant_note(struct session *session, struct entry *entry, bool known)
{
	const struct profile *profile = session->profile;
	const struct record *record = session->record;
	const char *foreign = record != NULL ? record_mismatch(record, profile->provider_name,
							       profile->client_id, profile->owner)
					     : NULL;
	bool unattended = entry_unattended(session->call, entry) == CREDENCE_SUCCESS;
	bool renewable = record != NULL && record->refresh_token != NULL && record->dead.at == 0;
	struct buf note = BUF_INIT;

	call_clear(session->call);
	if (!known)
		buf_str(&note, "would do nothing before the store can be read");
	else if (foreign != NULL && (record->refresh_token != NULL || !unattended))
		buf_printf(&note, "the %s is not the one that the token was issued for", foreign);
	else if (unattended && !renewable)
		unattended_note(foreign == NULL ? record : NULL, &note);
	else if (!renewable)
		buf_str(&note, "would acquire a token: credence login");
	else
		renewal_note(record, entry, &note);
	return buf_take(&note);
}

static credence_rc would(struct session *session, uint32_t role, bool known)
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
			note = grant_note(session, entry, known);
		} else {
			note = strdup(role == CREDENCE_ROLE_HOOK     ? "would be told of a renewal"
				      : role == CREDENCE_ROLE_SIGNER ? "would sign for the client"
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
	static const uint32_t rest[] = {CREDENCE_ROLE_GRANT, CREDENCE_ROLE_SIGNER,
					CREDENCE_ROLE_TRANSPORT, CREDENCE_ROLE_HOOK};
	struct token_ask ask = {0};
	struct failure failure;
	credence_rc rc, other;
	bool known;
	size_t i;

	rc = session_peek(session, &ask, issued);
	failure = call_take_failure(session->call);
	/* From here on what it was to issue is of no use. */
	memset(issued, 0, sizeof(*issued));
	known = load_authority(session);
	other = resolve(session);
	for (i = 0; other == CREDENCE_SUCCESS && i < sizeof(rest) / sizeof(rest[0]); i++)
		other = would(session, rest[i], known);
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
