/* SPDX-License-Identifier: MIT */
/* The grant "jwt_bearer": which claims it makes, and where the scope goes. */
#include "fake_host.h"

#include "suite.h"

#include <json-c/json_tokener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct credence_module *module;
static struct credence_call call;
static struct credence_self *self;

static void setup(void)
{
	module = fake_module("grant", "jwt_bearer");
	fake_init(&call, module);
	fake_set(&call.attributes, "request_scope", "a.READ b.READ");
	self = fake_open(&call);
}

static void teardown(void)
{
	module->close(self);
	fake_done(&call);
}

static credence_rc acquire(void)
{
	fake_forget(&call);
	return module->ops.grant->acquire(self, &call);
}

/* The text of a claim; "" if there is none. */
static const char *claim(const char *name)
{
	static char text[256];
	struct json_object *claims = json_tokener_parse(fake_get(&call.claims, "")), *value;

	ck_assert_ptr_nonnull(claims);
	text[0] = '\0';
	if (json_object_object_get_ex(claims, name, &value))
		(void)snprintf(text, sizeof(text), "%s", json_object_get_string(value));
	json_object_put(claims);
	return text;
}

START_TEST(it_needs_no_person)
{
	ck_assert_uint_eq(module->ops.grant->flags,
			  CREDENCE_GRANT_UNATTENDED | CREDENCE_GRANT_SIGNS);
	ck_assert_ptr_null(module->ops.grant->renew);
	module->close(NULL);
}
END_TEST

/* RFC 7523 section 2.1. */
START_TEST(the_request)
{
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_int_eq(call.token_requests, 1);
	ck_assert_str_eq(call.params.item[0].name, "grant_type");
	ck_assert_str_eq(call.params.item[0].value, "urn:ietf:params:oauth:grant-type:jwt-bearer");
	ck_assert_str_eq(fake_get(&call.params, "assertion"), "head.claims.signature");
	ck_assert_str_eq(fake_get(&call.params, "scope"), "a.READ b.READ");
	ck_assert_str_eq(fake_get(&call.claims, ""), "{ }");
}
END_TEST

START_TEST(the_scope_can_be_a_claim)
{
	fake_set(&call.settings, "assertion.scope", "claim");
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_ptr_null(fake_get(&call.params, "scope"));
	ck_assert_str_eq(claim("scope"), "a.READ b.READ");
}
END_TEST

START_TEST(options_are_claims)
{
	fake_set(&call.options, "issuer", "i \"quoted\"");
	fake_set(&call.options, "subject", "s");
	fake_set(&call.options, "audience", "https://a.example");
	fake_set(&call.options, "lifetime", "90s");
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_str_eq(claim("iss"), "i \"quoted\"");
	ck_assert_str_eq(claim("sub"), "s");
	ck_assert_str_eq(claim("aud"), "https://a.example");
	ck_assert_int_eq(strtoll(claim("exp"), NULL, 10), call.now / 1000 + 90);
}
END_TEST

START_TEST(without_an_assertion_nothing_is_sent)
{
	call.assertion_rc = CREDENCE_CONFIG;
	ck_assert_int_eq(acquire(), CREDENCE_CONFIG);
	ck_assert_int_eq(call.token_requests, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("grant jwt_bearer");
	TCase *tests = tcase_create("jwt_bearer");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, it_needs_no_person);
	tcase_add_test(tests, the_request);
	tcase_add_test(tests, the_scope_can_be_a_claim);
	tcase_add_test(tests, options_are_claims);
	tcase_add_test(tests, without_an_assertion_nothing_is_sent);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
