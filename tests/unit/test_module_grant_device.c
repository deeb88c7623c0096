/* SPDX-License-Identifier: MIT */
/* The grant "device": what is asked for, what the person is shown, and when the next question is
 * due. */
#include "fake_host.h"

#include "suite.h"

#include <stdio.h>
#include <string.h>

static const struct credence_module *module;
static struct credence_call call;
static struct credence_self *self;

static void answer(const char *member, const char *value)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "answer.%s", member);
	fake_set(&call.attributes, name, value);
}

static void setup(void)
{
	module = fake_module("grant", "device");
	fake_init(&call, module);
	call.quick = true;
	fake_set(&call.attributes, "request_scope", "a b");
	answer("device_code", "secret-device-code");
	answer("user_code", "WDJB-MJHT");
	answer("verification_uri", "https://example.com/device");
	answer("expires_in", "1800");
	answer("interval", "7");
	self = fake_open(&call);
}

static void teardown(void)
{
	module->close(self);
	fake_done(&call);
}

/* The server's answers without a token, in their order. */
static void turn(const char *code)
{
	fake_add(&call.turns, code, "", 0);
}

static credence_rc acquire(void)
{
	fake_forget(&call);
	return module->ops.grant->acquire(self, &call);
}

static void check_waits(const char *expected)
{
	char all[256] = "";

	for (size_t i = 0; i < call.waits.count; i++)
		(void)snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
			       i > 0 ? " " : "", call.waits.item[i].name);
	ck_assert_str_eq(all, expected);
}

START_TEST(renewing_and_revoking_are_the_hosts)
{
	ck_assert_ptr_null(module->ops.grant->renew);
	ck_assert_ptr_null(module->ops.grant->revoke);
	ck_assert_uint_eq(module->ops.grant->flags, CREDENCE_GRANT_CLIENT);
	module->close(NULL);
}
END_TEST

/* RFC 8628 sections 3.1 and 3.4 */
START_TEST(the_standards_requests)
{
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.posted.count, 2);
	ck_assert_str_eq(call.posted.item[0].value, "device_authorization_endpoint");
	ck_assert_str_eq(call.posted.item[1].name, "scope");
	ck_assert_str_eq(call.posted.item[1].value, "a b");
	ck_assert_int_eq(call.token_requests, 1);
	ck_assert_uint_eq(call.params.count, 2);
	ck_assert_str_eq(call.params.item[0].name, "grant_type");
	ck_assert_str_eq(call.params.item[0].value, "urn:ietf:params:oauth:grant-type:device_code");
	ck_assert_str_eq(call.params.item[1].name, "device_code");
	ck_assert_str_eq(call.params.item[1].value, "secret-device-code");
	check_waits("7000");
}
END_TEST

START_TEST(a_providers_own_names)
{
	fake_set(&call.settings, "device.request_grant_type", "device_request");
	fake_set(&call.settings, "device.grant_type", "device_token");
	fake_set(&call.settings, "device.code_parameter", "code");
	fake_set(&call.settings, "device.unit", "ms");
	fake_set(&call.attributes, "request_scope", NULL);
	answer("verification_uri", NULL);
	answer("verification_url", "https://example.com/d");
	answer("interval", "30000");
	answer("expires_in", "300000");
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.posted.count, 2);
	ck_assert_str_eq(call.posted.item[1].name, "grant_type");
	ck_assert_str_eq(call.posted.item[1].value, "device_request");
	ck_assert_str_eq(call.params.item[0].value, "device_token");
	ck_assert_str_eq(call.params.item[1].name, "code");
	ck_assert_str_eq(fake_get(&call.said, "url"), "https://example.com/d");
	check_waits("30000");
}
END_TEST

/* Sections 3.3 and 3.3.1 */
START_TEST(the_person_is_shown_everything_but_the_device_code)
{
	answer("verification_uri_complete", "https://example.com/device?user_code=WDJB-MJHT");
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.said, "url"), "https://example.com/device");
	ck_assert_str_eq(fake_get(&call.said, "code"), "WDJB-MJHT");
	ck_assert_str_eq(fake_get(&call.said, "url_complete"),
			 "https://example.com/device?user_code=WDJB-MJHT");
	for (size_t i = 0; i < call.said.count; i++)
		ck_assert_ptr_null(strstr(call.said.item[i].value, "secret-device-code"));
	ck_assert_uint_eq(call.log.count, 0);
	/* A page that nobody should be sent to is left out where it is not needed. */
	answer("verification_uri_complete", "javascript:alert(1)");
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_ptr_null(fake_get(&call.said, "url_complete"));
}
END_TEST

/* Section 5.4 */
START_TEST(pages_that_nobody_is_sent_to)
{
	static const char *const bad[] = {
	    NULL,
	    "http://example.com/device",
	    "http://127.0.0.1.evil.example/",
	    "https://example.com@evil.example/",
	    "https://example.com/\033[2J",
	    "https://example.com/a b",
	    "https://example.com\\@evil.example/",
	    "ftp://example.com/",
	    "example.com",
	};

	answer("verification_uri", bad[_i]);
	ck_assert_int_eq(acquire(), CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.code, "bad_answer");
	ck_assert_ptr_nonnull(call.hint);
	ck_assert_int_eq(call.token_requests, 0);
	ck_assert_ptr_null(fake_get(&call.said, "code"));
}
END_TEST

START_TEST(pages_on_this_machine)
{
	static const char *const good[] = {"http://127.0.0.1:8080/device", "http://[::1]/d",
					   "http://127.0.0.1/d", "https://example.com/#@/a"};

	answer("verification_uri", good[_i]);
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
}
END_TEST

START_TEST(codes_that_are_none)
{
	static const char *const members[] = {"device_code", "user_code", "user_code", "user_code"};
	static const char *const values[] = {
	    NULL, NULL, "AB\033CD",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};

	answer(members[_i], values[_i]);
	ck_assert_int_eq(acquire(), CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.code, "bad_answer");
	ck_assert_int_eq(call.token_requests, 0);
}
END_TEST

/* Section 3.2: five seconds where the server says nothing; and what can't be meant so. */
START_TEST(intervals)
{
	static const struct {
		const char *interval, *unit, *waits;
	} cases[] = {
	    {NULL, NULL, "5000"},  {"", NULL, "5000"},       {"soon", NULL, "5000"},
	    {"0", NULL, "5000"},   {"-1", NULL, "5000"},     {"12", NULL, "12000"},
	    {"1", "s", "1000"},    {"1000", "ms", "1000"},   {"30", "ms", "5000"},
	    {"7.5", NULL, "5000"}, {"30000", "ms", "30000"}, {"99999999999999999999", NULL, NULL},
	};

	answer("interval", cases[_i].interval);
	answer("expires_in", "3600000");
	fake_set(&call.settings, "device.unit", cases[_i].unit);
	if (cases[_i].waits == NULL) {
		ck_assert_int_eq(acquire(), CREDENCE_LOGIN);
		ck_assert_int_eq(call.token_requests, 0);
		return;
	}
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	check_waits(cases[_i].waits);
}
END_TEST

/* Section 3.5 */
START_TEST(pending_is_asked_again)
{
	turn("authorization_pending");
	turn("authorization_pending");
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_int_eq(call.token_requests, 3);
	check_waits("7000 7000 7000");
}
END_TEST

START_TEST(slow_down_adds_five_seconds_that_stay)
{
	turn("slow_down");
	turn("authorization_pending");
	turn("slow_down");
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	check_waits("7000 12000 12000 17000");
}
END_TEST

START_TEST(a_lost_answer_doubles_the_interval)
{
	fake_set(&call.attributes, "message", "connection reset");
	turn("unavailable");
	turn("authorization_pending");
	turn("unavailable");
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	check_waits("7000 14000 14000 28000");
	ck_assert_str_eq(call.log.item[0].value, "connection reset");
}
END_TEST

START_TEST(an_expired_code_is_given_up)
{
	answer("expires_in", "20");
	for (int i = 0; i < 9; i++)
		turn("authorization_pending");
	ck_assert_int_eq(acquire(), CREDENCE_LOGIN);
	ck_assert_str_eq(call.code, "expired_token");
	ck_assert_str_eq(call.hint, "credence login PROFILE");
	/* The third question would come before its time or after the code's: it is not asked. */
	ck_assert_int_eq(call.token_requests, 2);
	check_waits("7000 7000 6000");
}
END_TEST

START_TEST(a_server_that_is_away_until_the_end)
{
	answer("expires_in", "20");
	fake_set(&call.attributes, "message", "connection reset");
	turn("unavailable");
	turn("unavailable");
	ck_assert_int_eq(acquire(), CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.message, "connection reset");
	check_waits("7000 13000");
}
END_TEST

START_TEST(a_life_that_the_server_does_not_tell)
{
	static const struct {
		const char *said, *configured;
		int questions;
	} cases[] = {{NULL, "15s", 2}, {"", "15000ms", 2}, {"never", "15s", 2},
		     {NULL, "1m", 8},  {NULL, NULL, 42},   {NULL, "until revoked", 42}};

	for (int i = 0; i < 60; i++)
		turn("authorization_pending");
	answer("expires_in", cases[_i].said);
	fake_set(&call.settings, "lifetimes.device_code", cases[_i].configured);
	ck_assert_int_eq(acquire(), CREDENCE_LOGIN);
	ck_assert_int_eq(call.token_requests, cases[_i].questions);
}
END_TEST

/* -- Data centres -- */

START_TEST(another_data_centre_is_asked_at_once)
{
	fake_set(&call.settings, "device.location_member", "user_location");
	answer("user_location", "eu");
	turn("other_dc");
	turn("authorization_pending");
	ck_assert_int_eq(acquire(), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.put, "answer.location"), "eu");
	check_waits("7000 7000");
	ck_assert_int_eq(call.token_requests, 3);
	for (size_t i = 1; i < call.params.count; i += 2)
		ck_assert_str_eq(call.params.item[i].value, "secret-device-code");
}
END_TEST

START_TEST(a_data_centre_that_sends_us_to_itself)
{
	fake_set(&call.settings, "device.location_member", "user_location");
	answer("user_location", "eu");
	turn("other_dc");
	turn("other_dc");
	ck_assert_int_eq(acquire(), CREDENCE_CONFIG);
	ck_assert_str_eq(call.code, "other_dc");
	ck_assert_ptr_nonnull(call.hint);
}
END_TEST

START_TEST(a_data_centre_without_a_name)
{
	if (_i == 1)
		fake_set(&call.settings, "device.location_member", "user_location");
	turn("other_dc");
	ck_assert_int_eq(acquire(), CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.code, "bad_answer");
	ck_assert_uint_eq(call.put.count, 0);
}
END_TEST

/* -- Ends -- */

START_TEST(nobody_is_there)
{
	call.talk_rc = CREDENCE_LOGIN;
	ck_assert_int_eq(acquire(), CREDENCE_LOGIN);
	call.talk_rc = CREDENCE_CANCELLED;
	ck_assert_int_eq(acquire(), CREDENCE_CANCELLED);
	ck_assert_uint_eq(call.posted.count, 0);
	ck_assert_int_eq(call.token_requests, 0);
}
END_TEST

START_TEST(the_person_leaves)
{
	atomic_store(&call.cancelled, true);
	ck_assert_int_eq(acquire(), CREDENCE_CANCELLED);
	ck_assert_int_eq(call.token_requests, 0);
}
END_TEST

START_TEST(answers_to_the_request_for_a_code_are_passed_on)
{
	call.endpoint_rc = _i;
	ck_assert_int_eq(acquire(), _i);
	ck_assert_int_eq(call.token_requests, _i == CREDENCE_SUCCESS ? 1 : 0);
}
END_TEST

START_TEST(answers_of_the_token_request_are_passed_on)
{
	if (_i == CREDENCE_MISS)
		return; /* ask again: see above */
	call.token_rc = _i;
	turn("authorization_pending");
	ck_assert_int_eq(acquire(), _i);
	ck_assert_int_eq(call.token_requests, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("module grant device");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, renewing_and_revoking_are_the_hosts);
	tcase_add_test(tests, the_standards_requests);
	tcase_add_test(tests, a_providers_own_names);
	tcase_add_test(tests, the_person_is_shown_everything_but_the_device_code);
	tcase_add_loop_test(tests, pages_that_nobody_is_sent_to, 0, 9);
	tcase_add_loop_test(tests, pages_on_this_machine, 0, 4);
	tcase_add_loop_test(tests, codes_that_are_none, 0, 4);
	tcase_add_loop_test(tests, intervals, 0, 12);
	tcase_add_test(tests, pending_is_asked_again);
	tcase_add_test(tests, slow_down_adds_five_seconds_that_stay);
	tcase_add_test(tests, a_lost_answer_doubles_the_interval);
	tcase_add_test(tests, an_expired_code_is_given_up);
	tcase_add_test(tests, a_server_that_is_away_until_the_end);
	tcase_add_loop_test(tests, a_life_that_the_server_does_not_tell, 0, 6);
	tcase_add_test(tests, another_data_centre_is_asked_at_once);
	tcase_add_test(tests, a_data_centre_that_sends_us_to_itself);
	tcase_add_loop_test(tests, a_data_centre_without_a_name, 0, 2);
	tcase_add_test(tests, nobody_is_there);
	tcase_add_test(tests, the_person_leaves);
	tcase_add_loop_test(tests, answers_to_the_request_for_a_code_are_passed_on, 0,
			    CREDENCE_RC_COUNT);
	tcase_add_loop_test(tests, answers_of_the_token_request_are_passed_on, 0,
			    CREDENCE_RC_COUNT);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
