/* SPDX-License-Identifier: MIT */
/*
 * The store "postgres" without a database: what its connection may say, that no message repeats a
 * secret of it, whatever is wrong with it and whoever answers, and that it ends in time. With a
 * database it is tested in tests/cli/postgres.bats.
 */
#include "fake_host.h"

#include "suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECRET "CANARY"
#define REST   " dbname=d user=u password=" SECRET

static const struct credence_module *module;
static struct credence_call call;
static struct credence_self *self;

/* -- A server that takes one connection, reads something, says something and hangs up -- */

static struct server {
	int listener, port;
	const char *text;
	size_t length; /* 0: it says nothing and does not hang up */
	pthread_t thread;
	bool running;
	atomic_bool stop;
} server;

static void *server_run(void *unused)
{
	char bytes[1024];
	int fd = accept(server.listener, NULL, NULL);

	(void)unused;
	if (fd >= 0 && recv(fd, bytes, sizeof(bytes), 0) > 0 && server.length > 0)
		(void)send(fd, server.text, server.length, MSG_NOSIGNAL);
	while (server.length == 0 && !atomic_load(&server.stop))
		(void)usleep(10000);
	if (fd >= 0)
		(void)close(fd);
	return NULL;
}

static void server_start(const char *text, size_t length)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);

	server.text = text;
	server.length = length;
	server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(server.listener, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(server.listener, 4), 0);
	ck_assert_int_eq(getsockname(server.listener, (struct sockaddr *)&address, &size), 0);
	server.port = ntohs(address.sin_port);
	ck_assert_int_eq(pthread_create(&server.thread, NULL, server_run, NULL), 0);
	server.running = true;
}

/* -- The world -- */

static void setup(void)
{
	module = fake_module("store", "postgres");
	fake_init(&call, module);
	call.deadline = fake_clock() + 20000;
	self = fake_open(&call);
}

static void teardown(void)
{
	module->close(self);
	fake_done(&call);
	if (!server.running)
		return;
	atomic_store(&server.stop, true);
	(void)shutdown(server.listener, SHUT_RDWR);
	(void)pthread_join(server.thread, NULL);
	(void)close(server.listener);
	memset(&server, 0, sizeof(server));
}

static credence_rc load(const char *connection)
{
	fake_set(&call.options, "connection", connection);
	fake_forget(&call);
	return module->ops.store->load(self, &call, "crm");
}

static credence_rc load_from_server(const char *more)
{
	char connection[256];

	(void)snprintf(connection, sizeof(connection),
		       "host=127.0.0.1 sslmode=disable port=%d" REST "%s", server.port, more);
	return load(connection);
}

static void check_silence(void)
{
	ck_assert_ptr_nonnull(call.message);
	ck_assert_ptr_null(strstr(call.message, SECRET));
	ck_assert(call.hint == NULL || strstr(call.hint, SECRET) == NULL);
	ck_assert(call.code == NULL || strstr(call.code, SECRET) == NULL);
	for (size_t i = 0; i < call.log.count; i++)
		ck_assert_ptr_null(strstr(call.log.item[i].value, SECRET));
}

START_TEST(flags_promise_what_the_core_relies_on)
{
	ck_assert_uint_eq(module->ops.store->flags, CREDENCE_STORE_DURABLE | CREDENCE_STORE_SHARED |
							CREDENCE_STORE_CAS | CREDENCE_STORE_LOCK);
	module->close(NULL);
}
END_TEST

START_TEST(a_schema_is_a_plain_name)
{
	static const char too_long[] = "a234567890123456789012345678901234567890123456789012"
				       "345678901234";
	const char *const names[] = {"",    "a\"b", "a b", "A",   "1a",
				     "a;b", "a.b",  "ä",   "a'b", too_long};
	struct credence_self *other = NULL;

	fake_set(&call.options, "schema", names[_i]);
	ck_assert_int_eq(module->open(&fake_host, &call, &other), CREDENCE_CONFIG);
	ck_assert_ptr_null(other);
	ck_assert_int_eq(call.failed, CREDENCE_CONFIG);
}
END_TEST

/* Passwords with characters out of place end up anywhere. */
static const struct {
	const char *text;
	credence_rc rc;
	const char *message; /* in it */
} wrong[] = {
    {"", CREDENCE_CONFIG, "does not say host"},
    {SECRET, CREDENCE_CONFIG, "no connection string"},
    {"host=h dbname=d user=u password=a b" SECRET, CREDENCE_CONFIG, "no connection string"},
    {"host=h dbname=d user=u password='" SECRET, CREDENCE_CONFIG, "no connection string"},
    {"host=h dbname=d user=u " SECRET "=1", CREDENCE_CONFIG, "no connection string"},
    {"postgresql://u:%ZZ" SECRET "@h/d", CREDENCE_CONFIG, "no connection string"},
    {"postgresql://u:p@" SECRET "@h/d", CREDENCE_CONFIG, "the host in connection is none"},
    {"postgresql://u:" SECRET "/p@h/d", CREDENCE_CONFIG, "does not say user"},
    {"postgresql://u:1/" SECRET "@h/d?user=u", CREDENCE_CONFIG, "sslrootcert"},
    {"postgresql://u:p@[" SECRET "/d", CREDENCE_CONFIG, "no connection string"},
    {"postgresql://h/d?user=u&" SECRET "=1", CREDENCE_CONFIG, "no connection string"},
    {"host=h user=u password=" SECRET, CREDENCE_CONFIG, "does not say dbname"},
    {"host=h dbname=d password=" SECRET, CREDENCE_CONFIG, "does not say user"},
    {"dbname=d user=u password=" SECRET, CREDENCE_CONFIG, "does not say host"},
    {"host=h port=" SECRET REST, CREDENCE_CONFIG, "port in connection is none"},
    {"host=h port=65536" REST, CREDENCE_CONFIG, "port in connection is none"},
    {"host=h port=1,,2" REST, CREDENCE_CONFIG, "port in connection is none"},
    {"host='h " SECRET "'" REST, CREDENCE_CONFIG, "host in connection is none"},
    {"host=h,," REST, CREDENCE_CONFIG, "host in connection is none"},
    {"host=@abstract" REST, CREDENCE_CONFIG, "host in connection is none"},
    {"host=h hostaddr=" SECRET REST, CREDENCE_CONFIG, "hostaddr"},
    {"host=a,b hostaddr=10.0.0.1" REST, CREDENCE_CONFIG, "hostaddr"},
    {"host=h service=" SECRET REST, CREDENCE_CONFIG, "must not set service"},
    {"host=h passfile=/" SECRET REST, CREDENCE_CONFIG, "must not set passfile"},
    {"host=h options=-c" SECRET REST, CREDENCE_CONFIG, "must not set options"},
    {"host=h replication=" SECRET REST, CREDENCE_CONFIG, "must not set replication"},
    {"host=h gssencmode=require" REST, CREDENCE_CONFIG, "must not set gssencmode"},
    {"host=h sslcrl=/" SECRET REST, CREDENCE_CONFIG, "must not set sslcrl"},
    {"host=h" REST, CREDENCE_CONFIG, "does not say sslrootcert"},
    {"host=h sslrootcert=" SECRET REST, CREDENCE_CONFIG, "not an absolute path"},
    {"host=h sslrootcert=/" SECRET REST, CREDENCE_CONFIG, "no file that can be read"},
    {"host=h sslmode=" SECRET REST, CREDENCE_UNSAFE, "verify-full or not at all"},
    {"host=h sslmode=disable" REST, CREDENCE_UNSAFE, "verify-full or not at all"},
    {"host=h sslmode=verify-ca" REST, CREDENCE_UNSAFE, "verify-full or not at all"},
    {"host=localhost sslmode=require" REST, CREDENCE_UNSAFE, "verify-full or not at all"},
    {"host=127.0.0.1,h sslmode=disable" REST, CREDENCE_UNSAFE, "verify-full or not at all"},
    {"host=127.0.0.1 hostaddr=10.0.0.1 sslmode=disable" REST, CREDENCE_UNSAFE, "verify-full"},
    {"host=10.0.0.1 sslmode=disable" REST, CREDENCE_UNSAFE, "verify-full or not at all"},
    {"host=127.0.0.1 ssl_min_protocol_version=TLSv1" REST, CREDENCE_UNSAFE, "TLSv1.2"},
    {"host=/tmp" REST, CREDENCE_UNSAFE, "everybody may write the folder"},
};

START_TEST(a_connection_that_is_wrong_is_refused_without_a_word_of_it)
{
	credence_rc rc = load(wrong[_i].text);

	check_silence();
	ck_assert_msg(rc == wrong[_i].rc, "%s: %d, %s", wrong[_i].text, (int)rc, call.message);
	ck_assert_int_eq(call.failed, rc);
	ck_assert_msg(strstr(call.message, wrong[_i].message) != NULL, "%s: %s", wrong[_i].text,
		      call.message);
}
END_TEST

/* -- Variables -- */

START_TEST(a_variable_that_would_decide_is_refused_by_name)
{
	static const char *const names[] = {"PGSERVICE", "PGHOSTADDR", "PGPASSWORD", "PGOPTIONS",
					    "PGREQUIREPEER"};
	char connection[] = "host=127.0.0.1 sslmode=disable dbname=d user=u";

	ck_assert_int_eq(setenv(names[_i], SECRET, 1), 0);
	ck_assert_int_eq(load(connection), CREDENCE_UNSAFE);
	check_silence();
	ck_assert_ptr_nonnull(strstr(call.message, names[_i]));
}
END_TEST

START_TEST(other_variables_are_overruled)
{
	static const char *const names[] = {"PGHOST",
					    "PGPORT",
					    "PGDATABASE",
					    "PGUSER",
					    "PGSSLMODE",
					    "PGPASSFILE",
					    "PGGSSENCMODE",
					    "PGAPPNAME",
					    "PGCONNECT_TIMEOUT",
					    "PGSSLROOTCERT",
					    "PGSSLCERT",
					    "PGSSLKEY",
					    "PGTARGETSESSIONATTRS"};

	server_start("E", 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_int_eq(setenv(names[i], "7", 1), 0);
	/* The server was asked, and hung up. */
	ck_assert_int_eq(load_from_server(""), CREDENCE_UNAVAIL);
	ck_assert_ptr_nonnull(strstr(call.message, "hung up"));
}
END_TEST

/* -- Servers that are none, or not ours -- */

#define FATAL(state)                                                                               \
	"E\0\0\0\x46SFATAL\0VFATAL\0C" state "\0MCANARY CANARY CANARY CANARY\0DCANARY CANARY\0\0"

static const struct {
	const char *text;
	size_t length;
	credence_rc rc;
	const char *code;
} hostile[] = {
    {FATAL("28P01"), sizeof(FATAL("28P01")) - 1, CREDENCE_DENIED, "28P01"},
    {FATAL("3D000"), sizeof(FATAL("3D000")) - 1, CREDENCE_CONFIG, "3D000"},
    {FATAL("53200"), sizeof(FATAL("53200")) - 1, CREDENCE_UNAVAIL, "53200"},
    {FATAL("XX000"), sizeof(FATAL("XX000")) - 1, CREDENCE_ERROR, "XX000"},
    {"EYour password is " SECRET "\n\0", 18 + 6 + 2, CREDENCE_UNAVAIL, "connect"},
    {"Your password is " SECRET "\n", 17 + 6 + 1, CREDENCE_UNAVAIL, "connect"},
    {"HTTP/1.0 400 " SECRET "\r\n\r\n", 13 + 6 + 4, CREDENCE_UNAVAIL, "connect"},
    {"R\0\0\0\x08\0\0\0\x63", 9, CREDENCE_UNAVAIL, "connect"},
    {"\0", 1, CREDENCE_UNAVAIL, "connect"},
};

START_TEST(what_a_hostile_server_says_is_not_repeated)
{
	server_start(hostile[_i].text, hostile[_i].length);
	ck_assert_int_eq(load_from_server(""), hostile[_i].rc);
	check_silence();
	ck_assert_str_eq(call.code, hostile[_i].code);
}
END_TEST

START_TEST(nobody_listens)
{
	server_start("", 1);
	(void)shutdown(server.listener, SHUT_RDWR);
	(void)close(server.listener);
	ck_assert_int_eq(load_from_server(""), CREDENCE_UNAVAIL);
	check_silence();
	ck_assert_str_eq(call.message,
			 "no connection to the database at 127.0.0.1: Connection refused");
}
END_TEST

/* -- Time -- */

START_TEST(a_server_that_says_nothing_is_given_up_in_time)
{
	int64_t start = fake_clock();

	server_start("", 0);
	if (_i == 0)
		call.deadline = start + 300;
	else
		fake_set(&call.options, "connect_timeout", "300ms");
	ck_assert_int_eq(load_from_server(""), CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.code, "timeout");
	ck_assert_int_ge(fake_clock() - start, 290);
	ck_assert_int_lt(fake_clock() - start, 600);
}
END_TEST

static void *cancel(void *unused)
{
	(void)unused;
	(void)usleep(200000);
	atomic_store(&call.cancelled, true);
	return NULL;
}

START_TEST(an_interrupt_is_heard)
{
	int64_t start = fake_clock();
	pthread_t thread;

	server_start("", 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, cancel, NULL), 0);
	ck_assert_int_eq(load_from_server(""), CREDENCE_CANCELLED);
	ck_assert_int_lt(fake_clock() - start, 500);
	(void)pthread_join(thread, NULL);
}
END_TEST

START_TEST(without_time_nothing_is_asked)
{
	call.deadline = fake_clock();
	ck_assert_int_eq(load("host=127.0.0.1 port=1 sslmode=disable" REST), CREDENCE_UNAVAIL);
	fake_forget(&call);
	ck_assert_int_eq(module->ops.store->lock(self, &call, "crm"), CREDENCE_UNAVAIL);
}
END_TEST

START_TEST(a_lock_that_was_never_taken_is_not_given_back)
{
	fake_set(&call.options, "connection", "host=127.0.0.1 port=1 sslmode=disable" REST);
	ck_assert_int_eq(module->ops.store->unlock(self, &call, "crm"), CREDENCE_ERROR);
}
END_TEST

START_TEST(a_record_that_no_table_takes_is_refused)
{
	const struct credence_item item = {
	    .size = sizeof(item), .bytes = "x", .length = 1, .revision = UINT64_MAX};

	ck_assert_int_eq(module->ops.store->save(self, &call, "crm", &item), CREDENCE_ERROR);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("module store postgres");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, flags_promise_what_the_core_relies_on);
	tcase_add_loop_test(tests, a_schema_is_a_plain_name, 0, 10);
	tcase_add_loop_test(tests, a_connection_that_is_wrong_is_refused_without_a_word_of_it, 0,
			    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_loop_test(tests, a_variable_that_would_decide_is_refused_by_name, 0, 5);
	tcase_add_test(tests, other_variables_are_overruled);
	tcase_add_loop_test(tests, what_a_hostile_server_says_is_not_repeated, 0,
			    (int)(sizeof(hostile) / sizeof(hostile[0])));
	tcase_add_test(tests, nobody_listens);
	tcase_add_loop_test(tests, a_server_that_says_nothing_is_given_up_in_time, 0, 2);
	tcase_add_test(tests, an_interrupt_is_heard);
	tcase_add_test(tests, without_time_nothing_is_asked);
	tcase_add_test(tests, a_lock_that_was_never_taken_is_not_given_back);
	tcase_add_test(tests, a_record_that_no_table_takes_is_refused);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
