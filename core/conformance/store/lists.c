/* SPDX-License-Identifier: MIT */
/* What is not there, what is erased, and what the list says of both. */
#include "core/conformance/store/groups.h"
#include "core/conformance/store/self.h"

#include <stdio.h>
#include <string.h>

#define MANY 60

static const struct content one = {.size = 100, .seed = 1}, two = {.size = 900, .seed = 2},
			    large = {.size = 65536, .seed = 3};

static void nothing_to_load(struct test *test)
{
	struct self *self = self_open(test);

	expect_none(self, test_key(test, "nobody"));
	expect_names(self, NULL, 0);
}

static void nothing_to_erase(struct test *test)
{
	struct self *self = self_open(test);

	expect_erase(self, test_key(test, "nobody"), CREDENCE_MISS);
	expect_names(self, NULL, 0);
}

static void erased(struct test *test, const struct content *content)
{
	const char *key = test_key(test, "erased");
	struct self *self = self_open(test), *other = self_open(test);

	expect_save(self, key, content, 0, 1, CREDENCE_SUCCESS);
	expect_erase(self, key, CREDENCE_SUCCESS);
	expect_none(self, key);
	expect_none(other, key);
	expect_names(other, NULL, 0);
	expect_erase(self, key, CREDENCE_MISS);
	expect_erase(other, key, CREDENCE_MISS);
}

static void erase_small(struct test *test)
{
	erased(test, &one);
}

static void erase_large(struct test *test)
{
	erased(test, &large);
}

static void erase_of_another(struct test *test)
{
	const char *key = test_key(test, "erased");
	struct self *self = self_open(test), *other = self_open(test);

	expect_save(self, key, &one, 0, 1, CREDENCE_SUCCESS);
	expect_record(other, key, &one, 1);
	expect_erase(other, key, CREDENCE_SUCCESS);
	expect_none(self, key);
	expect_erase(self, key, CREDENCE_MISS);
}

static void erase_one_of_three(struct test *test)
{
	const char *key[] = {test_key(test, "first"), test_key(test, "second"),
			     test_key(test, "third")};
	const char *left[] = {key[0], key[2]};
	struct self *self = self_open(test);

	for (unsigned i = 0; i < 3; i++)
		expect_save(self, key[i], &one, 0, 1, CREDENCE_SUCCESS);
	expect_erase(self, key[1], CREDENCE_SUCCESS);
	expect_record(self, key[0], &one, 1);
	expect_none(self, key[1]);
	expect_record(self, key[2], &one, 1);
	expect_names(self, left, 2);
}

static void again_and_again(struct test *test)
{
	const char *key = test_key(test, "again");
	struct self *self = self_open(test);

	for (uint64_t i = 1; i <= 10; i++) {
		expect_save(self, key, &one, 0, i, CREDENCE_SUCCESS);
		expect_record(self, key, &one, i);
		expect_erase(self, key, CREDENCE_SUCCESS);
		expect_none(self, key);
	}
	expect_names(self, NULL, 0);
}

static void listed_once(struct test *test)
{
	const char *key = test_key(test, "listed");
	struct self *self = self_open(test), *other = self_open(test);

	expect_names(self, &key, 0);
	expect_save(self, key, &one, 0, 1, CREDENCE_SUCCESS);
	expect_names(self, &key, 1);
	expect_names(other, &key, 1);
	expect_save(self, key, &two, 1, 2, CREDENCE_SUCCESS);
	expect_save(self, key, &large, 2, 3, CREDENCE_SUCCESS);
	expect_names(self, &key, 1);
	expect_save(self, key, &one, 3, 4, CREDENCE_SUCCESS);
	expect_names(other, &key, 1);
}

static void listed_after_a_conflict(struct test *test)
{
	const char *key = test_key(test, "listed"), *none = test_key(test, "none");
	struct self *self = self_open(test);

	expect_save(self, key, &one, 0, 1, CREDENCE_SUCCESS);
	expect_save(self, key, &large, 0, 2, CREDENCE_CONFLICT);
	expect_save(self, none, &large, 1, 2, CREDENCE_CONFLICT);
	expect_names(self, &key, 1);
}

/* The case's text is the tails of its keys, between blanks. */
static void lists_as_they_are(struct test *test)
{
	const char *at = test->what->text, *key[16];
	struct self *self = self_open(test), *other = self_open(test);
	size_t count = 0;

	while (*at != '\0' && count < 16) {
		size_t length = strcspn(at, " ");
		char tail[KEY_SIZE];

		(void)snprintf(tail, sizeof(tail), "%.*s", (int)length, at);
		key[count] = test_key(test, tail);
		expect_save(self, key[count++], &one, 0, 1, CREDENCE_SUCCESS);
		at += length + (at[length] == ' ');
	}
	expect_names(other, key, count);
}

/* Of ledgers' keys the list shows those, too. */
static void lists_ledgers(struct test *test)
{
	const char *key[] = {test_ledger_key(test, 7), test_key(test, "record")};
	struct self *self = self_open(test);

	expect_save(self, key[0], &one, 0, 1, CREDENCE_SUCCESS);
	expect_save(self, key[1], &two, 0, 1, CREDENCE_SUCCESS);
	expect_names(self, key, 2);
}

static void lists_many(struct test *test)
{
	const char *key[MANY];
	struct self *self = self_open(test);

	for (unsigned i = 0; i < MANY; i++) {
		char tail[16];

		(void)snprintf(tail, sizeof(tail), "n%u", i);
		key[i] = test_key(test, tail);
		expect_save(self, key[i], &one, 0, 1, CREDENCE_SUCCESS);
	}
	expect_names(self, key, MANY);
	for (unsigned i = 0; i < MANY / 2; i++)
		expect_erase(self, key[i], CREDENCE_SUCCESS);
	expect_names(self, key + MANY / 2, MANY - MANY / 2);
}

static void large_listed_once(struct test *test)
{
	const char *key = test_key(test, "large");
	struct self *self = self_open(test);

	expect_save(self, key, &large, 0, 1, CREDENCE_SUCCESS);
	expect_names(self, &key, 1);
	expect_erase(self, key, CREDENCE_SUCCESS);
	expect_names(self, NULL, 0);
}

const struct test_case cases_lists[] = {
    {.name = "MISS where nothing is to be loaded", .run = nothing_to_load},
    {.name = "MISS where nothing is to be erased", .run = nothing_to_erase},
    {.name = "erases a record", .run = erase_small},
    {.name = "erases a large record", .run = erase_large},
    {.name = "erases what another self saved", .run = erase_of_another},
    {.name = "erases one record and no other", .run = erase_one_of_three},
    {.name = "makes and erases a record again and again", .run = again_and_again},
    {.name = "lists a key once, however often it is saved", .run = listed_once},
    {.name = "lists a large record as one key", .run = large_listed_once},
    {.name = "lists nothing that a CONFLICT refused", .run = listed_after_a_conflict},
    {.name = "lists keys in upper and lower case as they are",
     .run = lists_as_they_are,
     .text = "Ab aB AB ab CON con"},
    {.name = "lists keys with all signs as they are",
     .run = lists_as_they_are,
     .text = "a.b a-b a_b a@b a..b a. .. @ -- -rf _ 007 7"},
    {.name = "lists keys that look like files of the store's own",
     .run = lists_as_they_are,
     .text = "x x.lock x.tmp x.new x.bak x.so x.json x.lck x.pid"},
    {.name = "lists the longest keys whole",
     .run = lists_as_they_are,
     .text = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx1 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx2 xxx"},
    {.name = "lists the keys of ledgers", .run = lists_ledgers},
    {.name = "lists sixty keys", .run = lists_many},
    {.name = NULL},
};
