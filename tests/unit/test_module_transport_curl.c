/* SPDX-License-Identifier: MIT */
/*
 * The transport "curl" against a server in a thread of the test: what is sent byte for byte, what
 * is refused before anything is sent, and how it ends when the server misbehaves. TLS is not tested
 * here.
 */
#include "fake_host.h"

#include "suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct credence_module *module;
static struct credence_call call;
static struct credence_self *self;

/* -- The server: takes one connection, reads one request, then does as told -- */

enum manner {
	ANSWER,  /* sends text and closes */
	RESET,   /* resets the connection after the request */
	SILENT,  /* says nothing */
	DRIP,    /* text, then a byte now and then */
	ENDLESS, /* text, then bytes for ever, in one line */
	FLOOD,   /* text, then header lines for ever */
};

static struct server {
	enum manner manner;
	const char *text;
	int listener;
	int port;
	bool running;
	atomic_bool stop;
	atomic_int connections;
	pthread_t thread;
	char request[65536]; /* what came; read it once the server is stopped */
	size_t length;
} server;

/* Has the whole request come? */
static bool is_whole(void)
{
	const char *end = strstr(server.request, "\r\n\r\n");
	const char *length = strcasestr(server.request, "\r\nContent-Length:");

	if (end == NULL)
		return false;
	return length == NULL || server.length - (size_t)(end + 4 - server.request) >=
				     strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
}

static void read_request(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	ssize_t got = 1;

	while (got > 0 && !is_whole() && !atomic_load(&server.stop)) {
		if (poll(&ready, 1, 10) <= 0)
			continue;
		got = recv(fd, server.request + server.length,
			   sizeof(server.request) - 1 - server.length, 0);
		if (got > 0)
			server.length += (size_t)got;
	}
}

static bool say(int fd, const char *text)
{
	return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

/* Until the other side has gone or the test ends. */
static void repeat(int fd, const char *text, int pause)
{
	struct pollfd gone = {.fd = fd, .events = POLLRDHUP};

	while (!atomic_load(&server.stop) && (text[0] == '\0' || say(fd, text)))
		if (poll(&gone, 1, pause) > 0)
			return;
}

static void serve(int fd)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	read_request(fd);
	if (server.text != NULL)
		(void)say(fd, server.text);
	if (server.manner == RESET)
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	else if (server.manner == SILENT)
		repeat(fd, "", 10);
	else if (server.manner == DRIP)
		repeat(fd, "x", 100);
	else if (server.manner == FLOOD)
		repeat(fd, "X-Flood: 0123456789012345678901234567890123456789012345\r\n", 0);
	else if (server.manner == ENDLESS)
		repeat(fd, "0123456789012345678901234567890123456789012345678901234567890123", 0);
}

static void *server_run(void *unused)
{
	struct pollfd ready = {.fd = server.listener, .events = POLLIN};
	int fd;

	(void)unused;
	while (!atomic_load(&server.stop)) {
		if (poll(&ready, 1, 10) <= 0)
			continue;
		fd = accept(server.listener, NULL, NULL);
		if (fd < 0)
			continue;
		atomic_fetch_add(&server.connections, 1);
		serve(fd);
		(void)close(fd);
	}
	return NULL;
}

static void server_start(enum manner manner, const char *text)
{
	server.manner = manner;
	server.text = text;
	server.running = true;
	ck_assert_int_eq(pthread_create(&server.thread, NULL, server_run, NULL), 0);
}

/* The port, before anybody serves there. */
static void server_bind(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);

	server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(server.listener, (struct sockaddr *)&address, length), 0);
	ck_assert_int_eq(listen(server.listener, 8), 0);
	ck_assert_int_eq(getsockname(server.listener, (struct sockaddr *)&address, &length), 0);
	server.port = ntohs(address.sin_port);
}

static void server_stop(void)
{
	atomic_store(&server.stop, true);
	if (server.running)
		(void)pthread_join(server.thread, NULL);
	server.running = false;
}

/* -- Requests -- */

static char url[256];
static struct credence_request request;

static void setup(void)
{
	module = fake_module("transport", "curl");
	fake_init(&call, module);
	call.deadline = fake_clock() + 10000;
	self = fake_open(&call);
	memset(&server, 0, sizeof(server));
	server_bind();
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/token?SECRETQUERY", server.port);
	request = (struct credence_request){.size = sizeof(request),
					    .method = "POST",
					    .url = url,
					    .host = "127.0.0.1",
					    .port = server.port,
					    .body = "grant_type=x&code=\0y",
					    .body_length = 20};
}

static void teardown(void)
{
	server_stop();
	(void)close(server.listener);
	module->close(self);
	fake_done(&call);
}

static credence_rc perform(void)
{
	return module->ops.transport->perform(self, &call, &request);
}

/* Ends the server, so that what came may be read. */
static const char *request_seen(void)
{
	server_stop();
	return server.request;
}

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"

/* -- What is sent -- */

START_TEST(an_answer_arrives_whole)
{
	server_start(ANSWER, "HTTP/1.1 400 Bad Request\r\nContent-Type:\t application/json \r\n"
			     "X-Empty:\r\nContent-Length: 5\r\n\r\nhel\177o");
	ck_assert_int_eq(perform(), CREDENCE_SUCCESS);
	ck_assert_int_eq(call.status, 400);
	ck_assert_int_eq(call.sent, 1);
	ck_assert_int_eq(call.failed, CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.headers, "Content-Type"), "application/json");
	ck_assert_str_eq(fake_get(&call.headers, "X-Empty"), "");
	ck_assert_uint_eq(call.headers.count, 3);
	ck_assert_str_eq(call.body.item[0].value, "hel\177o");
}
END_TEST

START_TEST(the_request_is_what_was_asked_for_and_no_more)
{
	const struct credence_param headers[] = {
	    {"Content-Type", "application/x-www-form-urlencoded"}, {"X-Empty", ""}};
	const char *seen;
	char host[64];

	request.headers = headers;
	request.header_count = 2;
	server_start(ANSWER, OK_ANSWER);
	ck_assert_int_eq(perform(), CREDENCE_SUCCESS);
	seen = request_seen();
	ck_assert_int_eq(strncmp(seen, "POST /token?SECRETQUERY HTTP/1.1\r\n", 34), 0);
	(void)snprintf(host, sizeof(host), "\r\nHost: 127.0.0.1:%d\r\n", server.port);
	ck_assert_ptr_nonnull(strstr(seen, host));
	ck_assert_ptr_nonnull(strstr(seen, "\r\nUser-Agent: credence/"));
	ck_assert_ptr_nonnull(
	    strstr(seen, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
	ck_assert_ptr_nonnull(strstr(seen, "\r\nX-Empty:\r\n"));
	ck_assert_ptr_nonnull(strstr(seen, "\r\nContent-Length: 20\r\n"));
	ck_assert_mem_eq(server.request + server.length - 20, request.body, 20);
	ck_assert_ptr_null(strstr(seen, "Expect"));
	ck_assert_ptr_null(strstr(seen, "Encoding"));
	ck_assert_ptr_null(strstr(seen, "Authorization"));
	ck_assert_ptr_null(strstr(seen, "Cookie"));
}
END_TEST

START_TEST(a_body_without_a_type_is_not_given_one)
{
	server_start(ANSWER, OK_ANSWER);
	ck_assert_int_eq(perform(), CREDENCE_SUCCESS);
	ck_assert_ptr_null(strcasestr(request_seen(), "content-type"));
}
END_TEST

static const struct {
	const char *method, *body, *line, *length;
} methods[] = {
    {"GET", NULL, "GET /token", NULL},
    {"DELETE", NULL, "DELETE /token", NULL},
    {"POST", NULL, "POST /token", "\r\nContent-Length: 0\r\n"},
    {"PUT", NULL, "PUT /token", "\r\nContent-Length: 0\r\n"},
    {"PATCH", "{}", "PATCH /token", "\r\nContent-Length: 2\r\n"},
    {"GET", "{}", "GET /token", "\r\nContent-Length: 2\r\n"},
};

START_TEST(every_method_goes_out_as_it_is)
{
	const char *seen;

	request.method = methods[_i].method;
	request.body = methods[_i].body;
	request.body_length = request.body == NULL ? 0 : strlen(request.body);
	server_start(ANSWER, OK_ANSWER);
	ck_assert_int_eq(perform(), CREDENCE_SUCCESS);
	ck_assert_str_eq(call.body.item[0].value, "hello");
	seen = request_seen();
	ck_assert_int_eq(strncmp(seen, methods[_i].line, strlen(methods[_i].line)), 0);
	if (methods[_i].length != NULL)
		ck_assert_ptr_nonnull(strstr(seen, methods[_i].length));
	else
		ck_assert_ptr_null(strcasestr(seen, "content-length"));
}
END_TEST

START_TEST(head_has_no_body)
{
	request.method = "HEAD";
	request.body = NULL;
	server_start(ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
	ck_assert_int_eq(perform(), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.body.count, 0);
	ck_assert_int_eq(strncmp(request_seen(), "HEAD ", 5), 0);
}
END_TEST

START_TEST(a_redirect_is_an_answer_like_any_other)
{
	char text[256];
	static const int codes[] = {301, 302, 307, 308};

	(void)snprintf(text, sizeof(text),
		       "HTTP/1.1 %d Moved\r\nLocation: http://127.0.0.1:%d/other\r\n"
		       "Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n",
		       codes[_i], server.port);
	server_start(ANSWER, text);
	ck_assert_int_eq(perform(), CREDENCE_SUCCESS);
	ck_assert_int_eq(call.status, codes[_i]);
	ck_assert_ptr_nonnull(fake_get(&call.headers, "Location"));
	ck_assert_int_eq(call.sent, 1);
	ck_assert_int_eq(atomic_load(&server.connections), 1);
}
END_TEST

START_TEST(a_401_is_not_asked_again)
{
	server_start(ANSWER, "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
			     "Content-Length: 0\r\n\r\n");
	ck_assert_int_eq(perform(), CREDENCE_SUCCESS);
	ck_assert_int_eq(call.status, 401);
	ck_assert_int_eq(atomic_load(&server.connections), 1);
}
END_TEST

START_TEST(interim_answers_and_trailers_are_passed_over)
{
	server_start(ANSWER, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
			     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
			     "5\r\nhello\r\n0\r\nX-Trailer: late\r\nHTTP/1.1 500: no\r\n\r\n");
	ck_assert_int_eq(perform(), CREDENCE_SUCCESS);
	ck_assert_int_eq(call.status, 200);
	ck_assert_uint_eq(call.headers.count, 1);
	ck_assert_str_eq(call.body.item[0].value, "hello");
}
END_TEST

START_TEST(the_proxy_of_the_environment_does_not_count)
{
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	server_start(ANSWER, OK_ANSWER);
	ck_assert_int_eq(perform(), CREDENCE_SUCCESS);
}
END_TEST

START_TEST(nor_does_any_proxy_for_a_loopback_address)
{
	request.proxy = "http://127.0.0.1:1";
	server_start(ANSWER, OK_ANSWER);
	ck_assert_int_eq(perform(), CREDENCE_SUCCESS);
}
END_TEST

START_TEST(the_given_proxy_counts_whatever_the_environment_excepts)
{
	char proxy[64];

	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", server.port);
	setenv("no_proxy", "*", 1);
	request.url = "https://accounts.example/token";
	request.host = "accounts.example";
	request.port = 443;
	request.proxy = proxy;
	server_start(ANSWER, "HTTP/1.1 407 No\r\nX-Proxy: 1\r\nContent-Length: 0\r\n\r\n");
	ck_assert_int_eq(perform(), CREDENCE_UNAVAIL);
	ck_assert_int_eq(call.sent, 0);
	ck_assert_int_eq(call.status, 0);
	ck_assert_int_eq(strncmp(request_seen(), "CONNECT accounts.example:443 ", 29), 0);
	ck_assert_ptr_null(strstr(server.request, "grant_type"));
}
END_TEST

/* -- What is refused before anything is sent -- */

static const struct {
	const char *url, *host;
	int port;
} refused[] = {
    {"http://127.0.0.1:%d/", "127.0.0.2", 0},
    {"http://127.0.0.1:%d/", "127.0.0.1", 1},
    {"http://localhost:%d/", "localhost", 0},
    {"http://127.1:%d/", "127.1", 0},
    {"http://127.0.0.1:%d@evil.example/", "127.0.0.1", 0},
    {"http://user:pass@127.0.0.1:%d/", "127.0.0.1", 0},
    {"http://127.0.0.1:%d\\@evil.example/", "127.0.0.1", 0},
    {"ftp://127.0.0.1:%d/", "127.0.0.1", 0},
    {"file:///etc/hostname", "", 0},
    {"127.0.0.1:%d/", "127.0.0.1", 0},
    {"http:///x", "", 0},
    {"", "127.0.0.1", 0},
    {"http://accounts.example:%d/", "accounts.example", 0},
};

START_TEST(a_url_that_is_read_differently_goes_nowhere)
{
	char text[256];

	(void)snprintf(text, sizeof(text), refused[_i].url, server.port);
	request.url = text;
	request.host = refused[_i].host;
	request.port = refused[_i].port == 0 ? server.port : refused[_i].port;
	server_start(ANSWER, OK_ANSWER);
	ck_assert_int_eq(perform(), CREDENCE_UNSAFE);
	ck_assert_int_eq(call.failed, CREDENCE_UNSAFE);
	ck_assert_int_eq(call.sent, 0);
	ck_assert_int_eq(atomic_load(&server.connections), 0);
}
END_TEST

static const struct credence_param bad_headers[] = {
    {"X-A", "b\r\nX-C: d"}, {"X-A\r\nX-C", "d"}, {"X-A", "b\nc"}, {"X-A", "\x7f"}};

START_TEST(a_header_can_not_smuggle_in_another)
{
	request.headers = &bad_headers[_i];
	request.header_count = 1;
	server_start(ANSWER, OK_ANSWER);
	ck_assert_int_eq(perform(), CREDENCE_UNSAFE);
	ck_assert_int_eq(atomic_load(&server.connections), 0);
}
END_TEST

START_TEST(a_method_is_upper_case_letters)
{
	static const char *const bad[] = {"", "get", "GET / HTTP/1.1\r\nX: ", "GET "};

	request.method = bad[_i];
	server_start(ANSWER, OK_ANSWER);
	ck_assert_int_eq(perform(), CREDENCE_CONFIG);
	ck_assert_int_eq(atomic_load(&server.connections), 0);
}
END_TEST

START_TEST(a_ca_file_that_is_not_there_is_a_fault_of_configuration)
{
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/token?SECRETQUERY", server.port);
	request.ca_file = "/nonexistent/ca.pem";
	server_start(SILENT, NULL);
	ck_assert_int_eq(perform(), CREDENCE_CONFIG);
	ck_assert_str_eq(call.code, "ca_file");
	ck_assert_int_eq(call.sent, 0);
}
END_TEST

/* -- How it ends when the server misbehaves -- */

START_TEST(plain_text_where_tls_is_due_is_unsafe)
{
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/token?SECRETQUERY", server.port);
	server_start(ENDLESS, "HTTP/1.1 200 OK\r\n\r\n\r\n\r\n");
	/* What the server waits for will not come in plain text. */
	memcpy(server.request, "\r\n\r\n", 5);
	ck_assert_int_eq(perform(), CREDENCE_UNSAFE);
	ck_assert_str_eq(call.code, "tls");
	ck_assert_int_eq(call.sent, 0);
}
END_TEST

START_TEST(a_body_is_bounded_by_the_host)
{
	call.max_body = 100000;
	server_start(ENDLESS, _i == 0 ? "HTTP/1.1 200 OK\r\n\r\n"
				      : "HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n");
	ck_assert_int_eq(perform(), CREDENCE_UNAVAIL);
	ck_assert_int_eq(call.failed, CREDENCE_UNAVAIL);
	ck_assert_uint_le(call.body.item[0].length, call.max_body);
}
END_TEST

START_TEST(header_lines_are_bounded)
{
	server_start(FLOOD, _i == 0 ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 100 Continue\r\n");
	ck_assert_int_eq(perform(), CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.code, "too_long");
	ck_assert_int_eq(call.sent, 1);
}
END_TEST

START_TEST(one_header_line_is_bounded)
{
	server_start(ENDLESS, "HTTP/1.1 200 OK\r\nX-Long: ");
	ck_assert_int_eq(perform(), CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.code, "too_long");
}
END_TEST

static const struct {
	enum manner manner;
	const char *text, *code;
} broken[] = {
    {RESET, NULL, "reset"},
    {ANSWER, "", "reset"},
    {RESET, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel", NULL},
    {ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel", "partial"},
    {ANSWER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "partial"},
    {ANSWER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhel", NULL},
    {ANSWER, "220 mail.example ESMTP\r\n", "garbled"},
    {ANSWER, "HTTP/1.1 200 OK\r\nX: a", "partial"},
    {ANSWER, "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "garbled"},
    {ANSWER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n",
     "garbled"},
};

START_TEST(a_broken_answer_is_no_answer)
{
	server_start(broken[_i].manner, broken[_i].text);
	ck_assert_int_eq(perform(), CREDENCE_UNAVAIL);
	ck_assert_int_eq(call.sent, 1);
	ck_assert_ptr_nonnull(call.code);
	if (broken[_i].code != NULL)
		ck_assert_str_eq(call.code, broken[_i].code);
	ck_assert_ptr_nonnull(strstr(call.message, "127.0.0.1:"));
	ck_assert_ptr_null(strstr(call.message, "SECRETQUERY"));
}
END_TEST

START_TEST(nobody_listens)
{
	(void)close(server.listener);
	ck_assert_int_eq(perform(), CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.code, "connect");
	ck_assert_int_eq(call.sent, 0);
	ck_assert_ptr_null(strstr(call.message, "SECRETQUERY"));
}
END_TEST

START_TEST(the_deadline_ends_it)
{
	static const enum manner manners[] = {SILENT, DRIP};
	int64_t begin = fake_clock();

	call.deadline = begin + 300;
	server_start(manners[_i], "HTTP/1.1 200 OK\r\n\r\n");
	ck_assert_int_eq(perform(), CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.code, "timeout");
	ck_assert_int_ge(fake_clock() - begin, 290);
	ck_assert_int_lt(fake_clock() - begin, 2500);
	ck_assert_int_eq(call.sent, 1);
}
END_TEST

START_TEST(no_time_left_sends_nothing)
{
	call.deadline = fake_clock() - 1;
	server_start(ANSWER, OK_ANSWER);
	ck_assert_int_eq(perform(), CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.code, "timeout");
	ck_assert_int_eq(atomic_load(&server.connections), 0);
}
END_TEST

START_TEST(a_stalled_server_is_given_up)
{
	int64_t begin = fake_clock();

	call.deadline = 0;
	fake_set(&call.options, "stall", "1s");
	server_start(SILENT, NULL);
	ck_assert_int_eq(perform(), CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.code, "timeout");
	/* libcurl averages over five seconds before it believes it. */
	ck_assert_int_lt(fake_clock() - begin, 9500);
}
END_TEST

static void *cancel_soon(void *unused)
{
	(void)usleep(200000);
	atomic_store(&call.cancelled, true);
	return unused;
}

START_TEST(the_person_ends_it)
{
	int64_t begin = fake_clock();
	pthread_t thread;

	server_start(SILENT, NULL);
	ck_assert_int_eq(pthread_create(&thread, NULL, cancel_soon, NULL), 0);
	ck_assert_int_eq(perform(), CREDENCE_CANCELLED);
	ck_assert_int_lt(fake_clock() - begin, 3000);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

START_TEST(who_is_cancelled_before_sends_nothing)
{
	atomic_store(&call.cancelled, true);
	server_start(ANSWER, OK_ANSWER);
	ck_assert_int_eq(perform(), CREDENCE_CANCELLED);
	ck_assert_int_eq(call.sent, 0);
	ck_assert_uint_eq(strlen(request_seen()), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("module transport curl");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, an_answer_arrives_whole);
	tcase_add_test(tests, the_request_is_what_was_asked_for_and_no_more);
	tcase_add_test(tests, a_body_without_a_type_is_not_given_one);
	tcase_add_loop_test(tests, every_method_goes_out_as_it_is, 0, 6);
	tcase_add_test(tests, head_has_no_body);
	tcase_add_loop_test(tests, a_redirect_is_an_answer_like_any_other, 0, 4);
	tcase_add_test(tests, a_401_is_not_asked_again);
	tcase_add_test(tests, interim_answers_and_trailers_are_passed_over);
	tcase_add_test(tests, the_proxy_of_the_environment_does_not_count);
	tcase_add_test(tests, nor_does_any_proxy_for_a_loopback_address);
	tcase_add_test(tests, the_given_proxy_counts_whatever_the_environment_excepts);
	tcase_add_loop_test(tests, a_url_that_is_read_differently_goes_nowhere, 0, 13);
	tcase_add_loop_test(tests, a_header_can_not_smuggle_in_another, 0, 4);
	tcase_add_loop_test(tests, a_method_is_upper_case_letters, 0, 4);
	tcase_add_test(tests, a_ca_file_that_is_not_there_is_a_fault_of_configuration);
	tcase_add_test(tests, plain_text_where_tls_is_due_is_unsafe);
	tcase_add_loop_test(tests, a_body_is_bounded_by_the_host, 0, 2);
	tcase_add_loop_test(tests, header_lines_are_bounded, 0, 2);
	tcase_add_test(tests, one_header_line_is_bounded);
	tcase_add_loop_test(tests, a_broken_answer_is_no_answer, 0, 10);
	tcase_add_test(tests, nobody_listens);
	tcase_add_loop_test(tests, the_deadline_ends_it, 0, 2);
	tcase_add_test(tests, no_time_left_sends_nothing);
	tcase_add_test(tests, a_stalled_server_is_given_up);
	tcase_add_test(tests, the_person_ends_it);
	tcase_add_test(tests, who_is_cancelled_before_sends_nothing);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
