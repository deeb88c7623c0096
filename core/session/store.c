/* SPDX-License-Identifier: MIT */
/*
 * The store stack: search, authority, save to all, erase from all. One rule runs through it: the
 * authority decides, the other entries only help to answer sooner and hold no refresh token.
 */
#include "core/session/store.h"

#include "core/os/json.h"
#include "core/os/text.h"
#include "core/record/envelope.h"
#include "core/session/judge.h"

#include <stdlib.h>
#include <string.h>

/* Puts the store's name before the message, so that somebody knows where to look. */
static credence_rc at_store(struct credence_call *call, const struct entry *entry, const char *key,
			    credence_rc rc)
{
	call_prefix(call, "store %s: %s", entry->conf->use, key);
	return rc;
}

static credence_rc decode(struct credence_call *call, struct frame *frame, struct record **record)
{
	struct envelope envelope;
	credence_rc rc = envelope_open(call, frame->bytes.data, frame->bytes.length, &envelope);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (strcmp(envelope.seal, "-") != 0) {
		call_fail(call, CREDENCE_ERROR, "the record is sealed with \"%s\"", envelope.seal);
		call_hint(call, "this credence has no seals; read it where it was sealed");
		return CREDENCE_ERROR;
	}
	rc = record_decode(call, envelope.payload, envelope.length, record);
	if (rc == CREDENCE_SUCCESS)
		(*record)->revision = envelope.revision;
	return rc;
}

/* One entry's copy. MISS: it has none. Anything unreadable is a failure of the store (status 8). */
static credence_rc load_entry(struct session *session, struct entry *entry, const char *key,
			      struct record **record)
{
	struct credence_call *call = session->call;
	struct frame frame;
	credence_rc rc;

	session->damaged = false;
	frame_init(&frame);
	rc = entry_store_load(call, entry, &frame, key);
	if (rc == CREDENCE_SUCCESS) {
		rc = decode(call, &frame, record);
		if (rc != CREDENCE_SUCCESS) {
			/* Sealed and newer ones come with a hint of their own. */
			session->damaged = call->failure.hint == NULL;
			rc = at_store(call, entry, key, CREDENCE_ERROR);
			call->failure.status = STATUS_STORE;
			if (session->damaged)
				call_hint(call, "restore it from a back-up, or: credence login %s",
					  session->profile->name);
		}
	}
	frame_done(&frame);
	return rc;
}

static void replace_record(struct session *session, struct record *record, struct entry *entry)
{
	record_free(session->record);
	session->record = record;
	session->found = record != NULL ? entry : NULL;
}

/* -- Search -- */

static void note_record(struct credence_call *call, const struct record *record,
			const struct access_token *access)
{
	struct buf span = BUF_INIT;

	if (call->work->trace == NULL)
		return;
	if (access == NULL) {
		walk_note(call, "generation %llu, no access token of use",
			  (unsigned long long)record->generation);
		return;
	}
	text_span(&span, access_left(access));
	walk_note(call, "generation %llu, live for %s", (unsigned long long)record->generation,
		  buf_text(&span));
	buf_done(&span);
}

struct search {
	struct session *session;
	const struct token_ask *ask;
};

static credence_rc ask_search(struct credence_call *call, struct entry *entry, void *data)
{
	struct search *search = data;
	struct session *session = search->session;
	struct access_token *access;
	struct record *record;
	int judged;
	credence_rc rc;

	rc = load_entry(session, entry, session->profile->credential, &record);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	replace_record(session, record, entry);
	judged = judge(session->profile, record, search->ask, &access);
	note_record(call, record, access);
	return judged == JUDGED_FRESH || judged == JUDGED_VALID ? CREDENCE_SUCCESS : CREDENCE_MISS;
}

credence_rc store_search(struct session *session, const struct token_ask *ask)
{
	struct search search = {session, ask};
	struct stack *stack;
	credence_rc rc = session_stack(session, CREDENCE_ROLE_STORE, &stack);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	replace_record(session, NULL, NULL);
	return walk(session->call, stack, WALK_READING, ask_search, &search, NULL, 0, NULL);
}

/* -- The authority -- */

static bool is_durable(const struct entry *entry)
{
	return (entry->module->ops.store.flags & CREDENCE_STORE_DURABLE) != 0;
}

/* The one entry that decides: the last durable one that must not fail, or the only one. */
static credence_rc authority(struct session *session, struct stack **stack, unsigned *index)
{
	struct credence_call *call = session->call;
	credence_rc rc = session_stack(session, CREDENCE_ROLE_STORE, stack);
	bool may_be_volatile;
	unsigned i;

	for (i = 0; rc == CREDENCE_SUCCESS && i < (*stack)->count; i++)
		rc = entry_load(call, &(*stack)->entry[i]);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	for (i = (*stack)->count; i-- > 0;) {
		struct entry *entry = &(*stack)->entry[i];

		if (is_durable(entry) && (entry->conf->control.vital || (*stack)->count == 1)) {
			*index = i;
			return CREDENCE_SUCCESS;
		}
	}
	may_be_volatile = setting_bool(profile_own(session->profile, "volatile"), false);
	if (!may_be_volatile) {
		setting_fail(call, profile_own(session->profile, "store"),
			     "no required store of profile %s is durable", session->profile->name);
		call_hint(call,
			  "make one required, e.g. { use = \"file\"; control = \"required\"; }, "
			  "or say volatile = true");
		return CREDENCE_CONFIG;
	}
	*index = (*stack)->count - 1;
	return CREDENCE_SUCCESS;
}

credence_rc store_load(struct session *session)
{
	struct record *record = NULL;
	struct stack *stack;
	unsigned index;
	credence_rc rc = authority(session, &stack, &index);

	if (rc == CREDENCE_SUCCESS)
		rc = load_entry(session, &stack->entry[index], session->profile->credential,
				&record);
	if (rc == CREDENCE_SUCCESS || rc == CREDENCE_MISS)
		replace_record(session, record, stack != NULL ? &stack->entry[index] : NULL);
	return rc;
}

/* -- Saving -- */

static credence_rc save_bytes(struct session *session, struct entry *entry, const char *key,
			      const struct buf *payload, uint64_t expected, uint64_t revision,
			      int64_t expires_at)
{
	struct buf bytes = BUF_SECRET;
	struct credence_item item = {.size = sizeof(item)};
	struct frame frame;
	credence_rc rc;

	envelope_wrap(&bytes, revision, "-", payload->data, payload->length);
	if (!buf_ok(&bytes)) {
		buf_done(&bytes);
		return call_oom(session->call);
	}
	item.bytes = bytes.data;
	item.length = bytes.length;
	item.expected = expected;
	item.revision = revision;
	item.expires_at = expires_at;
	frame_init(&frame);
	rc = entry_store_save(session->call, entry, &frame, key, &item);
	frame_done(&frame);
	buf_done(&bytes);
	return rc == CREDENCE_SUCCESS ? rc : at_store(session->call, entry, key, rc);
}

static credence_rc erase_entry(struct session *session, struct entry *entry, const char *key)
{
	struct frame frame;
	credence_rc rc;

	frame_init(&frame);
	rc = entry_store_erase(session->call, entry, &frame, key);
	frame_done(&frame);
	return rc == CREDENCE_SUCCESS || rc == CREDENCE_MISS
		   ? rc
		   : at_store(session->call, entry, key, rc);
}

static int64_t last_expiry(const struct record *record)
{
	int64_t last = 0;
	unsigned i;

	for (i = 0; i < record->access_count; i++)
		if (record->access[i].expires_at > last)
			last = record->access[i].expires_at;
	return last;
}

struct save {
	struct session *session;
	const struct buf *payload;
	uint64_t revision;
};

static credence_rc save_cache(struct save *save, struct entry *entry)
{
	struct session *session = save->session;
	struct credence_call *call = session->call;
	const char *key = session->profile->credential;
	struct record *old = NULL;
	uint64_t expected = 0;
	credence_rc rc;

	if (load_entry(session, entry, key, &old) == CREDENCE_SUCCESS)
		expected = old->revision;
	record_free(old);
	call_clear(call);
	rc = save_bytes(session, entry, key, save->payload, expected,
			save->revision > expected ? save->revision : expected + 1,
			last_expiry(session->record));
	if (rc != CREDENCE_SUCCESS) {
		struct failure failure = call_take_failure(call);

		erase_entry(session, entry, key);
		call_clear(call);
		call_set_failure(call, &failure);
		if (!entry->conf->control.vital)
			call_log(call, CREDENCE_LOG_WARNING, "%s", call->failure.message);
	}
	return rc;
}

/* Everything but the authority, in stack order; a required cache that fails is a failure with the
 * record saved. */
static credence_rc save_caches(struct session *session, struct stack *stack,
			       unsigned authority_index)
{
	struct save save = {.session = session, .revision = session->record->revision};
	bool with_refresh = setting_bool(profile_own(session->profile, "volatile"), false);
	struct buf payload = BUF_SECRET;
	credence_rc rc = record_encode(session->call, session->record, !with_refresh, &payload);
	unsigned i;

	save.payload = &payload;
	for (i = 0; rc == CREDENCE_SUCCESS && i < stack->count; i++) {
		struct entry *entry = &stack->entry[i];

		if (i == authority_index || save_cache(&save, entry) == CREDENCE_SUCCESS)
			continue;
		call_clear(session->call);
		if (entry->conf->control.vital)
			rc = call_fail_status(session->call, STATUS_STORE, CREDENCE_ERROR,
					      "the record was saved, but not in store %s",
					      entry->conf->use);
	}
	buf_done(&payload);
	return rc;
}

credence_rc store_save(struct session *session)
{
	struct record *record = session->record;
	struct buf payload = BUF_SECRET;
	uint64_t revision = record->revision + 1;
	struct stack *stack;
	unsigned index;
	credence_rc rc = authority(session, &stack, &index);

	if (rc == CREDENCE_SUCCESS)
		rc = record_encode(session->call, record, false, &payload);
	if (rc == CREDENCE_SUCCESS)
		rc = save_bytes(session, &stack->entry[index], session->profile->credential,
				&payload, record->revision, revision, 0);
	buf_done(&payload);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	record->revision = revision;
	return stack->count > 1 ? save_caches(session, stack, index) : CREDENCE_SUCCESS;
}

/* -- Erasing -- */

credence_rc store_erase(struct session *session)
{
	credence_rc rc, result = CREDENCE_MISS;
	struct stack *stack;
	unsigned i;

	rc = session_stack(session, CREDENCE_ROLE_STORE, &stack);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	/* Every entry is asked even if one fails: what can go, goes. */
	for (i = 0; i < stack->count; i++) {
		rc = erase_entry(session, &stack->entry[i], session->profile->credential);
		if (rc == CREDENCE_SUCCESS && result == CREDENCE_MISS)
			result = CREDENCE_SUCCESS;
		else if (rc != CREDENCE_SUCCESS && rc != CREDENCE_MISS)
			result = rc;
	}
	if (result == CREDENCE_SUCCESS || result == CREDENCE_MISS)
		call_clear(session->call);
	return result;
}

/* -- Ledgers of their own -- */

credence_rc store_load_ledger(struct session *session, const char *key, struct ledger *ledger,
			      uint64_t *revision)
{
	struct credence_call *call = session->call;
	struct json_object *tree = NULL;
	struct envelope envelope;
	const char *reason;
	struct frame frame;
	struct stack *stack;
	unsigned index;
	credence_rc rc = authority(session, &stack, &index);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	*revision = 0;
	frame_init(&frame);
	rc = entry_store_load(call, &stack->entry[index], &frame, key);
	if (rc == CREDENCE_MISS) {
		call_clear(call);
		frame_done(&frame);
		return CREDENCE_SUCCESS;
	}
	if (rc == CREDENCE_SUCCESS)
		rc = envelope_open(call, frame.bytes.data, frame.bytes.length, &envelope);
	if (rc == CREDENCE_SUCCESS) {
		tree = json_parse(envelope.payload, envelope.length, &reason);
		if (tree == NULL)
			rc = call_fail(call, CREDENCE_ERROR, "the ledger is %s", reason);
	}
	if (rc == CREDENCE_SUCCESS && !ledger_from_json(ledger, json_member(tree, "ledger")))
		rc = call_oom(call);
	if (rc == CREDENCE_SUCCESS) {
		*revision = envelope.revision;
	} else {
		at_store(call, &stack->entry[index], key, rc);
	}
	json_wipe(tree);
	frame_done(&frame);
	return rc;
}

credence_rc store_save_ledger(struct session *session, const char *key, const struct ledger *ledger,
			      uint64_t revision)
{
	struct buf payload = BUF_SECRET;
	struct json_object *tree, *list;
	struct stack *stack;
	unsigned index;
	credence_rc rc = authority(session, &stack, &index);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	tree = json_object_new_object();
	list = ledger_to_json(ledger);
	if (tree == NULL || list == NULL) {
		json_wipe(tree);
		json_wipe(list);
		return call_oom(session->call);
	}
	json_set_string(tree, "format", "1.0");
	json_object_object_add(tree, "ledger", list);
	json_print(&payload, tree, false);
	rc = buf_ok(&payload) ? save_bytes(session, &stack->entry[index], key, &payload, revision,
					   revision + 1, 0)
			      : call_oom(session->call);
	buf_done(&payload);
	json_wipe(tree);
	return rc;
}
