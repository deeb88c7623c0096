/* SPDX-License-Identifier: MIT */
/*
 * Running methods: which services are offered to which, what is made of answers and results, and of
 * modules that were built as such.
 */
#include "core/module/context.h"

#include "host_stage.h"
#include "suite.h"

static struct credence_call *const call = &stage.world.call;

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

static credence_rc post_some(void)
{
	return HOST->endpoint_request(call, "introspection_endpoint", NULL, 0);
}

static credence_rc revoke_some(void)
{
	return HOST->revoke_request(call);
}

static credence_rc start_some(void)
{
	const struct credence_program program = {.size = sizeof(program), .command = "words"};

	return HOST->program_start(call, &program);
}

static credence_rc end_some(void)
{
	int32_t status;

	return HOST->program_end(call, &status, NULL);
}

static const struct offer {
	const char *service;
	credence_rc (*use)(void);
	const char *to;
} offers[] = {
    {"put_attribute", put_some_attribute, " acquire renew resolve learn "},
    {"put_token", stage_put_token, " acquire renew "},
    {"put_bytes", put_some_bytes, " load "},
    {"put_name", put_some_name, " list "},
    {"put_status", put_some_status, " perform "},
    {"talk", talk_some, " acquire "},
    {"file_names", list_some, " list "},
    {"render", render_some, " event "},
    {"http", ask_some,
     " acquire renew revoke resolve learn load save erase list lock unlock event "},
    {"token_request", request_some, " acquire renew "},
    {"endpoint_request", post_some, " acquire renew revoke "},
    {"revoke_request", revoke_some, " revoke "},
    {"program_start", start_some,
     " acquire renew revoke resolve learn load save erase list lock unlock perform event "},
    {"program_end", end_some,
     " acquire renew revoke resolve learn load save erase list lock unlock perform event "},
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
	stage.step = use_offer;
	for (i = 0; i < STAGE_METHODS; i++) {
		stage_become(stage_methods[i].role);
		(void)snprintf(word, sizeof(word), " %s ", stage_methods[i].name);
		(void)snprintf(expected, sizeof(expected), "%s is not offered to %s",
			       offer->service, stage_methods[i].name);
		stage.logged[0] = '\0';
		ck_assert_int_eq(stage_run(stage_methods[i].name), CREDENCE_MISS);
		if (strstr(offer->to, word) != NULL) {
			ck_assert_msg(strstr(stage.logged, "is not offered") == NULL, "%s",
				      stage.logged);
			continue;
		}
		ck_assert_int_eq(used, CREDENCE_ERROR);
		ck_assert_msg(strstr(stage.logged, expected) != NULL, "%s: \"%s\"", expected,
			      stage.logged);
		ck_assert_str_eq(call->failure.message, expected);
	}
}
END_TEST

/* -- Structures that do not say their size -- */

static credence_rc put_without_size(void)
{
	const struct credence_token token = {.access_token = "at"};

	return HOST->put_token(call, &token);
}

static credence_rc talk_without_size(void)
{
	const struct credence_message message = {.style = CREDENCE_INFORM, .text = "hello"};

	return HOST->talk(call, &message, NULL);
}

static credence_rc ask_without_size(void)
{
	const struct credence_request request = {.url = "https://accounts.example/"};
	const struct credence_response *response;

	return HOST->http(call, &request, &response);
}

static credence_rc start_without_size(void)
{
	const struct credence_program program = {.command = "words"};

	return HOST->program_start(call, &program);
}

static credence_rc no_talk(void *data, struct credence_call *calling,
			   const struct credence_message *message, char **reply)
{
	(void)data;
	(void)calling;
	(void)message;
	(void)reply;
	ck_abort();
	return CREDENCE_ERROR;
}

static credence_rc no_http(struct credence_call *calling, const struct credence_request *request,
			   struct http_answer *answer)
{
	(void)calling;
	(void)request;
	(void)answer;
	ck_abort();
	return CREDENCE_ERROR;
}

static const struct offer sizeless[] = {
    {"put_token", put_without_size, ""},
    {"talk", talk_without_size, ""},
    {"http", ask_without_size, ""},
    {"program_start", start_without_size, ""},
};

START_TEST(a_size_is_forgotten)
{
	char expected[128];

	offer = &sizeless[_i];
	call->listener.talk = no_talk;
	stage.work.http = no_http;
	stage.step = offer->use;
	stage_become(CREDENCE_ROLE_GRANT);
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_ERROR);
	(void)snprintf(expected, sizeof(expected), "%s was given a structure whose size is 0",
		       offer->service);
	stage_expect(CREDENCE_ERROR, expected);
	ck_assert_str_eq(call->failure.hint,
			 "the module is at fault: .size must be sizeof the structure");
}
END_TEST

/* A module that kept the table may call when none of its methods runs. */
START_TEST(nothing_between_methods)
{
	ck_assert_ptr_null(HOST->attribute(call, "profile"));
	stage_expect(CREDENCE_ERROR, "attribute is not offered to a module that was not called");
	ck_assert_int_eq(stage_put_token(), CREDENCE_ERROR);
	call->work = NULL;
	ck_assert_ptr_null(HOST->option(call, "text"));
	call->work = &stage.work;
}
END_TEST

START_TEST(table)
{
	ck_assert_uint_eq(HOST->size, sizeof(struct credence_host));
	ck_assert_uint_eq(HOST->abi_minor, CREDENCE_ABI_MINOR);
	ck_assert(CREDENCE_HAS(HOST, render));
	ck_assert(CREDENCE_HAS(HOST, file_names));
	ck_assert(CREDENCE_HAS(HOST, program_end));
	ck_assert(CREDENCE_HAS(HOST, revoke_request));
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

	stage_become(CREDENCE_ROLE_HOOK);
	stage.step = answer_next;
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		next_answer = none[i];
		ck_assert_int_eq(stage_run("event"), CREDENCE_ERROR);
		(void)snprintf(message, sizeof(message),
			       "hook stub answered %d to event, which is no answer", none[i]);
		stage_expect(CREDENCE_ERROR, message);
		ck_assert_ptr_nonnull(strstr(stage.logged, message));
		ck_assert_int_eq(call_status(call, 0), STATUS_MODULE);
	}
	for (next_answer = 0; next_answer < CREDENCE_RC_COUNT; next_answer++) {
		ck_assert_int_eq(stage_run("event"), next_answer);
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
	stage_become(CREDENCE_ROLE_HOOK);
	stage.step = warn_and_succeed;
	ck_assert_int_eq(stage_run("event"), CREDENCE_SUCCESS);
	ck_assert_ptr_null(call->failure.message);
	/* The answer counts, not what fail was told. */
	stage.step = fail_otherwise;
	ck_assert_int_eq(stage_run("event"), CREDENCE_MISS);
	ck_assert_int_eq(call_status(call, 0), STATUS_LOGIN);
	ck_assert_str_eq(call->failure.message, "one?thing ?[31m");
	ck_assert_str_eq(call->failure.code, "EPERM");
	ck_assert_str_eq(call->failure.hint, "do it");
	stage.step = fail_with_status;
	ck_assert_int_eq(stage_run("event"), CREDENCE_MISS);
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

	for (i = 0; i < STAGE_METHODS; i++) {
		stage_become(stage_methods[i].role);
		if (i != 0 && i != 1 && i != 5 && i != 12)
			ck_assert_int_eq(stage_run(stage_methods[i].name), CREDENCE_SUCCESS);
	}
	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		stage_become(needs[i].role);
		ck_assert_int_eq(stage_run(needs[i].method), CREDENCE_ERROR);
		stage_expect(CREDENCE_ERROR, needs[i].message);
	}
}
END_TEST

static credence_rc put_no_token_and_succeed(void)
{
	const struct credence_token token = {.size = sizeof(token), .access_token = "a\n"};

	(void)HOST->put_token(call, &token);
	return CREDENCE_SUCCESS;
}

static credence_rc put_without_size_and_succeed(void)
{
	(void)put_without_size();
	return CREDENCE_SUCCESS;
}

/* A module that does not look at what a service answers. */
START_TEST(why_there_is_no_result)
{
	stage_become(CREDENCE_ROLE_GRANT);
	stage.step = put_no_token_and_succeed;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_ERROR);
	ck_assert_str_eq(call->failure.message,
			 "grant stub answered success to acquire without a token: what was put is "
			 "no token: its access token is empty or not of visible characters");
	stage.step = put_without_size_and_succeed;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_ERROR);
	ck_assert_ptr_nonnull(strstr(call->failure.message, "without a token: put_token was"));
	ck_assert_ptr_nonnull(strstr(call->failure.hint, ".size"));
}
END_TEST

static credence_rc put_much_and_answer(void)
{
	ck_assert_int_eq(stage_put_token(), CREDENCE_SUCCESS);
	ck_assert_int_eq(put_some_attribute(), CREDENCE_SUCCESS);
	return next_answer;
}

START_TEST(results_count_on_success_only)
{
	stage.step = put_much_and_answer;
	next_answer = CREDENCE_UNAVAIL;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_UNAVAIL);
	ck_assert(!stage.frame.has_token);
	ck_assert_ptr_null(stage.frame.token.access_token);
	ck_assert_uint_eq(stage.frame.put.count, 0);
	next_answer = CREDENCE_SUCCESS;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_SUCCESS);
	ck_assert_str_eq(stage.frame.token.access_token, "at");
	ck_assert_str_eq(attributes_get(&stage.frame.put, "location"), "eu");
	/* Nothing is known of it yet: that is the session's to say. */
	ck_assert_ptr_null(attributes_get(&stage.work.known, "location"));
	ck_assert_ptr_null(stage.work.frame);
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

	stage_become(CREDENCE_ROLE_HOOK);
	stage.module.descriptor.open = open_stub;
	stage.module.descriptor.close = close_stub;
	open_answer = CREDENCE_UNAVAIL;
	ck_assert_int_eq(stage_run("event"), CREDENCE_UNAVAIL);
	ck_assert_uint_eq(stage.stepped, 0);
	open_answer = CREDENCE_SUCCESS;
	ck_assert_int_eq(stage_run("event"), CREDENCE_SUCCESS);
	ck_assert_int_eq(stage_run("event"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(opened, 2);
	ck_assert_uint_eq(stage.stepped, 2);
	stack.entry = calloc(1, sizeof(*stack.entry));
	ck_assert_ptr_nonnull(stack.entry);
	stack.entry[0] = stage.entry;
	stack_done(call, &stack);
	ck_assert_uint_eq(closed, 1);
}
END_TEST

START_TEST(learn_is_optional)
{
	stage_become(CREDENCE_ROLE_RESOLVER);
	stage.module.ops.resolver.learn = NULL;
	ck_assert_int_eq(stage_run("learn"), CREDENCE_MISS);
	ck_assert_uint_eq(stage.stepped, 0);
}
END_TEST

/* -- A stack of modules that were built as such -- */

static struct credence context;

static credence_rc tell(struct credence_call *calling, struct entry *told_entry, void *data)
{
	credence_rc rc;

	(void)data;
	frame_done(&stage.frame);
	frame_init(&stage.frame);
	rc = entry_event(calling, told_entry, &stage.frame, "renewed");
	return rc;
}

static credence_rc walk_hooks(const char *hooks)
{
	struct stack stack;
	char *text = NULL;
	credence_rc rc;

	ck_assert_int_gt(asprintf(&text, "provider = \"p\"; hook = %s;\n", hooks), 0);
	world_file(&stage.world, "admin/profiles.d/crm.conf", text);
	free(text);
	profile_free(stage.work.profile);
	call_clear(call);
	stage.work.profile = world_profile(&stage.world, "crm");
	rc = stack_init(call, &stack, stage.work.profile, CREDENCE_ROLE_HOOK);
	ck_assert_int_eq(rc, CREDENCE_SUCCESS);
	rc = walk(call, &stack, WALK_WRITING, tell, NULL, NULL);
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
	world_file(&stage.world, "admin/credence.conf", conf);
	free(conf);
	world_load_main(&stage.world);
	ck_assert_int_eq(modules_init(call, &context.modules, &stage.world.main), CREDENCE_SUCCESS);
	call->context = &context;
	ck_assert_int_eq(
	    walk_hooks("( { use = \"answers\"; }, { use = \"answers\"; event = 1; } )"),
	    CREDENCE_SUCCESS);
	ck_assert_int_eq(walk_hooks("{ use = \"answers\"; event = 5; message = \"why\"; }"),
			 CREDENCE_UNAVAIL);
	stage_expect(CREDENCE_UNAVAIL, "why");
	ck_assert_int_eq(walk_hooks("{ use = \"answers\"; event = 42; }"), CREDENCE_ERROR);
	stage_expect(CREDENCE_ERROR, "hook answers answered 42 to event, which is no answer");
	ck_assert_int_eq(walk_hooks("{ use = \"answers\"; open = 42; }"), CREDENCE_ERROR);
	stage_expect(CREDENCE_ERROR, "hook answers answered 42 to open, which is no answer");
	/* The second is not even loaded: the first ends the walk. */
	ck_assert_int_eq(
	    walk_hooks(
		"( { use = \"answers\"; event = 9; control = \"requisite\"; }, \"nowhere\" )"),
	    CREDENCE_UNSAFE);
	ck_assert_int_eq(walk_hooks("\"nowhere\""), CREDENCE_ERROR);
	ck_assert_int_eq(call_status(call, CREDENCE_ROLE_HOOK), STATUS_MODULE);
	ck_assert_int_eq(walk_hooks("{ use = \"answers\"; evnt = 9; }"), CREDENCE_CONFIG);
	stage_expect(CREDENCE_CONFIG, "did you mean \"event\"?");
	modules_done(&context.modules);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host");
	TCase *tests = tcase_create("host");

	tcase_add_checked_fixture(tests, stage_set, stage_clear);
	tcase_add_loop_test(tests, offered_where_it_should_be, 0,
			    sizeof(offers) / sizeof(offers[0]));
	tcase_add_loop_test(tests, a_size_is_forgotten, 0, sizeof(sizeless) / sizeof(sizeless[0]));
	tcase_add_test(tests, nothing_between_methods);
	tcase_add_test(tests, table);
	tcase_add_test(tests, answers_are_checked);
	tcase_add_test(tests, errors_and_answers);
	tcase_add_test(tests, success_needs_a_result);
	tcase_add_test(tests, why_there_is_no_result);
	tcase_add_test(tests, results_count_on_success_only);
	tcase_add_test(tests, opened_once_closed_once);
	tcase_add_test(tests, learn_is_optional);
	tcase_add_test(tests, built_modules);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
