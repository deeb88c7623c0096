/* SPDX-License-Identifier: MIT */
/*
 * How a back-up is sealed: its text, whole, by the seal that the build has for that, in an envelope
 * like a record's behind a line of its own. So what is missing is told from what was changed, and
 * no part of it is good without the rest.
 */
#include "core/migrate/migrate.h"

#include "core/config/schema.h"
#include "core/config/secret_ref.h"
#include "core/record/envelope.h"

#include <stdlib.h>
#include <string.h>

#define FIRST "credence-backup1\n"

/* The seal, and what it needs to run outside of a session. */
struct sealer {
	struct credence_call *call;
	struct conf *conf;
	struct stack_conf seals;
	struct entry entry;
	struct work work, *found;
};

static credence_rc read_reference(struct credence_call *call, const char *reference,
				  struct sealer *sealer)
{
	const char *wrong = secret_ref_check(reference);
	struct buf text = BUF_INIT;
	credence_rc rc;

	if (wrong == NULL && strncmp(reference, "plain:", 6) == 0)
		wrong = "the key itself, which others on this machine could see";
	if (wrong == NULL && strpbrk(reference, "\"\\\n") != NULL)
		wrong = "a reference with quotes or a backslash in it";
	if (wrong != NULL) {
		call_fail_status(call, STATUS_USAGE, CREDENCE_CONFIG, "--key is %s", wrong);
		call_hint(call, "--key file:/PATH, keyring:DESCRIPTION or credential:NAME");
		return CREDENCE_CONFIG;
	}
	buf_printf(&text, "seal = { use = \"%s\"; key = \"%s\"; };\n", seal_conf_default(),
		   reference);
	rc = buf_ok(&text) ? conf_parse(call, "--key", PLACE_ADMIN, buf_text(&text), text.length,
					schema_profile, NULL, &sealer->conf)
			   : call_oom(call);
	buf_done(&text);
	return rc;
}

static credence_rc sealer_open(struct credence_call *call, const struct backup_key *key,
			       struct sealer *sealer)
{
	credence_rc rc = CREDENCE_SUCCESS;

	memset(sealer, 0, sizeof(*sealer));
	sealer->call = call;
	sealer->found = call->work;
	if (key->reference != NULL)
		rc = read_reference(call, key->reference, sealer);
	if (rc == CREDENCE_SUCCESS)
		rc = seal_conf_single(call, conf_find(sealer->conf, "seal"), key->passphrase,
				      &sealer->seals);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	sealer->entry.conf = &sealer->seals.entry[0];
	sealer->entry.role = CREDENCE_ROLE_SEAL;
	call->work = &sealer->work;
	return CREDENCE_SUCCESS;
}

static void sealer_done(struct sealer *sealer)
{
	sealer->call->work = sealer->found;
	if (sealer->entry.opened && sealer->entry.module->descriptor.close != NULL)
		sealer->entry.module->descriptor.close(sealer->entry.self);
	stack_conf_done(&sealer->seals);
	conf_free(sealer->conf);
}

/* What a record is bound to begins with another word. */
static struct credence_sealing sealing(const void *bytes, size_t length)
{
	return (struct credence_sealing){.size = sizeof(struct credence_sealing),
					 .bytes = bytes,
					 .length = length,
					 .associated = FIRST,
					 .associated_length = strlen(FIRST)};
}

credence_rc backup_seal(struct credence_call *call, struct backup *backup,
			const struct backup_key *key, struct buf *out)
{
	struct credence_sealing clear;
	struct sealer sealer;
	struct frame frame;
	credence_rc rc = sealer_open(call, key, &sealer);

	frame_init(&frame);
	buf_printf(&backup->text, "end %u\n", backup->records + backup->ledgers);
	if (rc == CREDENCE_SUCCESS && !buf_ok(&backup->text)) {
		rc = call_fail_status(
		    call, STATUS_BUG, CREDENCE_ERROR,
		    "the back-up would be larger than %zu MiB, or memory is short", BUF_MAX >> 20);
		call_hint(call, "make several: credence backup FILE PROFILE…");
	}
	if (rc == CREDENCE_SUCCESS) {
		clear = sealing(backup->text.data, backup->text.length);
		rc = entry_seal(call, &sealer.entry, &frame, &clear);
	}
	if (rc == CREDENCE_SUCCESS) {
		buf_str(out, FIRST);
		envelope_wrap(out, 1, sealer.entry.conf->use, frame.bytes.data, frame.bytes.length);
		rc = buf_ok(out) ? rc : call_oom(call);
	}
	frame_done(&frame);
	sealer_done(&sealer);
	return rc;
}

static credence_rc open_file(struct credence_call *call, const struct buf *file,
			     struct envelope *envelope)
{
	size_t first = strlen(FIRST);
	credence_rc rc;

	if (file->length < first || memcmp(file->data, FIRST, first) != 0)
		return call_fail_status(call, STATUS_STORE, CREDENCE_ERROR,
					"this is no back-up of credence");
	rc = envelope_open(call, file->data + first, file->length - first, envelope);
	if (rc != CREDENCE_SUCCESS) {
		call_prefix(call, "the back-up");
		call->failure.status = STATUS_STORE;
		return rc;
	}
	if (strcmp(envelope->seal, seal_conf_default()) != 0)
		return call_fail_status(call, STATUS_STORE, CREDENCE_ERROR,
					"the back-up is sealed by \"%s\", which this credence does "
					"not have",
					envelope->seal);
	return CREDENCE_SUCCESS;
}

/* What a seal says of a record's place and of the names of keys is nothing to a back-up's reader.
 */
static credence_rc tell_denied(struct credence_call *call, const struct backup_key *key)
{
	const char *code = call->failure.code != NULL ? call->failure.code : "";

	call_prefix(call, "the back-up");
	call->failure.rc = CREDENCE_ERROR;
	call->failure.status = STATUS_STORE;
	if (strcmp(code, "other_key") == 0)
		call_hint(call,
			  key->reference != NULL
			      ? "--key names what it was made with; without it a passphrase is "
				"asked for"
			      : "give the passphrase that it was made with, or --key for its key");
	else
		call_hint(call, "try another copy of it, or an older back-up");
	return CREDENCE_ERROR;
}

credence_rc backup_unseal(struct credence_call *call, const struct buf *file,
			  const struct backup_key *key, struct buf *text)
{
	struct credence_sealing sealed;
	struct envelope envelope;
	struct sealer sealer;
	struct frame frame;
	credence_rc rc = open_file(call, file, &envelope);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	frame_init(&frame);
	rc = sealer_open(call, key, &sealer);
	if (rc == CREDENCE_SUCCESS) {
		sealed = sealing(envelope.payload, envelope.length);
		rc = entry_unseal(call, &sealer.entry, &frame, &sealed);
	}
	if (rc == CREDENCE_SUCCESS) {
		*text = frame.bytes;
		frame.bytes = BUF_SECRET; /* transferred */
	} else if (rc == CREDENCE_DENIED) {
		rc = tell_denied(call, key);
	}
	frame_done(&frame);
	sealer_done(&sealer);
	return rc;
}
