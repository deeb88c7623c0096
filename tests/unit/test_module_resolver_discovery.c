/* SPDX-License-Identifier: MIT */
/*
 * The resolver "discovery": what is put of a document, where it is looked for, and how long it is
 * kept. What it refuses is in tests/cli/discovery.bats, with a server.
 */
#include "fake_host.h"

#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ISSUER "https://login.example/realm"
#define OAUTH  "https://login.example/.well-known/oauth-authorization-server/realm"
#define OPENID ISSUER "/.well-known/openid-configuration"
#define NOW    INT64_C(1700000000000)
#define HOUR   INT64_C(3600000)

#define DOCUMENT(more)                                                                             \
	"{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"https://login.example/token\"" more "}"

static const struct credence_module *module;
static struct credence_call call;
static struct credence_self *self;

static void setup(void)
{
	module = fake_module("resolver", "discovery");
	fake_init(&call, module);
	call.now = NOW;
	fake_set(&call.settings, "issuer", ISSUER);
	fake_set(&call.attributes, "state_dir", "/state");
	self = fake_open(&call);
}

static void teardown(void)
{
	module->close(self);
	fake_done(&call);
}

static void publish(const char *document)
{
	fake_set(&call.pages, OAUTH, document);
}

static credence_rc resolve(void)
{
	fake_forget(&call);
	return module->ops.resolver->resolve(self, &call);
}

static void expect(const char *name, const char *value)
{
	const char *put = fake_get(&call.put, name);

	if (value == NULL)
		ck_assert_msg(put == NULL, "%s was put: %s", name, put);
	else
		ck_assert_str_eq(put != NULL ? put : "(nothing)", value);
}

/* -- What is put -- */

START_TEST(puts_what_is_published)
{
	publish(DOCUMENT(",\"authorization_endpoint\":\"https://login.example/authorize\","
			 "\"introspection_endpoint\":\"https://login.example:443/introspect\","
			 "\"registration_endpoint\":\"https://elsewhere.example/\","
			 "\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\",\"none\"],"
			 "\"code_challenge_methods_supported\":[\"S256\"],"
			 "\"authorization_response_iss_parameter_supported\":true"));
	fake_set(&call.settings, "api_domain", "https://api.example/");
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	expect("issuer", ISSUER);
	expect("accounts_server", ISSUER);
	expect("api_domain", "https://api.example");
	expect("token_endpoint", "https://login.example/token");
	expect("authorization_endpoint", "https://login.example/authorize");
	expect("introspection_endpoint", "https://login.example:443/introspect");
	expect("revocation_endpoint", NULL);
	expect("token_endpoint_auth_methods_supported", "private_key_jwt none");
	expect("code_challenge_methods_supported", "S256");
	expect("authorization_response_iss_parameter_supported", "true");
}
END_TEST

START_TEST(what_is_not_said_is_not_put)
{
	publish(DOCUMENT(""));
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	expect("token_endpoint_auth_methods_supported", NULL);
	expect("code_challenge_methods_supported", NULL);
	expect("authorization_response_iss_parameter_supported", "false");
}
END_TEST

static const char *const no_lists[] = {
    "\"S256\"", "[17]", "[\"S256\",null]", "[\"a b\"]", "[\"a\\u0007\"]", "[\"\"]", "{}"};

START_TEST(a_list_that_is_none_says_nothing)
{
	char document[512];

	(void)snprintf(document, sizeof(document),
		       DOCUMENT(",\"code_challenge_methods_supported\":%s"), no_lists[_i]);
	publish(document);
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	expect("code_challenge_methods_supported", NULL);
}
END_TEST

START_TEST(what_is_configured_goes_first)
{
	publish(DOCUMENT(",\"revocation_endpoint\":\"https://elsewhere.example/revoke\""));
	fake_set(&call.settings, "token_endpoint", "/own/token");
	fake_set(&call.settings, "revocation_endpoint", "https://own.example/revoke");
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	expect("token_endpoint", ISSUER "/own/token");
	expect("revocation_endpoint", "https://own.example/revoke");
}
END_TEST

/* RFC 8705 section 5. */
START_TEST(a_client_with_a_certificate_has_endpoints_of_its_own)
{
	publish(DOCUMENT(",\"revocation_endpoint\":\"https://login.example/revoke\","
			 "\"mtls_endpoint_aliases\":{\"token_endpoint\":"
			 "\"https://mtls.login.example/token\"}"));
	fake_set(&call.settings, "hosts.[0]", "https://*.login.example");
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	expect("token_endpoint", "https://login.example/token");
	fake_set(&call.settings, "client_authentication", "tls_client_auth");
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	expect("token_endpoint", "https://mtls.login.example/token");
	expect("revocation_endpoint", "https://login.example/revoke");
	fake_set(&call.settings, "hosts.[0]", NULL);
	fake_set(&call.attributes, "network", "off");
	ck_assert_int_eq(resolve(), CREDENCE_UNSAFE);
}
END_TEST

START_TEST(without_a_token_endpoint_it_is_of_no_use)
{
	publish("{\"issuer\":\"" ISSUER "\"}");
	ck_assert_int_eq(resolve(), CREDENCE_CONFIG);
	ck_assert_ptr_nonnull(strstr(call.message, "token_endpoint"));
	ck_assert_uint_eq(call.put.count, 0);
}
END_TEST

START_TEST(without_an_issuer_nothing_is_known)
{
	fake_set(&call.settings, "issuer", NULL);
	ck_assert_int_eq(resolve(), CREDENCE_MISS);
	ck_assert_uint_eq(call.asked.count, 0);
}
END_TEST

/* -- Where it is looked for -- */

START_TEST(both_places_in_their_order)
{
	fake_set(&call.pages, OPENID, DOCUMENT(""));
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.asked.count, 2);
	ck_assert_str_eq(call.asked.item[0].name, OAUTH);
	ck_assert_str_eq(call.asked.item[1].name, OPENID);
	ck_assert_str_eq(call.asked.item[1].value, "GET");
}
END_TEST

static const struct {
	const char *issuer, *oauth, *openid;
} places[] = {
    {"https://a.example", "https://a.example/.well-known/oauth-authorization-server",
     "https://a.example/.well-known/openid-configuration"},
    {"https://a.example/", "https://a.example/.well-known/oauth-authorization-server",
     "https://a.example/.well-known/openid-configuration"},
    {"https://a.example:8443/b/c/",
     "https://a.example:8443/.well-known/oauth-authorization-server/b/c",
     "https://a.example:8443/b/c/.well-known/openid-configuration"},
};

START_TEST(paths_of_issuers)
{
	fake_set(&call.settings, "issuer", places[_i].issuer);
	publish("{}"); /* there is a network */
	ck_assert_int_eq(resolve(), CREDENCE_CONFIG);
	ck_assert_str_eq(call.asked.item[0].name, places[_i].oauth);
	ck_assert_str_eq(call.asked.item[1].name, places[_i].openid);
}
END_TEST

START_TEST(what_is_there_is_told_rather_than_what_is_not)
{
	publish("<!DOCTYPE html>");
	call.page_type = "text/html";
	ck_assert_int_eq(resolve(), CREDENCE_UNAVAIL);
	ck_assert_uint_eq(call.asked.count, 2);
	ck_assert_ptr_nonnull(strstr(call.message, "text/html"));
}
END_TEST

/* -- The cache -- */

static int64_t number_of(const char *text, const char *member)
{
	const char *found = strstr(text, member);
	char *end;
	int64_t number;

	ck_assert_ptr_nonnull(found);
	found += strlen(member);
	number = strtoll(found, &end, 10);
	ck_assert_ptr_ne(end, found);
	return number;
}

static int64_t life(void)
{
	const char *text = call.files.count > 0 ? call.files.item[0].value : "";
	int64_t from = number_of(text, "\"fetched_at\":"), to = number_of(text, "\"expires_at\":");

	ck_assert_int_eq(from, call.now);
	return to - from;
}

static const struct {
	const char *header;
	int64_t life;
} lives[] = {
    {NULL, 24 * HOUR},
    {"", 24 * HOUR},
    {"public", 24 * HOUR},
    {"max-age=7200", 2 * HOUR},
    {"public, MAX-AGE=7200 , must-revalidate", 2 * HOUR},
    {"max-age=60", HOUR},
    {"max-age=0", HOUR},
    {"max-age=99999999", 24 * HOUR},
    {"max-age=99999999999999999999999", 24 * HOUR},
    {"max-age=-7200", 24 * HOUR},
    {"max-age=", 24 * HOUR},
    {"s-maxage=7200", 24 * HOUR},
    {"no-store, max-age=7200", HOUR},
    {"max-age=7200,no-cache", HOUR},
};

START_TEST(life_is_what_the_server_says_within_bounds)
{
	publish(DOCUMENT(""));
	call.page_cache = lives[_i].header;
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	ck_assert_int_eq(life(), lives[_i].life);
}
END_TEST

START_TEST(is_asked_for_again_when_it_is_over_or_the_clock_went_back)
{
	static const int64_t later[] = {24 * HOUR - 1, 24 * HOUR, -1};

	publish(DOCUMENT(""));
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	call.now += later[_i];
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.asked.count, _i == 0 ? 0 : 1);
	expect("token_endpoint", "https://login.example/token");
}
END_TEST

START_TEST(a_server_that_is_away_is_spared)
{
	publish(DOCUMENT(""));
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	call.now += 100 * HOUR;
	call.http_rc = CREDENCE_UNAVAIL;
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.asked.count, 1);
	ck_assert_uint_eq(call.log.count, 1);
	ck_assert_ptr_nonnull(strstr(call.log.item[0].value, "6000 min ago"));
	expect("token_endpoint", "https://login.example/token");
}
END_TEST

START_TEST(who_wants_to_stop_is_not_held_up_by_a_cache)
{
	publish(DOCUMENT(""));
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	call.now += 100 * HOUR;
	call.http_rc = CREDENCE_CANCELLED;
	ck_assert_int_eq(resolve(), CREDENCE_CANCELLED);
}
END_TEST

START_TEST(without_network_the_cache_is_used_or_it_is_said_what_is_missing)
{
	publish(DOCUMENT(""));
	fake_set(&call.attributes, "network", "off");
	ck_assert_int_eq(resolve(), CREDENCE_UNAVAIL);
	ck_assert_ptr_nonnull(strstr(call.message, ISSUER));
	ck_assert_str_eq(call.code, "no_network");
	ck_assert_uint_eq(call.asked.count, 0);
	fake_set(&call.attributes, "network", NULL);
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	fake_set(&call.attributes, "network", "off");
	call.now += 100 * HOUR;
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.asked.count, 0);
	ck_assert_uint_eq(call.log.count, 0);
}
END_TEST

static const char *const damaged[] = {
    "",
    "{",
    "[]",
    "{\"format\":2,\"subject\":\"" ISSUER "\",\"fetched_at\":1700000000000,"
    "\"expires_at\":1800000000000,\"document\":" DOCUMENT("") "}",
    "{\"format\":1,\"subject\":\"https://other.example\",\"fetched_at\":1700000000000,"
    "\"expires_at\":1800000000000,\"document\":" DOCUMENT("") "}",
    "{\"format\":1,\"subject\":\"" ISSUER "\",\"fetched_at\":\"x\","
    "\"expires_at\":1800000000000,\"document\":" DOCUMENT("") "}",
    "{\"format\":1,\"subject\":\"" ISSUER "\",\"fetched_at\":1700000000000,"
    "\"expires_at\":1800000000000,\"document\":[]}",
};

START_TEST(a_cache_that_is_damaged_or_of_another_is_not_used)
{
	char path[256];

	publish(DOCUMENT(""));
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	(void)snprintf(path, sizeof(path), "%s", call.files.item[0].name);
	fake_set(&call.files, path, damaged[_i]);
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.asked.count, 1);
	ck_assert_uint_eq(call.log.count, 1);
	ck_assert_int_eq(life(), 24 * HOUR);
}
END_TEST

START_TEST(a_folder_that_can_not_be_used_costs_only_the_cache)
{
	publish(DOCUMENT(""));
	call.file_rc = CREDENCE_DENIED;
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.log.count, 2);
	expect("token_endpoint", "https://login.example/token");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("module resolver discovery");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, puts_what_is_published);
	tcase_add_test(tests, what_is_not_said_is_not_put);
	tcase_add_loop_test(tests, a_list_that_is_none_says_nothing, 0,
			    sizeof(no_lists) / sizeof(no_lists[0]));
	tcase_add_test(tests, what_is_configured_goes_first);
	tcase_add_test(tests, a_client_with_a_certificate_has_endpoints_of_its_own);
	tcase_add_test(tests, without_a_token_endpoint_it_is_of_no_use);
	tcase_add_test(tests, without_an_issuer_nothing_is_known);
	tcase_add_test(tests, both_places_in_their_order);
	tcase_add_loop_test(tests, paths_of_issuers, 0, sizeof(places) / sizeof(places[0]));
	tcase_add_test(tests, what_is_there_is_told_rather_than_what_is_not);
	tcase_add_loop_test(tests, life_is_what_the_server_says_within_bounds, 0,
			    sizeof(lives) / sizeof(lives[0]));
	tcase_add_loop_test(tests, is_asked_for_again_when_it_is_over_or_the_clock_went_back, 0, 3);
	tcase_add_test(tests, a_server_that_is_away_is_spared);
	tcase_add_test(tests, who_wants_to_stop_is_not_held_up_by_a_cache);
	tcase_add_test(tests, without_network_the_cache_is_used_or_it_is_said_what_is_missing);
	tcase_add_loop_test(tests, a_cache_that_is_damaged_or_of_another_is_not_used, 0,
			    sizeof(damaged) / sizeof(damaged[0]));
	tcase_add_test(tests, a_folder_that_can_not_be_used_costs_only_the_cache);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
