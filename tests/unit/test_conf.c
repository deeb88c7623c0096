/* SPDX-License-Identifier: MIT */
/* One configuration file: loading, problems with their place, values. Also the files of conf/. */
#include "core/config/conf.h"
#include "core/config/schema.h"
#include "core/config/url.h"
#include "core/os/clock.h"
#include "core/os/file.h"

#include "config_world.h"
#include "suite.h"

static struct world world;
static struct conf *conf;

static void setup(void)
{
	world_init(&world);
	conf = NULL;
}

static void teardown(void)
{
	conf_free(conf);
	world_done(&world);
}

static const struct schema anything[] = {
    {.name = "s", .type = SCHEMA_STRING},
    {.name = "n", .type = SCHEMA_NUMBER},
    {.name = "big", .type = SCHEMA_NUMBER},
    {.name = "b", .type = SCHEMA_BOOL},
    {.name = "d", .type = SCHEMA_DURATION},
    {.name = "list", .type = SCHEMA_STRINGS},
    {.name = "rows", .type = SCHEMA_GROUPS, .members = anything},
    {.name = NULL},
};

static credence_rc parse(const char *text)
{
	return conf_parse(&world.call, "x.conf", PLACE_ADMIN, text, strlen(text), anything, NULL,
			  &conf);
}

START_TEST(values)
{
	struct buf text = BUF_INIT;
	struct setting row;

	ck_assert_int_eq(
	    parse("s = \"a\" \"b\"; n = 7; big = 5000000000L; b = true; d = \"10m\";\n"
		  "list = [ \"x\", \"y\" ];\nrows = ( { s = \"0\"; },\n{ s = \"1\"; } );"),
	    CREDENCE_SUCCESS);
	ck_assert_str_eq(setting_string(conf_find(conf, "s")), "ab");
	ck_assert_int_eq(setting_number(conf_find(conf, "n"), -1), 7);
	ck_assert_int_eq(setting_number(conf_find(conf, "big"), -1), INT64_C(5000000000));
	ck_assert(setting_bool(conf_find(conf, "b"), false));
	ck_assert_int_eq(setting_duration(conf_find(conf, "d"), -1), 10 * CLOCK_MINUTE);
	row = conf_find(conf, "rows.[1]");
	ck_assert_str_eq(setting_string(setting_member(row, "s")), "1");
	ck_assert_int_eq(config_setting_source_line(row.value), 4);
	ck_assert_uint_eq(setting_count(conf_find(conf, "rows")), 2);
	ck_assert_ptr_null(setting_element(conf_find(conf, "rows"), 2).value);
	setting_text(conf_find(conf, "list"), &text);
	buf_char(&text, '|');
	setting_text(conf_find(conf, "big"), &text);
	buf_char(&text, '|');
	setting_text(conf_find(conf, "b"), &text);
	ck_assert_str_eq(buf_text(&text), "x y|5000000000|true");
	buf_done(&text);
}
END_TEST

START_TEST(absent_values)
{
	ck_assert_int_eq(parse("s = \"a\";"), CREDENCE_SUCCESS);
	ck_assert_ptr_null(conf_find(conf, "n").value);
	ck_assert_ptr_null(conf_find(NULL, "n").value);
	ck_assert_ptr_null(conf_find(conf, "s.n").value);
	ck_assert_ptr_null(setting_string(conf_find(conf, "n")));
	ck_assert_int_eq(setting_number(conf_find(conf, "s"), -1), -1);
	ck_assert(setting_bool(conf_find(conf, "s"), true));
	ck_assert_int_eq(setting_duration(conf_find(conf, "s"), -1), -1);
	ck_assert_uint_eq(setting_count(conf_find(conf, "s")), 0);
}
END_TEST

START_TEST(lists_decide_whole)
{
	struct setting found;

	ck_assert_int_eq(parse("s = \"a\"; rows = ( { s = \"0\"; } );"), CREDENCE_SUCCESS);
	ck_assert(setting_decides(conf_root(conf), "s", &found));
	ck_assert_str_eq(setting_string(found), "a");
	ck_assert(setting_decides(conf_root(conf), "rows.[0].s", &found));
	ck_assert_ptr_nonnull(found.value);
	ck_assert(setting_decides(conf_root(conf), "rows.[1].s", &found));
	ck_assert_ptr_null(found.value);
	ck_assert(!setting_decides(conf_root(conf), "list.[0]", &found));
	ck_assert(!setting_decides(conf_root(conf), "n", &found));
}
END_TEST

static const struct {
	const char *text, *error;
} wrong[] = {
    {"s = \"a\"\nt = ;", "x.conf:2: syntax error"},
    {"s = \"a\";\ns = \"b\";", "x.conf:2: duplicate setting name"},
    {"s = \"a\";\n@include \"y\"", "x.conf:2: @include is not taken"},
    {"\nn = 3000000000;", "x.conf:2: number 3000000000 does not fit 32 bits"},
    {"s = \"a\";\nss = 1;\nn = \"x\";", "x.conf:2: unknown setting \"ss\"; did you mean \"s\"?"},
};

START_TEST(problems_have_their_place)
{
	ck_assert_int_eq(parse(wrong[_i].text), CREDENCE_CONFIG);
	ck_assert_str_eq(world_error(&world), wrong[_i].error);
	ck_assert_ptr_null(conf);
}
END_TEST

static unsigned problems;

static void count(void *data, const char *file, int line, const char *message, const char *hint)
{
	(void)hint;
	ck_assert_ptr_eq(data, &problems);
	ck_assert_str_eq(file, "x.conf");
	ck_assert_int_eq(line, (int)problems + 1);
	ck_assert_ptr_nonnull(message);
	problems++;
}

START_TEST(reports_have_all_problems)
{
	const struct conf_report report = {.problem = count, .data = &problems};
	const char *text = "x1 = 1;\nn = \"a\";\nd = \"3\";\ns = \"good\";";

	problems = 0;
	ck_assert_int_eq(conf_parse(&world.call, "x.conf", PLACE_ADMIN, text, strlen(text),
				    anything, &report, &conf),
			 CREDENCE_CONFIG);
	ck_assert_uint_eq(problems, 3);
	ck_assert_ptr_nonnull(conf);
	ck_assert_str_eq(setting_string(conf_find(conf, "s")), "good");
	ck_assert_str_eq(world_error(&world), "");
}
END_TEST

static credence_rc load(const char *name, bool walk)
{
	char *path = world_path(&world, name);
	credence_rc rc;

	rc = conf_load(&world.call, path, PLACE_USER, anything, NULL, walk, &conf);
	free(path);
	return rc;
}

START_TEST(files)
{
	char *path = world_path(&world, "a.conf");

	world_file(&world, "a.conf", "s = \"a\"; # no newline");
	ck_assert_int_eq(load("a.conf", true), CREDENCE_SUCCESS);
	ck_assert_str_eq(conf->path, path);
	ck_assert_int_eq(conf->place, PLACE_USER);
	conf_free(conf);
	conf = NULL;
	ck_assert_int_eq(load("b.conf", false), CREDENCE_MISS);
	ck_assert_str_eq(world_error(&world), "");
	world_file(&world, "empty.conf", "");
	ck_assert_int_eq(load("empty.conf", false), CREDENCE_SUCCESS);
	ck_assert_uint_eq(setting_count(conf_root(conf)), 0);
	conf_free(conf);
	conf = NULL;
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_int_eq(load("a.conf", false), CREDENCE_UNSAFE);
	ck_assert_str_ne(world_error(&world), "");
	free(path);
}
END_TEST

START_TEST(failing_at_a_setting)
{
	struct setting none = {.value = NULL};

	ck_assert_int_eq(parse("s = \"a\";\nn = 1;"), CREDENCE_SUCCESS);
	ck_assert_int_eq(setting_fail(&world.call, conf_find(conf, "n"), "no %d", 1),
			 CREDENCE_CONFIG);
	ck_assert_str_eq(world_error(&world), "x.conf:2: no 1");
	call_clear(&world.call);
	setting_fail(&world.call, conf_root(conf), "lacks it");
	ck_assert_str_eq(world_error(&world), "x.conf: lacks it");
	call_clear(&world.call);
	setting_fail(&world.call, none, "nowhere");
	ck_assert_str_eq(world_error(&world), "nowhere");
}
END_TEST

/* -- What is shipped -- */

static const char *source_folder(void)
{
	const char *given = getenv("top_srcdir");

	return given != NULL ? given : ".";
}

/* A file of conf/; examples: lines like "#x = 1;" are taken as if the # was not there. */
static void shipped(const char *name, const struct schema *schema, bool examples)
{
	struct buf text = BUF_INIT;
	char *path = NULL, byte;
	bool start = true;
	FILE *file;

	ck_assert_int_gt(asprintf(&path, "%s/conf/%s", source_folder(), name), 0);
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s can't be opened; set top_srcdir", path);
	while (fread(&byte, 1, 1, file) == 1) {
		int next = fgetc(file);

		if (next != EOF)
			(void)ungetc(next, file);
		if (!(examples && start && byte == '#' && next != ' '))
			buf_char(&text, byte);
		start = byte == '\n';
	}
	(void)fclose(file);
	ck_assert_msg(conf_parse(&world.call, name, PLACE_VENDOR, buf_text(&text), text.length,
				 schema, NULL, &conf) == CREDENCE_SUCCESS,
		      "%s", world_error(&world));
	buf_done(&text);
	free(path);
}

static const struct {
	const char *name;
	const struct schema *schema;
	bool examples;
} files_shipped[] = {
    {"credence.conf", schema_main, false},
    {"credence.conf", schema_main, true},
    {"providers/zoho.conf", schema_provider, false},
    {"examples/provider-example.conf", schema_provider, false},
    {"examples/profiles/crm.conf", schema_profile, false},
    {"examples/profiles/reports.conf", schema_profile, false},
};

START_TEST(shipped_files_are_good)
{
	shipped(files_shipped[_i].name, files_shipped[_i].schema, files_shipped[_i].examples);
	ck_assert_int_eq(setting_count(conf_root(conf)) == 0,
			 files_shipped[_i].schema == schema_main && !files_shipped[_i].examples);
}
END_TEST

static void is_origin(struct setting row, const char *name)
{
	const char *text = setting_string(setting_member(row, name));
	struct url url;

	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_null(url_parse(text, &url));
	ck_assert_uint_eq(url.origin_length, strlen(text));
	ck_assert(url.tls);
}

static void differ(struct setting a, struct setting b, const char *name)
{
	ck_assert_str_ne(setting_string(setting_member(a, name)),
			 setting_string(setting_member(b, name)));
}

START_TEST(shipped_data_centres_are_distinct)
{
	static const char *const origins[] = {"accounts_server", "api_domain", "console"};
	struct setting list;

	shipped("providers/zoho.conf", schema_provider, false);
	list = conf_find(conf, "datacenters");
	ck_assert_uint_eq(setting_count(list), 10);
	for (unsigned i = 0; i < setting_count(list); i++)
		for (size_t k = 0; k < sizeof(origins) / sizeof(origins[0]); k++)
			is_origin(setting_element(list, i), origins[k]);
	for (unsigned i = 0; i < setting_count(list); i++)
		for (unsigned j = 0; j < i; j++) {
			differ(setting_element(list, i), setting_element(list, j), "location");
			for (size_t k = 0; k < sizeof(origins) / sizeof(origins[0]); k++)
				differ(setting_element(list, i), setting_element(list, j),
				       origins[k]);
		}
}
END_TEST

/* No two entries can claim the same error at the same step. */
START_TEST(shipped_errors_are_distinct)
{
	struct setting list;

	shipped("providers/zoho.conf", schema_provider, false);
	list = conf_find(conf, "errors");
	for (unsigned i = 0; i < setting_count(list); i++)
		for (unsigned j = 0; j < i; j++) {
			struct setting a = setting_element(list, i), b = setting_element(list, j);
			const char *at_a = setting_string(setting_member(a, "at"));
			const char *at_b = setting_string(setting_member(b, "at"));
			const char *code = setting_string(setting_member(a, "code"));

			ck_assert_msg(
			    strcmp(code, setting_string(setting_member(b, "code"))) != 0 ||
				strcmp(at_a != NULL ? at_a : "", at_b != NULL ? at_b : "") != 0,
			    "%s twice", code);
		}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf");
	TCase *tests = tcase_create("conf"), *data = tcase_create("shipped");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, values);
	tcase_add_test(tests, absent_values);
	tcase_add_test(tests, lists_decide_whole);
	tcase_add_loop_test(tests, problems_have_their_place, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tests, reports_have_all_problems);
	tcase_add_test(tests, files);
	tcase_add_test(tests, failing_at_a_setting);
	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(data, setup, teardown);
	tcase_add_loop_test(data, shipped_files_are_good, 0,
			    sizeof(files_shipped) / sizeof(files_shipped[0]));
	tcase_add_test(data, shipped_data_centres_are_distinct);
	tcase_add_test(data, shipped_errors_are_distinct);
	suite_add_tcase(suite, data);
	return suite_run(suite);
}
