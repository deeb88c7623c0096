/* SPDX-License-Identifier: MIT */
/* Secrets by reference: each kind, what is wrong with them, and that messages never hold one. */
#include "core/config/secret_ref.h"
#include "core/os/process.h"
#include "core/os/secret.h"

#include "config_world.h"
#include "suite.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>

#define SECRET "hunter2-ÿ"
#define NOBODY 65534 /* a user that owns nothing of ours */

static struct world world;
static struct profile *profile;
static char *value;

static void setup(void)
{
	world_init(&world);
	profile = NULL;
	value = NULL;
}

static void teardown(void)
{
	secret_free(value);
	profile_free(profile);
	world_done(&world);
}

/* What client.secret = "PREFIX/FILE" comes to; with a name of a file of the world, or none. */
static credence_rc read_at(const char *location, const char *prefix, const char *rest)
{
	char text[512];

	(void)snprintf(
	    text, sizeof(text), "provider = \"p\";\nclient = { secret = \"%s%s%s%s\"; };\n", prefix,
	    rest != NULL ? world.root : "", rest != NULL ? "/" : "", rest != NULL ? rest : "");
	world_file(&world, "admin/profiles.d/crm.conf", text);
	profile_free(profile);
	profile = world_profile(&world, "crm");
	return profile_client_secret(&world.call, profile, location, &value);
}

static credence_rc read_secret(const char *prefix, const char *rest)
{
	return read_at(NULL, prefix, rest);
}

static void private_file(const char *name, const char *text)
{
	char *path = world_path(&world, name);

	world_file(&world, name, text);
	ck_assert_int_eq(chmod(path, 0600), 0);
	free(path);
}

START_TEST(from_a_file)
{
	private_file("secret", SECRET "\n");
	ck_assert_int_eq(read_secret("file:", "secret"), CREDENCE_SUCCESS);
	ck_assert_str_eq(value, SECRET);
	secret_free(value);
	value = NULL;
	private_file("secret", SECRET "\n\n");
	ck_assert_int_eq(read_secret("file:", "secret"), CREDENCE_SUCCESS);
	ck_assert_str_eq(value, SECRET "\n");
}
END_TEST

START_TEST(from_a_bad_file)
{
	ck_assert_int_eq(read_secret("file:", "missing"), CREDENCE_CONFIG);
	ck_assert_ptr_nonnull(strstr(world_error(&world), "crm.conf:2: there is no file"));
	call_clear(&world.call);
	private_file("empty", "\n");
	ck_assert_int_eq(read_secret("file:", "empty"), CREDENCE_CONFIG);
	ck_assert_ptr_nonnull(strstr(world_error(&world), "crm.conf:2: the secret is empty"));
	call_clear(&world.call);
	world_file(&world, "open", SECRET);
	ck_assert_int_eq(read_secret("file:", "open"), CREDENCE_UNSAFE);
	ck_assert_ptr_null(strstr(world_error(&world), "hunter2"));
	ck_assert_int_eq(call_status(&world.call, 0), STATUS_UNSAFE);
	ck_assert_ptr_null(value);
}
END_TEST

START_TEST(from_the_environment)
{
	(void)setenv("CREDENCE_TEST_SECRET", SECRET, 1);
	ck_assert_int_eq(read_secret("env:CREDENCE_TEST_SECRET", NULL), CREDENCE_SUCCESS);
	ck_assert_str_eq(value, SECRET);
	(void)setenv("CREDENCE_TEST_SECRET", "", 1);
	ck_assert_int_eq(read_secret("env:CREDENCE_TEST_SECRET", NULL), CREDENCE_CONFIG);
	call_clear(&world.call);
	(void)unsetenv("CREDENCE_TEST_SECRET");
	ck_assert_int_eq(read_secret("env:CREDENCE_TEST_SECRET", NULL), CREDENCE_CONFIG);
	ck_assert_ptr_nonnull(
	    strstr(world_error(&world), "the variable CREDENCE_TEST_SECRET is not set"));
}
END_TEST

START_TEST(from_a_command)
{
	private_file("secret", SECRET "\n");
	ck_assert_int_eq(read_secret("exec:/bin/cat  ", "secret"), CREDENCE_SUCCESS);
	ck_assert_str_eq(value, SECRET);
	ck_assert_int_eq(read_secret("exec:/bin/false", NULL), CREDENCE_CONFIG);
	ck_assert_str_ne(world_error(&world), "");
}
END_TEST

START_TEST(plain)
{
	ck_assert_int_eq(read_secret("plain:" SECRET, NULL), CREDENCE_SUCCESS);
	ck_assert_str_eq(value, SECRET);
}
END_TEST

START_TEST(from_systemd)
{
	char *folder = world_path(&world, "creds");

	(void)unsetenv("CREDENTIALS_DIRECTORY");
	ck_assert_int_eq(read_secret("credential:crm", NULL), CREDENCE_CONFIG);
	call_clear(&world.call);
	private_file("creds/crm", SECRET);
	(void)setenv("CREDENTIALS_DIRECTORY", folder, 1);
	ck_assert_int_eq(read_secret("credential:crm", NULL), CREDENCE_SUCCESS);
	ck_assert_str_eq(value, SECRET);
	ck_assert_int_eq(read_secret("credential:other", NULL), CREDENCE_CONFIG);
	free(folder);
}
END_TEST

static long add_key(const char *description, long keyring)
{
	return syscall(SYS_add_key, "user", description, SECRET, strlen(SECRET), keyring);
}

static void from_keyring(const char *description, long keyring)
{
	char reference[128];
	long key = add_key(description, keyring);

	(void)snprintf(reference, sizeof(reference), "keyring:%s", description);
	if (key < 0) {
		/* A kernel without keyrings, or a sandbox: then reading says so too. */
		ck_assert_int_eq(read_secret(reference, NULL), CREDENCE_CONFIG);
		ck_assert_str_ne(world_error(&world), "");
		return;
	}
	ck_assert_int_eq(read_secret(reference, NULL), CREDENCE_SUCCESS);
	ck_assert_str_eq(value, SECRET);
	(void)syscall(SYS_keyctl, KEYCTL_UNLINK, key, keyring, 0, 0);
	ck_assert_int_eq(read_secret(reference, NULL), CREDENCE_CONFIG);
	ck_assert_ptr_nonnull(strstr(world_error(&world), "there is no key"));
}

START_TEST(from_the_users_keyring)
{
	char description[64];

	(void)snprintf(description, sizeof(description), "credence unit %d", (int)getpid());
	from_keyring(description, KEY_SPEC_USER_KEYRING);
}
END_TEST

/* A session keyring that does not lead to the user's, as services have it. */
START_TEST(from_the_users_keyring_in_another_session)
{
	char description[64];

	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
	(void)snprintf(description, sizeof(description), "credence unit %d", (int)getpid());
	from_keyring(description, KEY_SPEC_USER_KEYRING);
}
END_TEST

START_TEST(from_the_sessions_keyring)
{
	char description[64];

	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
	(void)snprintf(description, sizeof(description), "credence unit %d", (int)getpid());
	from_keyring(description, KEY_SPEC_SESSION_KEYRING);
}
END_TEST

/* What another user put into a session keyring before it was handed down. */
START_TEST(planted_in_the_sessions_keyring)
{
	char reference[128];
	long key;

	if (geteuid() != 0)
		return;
	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
	(void)snprintf(reference, sizeof(reference), "keyring:credence unit %d", (int)getpid());
	ck_assert_int_eq(seteuid(NOBODY), 0);
	key = add_key(reference + strlen("keyring:"), KEY_SPEC_SESSION_KEYRING);
	ck_assert_int_eq(seteuid(0), 0);
	if (key < 0)
		return; /* a kernel without keyrings, or a sandbox */
	ck_assert_int_eq(read_secret(reference, NULL), CREDENCE_UNSAFE);
	ck_assert_ptr_nonnull(strstr(world_error(&world), "belongs to user 65534"));
	ck_assert_ptr_nonnull(strstr(world.call.failure.hint, "keyctl padd user"));
	ck_assert_int_eq(call_status(&world.call, 0), STATUS_UNSAFE);
	ck_assert_ptr_null(value);
}
END_TEST

/* _i: others, or the group, may write it or change its attributes. */
START_TEST(a_key_that_others_can_change)
{
	static const unsigned change[] = {0x4, 0x20, 0x400, 0x2000};
	char reference[128];
	long key;

	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
	(void)snprintf(reference, sizeof(reference), "keyring:credence; unit %d", (int)getpid());
	key = add_key(reference + strlen("keyring:"), KEY_SPEC_SESSION_KEYRING);
	if (key < 0)
		return; /* a kernel without keyrings, or a sandbox */
	ck_assert_int_eq(syscall(SYS_keyctl, KEYCTL_SETPERM, key, 0x3f3f0000 | change[_i], 0, 0),
			 0);
	ck_assert_int_eq(read_secret(reference, NULL), CREDENCE_UNSAFE);
	ck_assert_ptr_nonnull(strstr(world_error(&world), "others can change it (0x3f3f"));
	ck_assert_ptr_nonnull(strstr(world.call.failure.hint, " 0x3f3f0000"));
	call_clear(&world.call);
	/* That they see it, find it and read it is for whoever made it to decide. */
	ck_assert_int_eq(syscall(SYS_keyctl, KEYCTL_SETPERM, key, 0x3f3f0b0b, 0, 0), 0);
	ck_assert_int_eq(read_secret(reference, NULL), CREDENCE_SUCCESS);
	ck_assert_str_eq(value, SECRET);
}
END_TEST

START_TEST(by_location)
{
	world_file(
	    &world, "admin/profiles.d/loc.conf",
	    "provider = \"p\";\nclient = { secret = { us = \"plain:u\"; eu = \"plain:e\"; }; };");
	profile = world_profile(&world, "loc");
	ck_assert_int_eq(profile_client_secret(&world.call, profile, "eu", &value),
			 CREDENCE_SUCCESS);
	ck_assert_str_eq(value, "e");
	ck_assert_int_eq(profile_client_secret(&world.call, profile, "jp", &value),
			 CREDENCE_CONFIG);
	ck_assert_str_eq(world_error(&world),
			 "admin/profiles.d/loc.conf:2: client.secret has none for location jp");
	call_clear(&world.call);
	ck_assert_int_eq(profile_client_secret(&world.call, profile, NULL, &value),
			 CREDENCE_CONFIG);
}
END_TEST

START_TEST(one_for_all_locations)
{
	ck_assert_int_eq(read_at("jp", "plain:" SECRET, NULL), CREDENCE_SUCCESS);
	ck_assert_str_eq(value, SECRET);
}
END_TEST

START_TEST(none)
{
	world_file(&world, "admin/profiles.d/crm.conf", "provider = \"p\";");
	profile = world_profile(&world, "crm");
	ck_assert_int_eq(profile_client_secret(&world.call, profile, NULL, &value), CREDENCE_MISS);
	ck_assert_str_eq(world_error(&world), "");
}
END_TEST

START_TEST(references)
{
	static const char *const good[] = {"file:/a",      "env:A",        "exec:/a b c",
					   "keyring:a: b", "credential:a", "plain: "};
	static const char *const bad[] = {
	    "",     "hunter2",  "file",        "file:",           "file:a", "exec:a",  "exec:",
	    "env:", "keyring:", "credential:", "credential:../a", "plain:", "FILE:/a", " file:/a"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(secret_ref_check(good[i]) == NULL, "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(secret_ref_check(bad[i]) != NULL, "%s", bad[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("secret_ref");
	TCase *tests = tcase_create("secret_ref");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, from_a_file);
	tcase_add_test(tests, from_a_bad_file);
	tcase_add_test(tests, from_the_environment);
	tcase_add_test(tests, from_a_command);
	tcase_add_test(tests, plain);
	tcase_add_test(tests, from_systemd);
	tcase_add_test(tests, from_the_users_keyring);
	tcase_add_test(tests, from_the_users_keyring_in_another_session);
	tcase_add_test(tests, from_the_sessions_keyring);
	tcase_add_test(tests, planted_in_the_sessions_keyring);
	tcase_add_loop_test(tests, a_key_that_others_can_change, 0, 4);
	tcase_add_test(tests, by_location);
	tcase_add_test(tests, one_for_all_locations);
	tcase_add_test(tests, none);
	tcase_add_test(tests, references);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
