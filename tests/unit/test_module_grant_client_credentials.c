/* SPDX-License-Identifier: MIT */
/* The grant "client_credentials": what it sends, and when it sends nothing. */
#include "fake_host.h"

#include "suite.h"

#include <string.h>

static const struct credence_module *module;
static struct credence_call call;
static struct credence_self *self;

static void setup(void)
{
	module = fake_module("grant", "client_credentials");
	fake_init(&call, module);
	fake_set(&call.attributes, "client_authentication", "basic");
	fake_set(&call.attributes, "request_scope", "a.READ,b.READ");
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

START_TEST(it_needs_no_person)
{
	ck_assert_uint_eq(module->ops.grant->flags,
			  CREDENCE_GRANT_UNATTENDED | CREDENCE_GRANT_CLIENT);
	ck_assert_ptr_null(module->ops.grant->renew);
	ck_assert_ptr_null(module->ops.grant->revoke);
	module->close(NULL);
}
END_TEST

/* RFC 6749 section 4.4.2. */
START_TEST(the_request)
{
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_int_eq(call.token_requests, 1);
	ck_assert_uint_eq(call.params.count, 2);
	ck_assert_str_eq(call.params.item[0].name, "grant_type");
	ck_assert_str_eq(call.params.item[0].value, "client_credentials");
	ck_assert_str_eq(fake_get(&call.params, "scope"), "a.READ,b.READ");
	ck_assert_uint_eq(call.said.count, 0);
}
END_TEST

START_TEST(no_scope_is_none)
{
	fake_set(&call.attributes, "request_scope", NULL);
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_ptr_null(fake_get(&call.params, "scope"));
}
END_TEST

/* RFC 6749 section 4.4: MUST only be used by confidential clients. */
START_TEST(a_public_client_sends_nothing)
{
	fake_set(&call.attributes, "client_authentication", "none");
	ck_assert_int_eq(acquire(), CREDENCE_CONFIG);
	ck_assert_int_eq(call.token_requests, 0);
	ck_assert_ptr_nonnull(call.hint);
}
END_TEST

START_TEST(every_answer_is_handed_on)
{
	credence_rc rc;

	for (rc = CREDENCE_SUCCESS; rc < CREDENCE_RC_COUNT; rc++) {
		call.token_rc = rc;
		ck_assert_int_eq(acquire(), rc);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("grant client_credentials");
	TCase *tests = tcase_create("client_credentials");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, it_needs_no_person);
	tcase_add_test(tests, the_request);
	tcase_add_test(tests, no_scope_is_none);
	tcase_add_test(tests, a_public_client_sends_nothing);
	tcase_add_test(tests, every_answer_is_handed_on);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
