/* SPDX-License-Identifier: MIT */
/* Base64 of RFC 4648, with and without padding, and back. */
#include "core/os/base64.h"

#include "suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void is(void (*add)(struct buf *, const void *, size_t), const char *bytes, size_t length,
	       const char *expected)
{
	struct buf out = BUF_INIT;

	add(&out, bytes, length);
	ck_assert_str_eq(buf_text(&out), expected);
	buf_done(&out);
}

/* RFC 4648 section 10. */
START_TEST(vectors)
{
	static const char *const padded[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
					     "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
	static const char *const bare[] = {"",       "Zg",      "Zm8",     "Zm9v",
					   "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"};
	size_t i;

	for (i = 0; i <= 6; i++) {
		is(base64_add, "foobar", i, padded[i]);
		is(base64url_add, "foobar", i, bare[i]);
	}
}
END_TEST

START_TEST(digits_of_each_alphabet)
{
	is(base64_add, "\xfb\xef\xff\x00", 4, "++//AA==");
	is(base64url_add, "\xfb\xef\xff\x00", 4, "--__AA");
	/* RFC 7515 appendix C. */
	is(base64url_add, "\x03\xec\xff\xe0\xc1", 5, "A-z_4ME");
}
END_TEST

static void reads(const char *text, size_t length, const char *bytes, size_t count)
{
	struct buf out = BUF_INIT;

	ck_assert(base64_decode(&out, text, length));
	ck_assert_uint_eq(out.length, count);
	ck_assert_int_eq(memcmp(buf_text(&out), bytes, count), 0);
	buf_done(&out);
}

START_TEST(and_back)
{
	static const char *const padded[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
					     "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
	unsigned char bytes[256];
	struct buf out = BUF_INIT;

	for (size_t i = 0; i <= 6; i++)
		reads(padded[i], strlen(padded[i]), "foobar", i);
	reads("++//AA==", 8, "\xfb\xef\xff\x00", 4);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7);
	for (size_t i = 0; i <= sizeof(bytes); i++) {
		buf_reset(&out);
		base64_add(&out, bytes, i);
		reads(buf_text(&out), out.length, (const char *)bytes, i);
	}
	buf_done(&out);
}
END_TEST

/* One text for the same bytes, and nothing else. */
START_TEST(what_is_no_base64)
{
	static const char odd[] = "\xc3\xa4"
				  "AA";
	const char *const texts[] = {"Z",     "Zg",    "Zg=",      "=",      "====",     "Z===",
				     "Zh==",  "Zm9=",  "Zg==Zg==", "Zm9v\n", "Zm-v",     "Zm_v",
				     "Zm 9v", " Zm9v", "Zm=v",     "=m9v",   "Zm9v=AAA", odd};
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(!base64_decode(&out, texts[i], strlen(texts[i])), "%s", texts[i]);
	ck_assert(!base64_decode(&out, "Zm\0v", 4));
	buf_done(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base64");
	TCase *tests = tcase_create("base64");

	tcase_add_test(tests, vectors);
	tcase_add_test(tests, digits_of_each_alphabet);
	tcase_add_test(tests, and_back);
	tcase_add_test(tests, what_is_no_base64);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
