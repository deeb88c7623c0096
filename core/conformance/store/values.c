/* SPDX-License-Identifier: MIT */
/* What is saved comes back to the byte, whatever its size and whatever is in it. */
#include "core/conformance/store/groups.h"
#include "core/conformance/store/self.h"

#include <string.h>

/* Saved, loaded, replaced by another of the same size, loaded by another self. */
static void keeps(struct test *test, const struct content *first, const struct content *second)
{
	const char *key = test_key(test, "value");
	struct self *self = self_open(test), *other = self_open(test);

	expect_none(self, key);
	expect_save(self, key, first, 0, 1, CREDENCE_SUCCESS);
	expect_record(self, key, first, 1);
	expect_record(other, key, first, 1);
	expect_save(other, key, second, 1, 2, CREDENCE_SUCCESS);
	expect_record(other, key, second, 2);
	expect_record(self, key, second, 2);
}

static void payload(struct test *test)
{
	const struct content first = {.size = test->what->size, .seed = 1},
			     second = {.size = test->what->size, .seed = 2};

	keeps(test, &first, &second);
}

static void total(struct test *test)
{
	const struct content first = content_of_total(test->what->size, 1),
			     second = content_of_total(test->what->size, 2);

	keeps(test, &first, &second);
}

/* A few bytes of it, and a lot. */
static void text(struct test *test)
{
	const char *bytes = test->what->text;
	size_t length = test->what->size != 0 ? test->what->size : strlen(bytes);
	const struct content first = {.size = length, .text = bytes, .text_length = length},
			     second = {.size = 5000 + length, .text = bytes, .text_length = length};

	keeps(test, &first, &second);
}

static void every_byte(struct test *test)
{
	char bytes[256];
	struct content first = {.size = sizeof(bytes), .text = bytes, .text_length = sizeof(bytes)},
		       second = {.size = sizeof(bytes), .text = bytes, .text_length = 255};

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	keeps(test, &first, &second);
}

/* Nothing of the longer one is left behind the shorter, and nothing of the longer is lost. */
static void of_other_length(struct test *test)
{
	static const size_t sizes[] = {60000, 10, 0, 33000, 1, 65536, 4096, 0};
	const char *key = test_key(test, "value");
	struct self *self = self_open(test);

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct content content = {.size = sizes[i], .seed = i};

		expect_save(self, key, &content, i, i + 1, CREDENCE_SUCCESS);
		expect_record(self, key, &content, i + 1);
	}
}

/* Many at once, of all sizes. */
static void many_sizes(struct test *test)
{
	const char *key[12];
	struct self *self = self_open(test);

	for (unsigned i = 0; i < 12; i++) {
		const char tail[] = {(char)('a' + i), '\0'};
		const struct content content = {.size = (size_t)1 << i, .seed = i};

		key[i] = test_key(test, tail);
		expect_save(self, key[i], &content, 0, 1, CREDENCE_SUCCESS);
	}
	for (unsigned i = 0; i < 12; i++) {
		const struct content content = {.size = (size_t)1 << i, .seed = i};

		expect_record(self, key[i], &content, 1);
	}
}

#define PAYLOAD(n)                                                                                 \
	{                                                                                          \
		.name = "keeps a payload of " #n " bytes", .run = payload, .size = n               \
	}
#define TOTAL(n)                                                                                   \
	{                                                                                          \
		.name = "keeps a record of " #n " bytes", .run = total, .size = n                  \
	}
#define TEXT(what, bytes)                                                                          \
	{                                                                                          \
		.name = "keeps " what, .run = text, .text = bytes                                  \
	}
#define BINARY(what, bytes)                                                                        \
	{                                                                                          \
		.name = "keeps " what, .run = text, .text = bytes, .size = sizeof(bytes) - 1       \
	}

const struct test_case cases_values[] = {
    PAYLOAD(0),
    PAYLOAD(1),
    PAYLOAD(2),
    PAYLOAD(3),
    PAYLOAD(16),
    TOTAL(127),
    TOTAL(128),
    TOTAL(129),
    TOTAL(255),
    TOTAL(256),
    TOTAL(257),
    TOTAL(511),
    TOTAL(512),
    TOTAL(1023),
    TOTAL(1024),
    TOTAL(1025),
    TOTAL(2048),
    TOTAL(4095),
    TOTAL(4096),
    TOTAL(4097),
    TOTAL(8191),
    TOTAL(8192),
    TOTAL(8193),
    TOTAL(16383),
    TOTAL(16384),
    TOTAL(16385),
    TOTAL(32000),
    TOTAL(32001),
    TOTAL(32766),
    TOTAL(32767),
    TOTAL(32768),
    TOTAL(32769),
    TOTAL(64000),
    TOTAL(64001),
    TOTAL(65534),
    TOTAL(65535),
    TOTAL(65536),
    PAYLOAD(65536),
    {.name = "keeps every byte value", .run = every_byte},
    BINARY("NULs only", "\0"),
    BINARY("a NUL in front", "\0front"),
    BINARY("a NUL in the middle", "in\0between"),
    BINARY("a NUL at the end", "end\0"),
    TEXT("newlines only", "\n"),
    TEXT("a newline at the end", "line\n"),
    TEXT("carriage returns and newlines", "line\r\nline\r\n\n\r"),
    TEXT("blanks and tabs at both ends", " \t text \t "),
    TEXT("bytes that are no UTF-8", "\xff\xfe\xc0\xaf\xed\xa0\x80\xf8\x88"),
    TEXT("a byte order mark", "\xef\xbb\xbftext"),
    TEXT("a control-Z and escapes", "\x1a\x1b[2J\x7f\x08\x04"),
    TEXT("what looks like an envelope", "credence1 7 - 5 0123456789abcdef\nhello"),
    TEXT("JSON with quotes and backslashes", "{\"a\":\"\\\"\\\\u0000\\n\",\"b\":'x'}"),
    TEXT("what looks like SQL", "'; DROP TABLE record; --\\'$$$1"),
    TEXT("what looks like escapes of bytea", "\\x4142\\000\\\\134"),
    TEXT("what looks like base64", "AAAA====+/+/-_-_"),
    TEXT("what looks like a URL's escapes", "%00%41+%2F%%s%n"),
    {.name = "replaces longer by shorter and shorter by longer", .run = of_other_length},
    {.name = "keeps records of many sizes beside each other", .run = many_sizes},
    {.name = NULL},
};
