/* SPDX-License-Identifier: MIT */
/* Keys that a careless store would confuse: each is a record of its own. That they are listed as
 * they are is looked at in lists.c. */
#include "core/conformance/store/groups.h"
#include "core/conformance/store/self.h"

#include <stdio.h>
#include <string.h>

#define KEYS_MAX 8

/* All kept, each with its own content, and replaced by another; one after the other erased, and the
 * others are still there. */
static void are_distinct(struct test *test, const char *const *key, unsigned count)
{
	struct self *self = self_open(test), *other = self_open(test);
	struct content content[KEYS_MAX];

	for (unsigned i = 0; i < count; i++) {
		content[i] = (struct content){.size = 40 + i, .seed = i};
		expect_none(self, key[i]);
		expect_save(self, key[i], &content[i], 0, i + 1, CREDENCE_SUCCESS);
	}
	for (unsigned i = 0; i < count; i++)
		expect_record(other, key[i], &content[i], i + 1);
	expect_no_name_but(other, key, count);
	for (unsigned i = 0; i < count; i++) {
		content[i].seed += 100;
		expect_save(other, key[i], &content[i], i + 1, i + 2, CREDENCE_SUCCESS);
	}
	for (unsigned i = 0; i < count; i++) {
		expect_record(self, key[i], &content[i], i + 2);
		expect_erase(self, key[i], CREDENCE_SUCCESS);
		expect_none(other, key[i]);
		expect_no_name_but(other, key + i + 1, count - i - 1);
		for (unsigned j = i + 1; j < count; j++)
			expect_record(other, key[j], &content[j], j + 2);
	}
}

/* The case's text is the tails of its keys, between blanks. */
static void tails(struct test *test)
{
	const char *at = test->what->text, *key[KEYS_MAX];
	unsigned count = 0;

	while (*at != '\0' && count < KEYS_MAX) {
		size_t length = strcspn(at, " ");
		char tail[KEY_SIZE];

		(void)snprintf(tail, sizeof(tail), "%.*s", (int)length, at);
		key[count++] = test_key(test, tail);
		at += length + (at[length] == ' ');
	}
	are_distinct(test, key, count);
}

static void shortest(struct test *test)
{
	const char *key[] = {test_key(test, "")};

	are_distinct(test, key, 1);
}

/* 64 characters, and others that differ in the last of them only. */
static void longest(struct test *test)
{
	char tail[KEY_SIZE], prefix[KEY_SIZE];
	const char *key[3];
	size_t length;

	test_prefix(test, prefix);
	length = KEY_SIZE - 1 - strlen(prefix) - 1;
	memset(tail, 'x', length);
	tail[length] = '\0';
	for (unsigned i = 0; i < 3; i++) {
		tail[length - 1] = (char)('x' + i);
		key[i] = test_key(test, tail);
	}
	are_distinct(test, key, 3);
}

static void ledger(struct test *test)
{
	const char *key[] = {test_ledger_key(test, 0), test_ledger_key(test, 1),
			     test_key(test, "record")};

	are_distinct(test, key, 3);
}

#define TAILS(what, text_)                                                                         \
	{                                                                                          \
		.name = what, .run = tails, .text = text_                                          \
	}

const struct test_case cases_names[] = {
    {.name = "takes a short key", .run = shortest},
    {.name = "takes keys of 64 characters that differ in the last", .run = longest},
    {.name = "takes the keys of ledgers, with a plus sign", .run = ledger},
    TAILS("tells upper case from lower case", "Ab aB AB ab"),
    TAILS("tells a key from one that it begins with", "a ab abc"),
    TAILS("tells . - _ and @ apart", "a.b a-b a_b a@b ab"),
    TAILS("takes two dots and dots at the end", "a..b a. a.. .."),
    TAILS("takes keys that end like lock files", "x x.lock x.lck x.LOCK x.pid"),
    TAILS("takes keys that end like temporary files", "x x.tmp x.new x.part x.bak x.swp"),
    TAILS("takes keys that end like programs and data", "x.so x.conf x.json x.sh"),
    TAILS("takes keys that are words of some system", "CON nul NULL null true None"),
    TAILS("takes keys that are numbers, and tells them apart", "7 07 007 7.0 7e0"),
    TAILS("takes keys of digits that no number has room for",
	  "18446744073709551615 18446744073709551616 18446744073709551617"),
    TAILS("takes dashes as some languages comment", "a--b a- a-- -a"),
    TAILS("takes keys that look like mail addresses", "me@example.org me@example.com @ @@"),
    TAILS("takes underscores as patterns have them", "a_c abc axc a__"),
    TAILS("takes keys that look like options", "-rf --help -"),
    TAILS("takes keys that sort before and behind all others", "0 9 A Z a z _ ."),
    {.name = NULL},
};
