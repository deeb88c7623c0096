/* SPDX-License-Identifier: MIT */
/* The hook "syslog", with a log socket of the test's own: the lines, and that a lost line is told.
 */
#include "fake_host.h"

#include "suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static const struct credence_module *module;
static struct credence_call call;
static struct credence_self *self;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static char folder[64];
static int logger;

static void setup(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	module = fake_module("hook", "syslog");
	fake_init(&call, module);
	(void)snprintf(folder, sizeof(folder), "/tmp/credence-syslog-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/log", folder);
	logger = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(logger, (struct sockaddr *)&address, sizeof(address)), 0);
	fake_set(&call.options, "socket", address.sun_path);
	fake_set(&call.attributes, "profile", "crm");
	self = fake_open(&call);
}

static void teardown(void)
{
	module->close(self);
	(void)close(logger);
	(void)unlink(address.sun_path);
	(void)rmdir(folder);
	fake_done(&call);
}

static credence_rc event(const char *name)
{
	fake_forget(&call);
	return module->ops.hook->event(self, &call, name);
}

/* The line that came; its start up to "]: " is checked and cut off. */
static const char *line(int priority)
{
	static char text[8192];
	char start[128];
	ssize_t length = recv(logger, text, sizeof(text) - 1, 0);

	ck_assert_int_gt(length, 0);
	text[length] = '\0';
	ck_assert_ptr_null(strchr(text, '\n'));
	(void)snprintf(start, sizeof(start), "<%d>Nov 23 14:31:07 %s[%ld]: ", priority,
		       fake_get(&call.options, "ident") == NULL ? "credence" : "tokens",
		       (long)getpid());
	ck_assert_int_eq(strncmp(text, start, strlen(start)), 0);
	return text + strlen(start);
}

START_TEST(one_line_an_event)
{
	fake_set(&call.attributes, "location", "eu");
	fake_set(&call.attributes, "generation", "17");
	fake_set(&call.attributes, "status", "0");
	ck_assert_int_eq(event("renewed"), CREDENCE_SUCCESS);
	ck_assert_str_eq(line(LOG_AUTH | LOG_NOTICE),
			 "event=renewed profile=crm location=eu generation=17 status=0");
	ck_assert_int_eq(recv(logger, folder, 1, 0), -1);
	module->close(NULL);
}
END_TEST

START_TEST(severity_follows_the_event)
{
	static const struct {
		const char *event;
		int severity;
	} events[] = {{"logged_in", LOG_NOTICE}, {"revoked", LOG_NOTICE},  {"erased", LOG_NOTICE},
		      {"dead", LOG_ERR},         {"limited", LOG_WARNING}, {"failed", LOG_WARNING}};

	ck_assert_int_eq(event(events[_i].event), CREDENCE_SUCCESS);
	ck_assert_ptr_nonnull(strstr(line(LOG_AUTH | events[_i].severity), events[_i].event));
}
END_TEST

START_TEST(facility_and_ident_are_options)
{
	module->close(self);
	fake_set(&call.options, "facility", "local3");
	self = fake_open(&call);
	fake_set(&call.options, "ident", "tokens");
	ck_assert_int_eq(event("renewed"), CREDENCE_SUCCESS);
	ck_assert_str_eq(line(LOG_LOCAL3 | LOG_NOTICE), "event=renewed profile=crm");
}
END_TEST

START_TEST(an_unknown_facility_is_a_fault_of_configuration)
{
	struct credence_self *none = NULL;

	fake_set(&call.options, "facility", "kern");
	ck_assert_int_eq(module->open(&fake_host, &call, &none), CREDENCE_CONFIG);
	ck_assert_ptr_null(none);
}
END_TEST

START_TEST(nothing_in_a_value_forges_a_line_or_a_field)
{
	fake_set(&call.attributes, "message", "a\" status=0\n\\ b\x1b[0m");
	fake_set(&call.attributes, "code", "x=y");
	ck_assert_int_eq(event("failed"), CREDENCE_SUCCESS);
	ck_assert_str_eq(line(LOG_AUTH | LOG_WARNING), "event=failed profile=crm code=\"x=y\" "
						       "message=\"a\\\" status=0?\\\\ b?[0m\"");
}
END_TEST

START_TEST(no_token_is_ever_logged)
{
	fake_set(&call.tokens, "access_token", "CANARY");
	fake_set(&call.tokens, "refresh_token", "CANARY");
	fake_set(&call.attributes, "answer.access_token", "CANARY");
	fake_set(&call.attributes, "answer.refresh_token", "CANARY");
	ck_assert_int_eq(event("logged_in"), CREDENCE_SUCCESS);
	ck_assert_ptr_null(strstr(line(LOG_AUTH | LOG_NOTICE), "CANARY"));
}
END_TEST

START_TEST(a_line_that_is_too_long_is_cut)
{
	char text[4096];

	memset(text, 'm', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	fake_set(&call.attributes, "message", text);
	ck_assert_int_eq(event("failed"), CREDENCE_SUCCESS);
	ck_assert_uint_lt(strlen(line(LOG_AUTH | LOG_WARNING)), 2048);
}
END_TEST

START_TEST(a_line_that_nobody_takes_is_told)
{
	(void)close(logger);
	logger = -1;
	if (_i == 1)
		(void)unlink(address.sun_path);
	ck_assert_int_eq(event("renewed"), CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.code, _i == 0 ? "ECONNREFUSED" : "ENOENT");
	ck_assert_ptr_nonnull(strstr(call.message, address.sun_path));
}
END_TEST

START_TEST(a_logger_that_hangs_holds_nothing_up)
{
	credence_rc rc = CREDENCE_SUCCESS;

	for (int i = 0; i < 10000 && rc == CREDENCE_SUCCESS; i++)
		rc = event("renewed");
	ck_assert_int_eq(rc, CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.code, "EAGAIN");
}
END_TEST

START_TEST(a_socket_with_too_long_a_name_is_a_fault_of_configuration)
{
	char path[200];

	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	fake_set(&call.options, "socket", path);
	ck_assert_int_eq(event("renewed"), CREDENCE_CONFIG);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("module hook syslog");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, one_line_an_event);
	tcase_add_loop_test(tests, severity_follows_the_event, 0, 6);
	tcase_add_test(tests, facility_and_ident_are_options);
	tcase_add_test(tests, an_unknown_facility_is_a_fault_of_configuration);
	tcase_add_test(tests, nothing_in_a_value_forges_a_line_or_a_field);
	tcase_add_test(tests, no_token_is_ever_logged);
	tcase_add_test(tests, a_line_that_is_too_long_is_cut);
	tcase_add_loop_test(tests, a_line_that_nobody_takes_is_told, 0, 2);
	tcase_add_test(tests, a_logger_that_hangs_holds_nothing_up);
	tcase_add_test(tests, a_socket_with_too_long_a_name_is_a_fault_of_configuration);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
