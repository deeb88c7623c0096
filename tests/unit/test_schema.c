/* SPDX-License-Identifier: MIT */
/* What may stand in the files: each type with values that are taken and that are not, and the
 * words. */
#include "core/config/schema.h"

#include "config_world.h"
#include "suite.h"

static struct world world;

static void setup(void)
{
	world_init(&world);
}

static void teardown(void)
{
	world_done(&world);
}

/* The error, or "" if the text is good. */
static const char *check(const struct schema *schema, const char *text)
{
	struct conf *conf = NULL;

	(void)conf_parse(&world.call, "f", PLACE_ADMIN, text, strlen(text), schema, NULL, &conf);
	conf_free(conf);
	return world_error(&world);
}

static const char *const good_profiles[] = {
    "",
    "provider = \"p\"; client = { id = \"a\"; secret = \"file:/x\"; redirect_uri = \"http://x\"; "
    "authentication = \"none\"; };",
    "client = { secret = { us = \"env:A\"; eu = \"plain:b\"; }; };",
    "client = { secret = \"exec:/bin/cat /x\"; };",
    "client = { secret = \"keyring:a b\"; };",
    "client = { secret = \"credential:a\"; };",
    "scope = [ \"a.b\", \"https://x/y\" ]; scope_separator = \",\";",
    "scope = [ ];",
    "scope = ( \"a\", \"b\" );",
    "grant = \"x\"; store = [ \"a\", \"b\" ]; hook = { use = \"x\"; }; transport = \"y\";",
    "store = ( { use = \"a\"; control = \"optional\"; cache_max_age = \"1h\"; any = [ 1 ]; }, "
    "\"/x/y.so\" );",
    "transport = ( { use = \"x\"; option = 1; } );",
    "extra = { authorize = ( { name = \"a\"; value = \"\"; } ); token = ( ); };",
    "refresh_before = \"5m\"; volatile = true; api = \"content\"; owner = \"o\";",
    "resource = \"https://r\"; audience = \"a\"; credential = \"c\";",
    "http = { proxy = \"env:\"; ca_file = \"/a\"; client_cert = \"/b\"; connect_timeout = \"1s\"; "
    "};",
    "limits = { access_tokens = { count = 30; window = \"10m\"; live = 5; per = \"owner\"; }; };",
    "lifetimes = { access_token = \"1h\"; refresh_token = \"until revoked\"; };",
    "token_endpoint = \"/t\"; revocation_endpoint = \"https://a.example/r\"; issuer = "
    "\"https://i.example\";",
    "datacenters = ( { location = \"x\"; accounts_server = \"https://a.example\"; token_endpoint = "
    "\"/t\"; } );",
};

START_TEST(good)
{
	ck_assert_str_eq(check(schema_profile, good_profiles[_i]), "");
}
END_TEST

static const struct {
	const char *text, *error;
} bad_profiles[] = {
    {"scopee = [ \"a\" ];", "f:1: unknown setting \"scopee\"; did you mean \"scope\"?"},
    {"scopes = [ \"a\" ];", "f:1: unknown setting \"scopes\"; did you mean \"scope\"?"},
    {"xyzzyxyzzyxyzzy = 1;", "f:1: unknown setting \"xyzzyxyzzyxyzzy\""},
    {"client = { secrett = \"a\"; };",
     "f:1: unknown setting \"client.secrett\"; did you mean \"secret\"?"},
    {"\nscope = \"a b\";", "f:2: scope must be a list of strings, e.g. scope = [ \"…\" ];"},
    {"scope = [ 1, 2 ];", "f:1: scope must be a list of strings, e.g. scope = [ \"…\" ];"},
    {"scope = [ \"a b\" ];",
     "f:1: scope \"a b\" is not one scope; write each in quotes of its own"},
    {"scope = [ \"a,b\" ];",
     "f:1: scope \"a,b\" is not one scope; write each in quotes of its own"},
    {"client = { secret = \"hunter2\"; };",
     "f:1: client.secret is a bare string; write \"file:/path\", \"env:NAME\", \"exec:/command\", "
     "\"keyring:DESCRIPTION\", \"credential:NAME\" or \"plain:VALUE\" if you mean it"},
    {"client = { secret = { us = \"hunter2\"; }; };",
     "f:1: client.secret.us is a bare string; write \"file:/path\", \"env:NAME\", "
     "\"exec:/command\", \"keyring:DESCRIPTION\", \"credential:NAME\" or \"plain:VALUE\" if you "
     "mean it"},
    {"client = { secret = 7; };",
     "f:1: client.secret must be a reference to a secret, or a group of them by location, e.g. "
     "secret = \"file:/path\";"},
    {"client = \"a\";", "f:1: client must be a group, e.g. client = { … };"},
    {"client = { authentication = \"post\"; };",
     "f:1: client.authentication must be one of \"body\", \"basic\", \"none\", "
     "\"private_key_jwt\", \"tls_client_auth\""},
    {"provider = \"a/b\";", "f:1: provider must be a name of letters, digits and . _ @ - (at most "
			    "64), e.g. provider = \"work-1\";"},
    {"volatile = \"yes\";", "f:1: volatile must be true or false, e.g. volatile = true;"},
    {"refresh_before = 300;",
     "f:1: refresh_before must be a time with its unit in quotes, e.g. refresh_before = \"10m\";"},
    {"refresh_before = \"5\";",
     "f:1: refresh_before must be a time with its unit in quotes, e.g. refresh_before = \"10m\";"},
    {"limits = { access_tokens = { count = -1; }; };",
     "f:1: limits.access_tokens.count must be a whole number, e.g. count = 10;"},
    {"limits = { access_tokens = { count = 1.5; }; };",
     "f:1: limits.access_tokens.count must be a whole number, e.g. count = 10;"},
    {"lifetimes = { refresh_token = \"for ever\"; };",
     "f:1: lifetimes.refresh_token must be a time with its unit, or \"until revoked\", e.g. "
     "refresh_token = \"1h\";"},
    {"issuer = \"http://i.example\";", "f:1: issuer is no URL that is taken: http is for 127.0.0.1 "
				       "and [::1] only; write https://"},
    {"token_endpoint = \"token\";",
     "f:1: token_endpoint is no URL that is taken: it does not begin with https://"},
    {"token_endpoint = \"/a b\";", "f:1: token_endpoint is no URL that is taken: it has a "
				   "character that must be percent-encoded"},
    {"token_endpoint = 1;", "f:1: token_endpoint must be a URL, or a path that begins with /, e.g. "
			    "token_endpoint = \"/token\";"},
    {"datacenters = ( { location = \"x\"; } );",
     "f:1: datacenters lacks accounts_server: its authorization server"},
    {"datacenters = { location = \"x\"; };",
     "f:1: datacenters must be a list of groups, e.g. datacenters = ( { … } );"},
    {"extra = { token = ( { name = \"a\"; } ); };",
     "f:1: extra.token lacks value: its value; \"\" leaves the parameter out"},
    {"extra = { token = ( { name = \"\"; value = \"a\"; } ); };",
     "f:1: extra.token.name must be text of visible characters, e.g. name = \"name\";"},
    {"extra = { authorize = ( { name = \"a b\"; value = \"a\"; } ); };",
     "f:1: extra.authorize.name must be text of visible characters, e.g. name = \"name\";"},
    {"resource = \"https://a.example/#part\";",
     "f:1: resource must be an absolute URI without a fragment, e.g. resource = \"https://…\";"},
    {"http = { proxy = \"proxy.example\"; };",
     "f:1: http.proxy must be the URL of a proxy, or \"env:\", e.g. proxy = "
     "\"https://proxy.example.org:8443\";"},
    {"store = ();", "f:1: store must be one or more modules, e.g. store = ( { use = \"…\"; control "
		    "= \"required\"; } );"},
    {"store = [];", "f:1: store must be one or more modules, e.g. store = ( { use = \"…\"; control "
		    "= \"required\"; } );"},
    {"store = ( 1 );", "f:1: store must be one or more modules, e.g. store = ( { use = \"…\"; "
		       "control = \"required\"; } );"},
    {"store = ( { control = \"required\"; } );", "f:1: store lacks use: the module"},
    {"store = ( { use = 7; } );", "f:1: store.use must be text in quotes, e.g. use = \"…\";"},
    {"store = \"a/b\";", "f:1: store \"a/b\" is neither a module's name nor an absolute path"},
    {"store = ( { use = \"File\"; } );",
     "f:1: store.use \"File\" is neither a module's name nor an absolute path"},
    {"hook = (\n{ use = \"a\"; },\n{ use = \"b\"; control = \"optinal\"; } );",
     "f:3: hook.control has an unknown control word \"optinal\"; did you mean \"optional\"?"},
    {"hook = ( { use = \"b\"; control = 1; } );",
     "f:1: hook.control must be text in quotes, e.g. control = \"…\";"},
    {"store = ( { use = \"b\"; cache_max_age = 1; } );",
     "f:1: store.cache_max_age must be a time with its unit in quotes, e.g. cache_max_age = "
     "\"10m\";"},
    {"store = ( { use = \"b\"; isolate = true; } );",
     "f:1: store.isolate is not in this version of credence; leave it out"},
    {"store = ( { use = \"b\"; seal = { use = \"x\"; id = \"a b\"; }; } );",
     "f:1: store.seal.id must be a name of letters, digits and . _ @ - (at most 64), e.g. id = "
     "\"work-1\";"},
    {"store = ( { use = \"b\"; seal = ( ); } );",
     "f:1: store.seal must be one or more modules, e.g. seal = ( { use = \"…\"; control = "
     "\"required\"; } );"},
    {"transport = [ \"a\", \"b\" ];",
     "f:1: transport must be one module, e.g. transport = { use = \"…\"; };"},
    {"errors = ( );", "f:1: unknown setting \"errors\""},
};

START_TEST(bad)
{
	ck_assert_str_eq(check(schema_profile, bad_profiles[_i].text), bad_profiles[_i].error);
}
END_TEST

START_TEST(main_file)
{
	ck_assert_str_eq(
	    check(schema_main,
		  "defaults = { store = \"file\"; client = { id = \"a\"; }; providers = ( { name = "
		  "\"p\"; location = \"eu\"; } ); }; user = \"u\"; modules = { path = [ \"/x\" ]; "
		  "allow = [ \"a\" ]; }; http = { proxy = \"env:\"; }; deadline = \"30s\";"),
	    "");
	ck_assert_str_eq(
	    check(schema_main, "defaults = { providers = ( { location = \"eu\"; } ); };"),
	    "f:1: defaults.providers lacks name: for which provider");
	call_clear(&world.call);
	ck_assert_str_eq(check(schema_main, "modules = { isolate = true; };"),
			 "f:1: unknown setting \"modules.isolate\"");
}
END_TEST

START_TEST(provider_file)
{
	ck_assert_str_eq(check(schema_provider, "extends = \"p\"; title = \"P\"; errors = ( { code "
						"= \"c\"; at = \"refresh\"; class = "
						"\"login\"; cause = \"a\"; remedy = \"b\"; "
						"retry_after = \"1m\"; match = { member = "
						"\"m\"; value = \"v\"; }; } ); console = "
						"\"https://c.example\"; scopes = { example = "
						"\"s\"; };"),
			 "");
	ck_assert_str_eq(check(schema_provider, "grant = \"x\";"),
			 "f:1: unknown setting \"grant\"");
	call_clear(&world.call);
	ck_assert_str_eq(check(schema_provider,
			       "errors = ( { code = \"c\"; cause = \"a\"; remedy = "
			       "\"b\"; class = \"fatal\"; } );"),
			 "f:1: errors.class must be one of \"login\", \"client\", \"denied\", "
			 "\"scope\", \"config\", \"limited\", \"unavailable\", \"renew\", "
			 "\"pending\", \"slow_down\", \"other_dc\"");
}
END_TEST

/* Every table is complete: names once, a type, members where the type has them, a line of help. */
static void table_is_complete(const struct schema *table, int depth)
{
	ck_assert_int_lt(depth, CONF_DEPTH);
	for (const struct schema *at = table; at->name != NULL; at++) {
		bool nested = at->type == SCHEMA_GROUP || at->type == SCHEMA_GROUPS ||
			      at->type == SCHEMA_STACK || at->type == SCHEMA_MODULE;

		ck_assert_msg(at->type >= SCHEMA_STRING && at->type <= SCHEMA_PROXY, "%s",
			      at->name);
		ck_assert_msg(at->help != NULL && at->help[0] != '\0', "%s", at->name);
		ck_assert_msg(nested == (at->members != NULL), "%s", at->name);
		for (const struct schema *before = table; before < at; before++)
			ck_assert_msg(strcmp(before->name, at->name) != 0, "%s twice", at->name);
		if (nested)
			table_is_complete(at->members, depth + 1);
	}
}

START_TEST(tables)
{
	table_is_complete(schema_main, 1);
	table_is_complete(schema_profile, 1);
	table_is_complete(schema_provider, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("schema");
	TCase *tests = tcase_create("schema");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, good, 0, sizeof(good_profiles) / sizeof(good_profiles[0]));
	tcase_add_loop_test(tests, bad, 0, sizeof(bad_profiles) / sizeof(bad_profiles[0]));
	tcase_add_test(tests, main_file);
	tcase_add_test(tests, provider_file);
	tcase_add_test(tests, tables);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
