/* SPDX-License-Identifier: MIT */
/*
 * Running one method of one entry, always the same way: module loaded, self opened, frame entered,
 * answer checked, frame left. What the method may do meanwhile is core/module/host.h.
 */
#include "core/module/host.h"
#include "core/module/scratch.h"
#include "core/os/program.h"
#include "core/os/text.h"
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
	bool has_time = frame->has_time && rc == CREDENCE_MISS;
	int64_t ahead = frame->ahead;

	call->work->frame = frame->outer;
	if (rc != CREDENCE_SUCCESS) {
		frame_done(frame);
		frame_init(frame);
		/* A store tells the time whether it has something or not. */
		frame->has_time = has_time;
		frame->ahead = ahead;
		return;
	}
	scratch_done(&frame->scratch);
	program_free(frame->program);
	frame->program = NULL;
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
	if (text_words_cover("load seal unseal sign", frame->method) && !frame->has_bytes)
		return "bytes";
	if (is_method(frame, "identify") && attributes_get(&frame->put, "signer.algorithm") == NULL)
		return "an algorithm";
	if (is_method(frame, "perform") && (frame->answer == NULL || frame->answer->status == 0))
		return "a status";
	return NULL;
}

/* What a service told the module, who did not listen, is likely why. */
static void no_result(struct credence_call *call, const struct frame *frame, const char *missing)
{
	struct failure before = call_take_failure(call);

	call_fail(call, CREDENCE_ERROR, "%s %s answered success to %s without %s%s%s",
		  role_name(frame->entry->role), frame->entry->conf->use, frame->method, missing,
		  before.message != NULL ? ": " : "", before.message != NULL ? before.message : "");
	if (before.hint != NULL)
		call_hint(call, "%s", before.hint);
	failure_done(&before);
}

/* What is no answer of this ABI is a fault of the module, and so is a success without its result.
 */
static credence_rc check_answer(struct credence_call *call, const struct frame *frame,
				credence_rc rc)
{
	const char *role = role_name(frame->entry->role), *use = frame->entry->conf->use;
	const char *missing = rc == CREDENCE_SUCCESS ? lacks(frame) : NULL;

	if (rc >= CREDENCE_SUCCESS && rc < CREDENCE_RC_COUNT && missing == NULL &&
	    !frame->put_twice)
		return rc;
	if (missing != NULL) {
		no_result(call, frame, missing);
	} else {
		call_clear(call);
		if (frame->put_twice)
			call_fail(call, CREDENCE_ERROR, "%s %s put bytes twice in %s", role, use,
				  frame->method);
		else
			call_fail(call, CREDENCE_ERROR,
				  "%s %s answered %d to %s, which is no answer", role, use, (int)rc,
				  frame->method);
	}
	/* Where it counts it is told once more; here it is for entries whose failures do not. */
	call_log(call, CREDENCE_LOG_INFO, "%s", call->failure.message);
	return CREDENCE_ERROR;
}

/* A failure without a word gets one, and the exit status follows from the role. */
static credence_rc conclude(struct credence_call *call, const struct frame *frame, credence_rc rc)
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
	credence_rc rc = conclude(call, frame, answer);

	leave(call, frame, rc);
	return rc;
}

/* RFC 6749 section 2.2: such a grant's requests say who asks. */
static credence_rc check_client(struct credence_call *call, const struct entry *entry)
{
	const struct profile *profile = call->work->profile;

	if (entry->role != CREDENCE_ROLE_GRANT ||
	    (entry->module->ops.grant.flags & CREDENCE_GRANT_CLIENT) == 0 ||
	    profile->client_id[0] != '\0')
		return CREDENCE_SUCCESS;
	setting_fail(call, conf_root(profile->conf),
		     "client.id is missing, e.g. client = { id = \"…\"; secret = \"file:/…\"; };");
	call_hint(call, "the provider's console shows it; grant %s can't ask without",
		  entry->conf->use);
	return CREDENCE_CONFIG;
}

/* What open puts does not count. */
credence_rc entry_open(struct credence_call *call, struct entry *entry)
{
	const struct credence_module *descriptor;
	struct frame frame;
	credence_rc rc = entry_load(call, entry);

	if (rc == CREDENCE_SUCCESS && !entry->opened)
		rc = check_client(call, entry);
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
	credence_rc rc = entry_open(call, entry);

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

credence_rc entry_unattended(struct credence_call *call, struct entry *entry)
{
	const struct credence_grant_ops *ops;
	struct frame frame;
	credence_rc rc = entry_load(call, entry);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	ops = &entry->module->ops.grant;
	if (ops->unattended == NULL)
		return (ops->flags & CREDENCE_GRANT_UNATTENDED) != 0 ? CREDENCE_SUCCESS
								     : CREDENCE_MISS;
	frame_init(&frame);
	rc = begin(call, entry, &frame, "unattended");
	if (rc == CREDENCE_SUCCESS)
		rc = finish(call, &frame, ops->unattended(entry->self, call));
	frame_done(&frame);
	return rc;
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

/* Asks the store itself. Who promises a lock without having one is at fault. */
static credence_rc ask_traits(struct credence_call *call, struct entry *entry, uint32_t *traits)
{
	const struct credence_store_ops *ops = &entry->module->ops.store;
	struct frame frame;
	credence_rc rc;

	frame_init(&frame);
	rc = begin(call, entry, &frame, "traits");
	if (rc == CREDENCE_SUCCESS)
		rc = finish(call, &frame, ops->traits(entry->self, call, traits));
	frame_done(&frame);
	if (rc == CREDENCE_SUCCESS && (*traits & CREDENCE_STORE_LOCK) != 0 &&
	    (ops->lock == NULL || ops->unlock == NULL))
		return call_fail_status(call, STATUS_MODULE, CREDENCE_ERROR,
					"store %s says that it has a lock, and has none",
					entry->conf->use);
	return rc;
}

credence_rc entry_store_traits(struct credence_call *call, struct entry *entry, uint32_t *traits)
{
	credence_rc rc = entry_load(call, entry);

	if (rc == CREDENCE_SUCCESS && !entry->has_traits) {
		entry->traits = entry->module->ops.store.flags;
		if (entry->module->ops.store.traits != NULL)
			rc = ask_traits(call, entry, &entry->traits);
		entry->has_traits = rc == CREDENCE_SUCCESS;
	}
	*traits = entry->has_traits ? entry->traits : 0;
	return rc;
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

credence_rc entry_store_lock(struct credence_call *call, struct entry *entry, struct frame *frame,
			     const char *key)
{
	INVOKE("lock", entry->module->ops.store.lock(entry->self, call, key));
}

credence_rc entry_store_unlock(struct credence_call *call, struct entry *entry, struct frame *frame,
			       const char *key)
{
	INVOKE("unlock", entry->module->ops.store.unlock(entry->self, call, key));
}

credence_rc entry_store_list(struct credence_call *call, struct entry *entry, struct frame *frame)
{
	INVOKE("list", entry->module->ops.store.list(entry->self, call));
}

credence_rc entry_seal(struct credence_call *call, struct entry *entry, struct frame *frame,
		       const struct credence_sealing *sealing)
{
	INVOKE("seal", entry->module->ops.seal.seal(entry->self, call, sealing));
}

credence_rc entry_unseal(struct credence_call *call, struct entry *entry, struct frame *frame,
			 const struct credence_sealing *sealing)
{
	INVOKE("unseal", entry->module->ops.seal.unseal(entry->self, call, sealing));
}

credence_rc entry_perform(struct credence_call *call, struct entry *entry, struct frame *frame,
			  const struct credence_request *request)
{
	INVOKE("perform", entry->module->ops.transport.perform(entry->self, call, request));
}

credence_rc entry_identify(struct credence_call *call, struct entry *entry, struct frame *frame)
{
	INVOKE("identify", entry->module->ops.signer.identify(entry->self, call));
}

credence_rc entry_sign(struct credence_call *call, struct entry *entry, struct frame *frame,
		       const void *bytes, size_t length)
{
	INVOKE("sign", entry->module->ops.signer.sign(entry->self, call, bytes, length));
}

credence_rc entry_event(struct credence_call *call, struct entry *entry, struct frame *frame,
			const char *event)
{
	INVOKE("event", entry->module->ops.hook.event(entry->self, call, event));
}
