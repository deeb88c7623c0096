/* SPDX-License-Identifier: MIT */
/* The grant "self_client": what the person is told, and that a code is redeemed once or not at all.
 */
#include "fake_host.h"

#include "suite.h"

#include <string.h>

static const struct credence_module *module;
static struct credence_call call;
static struct credence_self *self;

static void setup(void)
{
	module = fake_module("grant", "self_client");
	fake_init(&call, module);
	fake_set(&call.attributes, "request_scope", "a.READ,b.READ");
	fake_set(&call.settings, "clients.[0].grant", "server_based");
	fake_set(&call.settings, "clients.[0].login", "not this one");
	fake_set(&call.settings, "clients.[1].grant", "self_client");
	fake_set(&call.settings, "clients.[1].login", "Self Client, Generate Code:");
	fake_set(&call.settings, "datacenters.[0].location", "us");
	fake_set(&call.settings, "datacenters.[0].console", "https://console.example.com");
	fake_set(&call.settings, "datacenters.[1].location", "eu");
	fake_set(&call.settings, "datacenters.[1].console", "https://console.example.eu");
	self = fake_open(&call);
}

static void teardown(void)
{
	module->close(self);
	fake_done(&call);
}

static void answer(const char *text)
{
	fake_add(&call.answers, "", text, strlen(text));
}

static credence_rc acquire(void)
{
	fake_forget(&call);
	return module->ops.grant->acquire(self, &call);
}

START_TEST(renewing_and_revoking_are_the_hosts)
{
	ck_assert_ptr_null(module->ops.grant->renew);
	ck_assert_ptr_null(module->ops.grant->revoke);
	ck_assert_uint_eq(module->ops.grant->flags, CREDENCE_GRANT_CLIENT);
	module->close(NULL);
}
END_TEST

START_TEST(a_code_is_redeemed_without_a_redirect_uri)
{
	fake_set(&call.attributes, "redirect_uri", "http://127.0.0.1:8765/callback");
	answer("1000.abc");
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_int_eq(call.token_requests, 1);
	ck_assert_uint_eq(call.params.count, 2);
	ck_assert_str_eq(call.params.item[0].name, "grant_type");
	ck_assert_str_eq(call.params.item[0].value, "authorization_code");
	ck_assert_str_eq(call.params.item[1].name, "code");
	ck_assert_str_eq(call.params.item[1].value, "1000.abc");
}
END_TEST

START_TEST(the_person_is_told_what_to_do)
{
	fake_set(&call.attributes, "location", "eu");
	answer("1000.abc");
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_str_eq(call.said.item[0].value,
			 "On https://console.example.eu, Self Client, Generate Code:");
	ck_assert_str_eq(call.said.item[1].value, "  scope     a.READ,b.READ");
	ck_assert_ptr_nonnull(strstr(call.said.item[2].value, "once"));
	ck_assert_str_eq(call.said.item[3].value, "Paste the code");
	ck_assert_str_eq(call.said.item[3].name, "5");
	ck_assert_uint_eq(call.said.count, 4);
}
END_TEST

START_TEST(a_provider_without_data_centres_may_have_a_console)
{
	fake_set(&call.settings, "console", "https://console.example.org");
	answer("1000.abc");
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_ptr_nonnull(strstr(call.said.item[0].value, "https://console.example.org"));
}
END_TEST

START_TEST(a_provider_without_words_of_its_own_gets_ours)
{
	fake_set(&call.settings, "clients.[0].grant", NULL);
	fake_set(&call.attributes, "request_scope", NULL);
	answer("1000.abc");
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_ptr_nonnull(strstr(call.said.item[0].value, "authorization code"));
	ck_assert_uint_eq(call.said.count, 3);
}
END_TEST

START_TEST(blanks_around_a_code_come_with_pasting)
{
	answer(" \t1000.abc \r\n");
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_str_eq(call.params.item[1].value, "1000.abc");
}
END_TEST

START_TEST(a_code_may_be_long)
{
	char code[8193];

	memset(code, 'c', sizeof(code) - 1);
	code[sizeof(code) - 1] = '\0';
	answer(code);
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_str_eq(call.params.item[1].value, code);
}
END_TEST

START_TEST(what_is_no_code_is_not_sent)
{
	static const char *const bad[] = {
	    "", " \n", "1000.a\x01", "1000.\xc3\xa4", "1000.a 1000.b", "1000.a\r\nX: y"};

	answer(bad[_i]);
	ck_assert_int_eq(acquire(), CREDENCE_LOGIN);
	ck_assert_int_eq(call.token_requests, 0);
	ck_assert_int_eq(call.failed, CREDENCE_LOGIN);
	ck_assert_ptr_nonnull(call.hint);
	ck_assert_ptr_null(strstr(call.message, "1000"));
}
END_TEST

START_TEST(nobody_is_there)
{
	ck_assert_int_eq(acquire(), CREDENCE_LOGIN);
	call.talk_rc = CREDENCE_LOGIN;
	ck_assert_int_eq(acquire(), CREDENCE_LOGIN);
	call.talk_rc = CREDENCE_CANCELLED;
	ck_assert_int_eq(acquire(), CREDENCE_CANCELLED);
	ck_assert_int_eq(call.token_requests, 0);
}
END_TEST

START_TEST(answers_of_the_token_request_are_passed_on)
{
	call.token_rc = _i;
	answer("1000.abc");
	ck_assert_int_eq(acquire(), _i);
	ck_assert_int_eq(call.token_requests, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("module grant self_client");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, renewing_and_revoking_are_the_hosts);
	tcase_add_test(tests, a_code_is_redeemed_without_a_redirect_uri);
	tcase_add_test(tests, the_person_is_told_what_to_do);
	tcase_add_test(tests, a_provider_without_data_centres_may_have_a_console);
	tcase_add_test(tests, a_provider_without_words_of_its_own_gets_ours);
	tcase_add_test(tests, blanks_around_a_code_come_with_pasting);
	tcase_add_test(tests, a_code_may_be_long);
	tcase_add_loop_test(tests, what_is_no_code_is_not_sent, 0, 6);
	tcase_add_test(tests, nobody_is_there);
	tcase_add_loop_test(tests, answers_of_the_token_request_are_passed_on, 0,
			    CREDENCE_RC_COUNT);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
