/* SPDX-License-Identifier: MIT */
/*
 * The text of a back-up: a line each for its beginning, its items and its end, and behind an item's
 * line its bytes as they are.
 *
 *	credence-backup 1 TIME
 *	record PROFILE KEY REVISION LENGTH
 *	ledger PROFILE KEY REVISION LENGTH
 *	end COUNT
 *
 * Times are by the clock of the host that made it. How it is sealed is in backup_seal.c.
 */
#include "core/migrate/parts.h"

#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/text.h"
#include "core/session/credential_lock.h"
#include "core/session/store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEAD     "credence-backup 1 "
#define LINE_MAX 256
#define WORDS    5

/* -- Writing -- */

void backup_init(struct backup *backup)
{
	memset(backup, 0, sizeof(*backup));
	backup->text = BUF_SECRET;
	buf_str(&backup->text, HEAD);
	text_rfc3339(&backup->text, clock_wall());
	buf_char(&backup->text, '\n');
}

void backup_done(struct backup *backup)
{
	buf_done(&backup->text);
	file_names_free(backup->seen);
	memset(backup, 0, sizeof(*backup));
}

/* Notes that this key of this state folder is in it. MISS: it was already. */
static credence_rc note(struct credence_call *call, struct backup *backup, const char *state_dir,
			const char *key)
{
	struct buf name = BUF_INIT;
	char **grown;
	size_t i;

	buf_printf(&name, "%s %s", state_dir, key);
	for (i = 0; i < backup->seen_count; i++)
		if (strcmp(backup->seen[i], buf_text(&name)) == 0) {
			buf_done(&name);
			return CREDENCE_MISS;
		}
	grown = reallocarray(backup->seen, backup->seen_count + 2, sizeof(*grown));
	if (grown != NULL) {
		backup->seen = grown;
		grown[backup->seen_count] = buf_take(&name);
	}
	buf_done(&name);
	if (grown == NULL || grown[backup->seen_count] == NULL)
		return call_oom(call);
	grown[++backup->seen_count] = NULL;
	return CREDENCE_SUCCESS;
}

static void write_item(struct session *session, struct backup *backup, int kind, const char *key,
		       uint64_t revision, const struct buf *payload)
{
	buf_printf(&backup->text, "%s %s %s %" PRIu64 " %zu\n",
		   kind == MIGRATE_LEDGER ? "ledger" : "record", session->profile->name, key,
		   revision, payload->length);
	buf_add(&backup->text, payload->data, payload->length);
}

static credence_rc add_item(struct session *session, struct backup *backup, int kind,
			    const char *key, unsigned *count)
{
	struct buf payload = BUF_SECRET;
	struct entry *entry;
	struct kept kept;
	credence_rc rc = store_authority(session, &entry);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = kept_load(session, entry, key, &kept);
	if (rc == CREDENCE_SUCCESS)
		rc = migrate_shift(session->call, kind, kept.opened.payload, kept.opened.length,
				   -entry->ahead, &payload);
	if (rc == CREDENCE_SUCCESS) {
		write_item(session, backup, kind, key, kept.opened.revision, &payload);
		(*count)++;
	}
	buf_done(&payload);
	kept_done(&kept);
	return rc;
}

static credence_rc add_ledger(struct session *session, const char *key, void *data)
{
	struct backup *backup = data;
	credence_rc rc = note(session->call, backup, session->profile->state_dir, key);

	if (rc == CREDENCE_SUCCESS)
		rc = add_item(session, backup, MIGRATE_LEDGER, key, &backup->ledgers);
	if (rc != CREDENCE_MISS)
		return rc;
	call_clear(session->call);
	return CREDENCE_SUCCESS;
}

credence_rc backup_add(struct session *session, struct backup *backup)
{
	const struct profile *profile = session->profile;
	credence_rc rc = note(session->call, backup, profile->state_dir, profile->credential),
		    found;

	/* Another profile's, and already in it. */
	if (rc == CREDENCE_MISS)
		return CREDENCE_SUCCESS;
	if (rc == CREDENCE_SUCCESS)
		rc = credential_lock(session, NULL, NULL);
	if (rc == CREDENCE_SUCCESS)
		rc = add_item(session, backup, MIGRATE_RECORD, profile->credential,
			      &backup->records);
	found = rc;
	if (rc == CREDENCE_MISS)
		call_clear(session->call);
	if (rc == CREDENCE_SUCCESS || rc == CREDENCE_MISS)
		rc = migrate_ledgers(session, add_ledger, backup);
	credential_unlock(session);
	return rc == CREDENCE_SUCCESS ? found : rc;
}

/* -- Reading -- */

static credence_rc no_backup(struct credence_call *call)
{
	return call_fail_status(call, STATUS_STORE, CREDENCE_ERROR,
				"the back-up is of a kind that this credence does not know");
}

/* A line's words, in its own memory; answers how many, 0: no line or too many words. */
static unsigned read_line(const struct buf *text, size_t *at, char line[LINE_MAX],
			  char *word[WORDS])
{
	const char *start = text->data + *at;
	size_t left = text->length - *at;
	const char *end = memchr(start, '\n', left < LINE_MAX ? left : LINE_MAX);
	unsigned count = 0;
	char *rest;

	if (end == NULL)
		return 0;
	memcpy(line, start, (size_t)(end - start));
	line[end - start] = '\0';
	*at += (size_t)(end - start) + 1;
	for (rest = line; rest != NULL; count++) {
		if (count == WORDS)
			return 0;
		word[count] = strsep(&rest, " ");
	}
	return count;
}

static bool read_item(char *word[WORDS], size_t left, struct backup_item *item)
{
	int64_t revision, length;

	item->kind = strcmp(word[0], "record") == 0   ? MIGRATE_RECORD
		     : strcmp(word[0], "ledger") == 0 ? MIGRATE_LEDGER
						      : 0;
	if (item->kind == 0 || !text_is_name(word[1]) || !text_is_key(word[2]) ||
	    (word[2][0] == '+') != (item->kind == MIGRATE_LEDGER) ||
	    !text_number(word[3], &revision) || revision < 1 || !text_number(word[4], &length) ||
	    length < 0 || (size_t)length > left)
		return false;
	memcpy(item->profile, word[1], strlen(word[1]) + 1);
	memcpy(item->key, word[2], strlen(word[2]) + 1);
	item->revision = (uint64_t)revision;
	item->length = (size_t)length;
	return true;
}

credence_rc backup_next(struct credence_call *call, const struct buf *text, size_t *at,
			struct backup_item *item)
{
	char line[LINE_MAX], *word[WORDS];
	unsigned count;

	if (*at == 0 &&
	    (text->length < strlen(HEAD) || memcmp(text->data, HEAD, strlen(HEAD)) != 0 ||
	     read_line(text, at, line, word) != 3))
		return no_backup(call);
	if (*at >= text->length)
		return no_backup(call);
	count = read_line(text, at, line, word);
	if (count == 2 && strcmp(word[0], "end") == 0 && *at == text->length)
		return CREDENCE_MISS;
	if (count != WORDS || !read_item(word, text->length - *at, item))
		return no_backup(call);
	item->payload = text->data + *at;
	*at += item->length;
	return CREDENCE_SUCCESS;
}
