/* SPDX-License-Identifier: MIT */
/*
 * Walks: every control word with every answer, both ways, for one and for two entries, against a
 * model that is written from credence-profile(5) and shares nothing with the code; then what a
 * model of answers does not show.
 */
#include "core/module/host.h"
#include "core/stack/walk.h"

#include "config_world.h"
#include "suite.h"

#define ENTRIES_MAX 3

static struct credence_call call;
static struct work work;
static struct trace trace;

/* A stack whose entries answer what they are told. */
static struct stack stack;
static struct entry entries[ENTRIES_MAX];
static struct entry_conf confs[ENTRIES_MAX];
static credence_rc answers[ENTRIES_MAX];
static unsigned asked;          /* how many were */
static bool sends[ENTRIES_MAX]; /* the entry sends a token request before it answers */
static bool silent;             /* failures set no error */

static void setup(void)
{
	memset(&work, 0, sizeof(work));
	memset(&trace, 0, sizeof(trace));
	call_init(&call, NULL, NULL, 0, -1);
	call.work = &work;
}

static void done_stack(void)
{
	unsigned i;

	for (i = 0; i < ENTRIES_MAX; i++)
		control_done(&confs[i].control);
}

static void teardown(void)
{
	done_stack();
	trace_done(&trace);
	call_done(&call);
}

static char *const names[ENTRIES_MAX] = {(char *)"one", (char *)"two", (char *)"three"};

static void make_stack(uint32_t role, unsigned count, const char *const controls[],
		       const credence_rc given[])
{
	unsigned i;

	done_stack();
	for (i = 0; i < count; i++) {
		confs[i].use = names[i];
		ck_assert_ptr_null(control_parse(controls[i], &confs[i].control));
		entries[i] = (struct entry){.conf = &confs[i], .role = role};
		answers[i] = given[i];
		sends[i] = false;
	}
	stack = (struct stack){.role = role, .entry = entries, .count = count};
	silent = false;
	work.sent = false;
}

static credence_rc ask(struct credence_call *asking, struct entry *entry, void *data)
{
	unsigned index = (unsigned)(entry - entries);

	ck_assert_ptr_eq(data, &asked);
	ck_assert_uint_eq(index, asked);
	asked++;
	if (sends[index])
		work.sent = true;
	if (answers[index] == CREDENCE_SUCCESS || silent)
		return answers[index];
	return call_fail(asking, answers[index], "%s said %s", entry->conf->use,
			 rc_name(answers[index]));
}

static credence_rc go(int way, struct entry **answered)
{
	asked = 0;
	return walk(&call, &stack, way, ask, &asked, answered);
}

/* -- The model -- */

/* credence-profile(5), "Control words". */
static const struct row {
	const char *word, *reading, *writing;
} rows[] = {
    {"required", "success=done miss=ignore default=bad", "success=ok miss=ignore default=bad"},
    {"requisite", "success=done miss=ignore default=die", "success=ok miss=ignore default=die"},
    {"sufficient", "success=done default=ignore", "success=ok default=ignore"},
    {"optional", "success=done default=ignore", "success=ok default=ignore"},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const char *const answer_names[CREDENCE_RC_COUNT] = {
    "success",  "miss",      "login",  "denied", "limited", "unavail",
    "conflict", "cancelled", "config", "unsafe", "error"};

/* The word behind "NAME=" in the table's text. */
static const char *look_up(const char *text, const char *name)
{
	static char word[16];
	char key[32];
	const char *at;

	(void)snprintf(key, sizeof(key), "%s=", name);
	at = strstr(text, key);
	if (at == NULL)
		at = strstr(text, "default=") + strlen("default=");
	else
		at += strlen(key);
	(void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(at, " "), at);
	return word;
}

struct expected {
	int rc;         /* of the walk */
	int by;         /* the entry whose success or failure it is; -1: nobody's */
	unsigned asked; /* how many entries were */
};

static struct expected model(int way, unsigned count, const size_t word[],
			     const credence_rc given[])
{
	struct expected expected = {.rc = CREDENCE_MISS, .by = -1};
	bool enough = false;
	int first_good = -1, first_bad = -1;
	unsigned i;

	for (i = 0; i < count; i++) {
		const struct row *row = &rows[word[i]];
		const char *action = look_up(way == WALK_READING ? row->reading : row->writing,
					     answer_names[given[i]]);

		expected.asked = i + 1;
		if (strcmp(action, "bad") == 0 || strcmp(action, "die") == 0) {
			if (first_bad < 0)
				first_bad = (int)i;
			if (strcmp(action, "die") == 0)
				break;
		}
		if (strcmp(action, "ok") == 0 || strcmp(action, "done") == 0) {
			if (first_good < 0)
				first_good = (int)i;
			/* "its success alone is not enough" */
			if (way == WALK_READING || strcmp(row->word, "optional") != 0)
				enough = true;
			if (strcmp(action, "done") == 0)
				break;
		}
	}
	if (first_bad >= 0) {
		expected.rc = given[first_bad];
		expected.by = first_bad;
	} else if (enough) {
		expected.rc = CREDENCE_SUCCESS;
		expected.by = first_good;
	}
	return expected;
}

static void compare(int way, unsigned count, const size_t word[], const credence_rc given[])
{
	const char *controls[ENTRIES_MAX] = {NULL};
	struct entry *answered = &entries[0];
	struct expected expected = model(way, count, word, given);
	char message[64];
	credence_rc rc;
	unsigned i;

	for (i = 0; i < count; i++)
		controls[i] = rows[word[i]].word;
	make_stack(CREDENCE_ROLE_STORE, count, controls, given);
	rc = go(way, &answered);
	ck_assert_msg(rc == expected.rc && asked == expected.asked,
		      "way %d, %s %s, %s %s: %s after %u, expected %s after %u", way, controls[0],
		      rc_name(given[0]), count > 1 ? controls[1] : "", rc_name(given[count - 1]),
		      rc_name(rc), asked, rc_name(expected.rc), expected.asked);
	ck_assert_int_eq(call.failure.rc, rc);
	if (rc == CREDENCE_SUCCESS) {
		ck_assert_ptr_eq(answered, &entries[expected.by]);
		ck_assert_ptr_null(call.failure.message);
		return;
	}
	ck_assert_ptr_null(answered);
	if (expected.by < 0)
		(void)snprintf(message, sizeof(message), "no store answered");
	else
		(void)snprintf(message, sizeof(message), "%s said %s", names[expected.by],
			       answer_names[expected.rc]);
	ck_assert_str_eq(call.failure.message, message);
}

START_TEST(one_entry)
{
	size_t word;
	credence_rc rc;
	int way;

	for (way = 0; way < 2; way++)
		for (word = 0; word < ROWS; word++)
			for (rc = 0; rc < CREDENCE_RC_COUNT; rc++)
				compare(way, 1, &word, &rc);
}
END_TEST

/* Case CASE of the cases of count entries: its digits are their words and answers. */
static void compare_case(int way, unsigned count, unsigned number)
{
	size_t word[ENTRIES_MAX];
	credence_rc given[ENTRIES_MAX];
	unsigned i;

	for (i = 0; i < count; i++) {
		word[i] = number % ROWS;
		number /= ROWS;
		given[i] = (credence_rc)(number % CREDENCE_RC_COUNT);
		number /= CREDENCE_RC_COUNT;
	}
	compare(way, count, word, given);
}

START_TEST(two_entries)
{
	const unsigned cases = ROWS * CREDENCE_RC_COUNT;
	unsigned number;
	int way;

	for (way = 0; way < 2; way++)
		for (number = 0; number < cases * cases; number++)
			compare_case(way, 2, number);
}
END_TEST

/* Every 7th of them: 7 shares no factor with the number of cases, so each word and answer of each
 * entry is among them. */
START_TEST(three_entries)
{
	const unsigned cases = ROWS * CREDENCE_RC_COUNT;
	unsigned number;
	int way;

	for (way = 0; way < 2; way++)
		for (number = 0; number < cases * cases * cases; number += 7)
			compare_case(way, 3, number);
}
END_TEST

/* -- Brackets -- */

static const struct bracket {
	int way;
	const char *control[2];
	credence_rc answer[2];
	credence_rc expected;
	unsigned asked;
} brackets[] = {
    /* An answer that is not named counts against the stack, success too. */
    {WALK_WRITING, {"[miss=ignore]", "required"}, {0, 0}, CREDENCE_DENIED, 2},
    {WALK_READING, {"[miss=ignore]", "required"}, {0, 0}, CREDENCE_DENIED, 2},
    {WALK_WRITING, {"[success=die]", "required"}, {0, 0}, CREDENCE_DENIED, 1},
    {WALK_READING, {"[default=bad]", NULL}, {0}, CREDENCE_DENIED, 1},
    /* nsswitch's NOTFOUND=return. */
    {WALK_READING,
     {"[success=done miss=done default=ignore]", "required"},
     {CREDENCE_MISS, 0},
     CREDENCE_MISS,
     1},
    /* A failure is never taken for a success. */
    {WALK_WRITING, {"[default=ok]", NULL}, {CREDENCE_UNAVAIL}, CREDENCE_UNAVAIL, 1},
    {WALK_WRITING, {"[default=ok]", "required"}, {CREDENCE_UNAVAIL, 0}, CREDENCE_UNAVAIL, 2},
    {WALK_READING, {"[default=done]", "required"}, {CREDENCE_ERROR, 0}, CREDENCE_ERROR, 1},
    /* Ignored is ignored. */
    {WALK_WRITING, {"[default=ignore]", NULL}, {0}, CREDENCE_MISS, 1},
    {WALK_READING, {"[success=ignore]", "required"}, {0, 0}, CREDENCE_SUCCESS, 2},
    /* A search has one answer; writing goes on unless it is told to stop. */
    {WALK_READING, {"[success=ok]", "required"}, {0, CREDENCE_ERROR}, CREDENCE_SUCCESS, 1},
    {WALK_WRITING, {"[success=ok]", "required"}, {0, CREDENCE_ERROR}, CREDENCE_ERROR, 2},
    {WALK_WRITING, {"[success=done]", "required"}, {0, CREDENCE_ERROR}, CREDENCE_SUCCESS, 1},
    /* done after bad stops, but fails with the first bad. */
    {WALK_READING, {"[default=bad]", "required"}, {CREDENCE_LIMITED, 0}, CREDENCE_LIMITED, 2},
};

START_TEST(bracket)
{
	const struct bracket *b = &brackets[_i];
	struct entry *answered = NULL;

	make_stack(CREDENCE_ROLE_STORE, b->control[1] != NULL ? 2 : 1, b->control, b->answer);
	ck_assert_int_eq(go(b->way, &answered), b->expected);
	ck_assert_uint_eq(asked, b->asked);
	ck_assert_int_eq(call.failure.rc, b->expected);
	ck_assert((answered != NULL) == (b->expected == CREDENCE_SUCCESS));
	if (b->expected == CREDENCE_DENIED)
		ck_assert_ptr_nonnull(strstr(call.failure.message, "which its control word ["));
}
END_TEST

/* -- Sent -- */

static const char *const forgiving[] = {"sufficient", "sufficient"};

START_TEST(sent_ends_the_walk)
{
	credence_rc rc;

	for (rc = CREDENCE_MISS; rc < CREDENCE_RC_COUNT; rc++) {
		const credence_rc given[] = {rc, CREDENCE_SUCCESS};

		make_stack(CREDENCE_ROLE_GRANT, 2, forgiving, given);
		sends[0] = true;
		ck_assert_int_eq(go(WALK_READING, NULL), rc);
		ck_assert_uint_eq(asked, 1);
		make_stack(CREDENCE_ROLE_GRANT, 2, forgiving, given);
		ck_assert_int_eq(go(WALK_READING, NULL), CREDENCE_SUCCESS);
		ck_assert_uint_eq(asked, 2);
	}
}
END_TEST

START_TEST(sent_and_success)
{
	static const credence_rc given[] = {CREDENCE_SUCCESS, CREDENCE_SUCCESS};
	struct entry *answered = NULL;

	make_stack(CREDENCE_ROLE_GRANT, 2, forgiving, given);
	sends[0] = true;
	ck_assert_int_eq(go(WALK_READING, &answered), CREDENCE_SUCCESS);
	ck_assert_ptr_eq(answered, &entries[0]);
}
END_TEST

/* A hook that fails after a renewal does not end the hooks. */
START_TEST(sent_is_for_grants_only)
{
	static const credence_rc given[] = {CREDENCE_ERROR, CREDENCE_SUCCESS};

	make_stack(CREDENCE_ROLE_HOOK, 2, forgiving, given);
	work.sent = true;
	ck_assert_int_eq(go(WALK_WRITING, NULL), CREDENCE_SUCCESS);
	ck_assert_uint_eq(asked, 2);
}
END_TEST

/* -- The rest -- */

START_TEST(empty_stack)
{
	make_stack(CREDENCE_ROLE_HOOK, 0, NULL, NULL);
	ck_assert_int_eq(go(WALK_WRITING, NULL), CREDENCE_SUCCESS);
	make_stack(CREDENCE_ROLE_STORE, 0, NULL, NULL);
	ck_assert_int_eq(go(WALK_WRITING, NULL), CREDENCE_MISS);
	ck_assert_int_eq(go(WALK_READING, NULL), CREDENCE_MISS);
	ck_assert_str_eq(call.failure.message, "no store answered");
}
END_TEST

/* An asker that forgets to say what is wrong does not make the walk end well. */
START_TEST(failure_without_an_error)
{
	static const char *const controls[] = {"required", "required"};
	static const credence_rc given[] = {CREDENCE_UNAVAIL, CREDENCE_SUCCESS};

	make_stack(CREDENCE_ROLE_STORE, 2, controls, given);
	silent = true;
	ck_assert_int_eq(go(WALK_WRITING, NULL), CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.failure.message, "store one answered unavail");
	ck_assert_int_eq(call.failure.rc, CREDENCE_UNAVAIL);
}
END_TEST

static credence_rc ask_and_say_otherwise(struct credence_call *asking, struct entry *entry,
					 void *data)
{
	(void)ask(asking, entry, data);
	return CREDENCE_UNAVAIL;
}

/* What an entry answered counts, not what it said of it. */
START_TEST(failure_with_another_error)
{
	static const char *const controls[] = {"required"};
	static const credence_rc given[] = {CREDENCE_MISS};

	make_stack(CREDENCE_ROLE_STORE, 1, controls, given);
	asked = 0;
	ck_assert_int_eq(walk(&call, &stack, WALK_WRITING, ask_and_say_otherwise, &asked, NULL),
			 CREDENCE_UNAVAIL);
	ck_assert_int_eq(call.failure.rc, CREDENCE_UNAVAIL);
	ck_assert_str_eq(call.failure.message, "one said miss");
}
END_TEST

/* What was an error before the walk is none of it. */
START_TEST(old_error_is_forgotten)
{
	static const char *const controls[] = {"required"};
	static const credence_rc given[] = {CREDENCE_MISS};

	make_stack(CREDENCE_ROLE_STORE, 1, controls, given);
	call_fail(&call, CREDENCE_UNSAFE, "something old");
	ck_assert_int_eq(go(WALK_READING, NULL), CREDENCE_MISS);
	ck_assert_str_eq(call.failure.message, "no store answered");
}
END_TEST

static credence_rc ask_with_note(struct credence_call *asking, struct entry *entry, void *data)
{
	walk_note(asking, "note of %s", entry->conf->use);
	return ask(asking, entry, data);
}

START_TEST(traced)
{
	static const char *const controls[] = {"sufficient", "required", "optional"};
	static const credence_rc given[] = {CREDENCE_UNAVAIL, CREDENCE_SUCCESS, CREDENCE_SUCCESS};

	make_stack(CREDENCE_ROLE_STORE, 3, controls, given);
	work.trace = &trace;
	ck_assert_int_eq(go(WALK_READING, NULL), CREDENCE_SUCCESS);
	asked = 0;
	ck_assert_int_eq(walk(&call, &stack, WALK_WRITING, ask_with_note, &asked, NULL),
			 CREDENCE_SUCCESS);
	ck_assert_uint_eq(trace.count, 5);
	ck_assert_uint_eq(trace.step[0].role, CREDENCE_ROLE_STORE);
	ck_assert_str_eq(trace.step[0].use, "one");
	ck_assert_str_eq(trace.step[0].control, "sufficient");
	ck_assert_str_eq(trace.step[0].actions, "[success=done default=ignore]");
	ck_assert_int_eq(trace.step[0].rc, CREDENCE_UNAVAIL);
	ck_assert_int_eq(trace.step[0].action, ACTION_IGNORE);
	ck_assert_str_eq(trace.step[0].note, "one said unavail");
	ck_assert(!trace.step[0].answer);
	ck_assert_int_eq(trace.step[1].action, ACTION_DONE);
	ck_assert_ptr_null(trace.step[1].note);
	ck_assert(trace.step[1].answer);
	ck_assert_str_eq(trace.step[2].actions, "[success=ok default=ignore]");
	ck_assert_str_eq(trace.step[2].note, "note of one");
	ck_assert(trace.step[3].answer);
	ck_assert(!trace.step[4].answer);
	ck_assert_int_ge(trace.step[4].duration, 0);
}
END_TEST

START_TEST(no_note_without_a_trace)
{
	walk_note(&call, "nobody wants it");
	ck_assert_ptr_null(work.note);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("walk");
	TCase *tests = tcase_create("walk");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, one_entry);
	tcase_add_test(tests, two_entries);
	tcase_add_test(tests, three_entries);
	tcase_add_loop_test(tests, bracket, 0, sizeof(brackets) / sizeof(brackets[0]));
	tcase_add_test(tests, sent_ends_the_walk);
	tcase_add_test(tests, sent_and_success);
	tcase_add_test(tests, sent_is_for_grants_only);
	tcase_add_test(tests, empty_stack);
	tcase_add_test(tests, failure_without_an_error);
	tcase_add_test(tests, failure_with_another_error);
	tcase_add_test(tests, old_error_is_forgotten);
	tcase_add_test(tests, traced);
	tcase_add_test(tests, no_note_without_a_trace);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
