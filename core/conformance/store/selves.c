/* SPDX-License-Identifier: MIT */
/* Selves of one process: they see each other's work at once, and come and go in any order. */
#include "core/conformance/store/groups.h"
#include "core/conformance/store/self.h"

#define MANY 20

static const struct content one = {.size = 100, .seed = 1}, two = {.size = 40000, .seed = 2};

/* No self keeps a picture of its own. */
static void see_each_other(struct test *test)
{
	const char *key = test_key(test, "shared");
	struct self *self = self_open(test), *other = self_open(test);

	expect_none(other, key);
	expect_save(self, key, &one, 0, 1, CREDENCE_SUCCESS);
	expect_record(other, key, &one, 1);
	expect_save(self, key, &two, 1, 2, CREDENCE_SUCCESS);
	expect_record(other, key, &two, 2);
	expect_erase(self, key, CREDENCE_SUCCESS);
	expect_none(other, key);
}

static void take_turns(struct test *test)
{
	const char *key = test_key(test, "turns");
	struct self *self[] = {self_open(test), self_open(test)};

	for (uint64_t i = 0; i < 10; i++) {
		const struct content *content = i % 3 == 0 ? &two : &one;

		expect_save(self[i % 2], key, content, i, i + 1, CREDENCE_SUCCESS);
		expect_record(self[(i + 1) % 2], key, content, i + 1);
	}
}

static void one_after_the_other(struct test *test)
{
	const char *key = test_key(test, "one");

	for (uint64_t i = 0; i < MANY; i++) {
		struct self *self = self_open(test);

		if (i > 0)
			expect_record(self, key, &one, i);
		expect_save(self, key, &one, i, i + 1, CREDENCE_SUCCESS);
		self_close(self);
	}
}

static void many_at_once(struct test *test)
{
	const char *key = test_key(test, "many");
	struct self *self[MANY];

	for (unsigned i = 0; i < MANY; i++) {
		self[i] = self_open(test);
		expect_save(self[i], key, &one, i, i + 1, CREDENCE_SUCCESS);
	}
	for (unsigned i = 0; i < MANY; i += 2)
		self_close(self[i]);
	for (unsigned i = 1; i < MANY; i += 2)
		expect_record(self[i], key, &one, MANY);
}

/* Whoever made it may go. */
static void outlives_its_self(struct test *test)
{
	const char *key = test_key(test, "left");
	struct self *self = self_open(test);

	expect_save(self, key, &two, 0, 1, CREDENCE_SUCCESS);
	self_close(self);
	self = self_open(test);
	expect_record(self, key, &two, 1);
}

static void after_failures(struct test *test)
{
	const char *key = test_key(test, "failures"), *none = test_key(test, "none");
	struct self *self = self_open(test);

	expect_save(self, key, &one, 0, 1, CREDENCE_SUCCESS);
	for (unsigned i = 0; i < MANY; i++) {
		expect_none(self, none);
		expect_erase(self, none, CREDENCE_MISS);
		expect_save(self, key, &two, 3, 4, CREDENCE_CONFLICT);
	}
	expect_record(self, key, &one, 1);
	expect_save(self, key, &two, 1, 2, CREDENCE_SUCCESS);
	expect_record(self, key, &two, 2);
}

/* The host promises that a module's close accepts nothing. */
static void close_of_nothing(struct test *test)
{
	const char *none = test_key(test, "none");
	struct self *self = self_open(test);

	expect_none(self, none);
	if (test_good(test) && self->entry->module->descriptor.close != NULL)
		self->entry->module->descriptor.close(NULL);
	expect_none(self, none);
}

const struct test_case cases_selves[] = {
    {.name = "selves see at once what others do", .run = see_each_other},
    {.name = "selves take turns", .run = take_turns},
    {.name = "twenty selves one after the other", .run = one_after_the_other},
    {.name = "twenty selves at once", .run = many_at_once},
    {.name = "a record outlives the self that saved it", .run = outlives_its_self},
    {.name = "a self works on after many failures", .run = after_failures},
    {.name = "close accepts NULL", .run = close_of_nothing},
    {.name = NULL},
};
