/* SPDX-License-Identifier: MIT */
/* The hook "sink": the file follows the credential, without secrets unless asked for. */
#include "fake_host.h"

#include "suite.h"

#include <string.h>

static const struct credence_module *module;
static struct credence_call call;
static struct credence_self *self;

static void setup(void)
{
	module = fake_module("hook", "sink");
	fake_init(&call, module);
	fake_set(&call.options, "path", "/run/app/token.json");
	self = fake_open(&call);
}

static void teardown(void)
{
	module->close(self);
	fake_done(&call);
}

static credence_rc event(const char *name)
{
	fake_forget(&call);
	return module->ops.hook->event(self, &call, name);
}

START_TEST(a_new_token_is_written)
{
	static const char *const events[] = {"logged_in", "renewed"};

	fake_set(&call.files, "/run/app/token.json", "old");
	ck_assert_int_eq(event(events[_i]), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.files, "/run/app/token.json"), "postman without secrets\n");
	ck_assert_uint_eq(call.files.count, 1);
	module->close(NULL);
}
END_TEST

START_TEST(format_and_secrets_are_options)
{
	fake_set(&call.options, "format", "json");
	fake_set(&call.options, "with_secrets", "true");
	ck_assert_int_eq(event("renewed"), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.files, "/run/app/token.json"), "json with secrets\n");
}
END_TEST

START_TEST(a_credential_that_is_gone_takes_the_file_along)
{
	static const char *const events[] = {"revoked", "erased"};

	fake_set(&call.files, "/run/app/token.json", "old");
	ck_assert_int_eq(event(events[_i]), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.files.count, 0);
	ck_assert_int_eq(event(events[_i]), CREDENCE_MISS);
}
END_TEST

START_TEST(other_events_leave_the_file_alone)
{
	static const char *const events[] = {"dead", "limited", "failed", "issued", "unheard_of"};

	fake_set(&call.files, "/run/app/token.json", "old");
	ck_assert_int_eq(event(events[_i]), CREDENCE_MISS);
	ck_assert_str_eq(fake_get(&call.files, "/run/app/token.json"), "old");
}
END_TEST

START_TEST(a_relative_path_is_a_fault_of_configuration)
{
	struct credence_self *none = NULL;

	fake_set(&call.options, "path", "token.json");
	ck_assert_int_eq(module->open(&fake_host, &call, &none), CREDENCE_CONFIG);
	ck_assert_ptr_null(none);
}
END_TEST

START_TEST(what_can_not_be_rendered_is_not_written)
{
	static const credence_rc answers[] = {CREDENCE_CONFIG, CREDENCE_ERROR};

	fake_set(&call.files, "/run/app/token.json", "old");
	call.render_rc = answers[_i];
	ck_assert_int_eq(event("renewed"), answers[_i]);
	ck_assert_str_eq(fake_get(&call.files, "/run/app/token.json"), "old");
}
END_TEST

START_TEST(answers_of_the_file_services_are_passed_on)
{
	static const credence_rc answers[] = {CREDENCE_UNSAFE, CREDENCE_ERROR};

	call.file_rc = answers[_i];
	ck_assert_int_eq(event("renewed"), answers[_i]);
	ck_assert_int_eq(event("erased"), answers[_i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("module hook sink");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, a_new_token_is_written, 0, 2);
	tcase_add_test(tests, format_and_secrets_are_options);
	tcase_add_loop_test(tests, a_credential_that_is_gone_takes_the_file_along, 0, 2);
	tcase_add_loop_test(tests, other_events_leave_the_file_alone, 0, 5);
	tcase_add_test(tests, a_relative_path_is_a_fault_of_configuration);
	tcase_add_loop_test(tests, what_can_not_be_rendered_is_not_written, 0, 2);
	tcase_add_loop_test(tests, answers_of_the_file_services_are_passed_on, 0, 2);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
