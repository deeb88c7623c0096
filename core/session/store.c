/* SPDX-License-Identifier: MIT */
/*
 * The store stack: search, authority, save to all, erase from all. One rule runs through it: the
 * authority decides, the other entries only help to answer sooner and hold no refresh token.
 */
#include "core/session/store.h"

#include "core/os/clock.h"
#include "core/os/json.h"
#include "core/os/text.h"
#include "core/session/judge.h"
#include "core/session/kept.h"

#include <stdlib.h>
#include <string.h>

#define MEASURED_SKEW (2 * CLOCK_SECOND) /* what is left where a store tells the time */

/* One entry's copy. MISS: it has none. What is unreadable is a failure of the store (status 8), but
 * for a seal whose own configuration, key or module is at fault. */
static credence_rc load_entry(struct session *session, struct entry *entry, const char *key,
			      struct record **record)
{
	struct credence_call *call = session->call;
	struct kept kept;
	credence_rc rc;

	rc = kept_load(session, entry, key, &kept);
	if (rc == CREDENCE_SUCCESS) {
		rc = record_decode(call, kept.opened.payload, kept.opened.length, record);
		if (rc != CREDENCE_SUCCESS)
			kept_unreadable(session, entry, key, rc, &kept);
		else
			(*record)->revision = kept.opened.revision;
	}
	if (rc == CREDENCE_SUCCESS)
		record_shift(*record, -entry->ahead);
	session->damaged = kept.damaged;
	if (session->damaged)
		call_hint(call, "restore it from a back-up, or: credence login %s",
			  session->profile->name);
	kept_done(&kept);
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
	bool missed; /* an entry had nothing, or nothing of use */
};

static int64_t max_age(const struct entry *entry)
{
	return setting_duration(setting_member(entry->conf->options, "cache_max_age"), 0);
}

/* A copy that is older than its entry allows, or from the future, is none. */
static bool is_stale(const struct entry *entry, const struct record *record)
{
	int64_t most = max_age(entry);
	int64_t age = clock_wall() - record->cached_at;

	return record->cached_at != 0 && most > 0 && (age > most || age < -CLOCK_MINUTE);
}

static credence_rc ask_search(struct credence_call *call, struct entry *entry, void *data)
{
	struct search *search = data;
	struct session *session = search->session;
	struct access_token *access;
	struct record *record;
	int judged;
	credence_rc rc;

	rc = load_entry(session, entry, session->profile->credential, &record);
	if (rc == CREDENCE_SUCCESS && is_stale(entry, record)) {
		walk_note(call, "a copy that is too old");
		record_free(record);
		rc = CREDENCE_MISS;
	}
	if (rc == CREDENCE_MISS)
		search->missed = true;
	if (rc != CREDENCE_SUCCESS)
		return rc;
	replace_record(session, record, entry);
	judged = judge(session->profile, record, search->ask, &access);
	note_record(call, record, access);
	if (judged != JUDGED_FRESH && judged != JUDGED_VALID) {
		search->missed = true;
		return CREDENCE_MISS;
	}
	session->backfill = search->missed;
	return CREDENCE_SUCCESS;
}

credence_rc store_search(struct session *session, const struct token_ask *ask)
{
	struct search search = {session, ask, false};
	struct stack *stack;
	credence_rc rc = session_stack(session, CREDENCE_ROLE_STORE, &stack);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	replace_record(session, NULL, NULL);
	return walk(session->call, stack, WALK_READING, ask_search, &search, NULL);
}

/* -- The authority -- */

/* Of one whose promises are known. */
static bool is_durable(const struct entry *entry)
{
	return (entry->traits & CREDENCE_STORE_DURABLE) != 0;
}

/* The one entry that decides: the last durable one that must not fail, or the only one. */
static credence_rc authority(struct session *session, struct stack **stack, unsigned *index)
{
	struct credence_call *call = session->call;
	credence_rc rc = session_stack(session, CREDENCE_ROLE_STORE, stack);
	bool may_be_volatile;
	uint32_t traits;
	unsigned i;

	for (i = 0; rc == CREDENCE_SUCCESS && i < (*stack)->count; i++)
		rc = entry_store_traits(call, &(*stack)->entry[i], &traits);
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

credence_rc store_authority(struct session *session, struct entry **entry)
{
	struct stack *stack;
	unsigned index;
	credence_rc rc = authority(session, &stack, &index);

	if (rc == CREDENCE_SUCCESS)
		*entry = &stack->entry[index];
	return rc;
}

int64_t entry_skew(const struct entry *entry)
{
	if ((entry->traits & CREDENCE_STORE_SHARED) == 0)
		return 0;
	return entry->tells_time ? MEASURED_SKEW : CLOCK_SKEW;
}

int64_t store_skew(struct session *session)
{
	struct entry *entry;

	if (store_authority(session, &entry) != CREDENCE_SUCCESS) {
		call_clear(session->call);
		return CLOCK_SKEW;
	}
	return entry_skew(entry);
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

/* When a copy is of no use any more. */
static int64_t last_expiry(const struct entry *entry, const struct record *record)
{
	int64_t last = 0, oldest = clock_wall() + max_age(entry);
	unsigned i;

	for (i = 0; i < record->access_count; i++)
		if (record->access[i].expires_at > last)
			last = record->access[i].expires_at;
	return max_age(entry) > 0 && oldest < last ? oldest : last;
}

/* By the clock of the store, where that is known. cached_at 0: for the authority. */
static credence_rc encode_for(struct session *session, const struct entry *entry, int64_t cached_at,
			      struct buf *payload)
{
	struct record *record = session->record;
	bool with_refresh =
	    cached_at == 0 || setting_bool(profile_own(session->profile, "volatile"), false);
	credence_rc rc;

	record->cached_at = cached_at;
	record_shift(record, entry->ahead);
	rc = record_encode(session->call, record, !with_refresh, payload);
	record_shift(record, -entry->ahead);
	record->cached_at = 0;
	return rc;
}

static credence_rc save_copy(struct session *session, struct entry *entry, uint64_t expected)
{
	const struct record *record = session->record;
	struct buf payload = BUF_SECRET;
	credence_rc rc = encode_for(session, entry, clock_wall(), &payload);

	if (rc == CREDENCE_SUCCESS)
		rc = kept_save(session, entry, session->profile->credential, payload.data,
			       payload.length, expected,
			       record->revision > expected ? record->revision : expected + 1,
			       last_expiry(entry, record));
	buf_done(&payload);
	return rc;
}

/* No copy, and yet as it was just saved: two entries are one place, and a copy would take the
 * refresh token away. */
static bool is_authority(struct session *session, const struct entry *entry,
			 const struct record *there)
{
	if (there->cached_at != 0 || there->revision != session->record->revision)
		return false;
	call_log(session->call, CREDENCE_LOG_WARNING,
		 "store %s is no cache: it is the place that it stands beside", entry->conf->use);
	return true;
}

static credence_rc save_cache(struct session *session, struct entry *entry)
{
	struct credence_call *call = session->call;
	const char *key = session->profile->credential;
	struct record *old = NULL;
	uint64_t expected = 0;
	bool same = false;
	credence_rc rc;

	if (load_entry(session, entry, key, &old) == CREDENCE_SUCCESS) {
		expected = old->revision;
		same = is_authority(session, entry, old);
	}
	record_free(old);
	call_clear(call);
	if (same)
		return CREDENCE_SUCCESS;
	rc = save_copy(session, entry, expected);
	if (rc != CREDENCE_SUCCESS) {
		struct failure failure = call_take_failure(call);

		kept_erase(session, entry, key);
		call_clear(call);
		call_set_failure(call, &failure);
		if (!entry->conf->control.vital)
			call_log(call, CREDENCE_LOG_WARNING, "%s", call->failure.message);
	}
	return rc;
}

/* Everything but the authority, in stack order; a required cache that fails is a failure with the
 * record saved. The others are written all the same: what they had is older. */
static credence_rc save_caches(struct session *session, struct stack *stack,
			       unsigned authority_index)
{
	struct credence_call *call = session->call;
	struct failure first = {0};
	unsigned i;

	for (i = 0; i < stack->count; i++) {
		struct entry *entry = &stack->entry[i];

		if (i != authority_index && save_cache(session, entry) != CREDENCE_SUCCESS &&
		    entry->conf->control.vital && first.rc == CREDENCE_SUCCESS) {
			call_prefix(call, "the record was saved, but not everywhere");
			first = call_take_failure(call);
			first.rc = CREDENCE_ERROR;
			first.status = STATUS_STORE;
		}
		call_clear(call);
	}
	call_set_failure(call, &first);
	return call->failure.rc;
}

static credence_rc save_authority(struct session *session, struct stack **stack, unsigned *index)
{
	struct record *record = session->record;
	struct buf payload = BUF_SECRET;
	uint64_t revision = record->revision + 1;
	credence_rc rc = authority(session, stack, index);

	if (rc == CREDENCE_SUCCESS)
		rc = encode_for(session, &(*stack)->entry[*index], 0, &payload);
	if (rc == CREDENCE_SUCCESS)
		rc = kept_save(session, &(*stack)->entry[*index], session->profile->credential,
			       payload.data, payload.length, record->revision, revision, 0);
	buf_done(&payload);
	if (rc == CREDENCE_SUCCESS)
		record->revision = revision;
	return rc;
}

credence_rc store_note(struct session *session)
{
	struct stack *stack;
	unsigned index;

	return save_authority(session, &stack, &index);
}

credence_rc store_save(struct session *session)
{
	struct stack *stack;
	unsigned index;
	credence_rc rc = save_authority(session, &stack, &index);

	return rc == CREDENCE_SUCCESS && stack->count > 1 ? save_caches(session, stack, index) : rc;
}

/* -- Back-fill -- */

static void fill_caches(struct session *session)
{
	struct stack *stack;
	unsigned index;
	unsigned i;

	if (authority(session, &stack, &index) != CREDENCE_SUCCESS)
		return;
	switch (store_load(session)) {
	case CREDENCE_SUCCESS:
		save_caches(session, stack, index);
		break;
	case CREDENCE_MISS:
		/* It was erased: no copy outlives it. */
		for (i = 0; i < stack->count; i++)
			if (i != index)
				kept_erase(session, &stack->entry[i], session->profile->credential);
		break;
	default:
		break;
	}
}

void store_backfill(struct session *session)
{
	struct credence_call *call = session->call;
	struct failure failure;

	if (!session->backfill || session->stack[CREDENCE_ROLE_STORE].count < 2 ||
	    (call->flags & (CALL_NO_NETWORK | CALL_DRY)) != 0)
		return;
	session->backfill = false;
	failure = call_take_failure(call);
	if (lock_try(call, &session->lock, session->profile->state_dir,
		     session->profile->credential) == CREDENCE_SUCCESS)
		fill_caches(session);
	lock_release(&session->lock);
	call_clear(call);
	call_set_failure(call, &failure);
}

/* -- Erasing -- */

credence_rc store_erase(struct session *session)
{
	credence_rc rc, result = CREDENCE_MISS;
	struct failure first = {0};
	struct stack *stack;
	unsigned i;

	rc = session_stack(session, CREDENCE_ROLE_STORE, &stack);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	/* Every entry is asked even if one fails: what can go, goes. */
	for (i = 0; i < stack->count; i++) {
		rc = kept_erase(session, &stack->entry[i], session->profile->credential);
		if (rc == CREDENCE_SUCCESS && result == CREDENCE_MISS)
			result = CREDENCE_SUCCESS;
		if (rc != CREDENCE_SUCCESS && rc != CREDENCE_MISS && first.message == NULL) {
			result = rc;
			first = call_take_failure(session->call);
		}
		call_clear(session->call);
	}
	call_set_failure(session->call, &first);
	return result;
}

/* -- Ledgers of their own -- */

credence_rc store_decode_ledger(struct credence_call *call, const char *payload, size_t length,
				struct ledger *ledger)
{
	const char *reason;
	struct json_object *tree = json_parse(payload, length, &reason);
	credence_rc rc = CREDENCE_SUCCESS;

	if (tree == NULL)
		return call_fail(call, CREDENCE_ERROR, "the ledger is %s", reason);
	if (!ledger_from_json(ledger, json_member(tree, "ledger")))
		rc = call_oom(call);
	json_wipe(tree);
	return rc;
}

credence_rc store_encode_ledger(struct credence_call *call, const struct ledger *ledger,
				struct buf *payload)
{
	struct json_object *tree = json_object_new_object(), *list = ledger_to_json(ledger);

	if (tree == NULL || list == NULL || !json_set_string(tree, "format", "1.0") ||
	    json_object_object_add(tree, "ledger", list) != 0) {
		json_wipe(tree);
		json_wipe(list);
		return call_oom(call);
	}
	json_print(payload, tree, false);
	json_wipe(tree);
	return buf_ok(payload) ? CREDENCE_SUCCESS : call_oom(call);
}

credence_rc store_load_ledger(struct session *session, const char *key, struct ledger *ledger,
			      uint64_t *revision)
{
	struct credence_call *call = session->call;
	struct stack *stack;
	struct kept kept;
	unsigned index;
	credence_rc rc = authority(session, &stack, &index);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	*revision = 0;
	rc = kept_load(session, &stack->entry[index], key, &kept);
	if (rc == CREDENCE_SUCCESS) {
		rc = store_decode_ledger(call, kept.opened.payload, kept.opened.length, ledger);
		ledger_shift(ledger, -stack->entry[index].ahead);
		if (rc == CREDENCE_SUCCESS)
			*revision = kept.opened.revision;
		else
			kept_unreadable(session, &stack->entry[index], key, rc, &kept);
	} else if (rc == CREDENCE_MISS) {
		call_clear(call);
		rc = CREDENCE_SUCCESS;
	}
	/* Nothing can be asked of the server while nobody knows what counts. */
	if (kept.damaged)
		call_hint(call, "it is what counts against the provider's limits: credence restore "
				"--force from a back-up, or remove it to count anew");
	kept_done(&kept);
	return rc;
}

credence_rc store_save_ledger(struct session *session, const char *key, struct ledger *ledger,
			      uint64_t revision)
{
	struct buf payload = BUF_SECRET;
	struct entry *entry;
	credence_rc rc = store_authority(session, &entry);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	ledger_shift(ledger, entry->ahead);
	rc = store_encode_ledger(session->call, ledger, &payload);
	ledger_shift(ledger, -entry->ahead);
	if (rc == CREDENCE_SUCCESS)
		rc = kept_save(session, entry, key, payload.data, payload.length, revision,
			       revision + 1, 0);
	buf_done(&payload);
	return rc;
}
