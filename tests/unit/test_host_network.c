/* SPDX-License-Identifier: MIT */
/* Host services: the network, for those who ask and for the transport that answers. */
#include "core/module/origin.h"

#include "host_stage.h"

static struct credence_call *const call = &stage.world.call;

/* -- Where requests may go -- */

START_TEST(origins)
{
	static const struct {
		const char *url;
		bool allowed;
	} cases[] = {
	    {"https://accounts.example/x?y", true},
	    {"https://token.example/", true},
	    {"https://sheets.example/", true},
	    {"https://us.example/oauth", true},
	    {"https://api.us.example/", true},
	    {"https://alias.us.example/", true},
	    {"https://sheets.us.example:8443/", true},
	    {"https://sheets.us.example/", false},
	    {"http://accounts.example/", false},
	    {"https://accounts.example:444/", false},
	    {"https://accounts.example.evil.example/", false},
	    {"https://accounts.example@evil.example/", false},
	    {"https://evil.example/", false},
	    {"https://eu.example/", false},
	    {"/revoke", false},
	    {"", false},
	};
	size_t i;

	/* Neither a record nor a module can add to them. */
	ck_assert(attributes_set(&stage.work.known, "accounts_server", "https://eu.example"));
	ck_assert(attributes_set(&stage.work.known, "token_endpoint", "https://evil.example/t"));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(origin_allowed(call, cases[i].url) == cases[i].allowed, "%s",
			      cases[i].url);
}
END_TEST

/* -- The network -- */

static unsigned http_calls;
static const char *asked_url;
static credence_rc http_answers = CREDENCE_SUCCESS;

static credence_rc fake_http(struct credence_call *calling, const struct credence_request *request,
			     struct http_answer *answer)
{
	http_calls++;
	ck_assert_str_eq(request->url, asked_url);
	ck_assert_uint_eq(request->size, sizeof(*request));
	calling->work->sent = true;
	if (http_answers != CREDENCE_SUCCESS)
		return call_fail(calling, http_answers, "no answer");
	answer->status = 404;
	ck_assert(attributes_set(&answer->header, "content-type", "text/plain"));
	buf_add(&answer->body, "no\0thing", 8);
	return CREDENCE_SUCCESS;
}

static credence_rc ask(void)
{
	const struct credence_request request = {
	    .size = sizeof(request), .method = "GET", .url = asked_url};
	const struct credence_response *response = NULL;
	credence_rc rc = HOST->http(call, &request, &response);

	if (rc != CREDENCE_SUCCESS) {
		ck_assert_ptr_null(response);
		return rc;
	}
	ck_assert_int_eq(response->status, 404);
	ck_assert_uint_eq(response->header_count, 1);
	ck_assert_str_eq(response->headers[0].name, "content-type");
	ck_assert_str_eq(response->headers[0].value, "text/plain");
	ck_assert_uint_eq(response->body_length, 8);
	ck_assert_mem_eq(response->body, "no\0thing", 9);
	return CREDENCE_MISS;
}

static credence_rc ask_twice(void)
{
	ck_assert_int_eq(ask(), CREDENCE_MISS);
	return ask();
}

START_TEST(http)
{
	stage.work.http = fake_http;
	asked_url = "https://us.example/x";
	stage.step = ask_twice;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_MISS);
	ck_assert_uint_eq(http_calls, 2);
	/* What left was no token request. */
	ck_assert(!stage.work.sent);
	stage.work.sent = true;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_MISS);
	ck_assert(stage.work.sent);
	http_answers = CREDENCE_UNAVAIL;
	stage.step = ask;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_UNAVAIL);
	stage_expect(CREDENCE_UNAVAIL, "no answer");
}
END_TEST

START_TEST(http_refused)
{
	stage.work.http = fake_http;
	stage.step = ask;
	asked_url = "https://evil.example/x";
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_UNSAFE);
	stage_expect(CREDENCE_UNSAFE, "evil.example is no host of provider p");
	asked_url = "https://us.example\\@evil.example/";
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_UNSAFE);
	stage_expect(CREDENCE_UNSAFE, "refused to call a URL: ");
	asked_url = NULL;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_ERROR);
	asked_url = "https://us.example/";
	call->flags = CALL_NO_NETWORK;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_UNAVAIL);
	stage_expect(CREDENCE_UNAVAIL, "this needs the network, which --no-network forbids");
	call->flags = 0;
	stage.work.http = NULL;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_CONFIG);
	ck_assert_uint_eq(http_calls, 0);
}
END_TEST

static unsigned token_requests;
static uint32_t param_count;
static const char *first_param;

static credence_rc fake_token_request(struct credence_call *calling,
				      const struct credence_param *params, uint32_t count)
{
	ck_assert_ptr_eq(calling, call);
	ck_assert_uint_eq(count, param_count);
	ck_assert_str_eq(params[0].name, "grant_type");
	token_requests++;
	return stage_put_token();
}

static credence_rc request_token(void)
{
	const struct credence_param params[] = {{first_param, "x"}, {"code", "y"}};

	return HOST->token_request(call, params, param_count);
}

START_TEST(token_request)
{
	stage.work.token_request = fake_token_request;
	stage.step = request_token;
	first_param = "grant_type";
	param_count = 2;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_SUCCESS);
	ck_assert(stage.frame.has_token);
	ck_assert_uint_eq(token_requests, 1);
	param_count = 0;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_ERROR);
	param_count = 2;
	first_param = "code";
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_ERROR);
	stage_expect(CREDENCE_ERROR, "begins with the parameter grant_type");
	first_param = "grant_type";
	call->flags = CALL_NO_NETWORK;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_UNAVAIL);
	stage_expect(CREDENCE_UNAVAIL, "this needs the network, which --no-network forbids");
	call->flags = 0;
	stage.work.token_request = NULL;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_CONFIG);
	ck_assert_uint_eq(token_requests, 1);
}
END_TEST

/* -- The transport -- */

static struct http_answer answer;

static credence_rc perform(void)
{
	const struct credence_request request = {.size = sizeof(request)};
	credence_rc rc;

	frame_done(&stage.frame);
	frame_init(&stage.frame);
	call_clear(call);
	stage.frame.answer = &answer;
	rc = entry_perform(call, &stage.entry, &stage.frame, &request);
	return rc;
}

static credence_rc answer_well(void)
{
	ck_assert(!stage.work.sent);
	HOST->sent(call);
	ck_assert(stage.work.sent);
	ck_assert_int_eq(HOST->put_status(call, 100), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_header(call, "X-Early", "1"), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_status(call, 200), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_header(call, "Retry-After", "1"), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_header(call, "retry-after", "2"), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_header(call, NULL, "2"), CREDENCE_ERROR);
	ck_assert_int_eq(HOST->put_header(call, "a", NULL), CREDENCE_ERROR);
	ck_assert_int_eq(HOST->put_body(call, "01234", 5), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_body(call, "", 0), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_body(call, "56789", 5), CREDENCE_SUCCESS);
	return CREDENCE_SUCCESS;
}

static credence_rc answer_too_long(void)
{
	ck_assert_int_eq(HOST->put_status(call, 200), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_body(call, "01234", 5), CREDENCE_SUCCESS);
	return HOST->put_body(call, "567890", 6);
}

static credence_rc answer_huge(void)
{
	return HOST->put_body(call, "", SIZE_MAX);
}

static credence_rc answer_long_headers(void)
{
	char value[1025], name[16];
	credence_rc rc = CREDENCE_SUCCESS;
	int i;

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	ck_assert_int_eq(HOST->put_status(call, 200), CREDENCE_SUCCESS);
	for (i = 0; i < 100 && rc == CREDENCE_SUCCESS; i++) {
		(void)snprintf(name, sizeof(name), "name%d", i);
		rc = HOST->put_header(call, name, value);
	}
	ck_assert_int_gt(i, 50);
	return rc;
}

START_TEST(transport_answers)
{
	answer = (struct http_answer){.body = BUF_SECRET, .max_body = 10};
	stage_become(CREDENCE_ROLE_TRANSPORT);
	stage.step = answer_well;
	ck_assert_int_eq(perform(), CREDENCE_SUCCESS);
	ck_assert_int_eq(answer.status, 200);
	ck_assert_uint_eq(answer.header.count, 1);
	ck_assert_str_eq(attributes_get(&answer.header, "retry-after"), "1");
	ck_assert_uint_eq(answer.body.length, 10);
	ck_assert_str_eq(answer.body.data, "0123456789");
	http_answer_done(&answer);
}
END_TEST

START_TEST(transport_is_bounded)
{
	stage_become(CREDENCE_ROLE_TRANSPORT);
	answer = (struct http_answer){.body = BUF_SECRET, .max_body = 10};
	stage.step = answer_too_long;
	ck_assert_int_eq(perform(), CREDENCE_UNAVAIL);
	stage_expect(CREDENCE_UNAVAIL, "the answer is longer than the 10 bytes that are read");
	stage.step = answer_huge;
	ck_assert_int_eq(perform(), CREDENCE_UNAVAIL);
	stage.step = answer_long_headers;
	ck_assert_int_eq(perform(), CREDENCE_UNAVAIL);
	stage_expect(CREDENCE_UNAVAIL,
		     "the answer's headers are longer than the 65536 bytes that are read");
	http_answer_done(&answer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host_network");
	TCase *tests = tcase_create("host_network");

	tcase_add_checked_fixture(tests, stage_set, stage_clear);
	tcase_add_test(tests, origins);
	tcase_add_test(tests, http);
	tcase_add_test(tests, http_refused);
	tcase_add_test(tests, token_request);
	tcase_add_test(tests, transport_answers);
	tcase_add_test(tests, transport_is_bounded);
	suite_add_tcase(suite, tests);
	return world_run(suite);
}
