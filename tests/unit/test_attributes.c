/* SPDX-License-Identifier: MIT */
/* Names and values: setting, removing, merging. */
#include "core/module/attributes.h"

#include "config_world.h"
#include "suite.h"

static struct attributes known;

static void teardown(void)
{
	attributes_done(&known);
}

START_TEST(set_replace_remove)
{
	ck_assert_ptr_null(attributes_get(&known, "location"));
	ck_assert(attributes_set(&known, "location", "us"));
	ck_assert(attributes_set(&known, "location", "eu"));
	ck_assert_str_eq(attributes_get(&known, "location"), "eu");
	ck_assert_uint_eq(known.count, 1);
	ck_assert(attributes_set(&known, "location", NULL));
	ck_assert_ptr_null(attributes_get(&known, "location"));
	ck_assert(attributes_set(&known, "location", NULL));
	ck_assert_uint_eq(known.count, 0);
}
END_TEST

START_TEST(values_are_copies)
{
	char value[] = "us", name[] = "location";

	ck_assert(attributes_set(&known, name, value));
	value[0] = name[0] = 'x';
	ck_assert_str_eq(attributes_get(&known, "location"), "us");
	/* Even a copy of itself. */
	ck_assert(attributes_set(&known, "location", attributes_get(&known, "location")));
	ck_assert_str_eq(attributes_get(&known, "location"), "us");
}
END_TEST

START_TEST(an_empty_value_is_a_value)
{
	ck_assert(attributes_set(&known, "scope", ""));
	ck_assert_str_eq(attributes_get(&known, "scope"), "");
}
END_TEST

START_TEST(many)
{
	char name[32], value[32];
	int i;

	for (i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "name%d", i);
		(void)snprintf(value, sizeof(value), "value%d", i);
		ck_assert(attributes_set(&known, name, value));
	}
	for (i = 0; i < 100; i += 2) {
		(void)snprintf(name, sizeof(name), "name%d", i);
		ck_assert(attributes_set(&known, name, NULL));
	}
	ck_assert_uint_eq(known.count, 50);
	for (i = 0; i < 100; i++) {
		const char *found;

		(void)snprintf(name, sizeof(name), "name%d", i);
		(void)snprintf(value, sizeof(value), "value%d", i);
		found = attributes_get(&known, name);
		if (i % 2 == 0)
			ck_assert_ptr_null(found);
		else
			ck_assert_str_eq(found, value);
	}
}
END_TEST

START_TEST(drop_by_prefix)
{
	ck_assert(attributes_set(&known, "answer.scope", "a"));
	ck_assert(attributes_set(&known, "scope", "b"));
	ck_assert(attributes_set(&known, "answer.", "c"));
	ck_assert(attributes_set(&known, "answer", "d"));
	ck_assert(attributes_set(&known, "answer.error", "e"));
	attributes_drop(&known, "answer.");
	ck_assert_uint_eq(known.count, 2);
	ck_assert_str_eq(attributes_get(&known, "scope"), "b");
	ck_assert_str_eq(attributes_get(&known, "answer"), "d");
}
END_TEST

START_TEST(merge_sets_and_removes)
{
	struct attributes put = {0};

	ck_assert(attributes_set(&known, "location", "us"));
	ck_assert(attributes_set(&known, "issuer", "https://a.example"));
	ck_assert(attributes_set(&known, "api_domain", "https://b.example"));
	ck_assert(attributes_set(&put, "location", "eu"));
	ck_assert(attributes_set(&put, "issuer", ""));
	ck_assert(attributes_set(&put, "token_endpoint", "https://c.example/t"));
	ck_assert(attributes_merge(&known, &put));
	attributes_done(&put);
	ck_assert_uint_eq(known.count, 3);
	ck_assert_str_eq(attributes_get(&known, "location"), "eu");
	ck_assert_ptr_null(attributes_get(&known, "issuer"));
	ck_assert_str_eq(attributes_get(&known, "api_domain"), "https://b.example");
	ck_assert_str_eq(attributes_get(&known, "token_endpoint"), "https://c.example/t");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("attributes");
	TCase *tests = tcase_create("attributes");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_test(tests, set_replace_remove);
	tcase_add_test(tests, values_are_copies);
	tcase_add_test(tests, an_empty_value_is_a_value);
	tcase_add_test(tests, many);
	tcase_add_test(tests, drop_by_prefix);
	tcase_add_test(tests, merge_sets_and_removes);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
