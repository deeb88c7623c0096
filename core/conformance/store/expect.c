/* SPDX-License-Identifier: MIT */
/* What must come of a method, and what came instead; see self.h. */
#include "core/conformance/store/self.h"

#include "core/os/ascii.h"
#include "core/record/envelope.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* -- Content -- */

static void add_noise(struct buf *bytes, size_t size, unsigned seed)
{
	uint64_t state = UINT64_C(0x9e3779b97f4a7c15) * (seed + 1);

	while (size-- > 0) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		buf_char(bytes, (char)(state >> 32));
	}
}

static void add_text(struct buf *bytes, const struct content *content)
{
	size_t left = content->size;

	while (left > 0) {
		size_t n = left < content->text_length ? left : content->text_length;

		buf_add(bytes, content->text, n);
		left -= n;
	}
}

void content_wrap(const struct content *content, uint64_t revision, struct buf *bytes)
{
	struct buf payload = BUF_INIT;

	if (content->text != NULL)
		add_text(&payload, content);
	else
		add_noise(&payload, content->size, content->seed);
	envelope_wrap(bytes, revision, "-", buf_text(&payload), payload.length);
	buf_done(&payload);
}

struct content content_of_total(size_t total, unsigned seed)
{
	struct content content = {.size = total > 80 ? total - 80 : 0, .seed = seed};
	struct buf bytes = BUF_INIT;

	for (;; content.size++) {
		buf_reset(&bytes);
		content_wrap(&content, 1, &bytes);
		if (bytes.length >= total)
			break;
	}
	buf_done(&bytes);
	return content;
}

/* -- Answers -- */

void describe_answer(const struct self *self, credence_rc rc, struct buf *text)
{
	const char *message = self->call.failure.message;

	buf_str(text, rc_name(rc));
	if (message != NULL)
		buf_printf(text, " (%s)", message);
}

void expect_answer(struct self *self, const char *what, const char *key, credence_rc rc,
		   credence_rc answer)
{
	struct buf expected = BUF_INIT, found = BUF_INIT;

	if (rc == answer)
		return;
	buf_printf(&expected, "%s of %s to answer %s", what, key, rc_name(answer));
	describe_answer(self, rc, &found);
	test_fail(self->test, buf_text(&expected), "%s", buf_text(&found));
	buf_done(&expected);
	buf_done(&found);
}

void expect_save(struct self *self, const char *key, const struct content *content,
		 uint64_t expected, uint64_t revision, credence_rc answer)
{
	struct credence_item item = {
	    .size = sizeof(item), .expected = expected, .revision = revision};
	struct buf bytes = BUF_INIT;
	char what[128];

	if (!test_good(self->test))
		return;
	content_wrap(content, revision, &bytes);
	item.bytes = bytes.data;
	item.length = bytes.length;
	(void)snprintf(what, sizeof(what),
		       "the save (expected revision %" PRIu64 ", new %" PRIu64 ", %zu bytes)",
		       expected, revision, bytes.length);
	expect_answer(self, what, key, self_save(self, key, &item), answer);
	buf_done(&bytes);
}

/* Where the bytes begin to differ, or that they end too early or too late. */
static void compare(struct test *test, const char *key, const struct buf *wanted,
		    const struct buf *got)
{
	const char *a = buf_text(wanted), *b = buf_text(got);
	size_t n = wanted->length < got->length ? wanted->length : got->length, i = 0;
	char expected[BOARD_TEXT];

	while (i < n && a[i] == b[i])
		i++;
	if (i == wanted->length && i == got->length)
		return;
	(void)snprintf(expected, sizeof(expected), "the %zu bytes of %s as they were saved",
		       wanted->length, key);
	if (i < n)
		test_fail(test, expected,
			  "%zu bytes; byte %zu, the first that differs, is 0x%02x and not 0x%02x",
			  got->length, i, (unsigned char)b[i], (unsigned char)a[i]);
	else
		test_fail(test, expected, "%zu bytes, which %s", got->length,
			  got->length < wanted->length ? "are only the first of them"
						       : "go on behind them");
}

void expect_record(struct self *self, const char *key, const struct content *content,
		   uint64_t revision)
{
	struct buf wanted = BUF_INIT, got = BUF_INIT;

	if (!test_good(self->test))
		return;
	expect_answer(self, "the load", key, self_load(self, key, &got), CREDENCE_SUCCESS);
	if (test_good(self->test)) {
		content_wrap(content, revision, &wanted);
		compare(self->test, key, &wanted, &got);
	}
	buf_done(&wanted);
	buf_done(&got);
}

void expect_none(struct self *self, const char *key)
{
	struct buf got = BUF_INIT;

	if (!test_good(self->test))
		return;
	expect_answer(self, "the load", key, self_load(self, key, &got), CREDENCE_MISS);
	buf_done(&got);
}

void expect_erase(struct self *self, const char *key, credence_rc answer)
{
	if (test_good(self->test))
		expect_answer(self, "the erase", key, self_erase(self, key), answer);
}

void expect_lock(struct self *self, const char *key, credence_rc answer)
{
	if (test_good(self->test))
		expect_answer(self, "the lock", key, self_lock(self, key), answer);
}

void expect_unlock(struct self *self, const char *key)
{
	if (test_good(self->test))
		expect_answer(self, "the unlock", key, self_unlock(self, key), CREDENCE_SUCCESS);
}

/* -- Lists -- */

static unsigned times(const struct frame *frame, const char *key)
{
	unsigned count = 0;

	for (size_t i = 0; i < frame->name_count; i++)
		count += strcmp(frame->names[i], key) == 0;
	return count;
}

static bool is_among(const char *const *keys, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(keys[i], name) == 0)
			return true;
	return false;
}

/* Is it, or could it be made of, one of this case's keys? */
static bool is_ours(const char *prefix, const char *name)
{
	size_t length = strlen(prefix);

	return strncmp(name, prefix, length) == 0 && !ascii_is_digit(name[length]);
}

static void check_all_there(struct self *self, const struct frame *frame, const char *const *keys,
			    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (times(frame, keys[i]) != 1)
			test_fail(self->test, "the list to have every key once",
				  "%s is there %u times among %zu names", keys[i],
				  times(frame, keys[i]), frame->name_count);
}

static void check_no_other(struct self *self, const struct frame *frame, const char *const *keys,
			   size_t count)
{
	char prefix[KEY_SIZE];

	test_prefix(self->test, prefix);
	for (size_t i = 0; i < frame->name_count; i++)
		if (is_ours(prefix, frame->names[i]) && !is_among(keys, count, frame->names[i]))
			test_fail(self->test, "the list to have no key but those that are kept",
				  "%s", frame->names[i]);
}

static void check_names(struct self *self, const char *const *keys, size_t count, bool all)
{
	struct frame frame;
	credence_rc rc;

	if (!test_good(self->test))
		return;
	frame_init(&frame);
	rc = self_list(self, &frame);
	if (all) {
		expect_answer(self, "the list", "its keys", rc, CREDENCE_SUCCESS);
		check_all_there(self, &frame, keys, count);
	}
	check_no_other(self, &frame, keys, count);
	frame_done(&frame);
}

void expect_names(struct self *self, const char *const *keys, size_t count)
{
	check_names(self, keys, count, true);
}

void expect_no_name_but(struct self *self, const char *const *keys, size_t count)
{
	check_names(self, keys, count, false);
}

/* -- Revisions -- */

uint64_t revision_of(struct self *self, const char *key)
{
	struct buf bytes = BUF_INIT;
	uint64_t revision = 0;
	credence_rc rc;

	if (!test_good(self->test))
		return 0;
	rc = self_load(self, key, &bytes);
	if (rc == CREDENCE_SUCCESS)
		revision = envelope_revision(bytes.data, bytes.length);
	else if (rc != CREDENCE_MISS)
		expect_answer(self, "the load", key, rc, CREDENCE_SUCCESS);
	buf_done(&bytes);
	return revision;
}

static credence_rc save_next(struct self *self, const char *key, uint64_t there)
{
	const struct content content = {.size = 300, .seed = (unsigned)there};
	struct credence_item item = {
	    .size = sizeof(item), .expected = there, .revision = there + 1};
	struct buf bytes = BUF_INIT;
	credence_rc rc;

	content_wrap(&content, there + 1, &bytes);
	item.bytes = bytes.data;
	item.length = bytes.length;
	rc = self_save(self, key, &item);
	buf_done(&bytes);
	return rc;
}

uint64_t add_one(struct self *self, const char *key)
{
	while (test_good(self->test)) {
		uint64_t there = revision_of(self, key);
		credence_rc rc;

		if (!test_good(self->test))
			break;
		rc = save_next(self, key, there);
		if (rc == CREDENCE_SUCCESS)
			return there + 1;
		if (rc != CREDENCE_CONFLICT || !self->elsewhere)
			expect_answer(self, "the save", key, rc, CREDENCE_SUCCESS);
	}
	return 0;
}
