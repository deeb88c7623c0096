/* SPDX-License-Identifier: MIT */
/* A module's options: checked against what it declares, with place and nearest name; and read. */
#include "core/module/options.h"

#include "core/os/secret.h"

#include "config_world.h"
#include "suite.h"

#define REST "provider = \"p\"; grant = \"g\";\n"

static struct credence_option declared[] = {
    {"text", CREDENCE_STRING, 0, "fallback", "a text"},
    {"number", CREDENCE_NUMBER, 0, "7", "a number"},
    {"flag", CREDENCE_BOOL, 0, "true", "true or false"},
    {"pause", CREDENCE_DURATION, 0, "90s", "a duration"},
    {"words", CREDENCE_LIST, 0, NULL, "a list"},
    {"key", CREDENCE_SECRET, 0, NULL, "a secret"},
    {"must", CREDENCE_STRING, CREDENCE_REQUIRED, NULL, "what must be there"},
    {"bare", CREDENCE_STRING, 0, NULL, NULL},
    {"servers", CREDENCE_ORIGINS, 0, NULL, "where it is"},
    {"ca", CREDENCE_FILE, 0, NULL, "a file"},
    {"cert", CREDENCE_KEY_FILE, 0, NULL, "a file with a key"},
    {NULL, 0, 0, NULL, NULL},
};
static const struct module module = {
    .role = CREDENCE_ROLE_STORE,
    .descriptor = {.name = "stub", .options = declared},
};

static struct world world;
static struct profile *profile;
static struct stack_conf stack;

static void setup(void)
{
	world_init(&world);
	profile = NULL;
	memset(&stack, 0, sizeof(stack));
}

static void teardown(void)
{
	stack_conf_done(&stack);
	profile_free(profile);
	world_done(&world);
}

/* The stack's only entry, written as store = …; in line 2. */
static const struct entry_conf *entry(const char *store)
{
	char *text = NULL;

	ck_assert_int_gt(asprintf(&text, REST "store = %s;\n", store), 0);
	world_file(&world, "admin/profiles.d/crm.conf", text);
	free(text);
	profile = world_profile(&world, "crm");
	ck_assert_int_eq(stack_conf_load(&world.call, profile, "store", &stack), CREDENCE_SUCCESS);
	return &stack.entry[0];
}

static const struct entry_conf *entry_with(const char *options)
{
	const struct entry_conf *made;
	char *store = NULL;

	ck_assert_int_gt(
	    asprintf(&store, "{ use = \"stub\"; control = \"required\"; %s }", options), 0);
	made = entry(store);
	free(store);
	return made;
}

/* -- Checking -- */

START_TEST(all_good)
{
	const struct entry_conf *conf = entry_with(
	    "cache_max_age = \"1h\"; text = \"t\"; number = 12L; flag = false; pause = \"10m\"; "
	    "words = [ \"a\", \"b\" ]; key = \"env:NAME\"; must = \"m\"; bare = \"\"; "
	    "servers = [ \"https://a.example:2379\", \"http://[::1]:1\" ]; ca = \"/a\"; cert = "
	    "\"/b\";");

	ck_assert_int_eq(options_check(&world.call, &module, conf, NULL), CREDENCE_SUCCESS);
	ck_assert_ptr_null(world.call.failure.message);
}
END_TEST

static const struct wrong {
	const char *options, *message;
} wrong[] = {
    {"must = \"\"; wrods = [ \"a\" ];",
     "unknown option \"wrods\" of store stub; did you mean \"words\"?"},
    {"must = \"\"; zzzzzzzz = 1;", "unknown option \"zzzzzzzz\" of store stub"},
    {"must = \"\"; text = 1;", "option text of store stub must be text in quotes"},
    {"must = \"\"; number = \"1\";", "option number of store stub must be a whole number"},
    {"must = \"\"; number = 1.5;", "option number of store stub must be a whole number"},
    {"must = \"\"; flag = 1;", "option flag of store stub must be true or false"},
    {"must = \"\"; pause = \"10\";",
     "option pause of store stub must be a duration with a unit, e.g. \"90s\""},
    {"must = \"\"; pause = 10;",
     "option pause of store stub must be a duration with a unit, e.g. \"90s\""},
    {"must = \"\"; words = \"a\";",
     "option words of store stub must be a list of strings, e.g. [ \"a\", \"b\" ]"},
    {"must = \"\"; words = ( \"a\", 1 );",
     "option words of store stub must be a list of strings, e.g. [ \"a\", \"b\" ]"},
    {"must = \"\"; key = \"secret\";", "option key of store stub must be a reference to a secret"},
    {"must = \"\"; key = \"flie:/x\";", "option key of store stub must be a reference to a secret"},
    {"must = \"\"; servers = \"https://a.example\";",
     "option servers of store stub must be a list of servers, e.g. [ "
     "\"https://db.example.net:2379\" ]"},
    {"must = \"\"; servers = [ ];",
     "option servers of store stub must be a list of servers, e.g. [ "
     "\"https://db.example.net:2379\" ]"},
    {"must = \"\"; servers = [ \"https://a.example\", \"http://b.example:2379\" ];",
     "option servers of store stub can't be http://b.example:2379: http is for 127.0.0.1 and "
     "[::1] only; write https://"},
    {"must = \"\"; servers = [ \"https://a.example/v3\" ];",
     "option servers of store stub can't be https://a.example/v3: it is more than a server"},
    {"must = \"\"; servers = [ \"https://u:p@a.example\" ];",
     "option servers of store stub can't be https://u:p@a.example: it has a user name"},
    {"must = \"\"; ca = \"ca.pem\";",
     "option ca of store stub must be the absolute path of a file"},
    {"must = \"\"; cert = 1;", "option cert of store stub must be the absolute path of a file"},
    {"text = \"t\";", "store stub needs option must (what must be there)"},
    {"must = { a = 1; };", "option must of store stub must be text in quotes"},
};

START_TEST(is_wrong)
{
	const struct wrong *w = &wrong[_i];
	char expected[256];

	(void)snprintf(expected, sizeof(expected), "admin/profiles.d/crm.conf:2: %s", w->message);
	ck_assert_int_eq(options_check(&world.call, &module, entry_with(w->options), NULL),
			 CREDENCE_CONFIG);
	ck_assert_str_eq(world_error(&world), expected);
	ck_assert_int_eq(call_status(&world.call, CREDENCE_ROLE_STORE), STATUS_CONFIG);
}
END_TEST

START_TEST(hints)
{
	(void)options_check(&world.call, &module, entry_with("must = \"\"; key = \"x\";"), NULL);
	ck_assert_ptr_nonnull(strstr(world.call.failure.hint, "file:/path"));
	call_clear(&world.call);
	stack_conf_done(&stack);
	profile_free(profile);
	(void)options_check(&world.call, &module, entry_with("must = \"\"; zzzzzzzz = 1;"), NULL);
	ck_assert_str_eq(world.call.failure.hint, "credence module info shows its options");
}
END_TEST

/* An entry that is only a name, or nobody's. */
START_TEST(required_without_a_group)
{
	ck_assert_int_eq(options_check(&world.call, &module, entry("\"stub\""), NULL),
			 CREDENCE_CONFIG);
	ck_assert_str_eq(world_error(&world),
			 "admin/profiles.d/crm.conf:2: store stub needs option "
			 "must (what must be there)");
}
END_TEST

START_TEST(required_of_a_default)
{
	static const struct entry_conf nobodys = {.use = (char *)"stub"};

	ck_assert_int_eq(options_check(&world.call, &module, &nobodys, NULL), CREDENCE_CONFIG);
	ck_assert_str_eq(world_error(&world), "store stub needs option must (what must be there)");
}
END_TEST

static unsigned reported;

static void problem(void *data, const char *file, int line, const char *message, const char *hint)
{
	(void)hint;
	ck_assert_ptr_eq(data, &reported);
	ck_assert_ptr_nonnull(strstr(file, "crm.conf"));
	ck_assert_int_eq(line, 2);
	ck_assert_str_ne(message, "");
	reported++;
}

START_TEST(report_has_all)
{
	const struct conf_report report = {.problem = problem, .data = &reported};

	reported = 0;
	ck_assert_int_eq(options_check(&world.call, &module,
				       entry_with("text = 1; number = true; nothing = 1;"),
				       &report),
			 CREDENCE_CONFIG);
	ck_assert_uint_eq(reported, 4);
	ck_assert_ptr_null(world.call.failure.message);
}
END_TEST

START_TEST(own_members)
{
	ck_assert(options_is_own(CREDENCE_ROLE_STORE, "use"));
	ck_assert(options_is_own(CREDENCE_ROLE_STORE, "cache_max_age"));
	ck_assert(options_is_own(CREDENCE_ROLE_HOOK, "control"));
	ck_assert(!options_is_own(CREDENCE_ROLE_HOOK, "cache_max_age"));
	ck_assert(options_is_own(CREDENCE_ROLE_TRANSPORT, "use"));
	ck_assert(!options_is_own(CREDENCE_ROLE_TRANSPORT, "control"));
	ck_assert(options_is_own(CREDENCE_ROLE_SIGNER, "use"));
	ck_assert(!options_is_own(CREDENCE_ROLE_SIGNER, "control"));
	ck_assert(!options_is_own(CREDENCE_ROLE_STORE, "text"));
}
END_TEST

/* -- Reading -- */

static void expect_text(const struct entry_conf *conf, const char *name, const char *expected)
{
	struct buf text = BUF_INIT;
	bool found = options_text(&module, conf, name, &text);

	ck_assert_int_eq(found, expected != NULL);
	ck_assert_str_eq(buf_text(&text), expected != NULL ? expected : "");
	buf_done(&text);
}

static void expect_item(const struct entry_conf *conf, unsigned index, const char *expected)
{
	struct buf text = BUF_INIT;
	bool found = options_item(&module, conf, "words", index, &text);

	ck_assert_int_eq(found, expected != NULL);
	ck_assert_str_eq(buf_text(&text), expected != NULL ? expected : "");
	buf_done(&text);
}

START_TEST(read_values)
{
	const struct entry_conf *conf = entry_with(
	    "text = \"t\"; number = -9223372036854775807L; flag = false; pause = \"10m\"; "
	    "words = [ \"a\", \"b\" ]; must = \"m\";");

	expect_text(conf, "text", "t");
	expect_text(conf, "must", "m");
	expect_text(conf, "bare", NULL);
	expect_text(conf, "words", NULL);
	expect_text(conf, "undeclared", NULL);
	expect_text(conf, "use", NULL);
	expect_text(conf, "number", "-9223372036854775807");
	expect_text(conf, "flag", "false");
	ck_assert_int_eq(options_number(&module, conf, "number"), -INT64_MAX);
	ck_assert_int_eq(options_number(&module, conf, "flag"), 0);
	ck_assert_int_eq(options_number(&module, conf, "pause"), 600000);
	ck_assert_int_eq(options_number(&module, conf, "undeclared"), 0);
	ck_assert_int_eq(options_number(&module, conf, "text"), 0);
	expect_item(conf, 0, "a");
	expect_item(conf, 1, "b");
	expect_item(conf, 2, NULL);
}
END_TEST

START_TEST(read_fallbacks)
{
	const struct entry_conf *conf = entry("\"stub\"");

	expect_text(conf, "text", "fallback");
	expect_text(conf, "bare", NULL);
	ck_assert_int_eq(options_number(&module, conf, "number"), 7);
	ck_assert_int_eq(options_number(&module, conf, "flag"), 1);
	ck_assert_int_eq(options_number(&module, conf, "pause"), 90000);
	expect_item(conf, 0, NULL);
	declared[4].fallback = "only";
	expect_item(conf, 0, "only");
	expect_item(conf, 1, NULL);
}
END_TEST

START_TEST(read_secret)
{
	const struct entry_conf *conf = entry_with("key = \"plain:hidden\"; must = \"m\";");
	char *value = NULL;

	expect_text(conf, "key", NULL);
	ck_assert_int_eq(options_secret(&world.call, &module, conf, "key", NULL, &value),
			 CREDENCE_SUCCESS);
	ck_assert_str_eq(value, "hidden");
	secret_free(value);
	ck_assert_int_eq(options_secret(&world.call, &module, conf, "must", NULL, &value),
			 CREDENCE_MISS);
	ck_assert_int_eq(options_secret(&world.call, &module, conf, "none", NULL, &value),
			 CREDENCE_MISS);
	stack_conf_done(&stack);
	profile_free(profile);
	conf = entry("\"stub\"");
	ck_assert_int_eq(options_secret(&world.call, &module, conf, "key", NULL, &value),
			 CREDENCE_MISS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("options");
	TCase *tests = tcase_create("options");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, all_good);
	tcase_add_loop_test(tests, is_wrong, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tests, hints);
	tcase_add_test(tests, required_without_a_group);
	tcase_add_test(tests, required_of_a_default);
	tcase_add_test(tests, report_has_all);
	tcase_add_test(tests, own_members);
	tcase_add_test(tests, read_values);
	tcase_add_test(tests, read_fallbacks);
	tcase_add_test(tests, read_secret);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
