/* SPDX-License-Identifier: MIT */
/* Where configuration and state are, for users, for root and with -C. */
#include "core/config/places.h"

#include "config_world.h"
#include "suite.h"

#define NOBODY 65534

static struct world world;
static struct places places;

static void setup(void)
{
	world_init(&world);
	memset(&places, 0, sizeof(places));
	ck_assert_int_eq(chmod(world.root, 0755), 0);
	(void)unsetenv("XDG_CONFIG_HOME");
	(void)unsetenv("XDG_STATE_HOME");
	(void)unsetenv("STATE_DIRECTORY");
	(void)unsetenv("CREDENCE_STATE_DIR");
	ck_assert_int_eq(setenv("HOME", "/home/u", 1), 0);
}

static void teardown(void)
{
	places_done(&places);
	world_done(&world);
}

/* Tests run in a process of their own. */
static void become_user(void)
{
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(NOBODY), 0);
}

static void back(void)
{
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}

static void find(const char *chosen)
{
	ck_assert_int_eq(places_init(&world.call, &places, chosen), CREDENCE_SUCCESS);
	back();
}

START_TEST(of_a_user)
{
	become_user();
	find(NULL);
	ck_assert_str_eq(places.folder[PLACE_USER], "/home/u/.config/credence");
	ck_assert_str_eq(places.folder[PLACE_ADMIN], CREDENCE_SYSCONFDIR);
	ck_assert_str_eq(places.folder[PLACE_VENDOR], CREDENCE_DATADIR);
	ck_assert_str_eq(places_state(&places, PLACE_USER), "/home/u/.local/state/credence");
	ck_assert_str_eq(places_state(&places, PLACE_ADMIN), CREDENCE_STATEDIR);
	ck_assert_str_eq(places_state(&places, PLACE_VENDOR), CREDENCE_STATEDIR);
	ck_assert(!places.chosen);
}
END_TEST

START_TEST(xdg_variables)
{
	(void)setenv("XDG_CONFIG_HOME", "/c", 1);
	(void)setenv("XDG_STATE_HOME", "/s", 1);
	become_user();
	find(NULL);
	ck_assert_str_eq(places.folder[PLACE_USER], "/c/credence");
	ck_assert_str_eq(places.user_state, "/s/credence");
}
END_TEST

START_TEST(relative_variables_do_not_count)
{
	(void)setenv("XDG_CONFIG_HOME", "c", 1);
	(void)setenv("XDG_STATE_HOME", "", 1);
	(void)setenv("STATE_DIRECTORY", "s", 1);
	become_user();
	find(NULL);
	ck_assert_str_eq(places.folder[PLACE_USER], "/home/u/.config/credence");
	ck_assert_str_eq(places.user_state, "/home/u/.local/state/credence");
}
END_TEST

START_TEST(without_a_home)
{
	(void)unsetenv("HOME");
	become_user();
	find(NULL);
	ck_assert_ptr_null(places.folder[PLACE_USER]);
	ck_assert_ptr_null(places.user_state);
	ck_assert_ptr_nonnull(places.folder[PLACE_ADMIN]);
}
END_TEST

START_TEST(of_a_service)
{
	(void)setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b", 1);
	(void)setenv("XDG_STATE_HOME", "/s", 1);
	become_user();
	find(NULL);
	ck_assert_str_eq(places.user_state, "/var/lib/a");
}
END_TEST

/* Only where the tests run as root. */
START_TEST(of_root)
{
	(void)setenv("XDG_CONFIG_HOME", "/c", 1);
	(void)setenv("STATE_DIRECTORY", "/s", 1);
	(void)setenv("CREDENCE_STATE_DIR", "/x", 1);
	find(NULL);
	ck_assert_ptr_null(places.folder[PLACE_USER]);
	ck_assert_str_eq(places.folder[PLACE_ADMIN], CREDENCE_SYSCONFDIR);
	ck_assert_str_eq(places.admin_state, CREDENCE_STATEDIR);
}
END_TEST

START_TEST(chosen_by_root)
{
	char *state = world_path(&world, "state");

	(void)setenv("CREDENCE_STATE_DIR", "/x", 1);
	find(world.root);
	ck_assert_str_eq(places.admin_state, state);
	free(state);
}
END_TEST

START_TEST(chosen)
{
	char *state = world_path(&world, "state");

	become_user();
	find(world.root);
	ck_assert(places.chosen);
	ck_assert_ptr_null(places.folder[PLACE_USER]);
	ck_assert_str_eq(places.folder[PLACE_ADMIN], world.root);
	ck_assert_str_eq(places.folder[PLACE_VENDOR], CREDENCE_DATADIR);
	ck_assert_str_eq(places_state(&places, PLACE_ADMIN), state);
	ck_assert_str_eq(places_state(&places, PLACE_VENDOR), state);
	free(state);
}
END_TEST

START_TEST(chosen_relative)
{
	ck_assert_int_eq(chdir(world.root), 0);
	become_user();
	find(".");
	ck_assert_str_eq(places.folder[PLACE_ADMIN], world.root);
}
END_TEST

START_TEST(chosen_with_state)
{
	(void)setenv("CREDENCE_STATE_DIR", "/x/y", 1);
	become_user();
	find(world.root);
	ck_assert_str_eq(places.admin_state, "/x/y");
}
END_TEST

START_TEST(chosen_wrongly)
{
	char *missing = world_path(&world, "missing"), *file = world_path(&world, "file");

	world_file(&world, "file", "");
	ck_assert_int_eq(places_init(&world.call, &places, missing), CREDENCE_CONFIG);
	ck_assert_str_eq(world_error(&world), "missing: No such file or directory");
	call_clear(&world.call);
	ck_assert_int_eq(places_init(&world.call, &places, file), CREDENCE_CONFIG);
	ck_assert_str_eq(world_error(&world), "file: Not a directory");
	free(missing);
	free(file);
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(place_name(PLACE_USER), "user");
	ck_assert_str_eq(place_name(PLACE_ADMIN), "admin");
	ck_assert_str_eq(place_name(PLACE_VENDOR), "vendor");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("places");
	TCase *tests = tcase_create("places");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, of_a_user);
	tcase_add_test(tests, xdg_variables);
	tcase_add_test(tests, relative_variables_do_not_count);
	tcase_add_test(tests, without_a_home);
	tcase_add_test(tests, of_a_service);
	if (geteuid() == 0) {
		tcase_add_test(tests, of_root);
		tcase_add_test(tests, chosen_by_root);
	}
	tcase_add_test(tests, chosen);
	tcase_add_test(tests, chosen_relative);
	tcase_add_test(tests, chosen_with_state);
	tcase_add_test(tests, chosen_wrongly);
	tcase_add_test(tests, names);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
