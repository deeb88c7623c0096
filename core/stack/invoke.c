/* SPDX-License-Identifier: MIT */
/*
 * Running one method of one entry, always the same way: module loaded, self opened, frame entered,
 * answer checked, frame left. What the method may do meanwhile is core/module/host.h.
 */
#include "core/module/host.h"
#include "core/module/scratch.h"
#include "core/stack/stack.h"

#include <stdlib.h>
#include <string.h>

static void enter(struct credence_call *call, struct entry *entry, struct frame *frame,
		  const char *method)
{
	frame->entry = entry;
	frame->method = method;
	frame->outer = call->work->frame;
	call->work->frame = frame;
}

/* Strings that the method was handed die here. Its results stay in the frame, if they count. */
static void leave(struct credence_call *call, struct frame *frame, credence_rc rc)
{
	call->work->frame = frame->outer;
	if (rc != CREDENCE_SUCCESS) {
		frame_done(frame);
		frame_init(frame);
		return;
	}
	scratch_done(&frame->scratch);
	free((void *)frame->response.headers);
	frame->response.headers = NULL;
}

static bool is_method(const struct frame *frame, const char *method)
{
	return strcmp(frame->method, method) == 0;
}

/* What a method must have put if it answers success; NULL: it did. */
static const char *lacks(const struct frame *frame)
{
	if ((is_method(frame, "acquire") || is_method(frame, "renew")) && !frame->has_token)
		return "a token";
	if (is_method(frame, "load") && !frame->has_bytes)
		return "bytes";
	if (is_method(frame, "perform") && (frame->answer == NULL || frame->answer->status == 0))
		return "a status";
	return NULL;
}

/* What is no answer of this ABI is a fault of the module, and so is a success without its result.
 */
static credence_rc check_answer(struct credence_call *call, const struct frame *frame,
				credence_rc rc)
{
	const char *role = role_name(frame->entry->role), *use = frame->entry->conf->use;
	const char *missing = rc == CREDENCE_SUCCESS ? lacks(frame) : NULL;

	if (rc >= CREDENCE_SUCCESS && rc < CREDENCE_RC_COUNT && missing == NULL)
		return rc;
	call_clear(call);
	if (missing != NULL)
		call_fail(call, CREDENCE_ERROR, "%s %s answered success to %s without %s", role,
			  use, frame->method, missing);
	else
		call_fail(call, CREDENCE_ERROR, "%s %s answered %d to %s, which is no answer", role,
			  use, (int)rc, frame->method);
	call_log(call, CREDENCE_LOG_WARNING, "%s", call->failure.message);
	return CREDENCE_ERROR;
}

/* A failure without a word gets one, and the exit status follows from the role. */
static credence_rc judge(struct credence_call *call, const struct frame *frame, credence_rc rc)
{
	uint32_t role = frame->entry->role;

	rc = check_answer(call, frame, rc);
	if (rc == CREDENCE_SUCCESS) {
		call_clear(call);
		return rc;
	}
	if (call->failure.message == NULL)
		call_fail(call, rc, "%s %s answered %s to %s", role_name(role),
			  frame->entry->conf->use, rc_name(rc), frame->method);
	if (call->failure.rc != rc || call->failure.status == 0)
		call->failure.status = status_of(rc, role);
	call->failure.rc = rc;
	return rc;
}

static credence_rc finish(struct credence_call *call, struct frame *frame, credence_rc answer)
{
	credence_rc rc = judge(call, frame, answer);

	leave(call, frame, rc);
	return rc;
}

/* Opens the entry's self, if it has none yet; what open puts does not count. */
static credence_rc open_entry(struct credence_call *call, struct entry *entry)
{
	const struct credence_module *descriptor;
	struct frame frame;
	credence_rc rc = entry_load(call, entry);

	if (rc != CREDENCE_SUCCESS || entry->opened)
		return rc;
	descriptor = &entry->module->descriptor;
	if (descriptor->open != NULL) {
		frame_init(&frame);
		enter(call, entry, &frame, "open");
		rc = finish(call, &frame, descriptor->open(&host_table, call, &entry->self));
		frame_done(&frame);
	}
	entry->opened = rc == CREDENCE_SUCCESS;
	return rc;
}

static credence_rc begin(struct credence_call *call, struct entry *entry, struct frame *frame,
			 const char *method)
{
	credence_rc rc = open_entry(call, entry);

	if (rc == CREDENCE_SUCCESS)
		enter(call, entry, frame, method);
	return rc;
}

/* The one shape of all methods. */
#define INVOKE(method, expression)                                                                 \
	do {                                                                                       \
		credence_rc rc = begin(call, entry, frame, method);                                \
                                                                                                   \
		return rc == CREDENCE_SUCCESS ? finish(call, frame, (expression)) : rc;            \
	} while (0)

credence_rc entry_acquire(struct credence_call *call, struct entry *entry, struct frame *frame)
{
	INVOKE("acquire", entry->module->ops.grant.acquire(entry->self, call));
}

credence_rc entry_renew(struct credence_call *call, struct entry *entry, struct frame *frame)
{
	INVOKE("renew", entry->module->ops.grant.renew(entry->self, call));
}

credence_rc entry_revoke(struct credence_call *call, struct entry *entry, struct frame *frame)
{
	INVOKE("revoke", entry->module->ops.grant.revoke(entry->self, call));
}

credence_rc entry_resolve(struct credence_call *call, struct entry *entry, struct frame *frame)
{
	INVOKE("resolve", entry->module->ops.resolver.resolve(entry->self, call));
}

credence_rc entry_learn(struct credence_call *call, struct entry *entry, struct frame *frame)
{
	credence_rc loaded = entry_load(call, entry);

	if (loaded != CREDENCE_SUCCESS)
		return loaded;
	if (entry->module->ops.resolver.learn == NULL)
		return CREDENCE_MISS;
	INVOKE("learn", entry->module->ops.resolver.learn(entry->self, call));
}

credence_rc entry_store_load(struct credence_call *call, struct entry *entry, struct frame *frame,
			     const char *key)
{
	INVOKE("load", entry->module->ops.store.load(entry->self, call, key));
}

credence_rc entry_store_save(struct credence_call *call, struct entry *entry, struct frame *frame,
			     const char *key, const struct credence_item *item)
{
	INVOKE("save", entry->module->ops.store.save(entry->self, call, key, item));
}

credence_rc entry_store_erase(struct credence_call *call, struct entry *entry, struct frame *frame,
			      const char *key)
{
	INVOKE("erase", entry->module->ops.store.erase(entry->self, call, key));
}

credence_rc entry_store_list(struct credence_call *call, struct entry *entry, struct frame *frame)
{
	INVOKE("list", entry->module->ops.store.list(entry->self, call));
}

credence_rc entry_perform(struct credence_call *call, struct entry *entry, struct frame *frame,
			  const struct credence_request *request)
{
	INVOKE("perform", entry->module->ops.transport.perform(entry->self, call, request));
}

credence_rc entry_event(struct credence_call *call, struct entry *entry, struct frame *frame,
			const char *event)
{
	INVOKE("event", entry->module->ops.hook.event(entry->self, call, event));
}
