/* SPDX-License-Identifier: MIT */
/* Wrapping and unwrapping what stores keep; see seal.h. */
#include "core/session/seal.h"

#include "core/record/envelope.h"

#include <inttypes.h>
#include <string.h>

/* What sealed bytes are bound to. No part of it can hold a space. */
static void bind(struct buf *associated, const char *key, uint64_t revision, const char *id)
{
	buf_printf(associated, "credence1 %s %" PRIu64 " %s", key, revision, id);
}

static struct credence_sealing sealing(const void *bytes, size_t length,
				       const struct buf *associated)
{
	return (struct credence_sealing){.size = sizeof(struct credence_sealing),
					 .bytes = bytes,
					 .length = length,
					 .associated = associated->data,
					 .associated_length = associated->length};
}

/* -- Sealing -- */

credence_rc seal_present(struct credence_call *call, struct entry *store, const char **id,
			 struct entry **seal)
{
	struct stack *seals;
	credence_rc rc = entry_seals(call, store, call->work->profile, &seals);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	*id = seals->count > 0 ? seal_conf_id(seals->entry[0].conf) : SEAL_NONE_ID;
	*seal = strcmp(*id, SEAL_NONE_ID) == 0 ? NULL : &seals->entry[0];
	return CREDENCE_SUCCESS;
}

static credence_rc seal_with(struct credence_call *call, struct entry *seal, const char *key,
			     uint64_t revision, const void *payload, size_t length,
			     struct buf *bytes)
{
	const char *id = seal_conf_id(seal->conf);
	struct buf associated = BUF_INIT;
	struct credence_sealing clear;
	struct frame frame;
	credence_rc rc;

	bind(&associated, key, revision, id);
	if (!buf_ok(&associated))
		return call_oom(call);
	clear = sealing(payload, length, &associated);
	frame_init(&frame);
	rc = entry_seal(call, seal, &frame, &clear);
	if (rc == CREDENCE_SUCCESS)
		envelope_wrap(bytes, revision, id, frame.bytes.data, frame.bytes.length);
	else
		call_prefix(call, "seal %s", id);
	frame_done(&frame);
	buf_done(&associated);
	return rc;
}

credence_rc seal_wrap(struct credence_call *call, struct entry *store, const char *key,
		      uint64_t revision, const void *payload, size_t length, struct buf *bytes)
{
	struct entry *seal;
	const char *id;
	credence_rc rc = seal_present(call, store, &id, &seal);

	if (rc == CREDENCE_SUCCESS && seal != NULL)
		rc = seal_with(call, seal, key, revision, payload, length, bytes);
	else if (rc == CREDENCE_SUCCESS)
		envelope_wrap(bytes, revision, SEAL_NONE_ID, payload, length);
	if (rc == CREDENCE_SUCCESS && !buf_ok(bytes))
		rc = call_oom(call);
	return rc;
}

/* -- Unsealing -- */

/* Whoever can write to the store could put a record in clear there, without any key. */
static credence_rc not_sealed(struct credence_call *call)
{
	call_fail_status(call, STATUS_STORE, CREDENCE_ERROR,
			 "the record is not sealed, and \"" SEAL_NONE_USE
			 "\" is none of this store's seals");
	call_hint(call, "if it was written before there were seals, put \"" SEAL_NONE_USE
			"\" behind the others of seal, and: credence reseal; else restore it "
			"from a back-up (credence restore)");
	return CREDENCE_ERROR;
}

static credence_rc no_such_seal(struct credence_call *call, const struct stack *seals,
				const char *id)
{
	call_fail_status(call, STATUS_STORE, CREDENCE_ERROR,
			 seals->count > 0 ? "the record is sealed with \"%s\", which is none of "
					    "this store's seals"
					  : "the record is sealed with \"%s\", and this store has "
					    "no seal",
			 id);
	call_hint(call,
		  "put the key that it was sealed with behind the others of seal, as id = \"%s\"",
		  id);
	return CREDENCE_ERROR;
}

/* The one that the envelope names. In clear is read where there are no seals, or one is none. */
static credence_rc find_seal(struct credence_call *call, struct entry *store, const char *id,
			     struct entry **seal)
{
	struct stack *seals;
	unsigned i;
	credence_rc rc = entry_seals(call, store, call->work->profile, &seals);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	for (i = 0; i < seals->count; i++)
		if (strcmp(seal_conf_id(seals->entry[i].conf), id) == 0) {
			*seal = &seals->entry[i];
			return CREDENCE_SUCCESS;
		}
	if (strcmp(id, SEAL_NONE_ID) != 0)
		return no_such_seal(call, seals, id);
	*seal = NULL;
	return seals->count == 0 ? CREDENCE_SUCCESS : not_sealed(call);
}

/* What is not authentic is, for whoever asks, a record that can't be read. It is nobody's to
 * replace unasked: with the right key it may be good. */
static credence_rc not_authentic(struct credence_call *call)
{
	call->failure.rc = CREDENCE_ERROR;
	call->failure.status = STATUS_STORE;
	if (call->failure.hint == NULL)
		call_hint(call, "restore it from a back-up (credence restore)");
	return CREDENCE_ERROR;
}

static credence_rc unseal_with(struct credence_call *call, struct entry *seal, const char *key,
			       struct opened *opened)
{
	struct buf associated = BUF_INIT;
	struct credence_sealing sealed;
	credence_rc rc;

	bind(&associated, key, opened->revision, opened->seal);
	if (!buf_ok(&associated))
		return call_oom(call);
	sealed = sealing(opened->payload, opened->length, &associated);
	rc = entry_unseal(call, seal, &opened->frame, &sealed);
	buf_done(&associated);
	if (rc == CREDENCE_SUCCESS) {
		opened->payload = buf_text(&opened->frame.bytes);
		opened->length = opened->frame.bytes.length;
		return rc;
	}
	call_prefix(call, "seal %s", opened->seal);
	return rc == CREDENCE_DENIED ? not_authentic(call) : rc;
}

credence_rc seal_unwrap(struct credence_call *call, struct entry *store, const char *key,
			const void *bytes, size_t length, struct opened *opened)
{
	struct envelope envelope;
	struct entry *seal;
	credence_rc rc;

	memset(opened, 0, sizeof(*opened));
	frame_init(&opened->frame);
	rc = envelope_open(call, bytes, length, &envelope);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	opened->revision = envelope.revision;
	memcpy(opened->seal, envelope.seal, sizeof(opened->seal));
	opened->payload = envelope.payload;
	opened->length = envelope.length;
	rc = find_seal(call, store, opened->seal, &seal);
	if (rc != CREDENCE_SUCCESS || strcmp(opened->seal, SEAL_NONE_ID) == 0)
		return rc;
	return unseal_with(call, seal, key, opened);
}

void opened_done(struct opened *opened)
{
	frame_done(&opened->frame);
	memset(opened, 0, sizeof(*opened));
}
