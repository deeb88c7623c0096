/* SPDX-License-Identifier: MIT */
/* The guard in front of libconfig: what it lets through and what not. */
#include "core/config/conf.h"
#include "core/config/guard.h"
#include "core/os/file.h"

#include "config_world.h"
#include "suite.h"

static struct guard_problem problem;

static bool passes_bytes(const char *bytes, size_t length)
{
	struct buf text = BUF_INIT;
	bool passed;

	memset(&problem, 0, sizeof(problem));
	buf_add(&text, bytes, length);
	passed = guard_check(&text, &problem);
	buf_done(&text);
	return passed;
}

static bool passes(const char *text)
{
	return passes_bytes(text, strlen(text));
}

START_TEST(ordinary_text_passes)
{
	ck_assert(passes(""));
	ck_assert(passes("a = 1;\n"));
	ck_assert(passes("a-1 = \"x\"; b* = ( 1, 2.5, -3e2, 0x7fffffff, 5000000000L ); # end"));
	ck_assert(passes("/* a\n * b */ a = true;"));
}
END_TEST

START_TEST(last_line_is_ended)
{
	struct buf text = BUF_INIT;

	buf_str(&text, "a = 1; # comment");
	ck_assert(guard_check(&text, &problem));
	ck_assert_str_eq(buf_text(&text), "a = 1; # comment\n");
	ck_assert(guard_check(&text, &problem));
	ck_assert_str_eq(buf_text(&text), "a = 1; # comment\n");
	buf_done(&text);
}
END_TEST

START_TEST(bytes_that_hide_something)
{
	ck_assert(!passes_bytes("a = 1;\nb\0 = 2;\n", 15));
	ck_assert_int_eq(problem.line, 2);
	ck_assert(!passes("\xef\xbb\xbf a = 1;"));
	ck_assert_int_eq(problem.line, 1);
	ck_assert_ptr_nonnull(problem.hint);
	ck_assert(!passes_bytes("\xff\xfe"
				"a\0",
				4));
	ck_assert(!passes("a = \"x\\x00y\";"));
	ck_assert(passes("a = \"x\\\\x00y\";"));
}
END_TEST

START_TEST(size)
{
	char *text = malloc(FILE_MAX + 1);

	memset(text, ' ', FILE_MAX + 1);
	ck_assert(passes_bytes(text, FILE_MAX));
	ck_assert(!passes_bytes(text, FILE_MAX + 1));
	free(text);
}
END_TEST

START_TEST(depth)
{
	char text[2 * CONF_DEPTH + 16];
	int used = 0;

	for (int i = 0; i < CONF_DEPTH; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used, "(");
	ck_assert(passes(text));
	(void)snprintf(text + used, sizeof(text) - (size_t)used, "{");
	ck_assert(!passes(text));
	ck_assert(passes("a = \"((((((((((((((((((((\"; # [[[[[[[[[[[[[[[[[[[[[["));
	ck_assert(passes("((((((((((((((()))))))))))))))((((((("));
}
END_TEST

START_TEST(include_nowhere)
{
	ck_assert(!passes("a = 1;\n\n@include \"/etc/passwd\"\n"));
	ck_assert_int_eq(problem.line, 3);
	ck_assert(!passes("a = 1; @include \"x\""));
	ck_assert(!passes("/* x */@include \"x\""));
	ck_assert(!passes("# x\n  @include \"x\""));
	ck_assert(!passes("a = \"\\\\\"; @include \"x\""));
	ck_assert(passes("# @include \"x\"\n// @include\n/* @include */ a = \"@include\";"));
	ck_assert(passes("a = \"\\\"@include\";"));
}
END_TEST

START_TEST(integers_that_wrap)
{
	ck_assert(passes("a = 2147483647; b = -2147483648;"));
	ck_assert(!passes("a = 2147483648;"));
	ck_assert_ptr_nonnull(problem.hint);
	ck_assert(!passes("a = 1;\nb = -2147483649;"));
	ck_assert_int_eq(problem.line, 2);
	ck_assert(passes("a = 9223372036854775807L; b = -9223372036854775808L;"));
	ck_assert(!passes("a = 9223372036854775808L;"));
	ck_assert(!passes("a = 99999999999999999999999999999999999999999999999999999999;"));
	ck_assert(passes("a = 0x7FFFFFFF;"));
	ck_assert(!passes("a = 0xFFFFFFFF;"));
	ck_assert(passes("a = 0x7FFFFFFFFFFFFFFFL;"));
	ck_assert(!passes("a = 0xFFFFFFFFFFFFFFFFL;"));
	ck_assert(!passes("a = 0x10000000000000000L;"));
	ck_assert(passes("a2147483648 = 1; b-2147483648 = 1; c_99999999999 = 1;"));
	ck_assert(passes("a = 99999999999.5; b = 1e99; c = -99999999999e-5;"));
}
END_TEST

START_TEST(what_is_not_closed)
{
	ck_assert(!passes("a = 1;\nb = \"x;\nc = 2;\n"));
	ck_assert_int_eq(problem.line, 2);
	ck_assert(!passes("a = 1; /* x"));
	ck_assert(passes("a = \"two\nlines\";"));
	ck_assert(!passes("a = \"two\nlines\";\nb = 2147483648;"));
	ck_assert_int_eq(problem.line, 3);
	ck_assert(!passes("/* two\nlines */ b = 2147483648;"));
	ck_assert_int_eq(problem.line, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("guard");
	TCase *tests = tcase_create("guard");

	tcase_add_test(tests, ordinary_text_passes);
	tcase_add_test(tests, last_line_is_ended);
	tcase_add_test(tests, bytes_that_hide_something);
	tcase_add_test(tests, size);
	tcase_add_test(tests, depth);
	tcase_add_test(tests, include_nowhere);
	tcase_add_test(tests, integers_that_wrap);
	tcase_add_test(tests, what_is_not_closed);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
