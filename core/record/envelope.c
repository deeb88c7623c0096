/* SPDX-License-Identifier: MIT */
/* The envelope; see envelope.h. */
#include "core/record/envelope.h"

#include "core/os/ascii.h"
#include "core/os/hash.h"
#include "core/os/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAGIC       "credence1"
#define FAMILY      "credence"
#define LINE_LENGTH 160 /* at most */
#define CHECKSUM    16  /* hex digits */

/* The first line cut into its words. */
struct line {
	char text[LINE_LENGTH];
	char *word[5];
	size_t length;   /* with the newline */
	size_t checksum; /* where the checksum begins */
};

static bool split(const char *bytes, size_t length, struct line *line)
{
	const char *end = memchr(bytes, '\n', length < LINE_LENGTH ? length : LINE_LENGTH);
	unsigned i;
	char *at;

	if (end == NULL)
		return false;
	line->length = (size_t)(end - bytes) + 1;
	memcpy(line->text, bytes, line->length - 1);
	line->text[line->length - 1] = '\0';
	if (strlen(line->text) != line->length - 1)
		return false;
	at = line->text;
	for (i = 0; i < 5; i++) {
		line->word[i] = at;
		at = strchrnul(at, ' ');
		if ((*at == '\0') != (i == 4))
			return false;
		if (i < 4)
			*at++ = '\0';
	}
	line->checksum = (size_t)(line->word[4] - line->text);
	return true;
}

static bool number(const char *text, uint64_t *value)
{
	int64_t n;

	if (!ascii_is_digit(text[0]) || !text_number(text, &n) ||
	    (text[0] == '0' && text[1] != '\0'))
		return false;
	*value = (uint64_t)n;
	return true;
}

/* Fits the envelope, and is one word that can be shown. */
static bool is_seal(const char *seal)
{
	size_t length = strlen(seal);

	return length > 0 && length < sizeof(((struct envelope *)NULL)->seal) &&
	       text_is_vschar(seal) && strchr(seal, ' ') == NULL;
}

/* Over the line up to the checksum, and over the payload. */
static void checksum_text(const char *head, size_t head_length, const void *payload, size_t length,
			  char text[CHECKSUM + 1])
{
	uint64_t a = hash_fnv1a(head, head_length), b = hash_fnv1a(payload, length);
	/* Two halves that don't cancel each other out. */
	uint64_t sum = a ^ (b << 1 | b >> 63);
	size_t i;

	for (i = CHECKSUM; i-- > 0; sum >>= 4)
		text[i] = "0123456789abcdef"[sum & 15];
	text[CHECKSUM] = '\0';
}

static credence_rc damaged(struct credence_call *call, const char *what)
{
	return call_fail(call, CREDENCE_ERROR, "%s", what);
}

/* "credence" with a number behind it that is not 1. */
static bool is_newer(const char *bytes, size_t length)
{
	size_t i = strlen(FAMILY), start = i;

	if (length <= i || memcmp(bytes, FAMILY, i) != 0 || bytes[i] == '0')
		return false;
	while (i < length && ascii_is_digit(bytes[i]))
		i++;
	return i > start && i < length && bytes[i] == ' ' &&
	       memcmp(bytes, MAGIC " ", strlen(MAGIC) + 1) != 0;
}

static credence_rc not_ours(struct credence_call *call, const char *bytes, size_t length)
{
	if (length == 0)
		return damaged(call, "the record is empty");
	if (!is_newer(bytes, length))
		return damaged(call, "this is no record of credence");
	damaged(call, "written by a newer credence");
	call_hint(call, "upgrade credence on this host");
	return CREDENCE_ERROR;
}

credence_rc envelope_open(struct credence_call *call, const void *bytes, size_t length,
			  struct envelope *envelope)
{
	const char *text = bytes != NULL ? bytes : "";
	char expected[CHECKSUM + 1];
	struct line line;
	uint64_t revision, payload;

	if (length < strlen(MAGIC) + 1 || memcmp(text, MAGIC " ", strlen(MAGIC) + 1) != 0)
		return not_ours(call, text, length);
	if (!split(text, length, &line) || !number(line.word[1], &revision) ||
	    !number(line.word[3], &payload) || strlen(line.word[4]) != CHECKSUM ||
	    !is_seal(line.word[2]) || revision == 0)
		return damaged(call, "the record's first line is damaged");
	if (length - line.length != payload)
		return call_fail(call, CREDENCE_ERROR, "%s: %zu of %" PRIu64 " bytes",
				 length - line.length < payload ? "truncated" : "too long",
				 length - line.length, payload);
	checksum_text(text, line.checksum, text + line.length, payload, expected);
	if (strcmp(expected, line.word[4]) != 0)
		return damaged(call, "checksum does not match: it was edited or damaged");
	envelope->revision = revision;
	memcpy(envelope->seal, line.word[2], strlen(line.word[2]) + 1);
	envelope->payload = text + line.length;
	envelope->length = payload;
	return CREDENCE_SUCCESS;
}

void envelope_wrap(struct buf *out, uint64_t revision, const char *seal, const void *payload,
		   size_t length)
{
	char head[LINE_LENGTH], checksum[CHECKSUM + 1];
	int used =
	    snprintf(head, sizeof(head), MAGIC " %" PRIu64 " %s %zu ", revision, seal, length);

	/* What envelope_open would refuse is not written in the first place. */
	if (used < 0 || (size_t)used + CHECKSUM + 1 > sizeof(head) || revision == 0 ||
	    revision > INT64_MAX || !is_seal(seal)) {
		out->failed = true;
		return;
	}
	checksum_text(head, (size_t)used, payload, length, checksum);
	buf_add(out, head, (size_t)used);
	buf_str(out, checksum);
	buf_char(out, '\n');
	buf_add(out, payload, length);
}

uint64_t envelope_revision(const void *bytes, size_t length)
{
	uint64_t revision;
	struct line line;

	if (bytes == NULL || length < strlen(MAGIC) + 1 ||
	    memcmp(bytes, MAGIC " ", strlen(MAGIC) + 1) != 0 || !split(bytes, length, &line) ||
	    !number(line.word[1], &revision))
		return 0;
	return revision;
}
