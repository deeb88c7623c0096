/* SPDX-License-Identifier: MIT */
/* Questions about text, most of them as tables. */
#include "core/os/text.h"

#include "core/os/clock.h"

#include "os_world.h"
#include "suite.h"

#include <time.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define SIXTY_FOUR   "a234567890123456789012345678901234567890123456789012345678901234"
#define HEX_32       "0123456789abcdef0123456789abcdef"

/* -- Names -- */

static const struct {
	const char *text;
	bool name, key, word;
} names[] = {
    {"crm", true, true, true},
    {"Crm", true, true, false},
    {"c_1", true, true, true},
    {"a.b@c-d_e", true, true, false},
    {"0", true, true, false},
    {SIXTY_FOUR, true, true, true},
    {SIXTY_FOUR "5", false, false, false},
    {"", false, false, false},
    {".", false, false, false},
    {"..", false, false, false},
    {".hidden", false, false, false},
    {"-q", false, false, false},
    {"_a", false, false, false},
    {"a/b", false, false, false},
    {"a b", false, false, false},
    {"a\n", false, false, false},
    {"\xc3\xa4", false, false, false},
    {"a\xc3\xa4", false, false, false},
    {"+" HEX_32, false, true, false},
    {"+" HEX_32 "0", false, false, false},
    {"+0123456789abcdef0123456789abcde", false, false, false},
    {"+0123456789ABCDEF0123456789ABCDEF", false, false, false},
    {"+0123456789abcdef0123456789abcdeg", false, false, false},
    {"+", false, false, false},
    {NULL, false, false, false},
};

START_TEST(kinds_of_names)
{
	ck_assert(text_is_name(names[_i].text) == names[_i].name);
	ck_assert(text_is_key(names[_i].text) == names[_i].key);
	ck_assert(text_is_word(names[_i].text) == names[_i].word);
}
END_TEST

START_TEST(vschar)
{
	char text[3] = "a";
	int c;

	for (c = 1; c < 256; c++) {
		text[1] = (char)c;
		ck_assert(text_is_vschar(text) == (c >= 0x20 && c <= 0x7e));
	}
	ck_assert(!text_is_vschar(""));
	ck_assert(!text_is_vschar(NULL));
}
END_TEST

/* -- Numbers and durations -- */

static const struct {
	const char *text;
	bool ok;
	int64_t value;
} numbers[] = {
    {"0", true, 0},
    {"007", true, 7},
    {"-1", true, -1},
    {"-0", true, 0},
    {"9223372036854775807", true, INT64_MAX},
    {"-9223372036854775808", true, INT64_MIN},
    {"9223372036854775808", false, 0},
    {"-9223372036854775809", false, 0},
    {"99999999999999999999999", false, 0},
    {"", false, 0},
    {"-", false, 0},
    {"+1", false, 0},
    {" 1", false, 0},
    {"1 ", false, 0},
    {"1.0", false, 0},
    {"0x10", false, 0},
    {"1e3", false, 0},
    {"--1", false, 0},
    {"\xd9\xa1", false, 0}, /* an Arabic digit */
    {NULL, false, 0},
};

START_TEST(number)
{
	int64_t value = 4711;

	ck_assert(text_number(numbers[_i].text, &value) == numbers[_i].ok);
	ck_assert_int_eq(value, numbers[_i].ok ? numbers[_i].value : 4711);
}
END_TEST

static const struct {
	const char *text;
	bool ok;
	int64_t ms;
} durations[] = {
    {"500ms", true, 500},
    {"90s", true, 90000},
    {"10m", true, 600000},
    {"10min", true, 600000},
    {"1h", true, 3600000},
    {"2d", true, 172800000},
    {"0", true, 0},
    {"0s", true, 0},
    {"106751991167d", true, INT64_C(106751991167) * CLOCK_DAY},
    {"106751991168d", false, 0},
    {"9223372036854775807ms", true, INT64_MAX},
    {"9223372036854775807s", false, 0},
    {"9223372036854775808ms", false, 0},
    {"90", false, 0},
    {"-90s", false, 0},
    {"+90s", false, 0},
    {"90 s", false, 0},
    {" 90s", false, 0},
    {"90s ", false, 0},
    {"1h30m", false, 0},
    {"1.5h", false, 0},
    {"1H", false, 0},
    {"1y", false, 0},
    {"s", false, 0},
    {"", false, 0},
    {NULL, false, 0},
};

START_TEST(duration)
{
	int64_t ms = 4711;

	ck_assert(text_duration(durations[_i].text, &ms) == durations[_i].ok);
	ck_assert_int_eq(ms, durations[_i].ok ? durations[_i].ms : 4711);
}
END_TEST

/* -- The nearest word -- */

static const char *const words[] = {"client",   "scope", "store", "grant",
				    "resolver", "hook",  "seal",  NULL};

static const struct {
	const char *word, *nearest;
} slips[] = {
    {"scop", "scope"},
    {"scpoe", "scope"},
    {"scopes", "scope"},
    {"stroe", "store"},
    {"clinet", "client"},
    {"cient", "client"},
    {"hok", "hook"},
    {"resolvr", "resolver"},
    {"resovler", "resolver"},
    {"grant", "grant"},
    {"zzzzzz", NULL},
    {"x", NULL},
    {"", NULL},
    {"k", NULL},
    {"refresh_before", NULL},
    {SIXTY_FOUR "56789", NULL},
};

START_TEST(nearest)
{
	const char *got = text_nearest(slips[_i].word, words);

	if (slips[_i].nearest == NULL)
		ck_assert_msg(got == NULL, "%s", got);
	else
		ck_assert_pstr_eq(got, slips[_i].nearest);
}
END_TEST

/* -- What may be shown -- */

static const struct {
	const char *text, *shown;
} shown[] = {
    {"plain text", "plain text"},
    {"", ""},
    {"\x1b[2J\x1b[31mred", "?[2J?[31mred"},
    {"a\nb\r\tc", "a?b??c"},
    {"\x7f\x01\x1f", "???"},
    {"\xc2\x9b[31m", "?[31m"}, /* CSI as a C1 character */
    {"\x9b[31m", "?[31m"},     /* and as a byte */
    {"\xc2\x85", "?"},
    {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
    {"\xe2\x82\xac \xf0\x9f\x94\x91", "\xe2\x82\xac \xf0\x9f\x94\x91"},
    {"\xc0\x80", "??"},           /* overlong NUL */
    {"\xc0\xaf", "??"},           /* overlong slash */
    {"\xe0\x80\xaf", "???"},      /* the same, longer */
    {"\xed\xa0\x80", "???"},      /* a surrogate */
    {"\xf4\x90\x80\x80", "????"}, /* beyond U+10FFFF */
    {"\xf5\x80\x80\x80", "????"},
    {"\xe2\x82", "??"}, /* cut off */
    {"\xe2\x82x", "??x"},
    {"\xe2\x80\xae"
     "txt.exe",
     "?txt.exe"}, /* right-to-left override */
    {"\xe2\x81\xa6\xd8\x9c\xe2\x80\x8f", "???"},
    {"\xe2\x80\xa8\xe2\x80\xa9", "??"}, /* line and paragraph separator */
    {"\xef\xbb\xbf"
     "a",
     "?a"},
};

START_TEST(printable)
{
	struct buf out = BUF_INIT;

	buf_str(&out, "x");
	text_printable(&out, shown[_i].text, 100);
	ck_assert_str_eq(buf_text(&out) + 1, shown[_i].shown);
	buf_done(&out);
}
END_TEST

START_TEST(printable_is_bounded)
{
	static const struct {
		size_t max;
		const char *shown;
	} cuts[] = {{9, "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"},
		    {8, "\xe2\x82\xac\xe2\x82\xac…"},
		    {6, "\xe2\x82\xac\xe2\x82\xac…"},
		    {1, "…"},
		    {0, "…"}};
	struct buf out = BUF_INIT;
	int i;

	for (i = 0; i < COUNT(cuts); i++) {
		buf_reset(&out);
		text_printable(&out, "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", cuts[i].max);
		ck_assert_str_eq(buf_text(&out), cuts[i].shown);
	}
	buf_done(&out);
}
END_TEST

/* Every code point, there and back. */
START_TEST(utf8)
{
	uint32_t point, got;

	for (point = 1; point <= 0x10ffff; point++) {
		char text[5] = {0};
		size_t length;

		if (point < 0x80) {
			text[0] = (char)point;
		} else if (point < 0x800) {
			text[0] = (char)(0xc0 | point >> 6);
			text[1] = (char)(0x80 | (point & 0x3f));
		} else if (point < 0x10000) {
			text[0] = (char)(0xe0 | point >> 12);
			text[1] = (char)(0x80 | (point >> 6 & 0x3f));
			text[2] = (char)(0x80 | (point & 0x3f));
		} else {
			text[0] = (char)(0xf0 | point >> 18);
			text[1] = (char)(0x80 | (point >> 12 & 0x3f));
			text[2] = (char)(0x80 | (point >> 6 & 0x3f));
			text[3] = (char)(0x80 | (point & 0x3f));
		}
		length = text_utf8(text, &got);
		if (point >= 0xd800 && point < 0xe000) {
			ck_assert_uint_eq(length, 0);
		} else if (length != strlen(text) || got != point) {
			ck_abort_msg("U+%04X came back as U+%04X", point, got);
		}
	}
}
END_TEST

START_TEST(hex)
{
	struct buf out = BUF_INIT;

	text_hex(&out, "\x00\x0f\xa5\xff", 4);
	ck_assert_str_eq(buf_text(&out), "000fa5ff");
	buf_done(&out);
}
END_TEST

/* -- Times -- */

static const struct {
	const char *text;
	int64_t ms;
	bool ours; /* as credence writes it */
} times[] = {
    {"1970-01-01T00:00:00Z", 0, true},
    {"2026-11-23T12:04:51Z", INT64_C(1795435491000), true},
    {"2038-01-19T03:14:08Z", INT64_C(2147483648000), true},
    {"2000-02-29T23:59:59Z", INT64_C(951868799000), true},
    {"1969-12-31T23:59:59Z", -1000, true},
    {"9999-12-31T23:59:59Z", INT64_C(253402300799000), true},
    {"0001-01-01T00:00:00Z", INT64_C(-62135596800000), true},
    {"2026-11-23t12:04:51z", INT64_C(1795435491000), false},
    {"2026-11-23 12:04:51Z", INT64_C(1795435491000), false},
    {"2026-11-23T13:04:51+01:00", INT64_C(1795435491000), false},
    {"2026-11-23T06:34:51-05:30", INT64_C(1795435491000), false},
    {"2026-11-23T12:04:51-00:00", INT64_C(1795435491000), false},
    {"2026-11-23T12:04:51.5Z", INT64_C(1795435491500), false},
    {"2026-11-23T12:04:51.123456789Z", INT64_C(1795435491123), false},
    {"2016-12-31T23:59:60Z", INT64_C(1483228800000), false}, /* a leap second */
};

START_TEST(rfc3339)
{
	struct buf out = BUF_INIT;
	int64_t ms = 4711;

	ck_assert(text_parse_rfc3339(times[_i].text, &ms));
	ck_assert_int_eq(ms, times[_i].ms);
	if (times[_i].ours) {
		text_rfc3339(&out, ms);
		ck_assert_str_eq(buf_text(&out), times[_i].text);
		buf_reset(&out);
		text_rfc3339(&out, ms + 999); /* rounded down, before 1970 as well */
		ck_assert_str_eq(buf_text(&out), times[_i].text);
	}
	buf_done(&out);
}
END_TEST

START_TEST(http_date)
{
	int64_t ms = 0;

	ck_assert(text_parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", &ms));
	ck_assert_int_eq(ms, INT64_C(784111777000));
	ck_assert(text_parse_http_date("Thu, 29 Feb 2024 23:59:59 GMT", &ms));
	ck_assert_int_eq(ms, INT64_C(1709251199000));
}
END_TEST

static const char *const no_http_dates[] = {
    "",
    "Sun",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 CET",
    "Sun, 06 Nov 1994 08:49:37 GMT ",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 31 Nov 1994 08:49:37 GMT",
    "Sun, 06 nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT",
    "Sun, 06 No",
};

START_TEST(no_http_date)
{
	int64_t ms;

	ck_assert_msg(!text_parse_http_date(no_http_dates[_i], &ms), "%s", no_http_dates[_i]);
}
END_TEST

static const char *const no_times[] = {
    "",
    "2026-11-23",
    "2026-11-23T12:04:51",
    "2026-11-23T12:04Z",
    "2026-11-23T12:04:51Zx",
    "2026-11-23T12:04:51.Z",
    "2026-11-23T12:04:51+0100",
    "2026-11-23T12:04:51+24:00",
    "2026-11-23T12:04:51+01:60",
    "2026-11-23T24:00:00Z",
    "2026-11-23T12:60:00Z",
    "2026-11-23T12:04:61Z",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-01-00T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-02-30T00:00:60Z",
    "26-11-23T12:04:51Z",
    "2026-1-23T12:04:51Z",
    "-026-11-23T12:04:51Z",
    " 2026-11-23T12:04:51Z",
    "Mon, 23 Nov 2026 12:04:51 GMT",
    "1795435491",
    NULL,
};

START_TEST(no_rfc3339)
{
	int64_t ms = 4711;

	ck_assert(!text_parse_rfc3339(no_times[_i], &ms));
	ck_assert_int_eq(ms, 4711);
}
END_TEST

START_TEST(moment)
{
	struct buf out = BUF_INIT;

	ck_assert_int_eq(setenv("TZ", "UTC-5:30", 1), 0);
	tzset();
	text_moment(&out, INT64_C(1795435491000));
	ck_assert_str_eq(buf_text(&out), "23 Nov 17:34:51");
	buf_done(&out);
}
END_TEST

static const struct {
	int64_t ms;
	const char *text;
} spans[] = {
    {0, "0 s"},
    {-5, "0 s"},
    {999, "0 s"},
    {59999, "59 s"},
    {60000, "1 min"},
    {250000, "4 min 10 s"},
    {CLOCK_HOUR - 1, "59 min 59 s"},
    {CLOCK_HOUR, "1 h"},
    {2 * CLOCK_HOUR + 59000, "2 h"},
    {2 * CLOCK_HOUR + 5 * CLOCK_MINUTE, "2 h 5 min"},
    {CLOCK_DAY - 1, "23 h 59 min"},
    {3 * CLOCK_DAY + 1, "3 d"},
    {3650 * CLOCK_DAY, "3650 d"},
};

START_TEST(span)
{
	struct buf out = BUF_INIT;

	text_span(&out, spans[_i].ms);
	ck_assert_str_eq(buf_text(&out), spans[_i].text);
	buf_done(&out);
}
END_TEST

/* -- Sets of words -- */

START_TEST(cover)
{
	ck_assert(text_words_cover("a b c", "c a"));
	ck_assert(text_words_cover("a,b", "b a"));
	ck_assert(text_words_cover("a", "a a a"));
	ck_assert(text_words_cover("a", NULL));
	ck_assert(text_words_cover(NULL, " , "));
	ck_assert(!text_words_cover("a b", "a b c"));
	ck_assert(!text_words_cover("ab", "a"));
	ck_assert(!text_words_cover("a", "ab"));
	ck_assert(!text_words_cover("A", "a"));
	ck_assert(!text_words_cover(NULL, "a"));
}
END_TEST

START_TEST(union_and_missing)
{
	struct buf all = BUF_INIT, missing = BUF_INIT;

	text_words_union(&all, "read write");
	text_words_union(&all, "write,admin read admin");
	text_words_union(&all, NULL);
	ck_assert_str_eq(buf_text(&all), "read write admin");
	text_words_missing(&missing, "write", buf_text(&all));
	text_words_missing(&missing, NULL, "read x");
	ck_assert_str_eq(buf_text(&missing), "read admin x");
	buf_done(&all);
	buf_done(&missing);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text");
	TCase *text = tcase_create("text"), *time = tcase_create("time");

	tcase_add_loop_test(text, kinds_of_names, 0, COUNT(names));
	tcase_add_test(text, vschar);
	tcase_add_loop_test(text, number, 0, COUNT(numbers));
	tcase_add_loop_test(text, duration, 0, COUNT(durations));
	tcase_add_loop_test(text, nearest, 0, COUNT(slips));
	tcase_add_loop_test(text, printable, 0, COUNT(shown));
	tcase_add_test(text, printable_is_bounded);
	tcase_add_test(text, utf8);
	tcase_add_test(text, hex);
	tcase_add_test(text, cover);
	tcase_add_test(text, union_and_missing);
	suite_add_tcase(suite, text);
	tcase_add_loop_test(time, rfc3339, 0, COUNT(times));
	tcase_add_loop_test(time, no_rfc3339, 0, COUNT(no_times));
	tcase_add_test(time, http_date);
	tcase_add_loop_test(time, no_http_date, 0, COUNT(no_http_dates));
	tcase_add_test(time, moment);
	tcase_add_loop_test(time, span, 0, COUNT(spans));
	suite_add_tcase(suite, time);
	return suite_run(suite);
}
