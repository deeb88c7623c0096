/* SPDX-License-Identifier: MIT */
/* Host services: what is known to a module, and what it may put. */
#include "core/os/clock.h"

#include "host_stage.h"
#include "suite.h"

static struct credence_call *const call = &stage.world.call;

/* -- What is known -- */

static void expect_attribute(const char *name, const char *value)
{
	const char *found = HOST->attribute(call, name);

	if (value == NULL)
		ck_assert_msg(found == NULL, "%s is \"%s\"", name, found);
	else
		ck_assert_msg(found != NULL && strcmp(found, value) == 0,
			      "%s is \"%s\", not \"%s\"", name, found != NULL ? found : "(null)",
			      value);
}

static credence_rc read_attributes(void)
{
	expect_attribute("profile", "crm");
	expect_attribute("credential", "crm");
	expect_attribute("provider", "p");
	expect_attribute("client_id", "cid");
	expect_attribute("redirect_uri", "http://127.0.0.1:8765/cb");
	expect_attribute("owner", "cid");
	expect_attribute("resource", NULL);
	expect_attribute("scope", "a b");
	expect_attribute("request_scope", "a,b");
	expect_attribute("state_dir", stage.world.places.admin_state);
	expect_attribute("location", NULL);
	expect_attribute("secret", NULL);
	expect_attribute("client.secret", NULL);
	ck_assert_ptr_null(HOST->attribute(call, NULL));
	ck_assert(attributes_set(&stage.work.known, "location", "us"));
	ck_assert(attributes_set(&stage.work.known, "scope", "a b c"));
	expect_attribute("location", "us");
	expect_attribute("scope", "a b c");
	return CREDENCE_MISS;
}

START_TEST(attributes)
{
	stage.step = read_attributes;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_MISS);
}
END_TEST

static const struct {
	const char *path, *value;
} settings[] = {
    {"scope_separator", ","},
    {"accounts_server", "https://accounts.example"},
    {"datacenters.[0].location", "us"},
    {"datacenters.[1].location", NULL},
    {"datacenters", NULL},
    {"client.id", "cid"},
    {"scope", "a b"},
    {"nothing", NULL},
    /* Secrets, in every spelling that libconfig knows. */
    {"client.secret", NULL},
    {"client/secret", NULL},
    {"client:secret", NULL},
    {"client.[1]", NULL},
    {"client.secret.us", NULL},
    /* Other modules' options are theirs. */
    {"store.key", NULL},
    {"store.text", NULL},
    {"store.[1]", NULL},
    {"grant", NULL},
};

static credence_rc read_settings(void)
{
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const char *found = HOST->setting(call, settings[i].path);

		if (settings[i].value == NULL)
			ck_assert_msg(found == NULL, "%s is \"%s\"", settings[i].path, found);
		else
			ck_assert_msg(found != NULL && strcmp(found, settings[i].value) == 0,
				      "%s is \"%s\"", settings[i].path, found != NULL ? found : "");
	}
	ck_assert_ptr_null(HOST->setting(call, NULL));
	return CREDENCE_MISS;
}

START_TEST(setting_values)
{
	stage.step = read_settings;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_MISS);
	profile_free(stage.work.profile);
	world_file(&stage.world, "admin/profiles.d/crm.conf",
		   "provider = \"p\"; grant = ( \"g\" ); client = { id = \"cid\"; secret = { us = "
		   "\"plain:hidden\"; }; }; scope = [ \"a\", \"b\" ]; store = ( { use = \"stub\"; "
		   "key = \"plain:hidden\"; } );");
	stage.work.profile = world_profile(&stage.world, "crm");
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_MISS);
}
END_TEST

static credence_rc read_own_setting(void)
{
	ck_assert_str_eq(HOST->setting(call, "api"), "sheets");
	return CREDENCE_MISS;
}

/* What the profile says itself costs no provider file. */
START_TEST(provider_is_read_when_asked_for)
{
	stage.step = read_own_setting;
	stage_run("revoke");
	ck_assert_ptr_null(stage.work.profile->provider);
	stage.step = read_settings;
	stage_run("revoke");
	ck_assert_ptr_nonnull(stage.work.profile->provider);
}
END_TEST

static credence_rc read_options(void)
{
	const char *value = NULL;
	const void *bytes = NULL;
	size_t length = 0;

	ck_assert_str_eq(HOST->option(call, "text"), "t");
	ck_assert_ptr_null(HOST->option(call, "key"));
	ck_assert_ptr_null(HOST->option(call, "nothing"));
	ck_assert_ptr_null(HOST->option(call, NULL));
	ck_assert_str_eq(HOST->option_item(call, "words", 1), "y");
	ck_assert_ptr_null(HOST->option_item(call, "words", 2));
	ck_assert_ptr_null(HOST->option_item(call, NULL, 0));
	ck_assert_int_eq(HOST->option_number(call, "number"), 5);
	ck_assert_int_eq(HOST->option_number(call, NULL), 0);
	ck_assert_int_eq(HOST->option_secret(call, "key", &value), CREDENCE_SUCCESS);
	ck_assert_str_eq(value, "hidden too");
	ck_assert_int_eq(HOST->option_secret(call, "absent", &value), CREDENCE_MISS);
	ck_assert_int_eq(HOST->option_bytes(call, "key", &bytes, &length), CREDENCE_SUCCESS);
	ck_assert_uint_eq(length, strlen("hidden too"));
	ck_assert_mem_eq(bytes, "hidden too", length);
	ck_assert_int_eq(HOST->option_bytes(call, "absent", &bytes, &length), CREDENCE_MISS);
	return CREDENCE_MISS;
}

START_TEST(option_values)
{
	stage.step = read_options;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_MISS);
}
END_TEST

static credence_rc read_tokens(void)
{
	ck_assert_str_eq(HOST->token(call, "refresh_token"), "rt");
	ck_assert_str_eq(HOST->token(call, "id_token"), "it");
	ck_assert_ptr_null(HOST->token(call, "access_token"));
	ck_assert_ptr_null(HOST->token(call, "client_secret"));
	ck_assert_ptr_null(HOST->token(call, NULL));
	return CREDENCE_MISS;
}

START_TEST(tokens)
{
	stage.work.refresh_token = "rt";
	stage.work.id_token = "it";
	stage.step = read_tokens;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_MISS);
}
END_TEST

/* -- Results -- */

static credence_rc put_attributes(void)
{
	ck_assert_int_eq(HOST->put_attribute(call, "token_endpoint", "https://t.example"),
			 CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_attribute(call, "answer.location", "eu"), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_attribute(call, "issuer", NULL), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_attribute(call, "answer.", "x"), CREDENCE_ERROR);
	ck_assert_int_eq(HOST->put_attribute(call, "client_id", "x"), CREDENCE_ERROR);
	ck_assert_int_eq(HOST->put_attribute(call, "state_dir", "/tmp"), CREDENCE_ERROR);
	ck_assert_int_eq(HOST->put_attribute(call, NULL, "x"), CREDENCE_ERROR);
	return CREDENCE_SUCCESS;
}

START_TEST(put_attribute_names)
{
	stage_become(CREDENCE_ROLE_RESOLVER);
	stage.step = put_attributes;
	ck_assert_int_eq(stage_run("resolve"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(stage.frame.put.count, 3);
	ck_assert(attributes_set(&stage.work.known, "issuer", "https://i.example"));
	ck_assert(attributes_merge(&stage.work.known, &stage.frame.put));
	ck_assert_ptr_null(attributes_get(&stage.work.known, "issuer"));
	ck_assert_str_eq(attributes_get(&stage.work.known, "answer.location"), "eu");
}
END_TEST

static struct credence_token token;

static credence_rc put_the_token(void)
{
	return HOST->put_token(call, &token);
}

START_TEST(put_token_copies)
{
	token = (struct credence_token){.size = sizeof(token),
					.access_token = "at",
					.token_type = "Bearer",
					.scope = "a b",
					.refresh_token = "rt",
					.id_token = "",
					.expires_in = INT64_MAX};
	stage.step = put_the_token;
	ck_assert_int_eq(stage_run("renew"), CREDENCE_SUCCESS);
	ck_assert_str_eq(stage.frame.token.access_token, "at");
	ck_assert_str_eq(stage.frame.token.token_type, "Bearer");
	ck_assert_str_eq(stage.frame.token.scope, "a b");
	ck_assert_str_eq(stage.frame.token.refresh_token, "rt");
	ck_assert_ptr_null(stage.frame.token.id_token);
	ck_assert_int_eq(stage.frame.token.expires_in, 3650 * CLOCK_DAY);
}
END_TEST

/* A module of an older header puts a shorter structure: what follows is not read. */
START_TEST(put_token_of_an_older_header)
{
	token = (struct credence_token){.size = offsetof(struct credence_token, token_type),
					.access_token = "at",
					.token_type = "\n",
					.expires_in = -1};
	stage.step = put_the_token;
	ck_assert_int_eq(stage_run("renew"), CREDENCE_SUCCESS);
	ck_assert_str_eq(stage.frame.token.access_token, "at");
	ck_assert_ptr_null(stage.frame.token.token_type);
}
END_TEST

static const struct credence_token bad_tokens[] = {
    {.size = sizeof(token)},
    {.size = sizeof(token), .access_token = ""},
    {.size = sizeof(token), .access_token = "a\nb"},
    {.size = sizeof(token), .access_token = "\303\244"},
    {.size = sizeof(token), .access_token = "a", .expires_in = -1},
    {.size = sizeof(token), .access_token = "a", .refresh_token = "r\r\n"},
    {.size = sizeof(token), .access_token = "a", .token_type = "B\t"},
    {.size = sizeof(token), .access_token = "a", .scope = "\177"},
    {.size = sizeof(token), .access_token = "a", .id_token = "\1"},
};

START_TEST(put_bad_token)
{
	token = bad_tokens[_i];
	stage.step = put_the_token;
	ck_assert_int_eq(stage_run("renew"), CREDENCE_ERROR);
	stage_expect(CREDENCE_ERROR, "what was put is no token: its ");
	ck_assert(!stage.frame.has_token);
}
END_TEST

static credence_rc put_token_twice(void)
{
	ck_assert_int_eq(stage_put_token(), CREDENCE_SUCCESS);
	return stage_put_token();
}

static credence_rc put_some_bytes(void)
{
	return HOST->put_bytes(call, "b", 1);
}

static credence_rc put_bytes_twice(void)
{
	ck_assert_int_eq(put_some_bytes(), CREDENCE_SUCCESS);
	return put_some_bytes();
}

static credence_rc put_too_many_bytes(void)
{
	return HOST->put_bytes(call, "", BUF_MAX + 1);
}

static credence_rc put_no_bytes(void)
{
	return HOST->put_bytes(call, NULL, 0);
}

START_TEST(put_once_and_in_bounds)
{
	stage.step = put_token_twice;
	ck_assert_int_eq(stage_run("renew"), CREDENCE_ERROR);
	stage_expect(CREDENCE_ERROR, "a token was put twice");
	stage_become(CREDENCE_ROLE_STORE);
	stage.step = put_bytes_twice;
	ck_assert_int_eq(stage_run("load"), CREDENCE_ERROR);
	stage_expect(CREDENCE_ERROR, "put bytes twice in load");
	stage.step = put_too_many_bytes;
	ck_assert_int_eq(stage_run("load"), CREDENCE_ERROR);
	stage_expect(CREDENCE_ERROR, "more than can be kept");
	stage.step = put_no_bytes;
	ck_assert_int_eq(stage_run("load"), CREDENCE_SUCCESS);
	ck_assert(stage.frame.has_bytes);
	ck_assert_uint_eq(stage.frame.bytes.length, 0);
}
END_TEST

static credence_rc put_names(void)
{
	ck_assert_int_eq(HOST->put_name(call, "../x"), CREDENCE_ERROR);
	ck_assert_int_eq(HOST->put_name(call, NULL), CREDENCE_ERROR);
	ck_assert_int_eq(HOST->put_name(call, "crm"), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_name(call, "+00000000000000000000000000000000"),
			 CREDENCE_SUCCESS);
	return CREDENCE_SUCCESS;
}

START_TEST(names)
{
	stage_become(CREDENCE_ROLE_STORE);
	stage.step = put_names;
	ck_assert_int_eq(stage_run("list"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(stage.frame.name_count, 2);
	ck_assert_str_eq(stage.frame.names[0], "crm");
	ck_assert_ptr_null(stage.frame.names[2]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host_values");
	TCase *tests = tcase_create("host_values");

	tcase_add_checked_fixture(tests, stage_set, stage_clear);
	tcase_add_test(tests, attributes);
	tcase_add_test(tests, setting_values);
	tcase_add_test(tests, provider_is_read_when_asked_for);
	tcase_add_test(tests, option_values);
	tcase_add_test(tests, tokens);
	tcase_add_test(tests, put_attribute_names);
	tcase_add_test(tests, put_token_copies);
	tcase_add_test(tests, put_token_of_an_older_header);
	tcase_add_loop_test(tests, put_bad_token, 0, sizeof(bad_tokens) / sizeof(bad_tokens[0]));
	tcase_add_test(tests, put_once_and_in_bounds);
	tcase_add_test(tests, names);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
