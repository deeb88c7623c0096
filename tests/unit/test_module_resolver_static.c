/* SPDX-License-Identifier: MIT */
/* The resolver "static": endpoints as configured; of the API what the server says, if it is listed.
 */
#include "fake_host.h"

#include "suite.h"

#include <string.h>

static const struct credence_module *module;
static struct credence_call call;
static struct credence_self *self;

static void setup(void)
{
	module = fake_module("resolver", "static");
	fake_init(&call, module);
	fake_set(&call.settings, "accounts_server", "https://login.example/");
	fake_set(&call.settings, "api_domain", "https://api.example/");
	fake_set(&call.settings, "token_endpoint", "/oauth/token");
	fake_set(&call.settings, "revocation_endpoint", "https://other.example/revoke");
	self = fake_open(&call);
}

static void teardown(void)
{
	module->close(self);
	fake_done(&call);
}

static credence_rc resolve(void)
{
	fake_forget(&call);
	return module->ops.resolver->resolve(self, &call);
}

static credence_rc learn(const char *api_domain)
{
	fake_forget(&call);
	fake_set(&call.attributes, "answer.api_domain", api_domain);
	return module->ops.resolver->learn(self, &call);
}

START_TEST(puts_what_is_configured)
{
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.put, "token_endpoint"),
			 "https://login.example/oauth/token");
	ck_assert_str_eq(fake_get(&call.put, "revocation_endpoint"),
			 "https://other.example/revoke");
	ck_assert_str_eq(fake_get(&call.put, "accounts_server"), "https://login.example");
	ck_assert_str_eq(fake_get(&call.put, "api_domain"), "https://api.example");
	ck_assert_uint_eq(call.put.count, 4);
}
END_TEST

START_TEST(the_issuer_serves_as_accounts_server)
{
	fake_set(&call.settings, "accounts_server", NULL);
	fake_set(&call.settings, "issuer", "https://login.example/realm");
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.put, "token_endpoint"),
			 "https://login.example/realm/oauth/token");
	ck_assert_str_eq(fake_get(&call.put, "issuer"), "https://login.example/realm");
}
END_TEST

START_TEST(absolute_endpoints_need_no_server)
{
	fake_set(&call.settings, "accounts_server", NULL);
	fake_set(&call.settings, "api_domain", NULL);
	fake_set(&call.settings, "token_endpoint", "https://login.example/token");
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.put.count, 2);
}
END_TEST

START_TEST(a_relative_endpoint_without_a_server_is_a_fault_of_configuration)
{
	fake_set(&call.settings, "accounts_server", NULL);
	ck_assert_int_eq(resolve(), CREDENCE_CONFIG);
	ck_assert_ptr_nonnull(strstr(call.message, "token_endpoint"));
}
END_TEST

START_TEST(an_address_that_is_too_long_is_a_fault_of_configuration)
{
	static const char *const names[] = {"accounts_server", "api_domain", "token_endpoint"};
	char text[4096];

	memset(text, 'a', sizeof(text) - 1);
	text[0] = '/';
	text[sizeof(text) - 1] = '\0';
	fake_set(&call.settings, names[_i], text);
	ck_assert_int_eq(resolve(), CREDENCE_CONFIG);
}
END_TEST

START_TEST(without_a_token_endpoint_nothing_is_known)
{
	fake_set(&call.settings, "token_endpoint", NULL);
	ck_assert_int_eq(resolve(), CREDENCE_MISS);
	ck_assert_uint_eq(call.put.count, 0);
}
END_TEST

START_TEST(what_was_known_does_not_matter)
{
	fake_set(&call.attributes, "location", "eu");
	fake_set(&call.attributes, "accounts_server", "https://old.example");
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.put, "accounts_server"), "https://login.example");
}
END_TEST

START_TEST(learns_nothing_new)
{
	ck_assert_int_eq(learn(NULL), CREDENCE_MISS);
	ck_assert_int_eq(learn(""), CREDENCE_MISS);
	ck_assert_int_eq(learn("https://api.example"), CREDENCE_MISS);
	ck_assert_int_eq(learn("https://api.example/"), CREDENCE_MISS);
	ck_assert_uint_eq(call.put.count, 0);
}
END_TEST

START_TEST(refuses_another_api)
{
	static const char *const others[] = {"https://api.example.evil", "https://api.example//",
					     "http://api.example", "https://API.example"};

	ck_assert_int_eq(learn(others[_i]), CREDENCE_UNSAFE);
	ck_assert_ptr_nonnull(strstr(call.message, others[_i]));
	ck_assert_uint_eq(call.put.count, 0);
}
END_TEST

START_TEST(passes_over_an_api_when_none_is_configured)
{
	fake_set(&call.settings, "api_domain", NULL);
	ck_assert_int_eq(learn("https://api.example"), CREDENCE_MISS);
	ck_assert_uint_eq(call.put.count, 0);
	ck_assert_uint_eq(call.log.count, 1);
}
END_TEST

/* An API of the configuration's list is learned; one below a pattern as well. */
static void list_apis(void)
{
	fake_set(&call.settings, "api_domain", NULL);
	fake_set(&call.settings, "api_domain_aliases.[0]", "https://alias.example");
	fake_set(&call.settings, "api_domain_aliases.[1]", "https://*.my.example");
}

START_TEST(learns_an_api_that_is_listed)
{
	static const char *const apis[] = {"https://alias.example", "https://acme.my.example",
					   "https://acme--test.sandbox.my.example"};

	list_apis();
	ck_assert_int_eq(learn(apis[_i]), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.put, "api_domain"), apis[_i]);
	fake_set(&call.attributes, "api_domain", apis[_i]);
	ck_assert_int_eq(learn(apis[_i]), CREDENCE_MISS);
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.put, "api_domain"), apis[_i]);
}
END_TEST

START_TEST(refuses_an_api_that_no_pattern_has)
{
	static const char *const others[] = {
	    "https://my.example",          "https://.my.example",    "https://evil.example",
	    "https://acme.my.example.org", "http://acme.my.example", "https://acme.my.example:8443",
	    "https://evilmy.example",      "https://a..my.example",  "https://evil.org/.my.example",
	    "https://a@b.my.example",      "https://A.my.example",   "https://*.my.example/x",
	    "https://evil.org?.my.example"};

	list_apis();
	ck_assert_uint_eq(sizeof(others) / sizeof(others[0]), 13);
	ck_assert_int_eq(learn(others[_i]), CREDENCE_UNSAFE);
	ck_assert_uint_eq(call.put.count, 0);
	/* Nor is one believed that a record has from another time. */
	fake_set(&call.attributes, "api_domain", others[_i]);
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	ck_assert_ptr_null(fake_get(&call.put, "api_domain"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("module resolver static");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, puts_what_is_configured);
	tcase_add_test(tests, the_issuer_serves_as_accounts_server);
	tcase_add_test(tests, absolute_endpoints_need_no_server);
	tcase_add_test(tests, a_relative_endpoint_without_a_server_is_a_fault_of_configuration);
	tcase_add_loop_test(tests, an_address_that_is_too_long_is_a_fault_of_configuration, 0, 3);
	tcase_add_test(tests, without_a_token_endpoint_nothing_is_known);
	tcase_add_test(tests, what_was_known_does_not_matter);
	tcase_add_test(tests, learns_nothing_new);
	tcase_add_loop_test(tests, refuses_another_api, 0, 4);
	tcase_add_test(tests, passes_over_an_api_when_none_is_configured);
	tcase_add_loop_test(tests, learns_an_api_that_is_listed, 0, 3);
	tcase_add_loop_test(tests, refuses_an_api_that_no_pattern_has, 0, 13);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
