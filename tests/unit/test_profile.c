/* SPDX-License-Identifier: MIT */
/* Profiles: places, the layers of their settings, and stacks. */
#include "core/config/profile.h"
#include "core/os/file.h"

#include "config_world.h"
#include "suite.h"

#define MINIMAL "provider = \"p\"; client = { id = \"cid\"; }; grant = \"g\";"

static struct world world;
static struct profile *profile;

static void setup(void)
{
	world_init(&world);
	profile = NULL;
}

static void teardown(void)
{
	profile_free(profile);
	world_done(&world);
}

static credence_rc load(const char *name)
{
	return profile_load(&world.call, &world.places, &world.main, name, NULL, false, &profile);
}

static const char *own(const char *path)
{
	return setting_string(profile_own(profile, path));
}

START_TEST(members)
{
	world_file(&world, "admin/profiles.d/crm.conf",
		   MINIMAL "scope = [ \"a\", \"b\" ]; resource = \"urn:r\"; audience = \"d\";");
	profile = world_profile(&world, "crm");
	ck_assert_str_eq(profile->name, "crm");
	ck_assert_str_eq(profile->provider_name, "p");
	ck_assert_str_eq(profile->credential, "crm");
	ck_assert_str_eq(profile->client_id, "cid");
	ck_assert_str_eq(profile->owner, "cid");
	ck_assert_str_eq(profile->resource, "urn:r");
	ck_assert_str_eq(profile->audience, "d");
	ck_assert_str_eq(profile->scope, "a b");
	ck_assert_str_eq(profile->state_dir, world.places.admin_state);
	ck_assert_ptr_null(profile->provider);
}
END_TEST

START_TEST(absent_members)
{
	world_file(&world, "user/profiles.d/crm.conf",
		   "provider = \"p\"; credential = \"c\"; owner = \"o\";");
	profile = world_profile(&world, "crm");
	ck_assert_str_eq(profile->credential, "c");
	ck_assert_str_eq(profile->client_id, "");
	ck_assert_str_eq(profile->owner, "o");
	ck_assert_str_eq(profile->resource, "");
	ck_assert_str_eq(profile->scope, "");
	ck_assert_str_eq(profile->state_dir, world.places.user_state);
}
END_TEST

START_TEST(highest_place_wins)
{
	static const char *const files[] = {
	    "vendor/profiles.d/crm.conf", "admin/profiles.d/crm.conf", "user/profiles.d/crm.conf"};

	for (int i = 0; i < PLACE_COUNT; i++) {
		world_file(&world, files[i], MINIMAL);
		profile = world_profile(&world, "crm");
		ck_assert_int_eq(profile->conf->place, PLACE_VENDOR - i);
		profile_free(profile);
		profile = NULL;
	}
}
END_TEST

START_TEST(missing)
{
	ck_assert_int_eq(load("crm"), CREDENCE_CONFIG);
	ck_assert_int_eq(call_status(&world.call, 0), STATUS_NO_PROFILE);
	ck_assert_str_eq(world_error(&world), "there is no profile \"crm\"");
	ck_assert_ptr_nonnull(world.call.failure.hint);
	call_clear(&world.call);
	world_file(&world, "admin/profiles.d/crm.conf", MINIMAL);
	ck_assert_int_eq(load("crmm"), CREDENCE_CONFIG);
	ck_assert_str_eq(world.call.failure.hint, "did you mean \"crm\"?");
	call_clear(&world.call);
	ck_assert_int_eq(load("../crm"), CREDENCE_CONFIG);
	ck_assert_int_eq(call_status(&world.call, 0), STATUS_USAGE);
}
END_TEST

START_TEST(broken)
{
	world_file(&world, "admin/profiles.d/crm.conf", "grant = \"g\";");
	ck_assert_int_eq(load("crm"), CREDENCE_CONFIG);
	ck_assert_str_eq(
	    world_error(&world),
	    "admin/profiles.d/crm.conf: provider is missing, e.g. provider = \"NAME\";");
	ck_assert_int_eq(call_status(&world.call, 0), STATUS_CONFIG);
	call_clear(&world.call);
	/* A broken file higher does not let a lower one through. */
	world_file(&world, "user/profiles.d/crm.conf", "provider = \"p\"; x");
	world_file(&world, "admin/profiles.d/crm.conf", MINIMAL);
	ck_assert_int_eq(load("crm"), CREDENCE_CONFIG);
	ck_assert_str_eq(world_error(&world), "user/profiles.d/crm.conf:2: syntax error");
}
END_TEST

static unsigned problems;

static void count(void *data, const char *file, int line, const char *message, const char *hint)
{
	(void)data;
	(void)file;
	(void)line;
	(void)message;
	(void)hint;
	problems++;
}

START_TEST(reported)
{
	const struct conf_report report = {.problem = count};

	world_file(&world, "admin/profiles.d/crm.conf", MINIMAL "a = 1; b = 2;");
	ck_assert_int_eq(
	    profile_load(&world.call, &world.places, &world.main, "crm", &report, false, &profile),
	    CREDENCE_CONFIG);
	ck_assert_uint_eq(problems, 2);
	ck_assert_ptr_nonnull(profile);
	ck_assert_str_eq(profile->provider_name, "p");
}
END_TEST

static void become_user(void)
{
	ck_assert_int_eq(chmod(world.root, 0755), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
}

static void become_self(void)
{
	ck_assert_int_eq(seteuid(getuid()), 0);
}

/* A home that this user can't look into has no profiles for this user. */
START_TEST(home_of_another)
{
	char *home = world_path(&world, "user");

	world_file(&world, "user/profiles.d/crm.conf", "provider = \"user\";");
	world_file(&world, "admin/profiles.d/crm.conf", "provider = \"admin\";");
	ck_assert_int_eq(chmod(home, 0), 0);
	become_user();
	ck_assert_int_eq(load("crm"), CREDENCE_SUCCESS);
	ck_assert_str_eq(profile->provider_name, "admin");
	become_self();
	ck_assert_int_eq(chmod(home, 0700), 0);
	free(home);
}
END_TEST

START_TEST(not_allowed)
{
	char *file = world_path(&world, "admin/profiles.d/crm.conf");

	world_file(&world, "admin/profiles.d/crm.conf", MINIMAL);
	world_file(&world, "vendor/profiles.d/crm.conf", MINIMAL);
	ck_assert_int_eq(chmod(file, 0), 0);
	become_user();
	ck_assert_int_eq(load("crm"), CREDENCE_DENIED);
	ck_assert_int_eq(call_status(&world.call, 0), STATUS_NOT_ALLOWED);
	become_self();
	free(file);
}
END_TEST

/* profile, then for each credence.conf (admin's first) what is for its provider, then the rest. */
START_TEST(layers)
{
	world_file(&world, "user/profiles.d/crm.conf", "audience = \"own\"; provider = \"p\";");
	world_file(
	    &world, "admin/credence.conf",
	    "defaults = { audience = \"a\"; owner = \"a\"; resource = \"urn:a\"; providers = ( { "
	    "name = \"q\"; owner = \"q\"; }, { name = \"p\"; resource = \"urn:ap\"; } ); };");
	world_file(
	    &world, "user/credence.conf",
	    "defaults = { owner = \"u\"; location = \"u\"; api = \"u\"; providers = ( { name = "
	    "\"p\"; owner = \"up\"; api = \"up\"; } ); };");
	world_file(&world, "vendor/credence.conf",
		   "defaults = { location = \"v\"; token_type = \"v\"; };");
	world_load_main(&world);
	profile = world_profile(&world, "crm");
	ck_assert_str_eq(own("audience"), "own");
	ck_assert_str_eq(own("resource"), "urn:ap");
	ck_assert_str_eq(own("owner"), "a");
	ck_assert_str_eq(own("api"), "up");
	ck_assert_str_eq(own("location"), "u");
	ck_assert_str_eq(own("token_type"), "v");
	ck_assert_ptr_null(own("issuer"));
	ck_assert_str_eq(profile->owner, "a");
}
END_TEST

START_TEST(never_upwards)
{
	world_file(&world, "admin/profiles.d/crm.conf", MINIMAL);
	world_file(&world, "user/credence.conf",
		   "defaults = { api = \"u\"; }; http = { proxy = "
		   "\"https://proxy.example\"; };");
	world_file(&world, "user/providers.d/p.conf", "title = \"user\";");
	world_load_main(&world);
	profile = world_profile(&world, "crm");
	ck_assert_ptr_null(own("api"));
	ck_assert_ptr_null(own("http.proxy"));
	ck_assert_int_eq(profile_provider(&world.call, profile), CREDENCE_CONFIG);
}
END_TEST

START_TEST(provider_by_default)
{
	world_file(&world, "admin/profiles.d/crm.conf", "grant = \"g\";");
	world_file(
	    &world, "admin/credence.conf",
	    "defaults = { provider = \"p\"; providers = ( { name = \"p\"; api = \"x\"; } ); };");
	world_load_main(&world);
	profile = world_profile(&world, "crm");
	ck_assert_str_eq(profile->provider_name, "p");
	ck_assert_str_eq(own("api"), "x");
}
END_TEST

START_TEST(http_for_everything)
{
	world_file(&world, "admin/profiles.d/crm.conf", MINIMAL "http = { ca_file = \"/own\"; };");
	world_file(&world, "admin/credence.conf",
		   "defaults = { http = { client_cert = \"/d\"; }; };"
		   "http = { ca_file = \"/m\"; client_cert = \"/m\"; proxy = \"env:\"; };");
	world_load_main(&world);
	profile = world_profile(&world, "crm");
	ck_assert_str_eq(own("http.ca_file"), "/own");
	ck_assert_str_eq(own("http.client_cert"), "/d");
	ck_assert_str_eq(own("http.proxy"), "env:");
	ck_assert_ptr_null(own("deadline"));
}
END_TEST

START_TEST(provider_data_last)
{
	world_file(&world, "admin/profiles.d/crm.conf",
		   MINIMAL "location = \"own\"; apis = ( { name = \"own\"; url = "
			   "\"https://own.example\"; } );");
	world_file(&world, "admin/credence.conf", "defaults = { token_type = \"d\"; };");
	world_file(
	    &world, "vendor/providers.d/p.conf",
	    "location = \"p\"; token_type = \"p\"; rotation = \"may\"; apis = ( { name = \"p\"; "
	    "url = \"https://p.example\"; }, { name = \"p2\"; url = \"https://p2.example\"; } );");
	world_load_main(&world);
	profile = world_profile(&world, "crm");
	ck_assert_ptr_null(profile_find(profile, "rotation").value);
	ck_assert_int_eq(profile_provider(&world.call, profile), CREDENCE_SUCCESS);
	ck_assert_int_eq(profile_provider(&world.call, profile), CREDENCE_SUCCESS);
	ck_assert_str_eq(setting_string(profile_find(profile, "location")), "own");
	ck_assert_str_eq(setting_string(profile_find(profile, "token_type")), "d");
	ck_assert_str_eq(setting_string(profile_find(profile, "rotation")), "may");
	ck_assert_str_eq(setting_string(profile_find(profile, "apis.[0].name")), "own");
	ck_assert_ptr_null(profile_find(profile, "apis.[1].name").value);
	ck_assert_ptr_null(profile_own(profile, "rotation").value);
}
END_TEST

START_TEST(main_conf)
{
	world_file(&world, "admin/credence.conf", "modules = { allow = [ \"a\" ]; };");
	world_file(&world, "user/credence.conf",
		   "modules = { allow = [ \"u\" ]; path = [ \"/u\" ]; }; deadline = \"1m\";");
	world_file(&world, "vendor/credence.conf", "deadline = \"2m\"; user = \"v\";");
	world_load_main(&world);
	ck_assert_str_eq(setting_string(main_conf_find(&world.main, "modules.allow.[0]")), "a");
	ck_assert_str_eq(setting_string(main_conf_find(&world.main, "modules.path.[0]")), "/u");
	ck_assert_str_eq(setting_string(main_conf_find(&world.main, "deadline")), "1m");
	ck_assert_str_eq(setting_string(main_conf_find(&world.main, "user")), "v");
	ck_assert_ptr_null(main_conf_find(&world.main, "http").value);
}
END_TEST

START_TEST(main_conf_broken)
{
	world_file(&world, "user/credence.conf", "deadlin = \"1m\";");
	ck_assert_int_eq(main_conf_load(&world.call, &world.places, NULL, false, &world.main),
			 CREDENCE_CONFIG);
	ck_assert_str_eq(
	    world_error(&world),
	    "user/credence.conf:1: unknown setting \"deadlin\"; did you mean \"deadline\"?");
}
END_TEST

START_TEST(names)
{
	char **found = NULL;

	world_file(&world, "vendor/profiles.d/b.conf", "");
	world_file(&world, "user/profiles.d/b.conf", "");
	world_file(&world, "admin/profiles.d/a.conf", "");
	world_file(&world, "admin/profiles.d/a.conf~", "");
	world_file(&world, "admin/profiles.d/README", "");
	ck_assert_int_eq(profile_names(&world.call, &world.places, &found), CREDENCE_SUCCESS);
	ck_assert_str_eq(found[0], "a");
	ck_assert_str_eq(found[1], "b");
	ck_assert_ptr_null(found[2]);
	file_names_free(found);
}
END_TEST

/* -- Stacks -- */

static struct stack_conf stack;

static credence_rc load_stack(const char *settings, const char *role)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "provider = \"p\";\n%s", settings);
	world_file(&world, "admin/profiles.d/crm.conf", text);
	profile = world_profile(&world, "crm");
	return stack_conf_load(&world.call, profile, role, &stack);
}

START_TEST(stack_forms)
{
	static const char *const forms[] = {
	    "hook = \"a\";",
	    "hook = [ \"a\" ];",
	    "hook = { use = \"a\"; };",
	    "hook = ( { use = \"a\"; } );",
	    "hook = ( \"a\" );",
	};

	ck_assert_int_eq(load_stack(forms[_i], "hook"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(stack.count, 1);
	ck_assert_str_eq(stack.entry[0].use, "a");
	ck_assert_str_eq(stack.entry[0].control.text, "required");
	ck_assert_int_eq(config_setting_source_line(stack.entry[0].origin.value), 2);
	ck_assert_int_eq(stack.entry[0].options.value != NULL, strchr(forms[_i], '{') != NULL);
	stack_conf_done(&stack);
}
END_TEST

START_TEST(stack_of_several)
{
	ck_assert_int_eq(
	    load_stack("store = ( { use = \"a\"; control = \"sufficient\"; },\n{ use = "
		       "\"/x/b.so\"; path = \"/p\"; } );",
		       "store"),
	    CREDENCE_SUCCESS);
	ck_assert_uint_eq(stack.count, 2);
	ck_assert_str_eq(stack.entry[0].control.text, "sufficient");
	ck_assert(!stack.entry[0].control.vital);
	ck_assert_str_eq(stack.entry[1].use, "/x/b.so");
	ck_assert(stack.entry[1].control.vital);
	ck_assert_str_eq(setting_string(setting_member(stack.entry[1].options, "path")), "/p");
	stack_conf_done(&stack);
}
END_TEST

START_TEST(absent_stacks)
{
	ck_assert_int_eq(load_stack("", "store"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(stack.count, 1);
	ck_assert_str_eq(stack.entry[0].use, "file");
	ck_assert_ptr_null(stack.entry[0].origin.value);
	stack_conf_done(&stack);
	ck_assert_int_eq(stack_conf_load(&world.call, profile, "resolver", &stack),
			 CREDENCE_SUCCESS);
	ck_assert_str_eq(stack.entry[0].use, "static");
	stack_conf_done(&stack);
	ck_assert_int_eq(stack_conf_load(&world.call, profile, "transport", &stack),
			 CREDENCE_SUCCESS);
	ck_assert_str_eq(stack.entry[0].use, "curl");
	stack_conf_done(&stack);
	ck_assert_int_eq(stack_conf_load(&world.call, profile, "hook", &stack), CREDENCE_SUCCESS);
	ck_assert_uint_eq(stack.count, 0);
	stack_conf_done(&stack);
	ck_assert_int_eq(stack_conf_load(&world.call, profile, "grant", &stack), CREDENCE_CONFIG);
	ck_assert_str_eq(world_error(&world),
			 "admin/profiles.d/crm.conf: grant is missing, e.g. grant = \"NAME\";");
}
END_TEST

START_TEST(stack_from_defaults)
{
	world_file(&world, "admin/credence.conf", "defaults = { hook = [ \"a\", \"b\" ]; };");
	world_load_main(&world);
	ck_assert_int_eq(load_stack("", "hook"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(stack.count, 2);
	ck_assert_str_eq(stack.entry[1].use, "b");
	stack_conf_done(&stack);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("profile");
	TCase *tests = tcase_create("profile"), *stacks = tcase_create("stack");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, members);
	tcase_add_test(tests, absent_members);
	tcase_add_test(tests, highest_place_wins);
	tcase_add_test(tests, missing);
	tcase_add_test(tests, broken);
	tcase_add_test(tests, reported);
	tcase_add_test(tests, home_of_another);
	tcase_add_test(tests, not_allowed);
	tcase_add_test(tests, layers);
	tcase_add_test(tests, never_upwards);
	tcase_add_test(tests, provider_by_default);
	tcase_add_test(tests, http_for_everything);
	tcase_add_test(tests, provider_data_last);
	tcase_add_test(tests, main_conf);
	tcase_add_test(tests, main_conf_broken);
	tcase_add_test(tests, names);
	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(stacks, setup, teardown);
	tcase_add_loop_test(stacks, stack_forms, 0, 5);
	tcase_add_test(stacks, stack_of_several);
	tcase_add_test(stacks, absent_stacks);
	tcase_add_test(stacks, stack_from_defaults);
	suite_add_tcase(suite, stacks);
	return suite_run(suite);
}
