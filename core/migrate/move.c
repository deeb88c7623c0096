/* SPDX-License-Identifier: MIT */
/*
 * From one store to another. At every moment one of them has the whole record: it is copied, read
 * back, and erased where it was only then. Whatever ends it in between, the next call goes on.
 */
#include "core/migrate/parts.h"

#include "core/config/schema.h"
#include "core/renew/intent.h"
#include "core/session/credential_lock.h"
#include "core/session/store.h"
#include "core/token/token.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct move {
	struct session *from, *to;
	struct entry *old, *new; /* the authorities */
	const char *key;
	bool force;
	struct moved *moved;
};

/* -- Two sessions in one call -- */

static credence_rc open_old(struct session *session, const char *file, struct session *old)
{
	struct credence_call *call = session->call;
	char *path = realpath(file, NULL);
	struct profile *profile = NULL;
	struct conf *conf = NULL;
	credence_rc rc;

	if (path == NULL)
		return call_fail_status(call, STATUS_USAGE, CREDENCE_CONFIG,
					"there is no file %s with the profile as it was", file);
	rc =
	    conf_load(call, path, session->profile->conf->place, schema_profile, NULL, true, &conf);
	free(path);
	if (rc == CREDENCE_SUCCESS)
		rc = profile_with(call, session->profile, conf, &profile);
	if (rc == CREDENCE_SUCCESS)
		session_init(call, profile, old);
	return rc;
}

static credence_rc load(struct session *session, struct entry *entry, const char *key,
			struct kept *kept)
{
	credence_rc rc;

	session_use(session);
	rc = kept_load(session, entry, key, kept);
	if (rc == CREDENCE_MISS)
		call_clear(session->call);
	return rc;
}

static bool same_bytes(const struct kept *a, const struct kept *b)
{
	return a->bytes.length == b->bytes.length &&
	       memcmp(a->bytes.data, b->bytes.data, a->bytes.length) == 0;
}

static bool same_payload(const struct kept *a, const struct kept *b)
{
	return a->opened.length == b->opened.length &&
	       memcmp(a->opened.payload, b->opened.payload, a->opened.length) == 0;
}

/* -- Which one is it? -- */

/* The answer to a request that another host is making would go to the old place. */
static credence_rc check_intent(const struct move *move, const struct record *record)
{
	struct credence_call *call = move->to->call;

	if (!intent_is_live(move->to, move->old, record))
		return CREDENCE_SUCCESS;
	call_fail(call, CREDENCE_UNAVAIL, "%s is renewing it",
		  record->intent.host != NULL ? record->intent.host : "another host");
	call_hint(call, "try again in a minute");
	return CREDENCE_UNAVAIL;
}

/* What is in the new place: made from what is in the old one, or somebody else's? */
static credence_rc compare(struct move *move, const struct record *old, const struct record *new,
			   bool *newer)
{
	struct credence_call *call = move->to->call;

	*newer = (record_same_id(new->parent, old->id) || record_same_id(new->id, old->id)) &&
		 new->generation >= old->generation;
	if (*newer || move->force)
		return CREDENCE_SUCCESS;
	migrate_refuse(call,
		       "store %s has a record of its own (generation %" PRIu64
		       "), and so has store %s (generation %" PRIu64 ")",
		       move->new->conf->use, new->generation, move->old->conf->use,
		       old->generation);
	call_hint(call,
		  "to keep the old one, add --force; to keep the new one, erase the old by hand");
	return CREDENCE_CONFLICT;
}

static credence_rc weigh(struct move *move, const struct kept *old, const struct kept *new,
			 bool *newer)
{
	struct record *a = NULL, *b = NULL;
	credence_rc rc =
	    migrate_decode(move->to->call, old->opened.payload, old->opened.length, &a);

	*newer = false;
	if (rc == CREDENCE_SUCCESS) {
		record_shift(a, -move->old->ahead);
		rc = check_intent(move, a);
	}
	if (rc == CREDENCE_SUCCESS && new != NULL && !same_payload(old, new)) {
		rc = migrate_decode(move->to->call, new->opened.payload, new->opened.length, &b);
		if (rc == CREDENCE_SUCCESS)
			rc = compare(move, a, b, newer);
	}
	record_free(a);
	record_free(b);
	return rc;
}

/* -- Ledgers -- */

/* What is in the new ledger already stays; nothing that was counted is forgotten. */
static credence_rc copy_ledger(struct session *session, const char *key, void *data)
{
	struct move *move = data;
	struct ledger old = {0}, new = {0};
	uint64_t old_revision = 0, new_revision = 0;
	unsigned added = 0;
	credence_rc rc;

	session_use(move->from);
	rc = store_load_ledger(move->from, key, &old, &old_revision);
	session_use(session);
	if (rc == CREDENCE_SUCCESS && old_revision > 0)
		rc = store_load_ledger(session, key, &new, &new_revision);
	if (rc == CREDENCE_SUCCESS && !ledger_merge(&new, &old, &added))
		rc = call_oom(session->call);
	if (rc == CREDENCE_SUCCESS && added > 0)
		rc = store_save_ledger(session, key, &new, new_revision);
	if (rc == CREDENCE_SUCCESS && old_revision > 0)
		move->moved->ledgers++;
	ledger_done(&old);
	ledger_done(&new);
	return rc;
}

/* Is there any credential but this one in the old place? If nobody can tell, there is. */
static bool others_left(struct move *move)
{
	struct frame frame;
	bool left = false;
	size_t i;

	session_use(move->from);
	frame_init(&frame);
	if (entry_store_list(move->from->call, move->old, &frame) != CREDENCE_SUCCESS)
		left = true;
	for (i = 0; !left && i < frame.name_count; i++)
		left = frame.names[i][0] != '+' && strcmp(frame.names[i], move->key) != 0;
	call_clear(move->from->call);
	frame_done(&frame);
	return left;
}

static credence_rc erase_ledger(struct session *session, const char *key, void *data)
{
	struct move *move = data;
	credence_rc rc;

	session_use(move->from);
	rc = kept_erase(move->from, move->old, key);
	session_use(session);
	if (rc == CREDENCE_MISS) {
		call_clear(session->call);
		rc = CREDENCE_SUCCESS;
	}
	return rc;
}

/* -- The record -- */

/* An entry of the old stack may be the new authority by another name: what is the same to the byte
 * stays. */
static credence_rc erase_entry(struct move *move, struct entry *entry, const struct kept *new)
{
	struct kept kept;
	credence_rc rc = load(move->from, entry, move->key, &kept);
	bool same = kept.bytes.length > 0 && same_bytes(&kept, new);

	kept_done(&kept);
	if (rc == CREDENCE_MISS || same) {
		call_clear(move->from->call);
		return CREDENCE_SUCCESS;
	}
	call_clear(move->from->call);
	rc = kept_erase(move->from, entry, move->key);
	return rc == CREDENCE_MISS ? CREDENCE_SUCCESS : rc;
}

/* Every entry is asked even if one fails: what can go, goes. */
static credence_rc erase_old(struct move *move)
{
	struct credence_call *call = move->to->call;
	struct failure first = {.rc = CREDENCE_SUCCESS};
	struct stack *stack = NULL;
	struct kept new;
	unsigned i;
	credence_rc rc = load(move->to, move->new, move->key, &new), failed = CREDENCE_SUCCESS;

	session_use(move->from);
	if (rc == CREDENCE_SUCCESS)
		rc = session_stack(move->from, CREDENCE_ROLE_STORE, &stack);
	for (i = 0; rc == CREDENCE_SUCCESS && i < stack->count; i++) {
		credence_rc erased = erase_entry(move, &stack->entry[i], &new);

		if (erased != CREDENCE_SUCCESS && failed == CREDENCE_SUCCESS) {
			failed = erased;
			first = call_take_failure(call);
		}
		call_clear(call);
	}
	if (failed != CREDENCE_SUCCESS) {
		call_set_failure(call, &first);
		call_prefix(call, "copied, but the old copy may still be there");
		rc = failed;
	}
	kept_done(&new);
	return rc;
}

/* Whatever was erased, the record is where it belongs; if not, it is put there again. */
static credence_rc check_new(struct move *move, const struct kept *old)
{
	struct kept new;
	credence_rc rc = load(move->to, move->new, move->key, &new);

	kept_done(&new);
	if (rc != CREDENCE_MISS)
		return rc;
	rc = migrate_save(move->to, move->new, move->key, old->opened.payload, old->opened.length,
			  0, old->opened.revision + 2);
	return rc == CREDENCE_SUCCESS
		   ? call_fail(move->to->call, CREDENCE_CONFIG,
			       "the old store and the new one are the same; the record is kept")
		   : rc;
}

static credence_rc copy(struct move *move, const struct kept *old, const struct kept *new)
{
	uint64_t expected = new != NULL ? new->opened.revision : 0;
	uint64_t revision = old->opened.revision > expected ? old->opened.revision : expected;
	struct buf payload;
	credence_rc rc =
	    migrate_shift(move->to->call, MIGRATE_RECORD, old->opened.payload, old->opened.length,
			  move->new->ahead - move->old->ahead, &payload);

	session_use(move->to);
	if (rc == CREDENCE_SUCCESS)
		rc = migrate_save(move->to, move->new, move->key, payload.data, payload.length,
				  expected, revision + 1);
	buf_done(&payload);
	return rc;
}

static credence_rc same_store(struct move *move)
{
	struct credence_call *call = move->to->call;

	call_fail(call, CREDENCE_CONFIG, "the record is in store %s of the profile already",
		  move->new->conf->use);
	call_hint(call, "if only the seal was changed: credence reseal %s",
		  move->to->profile->name);
	return CREDENCE_CONFIG;
}

/* new NULL: there is none yet. */
static credence_rc carry(struct move *move, const struct kept *old, const struct kept *new)
{
	bool newer = false;
	credence_rc rc;

	rc = weigh(move, old, new, &newer);
	session_use(move->to);
	if (rc == CREDENCE_SUCCESS)
		rc = migrate_ledgers(move->to, copy_ledger, move);
	move->moved->was_there = new != NULL && (newer || same_payload(old, new));
	if (rc == CREDENCE_SUCCESS && !move->moved->was_there)
		rc = copy(move, old, new);
	session_use(move->to);
	if (rc == CREDENCE_SUCCESS && !move->moved->was_there)
		rc = migrate_empty_caches(move->to);
	if (rc == CREDENCE_SUCCESS)
		rc = erase_old(move);
	if (rc == CREDENCE_SUCCESS)
		rc = check_new(move, old);
	if (rc != CREDENCE_SUCCESS || move->moved->ledgers == 0)
		return rc;
	move->moved->ledgers_stay = others_left(move);
	session_use(move->to);
	return move->moved->ledgers_stay ? rc : migrate_ledgers(move->to, erase_ledger, move);
}

static credence_rc nothing_there(struct move *move, credence_rc new)
{
	if (new == CREDENCE_MISS) {
		call_fail(move->to->call, CREDENCE_MISS, "nobody has logged in");
		call_hint(move->to->call,
			  "name with --from the store that it was in, or: credence login PROFILE");
		return CREDENCE_MISS;
	}
	move->moved->was_there = true;
	return CREDENCE_SUCCESS;
}

static credence_rc run_with(struct move *move, const struct kept *old, credence_rc found)
{
	struct kept new;
	credence_rc there = load(move->to, move->new, move->key, &new), rc = there;

	if (found == CREDENCE_SUCCESS && there == CREDENCE_SUCCESS)
		rc = carry(move, old, &new);
	else if (found == CREDENCE_SUCCESS && there == CREDENCE_MISS)
		rc = carry(move, old, NULL);
	else if (there == CREDENCE_SUCCESS || there == CREDENCE_MISS)
		rc = nothing_there(move, there);
	kept_done(&new);
	return rc;
}

/* What another host renews in the old place meanwhile would be erased there. Where the old place is
 * the new one by another name, its lock is held already. */
static credence_rc lock_old(struct move *move)
{
	struct kept old, new;
	credence_rc found = load(move->from, move->old, move->key, &old);
	credence_rc there = load(move->to, move->new, move->key, &new), rc = CREDENCE_SUCCESS;

	if (found == CREDENCE_SUCCESS && there == CREDENCE_SUCCESS && same_bytes(&old, &new)) {
		rc = same_store(move);
	} else if (found == CREDENCE_SUCCESS) {
		session_use(move->from);
		rc = credential_lock_store(move->from);
	}
	kept_done(&old);
	kept_done(&new);
	return rc;
}

static credence_rc run(struct move *move)
{
	struct kept old;
	credence_rc rc = load(move->from, move->old, move->key, &old);

	if (rc == CREDENCE_SUCCESS || rc == CREDENCE_MISS)
		rc = run_with(move, &old, rc);
	kept_done(&old);
	return rc;
}

credence_rc session_move(struct session *session, const char *file, bool force, struct moved *moved)
{
	struct session old = {0};
	struct move move = {.from = &old,
			    .to = session,
			    .key = session->profile->credential,
			    .force = force,
			    .moved = moved};
	credence_rc rc = open_old(session, file, &old);

	if (rc == CREDENCE_SUCCESS)
		rc = store_authority(&old, &move.old);
	session_use(session);
	if (rc == CREDENCE_SUCCESS)
		rc = store_authority(session, &move.new);
	if (rc == CREDENCE_SUCCESS)
		rc = credential_lock(session, NULL, NULL);
	if (rc == CREDENCE_SUCCESS)
		rc = lock_old(&move);
	if (rc == CREDENCE_SUCCESS)
		rc = run(&move);
	if (rc == CREDENCE_SUCCESS) {
		moved->from = strdup(move.old->conf->use);
		moved->to = strdup(move.new->conf->use);
	}
	session_done(&old);
	session_use(session);
	credential_unlock(session);
	return rc;
}

void moved_done(struct moved *moved)
{
	free(moved->from);
	free(moved->to);
	memset(moved, 0, sizeof(*moved));
}
