/* SPDX-License-Identifier: MIT */
/* Strings that grow: what was added is there, a failure sticks, a secret leaves nothing behind. */
#include "core/os/buf.h"

#include "core/os/secret.h"

#include "os_world.h"
#include "suite.h"

START_TEST(empty)
{
	struct buf buf = BUF_INIT;
	char *text;

	ck_assert(!buf_ok(&buf));
	ck_assert_str_eq(buf_text(&buf), "");
	buf_str(&buf, NULL);
	ck_assert(!buf_ok(&buf));
	buf_add(&buf, "", 0);
	ck_assert(buf_ok(&buf));
	text = buf_take(&buf);
	ck_assert_str_eq(text, "");
	free(text);
	text = buf_take(&buf);
	ck_assert_str_eq(text, "");
	free(text);
	buf_done(&buf);
}
END_TEST

START_TEST(built)
{
	struct buf buf = BUF_INIT;

	buf_str(&buf, "a");
	buf_char(&buf, '=');
	buf_printf(&buf, "%d:%s", 17, "x");
	buf_add(&buf, "\0y", 2);
	ck_assert(buf_ok(&buf));
	ck_assert_uint_eq(buf.length, 8);
	ck_assert_mem_eq(buf_text(&buf), "a=17:x\0y", 9);
	buf_done(&buf);
	ck_assert_str_eq(buf_text(&buf), "");
}
END_TEST

START_TEST(grows)
{
	struct buf buf = _i ? BUF_SECRET : BUF_INIT;
	char *text;
	size_t i;

	for (i = 0; i < 100000; i++)
		buf_char(&buf, (char)('a' + i % 26));
	ck_assert(buf_ok(&buf));
	ck_assert_uint_eq(buf.length, 100000);
	for (i = 0; i < 100000; i++)
		ck_assert_int_eq(buf.data[i], 'a' + (int)(i % 26));
	ck_assert_int_eq(buf.data[i], '\0');
	text = buf_take(&buf);
	ck_assert_uint_eq(strlen(text), 100000);
	ck_assert_uint_eq(buf.length, 0);
	if (_i)
		secret_free(text);
	else
		free(text);
}
END_TEST

START_TEST(limit)
{
	struct buf buf = {.max = 5};

	buf_str(&buf, "12345");
	ck_assert(buf_ok(&buf));
	buf_char(&buf, '6');
	ck_assert(!buf_ok(&buf));
	/* It sticks, and what was there stays. */
	buf_str(&buf, "");
	ck_assert(!buf_ok(&buf));
	ck_assert_str_eq(buf_text(&buf), "12345");
	ck_assert_ptr_null(buf_take(&buf));
	ck_assert_str_eq(buf_text(&buf), "");
	/* Taken or reset, it is forgotten. */
	buf_printf(&buf, "%s", "abcde");
	ck_assert(buf_ok(&buf));
	buf_printf(&buf, "%s", "f");
	ck_assert(!buf_ok(&buf));
	buf_reset(&buf);
	ck_assert(buf_ok(&buf));
	ck_assert_str_eq(buf_text(&buf), "");
	buf_done(&buf);
}
END_TEST

START_TEST(cut)
{
	struct buf buf = BUF_SECRET;

	buf_cut(&buf, 0);
	buf_str(&buf, "1000.CANARY");
	buf_cut(&buf, 100);
	ck_assert_str_eq(buf_text(&buf), "1000.CANARY");
	buf_cut(&buf, 5);
	ck_assert_str_eq(buf_text(&buf), "1000.");
	ck_assert_mem_eq(buf.data, "1000.\0\0\0\0\0\0", 12);
	buf_reset(&buf);
	ck_assert_mem_eq(buf.data, "\0\0\0\0\0\0", 6);
	buf_done(&buf);
}
END_TEST

/* The neighbour keeps the page alive, so that the test may look at what was freed. */
START_TEST(outgrown_secrets_are_wiped)
{
	char *neighbour = secret_alloc(1), *old;
	struct buf buf = BUF_SECRET;
	size_t i;

	buf_str(&buf, "1000.CANARY");
	old = buf.data;
	for (i = 0; i < 1000; i++)
		buf_char(&buf, 'x');
	ck_assert_ptr_ne(buf.data, old);
	for (i = 0; i < 64; i++)
		ck_assert_int_eq(old[i], 0);
	old = buf.data;
	buf_done(&buf);
	for (i = 0; i < 1011; i++)
		ck_assert_int_eq(old[i], 0);
	secret_free(neighbour);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("buf");
	TCase *buffers = tcase_create("buffers");

	tcase_add_test(buffers, empty);
	tcase_add_test(buffers, built);
	tcase_add_loop_test(buffers, grows, 0, 2);
	tcase_add_test(buffers, limit);
	tcase_add_test(buffers, cut);
	tcase_add_test(buffers, outgrown_secrets_are_wiped);
	suite_add_tcase(suite, buffers);
	return suite_run(suite);
}
