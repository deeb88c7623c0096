/* SPDX-License-Identifier: MIT */
/* The envelope: what goes in comes out, and damage of any kind is seen. */
#include "core/record/envelope.h"

#include "random.h"
#include "suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct credence_call call;

static void start(void)
{
	call_init(&call, NULL, NULL, 0, -1);
}

static void stop(void)
{
	call_done(&call);
}

/* The envelope must be refused with a message that holds text; "": with any. */
static void refuse(const void *bytes, size_t length, const char *text)
{
	struct envelope envelope = {.revision = 77};

	ck_assert_int_eq(envelope_open(&call, bytes, length, &envelope), CREDENCE_ERROR);
	ck_assert_ptr_nonnull(call.failure.message);
	ck_assert_msg(strstr(call.failure.message, text) != NULL, "%s", call.failure.message);
	/* Outputs are written on success only. */
	ck_assert_uint_eq(envelope.revision, 77);
	call_clear(&call);
}

START_TEST(round_trip)
{
	struct random random = {.state = (uint64_t)_i + 1};
	size_t length = random_below(&random, 3000), i;
	unsigned char payload[3000];
	uint64_t revision = (random_next(&random) >> 1 >> random_below(&random, 63)) | 1;
	const char *seal = random_below(&random, 2) ? "-" : "key-2026";
	struct buf bytes = BUF_SECRET;
	struct envelope envelope;

	for (i = 0; i < length; i++)
		payload[i] = (unsigned char)random_next(&random);
	envelope_wrap(&bytes, revision, seal, payload, length);
	ck_assert(buf_ok(&bytes));
	ck_assert_int_eq(envelope_open(&call, bytes.data, bytes.length, &envelope),
			 CREDENCE_SUCCESS);
	ck_assert_uint_eq(envelope.revision, revision);
	ck_assert_str_eq(envelope.seal, seal);
	ck_assert_uint_eq(envelope.length, length);
	ck_assert_mem_eq(envelope.payload, payload, length);
	ck_assert_uint_eq(envelope_revision(bytes.data, bytes.length), revision);
	buf_done(&bytes);
}
END_TEST

/* The bytes are a format that other versions and other hosts read: they may not change unseen. */
START_TEST(known_bytes)
{
	static const char expected[] = "credence1 7 - 2 c347277382edb355\n{}";
	struct buf bytes = BUF_INIT;

	envelope_wrap(&bytes, 7, "-", "{}", 2);
	ck_assert_str_eq(buf_text(&bytes), expected);
	buf_done(&bytes);
}
END_TEST

START_TEST(appended)
{
	struct buf bytes = BUF_INIT;
	struct envelope envelope;

	buf_str(&bytes, "before");
	envelope_wrap(&bytes, 3, "-", "x", 1);
	ck_assert_int_eq(envelope_open(&call, bytes.data + 6, bytes.length - 6, &envelope),
			 CREDENCE_SUCCESS);
	buf_done(&bytes);
}
END_TEST

static const char sample[] = "{\"format\":\"1.0\",\"refresh_token\":\"1000.0123456789\"}";

START_TEST(truncated)
{
	struct buf bytes = BUF_INIT;
	size_t length, first;

	envelope_wrap(&bytes, 123, "-", sample, strlen(sample));
	first = (size_t)(strchr(bytes.data, '\n') - bytes.data) + 1;
	for (length = 0; length < bytes.length; length++) {
		/* An own block, so that a read behind the end is seen by the sanitizer. */
		char *part = malloc(length > 0 ? length : 1);

		ck_assert_ptr_nonnull(part);
		memcpy(part, bytes.data, length);
		refuse(part, length, length >= first ? "truncated: " : "");
		free(part);
	}
	buf_str(&bytes, "\n");
	refuse(bytes.data, bytes.length, "too long: ");
	buf_done(&bytes);
}
END_TEST

START_TEST(edited)
{
	struct envelope envelope;
	struct buf bytes = BUF_INIT;
	size_t at;
	int value;

	envelope_wrap(&bytes, 123, "-", sample, strlen(sample));
	for (at = 0; at < bytes.length; at++) {
		char before = bytes.data[at];

		for (value = 0; value < 256; value++) {
			bytes.data[at] = (char)value;
			if (bytes.data[at] == before)
				continue;
			ck_assert_msg(envelope_open(&call, bytes.data, bytes.length, &envelope) ==
					  CREDENCE_ERROR,
				      "byte %zu as %d was not seen", at, value);
			call_clear(&call);
		}
		bytes.data[at] = before;
	}
	ck_assert_int_eq(envelope_open(&call, bytes.data, bytes.length, &envelope),
			 CREDENCE_SUCCESS);
	buf_done(&bytes);
}
END_TEST

/* Two neighbours that change places; a byte more; a byte less. */
START_TEST(shifted)
{
	struct buf bytes = BUF_INIT, other = BUF_INIT;
	size_t at;

	envelope_wrap(&bytes, 123, "-", sample, strlen(sample));
	for (at = 0; at + 1 < bytes.length; at++) {
		if (bytes.data[at] != bytes.data[at + 1]) {
			buf_reset(&other);
			buf_add(&other, bytes.data, bytes.length);
			other.data[at] = bytes.data[at + 1];
			other.data[at + 1] = bytes.data[at];
			refuse(other.data, other.length, "");
		}
		buf_reset(&other);
		buf_add(&other, bytes.data, at);
		buf_add(&other, bytes.data + at + 1, bytes.length - at - 1);
		refuse(other.data, other.length, "");
		buf_reset(&other);
		buf_add(&other, bytes.data, at);
		buf_char(&other, 'x');
		buf_add(&other, bytes.data + at, bytes.length - at);
		refuse(other.data, other.length, "");
	}
	buf_done(&bytes);
	buf_done(&other);
}
END_TEST

static const struct refused {
	const char *text, *message;
	bool newer;
} refusals[] = {
    {"", "the record is empty", false},
    {"\n", "no record of credence", false},
    {"{}", "no record of credence", false},
    {"credence", "no record of credence", false},
    {"credence1", "no record of credence", false},
    {"credence0 1 - 0 0\n", "no record of credence", false},
    {"credence01 1 - 0 0\n", "no record of credence", false},
    {"credence1x 1 - 0 0\n", "no record of credence", false},
    {"credence2", "no record of credence", false},
    {"credence2 1 - 0 0\n", "written by a newer credence", true},
    {"credence10 whatever", "written by a newer credence", true},
    {"credence1 ", "first line is damaged", false},
    {"credence1 1 - 0 1234567812345678", "first line is damaged", false},
    {"credence1 0 - 0 1234567812345678\n", "first line is damaged", false},
    {"credence1 01 - 0 1234567812345678\n", "first line is damaged", false},
    {"credence1 -1 - 0 1234567812345678\n", "first line is damaged", false},
    {"credence1 9223372036854775808 - 0 1234567812345678\n", "first line is damaged", false},
    {"credence1 1  0 1234567812345678\n", "first line is damaged", false},
    {"credence1 1 - 0 123456781234567\n", "first line is damaged", false},
    {"credence1 1 - 0 1234567812345678 \n", "first line is damaged", false},
    {"credence1 1 - 0\n", "first line is damaged", false},
    {"credence1 1 - 9223372036854775807 1234567812345678\n", "truncated: 0 of 9", false},
    {"credence1 1 - 0 1234567812345678\n", "checksum does not match", false},
};

START_TEST(messages)
{
	const struct refused *refused = &refusals[_i];
	struct envelope envelope;

	ck_assert_int_eq(envelope_open(&call, refused->text, strlen(refused->text), &envelope),
			 CREDENCE_ERROR);
	ck_assert_ptr_nonnull(strstr(call.failure.message, refused->message));
	if (refused->newer)
		ck_assert_str_eq(call.failure.hint, "upgrade credence on this host");
	else
		ck_assert_ptr_null(call.failure.hint);
}
END_TEST

START_TEST(nothing)
{
	refuse(NULL, 0, "the record is empty");
	ck_assert_uint_eq(envelope_revision(NULL, 0), 0);
	ck_assert_uint_eq(envelope_revision("credence2 5 - 0 0\n", 18), 0);
	ck_assert_uint_eq(envelope_revision("credence1 5 - 0", 15), 0);
	/* Only the first line counts: the rest may be on its way still. */
	ck_assert_uint_eq(envelope_revision("credence1 5 - 9 0\n", 18), 5);
}
END_TEST

START_TEST(not_wrapped)
{
	static const char *const seals[] = {
	    "", "a b", "a\n", "0123456789012345678901234567890123456789012345678901234567890123"};
	struct buf bytes = BUF_INIT;
	size_t i;

	for (i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
		envelope_wrap(&bytes, 1, seals[i], "x", 1);
		ck_assert(!buf_ok(&bytes));
		buf_done(&bytes);
	}
	envelope_wrap(&bytes, 0, "-", "x", 1);
	ck_assert(!buf_ok(&bytes));
	buf_done(&bytes);
	envelope_wrap(&bytes, (uint64_t)INT64_MAX + 1, "-", "x", 1);
	ck_assert(!buf_ok(&bytes));
	buf_done(&bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("envelope");
	TCase *tests = tcase_create("envelope");

	tcase_add_checked_fixture(tests, start, stop);
	tcase_add_loop_test(tests, round_trip, 0, 50);
	tcase_add_test(tests, known_bytes);
	tcase_add_test(tests, appended);
	tcase_add_test(tests, truncated);
	tcase_add_test(tests, edited);
	tcase_add_test(tests, shifted);
	tcase_add_loop_test(tests, messages, 0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(tests, nothing);
	tcase_add_test(tests, not_wrapped);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
