/* SPDX-License-Identifier: MIT */
/* Walking a stack; see walk.h. */
#include "core/stack/walk.h"

#include "core/module/host.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How a walk stands. */
struct state {
	struct failure first; /* the first failure that counted, if failed */
	bool failed;
	bool succeeded;         /* by an entry whose success is enough */
	struct entry *answered; /* the first that succeeded */
	bool ended;
};

/* -- The trace -- */

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void walk_note(struct credence_call *call, const char *format, ...)
{
	struct buf note = BUF_INIT;
	va_list args;

	if (call->work->trace == NULL)
		return;
	va_start(args, format);
	buf_vprintf(&note, format, args);
	va_end(args);
	free(call->work->note);
	call->work->note = buf_take(&note);
}

void trace_done(struct trace *trace)
{
	unsigned i;

	for (i = 0; i < trace->count; i++) {
		free(trace->step[i].actions);
		free(trace->step[i].note);
	}
	free(trace->step);
	memset(trace, 0, sizeof(*trace));
}

static void record_step(struct credence_call *call, const struct entry *entry, int way,
			credence_rc rc, int action, int64_t duration)
{
	struct trace *trace = call->work->trace;
	struct buf actions = BUF_INIT;
	struct walk_step *grown;
	char *note = call->work->note;

	call->work->note = NULL;
	if (trace == NULL)
		return;
	grown = reallocarray(trace->step, trace->count + 1, sizeof(*grown));
	if (grown == NULL) {
		free(note);
		return;
	}
	if (note == NULL && call->failure.message != NULL)
		note = strdup(call->failure.message);
	control_print(&entry->conf->control, way, &actions);
	trace->step = grown;
	grown[trace->count++] = (struct walk_step){.role = entry->role,
						   .use = entry->conf->use,
						   .control = entry->conf->control.text,
						   .actions = buf_take(&actions),
						   .rc = rc,
						   .action = action,
						   .duration = duration,
						   .note = note};
}

/* -- The walk -- */

/* Only the first failure that counts is kept. It has an error whatever the asker did, so that a
 * walk can't end well by it. */
static void take_failure(struct credence_call *call, const struct entry *entry, credence_rc rc,
			 struct state *state)
{
	if (state->failed)
		return;
	if (rc == CREDENCE_SUCCESS) {
		rc = CREDENCE_DENIED;
		call_fail(call, rc,
			  "%s %s succeeded, which its control word %s takes for a failure",
			  role_name(entry->role), entry->conf->use, entry->conf->control.text);
	} else if (call->failure.message == NULL) {
		call_fail(call, rc, "%s %s answered %s", role_name(entry->role), entry->conf->use,
			  rc_name(rc));
	}
	state->failed = true;
	state->first = call_take_failure(call);
	state->first.rc = rc;
}

static void take_success(struct state *state, struct entry *entry, int way)
{
	/* Found is found, whatever a control word says of success alone. */
	if (entry->conf->control.alone_counts || way == WALK_READING)
		state->succeeded = true;
	if (state->answered == NULL)
		state->answered = entry;
}

/* Once a token request has left, there is no second try: any answer but success ends the walk. */
static int action_for(const struct credence_call *call, const struct entry *entry, int way,
		      credence_rc rc)
{
	if (entry->role == CREDENCE_ROLE_GRANT && call->work->sent && rc != CREDENCE_SUCCESS)
		return ACTION_DIE;
	return entry->conf->control.action[way][rc];
}

static void act(struct credence_call *call, struct entry *entry, int way, credence_rc rc,
		struct state *state)
{
	int action = action_for(call, entry, way, rc);
	bool taken = action == ACTION_OK || action == ACTION_DONE;

	if (taken && rc == CREDENCE_SUCCESS)
		take_success(state, entry, way);
	else if (action != ACTION_IGNORE)
		take_failure(call, entry, rc, state);
	/* A search has one answer, which a second asking would only spoil. */
	state->ended = action == ACTION_DONE || action == ACTION_DIE ||
		       (way == WALK_READING && taken && rc == CREDENCE_SUCCESS);
	call_clear(call);
}

static void ask_entry(struct credence_call *call, struct entry *entry, int way, walk_ask *ask,
		      void *data, struct state *state)
{
	int64_t start = call->work->trace != NULL ? now_us() : 0;
	credence_rc rc;

	call_clear(call);
	rc = ask(call, entry, data);
	if (call->work->trace != NULL)
		record_step(call, entry, way, rc, action_for(call, entry, way, rc),
			    now_us() - start);
	act(call, entry, way, rc, state);
}

/* Where the answer came from, for the trace. */
static void mark_answer(struct credence_call *call, unsigned first_step, const struct entry *entry)
{
	struct trace *trace = call->work->trace;
	unsigned i;

	for (i = first_step; trace != NULL && entry != NULL && i < trace->count; i++)
		if (trace->step[i].use == entry->conf->use && trace->step[i].rc == CREDENCE_SUCCESS)
			trace->step[i].answer = true;
}

static credence_rc finish(struct credence_call *call, const struct stack *stack,
			  struct state *state)
{
	if (state->failed) {
		call_set_failure(call, &state->first);
		return call->failure.rc;
	}
	/* Hooks are the one role of which none is a valid number. */
	if (state->succeeded || (stack->role == CREDENCE_ROLE_HOOK && stack->count == 0))
		return CREDENCE_SUCCESS;
	call_fail(call, CREDENCE_MISS, "no %s answered", role_name(stack->role));
	return CREDENCE_MISS;
}

credence_rc walk(struct credence_call *call, struct stack *stack, int way, walk_ask *ask,
		 void *data, struct entry **answered)
{
	unsigned first_step = call->work->trace != NULL ? call->work->trace->count : 0, i;
	struct state state = {0};
	credence_rc rc;

	for (i = 0; i < stack->count && !state.ended; i++)
		ask_entry(call, &stack->entry[i], way, ask, data, &state);
	rc = finish(call, stack, &state);
	if (rc == CREDENCE_SUCCESS)
		mark_answer(call, first_step, state.answered);
	if (answered != NULL)
		*answered = rc == CREDENCE_SUCCESS ? state.answered : NULL;
	return rc;
}
