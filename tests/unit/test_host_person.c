/* SPDX-License-Identifier: MIT */
/* Host services: the person, time, chance, the log, private files, other formats. */
#include "core/os/clock.h"
#include "core/os/secret.h"

#include "host_stage.h"
#include "suite.h"

static struct credence_call *const call = &stage.world.call;

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
	(void)snprintf(told_text, sizeof(told_text), "%s|%s|%s|%s", message->text,
		       message->url != NULL ? message->url : "",
		       message->code != NULL ? message->code : "",
		       message->url_complete != NULL ? message->url_complete : "");
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
	stage.step = talk;
}

START_TEST(nobody_is_there)
{
	message = (struct credence_message){.size = sizeof(message), .style = CREDENCE_ASK};
	stage.step = talk;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_LOGIN);
	stage_expect(CREDENCE_LOGIN, "a person is needed");
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
					    .expires_at = 5,
					    .url_complete = "https://x.example/\177"};
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_MISS);
	ck_assert_str_eq(said, "yes");
	ck_assert_str_eq(told_text, "a?[2Jb|https://x.example/?|C?D|https://x.example/?");
	ck_assert_uint_eq(told.style, CREDENCE_ASK_SECRET);
	ck_assert_int_eq(told.expires_at, 5);
	/* Of an older header: what it did not have is not read. */
	message.size = offsetof(struct credence_message, url);
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_MISS);
	ck_assert_str_eq(told_text, "a?[2Jb|||");
}
END_TEST

START_TEST(what_is_shown_gives_the_person_time)
{
	static const struct {
		uint32_t style;
		int64_t until;
		bool moves;
	} cases[] = {
	    {CREDENCE_SHOW_CODE, 60000, true}, {CREDENCE_SHOW_URL, 60000, true},
	    {CREDENCE_INFORM, 60000, false},   {CREDENCE_SHOW_CODE, -60000, false},
	    {CREDENCE_SHOW_CODE, 0, false},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t deadline = clock_boot() + 1000;

		message = (struct credence_message){
		    .size = sizeof(message),
		    .style = cases[i].style,
		    .expires_at = cases[i].until == 0 ? 0 : clock_wall() + cases[i].until};
		call->deadline = deadline;
		somebody(NULL, CREDENCE_SUCCESS);
		ck_assert_int_eq(stage_run("acquire"), CREDENCE_MISS);
		if (cases[i].moves) {
			ck_assert_int_gt(call->deadline, deadline + 50000);
			ck_assert_int_le(call->deadline, deadline + 60000);
		} else {
			ck_assert_int_eq(call->deadline, deadline);
		}
	}
	/* Nobody saw it, or there is no deadline to move. */
	message = (struct credence_message){.size = sizeof(message),
					    .style = CREDENCE_SHOW_CODE,
					    .expires_at = clock_wall() + 60000};
	call->deadline = 0;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_MISS);
	ck_assert_int_eq(call->deadline, 0);
	call->deadline = clock_boot() + 1000;
	somebody(NULL, CREDENCE_CANCELLED);
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_CANCELLED);
	ck_assert_int_le(call->deadline, clock_boot() + 1000);
}
END_TEST

START_TEST(conversation_goes_wrong)
{
	message = (struct credence_message){.size = sizeof(message), .style = CREDENCE_ASK};
	somebody("half an answer", CREDENCE_CANCELLED);
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_CANCELLED);
	ck_assert_ptr_null(said);
	somebody(NULL, CREDENCE_SUCCESS);
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_CANCELLED);
	stage_expect(CREDENCE_CANCELLED, "there was no answer");
	message.style = CREDENCE_INFORM;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_MISS);
	message.style = 6;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_ERROR);
	message.style = 0;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_ERROR);
}
END_TEST

START_TEST(what_has_to_be_done_elsewhere_takes_the_persons_time)
{
	int64_t deadline = clock_boot() + 1000;

	somebody(NULL, CREDENCE_SUCCESS);
	message = (struct credence_message){.size = sizeof(message),
					    .style = CREDENCE_SHOW_URL,
					    .expires_at = clock_wall() + CLOCK_HOUR};
	call->deadline = deadline;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_MISS);
	ck_assert_int_gt(call->deadline, deadline + CLOCK_HOUR - CLOCK_MINUTE);
	ck_assert_int_le(call->deadline, deadline + CLOCK_HOUR);
	call->deadline = INT64_MAX - CLOCK_MINUTE;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_MISS);
	ck_assert_int_eq(call->deadline, INT64_MAX);
	/* Not what is only told, not what is over, and not where there is no deadline. */
	call->deadline = deadline;
	message.style = CREDENCE_INFORM;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_MISS);
	message.style = CREDENCE_SHOW_URL;
	message.expires_at = 1;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_MISS);
	ck_assert_int_eq(call->deadline, deadline);
	call->deadline = 0;
	message.expires_at = clock_wall() + CLOCK_HOUR;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_MISS);
	ck_assert_int_eq(call->deadline, 0);
}
END_TEST

static credence_rc refuse(void)
{
	return HOST->refused(call, "authorize", "no\033way", "because\n");
}

static credence_rc judge(struct credence_call *calling, const char *at, const char *error,
			 const char *description)
{
	ck_assert_ptr_eq(calling, call);
	ck_assert_str_eq(at, "authorize");
	ck_assert_str_eq(error, "no?way");
	ck_assert_str_eq(description, "because?");
	return call_fail(call, CREDENCE_LIMITED, "judged");
}

START_TEST(an_error_of_the_server_is_judged_by_whoever_knows_it)
{
	stage.step = refuse;
	stage.work.refused = judge;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_LIMITED);
	stage_expect(CREDENCE_LIMITED, "judged");
	stage.work.refused = NULL;
	ck_assert_int_eq(stage_run("acquire"), CREDENCE_DENIED);
	stage_expect(CREDENCE_DENIED, "the server refused");
	ck_assert_str_eq(call->failure.code, "no?way");
	ck_assert_int_eq(stage_run("resolve"), CREDENCE_ERROR);
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

/* Outlasts a failure, as who asks again does. */
static credence_rc fail_and_wait(void)
{
	(void)HOST->fail(call, CREDENCE_UNAVAIL, "unavailable", "no answer", NULL);
	return HOST->wait(call, 20);
}

START_TEST(waiting)
{
	int64_t start = clock_boot();

	stage.step = wait_some;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_SUCCESS);
	ck_assert_int_ge(clock_boot() - start, 19);
	call->deadline = clock_boot() + 5;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_UNAVAIL);
	stage_expect(CREDENCE_UNAVAIL, "the time for this call is over");
	ck_assert_ptr_nonnull(strstr(call->failure.hint, "--timeout"));
	call->listener.cancelled = is_cancelled;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_CANCELLED);
	stage_expect(CREDENCE_CANCELLED, "interrupted");
	stage.step = fail_and_wait;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_CANCELLED);
	stage_expect(CREDENCE_CANCELLED, "interrupted");
	ck_assert_int_eq(call_status(call, 0), STATUS_INTERRUPTED);
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
	stage.step = look_around;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_MISS);
	ck_assert_str_eq(stage.logged, "2 grant stub: hello?there");
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
	char *folder = world_path(&stage.world, "state/records");

	ck_assert_int_eq(HOST->file_names(call, folder), CREDENCE_SUCCESS);
	ck_assert_int_eq(HOST->file_names(call, "/nowhere/at/all"), CREDENCE_SUCCESS);
	free(folder);
	return CREDENCE_SUCCESS;
}

START_TEST(files)
{
	path = world_path(&stage.world, "state/records/crm");
	stage.step = use_files;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_MISS);
	stage.step = use_bad_paths;
	ck_assert_int_eq(stage_run("revoke"), CREDENCE_MISS);
	world_file(&stage.world, "state/records/no key", "");
	stage_become(CREDENCE_ROLE_STORE);
	stage.step = list_files;
	ck_assert_int_eq(stage_run("list"), CREDENCE_SUCCESS);
	ck_assert_uint_eq(stage.frame.name_count, 1);
	ck_assert_str_eq(stage.frame.names[0], "crm");
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
	stage.work.render = fake_render;
	stage_become(CREDENCE_ROLE_HOOK);
	stage.step = render;
	ck_assert_int_eq(stage_run("event"), CREDENCE_CONFIG);
	stage_expect(CREDENCE_CONFIG, "no such format");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host_person");
	TCase *tests = tcase_create("host_person");

	tcase_add_checked_fixture(tests, stage_set, stage_clear);
	tcase_add_test(tests, nobody_is_there);
	tcase_add_test(tests, somebody_is_there);
	tcase_add_test(tests, what_is_shown_gives_the_person_time);
	tcase_add_test(tests, conversation_goes_wrong);
	tcase_add_test(tests, what_has_to_be_done_elsewhere_takes_the_persons_time);
	tcase_add_test(tests, an_error_of_the_server_is_judged_by_whoever_knows_it);
	tcase_add_test(tests, waiting);
	tcase_add_test(tests, time_chance_log);
	tcase_add_test(tests, files);
	tcase_add_test(tests, rendering);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
