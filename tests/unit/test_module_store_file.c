/* SPDX-License-Identifier: MIT */
/* The store "file": where records go, and that a save never replaces what it did not expect. */
#include "fake_host.h"

#include "suite.h"

#include <string.h>

static const struct credence_module *module;
static struct credence_call call;
static struct credence_self *self;

static void setup(void)
{
	module = fake_module("store", "file");
	fake_init(&call, module);
	fake_set(&call.attributes, "state_dir", "/state");
	self = fake_open(&call);
}

static void teardown(void)
{
	module->close(self);
	fake_done(&call);
}

static credence_rc save(const char *text, uint64_t expected, uint64_t revision)
{
	const struct credence_item item = {.size = sizeof(item),
					   .bytes = text,
					   .length = strlen(text),
					   .expected = expected,
					   .revision = revision};

	fake_forget(&call);
	return module->ops.store->save(self, &call, "crm", &item);
}

START_TEST(flags_promise_what_the_core_relies_on)
{
	ck_assert_uint_eq(module->ops.store->flags, CREDENCE_STORE_DURABLE | CREDENCE_STORE_CAS);
	ck_assert_ptr_null(module->ops.store->lock);
	module->close(NULL);
}
END_TEST

START_TEST(load_gives_the_bytes_of_the_record)
{
	fake_add(&call.files, "/state/records/crm", "credence1 7\0x", 13);
	ck_assert_int_eq(module->ops.store->load(self, &call, "crm"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.bytes.item[0].length, 13);
	ck_assert_mem_eq(call.bytes.item[0].value, "credence1 7\0x", 13);
}
END_TEST

START_TEST(load_misses_what_is_not_there)
{
	ck_assert_int_eq(module->ops.store->load(self, &call, "crm"), CREDENCE_MISS);
	ck_assert_uint_eq(call.bytes.count, 0);
}
END_TEST

START_TEST(answers_of_the_file_services_are_passed_on)
{
	static const credence_rc answers[] = {CREDENCE_UNSAFE, CREDENCE_DENIED, CREDENCE_ERROR};

	call.file_rc = answers[_i];
	ck_assert_int_eq(module->ops.store->load(self, &call, "crm"), answers[_i]);
	ck_assert_int_eq(save("credence1 1", 0, 1), answers[_i]);
	ck_assert_int_eq(module->ops.store->erase(self, &call, "crm"), answers[_i]);
	ck_assert_int_eq(module->ops.store->list(self, &call), answers[_i]);
	ck_assert_uint_eq(call.files.count, 0);
}
END_TEST

START_TEST(load_passes_on_that_the_host_took_nothing)
{
	fake_set(&call.files, "/state/records/crm", "credence1 7");
	call.put_rc = CREDENCE_ERROR;
	ck_assert_int_eq(module->ops.store->load(self, &call, "crm"), CREDENCE_ERROR);
}
END_TEST

START_TEST(save_makes_a_new_record_only_where_there_is_none)
{
	ck_assert_int_eq(save("credence1 1 a", 0, 1), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.files, "/state/records/crm"), "credence1 1 a");
	ck_assert_int_eq(save("credence1 1 b", 0, 1), CREDENCE_CONFLICT);
	ck_assert_int_eq(call.failed, CREDENCE_CONFLICT);
	ck_assert_ptr_nonnull(strstr(call.message, "/state/records/crm"));
	ck_assert_str_eq(fake_get(&call.files, "/state/records/crm"), "credence1 1 a");
}
END_TEST

START_TEST(save_replaces_the_expected_revision_only)
{
	fake_set(&call.files, "/state/records/crm", "credence1 7 a");
	ck_assert_int_eq(save("credence1 7 b", 6, 7), CREDENCE_CONFLICT);
	ck_assert_int_eq(save("credence1 9 b", 8, 9), CREDENCE_CONFLICT);
	ck_assert_str_eq(fake_get(&call.files, "/state/records/crm"), "credence1 7 a");
	ck_assert_int_eq(save("credence1 8 b", 7, 8), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.files, "/state/records/crm"), "credence1 8 b");
}
END_TEST

START_TEST(save_does_not_bring_back_an_erased_record)
{
	ck_assert_int_eq(save("credence1 8 b", 7, 8), CREDENCE_CONFLICT);
	ck_assert_uint_eq(call.files.count, 0);
}
END_TEST

START_TEST(save_leaves_a_file_alone_that_is_not_a_record)
{
	fake_set(&call.files, "/state/records/crm", "shopping list");
	ck_assert_int_eq(save("credence1 1 b", 0, 1), CREDENCE_CONFLICT);
	ck_assert_str_eq(fake_get(&call.files, "/state/records/crm"), "shopping list");
}
END_TEST

START_TEST(erase_removes_the_record_and_no_other)
{
	fake_set(&call.files, "/state/records/crm", "credence1 1");
	fake_set(&call.files, "/state/records/desk", "credence1 1");
	ck_assert_int_eq(module->ops.store->erase(self, &call, "crm"), CREDENCE_SUCCESS);
	ck_assert_int_eq(module->ops.store->erase(self, &call, "crm"), CREDENCE_MISS);
	ck_assert_uint_eq(call.files.count, 1);
}
END_TEST

START_TEST(list_names_every_record)
{
	fake_set(&call.files, "/state/records/crm", "credence1 1");
	fake_set(&call.files, "/state/records/desk", "credence1 1");
	fake_set(&call.files, "/state/locks", "");
	ck_assert_int_eq(module->ops.store->list(self, &call), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.names.count, 2);
	ck_assert_ptr_nonnull(fake_get(&call.names, "crm"));
	ck_assert_ptr_nonnull(fake_get(&call.names, "desk"));
}
END_TEST

START_TEST(option_path_is_the_folder_itself)
{
	fake_set(&call.options, "path", "/srv/tokens");
	ck_assert_int_eq(save("credence1 1 a", 0, 1), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.files, "/srv/tokens/crm"), "credence1 1 a");
}
END_TEST

START_TEST(a_relative_folder_is_a_fault_of_configuration)
{
	struct credence_self *none = NULL;

	fake_set(&call.options, "path", "tokens");
	ck_assert_int_eq(module->open(&fake_host, &call, &none), CREDENCE_CONFIG);
	ck_assert_ptr_null(none);
}
END_TEST

START_TEST(a_folder_that_is_unknown_or_too_long_is_a_fault_of_configuration)
{
	char path[8192];

	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	fake_set(&call.options, "path", _i == 0 ? NULL : path);
	fake_set(&call.attributes, "state_dir", NULL);
	ck_assert_int_eq(module->ops.store->load(self, &call, "crm"), CREDENCE_CONFIG);
	ck_assert_int_eq(save("credence1 1", 0, 1), CREDENCE_CONFIG);
	fake_forget(&call);
	ck_assert_int_eq(module->ops.store->erase(self, &call, "crm"), CREDENCE_CONFIG);
	fake_forget(&call);
	ck_assert_int_eq(module->ops.store->list(self, &call), CREDENCE_CONFIG);
	ck_assert_uint_eq(call.files.count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("module store file");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, flags_promise_what_the_core_relies_on);
	tcase_add_test(tests, load_gives_the_bytes_of_the_record);
	tcase_add_test(tests, load_misses_what_is_not_there);
	tcase_add_loop_test(tests, answers_of_the_file_services_are_passed_on, 0, 3);
	tcase_add_test(tests, load_passes_on_that_the_host_took_nothing);
	tcase_add_test(tests, save_makes_a_new_record_only_where_there_is_none);
	tcase_add_test(tests, save_replaces_the_expected_revision_only);
	tcase_add_test(tests, save_does_not_bring_back_an_erased_record);
	tcase_add_test(tests, save_leaves_a_file_alone_that_is_not_a_record);
	tcase_add_test(tests, erase_removes_the_record_and_no_other);
	tcase_add_test(tests, list_names_every_record);
	tcase_add_test(tests, option_path_is_the_folder_itself);
	tcase_add_test(tests, a_relative_folder_is_a_fault_of_configuration);
	tcase_add_loop_test(tests, a_folder_that_is_unknown_or_too_long_is_a_fault_of_configuration,
			    0, 2);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
