/* SPDX-License-Identifier: MIT */
/* JSON: what the guard lets through, what it doesn't, and that nothing of a secret stays. */
#include "core/os/json.h"

#include "core/os/file.h"

#include "os_world.h"
#include "suite.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct json_object *parse(const char *text)
{
	const char *reason = "";
	struct json_object *tree = json_parse(text, strlen(text), &reason);

	ck_assert_msg(tree != NULL, "%s: %s", text, reason);
	return tree;
}

static const char *const good[] = {
    "{}",
    "[]",
    " {\"a\" : 1} \r\n\t",
    "17",
    "-0",
    "-0.5e+10",
    "1E5",
    "\"text\"",
    "true",
    "{\"a\":null,\"b\":false,\"c\":[1,2.5,{\"d\":\"\"}]}",
    "[\"\\u0041\\n\\\\u0000\\\"\\/\"]", /* an escaped backslash and u0000 */
    "[\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x91\"]",
    "[\":\",\"{\",\"}\",\"[[[[[[[[[[[[[[[[[[[[\"]",
    "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}",
    "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", /* sixteen */
};

START_TEST(taken)
{
	json_wipe(parse(good[_i]));
}
END_TEST

static const struct {
	const char *text, *reason;
} bad[] = {
    {"", "empty"},
    {" \n\t", "empty"},
    {"null", "not JSON"},
    {"{", "not JSON"},
    {"}", "not JSON"},
    {"[1", "not JSON"},
    {"[1,]", "not JSON"},
    {"[,1]", "not JSON"},
    {"[1 2]", "not JSON"},
    {"{\"a\"}", "not JSON"},
    {"{\"a\":}", "not JSON"},
    {"{\"a\":1,}", "not JSON"},
    {"{\"a\" 1}", "not JSON"},
    {"{a:1}", "not JSON"},
    {"{'a':1}", "not JSON at byte 1"},
    {"['a']", "not JSON"},
    {"[/* x */1]", "not JSON"},
    {"[1] // x", "something behind the JSON"},
    {"{} {}", "something behind the JSON at byte 3"},
    {"1 2", "something behind the JSON"},
    {"[1]x", "something behind the JSON at byte 3"},
    {"\xef\xbb\xbf{}", "not JSON at byte 0"},
    {"<html>", "not JSON"},
    {"[NaN]", "not JSON at byte 1"},
    {"[nan]", "not JSON"},
    {"[Infinity]", "not JSON"},
    {"[-Infinity]", "not a number of JSON"},
    {"[inf]", "not JSON"},
    {"[TRUE]", "not JSON"},
    {"[tru]", "not JSON"},
    {"[truex]", "not JSON"},
    {"[01]", "not a number of JSON at byte 2"},
    {"[-01]", "not a number of JSON"},
    {"[00]", "not a number of JSON"},
    {"[01.5]", "not a number of JSON"},
    {"[1.]", "not a number of JSON"},
    {"[.5]", "not JSON"},
    {"[+1]", "not JSON"},
    {"[-]", "not a number of JSON"},
    {"[1e]", "not a number of JSON"},
    {"[1.5.5]", "not a number of JSON"},
    {"[0x10]", "not a number of JSON"},
    {"[--1]", "not a number of JSON"},
    {"[1-1]", "not JSON"},
    {"[\"a\nb\"]", "a control character in a string at byte 3"},
    {"[\"\x01\"]", "a control character in a string"},
    {"[\"\\x\"]", "not JSON"},
    {"[\"\\u00g0\"]", "not JSON"},
    {"[\"a", "a string without end"},
    {"[\"a\\", "a string without end"},
    {"[\"a\\\"", "a string without end"},
    {"[\"\\u0000\"]", "a NUL in a string at byte 2"},
    {"{\"\\u0000\":1}", "a NUL in a string"},
    {"[\"\\\\\\u0000\"]", "a NUL in a string"},
    {"[\"\xc0\x80\"]", "not UTF-8 at byte 2"},
    {"[\"\xed\xa0\x80\"]", "not UTF-8"},
    {"[\"\xf5\x80\x80\x80\"]", "not UTF-8"},
    {"[\"\xe2\x82\"]", "not UTF-8"},
    {"[\"\xff\"]", "not UTF-8"},
    {"{\"a\":1,\"a\":1}", "a name stands twice"},
    {"{\"a\":1,\"\\u0061\":2}", "a name stands twice"},
    {"{\"a\":null,\"a\":null}", "a name stands twice"},
    {"[{\"b\":[{\"c\":1,\"c\":1}]}]", "a name stands twice"},
    {"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "nested too deep at byte 16"},
};

/* From memory that ends where the text does, so that reading on is seen by the sanitizer. */
START_TEST(refused)
{
	size_t length = strlen(bad[_i].text);
	char *text = malloc(length > 0 ? length : 1);
	const char *reason = NULL;

	ck_assert_ptr_nonnull(text);
	memcpy(text, bad[_i].text, length);
	ck_assert_ptr_null(json_parse(text, length, &reason));
	ck_assert_ptr_nonnull(reason);
	ck_assert_msg(strstr(reason, bad[_i].reason) != NULL, "%s: %s", bad[_i].text, reason);
	free(text);
}
END_TEST

START_TEST(refused_with_nul)
{
	const char *reason;

	ck_assert_ptr_null(json_parse("[1]\0", 4, &reason));
	ck_assert_ptr_null(json_parse("[\"a\0b\"]", 7, &reason));
	ck_assert_ptr_null(json_parse("\0", 1, &reason));
	ck_assert_ptr_null(json_parse(NULL, 0, &reason));
	ck_assert_str_eq(reason, "empty");
}
END_TEST

/* Every text cut short is refused, but never read beyond its end. */
START_TEST(cut_short)
{
	static const char text[] =
	    "{\"a\":[true,-1.5e3,\"\\u20ac\xe2\x82\xac\"],\"b\":{\"c\":null}}";
	const char *reason;
	size_t length;

	for (length = 0; length < sizeof(text) - 1; length++) {
		char *part = malloc(length > 0 ? length : 1);

		ck_assert_ptr_nonnull(part);
		memcpy(part, text, length);
		ck_assert_ptr_null(json_parse(part, length, &reason));
		free(part);
	}
}
END_TEST

/* -- Size -- */

static char *repeat(const char *text, size_t times)
{
	size_t length = strlen(text), i;
	char *all = malloc(length * times + 1);

	ck_assert_ptr_nonnull(all);
	for (i = 0; i < times; i++)
		memcpy(all + i * length, text, length);
	all[length * times] = '\0';
	return all;
}

START_TEST(very_deep)
{
	static const char *const openings[] = {"[", "{\"a\":", "[{\"a\":"};
	char *text = repeat(openings[_i], 100000);
	const char *reason;

	ck_assert_ptr_null(json_parse(text, strlen(text), &reason));
	ck_assert_msg(strstr(reason, "nested too deep") != NULL, "%s", reason);
	free(text);
}
END_TEST

START_TEST(too_long)
{
	char *text = repeat(" ", FILE_MAX + 1);
	struct json_object *tree;
	const char *reason;

	text[0] = '1';
	ck_assert_ptr_null(json_parse(text, FILE_MAX + 1, &reason));
	ck_assert_str_eq(reason, "too long");
	tree = json_parse(text, FILE_MAX, &reason);
	ck_assert_ptr_nonnull(tree);
	json_wipe(tree);
	free(text);
}
END_TEST

/* A hundred thousand names: a look for duplicates that compared each with each would never end. */
START_TEST(many_names)
{
	struct buf text = BUF_INIT;
	struct json_object *tree;
	const char *reason = "";
	int64_t value = 0;
	unsigned i;

	for (i = 0; i < 80000; i++)
		buf_printf(&text, "%c\"%x\":1", i == 0 ? '{' : ',', i);
	buf_char(&text, '}');
	tree = json_parse(text.data, text.length, &reason);
	ck_assert_msg(tree != NULL, "%s", reason);
	ck_assert(json_number(tree, "1387f", &value));
	ck_assert_int_eq(value, 1);
	json_wipe(tree);
	buf_cut(&text, text.length - 1);
	buf_str(&text, ",\"ff\":2}");
	ck_assert_ptr_null(json_parse(text.data, text.length, &reason));
	ck_assert_str_eq(reason, "not JSON: a name stands twice");
	buf_done(&text);
}
END_TEST

/* -- Members -- */

START_TEST(members)
{
	struct json_object *tree =
	    parse("{\"s\":\"text\",\"e\":\"\",\"n\":17,\"z\":null,\"a\":[1]}");

	ck_assert_str_eq(json_string(tree, "s"), "text");
	ck_assert_str_eq(json_string(tree, "e"), "");
	ck_assert_ptr_null(json_string(tree, "n"));
	ck_assert_ptr_null(json_string(tree, "z"));
	ck_assert_ptr_null(json_string(tree, "absent"));
	ck_assert_ptr_null(json_string(json_member(tree, "a"), "s"));
	ck_assert_ptr_null(json_string(NULL, "s"));
	ck_assert_ptr_nonnull(json_member(tree, "a"));
	ck_assert_ptr_null(json_member(tree, "absent"));
	json_wipe(tree);
}
END_TEST

static const struct {
	const char *text;
	bool ok;
	int64_t value;
} numbers[] = {
    {"3600", true, 3600},
    {"-1", true, -1},
    {"3600.0", true, 3600},
    {"1e3", true, 1000},
    {"\"3600\"", true, 3600},
    {"9223372036854775807", true, INT64_MAX},
    {"9223372036854775808", false, 0},
    {"18446744073709551616", false, 0},
    {"-9223372036854775809", false, 0},
    {"1e999", false, 0},
    {"1e19", false, 0},
    {"3600.5", false, 0},
    {"\"\"", false, 0},
    {"\"3600s\"", false, 0},
    {"true", false, 0},
    {"null", false, 0},
    {"[1]", false, 0},
};

START_TEST(number)
{
	struct json_object *tree;
	int64_t value = 4711;
	char text[64];

	(void)snprintf(text, sizeof(text), "{\"n\":%s}", numbers[_i].text);
	tree = parse(text);
	ck_assert(json_number(tree, "n", &value) == numbers[_i].ok);
	ck_assert_int_eq(value, numbers[_i].ok ? numbers[_i].value : 4711);
	ck_assert(!json_number(tree, "absent", &value));
	json_wipe(tree);
}
END_TEST

START_TEST(set_and_print)
{
	struct json_object *tree = parse("{\"b\":1}");
	struct buf out = BUF_INIT;

	ck_assert(json_set_string(tree, "a", "x/\"\n\xc3\xa4"));
	ck_assert(json_set_number(tree, "n", INT64_MAX));
	ck_assert(json_set_string(tree, "b", NULL));
	ck_assert(json_set_string(tree, "absent", NULL));
	json_print(&out, tree, false);
	ck_assert_str_eq(buf_text(&out), "{\"a\":\"x/\\\"\\n\xc3\xa4\",\"n\":9223372036854775807}");
	buf_reset(&out);
	json_print(&out, tree, true);
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "\n  \"n\": 9223372036854775807\n}"));
	buf_done(&out);
	json_wipe(tree);
}
END_TEST

/* -- Wiping -- */

/* The strings are kept alive, so that the test may look at them afterwards. */
START_TEST(wiped)
{
	struct json_object *tree =
	    parse("{\"a\":\"short\",\"b\":[{\"c\":\"a string that is too long "
		  "for the space that json-c has inside of an object\"}]}");
	struct json_object *a = json_object_get(json_member(tree, "a"));
	struct json_object *b = json_member(tree, "b"), *c;
	size_t length, i;

	c = json_object_get(json_member(json_object_array_get_idx(b, 0), "c"));
	length = (size_t)json_object_get_string_len(c);
	json_wipe(tree);
	ck_assert_int_eq(json_object_get_string_len(a), 5);
	ck_assert_mem_eq(json_object_get_string(a), "\0\0\0\0\0", 5);
	for (i = 0; i < length; i++)
		ck_assert_int_eq(json_object_get_string(c)[i], 0);
	json_object_put(a);
	json_object_put(c);
	json_wipe(NULL);
}
END_TEST

/* json-c keeps what it printed with the tree: there it is wiped as well. */
START_TEST(printed_is_wiped)
{
	struct json_object *tree = parse("{\"a\":\"CANARY\"}");
	struct buf out = BUF_SECRET;
	const char *kept;

	kept = json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN);
	ck_assert_ptr_nonnull(strstr(kept, "CANARY"));
	json_print(&out, tree, false);
	ck_assert_str_eq(buf_text(&out), "{\"a\":\"CANARY\"}");
	/* The same memory, since it is no longer than before. */
	ck_assert_mem_eq(kept, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 14);
	buf_done(&out);
	json_wipe(tree);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json");
	TCase *guard = tcase_create("guard"), *tree = tcase_create("tree");

	tcase_add_loop_test(guard, taken, 0, COUNT(good));
	tcase_add_loop_test(guard, refused, 0, COUNT(bad));
	tcase_add_test(guard, refused_with_nul);
	tcase_add_test(guard, cut_short);
	tcase_add_loop_test(guard, very_deep, 0, 3);
	tcase_add_test(guard, too_long);
	tcase_add_test(guard, many_names);
	suite_add_tcase(suite, guard);
	tcase_add_test(tree, members);
	tcase_add_loop_test(tree, number, 0, COUNT(numbers));
	tcase_add_test(tree, set_and_print);
	tcase_add_test(tree, wiped);
	tcase_add_test(tree, printed_is_wiped);
	suite_add_tcase(suite, tree);
	return suite_run(suite);
}
