/* SPDX-License-Identifier: MIT */
/* The resolver "multi_dc": which data centre, and that nothing is believed that the table has not.
 */
#include "fake_host.h"

#include "suite.h"

#include <string.h>

static const struct credence_module *module;
static struct credence_call call;
static struct credence_self *self;

/* us; eu with an alias and an endpoint of its own; and a sandbox that shares the server of us. */
static const char *const table[][2] = {
    {"datacenters.[0].location", "us"},
    {"datacenters.[0].accounts_server", "https://accounts.example.com"},
    {"datacenters.[0].api_domain", "https://www.api.com"},
    {"datacenters.[1].location", "eu"},
    {"datacenters.[1].accounts_server", "https://accounts.example.eu/"},
    {"datacenters.[1].api_domain", "https://www.api.eu"},
    {"datacenters.[1].api_domain_aliases.[0]", "https://old.api.eu"},
    {"datacenters.[1].api_domain_aliases.[1]", "https://older.api.eu"},
    {"datacenters.[1].revocation_endpoint", "/eu/revoke"},
    {"datacenters.[2].location", "us-sandbox"},
    {"datacenters.[2].accounts_server", "https://accounts.example.com"},
    {"datacenters.[2].api_domain", "https://sandbox.api.com"},
    {"token_endpoint", "/oauth/v2/token"},
    {"revocation_endpoint", "/oauth/v2/revoke"},
    {"introspection_endpoint", "https://inspect.example.com/"},
};

static void setup(void)
{
	module = fake_module("resolver", "multi_dc");
	fake_init(&call, module);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		fake_set(&call.settings, table[i][0], table[i][1]);
	fake_set(&call.attributes, "provider", "example");
	self = fake_open(&call);
}

static void teardown(void)
{
	module->close(self);
	fake_done(&call);
}

static void know(const char *location, const char *server, const char *api)
{
	fake_set(&call.attributes, "location", location);
	fake_set(&call.attributes, "accounts_server", server);
	fake_set(&call.attributes, "api_domain", api);
}

static credence_rc resolve(void)
{
	fake_forget(&call);
	return module->ops.resolver->resolve(self, &call);
}

static credence_rc learn(const char *location, const char *server, const char *api)
{
	fake_forget(&call);
	fake_set(&call.attributes, "answer.location", location);
	fake_set(&call.attributes, "answer.accounts-server", server);
	fake_set(&call.attributes, "answer.api_domain", api);
	return module->ops.resolver->learn(self, &call);
}

static void expect_put(const char *location, const char *server, const char *api)
{
	const char *const wanted[][2] = {
	    {"location", location}, {"accounts_server", server}, {"api_domain", api}};

	for (size_t i = 0; i < 3; i++) {
		const char *put = fake_get(&call.put, wanted[i][0]);

		if (wanted[i][1] == NULL)
			ck_assert_msg(put == NULL, "%s was put: %s", wanted[i][0], put);
		else
			ck_assert_str_eq(put == NULL ? "(nothing)" : put, wanted[i][1]);
	}
}

#define COM "https://accounts.example.com"
#define EU  "https://accounts.example.eu"

/* -- resolve -- */

START_TEST(starts_at_the_first_row)
{
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	expect_put("us", COM, "https://www.api.com");
	ck_assert_str_eq(fake_get(&call.put, "token_endpoint"), COM "/oauth/v2/token");
	ck_assert_str_eq(fake_get(&call.put, "introspection_endpoint"),
			 "https://inspect.example.com/");
	ck_assert_ptr_null(fake_get(&call.put, "authorization_endpoint"));
}
END_TEST

START_TEST(starts_at_the_configured_location)
{
	fake_set(&call.settings, "location", "eu");
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	expect_put("eu", EU, "https://www.api.eu");
	ck_assert_str_eq(fake_get(&call.put, "revocation_endpoint"), EU "/eu/revoke");
}
END_TEST

START_TEST(an_unknown_configured_location_is_a_fault_of_configuration)
{
	fake_set(&call.settings, "location", "mars");
	fake_set(&call.attributes, "location", _i == 0 ? NULL : "mars");
	ck_assert_int_eq(resolve(), CREDENCE_CONFIG);
	ck_assert_ptr_nonnull(strstr(call.message, "mars"));
	ck_assert_ptr_nonnull(strstr(call.hint, "example.conf"));
	ck_assert_uint_eq(call.put.count, 0);
}
END_TEST

static const struct {
	const char *location, *server, *api;
	const char *put_location, *put_server, *put_api;
} known[] = {
    {"eu", NULL, NULL, "eu", EU, "https://www.api.eu"},
    {NULL, EU, NULL, "eu", EU, "https://www.api.eu"},
    {NULL, EU "/", NULL, "eu", EU, "https://www.api.eu"},
    {"eu", EU, "https://www.api.eu", "eu", EU, "https://www.api.eu"},
    {"eu", EU, "https://older.api.eu", "eu", EU, "https://older.api.eu"},
    {"us", COM, NULL, "us", COM, "https://www.api.com"},
    {"us-sandbox", COM, NULL, "us-sandbox", COM, "https://sandbox.api.com"},
    {"us", COM, "https://www.api.eu", "us", COM, "https://www.api.eu"},
    {"", "", "", "us-sandbox", COM, "https://sandbox.api.com"},
};

START_TEST(what_is_known_wins_over_the_configuration)
{
	fake_set(&call.settings, "location", "us-sandbox");
	know(known[_i].location, known[_i].server, known[_i].api);
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	expect_put(known[_i].put_location, known[_i].put_server, known[_i].put_api);
}
END_TEST

static const struct {
	const char *location, *server, *api, *named;
} foreign[] = {
    {"mars", NULL, NULL, "mars"},
    {NULL, "https://accounts.evil", NULL, "https://accounts.evil"},
    {NULL, COM "//", NULL, COM},
    {NULL, COM ".evil", NULL, "evil"},
    {NULL, "https://Accounts.example.com", NULL, "Accounts"},
    {NULL, "http://accounts.example.com", NULL, "http://"},
    {NULL, NULL, "https://www.api.evil", "https://www.api.evil"},
    {"eu", EU, "https://accounts.example.eu", "https://accounts.example.eu"},
    {"eu", COM, NULL, COM},
    {"us", EU, "https://www.api.eu", EU},
    {"EU", NULL, NULL, "EU"},
};

START_TEST(a_known_place_must_be_in_the_table)
{
	know(foreign[_i].location, foreign[_i].server, foreign[_i].api);
	ck_assert_int_eq(resolve(), CREDENCE_UNSAFE);
	ck_assert_ptr_nonnull(strstr(call.message, foreign[_i].named));
	ck_assert_ptr_nonnull(strstr(call.hint, "example.conf"));
	ck_assert_uint_eq(call.put.count, 0);
}
END_TEST

START_TEST(a_place_that_the_server_names_must_be_in_the_table)
{
	know("us", COM, "https://www.api.com");
	ck_assert_int_eq(learn(foreign[_i].location, foreign[_i].server, foreign[_i].api),
			 CREDENCE_UNSAFE);
	ck_assert_ptr_nonnull(strstr(call.message, foreign[_i].named));
	ck_assert_uint_eq(call.put.count, 0);
}
END_TEST

START_TEST(without_a_table_nothing_is_known)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		fake_set(&call.settings, table[i][0], NULL);
	ck_assert_int_eq(resolve(), CREDENCE_MISS);
	ck_assert_int_eq(learn(NULL, NULL, NULL), CREDENCE_MISS);
	ck_assert_int_eq(learn("us", NULL, NULL), CREDENCE_UNSAFE);
}
END_TEST

START_TEST(half_a_row_is_a_fault_of_configuration)
{
	fake_set(&call.settings,
		 _i == 0 ? "datacenters.[1].location" : "datacenters.[1].accounts_server", NULL);
	know("us-sandbox", NULL, NULL);
	ck_assert_int_eq(resolve(), CREDENCE_CONFIG);
	ck_assert_ptr_nonnull(strstr(call.message, "datacenters.[1]"));
	ck_assert_int_eq(learn("us-sandbox", NULL, NULL), CREDENCE_CONFIG);
}
END_TEST

START_TEST(a_row_needs_no_api)
{
	fake_set(&call.settings, "datacenters.[0].api_domain", NULL);
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	expect_put("us", COM, NULL);
}
END_TEST

/* -- learn -- */

static const struct {
	const char *location, *server, *api;             /* said */
	const char *put_location, *put_server, *put_api; /* NULL: not put */
} said[] = {
    /* the authorization answer moves the credential, and its API goes with it */
    {"eu", EU, NULL, "eu", EU, "https://www.api.eu"},
    {"eu", NULL, NULL, "eu", EU, "https://www.api.eu"},
    {NULL, EU, NULL, "eu", EU, "https://www.api.eu"},
    {NULL, EU "/", NULL, "eu", EU, "https://www.api.eu"},
    {"eu", EU, "https://old.api.eu", "eu", EU, "https://old.api.eu"},
    {"eu", EU, "https://old.api.eu/", "eu", EU, "https://old.api.eu"},
    /* the API alone: the location follows where the server is the same */
    {NULL, NULL, "https://sandbox.api.com", "us-sandbox", NULL, "https://sandbox.api.com"},
    {NULL, COM, "https://sandbox.api.com", "us-sandbox", NULL, "https://sandbox.api.com"},
    /* and stays where it is another data centre's, as does the server that issued the token */
    {NULL, NULL, "https://www.api.eu", NULL, NULL, "https://www.api.eu"},
};

START_TEST(believes_what_the_table_has)
{
	know("us", COM, "https://www.api.com");
	ck_assert_int_eq(learn(said[_i].location, said[_i].server, said[_i].api), CREDENCE_SUCCESS);
	expect_put(said[_i].put_location, said[_i].put_server, said[_i].put_api);
}
END_TEST

START_TEST(says_so_when_the_api_is_another_data_centres)
{
	know("us", COM, NULL);
	ck_assert_int_eq(learn(NULL, NULL, "https://www.api.eu"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.log.count, 1);
	ck_assert_int_eq(learn(NULL, NULL, "https://www.api.com"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.log.count, 0);
}
END_TEST

START_TEST(misses_what_is_known_already)
{
	know("eu", EU, "https://old.api.eu");
	ck_assert_int_eq(learn(NULL, NULL, NULL), CREDENCE_MISS);
	ck_assert_int_eq(learn("", "", ""), CREDENCE_MISS);
	ck_assert_int_eq(learn("eu", NULL, NULL), CREDENCE_MISS);
	ck_assert_int_eq(learn(NULL, EU, NULL), CREDENCE_MISS);
	ck_assert_int_eq(learn("eu", EU, "https://old.api.eu"), CREDENCE_MISS);
	ck_assert_uint_eq(call.put.count, 0);
	know("us-sandbox", COM, "https://sandbox.api.com");
	ck_assert_int_eq(learn(NULL, COM, NULL), CREDENCE_MISS);
}
END_TEST

START_TEST(learns_all_when_nothing_is_known)
{
	ck_assert_int_eq(learn("eu", NULL, NULL), CREDENCE_SUCCESS);
	expect_put("eu", EU, "https://www.api.eu");
	ck_assert_int_eq(learn(NULL, NULL, "https://older.api.eu"), CREDENCE_SUCCESS);
	expect_put("eu", EU, "https://older.api.eu");
}
END_TEST

START_TEST(both_spellings_of_the_server_count)
{
	know("us", COM, "https://www.api.com");
	fake_set(&call.attributes, "answer.accounts_server", EU);
	ck_assert_int_eq(learn(NULL, NULL, NULL), CREDENCE_SUCCESS);
	expect_put("eu", EU, "https://www.api.eu");
	ck_assert_int_eq(learn(NULL, EU "/", NULL), CREDENCE_SUCCESS);
	ck_assert_int_eq(learn(NULL, COM, NULL), CREDENCE_UNSAFE);
	fake_set(&call.attributes, "answer.accounts_server", "https://accounts.evil");
	ck_assert_int_eq(learn(NULL, NULL, NULL), CREDENCE_UNSAFE);
}
END_TEST

/* -- refresh: places that the table lacks -- */

#define INFO COM "/oauth/serverinfo"
#define JP   "https://accounts.example.jp"

static void setup_refresh(void)
{
	setup();
	call.now = 1700000000000;
	fake_set(&call.options, "refresh", "true");
	fake_set(&call.attributes, "state_dir", "/state");
	fake_set(&call.settings, "serverinfo_endpoint", "/oauth/serverinfo");
	fake_set(&call.settings, "hosts.[0]", "https://*.example.jp");
	fake_set(&call.settings, "hosts.[1]", "https://www.api.jp");
	fake_set(&call.pages, INFO,
		 "{\"result\":\"success\",\"locations\":{\"us\":\"" COM "\",\"jp\":\"" JP "/\","
		 "\"eu\":\"" JP "\",\"xx\":\"https://accounts.example.xx\"}}");
}

START_TEST(learns_a_place_that_the_table_lacks)
{
	know("us", COM, "https://www.api.com");
	ck_assert_int_eq(learn("jp", JP, "https://www.api.jp"), CREDENCE_SUCCESS);
	expect_put("jp", JP, "https://www.api.jp");
	ck_assert_uint_eq(call.asked.count, 1);
	ck_assert_ptr_nonnull(fake_get(&call.asked, INFO));
	know("jp", JP, "https://www.api.jp");
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	expect_put("jp", JP, "https://www.api.jp");
	ck_assert_str_eq(fake_get(&call.put, "token_endpoint"), JP "/oauth/v2/token");
	/* The same self asks once. */
	ck_assert_uint_eq(call.asked.count, 0);
}
END_TEST

static const struct {
	const char *location, *server, *api;
	const char *named;
	bool asks;
} unlisted[] = {
    {"xx", NULL, NULL, "https://accounts.example.xx", true},
    {NULL, "https://accounts.example.xx", NULL, "https://accounts.example.xx", true},
    {"yy", NULL, NULL, "yy", true},
    {"jp", "https://other.example.jp", NULL, "https://other.example.jp", true},
    {"eu", JP, NULL, JP, true},
    {"jp", JP, "https://www.api.evil", "https://www.api.evil", true},
    {NULL, NULL, "https://www.api.evil", "https://www.api.evil", false},
};

START_TEST(never_beyond_the_hosts_and_never_instead_of_the_table)
{
	know("us", COM, "https://www.api.com");
	ck_assert_int_eq(learn(unlisted[_i].location, unlisted[_i].server, unlisted[_i].api),
			 CREDENCE_UNSAFE);
	ck_assert_ptr_nonnull(strstr(call.message, unlisted[_i].named));
	ck_assert_uint_eq(call.asked.count, unlisted[_i].asks ? 1 : 0);
	ck_assert_uint_eq(call.put.count, 0);
}
END_TEST

START_TEST(asks_nobody_for_what_the_table_has)
{
	know("eu", EU, "https://www.api.eu");
	ck_assert_int_eq(resolve(), CREDENCE_SUCCESS);
	ck_assert_int_eq(learn("us", COM, "https://www.api.com"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.asked.count, 0);
}
END_TEST

START_TEST(asks_nobody_unless_told_to)
{
	fake_set(&call.options, "refresh", "false");
	know("jp", JP, NULL);
	ck_assert_int_eq(resolve(), CREDENCE_UNSAFE);
	ck_assert_uint_eq(call.asked.count, 0);
}
END_TEST

START_TEST(a_server_that_is_away_is_no_verdict)
{
	fake_set(&call.pages, INFO, NULL);
	know("jp", JP, NULL);
	ck_assert_int_eq(resolve(), CREDENCE_UNAVAIL);
}
END_TEST

START_TEST(without_serverinfo_endpoint_it_is_a_fault_of_configuration)
{
	fake_set(&call.settings, "serverinfo_endpoint", NULL);
	know("jp", JP, NULL);
	ck_assert_int_eq(resolve(), CREDENCE_CONFIG);
	ck_assert_ptr_nonnull(strstr(call.message, "serverinfo_endpoint"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("module resolver multi_dc");
	TCase *tests = tcase_create("all");
	const int foreign_count = sizeof(foreign) / sizeof(foreign[0]);

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, starts_at_the_first_row);
	tcase_add_test(tests, starts_at_the_configured_location);
	tcase_add_loop_test(tests, an_unknown_configured_location_is_a_fault_of_configuration, 0,
			    2);
	tcase_add_loop_test(tests, what_is_known_wins_over_the_configuration, 0,
			    sizeof(known) / sizeof(known[0]));
	tcase_add_loop_test(tests, a_known_place_must_be_in_the_table, 0, foreign_count);
	tcase_add_loop_test(tests, a_place_that_the_server_names_must_be_in_the_table, 0,
			    foreign_count);
	tcase_add_test(tests, without_a_table_nothing_is_known);
	tcase_add_loop_test(tests, half_a_row_is_a_fault_of_configuration, 0, 2);
	tcase_add_test(tests, a_row_needs_no_api);
	tcase_add_loop_test(tests, believes_what_the_table_has, 0, sizeof(said) / sizeof(said[0]));
	tcase_add_test(tests, says_so_when_the_api_is_another_data_centres);
	tcase_add_test(tests, misses_what_is_known_already);
	tcase_add_test(tests, learns_all_when_nothing_is_known);
	tcase_add_test(tests, both_spellings_of_the_server_count);
	suite_add_tcase(suite, tests);
	tests = tcase_create("refresh");
	tcase_add_checked_fixture(tests, setup_refresh, teardown);
	tcase_add_test(tests, learns_a_place_that_the_table_lacks);
	tcase_add_loop_test(tests, never_beyond_the_hosts_and_never_instead_of_the_table, 0,
			    sizeof(unlisted) / sizeof(unlisted[0]));
	tcase_add_test(tests, asks_nobody_for_what_the_table_has);
	tcase_add_test(tests, asks_nobody_unless_told_to);
	tcase_add_test(tests, a_server_that_is_away_is_no_verdict);
	tcase_add_test(tests, without_serverinfo_endpoint_it_is_a_fault_of_configuration);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
