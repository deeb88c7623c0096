/* SPDX-License-Identifier: MIT */
/* A save counts only where the revision is that was expected; else it answers CONFLICT and changes
 * nothing. */
#include "core/conformance/store/groups.h"
#include "core/conformance/store/self.h"

static const struct content one = {.size = 100, .seed = 1}, two = {.size = 220, .seed = 2},
			    three = {.size = 50, .seed = 3};

static void of_none(struct test *test)
{
	const char *key = test_key(test, "revision");
	struct self *self = self_open(test);

	expect_save(self, key, &one, 0, 1, CREDENCE_SUCCESS);
	expect_save(self, key, &two, 0, 1, CREDENCE_CONFLICT);
	expect_record(self, key, &one, 1);
	expect_save(self, key, &two, 0, 2, CREDENCE_CONFLICT);
	expect_record(self, key, &one, 1);
}

/* There is revision 5. */
static struct self *with_five(struct test *test, const char **key)
{
	struct self *self = self_open(test);

	*key = test_key(test, "revision");
	expect_save(self, *key, &one, 0, 5, CREDENCE_SUCCESS);
	return self;
}

static void of_the_past(struct test *test)
{
	const char *key;
	struct self *self = with_five(test, &key);

	expect_save(self, key, &two, 4, 6, CREDENCE_CONFLICT);
	expect_save(self, key, &two, 1, 6, CREDENCE_CONFLICT);
	expect_record(self, key, &one, 5);
}

static void of_the_future(struct test *test)
{
	const char *key;
	struct self *self = with_five(test, &key);

	expect_save(self, key, &two, 6, 7, CREDENCE_CONFLICT);
	expect_save(self, key, &two, 500, 501, CREDENCE_CONFLICT);
	expect_record(self, key, &one, 5);
}

static void of_nothing(struct test *test)
{
	const char *key = test_key(test, "revision");
	struct self *self = self_open(test);

	expect_save(self, key, &one, 3, 4, CREDENCE_CONFLICT);
	expect_none(self, key);
	expect_no_name_but(self, NULL, 0);
	expect_save(self, key, &one, 0, 1, CREDENCE_SUCCESS);
	expect_record(self, key, &one, 1);
}

static void step_by_step(struct test *test)
{
	const char *key = test_key(test, "revision");
	struct self *self = self_open(test);

	for (uint64_t i = 0; i < 12; i++)
		expect_save(self, key, i % 2 == 0 ? &one : &two, i, i + 1, CREDENCE_SUCCESS);
	expect_record(self, key, &two, 12);
}

static void by_leaps(struct test *test)
{
	const char *key = test_key(test, "revision");
	struct self *self = self_open(test);

	expect_save(self, key, &one, 0, 41, CREDENCE_SUCCESS);
	expect_save(self, key, &two, 41, 1000, CREDENCE_SUCCESS);
	expect_save(self, key, &three, 42, 1001, CREDENCE_CONFLICT);
	expect_save(self, key, &three, 1000, 1000000, CREDENCE_SUCCESS);
	expect_record(self, key, &three, 1000000);
}

/* 1 and 10, 9 and 10: as numbers, not as text. */
static void as_numbers(struct test *test)
{
	const char *key = test_key(test, "revision");
	struct self *self = self_open(test);

	expect_save(self, key, &one, 0, 9, CREDENCE_SUCCESS);
	expect_save(self, key, &two, 9, 10, CREDENCE_SUCCESS);
	expect_save(self, key, &three, 1, 11, CREDENCE_CONFLICT);
	expect_save(self, key, &three, 100, 101, CREDENCE_CONFLICT);
	expect_save(self, key, &three, 9, 11, CREDENCE_CONFLICT);
	expect_record(self, key, &two, 10);
	expect_save(self, key, &three, 10, 100, CREDENCE_SUCCESS);
	expect_record(self, key, &three, 100);
}

/* Neighbours of a large number are told apart, which floating point could not. */
static void around(struct test *test, uint64_t middle)
{
	const char *key = test_key(test, "revision");
	struct self *self = self_open(test);

	expect_save(self, key, &one, 0, middle - 1, CREDENCE_SUCCESS);
	expect_save(self, key, &two, middle, middle + 1, CREDENCE_CONFLICT);
	expect_save(self, key, &two, middle - 1, middle, CREDENCE_SUCCESS);
	expect_save(self, key, &three, middle + 1, middle + 2, CREDENCE_CONFLICT);
	expect_save(self, key, &three, middle - 1, middle + 1, CREDENCE_CONFLICT);
	expect_record(self, key, &two, middle);
	expect_save(self, key, &three, middle, middle + 1, CREDENCE_SUCCESS);
	/* What would be left of it without its higher bits. */
	expect_save(self, key, &one, 1, middle + 2, CREDENCE_CONFLICT);
	expect_record(self, key, &three, middle + 1);
}

static void around_power(struct test *test)
{
	around(test, UINT64_C(1) << test->what->size);
}

static void largest(struct test *test)
{
	const char *key = test_key(test, "revision");
	struct self *self = self_open(test);

	expect_save(self, key, &one, 0, INT64_MAX - 1, CREDENCE_SUCCESS);
	expect_save(self, key, &two, INT64_MAX - 1, INT64_MAX, CREDENCE_SUCCESS);
	expect_record(self, key, &two, INT64_MAX);
}

static void on_after_a_conflict(struct test *test)
{
	const char *key;
	struct self *self = with_five(test, &key);

	for (uint64_t wrong = 0; wrong < 5; wrong++)
		expect_save(self, key, &two, wrong, 6, CREDENCE_CONFLICT);
	expect_save(self, key, &two, 5, 6, CREDENCE_SUCCESS);
	expect_record(self, key, &two, 6);
}

static void of_another_self(struct test *test)
{
	const char *key = test_key(test, "revision");
	struct self *self = self_open(test), *other = self_open(test);

	expect_save(self, key, &one, 0, 1, CREDENCE_SUCCESS);
	expect_record(other, key, &one, 1);
	expect_save(self, key, &two, 1, 2, CREDENCE_SUCCESS);
	expect_save(other, key, &three, 1, 2, CREDENCE_CONFLICT);
	expect_record(other, key, &two, 2);
	expect_save(other, key, &three, 2, 3, CREDENCE_SUCCESS);
	expect_record(self, key, &three, 3);
}

static void after_an_erase(struct test *test)
{
	const char *key;
	struct self *self = with_five(test, &key);

	expect_erase(self, key, CREDENCE_SUCCESS);
	expect_save(self, key, &two, 5, 6, CREDENCE_CONFLICT);
	expect_none(self, key);
	expect_save(self, key, &two, 0, 1, CREDENCE_SUCCESS);
	expect_record(self, key, &two, 1);
}

static void of_its_own_key(struct test *test)
{
	const char *a = test_key(test, "a"), *b = test_key(test, "b");
	struct self *self = self_open(test);

	expect_save(self, a, &one, 0, 7, CREDENCE_SUCCESS);
	expect_save(self, b, &two, 7, 8, CREDENCE_CONFLICT);
	expect_save(self, b, &two, 0, 3, CREDENCE_SUCCESS);
	expect_save(self, a, &three, 3, 8, CREDENCE_CONFLICT);
	expect_record(self, a, &one, 7);
	expect_record(self, b, &two, 3);
}

/* What large records need more than one step for must be compared all the same. */
static void of_large_records(struct test *test)
{
	const struct content first = {.size = 65536, .seed = 1},
			     second = {.size = 65000, .seed = 2};
	const char *key = test_key(test, "revision");
	struct self *self = self_open(test);

	expect_save(self, key, &first, 0, 1, CREDENCE_SUCCESS);
	expect_save(self, key, &second, 0, 2, CREDENCE_CONFLICT);
	expect_save(self, key, &second, 2, 3, CREDENCE_CONFLICT);
	expect_record(self, key, &first, 1);
	expect_save(self, key, &second, 1, 2, CREDENCE_SUCCESS);
	expect_record(self, key, &second, 2);
}

static void of_the_same_bytes(struct test *test)
{
	const char *key = test_key(test, "revision");
	struct self *self = self_open(test);

	expect_save(self, key, &one, 0, 1, CREDENCE_SUCCESS);
	expect_save(self, key, &one, 1, 2, CREDENCE_SUCCESS);
	expect_save(self, key, &one, 1, 2, CREDENCE_CONFLICT);
	expect_record(self, key, &one, 2);
}

#define AROUND(power)                                                                              \
	{                                                                                          \
		.name = "tells revisions around 2^" #power " apart", .run = around_power,          \
		.size = power                                                                      \
	}

const struct test_case cases_revisions[] = {
    {.name = "CONFLICT where nothing is expected and something is", .run = of_none},
    {.name = "CONFLICT where an older revision is expected", .run = of_the_past},
    {.name = "CONFLICT where a newer revision is expected", .run = of_the_future},
    {.name = "CONFLICT where something is expected and nothing is", .run = of_nothing},
    {.name = "CONFLICT where another self wrote first", .run = of_another_self},
    {.name = "CONFLICT where the record was erased meanwhile", .run = after_an_erase},
    {.name = "CONFLICT by the revision of the key itself", .run = of_its_own_key},
    {.name = "CONFLICT about large records, too", .run = of_large_records},
    {.name = "goes on after a CONFLICT", .run = on_after_a_conflict},
    {.name = "goes on revision by revision", .run = step_by_step},
    {.name = "goes on where revisions are left out", .run = by_leaps},
    {.name = "takes the same bytes with a new revision", .run = of_the_same_bytes},
    {.name = "compares revisions as numbers", .run = as_numbers},
    AROUND(31),
    AROUND(32),
    AROUND(53),
    AROUND(62),
    {.name = "takes the largest revision", .run = largest},
    {.name = NULL},
};
