/* SPDX-License-Identifier: MIT */
/* Provider data: places, what extends what, and the way a setting is looked for. */
#include "core/config/profile.h"
#include "core/os/file.h"

#include "config_world.h"
#include "suite.h"

static struct world world;
static struct provider *provider;

static void setup(void)
{
	world_init(&world);
	provider = NULL;
}

static void teardown(void)
{
	provider_free(provider);
	world_done(&world);
}

static credence_rc load(int place, const char *name)
{
	return provider_load(&world.call, &world.places, place, name, NULL, &provider);
}

static const char *value(const char *path)
{
	return setting_string(provider_find(provider, path));
}

START_TEST(downwards_only)
{
	world_file(&world, "user/providers.d/p.conf", "title = \"user\";");
	world_file(&world, "admin/providers.d/p.conf", "title = \"admin\";");
	world_file(&world, "vendor/providers.d/p.conf", "title = \"vendor\";");
	world_file(&world, "user/providers.d/q.conf", "title = \"q\";");
	ck_assert_int_eq(load(PLACE_USER, "p"), CREDENCE_SUCCESS);
	ck_assert_str_eq(value("title"), "user");
	provider_free(provider);
	ck_assert_int_eq(load(PLACE_ADMIN, "p"), CREDENCE_SUCCESS);
	ck_assert_str_eq(value("title"), "admin");
	ck_assert_int_eq(provider->conf->place, PLACE_ADMIN);
	provider_free(provider);
	ck_assert_int_eq(load(PLACE_VENDOR, "p"), CREDENCE_SUCCESS);
	ck_assert_str_eq(value("title"), "vendor");
	provider_free(provider);
	provider = NULL;
	ck_assert_int_eq(load(PLACE_ADMIN, "q"), CREDENCE_CONFIG);
}
END_TEST

START_TEST(missing)
{
	ck_assert_int_eq(load(PLACE_USER, "p"), CREDENCE_CONFIG);
	ck_assert_str_eq(world_error(&world), "no provider \"p\": there are none");
	call_clear(&world.call);
	world_file(&world, "vendor/providers.d/alpha.conf", "");
	world_file(&world, "admin/providers.d/beta.conf", "");
	ck_assert_int_eq(load(PLACE_USER, "xyzzy"), CREDENCE_CONFIG);
	ck_assert_str_eq(world_error(&world), "no provider \"xyzzy\"; there are alpha, beta");
	call_clear(&world.call);
	ck_assert_int_eq(load(PLACE_USER, "alpa"), CREDENCE_CONFIG);
	ck_assert_str_eq(world_error(&world),
			 "no provider \"alpa\"; did you mean \"alpha\"? There are alpha, beta");
	call_clear(&world.call);
	ck_assert_int_eq(load(PLACE_USER, "../x"), CREDENCE_CONFIG);
	ck_assert_ptr_null(provider);
}
END_TEST

START_TEST(extending)
{
	world_file(&world, "vendor/providers.d/base.conf",
		   "title = \"base\"; issuer = \"https://base.example\";"
		   "limits = { access_tokens = { count = 10; window = \"10m\"; }; };"
		   "apis = ( { name = \"a\"; url = \"https://a.example\"; },"
		   "{ name = \"b\"; url = \"https://b.example\"; } );");
	world_file(&world, "admin/providers.d/mine.conf",
		   "extends = \"base\"; title = \"mine\";"
		   "limits = { access_tokens = { count = 30; }; };"
		   "apis = ( { name = \"c\"; url = \"https://c.example\"; } );");
	ck_assert_int_eq(load(PLACE_ADMIN, "mine"), CREDENCE_SUCCESS);
	ck_assert_str_eq(value("title"), "mine");
	ck_assert_str_eq(value("issuer"), "https://base.example");
	ck_assert_int_eq(setting_number(provider_find(provider, "limits.access_tokens.count"), 0),
			 30);
	ck_assert_str_eq(value("limits.access_tokens.window"), "10m");
	ck_assert_str_eq(value("apis.[0].name"), "c");
	ck_assert_ptr_null(value("apis.[1].name"));
	ck_assert_ptr_null(value("token_endpoint"));
	ck_assert_str_eq(provider->extends->name, "base");
}
END_TEST

START_TEST(extending_its_own_name)
{
	world_file(&world, "vendor/providers.d/p.conf", "title = \"vendor\"; token_type = \"t\";");
	world_file(&world, "admin/providers.d/p.conf", "extends = \"p\"; title = \"admin\";");
	ck_assert_int_eq(load(PLACE_USER, "p"), CREDENCE_SUCCESS);
	ck_assert_str_eq(value("title"), "admin");
	ck_assert_str_eq(value("token_type"), "t");
}
END_TEST

START_TEST(extending_wrongly)
{
	world_file(&world, "admin/providers.d/a.conf", "\nextends = \"b\";");
	world_file(&world, "admin/providers.d/b.conf", "extends = \"a\";");
	ck_assert_int_eq(load(PLACE_USER, "a"), CREDENCE_CONFIG);
	ck_assert_ptr_nonnull(strstr(world_error(&world), "more than 8 providers"));
	call_clear(&world.call);
	world_file(&world, "admin/providers.d/c.conf", "extends = \"missing\";");
	ck_assert_int_eq(load(PLACE_USER, "c"), CREDENCE_CONFIG);
	ck_assert_ptr_nonnull(strstr(world_error(&world), "no provider \"missing\""));
	ck_assert_ptr_nonnull(strstr(world_error(&world), "c.conf:1: extends \"missing\""));
	call_clear(&world.call);
	world_file(&world, "vendor/providers.d/d.conf", "extends = \"d\";");
	ck_assert_int_eq(load(PLACE_USER, "d"), CREDENCE_CONFIG);
	ck_assert_ptr_null(provider);
}
END_TEST

START_TEST(broken)
{
	world_file(&world, "admin/providers.d/p.conf", "\ntitel = \"x\";");
	ck_assert_int_eq(load(PLACE_USER, "p"), CREDENCE_CONFIG);
	ck_assert_str_eq(
	    world_error(&world),
	    "admin/providers.d/p.conf:2: unknown setting \"titel\"; did you mean \"title\"?");
	ck_assert_ptr_null(provider);
}
END_TEST

START_TEST(names)
{
	char **found = NULL;

	world_file(&world, "vendor/providers.d/b.conf", "");
	world_file(&world, "vendor/providers.d/a.conf", "");
	world_file(&world, "admin/providers.d/b.conf", "");
	world_file(&world, "admin/providers.d/b.conf.bak", "");
	world_file(&world, "admin/providers.d/.hidden.conf", "");
	world_file(&world, "user/providers.d/c.conf", "");
	ck_assert_int_eq(provider_names(&world.call, &world.places, &found), CREDENCE_SUCCESS);
	ck_assert_str_eq(found[0], "a");
	ck_assert_str_eq(found[1], "b");
	ck_assert_str_eq(found[2], "c");
	ck_assert_ptr_null(found[3]);
	file_names_free(found);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("provider");
	TCase *tests = tcase_create("provider");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, downwards_only);
	tcase_add_test(tests, missing);
	tcase_add_test(tests, extending);
	tcase_add_test(tests, extending_its_own_name);
	tcase_add_test(tests, extending_wrongly);
	tcase_add_test(tests, broken);
	tcase_add_test(tests, names);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
