/* SPDX-License-Identifier: MIT */
/*
 * The host's services as modules see them, and the running of methods. The modules are of the test:
 * each method of each role runs the step that a test gives, with the host's table.
 */
#include "core/module/host.h"
#include "core/module/origin.h"
#include "core/os/clock.h"
#include "core/os/secret.h"
#include "core/session/context.h"

#include "config_world.h"

#undef fail /* Check has a macro of that name */

#define HOST (&host_table)
#define PROFILE                                                                                    \
	"provider = \"p\"; client = { id = \"cid\"; secret = \"plain:hidden\"; "                   \
	"redirect_uri = \"http://127.0.0.1:8765/cb\"; };\n"                                        \
	"scope = [ \"a\", \"b\" ]; grant = \"g\"; api = \"sheets\";\n"                             \
	"store = { use = \"stub\"; key = \"plain:hidden too\"; text = \"t\"; number = 5; "         \
	"words = [ \"x\", \"y\" ]; };\n"
#define PROVIDER                                                                                   \
	"scope_separator = \",\"; accounts_server = \"https://accounts.example\"; "                \
	"token_endpoint = \"https://token.example/t\"; revocation_endpoint = \"/revoke\";\n"       \
	"apis = ( { name = \"sheets\"; url = \"https://sheets.example\"; } );\n"                   \
	"datacenters = ( { location = \"us\"; accounts_server = \"https://us.example\"; "          \
	"api_domain = \"https://api.us.example\"; "                                                \
	"api_domain_aliases = [ \"https://alias.us.example\" ]; "                                  \
	"apis = ( { name = \"sheets\"; url = \"https://sheets.us.example:8443/v1\"; } ); } );\n"

static struct world world;
static struct credence_call *call;
static struct work work;
static struct stack_conf stack_conf;
static struct entry entry;
static struct frame frame;
static struct module module;

/* -- Modules of the test -- */

static credence_rc (*step)(void);
static unsigned stepped;

static credence_rc run_step(void)
{
	stepped++;
	return step != NULL ? step() : CREDENCE_SUCCESS;
}

static credence_rc plain(struct credence_self *self, struct credence_call *calling)
{
	(void)self;
	ck_assert_ptr_eq(calling, call);
	return run_step();
}

static credence_rc with_text(struct credence_self *self, struct credence_call *calling,
			     const char *text)
{
	(void)text;
	return plain(self, calling);
}

static credence_rc with_item(struct credence_self *self, struct credence_call *calling,
			     const char *key, const struct credence_item *item)
{
	(void)key;
	(void)item;
	return plain(self, calling);
}

static credence_rc with_request(struct credence_self *self, struct credence_call *calling,
				const struct credence_request *request)
{
	(void)request;
	return plain(self, calling);
}

static struct credence_option options[] = {
    {"text", CREDENCE_STRING, 0, NULL, NULL},   {"number", CREDENCE_NUMBER, 0, "7", NULL},
    {"words", CREDENCE_LIST, 0, NULL, NULL},    {"key", CREDENCE_SECRET, 0, NULL, NULL},
    {"absent", CREDENCE_SECRET, 0, NULL, NULL}, {NULL, 0, 0, NULL, NULL},
};

static void become(uint32_t role)
{
	memset(&module, 0, sizeof(module));
	module.role = role;
	module.descriptor = (struct credence_module){.name = "stub", .options = options};
	if (role == CREDENCE_ROLE_GRANT)
		module.ops.grant =
		    (struct credence_grant_ops){.acquire = plain, .renew = plain, .revoke = plain};
	else if (role == CREDENCE_ROLE_RESOLVER)
		module.ops.resolver =
		    (struct credence_resolver_ops){.resolve = plain, .learn = plain};
	else if (role == CREDENCE_ROLE_STORE)
		module.ops.store = (struct credence_store_ops){
		    .load = with_text, .save = with_item, .erase = with_text, .list = plain};
	else if (role == CREDENCE_ROLE_TRANSPORT)
		module.ops.transport = (struct credence_transport_ops){.perform = with_request};
	else
		module.ops.hook = (struct credence_hook_ops){.event = with_text};
	entry = (struct entry){.conf = stack_conf.entry, .role = role, .module = &module};
}

/* -- The world -- */

static char logged[512];

static void take_log(void *data, int32_t level, const char *message)
{
	(void)data;
	(void)snprintf(logged, sizeof(logged), "%d %s", (int)level, message);
}

static void setup(void)
{
	world_init(&world);
	call = &world.call;
	call->listener.log = take_log;
	memset(&work, 0, sizeof(work));
	call->work = &work;
	step = NULL;
	stepped = 0;
	logged[0] = '\0';
	world_file(&world, "admin/profiles.d/crm.conf", PROFILE);
	world_file(&world, "vendor/providers.d/p.conf", PROVIDER);
	work.profile = world_profile(&world, "crm");
	ck_assert_int_eq(stack_conf_load(call, work.profile, "store", &stack_conf),
			 CREDENCE_SUCCESS);
	frame_init(&frame);
	become(CREDENCE_ROLE_GRANT);
}

static void teardown(void)
{
	frame_done(&frame);
	attributes_done(&work.known);
	stack_conf_done(&stack_conf);
	profile_free(work.profile);
	world_done(&world);
}

static void expect_error(credence_rc rc, const char *part)
{
	ck_assert_int_eq(call->failure.rc, rc);
	ck_assert_ptr_nonnull(call->failure.message);
	ck_assert_msg(strstr(call->failure.message, part) != NULL, "no \"%s\" in \"%s\"", part,
		      call->failure.message);
}

/* -- Services and where they are offered -- */

static credence_rc put_some_token(void)
{
	const struct credence_token token = {.size = sizeof(token), .access_token = "at"};

	return HOST->put_token(call, &token);
}

/* Runs the method that a letter stands for, with a new frame. */
static credence_rc run(const char *method)
{
	const struct credence_request request = {.size = sizeof(request)};
	const struct credence_item item = {.size = sizeof(item)};
	struct http_answer answer = {.body = BUF_SECRET, .max_body = 10};
	credence_rc rc;

	frame_done(&frame);
	frame_init(&frame);
	call_clear(call);
	if (strcmp(method, "acquire") == 0)
		return entry_acquire(call, &entry, &frame);
	if (strcmp(method, "renew") == 0)
		return entry_renew(call, &entry, &frame);
	if (strcmp(method, "revoke") == 0)
		return entry_revoke(call, &entry, &frame);
	if (strcmp(method, "resolve") == 0)
		return entry_resolve(call, &entry, &frame);
	if (strcmp(method, "learn") == 0)
		return entry_learn(call, &entry, &frame);
	if (strcmp(method, "load") == 0)
		return entry_store_load(call, &entry, &frame, "crm");
	if (strcmp(method, "save") == 0)
		return entry_store_save(call, &entry, &frame, "crm", &item);
	if (strcmp(method, "erase") == 0)
		return entry_store_erase(call, &entry, &frame, "crm");
	if (strcmp(method, "list") == 0)
		return entry_store_list(call, &entry, &frame);
	if (strcmp(method, "event") == 0)
		return entry_event(call, &entry, &frame, "renewed");
	ck_assert_str_eq(method, "perform");
	frame.answer = &answer;
	rc = entry_perform(call, &entry, &frame, &request);
	http_answer_done(&answer);
	return rc;
}

static const struct method {
	uint32_t role;
	const char *name;
} methods[] = {
    {CREDENCE_ROLE_GRANT, "acquire"},     {CREDENCE_ROLE_GRANT, "renew"},
    {CREDENCE_ROLE_GRANT, "revoke"},      {CREDENCE_ROLE_RESOLVER, "resolve"},
    {CREDENCE_ROLE_RESOLVER, "learn"},    {CREDENCE_ROLE_STORE, "load"},
    {CREDENCE_ROLE_STORE, "save"},        {CREDENCE_ROLE_STORE, "erase"},
    {CREDENCE_ROLE_STORE, "list"},        {CREDENCE_ROLE_HOOK, "event"},
    {CREDENCE_ROLE_TRANSPORT, "perform"},
};
#define METHODS (sizeof(methods) / sizeof(methods[0]))

static credence_rc put_some_attribute(void)
{
	return HOST->put_attribute(call, "location", "eu");
}

static credence_rc put_some_bytes(void)
{
	return HOST->put_bytes(call, "b", 1);
}

static credence_rc put_some_name(void)
{
	return HOST->put_name(call, "crm");
}

static credence_rc put_some_status(void)
{
	return HOST->put_status(call, 200);
}

static credence_rc talk_some(void)
{
	const struct credence_message message = {.size = sizeof(message), .style = CREDENCE_INFORM};

	return HOST->talk(call, &message, NULL);
}

static credence_rc list_some(void)
{
	return HOST->file_names(call, "/nowhere");
}

static credence_rc render_some(void)
{
	const char *text;
	size_t length;

	return HOST->render(call, "env", 0, &text, &length);
}

static credence_rc ask_some(void)
{
	const struct credence_request request = {.size = sizeof(request),
						 .url = "https://accounts.example/"};
	const struct credence_response *response;

	return HOST->http(call, &request, &response);
}

static credence_rc request_some(void)
{
	const struct credence_param param = {"grant_type", "x"};

	return HOST->token_request(call, &param, 1);
}

static const struct offer {
	const char *service;
	credence_rc (*use)(void);
	const char *to;
} offers[] = {
    {"put_attribute", put_some_attribute, " acquire renew resolve learn "},
    {"put_token", put_some_token, " acquire renew "},
    {"put_bytes", put_some_bytes, " load "},
    {"put_name", put_some_name, " list "},
    {"put_status", put_some_status, " perform "},
    {"talk", talk_some, " acquire "},
    {"file_names", list_some, " list "},
    {"render", render_some, " event "},
    {"http", ask_some, " acquire renew revoke resolve learn load save erase list event "},
    {"token_request", request_some, " acquire renew "},
};

static const struct offer *offer;

/* What was answered, before a method's own answer is looked at. */
static credence_rc used;

static credence_rc use_offer(void)
{
	used = offer->use();
	return CREDENCE_MISS;
}

START_TEST(offered_where_it_should_be)
{
	char word[32], expected[128];
	size_t i;

	offer = &offers[_i];
	step = use_offer;
	for (i = 0; i < METHODS; i++) {
		become(methods[i].role);
		(void)snprintf(word, sizeof(word), " %s ", methods[i].name);
		(void)snprintf(expected, sizeof(expected), "%s is not offered to %s",
			       offer->service, methods[i].name);
		logged[0] = '\0';
		ck_assert_int_eq(run(methods[i].name), CREDENCE_MISS);
		if (strstr(offer->to, word) != NULL) {
			ck_assert_msg(strstr(logged, "is not offered") == NULL, "%s", logged);
			continue;
		}
		ck_assert_int_eq(used, CREDENCE_ERROR);
		ck_assert_msg(strstr(logged, expected) != NULL, "%s: \"%s\"", expected, logged);
		ck_assert_str_eq(call->failure.message, expected);
	}
}
END_TEST

/* A module that kept the table may call when none of its methods runs. */
START_TEST(nothing_between_methods)
{
	ck_assert_ptr_null(HOST->attribute(call, "profile"));
	expect_error(CREDENCE_ERROR, "attribute is not offered to a module that was not called");
	ck_assert_int_eq(put_some_token(), CREDENCE_ERROR);
	call->work = NULL;
	ck_assert_ptr_null(HOST->option(call, "text"));
	call->work = &work;
}
END_TEST

START_TEST(table)
{
	ck_assert_uint_eq(HOST->size, sizeof(struct credence_host));
	ck_assert_uint_eq(HOST->abi_minor, CREDENCE_ABI_MINOR);
	ck_assert(CREDENCE_HAS(HOST, render));
	ck_assert(CREDENCE_HAS(HOST, file_names));
}
END_TEST

/* -- Running methods -- */

static credence_rc next_answer;

static credence_rc answer_next(void)
{
	return next_answer;
}

START_TEST(answers_are_checked)
{
	static const credence_rc none[] = {-1, CREDENCE_RC_COUNT, 77, INT32_MIN, INT32_MAX};
	char message[64];
	size_t i;

	become(CREDENCE_ROLE_HOOK);
	step = answer_next;
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		next_answer = none[i];
		ck_assert_int_eq(run("event"), CREDENCE_ERROR);
		(void)snprintf(message, sizeof(message),
			       "hook stub answered %d to event, which is no answer", none[i]);
		expect_error(CREDENCE_ERROR, message);
		ck_assert_ptr_nonnull(strstr(logged, message));
		ck_assert_int_eq(call_status(call, 0), STATUS_MODULE);
	}
	for (next_answer = 0; next_answer < CREDENCE_RC_COUNT; next_answer++) {
		ck_assert_int_eq(run("event"), next_answer);
		ck_assert_int_eq(call->failure.rc, next_answer);
		ck_assert_int_eq(call_status(call, 0), status_of(next_answer, CREDENCE_ROLE_HOOK));
		ck_assert_int_eq(call->failure.message == NULL, next_answer == CREDENCE_SUCCESS);
	}
	ck_assert_str_eq(call->failure.message, "hook stub answered error to event");
}
END_TEST

static credence_rc warn_and_succeed(void)
{
	HOST->fail(call, CREDENCE_ERROR, "X", "went wrong, but only a little", NULL);
	return CREDENCE_SUCCESS;
}

static credence_rc fail_otherwise(void)
{
	HOST->fail(call, CREDENCE_UNSAFE, "EPERM", "one\nthing \033[31m", "do it");
	return CREDENCE_MISS;
}

static credence_rc fail_with_status(void)
{
	call_fail_status(call, STATUS_NO_PROFILE, CREDENCE_CONFIG, "what a service had to say");
	return CREDENCE_MISS;
}

START_TEST(errors_and_answers)
{
	become(CREDENCE_ROLE_HOOK);
	step = warn_and_succeed;
	ck_assert_int_eq(run("event"), CREDENCE_SUCCESS);
	ck_assert_ptr_null(call->failure.message);
	/* The answer counts, not what fail was told. */
	step = fail_otherwise;
	ck_assert_int_eq(run("event"), CREDENCE_MISS);
	ck_assert_int_eq(call_status(call, 0), STATUS_LOGIN);
	ck_assert_str_eq(call->failure.message, "one?thing ?[31m");
	ck_assert_str_eq(call->failure.code, "EPERM");
	ck_assert_str_eq(call->failure.hint, "do it");
	step = fail_with_status;
	ck_assert_int_eq(run("event"), CREDENCE_MISS);
	ck_assert_int_eq(call_status(call, 0), STATUS_LOGIN);
	ck_assert_str_eq(call->failure.message, "what a service had to say");
}
END_TEST

START_TEST(success_needs_a_result)
{
	static const struct {
		uint32_t role;
		const char *method, *message;
	} needs[] = {
	    {CREDENCE_ROLE_GRANT, "acquire",
	     "grant stub answered success to acquire without a token"},
	    {CREDENCE_ROLE_GRANT, "renew", "grant stub answered success to renew without a token"},
	    {CREDENCE_ROLE_STORE, "load", "store stub answered success to load without bytes"},
	    {CREDENCE_ROLE_TRANSPORT, "perform",
	     "transport stub answered success to perform without a status"},
	};
	size_t i;

	for (i = 0; i < METHODS; i++) {
		become(methods[i].role);
		if (i != 0 && i != 1 && i != 5 && i != 10)
			ck_assert_int_eq(run(methods[i].name), CREDENCE_SUCCESS);
	}
	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		become(needs[i].role);
		ck_assert_int_eq(run(needs[i].method), CREDENCE_ERROR);
		expect_error(CREDENCE_ERROR, needs[i].message);
	}
}
END_TEST

static credence_rc put_much_and_answer(void)
{
	ck_assert_int_eq(put_some_token(), CREDENCE_SUCCESS);
	ck_assert_int_eq(put_some_attribute(), CREDENCE_SUCCESS);
	return next_answer;
}

START_TEST(results_count_on_success_only)
{
	step = put_much_and_answer;
	next_answer = CREDENCE_UNAVAIL;
	ck_assert_int_eq(run("acquire"), CREDENCE_UNAVAIL);
	ck_assert(!frame.has_token);
	ck_assert_ptr_null(frame.token.access_token);
	ck_assert_uint_eq(frame.put.count, 0);
	next_answer = CREDENCE_SUCCESS;
	ck_assert_int_eq(run("acquire"), CREDENCE_SUCCESS);
	ck_assert_str_eq(frame.token.access_token, "at");
	ck_assert_str_eq(attributes_get(&frame.put, "location"), "eu");
	/* Nothing is known of it yet: that is the session's to say. */
	ck_assert_ptr_null(attributes_get(&work.known, "location"));
	ck_assert_ptr_null(work.frame);
}
END_TEST

static unsigned opened, closed;
static credence_rc open_answer;

static credence_rc open_stub(const struct credence_host *host, struct credence_call *calling,
			     struct credence_self **self)
{
	ck_assert_ptr_eq(host, HOST);
	ck_assert_str_eq(host->option(calling, "text"), "t");
	ck_assert_int_eq(put_some_attribute(), CREDENCE_ERROR);
	ck_assert_int_eq(ask_some(), CREDENCE_ERROR);
	opened++;
	*self = (struct credence_self *)(void *)&opened;
	return open_answer;
}

static void close_stub(struct credence_self *self)
{
	ck_assert_ptr_eq((void *)self, &opened);
	closed++;
}

START_TEST(opened_once_closed_once)
{
	struct stack stack = {.role = CREDENCE_ROLE_HOOK, .count = 1};

	become(CREDENCE_ROLE_HOOK);
	module.descriptor.open = open_stub;
	module.descriptor.close = close_stub;
	open_answer = CREDENCE_UNAVAIL;
	ck_assert_int_eq(run("event"), CREDENCE_UNAVAIL);
	ck_assert_uint_eq(stepped, 0);
	open_answer = CREDENCE_SUCCESS;
	ck_assert_int_eq(run("event"), CREDENCE_SUCCESS);
	ck_assert_int_eq(run("event"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(opened, 2);
	ck_assert_uint_eq(stepped, 2);
	stack.entry = calloc(1, sizeof(*stack.entry));
	ck_assert_ptr_nonnull(stack.entry);
	stack.entry[0] = entry;
	stack_done(call, &stack);
	ck_assert_uint_eq(closed, 1);
}
END_TEST

START_TEST(learn_is_optional)
{
	become(CREDENCE_ROLE_RESOLVER);
	module.ops.resolver.learn = NULL;
	ck_assert_int_eq(run("learn"), CREDENCE_MISS);
	ck_assert_uint_eq(stepped, 0);
}
END_TEST

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
	expect_attribute("state_dir", world.places.admin_state);
	expect_attribute("location", NULL);
	expect_attribute("secret", NULL);
	expect_attribute("client.secret", NULL);
	ck_assert_ptr_null(HOST->attribute(call, NULL));
	ck_assert(attributes_set(&work.known, "location", "us"));
	ck_assert(attributes_set(&work.known, "scope", "a b c"));
	expect_attribute("location", "us");
	expect_attribute("scope", "a b c");
	return CREDENCE_MISS;
}

START_TEST(attributes)
{
	step = read_attributes;
	ck_assert_int_eq(run("revoke"), CREDENCE_MISS);
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
	step = read_settings;
	ck_assert_int_eq(run("revoke"), CREDENCE_MISS);
	profile_free(work.profile);
	world_file(&world, "admin/profiles.d/crm.conf",
		   "provider = \"p\"; grant = ( \"g\" ); client = { id = \"cid\"; secret = { us = "
		   "\"plain:hidden\"; }; }; scope = [ \"a\", \"b\" ]; store = ( { use = \"stub\"; "
		   "key = \"plain:hidden\"; } );");
	work.profile = world_profile(&world, "crm");
	ck_assert_int_eq(run("revoke"), CREDENCE_MISS);
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
	step = read_own_setting;
	run("revoke");
	ck_assert_ptr_null(work.profile->provider);
	step = read_settings;
	run("revoke");
	ck_assert_ptr_nonnull(work.profile->provider);
}
END_TEST

static credence_rc read_options(void)
{
	const char *value = NULL;

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
	return CREDENCE_MISS;
}

START_TEST(option_values)
{
	step = read_options;
	ck_assert_int_eq(run("revoke"), CREDENCE_MISS);
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
	work.refresh_token = "rt";
	work.id_token = "it";
	step = read_tokens;
	ck_assert_int_eq(run("revoke"), CREDENCE_MISS);
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
	become(CREDENCE_ROLE_RESOLVER);
	step = put_attributes;
	ck_assert_int_eq(run("resolve"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(frame.put.count, 3);
	ck_assert(attributes_set(&work.known, "issuer", "https://i.example"));
	ck_assert(attributes_merge(&work.known, &frame.put));
	ck_assert_ptr_null(attributes_get(&work.known, "issuer"));
	ck_assert_str_eq(attributes_get(&work.known, "answer.location"), "eu");
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
	step = put_the_token;
	ck_assert_int_eq(run("renew"), CREDENCE_SUCCESS);
	ck_assert_str_eq(frame.token.access_token, "at");
	ck_assert_str_eq(frame.token.token_type, "Bearer");
	ck_assert_str_eq(frame.token.scope, "a b");
	ck_assert_str_eq(frame.token.refresh_token, "rt");
	ck_assert_ptr_null(frame.token.id_token);
	ck_assert_int_eq(frame.token.expires_in, 3650 * CLOCK_DAY);
}
END_TEST

/* A module of an older header puts a shorter structure: what follows is not read. */
START_TEST(put_token_of_an_older_header)
{
	token = (struct credence_token){.size = offsetof(struct credence_token, token_type),
					.access_token = "at",
					.token_type = "\n",
					.expires_in = -1};
	step = put_the_token;
	ck_assert_int_eq(run("renew"), CREDENCE_SUCCESS);
	ck_assert_str_eq(frame.token.access_token, "at");
	ck_assert_ptr_null(frame.token.token_type);
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
    {.size = 4, .access_token = "a"},
};

START_TEST(put_bad_token)
{
	token = bad_tokens[_i];
	step = put_the_token;
	ck_assert_int_eq(run("renew"), CREDENCE_ERROR);
	expect_error(CREDENCE_ERROR, "what was put is no token: its ");
	ck_assert(!frame.has_token);
}
END_TEST

static credence_rc put_token_twice(void)
{
	ck_assert_int_eq(put_some_token(), CREDENCE_SUCCESS);
	return put_some_token();
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
	step = put_token_twice;
	ck_assert_int_eq(run("renew"), CREDENCE_ERROR);
	expect_error(CREDENCE_ERROR, "a token was put twice");
	become(CREDENCE_ROLE_STORE);
	step = put_bytes_twice;
	ck_assert_int_eq(run("load"), CREDENCE_ERROR);
	expect_error(CREDENCE_ERROR, "bytes were put twice");
	step = put_too_many_bytes;
	ck_assert_int_eq(run("load"), CREDENCE_ERROR);
	expect_error(CREDENCE_ERROR, "more than can be kept");
	step = put_no_bytes;
	ck_assert_int_eq(run("load"), CREDENCE_SUCCESS);
	ck_assert(frame.has_bytes);
	ck_assert_uint_eq(frame.bytes.length, 0);
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
	become(CREDENCE_ROLE_STORE);
	step = put_names;
	ck_assert_int_eq(run("list"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(frame.name_count, 2);
	ck_assert_str_eq(frame.names[0], "crm");
	ck_assert_ptr_null(frame.names[2]);
}
END_TEST

/* -- Where requests may go -- */

START_TEST(origins)
{
	static const struct {
		const char *url;
		bool allowed;
	} cases[] = {
	    {"https://accounts.example/x?y", true},
	    {"https://token.example/", true},
	    {"https://sheets.example/", true},
	    {"https://us.example/oauth", true},
	    {"https://api.us.example/", true},
	    {"https://alias.us.example/", true},
	    {"https://sheets.us.example:8443/", true},
	    {"https://sheets.us.example/", false},
	    {"http://accounts.example/", false},
	    {"https://accounts.example:444/", false},
	    {"https://accounts.example.evil.example/", false},
	    {"https://accounts.example@evil.example/", false},
	    {"https://evil.example/", false},
	    {"https://eu.example/", false},
	    {"/revoke", false},
	    {"", false},
	};
	size_t i;

	/* Neither a record nor a module can add to them. */
	ck_assert(attributes_set(&work.known, "accounts_server", "https://eu.example"));
	ck_assert(attributes_set(&work.known, "token_endpoint", "https://evil.example/t"));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(origin_allowed(call, cases[i].url) == cases[i].allowed, "%s",
			      cases[i].url);
}
END_TEST

/* -- The network -- */

static unsigned http_calls;
static const char *asked_url;
static credence_rc http_answers = CREDENCE_SUCCESS;

static credence_rc fake_http(struct credence_call *calling, const struct credence_request *request,
			     struct http_answer *answer)
{
	http_calls++;
	ck_assert_str_eq(request->url, asked_url);
	ck_assert_uint_eq(request->size, sizeof(*request));
	calling->work->sent = true;
	if (http_answers != CREDENCE_SUCCESS)
		return call_fail(calling, http_answers, "no answer");
	answer->status = 404;
	ck_assert(attributes_set(&answer->header, "content-type", "text/plain"));
	buf_add(&answer->body, "no\0thing", 8);
	return CREDENCE_SUCCESS;
}

static credence_rc ask(void)
{
	const struct credence_request request = {
	    .size = sizeof(request), .method = "GET", .url = asked_url};
	const struct credence_response *response = NULL;
	credence_rc rc = HOST->http(call, &request, &response);

	if (rc != CREDENCE_SUCCESS) {
		ck_assert_ptr_null(response);
		return rc;
	}
	ck_assert_int_eq(response->status, 404);
	ck_assert_uint_eq(response->header_count, 1);
	ck_assert_str_eq(response->headers[0].name, "content-type");
	ck_assert_str_eq(response->headers[0].value, "text/plain");
	ck_assert_uint_eq(response->body_length, 8);
	ck_assert_mem_eq(response->body, "no\0thing", 9);
	return CREDENCE_MISS;
}

static credence_rc ask_twice(void)
{
	ck_assert_int_eq(ask(), CREDENCE_MISS);
	return ask();
}

START_TEST(http)
{
	work.http = fake_http;
	asked_url = "https://us.example/x";
	step = ask_twice;
	ck_assert_int_eq(run("revoke"), CREDENCE_MISS);
	ck_assert_uint_eq(http_calls, 2);
	/* What left was no token request. */
	ck_assert(!work.sent);
	work.sent = true;
	ck_assert_int_eq(run("revoke"), CREDENCE_MISS);
	ck_assert(work.sent);
	http_answers = CREDENCE_UNAVAIL;
	step = ask;
	ck_assert_int_eq(run("revoke"), CREDENCE_UNAVAIL);
	expect_error(CREDENCE_UNAVAIL, "no answer");
}
END_TEST

START_TEST(http_refused)
{
	work.http = fake_http;
	step = ask;
	asked_url = "https://evil.example/x";
	ck_assert_int_eq(run("revoke"), CREDENCE_UNSAFE);
	expect_error(CREDENCE_UNSAFE, "evil.example is no host of provider p");
	asked_url = "https://us.example\\@evil.example/";
	ck_assert_int_eq(run("revoke"), CREDENCE_UNSAFE);
	expect_error(CREDENCE_UNSAFE, "refused to call a URL: ");
	asked_url = NULL;
	ck_assert_int_eq(run("revoke"), CREDENCE_ERROR);
	asked_url = "https://us.example/";
	call->flags = CALL_NO_NETWORK;
	ck_assert_int_eq(run("revoke"), CREDENCE_UNAVAIL);
	expect_error(CREDENCE_UNAVAIL, "network use was forbidden (--no-network)");
	call->flags = 0;
	work.http = NULL;
	ck_assert_int_eq(run("revoke"), CREDENCE_CONFIG);
	ck_assert_uint_eq(http_calls, 0);
}
END_TEST

static unsigned token_requests;
static uint32_t param_count;
static const char *first_param;

static credence_rc fake_token_request(struct credence_call *calling,
				      const struct credence_param *params, uint32_t count)
{
	ck_assert_ptr_eq(calling, call);
	ck_assert_uint_eq(count, param_count);
	ck_assert_str_eq(params[0].name, "grant_type");
	token_requests++;
	return put_some_token();
}

static credence_rc request_token(void)
{
	const struct credence_param params[] = {{first_param, "x"}, {"code", "y"}};

	return HOST->token_request(call, params, param_count);
}

START_TEST(token_request)
{
	work.token_request = fake_token_request;
	step = request_token;
	first_param = "grant_type";
	param_count = 2;
	ck_assert_int_eq(run("acquire"), CREDENCE_SUCCESS);
	ck_assert(frame.has_token);
	ck_assert_uint_eq(token_requests, 1);
	param_count = 0;
	ck_assert_int_eq(run("acquire"), CREDENCE_ERROR);
	param_count = 2;
	first_param = "code";
	ck_assert_int_eq(run("acquire"), CREDENCE_ERROR);
	expect_error(CREDENCE_ERROR, "begins with the parameter grant_type");
	first_param = "grant_type";
	call->flags = CALL_NO_NETWORK;
	ck_assert_int_eq(run("acquire"), CREDENCE_UNAVAIL);
	expect_error(CREDENCE_UNAVAIL, "network use was forbidden (--no-network)");
	call->flags = 0;
	work.token_request = NULL;
	ck_assert_int_eq(run("acquire"), CREDENCE_CONFIG);
	ck_assert_uint_eq(token_requests, 1);
}
END_TEST

/* -- The transport -- */

static struct http_answer answer;

static credence_rc perform(void)
{
	const struct credence_request request = {.size = sizeof(request)};
	credence_rc rc;

	frame_done(&frame);
	frame_init(&frame);
	call_clear(call);
	frame.answer = &answer;
	rc = entry_perform(call, &entry, &frame, &request);
	return rc;
}

static credence_rc answer_well(void)
{
	ck_assert(!work.sent);
	HOST->sent(call);
	ck_assert(work.sent);
	ck_assert_int_eq(HOST->put_status(call, 100), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_header(call, "X-Early", "1"), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_status(call, 200), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_header(call, "Retry-After", "1"), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_header(call, "retry-after", "2"), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_header(call, NULL, "2"), CREDENCE_ERROR);
	ck_assert_int_eq(HOST->put_header(call, "a", NULL), CREDENCE_ERROR);
	ck_assert_int_eq(HOST->put_body(call, "01234", 5), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_body(call, "", 0), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_body(call, "56789", 5), CREDENCE_SUCCESS);
	return CREDENCE_SUCCESS;
}

static credence_rc answer_too_long(void)
{
	ck_assert_int_eq(HOST->put_status(call, 200), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->put_body(call, "01234", 5), CREDENCE_SUCCESS);
	return HOST->put_body(call, "567890", 6);
}

static credence_rc answer_huge(void)
{
	return HOST->put_body(call, "", SIZE_MAX);
}

static credence_rc answer_long_headers(void)
{
	char value[1025], name[16];
	credence_rc rc = CREDENCE_SUCCESS;
	int i;

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	ck_assert_int_eq(HOST->put_status(call, 200), CREDENCE_SUCCESS);
	for (i = 0; i < 100 && rc == CREDENCE_SUCCESS; i++) {
		(void)snprintf(name, sizeof(name), "name%d", i);
		rc = HOST->put_header(call, name, value);
	}
	ck_assert_int_gt(i, 50);
	return rc;
}

START_TEST(transport_answers)
{
	answer = (struct http_answer){.body = BUF_SECRET, .max_body = 10};
	become(CREDENCE_ROLE_TRANSPORT);
	step = answer_well;
	ck_assert_int_eq(perform(), CREDENCE_SUCCESS);
	ck_assert_int_eq(answer.status, 200);
	ck_assert_uint_eq(answer.header.count, 1);
	ck_assert_str_eq(attributes_get(&answer.header, "retry-after"), "1");
	ck_assert_uint_eq(answer.body.length, 10);
	ck_assert_str_eq(answer.body.data, "0123456789");
	http_answer_done(&answer);
}
END_TEST

START_TEST(transport_is_bounded)
{
	become(CREDENCE_ROLE_TRANSPORT);
	answer = (struct http_answer){.body = BUF_SECRET, .max_body = 10};
	step = answer_too_long;
	ck_assert_int_eq(perform(), CREDENCE_UNSAFE);
	expect_error(CREDENCE_UNSAFE, "the answer is longer than the 10 bytes that are read");
	step = answer_huge;
	ck_assert_int_eq(perform(), CREDENCE_UNSAFE);
	step = answer_long_headers;
	ck_assert_int_eq(perform(), CREDENCE_UNSAFE);
	expect_error(CREDENCE_UNSAFE, "the answer's headers are too long");
	http_answer_done(&answer);
}
END_TEST

/* -- The person -- */

static struct credence_message told;
static char told_text[128];
static const char *person_says;
static credence_rc person_answers;

static credence_rc person(void *data, struct credence_call *calling,
			  const struct credence_message *message, char **reply)
{
	ck_assert_ptr_eq(data, &told);
	ck_assert_ptr_eq(calling, call);
	told = *message;
	(void)snprintf(told_text, sizeof(told_text), "%s|%s|%s", message->text,
		       message->url != NULL ? message->url : "",
		       message->code != NULL ? message->code : "");
	if (person_says != NULL)
		*reply = secret_strdup(person_says);
	return person_answers;
}

static struct credence_message message;
static const char *said;

static credence_rc talk(void)
{
	const char *reply = NULL;
	credence_rc rc = HOST->talk(call, &message, &reply);

	said = reply != NULL ? person_says : NULL;
	if (reply != NULL)
		ck_assert_str_eq(reply, person_says);
	return rc == CREDENCE_SUCCESS ? CREDENCE_MISS : rc;
}

static void somebody(const char *says, credence_rc rc)
{
	call->listener.talk = person;
	call->listener.data = &told;
	person_says = says;
	person_answers = rc;
	step = talk;
}

START_TEST(nobody_is_there)
{
	message = (struct credence_message){.size = sizeof(message), .style = CREDENCE_ASK};
	step = talk;
	ck_assert_int_eq(run("acquire"), CREDENCE_LOGIN);
	expect_error(CREDENCE_LOGIN, "a person is needed");
	ck_assert_str_eq(call->failure.hint, "credence login crm");
	ck_assert_int_eq(call_status(call, 0), STATUS_LOGIN);
}
END_TEST

START_TEST(somebody_is_there)
{
	somebody("yes", CREDENCE_SUCCESS);
	message = (struct credence_message){.size = sizeof(message),
					    .style = CREDENCE_ASK_SECRET,
					    .text = "a\033[2Jb",
					    .url = "https://x.example/\n",
					    .code = "C\tD",
					    .expires_at = 5};
	ck_assert_int_eq(run("acquire"), CREDENCE_MISS);
	ck_assert_str_eq(said, "yes");
	ck_assert_str_eq(told_text, "a?[2Jb|https://x.example/?|C?D");
	ck_assert_uint_eq(told.style, CREDENCE_ASK_SECRET);
	ck_assert_int_eq(told.expires_at, 5);
	/* Of an older header: what it did not have is not read. */
	message.size = offsetof(struct credence_message, url);
	ck_assert_int_eq(run("acquire"), CREDENCE_MISS);
	ck_assert_str_eq(told_text, "a?[2Jb||");
}
END_TEST

START_TEST(conversation_goes_wrong)
{
	message = (struct credence_message){.size = sizeof(message), .style = CREDENCE_ASK};
	somebody("half an answer", CREDENCE_CANCELLED);
	ck_assert_int_eq(run("acquire"), CREDENCE_CANCELLED);
	ck_assert_ptr_null(said);
	somebody(NULL, CREDENCE_SUCCESS);
	ck_assert_int_eq(run("acquire"), CREDENCE_CANCELLED);
	expect_error(CREDENCE_CANCELLED, "there was no answer");
	message.style = CREDENCE_INFORM;
	ck_assert_int_eq(run("acquire"), CREDENCE_MISS);
	message.style = 6;
	ck_assert_int_eq(run("acquire"), CREDENCE_ERROR);
	message.style = 0;
	ck_assert_int_eq(run("acquire"), CREDENCE_ERROR);
}
END_TEST

/* -- Time, chance, log -- */

static bool is_cancelled(void *data)
{
	(void)data;
	return true;
}

static credence_rc wait_some(void)
{
	return HOST->wait(call, 20);
}

START_TEST(waiting)
{
	int64_t start = clock_boot();

	step = wait_some;
	ck_assert_int_eq(run("revoke"), CREDENCE_SUCCESS);
	ck_assert_int_ge(clock_boot() - start, 19);
	call->deadline = clock_boot() + 5;
	ck_assert_int_eq(run("revoke"), CREDENCE_UNAVAIL);
	expect_error(CREDENCE_UNAVAIL, "the time for this call is over");
	ck_assert_ptr_nonnull(strstr(call->failure.hint, "--timeout"));
	call->listener.cancelled = is_cancelled;
	ck_assert_int_eq(run("revoke"), CREDENCE_CANCELLED);
	expect_error(CREDENCE_CANCELLED, "interrupted");
}
END_TEST

static credence_rc look_around(void)
{
	unsigned char a[16] = {0}, b[16] = {0};

	ck_assert_int_ge(HOST->now(call), clock_wall() - CLOCK_SECOND);
	ck_assert_int_eq(HOST->time_left(call), INT64_MAX);
	ck_assert_int_eq(HOST->random(call, a, sizeof(a)), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->random(call, b, sizeof(b)), CREDENCE_SUCCESS);
	ck_assert_mem_ne(a, b, sizeof(a));
	HOST->log(call, CREDENCE_LOG_INFO, "hello\nthere");
	HOST->log(call, CREDENCE_LOG_INFO, NULL);
	ck_assert_uint_eq(HOST->revision(call, "credence1 12 - 0 0000000000000000\n", 34), 12);
	ck_assert_uint_eq(HOST->revision(call, "{}", 2), 0);
	return CREDENCE_MISS;
}

START_TEST(time_chance_log)
{
	step = look_around;
	ck_assert_int_eq(run("revoke"), CREDENCE_MISS);
	ck_assert_str_eq(logged, "2 grant stub: hello?there");
}
END_TEST

/* -- Private files -- */

static char *path;

static credence_rc use_files(void)
{
	const void *bytes = NULL;
	size_t length = 0;

	ck_assert_int_eq(HOST->file_read(call, path, &bytes, &length), CREDENCE_MISS);
	ck_assert_int_eq(HOST->file_remove(call, path), CREDENCE_MISS);
	ck_assert_int_eq(HOST->file_replace(call, path, "a\0b", 3), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->file_read(call, path, &bytes, &length), CREDENCE_SUCCESS);
	ck_assert_uint_eq(length, 3);
	ck_assert_mem_eq(bytes, "a\0b", 3);
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_int_eq(HOST->file_read(call, path, &bytes, &length), CREDENCE_UNSAFE);
	ck_assert_int_eq(HOST->file_replace(call, path, "c", 1), CREDENCE_UNSAFE);
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(HOST->file_remove(call, path), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->file_replace(call, path, "", 0), CREDENCE_SUCCESS);
	return CREDENCE_MISS;
}

static credence_rc use_bad_paths(void)
{
	static const char *const paths[] = {"relative", "", "/tmp/", "/tmp/.", "/tmp/..", NULL};
	const void *bytes;
	size_t length, i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ck_assert_int_eq(HOST->file_read(call, paths[i], &bytes, &length), CREDENCE_CONFIG);
		ck_assert_int_eq(HOST->file_replace(call, paths[i], "", 0), CREDENCE_CONFIG);
		ck_assert_int_eq(HOST->file_remove(call, paths[i]), CREDENCE_CONFIG);
	}
	return CREDENCE_MISS;
}

static credence_rc list_files(void)
{
	char *folder = world_path(&world, "state/records");

	ck_assert_int_eq(HOST->file_names(call, folder), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->file_names(call, "/nowhere/at/all"), CREDENCE_SUCCESS);
	free(folder);
	return CREDENCE_SUCCESS;
}

START_TEST(files)
{
	path = world_path(&world, "state/records/crm");
	step = use_files;
	ck_assert_int_eq(run("revoke"), CREDENCE_MISS);
	step = use_bad_paths;
	ck_assert_int_eq(run("revoke"), CREDENCE_MISS);
	world_file(&world, "state/records/no key", "");
	become(CREDENCE_ROLE_STORE);
	step = list_files;
	ck_assert_int_eq(run("list"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(frame.name_count, 1);
	ck_assert_str_eq(frame.names[0], "crm");
	free(path);
}
END_TEST

static credence_rc fake_render(struct credence_call *calling, const char *format, bool with_secrets,
			       struct buf *text)
{
	if (strcmp(format, "env") != 0)
		return call_fail(calling, CREDENCE_CONFIG, "no such format");
	buf_str(text, with_secrets ? "with" : "without");
	return CREDENCE_SUCCESS;
}

static credence_rc render(void)
{
	const char *text = NULL;
	size_t length = 0;

	ck_assert_int_eq(HOST->render(call, "env", 2, &text, &length), CREDENCE_SUCCESS);
	ck_assert_str_eq(text, "with");
	ck_assert_int_eq(HOST->render(call, "env", 0, &text, &length), CREDENCE_SUCCESS);
	ck_assert_str_eq(text, "without");
	ck_assert_uint_eq(length, 7);
	return HOST->render(call, "evn", 0, &text, &length);
}

START_TEST(rendering)
{
	work.render = fake_render;
	become(CREDENCE_ROLE_HOOK);
	step = render;
	ck_assert_int_eq(run("event"), CREDENCE_CONFIG);
	expect_error(CREDENCE_CONFIG, "no such format");
}
END_TEST

/* -- A stack of modules that were built as such -- */

static struct credence context;

static credence_rc tell(struct credence_call *calling, struct entry *told_entry, void *data)
{
	credence_rc rc;

	(void)data;
	frame_done(&frame);
	frame_init(&frame);
	rc = entry_event(calling, told_entry, &frame, "renewed");
	return rc;
}

static credence_rc walk_hooks(const char *hooks)
{
	struct stack stack;
	char *text = NULL;
	credence_rc rc;

	ck_assert_int_gt(asprintf(&text, "provider = \"p\"; hook = %s;\n", hooks), 0);
	world_file(&world, "admin/profiles.d/crm.conf", text);
	free(text);
	profile_free(work.profile);
	call_clear(call);
	work.profile = world_profile(&world, "crm");
	rc = stack_init(call, &stack, work.profile, CREDENCE_ROLE_HOOK);
	ck_assert_int_eq(rc, CREDENCE_SUCCESS);
	rc = walk(call, &stack, WALK_WRITING, tell, NULL, NULL, 0, NULL);
	stack_done(call, &stack);
	return rc;
}

START_TEST(built_modules)
{
	char *conf = NULL;

	ck_assert_msg(getenv("CREDENCE_TEST_STUBS") != NULL,
		      "CREDENCE_TEST_STUBS names the folder of the stub modules");
	ck_assert_int_gt(
	    asprintf(&conf, "modules = { path = [ \"%s\" ]; };\n", getenv("CREDENCE_TEST_STUBS")),
	    0);
	world_file(&world, "admin/credence.conf", conf);
	free(conf);
	world_load_main(&world);
	ck_assert_int_eq(modules_init(call, &context.modules, &world.main), CREDENCE_SUCCESS);
	call->context = &context;
	ck_assert_int_eq(
	    walk_hooks("( { use = \"answers\"; }, { use = \"answers\"; event = 1; } )"),
	    CREDENCE_SUCCESS);
	ck_assert_int_eq(walk_hooks("{ use = \"answers\"; event = 5; message = \"why\"; }"),
			 CREDENCE_UNAVAIL);
	expect_error(CREDENCE_UNAVAIL, "why");
	ck_assert_int_eq(walk_hooks("{ use = \"answers\"; event = 42; }"), CREDENCE_ERROR);
	expect_error(CREDENCE_ERROR, "hook answers answered 42 to event, which is no answer");
	ck_assert_int_eq(walk_hooks("{ use = \"answers\"; open = 42; }"), CREDENCE_ERROR);
	expect_error(CREDENCE_ERROR, "hook answers answered 42 to open, which is no answer");
	/* The second is not even loaded: the first ends the walk. */
	ck_assert_int_eq(
	    walk_hooks(
		"( { use = \"answers\"; event = 9; control = \"requisite\"; }, \"nowhere\" )"),
	    CREDENCE_UNSAFE);
	ck_assert_int_eq(walk_hooks("\"nowhere\""), CREDENCE_ERROR);
	ck_assert_int_eq(call_status(call, CREDENCE_ROLE_HOOK), STATUS_MODULE);
	ck_assert_int_eq(walk_hooks("{ use = \"answers\"; evnt = 9; }"), CREDENCE_CONFIG);
	expect_error(CREDENCE_CONFIG, "did you mean \"event\"?");
	modules_done(&context.modules);
}
END_TEST

static void add_running(TCase *tests)
{
	tcase_add_loop_test(tests, offered_where_it_should_be, 0,
			    sizeof(offers) / sizeof(offers[0]));
	tcase_add_test(tests, nothing_between_methods);
	tcase_add_test(tests, table);
	tcase_add_test(tests, answers_are_checked);
	tcase_add_test(tests, errors_and_answers);
	tcase_add_test(tests, success_needs_a_result);
	tcase_add_test(tests, results_count_on_success_only);
	tcase_add_test(tests, opened_once_closed_once);
	tcase_add_test(tests, learn_is_optional);
	tcase_add_test(tests, built_modules);
}

static void add_known(TCase *tests)
{
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
}

static void add_services(TCase *tests)
{
	tcase_add_test(tests, origins);
	tcase_add_test(tests, http);
	tcase_add_test(tests, http_refused);
	tcase_add_test(tests, token_request);
	tcase_add_test(tests, transport_answers);
	tcase_add_test(tests, transport_is_bounded);
	tcase_add_test(tests, nobody_is_there);
	tcase_add_test(tests, somebody_is_there);
	tcase_add_test(tests, conversation_goes_wrong);
	tcase_add_test(tests, waiting);
	tcase_add_test(tests, time_chance_log);
	tcase_add_test(tests, files);
	tcase_add_test(tests, rendering);
}

int main(void)
{
	Suite *suite = suite_create("host");
	TCase *running = tcase_create("running"), *known = tcase_create("known");
	TCase *services = tcase_create("services");

	tcase_add_checked_fixture(running, setup, teardown);
	add_running(running);
	suite_add_tcase(suite, running);
	tcase_add_checked_fixture(known, setup, teardown);
	add_known(known);
	suite_add_tcase(suite, known);
	tcase_add_checked_fixture(services, setup, teardown);
	add_services(services);
	suite_add_tcase(suite, services);
	return world_run(suite);
}
