/* SPDX-License-Identifier: MIT */
/*
 * The grant "server_based" with a person who brings the answer: the authorization request, and
 * which answers are redeemed. The browser that brings it itself is in tests/cli/server_based.bats.
 */
#include "fake_host.h"

#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REDIRECT "http://127.0.0.1:8765/callback"
#define STATE    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

/* RFC 7636 appendix B. */
static const unsigned char octets[32] = {116, 24,  223, 180, 151, 153, 224, 37,  79,  250, 96,
					 125, 216, 173, 187, 186, 22,  212, 37,  77,  105, 214,
					 191, 240, 91,  88,  5,   88,  83,  132, 141, 121};

static const struct credence_module *module;
static struct credence_call call;
static struct credence_self *self;

static void setup(void)
{
	module = fake_module("grant", "server_based");
	fake_init(&call, module);
	call.random = octets;
	call.now = 1000000;
	fake_set(&call.attributes, "login.paste", "yes");
	fake_set(&call.attributes, "profile", "crm");
	fake_set(&call.attributes, "client_id", "1000.A&B");
	fake_set(&call.attributes, "redirect_uri", REDIRECT);
	fake_set(&call.attributes, "request_scope", "a.READ,b.READ");
	fake_set(&call.attributes, "authorization_endpoint", "https://accounts.example.com/auth");
	fake_set(&call.attributes, "accounts_server", "https://accounts.example.com");
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

static credence_rc paste(const char *text)
{
	fake_add(&call.answers, "", text, strlen(text));
	return acquire();
}

/* The answer, with more behind its state. */
static credence_rc answer(const char *more)
{
	char text[8192];

	(void)snprintf(text, sizeof(text), REDIRECT "?state=" STATE "%s", more);
	return paste(text);
}

static const char *url(void)
{
	const char *shown = fake_get(&call.said, "url");

	ck_assert_ptr_nonnull(shown);
	return shown;
}

START_TEST(renewing_and_revoking_are_the_hosts)
{
	ck_assert_ptr_null(module->ops.grant->renew);
	ck_assert_ptr_null(module->ops.grant->revoke);
	ck_assert_uint_eq(module->ops.grant->flags,
			  CREDENCE_GRANT_CLIENT | CREDENCE_GRANT_REDIRECT);
	module->close(NULL);
}
END_TEST

/* RFC 7636 appendix B; RFC 6749 section 4.1.1. */
START_TEST(rfc_7636_b_the_request)
{
	ck_assert_int_eq(answer("&code=1"), CREDENCE_SUCCESS);
	ck_assert_str_eq(
	    url(), "https://accounts.example.com/"
		   "auth?response_type=code&client_id=1000.A%26B&redirect_uri="
		   "http%3A%2F%2F127.0.0.1%3A8765%2Fcallback&scope=a.READ%2Cb.READ&state=" STATE
		   "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
		   "&code_challenge_method=S256");
}
END_TEST

/* RFC 6749 section 4.1.3, RFC 7636 section 4.5. */
START_TEST(the_code_is_redeemed)
{
	static const char *const params[][2] = {{"grant_type", "authorization_code"},
						{"code", "1000.a b"},
						{"redirect_uri", REDIRECT},
						{"code_verifier", STATE}};

	ck_assert_int_eq(answer("&code=1000.a+b&unknown=x"), CREDENCE_SUCCESS);
	ck_assert_int_eq(call.token_requests, 1);
	ck_assert_uint_eq(call.params.count, 4);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_str_eq(call.params.item[i].name, params[i][0]);
		ck_assert_str_eq(call.params.item[i].value, params[i][1]);
	}
	ck_assert_uint_eq(call.put.count, 0);
}
END_TEST

/* RFC 6749 section 3.1: a query is kept, nothing twice, what is empty left out. */
START_TEST(parameters_and_who_decides_them)
{
	fake_set(&call.attributes, "authorization_endpoint", "https://a.example.com/auth?x=y");
	fake_set(&call.attributes, "request_scope", NULL);
	fake_set(&call.attributes, "resource", "https://api.example.com/");
	fake_set(&call.options, "prompt", "login");
	fake_set(&call.settings, "extra.authorize.[0].name", "nonce");
	fake_set(&call.settings, "extra.authorize.[0].value", "n 1");
	fake_set(&call.settings, "extra.authorize.[1].name", "hint");
	fake_set(&call.settings, "extra.authorize.[1].value", "");
	fake_set(&call.settings, "parameters.authorize.[0].name", "access_type");
	fake_set(&call.settings, "parameters.authorize.[0].value", "offline");
	fake_set(&call.settings, "parameters.authorize.[1].name", "prompt");
	fake_set(&call.settings, "parameters.authorize.[1].value", "consent");
	fake_set(&call.settings, "parameters.authorize.[2].name", "hint");
	fake_set(&call.settings, "parameters.authorize.[2].value", "x");
	fake_set(&call.settings, "parameters.authorize.[3].name", "access_type");
	fake_set(&call.settings, "parameters.authorize.[3].value", "twice");
	ck_assert_int_eq(answer("&code=1"), CREDENCE_SUCCESS);
	ck_assert_str_eq(
	    url(),
	    "https://a.example.com/auth?x=y&response_type=code&client_id=1000.A%26B&redirect_uri="
	    "http%3A%2F%2F127.0.0.1%3A8765%2Fcallback&prompt=login&nonce=n%201&access_type=offline"
	    "&resource=https%3A%2F%2Fapi.example.com%2F&state=" STATE
	    "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	    "&code_challenge_method=S256");
}
END_TEST

static const char *const own[] = {"response_type", "client_id", "redirect_uri",
				  "scope",         "state",     "code_challenge",
				  "resource",      "audience",  "code_challenge_method"};

START_TEST(what_only_the_grant_decides)
{
	fake_set(&call.settings, "extra.authorize.[0].name", own[_i]);
	fake_set(&call.settings, "extra.authorize.[0].value", "x");
	ck_assert_int_eq(answer("&code=1"), CREDENCE_CONFIG);
	ck_assert_ptr_nonnull(strstr(call.message, own[_i]));
	ck_assert_uint_eq(call.said.count, 0);
}
END_TEST

START_TEST(no_endpoint)
{
	fake_set(&call.attributes, "authorization_endpoint", NULL);
	ck_assert_int_eq(answer("&code=1"), CREDENCE_CONFIG);
}
END_TEST

static const char *const good_uris[] = {"http://127.0.0.1:8765/",         "http://[::1]:1/x/y?z=1",
					"http://localhost:65535",         "http://127.0.0.1/cb",
					"https://app.example.com/",       "https://app.example.com",
					"com.example.app:/oauth2redirect"};

START_TEST(redirect_uris)
{
	char text[512], base[256];
	const char *uri = good_uris[_i];

	fake_set(&call.attributes, "redirect_uri", uri);
	(void)snprintf(base, sizeof(base), "%s%s", uri,
		       strcmp(uri, "http://localhost:65535") == 0 ||
			       strcmp(uri, "https://app.example.com") == 0
			   ? "/"
			   : "");
	(void)snprintf(text, sizeof(text), "%s%ccode=1&state=" STATE, base,
		       strchr(base, '?') != NULL ? '&' : '?');
	ck_assert_int_eq(paste(text), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.params, "redirect_uri"), uri);
}
END_TEST

static const char *const bad_uris[] = {
    "",
    "/callback",
    "1http://x/",
    "http:",
    "http://127.0.0.1:8765/#",
    "http://127.0.0.1:8765/a b",
    "http://127.0.0.1:8765/\"",
    "http://127.0.0.1:65536/",
    "http://127.0.0.1:-1/",
    "http://127.0.0.1:0x10/",
    "http://127.0.0.1:/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1x:80/",
    "http://127.0.0.1@evil.example/",
    "http://[::1]evil.example/",
    "http://LOCALHOST:80/",
    "http://app.example.com/",
    "http://0.0.0.0:80/",
};

START_TEST(redirect_uris_that_cannot_be)
{
	fake_set(&call.attributes, "redirect_uri", bad_uris[_i]);
	ck_assert_int_eq(answer("&code=1"), CREDENCE_CONFIG);
	ck_assert_uint_eq(call.said.count, 0);
}
END_TEST

/* RFC 8252 section 7.3. */
START_TEST(any_port)
{
	fake_set(&call.settings, "redirect_any_port", "true");
	fake_set(&call.attributes, "redirect_uri",
		 _i == 0 ? "http://127.0.0.1:0/callback" : "http://127.0.0.1/callback");
	ck_assert_int_eq(paste("code=1&state=" STATE), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.params, "redirect_uri"), "http://127.0.0.1:55412/callback");
	ck_assert_ptr_nonnull(strstr(url(), "127.0.0.1%3A55412%2Fcallback"));
}
END_TEST

/* RFC 9110 section 4.2.3. */
START_TEST(port_80_goes_without_saying)
{
	fake_set(&call.attributes, "redirect_uri", "http://127.0.0.1:80/callback");
	ck_assert_int_eq(paste("http://127.0.0.1/callback?code=1&state=" STATE), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.params, "redirect_uri"), "http://127.0.0.1:80/callback");
}
END_TEST

static const char *const pasted[] = {
    REDIRECT "?code=1&state=" STATE, "  " REDIRECT "?state=" STATE "&code=1#_=_\t",
    "?code=1&state=" STATE,          "code=1&state=" STATE,
    "code=1&&state=" STATE "&",      "%63ode=%31&state=" STATE,
};

START_TEST(forms_of_an_answer)
{
	ck_assert_int_eq(paste(pasted[_i]), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.params, "code"), "1");
}
END_TEST

static const struct {
	const char *text;
	credence_rc rc;
} refused[] = {
    {"", CREDENCE_LOGIN},
    {"1000.abc", CREDENCE_LOGIN},
    {"http://127.0.0.1:8765/other?code=1&state=" STATE, CREDENCE_LOGIN},
    {"http://127.0.0.1:8765/callback/?code=1&state=" STATE, CREDENCE_LOGIN},
    {"http://127.0.0.1:8766/callback?code=1&state=" STATE, CREDENCE_LOGIN},
    {"http://127.0.0.1:8765/callbackx?code=1&state=" STATE, CREDENCE_LOGIN},
    {"https://evil.example/?code=1&state=" STATE, CREDENCE_LOGIN},
    {REDIRECT, CREDENCE_UNSAFE},
    {REDIRECT "?code=1", CREDENCE_UNSAFE},
    {REDIRECT "?code=1&state=", CREDENCE_UNSAFE},
    {REDIRECT "?code=1&state=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl", CREDENCE_UNSAFE},
    {REDIRECT "?code=1&state=" STATE "x", CREDENCE_UNSAFE},
    {REDIRECT "?code=1&state=" STATE "&state=" STATE, CREDENCE_UNSAFE},
    {REDIRECT "?code=1&state=" STATE "%", CREDENCE_UNSAFE},
    {REDIRECT "?code=1&state=" STATE "&x=%00", CREDENCE_UNSAFE},
    {REDIRECT "?code=1&state=" STATE "&x=%zz", CREDENCE_UNSAFE},
    {REDIRECT "?code=1&state=" STATE "&x=%f", CREDENCE_UNSAFE},
    {REDIRECT "?code=1&state=" STATE "&code=1", CREDENCE_UNSAFE},
    {REDIRECT "?code=1&state=" STATE "&location=eu&%6cocation=us", CREDENCE_UNSAFE},
    {REDIRECT "?code=1&state=" STATE "&error=x", CREDENCE_UNSAFE},
    {REDIRECT "?state=" STATE, CREDENCE_UNAVAIL},
    {REDIRECT "?state=" STATE "&code=", CREDENCE_UNAVAIL},
    {REDIRECT "?state=" STATE "&code=a%0a", CREDENCE_UNAVAIL},
};

START_TEST(what_is_no_answer_sends_nothing)
{
	ck_assert_int_eq(paste(refused[_i].text), refused[_i].rc);
	ck_assert_int_eq(call.failed, refused[_i].rc);
	ck_assert_ptr_nonnull(call.hint);
	ck_assert_int_eq(call.token_requests, 0);
	ck_assert_ptr_null(strstr(call.message, "1000"));
	ck_assert_uint_eq(call.put.count, 0);
}
END_TEST

START_TEST(more_parameters_than_anybody_needs)
{
	char more[2048] = "";

	for (int i = 0; i < 70; i++)
		(void)snprintf(more + strlen(more), sizeof(more) - strlen(more), "&p%d=x", i);
	ck_assert_int_eq(answer(more), CREDENCE_UNSAFE);
	ck_assert_int_eq(call.token_requests, 0);
}
END_TEST

START_TEST(an_error_is_the_catalogues)
{
	call.refused_rc = CREDENCE_DENIED;
	ck_assert_int_eq(answer("&error=access_denied&error_description=no+thanks"),
			 CREDENCE_DENIED);
	ck_assert_str_eq(call.code, "access_denied");
	ck_assert_str_eq(fake_get(&call.attributes, "refused.at"), "authorize");
	ck_assert_str_eq(fake_get(&call.attributes, "refused.description"), "no thanks");
	ck_assert_int_eq(call.token_requests, 0);
}
END_TEST

START_TEST(where_the_server_says_it_is_at_home)
{
	ck_assert_int_eq(
	    answer("&code=1&location=eu&accounts-server=https%3A%2F%2Faccounts.example.eu"),
	    CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.put, "answer.location"), "eu");
	ck_assert_str_eq(fake_get(&call.put, "answer.accounts-server"),
			 "https://accounts.example.eu");
	ck_assert_uint_eq(call.put.count, 2);
}
END_TEST

/* RFC 9207 section 2.4. */
static const struct {
	const char *issuer, *row_issuer, *answer;
	credence_rc rc;
} issuers[] = {
    {NULL, NULL, "&iss=https%3A%2F%2Faccounts.example.com", CREDENCE_SUCCESS},
    {NULL, NULL, "&iss=https%3A%2F%2Faccounts.example.com%2F", CREDENCE_UNSAFE},
    {NULL, NULL, "&iss=HTTPS%3A%2F%2Faccounts.example.com", CREDENCE_UNSAFE},
    {NULL, NULL, "&iss=https://accounts.example.eu&location=eu", CREDENCE_SUCCESS},
    {NULL, NULL, "&iss=https://accounts.example.eu&location=us", CREDENCE_UNSAFE},
    {NULL, NULL, "&iss=https://accounts.example.eu", CREDENCE_UNSAFE},
    {"https://issuer.example", NULL, "&iss=https://issuer.example", CREDENCE_SUCCESS},
    {"https://issuer.example", NULL, "&iss=https://accounts.example.com", CREDENCE_UNSAFE},
    {"https://issuer.example", NULL, "&iss=https://accounts.example.eu&location=eu",
     CREDENCE_UNSAFE},
    {"https://issuer.example", "https://eu.example", "&iss=https://eu.example&location=eu",
     CREDENCE_SUCCESS},
    {NULL, NULL, "&iss=https://evil.example&error=access_denied", CREDENCE_UNSAFE},
    {NULL, NULL, "", CREDENCE_SUCCESS},
};

START_TEST(whose_answer_it_is)
{
	char more[256];

	fake_set(&call.attributes, "issuer", issuers[_i].issuer);
	fake_set(&call.settings, "issuer", issuers[_i].issuer);
	fake_set(&call.settings, "datacenters.[0].location", "us");
	fake_set(&call.settings, "datacenters.[0].accounts_server", "https://accounts.example.com");
	fake_set(&call.settings, "datacenters.[1].location", "eu");
	fake_set(&call.settings, "datacenters.[1].accounts_server", "https://accounts.example.eu");
	fake_set(&call.settings, "datacenters.[1].issuer", issuers[_i].row_issuer);
	(void)snprintf(more, sizeof(more), "%s%s",
		       strstr(issuers[_i].answer, "error") == NULL ? "&code=1" : "",
		       issuers[_i].answer);
	ck_assert_int_eq(answer(more), issuers[_i].rc);
	ck_assert_int_eq(call.token_requests, issuers[_i].rc == CREDENCE_SUCCESS ? 1 : 0);
}
END_TEST

START_TEST(an_issuer_that_never_fails_to_say_so)
{
	fake_set(&call.settings, "authorization_response_iss_parameter_supported", "true");
	ck_assert_int_eq(answer("&code=1"), CREDENCE_UNSAFE);
	ck_assert_int_eq(answer("&code=1&iss=https://accounts.example.com"), CREDENCE_SUCCESS);
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

START_TEST(a_redirect_elsewhere_needs_a_person_who_brings_the_answer)
{
	fake_set(&call.attributes, "login.paste", NULL);
	fake_set(&call.attributes, "redirect_uri", "https://app.example.com/cb");
	ck_assert_int_eq(acquire(), CREDENCE_LOGIN);
	ck_assert_ptr_nonnull(strstr(call.hint, "--paste"));
	ck_assert_uint_eq(call.said.count, 0);
}
END_TEST

START_TEST(the_wait_ends)
{
	fake_set(&call.attributes, "login.paste", NULL);
	fake_set(&call.settings, "redirect_any_port", "true");
	fake_set(&call.attributes, "redirect_uri", "http://127.0.0.1:0/callback");
	fake_set(&call.options, "wait", "0s");
	ck_assert_int_eq(acquire(), CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.code, "no_answer");
	fake_set(&call.options, "wait", "1h");
	call.deadline = fake_clock() + 50;
	ck_assert_int_eq(acquire(), CREDENCE_UNAVAIL);
	call.deadline = 0;
	atomic_store(&call.cancelled, true);
	ck_assert_int_eq(acquire(), CREDENCE_CANCELLED);
	ck_assert_int_eq(call.token_requests, 0);
}
END_TEST

START_TEST(answers_of_the_token_request_are_passed_on)
{
	call.token_rc = _i;
	ck_assert_int_eq(answer("&code=1"), _i);
	ck_assert_int_eq(call.token_requests, 1);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	Suite *suite = suite_create("module grant server_based");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, renewing_and_revoking_are_the_hosts);
	tcase_add_test(tests, rfc_7636_b_the_request);
	tcase_add_test(tests, the_code_is_redeemed);
	tcase_add_test(tests, parameters_and_who_decides_them);
	tcase_add_loop_test(tests, what_only_the_grant_decides, 0, COUNT(own));
	tcase_add_test(tests, no_endpoint);
	tcase_add_loop_test(tests, redirect_uris, 0, COUNT(good_uris));
	tcase_add_loop_test(tests, redirect_uris_that_cannot_be, 0, COUNT(bad_uris));
	tcase_add_test(tests, port_80_goes_without_saying);
	tcase_add_loop_test(tests, any_port, 0, 2);
	tcase_add_loop_test(tests, forms_of_an_answer, 0, COUNT(pasted));
	tcase_add_loop_test(tests, what_is_no_answer_sends_nothing, 0, COUNT(refused));
	tcase_add_test(tests, more_parameters_than_anybody_needs);
	tcase_add_test(tests, an_error_is_the_catalogues);
	tcase_add_test(tests, where_the_server_says_it_is_at_home);
	tcase_add_loop_test(tests, whose_answer_it_is, 0, COUNT(issuers));
	tcase_add_test(tests, an_issuer_that_never_fails_to_say_so);
	tcase_add_test(tests, nobody_is_there);
	tcase_add_test(tests, a_redirect_elsewhere_needs_a_person_who_brings_the_answer);
	tcase_add_test(tests, the_wait_ends);
	tcase_add_loop_test(tests, answers_of_the_token_request_are_passed_on, 0,
			    CREDENCE_RC_COUNT);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
