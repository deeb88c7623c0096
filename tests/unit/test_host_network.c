/* SPDX-License-Identifier: MIT */
/* Host services: the network, for those who ask and for the transport that answers. */
#include "core/module/origin.h"
#include "core/os/clock.h"

#include "host_stage.h"
#include "suite.h"

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

static struct credence_request incomplete;

static credence_rc ask_incompletely(void)
{
	const struct credence_response *response = NULL;

	return HOST->http(call, &incomplete, &response);
}

/* What a module did not look at, such as an option that is absent. */
START_TEST(http_incomplete)
{
	const struct credence_param no_value = {"authorization", NULL}, no_name = {NULL, "x"};
	const struct credence_request whole = {.size = sizeof(whole),
					       .method = "GET",
					       .url = "https://us.example/x",
					       .header_count = 1};

	stage.work.http = fake_http;
	stage.step = ask_incompletely;
	incomplete = whole;
	incomplete.headers = &no_value;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_ERROR);
	stage_expect(CREDENCE_ERROR, "a header of a request has no name or no value");
	incomplete.headers = &no_name;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_ERROR);
	incomplete.header_count = 0;
	incomplete.method = NULL;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_ERROR);
	stage_expect(CREDENCE_ERROR, "a request has no method");
	incomplete.url = NULL;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_ERROR);
	stage_expect(CREDENCE_ERROR, "a request has no URL");
	ck_assert_uint_eq(http_calls, 0);
}
END_TEST

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

/* -- Servers of a module's own -- */

static struct credence_request own;
static int64_t own_deadline; /* while it was under way */

static credence_rc fake_own_http(struct credence_call *calling,
				 const struct credence_request *request, struct http_answer *answer)
{
	http_calls++;
	own = *request;
	own_deadline = calling->deadline;
	ck_assert_ptr_null(calling->work->trace);
	calling->work->sent = true;
	if (http_answers != CREDENCE_SUCCESS)
		return call_fail(calling, http_answers, "no answer");
	answer->status = 200;
	return CREDENCE_SUCCESS;
}

/* What a module would like to decide by itself does not count. */
static struct credence_request own_request;

static credence_rc ask_own(void)
{
	const struct credence_response *response = NULL;
	credence_rc rc = HOST->http(call, &own_request, &response);

	return rc == CREDENCE_SUCCESS ? CREDENCE_MISS : rc;
}

static void own_begin(void)
{
	stage_become(CREDENCE_ROLE_STORE);
	stage.work.http = fake_own_http;
	stage.step = ask_own;
	http_calls = 0;
	http_answers = CREDENCE_SUCCESS;
	memset(&own, 0, sizeof(own));
	own_request = (struct credence_request){.size = sizeof(own_request),
						.method = "POST",
						.url = "https://db.example:2379/v3/kv/range",
						.proxy = "http://evil.example",
						.ca_file = "/evil/ca",
						.client_cert = "/evil/cert",
						.servers = "servers",
						.server_ca = "trusted",
						.server_cert = "no_file"};
}

START_TEST(own_servers)
{
	static struct trace trace;

	own_begin();
	stage.work.trace = &trace;
	ck_assert_int_eq(stage_run("load"), CREDENCE_MISS);
	ck_assert_ptr_eq(stage.work.trace, &trace);
	ck_assert_uint_eq(trace.count, 0);
	ck_assert(!stage.work.sent);
	ck_assert_str_eq(own.ca_file, "/etc/passwd");
	ck_assert_ptr_null(own.client_cert);
	ck_assert_ptr_null(own.proxy);
	own_request.server_ca = own_request.server_cert = NULL;
	own_request.url = "http://127.0.0.1:2379/";
	ck_assert_int_eq(stage_run("unlock"), CREDENCE_MISS);
	ck_assert_ptr_null(own.ca_file);
	ck_assert_ptr_null(own.client_cert);
	ck_assert_uint_eq(http_calls, 2);
	http_answers = CREDENCE_UNAVAIL;
	ck_assert_int_eq(stage_run("save"), CREDENCE_UNAVAIL);
	stage_expect(CREDENCE_UNAVAIL, "stub: no answer");
	ck_assert_str_eq(call->failure.hint, "check servers of store stub, and that they run");
}
END_TEST

/* Neither goes where the other may. */
START_TEST(own_servers_and_no_others)
{
	static const struct {
		const char *servers, *url, *message;
	} cases[] = {
	    {"servers", "https://us.example/oauth", "us.example is none of the servers in option"},
	    {"servers", "https://db.example/", "db.example is none of the servers"},
	    {"servers", "http://127.0.0.1:2380/", "127.0.0.1 is none of the servers"},
	    {"servers", "http://db.example:2379/", "refused to call a URL: "},
	    {"words", "https://x/", "x is none of the servers in option words"},
	    {"none", "https://db.example:2379/", "none of the servers in option none"},
	    {NULL, "https://db.example:2379/", "db.example is no host of provider p"},
	    {NULL, "http://127.0.0.1:2379/", "127.0.0.1 is no host of provider p"},
	};

	own_begin();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		own_request.servers = cases[i].servers;
		own_request.url = cases[i].url;
		ck_assert_int_eq(stage_run("load"), CREDENCE_UNSAFE);
		stage_expect(CREDENCE_UNSAFE, cases[i].message);
		ck_assert(!origin_allowed(call, "https://db.example:2379/"));
	}
	ck_assert_uint_eq(http_calls, 0);
}
END_TEST

START_TEST(own_servers_and_files)
{
	own_begin();
	own_request.server_ca = "gone";
	ck_assert_int_eq(stage_run("load"), CREDENCE_CONFIG);
	stage_expect(CREDENCE_CONFIG, "there is no file /nonexistent");
	own_request.server_ca = "trusted";
	own_request.server_cert = "key_file";
	ck_assert_int_eq(stage_run("load"), CREDENCE_UNSAFE);
	stage_expect(CREDENCE_UNSAFE, "others can read it");
	own_request.server_cert = "text";
	ck_assert_int_eq(stage_run("load"), CREDENCE_ERROR);
	stage_expect(CREDENCE_ERROR, "has no option text that is a file");
	ck_assert_uint_eq(http_calls, 0);
}
END_TEST

START_TEST(own_servers_without_a_network)
{
	own_begin();
	call->flags = CALL_NO_NETWORK;
	ck_assert_int_eq(stage_run("load"), CREDENCE_UNAVAIL);
	stage_expect(CREDENCE_UNAVAIL, "this needs the network, which --no-network forbids");
	own_request.url = "http://127.0.0.1:2379/v3/kv/range";
	ck_assert_int_eq(stage_run("load"), CREDENCE_MISS);
	ck_assert_uint_eq(http_calls, 1);
	/* A trace reads, and does nothing else. */
	call->flags = CALL_DRY;
	own_request.url = "https://db.example:2379/v3/kv/range";
	ck_assert_int_eq(stage_run("load"), CREDENCE_MISS);
	stage_become(CREDENCE_ROLE_GRANT);
	ck_assert_int_eq(stage_run("renew"), CREDENCE_UNAVAIL);
	stage_expect(CREDENCE_UNAVAIL, "nothing is sent while tracing");
	ck_assert_uint_eq(http_calls, 2);
}
END_TEST

START_TEST(a_time_for_one_request)
{
	int64_t now = clock_boot();

	own_begin();
	call->deadline = now + 20000;
	own_request.timeout = 5000;
	ck_assert_int_eq(stage_run("load"), CREDENCE_MISS);
	ck_assert_int_ge(own_deadline, now + 5000);
	ck_assert_int_lt(own_deadline, now + 15000);
	own_request.timeout = 60000;
	ck_assert_int_eq(stage_run("load"), CREDENCE_MISS);
	ck_assert_int_eq(own_deadline, now + 20000);
	own_request.timeout = 0;
	ck_assert_int_eq(stage_run("load"), CREDENCE_MISS);
	ck_assert_int_eq(own_deadline, now + 20000);
	ck_assert_int_eq(call->deadline, now + 20000);
	call->deadline = 0;
	own_request.timeout = 5000;
	ck_assert_int_eq(stage_run("load"), CREDENCE_MISS);
	ck_assert_int_ge(own_deadline, now + 5000);
	ck_assert_int_eq(call->deadline, 0);
}
END_TEST

static unsigned token_requests;
static uint32_t param_count;
static const char *first_param, *first_value = "x";

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
	const struct credence_param params[] = {{first_param, first_value}, {"code", "y"}};

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
	first_value = NULL;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_ERROR);
	stage_expect(CREDENCE_ERROR, "begins with the parameter grant_type");
	first_value = "";
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_ERROR);
	first_value = "x";
	call->flags = CALL_NO_NETWORK;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_UNAVAIL);
	stage_expect(CREDENCE_UNAVAIL, "this needs the network, which --no-network forbids");
	call->flags = 0;
	stage.work.token_request = NULL;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_CONFIG);
	ck_assert_uint_eq(token_requests, 1);
}
END_TEST

static unsigned endpoint_requests;
static const char *posted_to;
static credence_rc endpoint_answers;

static credence_rc fake_endpoint_request(struct credence_call *calling, const char *endpoint,
					 const struct credence_param *params, uint32_t count)
{
	ck_assert_ptr_eq(calling, call);
	ck_assert_str_eq(endpoint, posted_to);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(params[0].name, "scope");
	endpoint_requests++;
	calling->work->sent = true;
	if (endpoint_answers != CREDENCE_SUCCESS)
		return call_fail(calling, endpoint_answers, "no answer");
	ck_assert(attributes_set(&calling->work->known, "answer.user_code", "ABCD"));
	return CREDENCE_SUCCESS;
}

static credence_rc post(void)
{
	const struct credence_param params[] = {{"scope", "a"}};
	credence_rc rc = HOST->endpoint_request(call, posted_to, params, 1);

	if (rc == CREDENCE_SUCCESS)
		ck_assert_str_eq(HOST->attribute(call, "answer.user_code"), "ABCD");
	return rc;
}

static credence_rc post_and_miss(void)
{
	credence_rc rc = post();

	return rc == CREDENCE_SUCCESS ? CREDENCE_MISS : rc;
}

START_TEST(endpoint_request)
{
	stage.work.endpoint_request = fake_endpoint_request;
	stage.step = post_and_miss;
	posted_to = "device_authorization_endpoint";
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_MISS);
	ck_assert_int_eq(stage_run("renew"), CREDENCE_MISS);
	stage.step = post;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(endpoint_requests, 3);
	/* What left was no token request, and does not undo that one left. */
	ck_assert(!stage.work.sent);
	stage.work.sent = true;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_SUCCESS);
	ck_assert(stage.work.sent);
	endpoint_answers = CREDENCE_UNAVAIL;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_UNAVAIL);
	stage_expect(CREDENCE_UNAVAIL, "no answer");
}
END_TEST

START_TEST(endpoint_request_refused)
{
	static const char *const others[] = {"token_endpoint", "device_token_endpoint",
					     "authorization_endpoint", NULL};
	size_t i;

	stage.work.endpoint_request = fake_endpoint_request;
	stage.step = post;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		posted_to = others[i];
		ck_assert_int_eq(stage_run("revoke"), CREDENCE_ERROR);
		stage_expect(CREDENCE_ERROR, "endpoint_request is not for the ");
	}
	posted_to = "introspection_endpoint";
	call->flags = CALL_NO_NETWORK;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_UNAVAIL);
	stage_expect(CREDENCE_UNAVAIL, "this needs the network, which --no-network forbids");
	call->flags = 0;
	stage.work.endpoint_request = NULL;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_CONFIG);
	ck_assert_uint_eq(endpoint_requests, 0);
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
	tcase_add_test(tests, http_incomplete);
	tcase_add_test(tests, http_refused);
	tcase_add_test(tests, own_servers);
	tcase_add_test(tests, own_servers_and_no_others);
	tcase_add_test(tests, own_servers_and_files);
	tcase_add_test(tests, own_servers_without_a_network);
	tcase_add_test(tests, a_time_for_one_request);
	tcase_add_test(tests, token_request);
	tcase_add_test(tests, endpoint_request);
	tcase_add_test(tests, endpoint_request_refused);
	tcase_add_test(tests, transport_answers);
	tcase_add_test(tests, transport_is_bounded);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
