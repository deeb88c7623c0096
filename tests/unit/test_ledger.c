/* SPDX-License-Identifier: MIT */
/*
 * The ledger: the edges of windows and lives to the millisecond, and 100 000 random ledgers against
 * a model that asks the definition itself: "would it be allowed then?"
 */
#include "core/record/ledger.h"

#include "core/os/clock.h"
#include "core/os/json.h"

#include "random.h"
#include "suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1700000000000)

static struct ledger ledger;
static const char *victim;

static void start(void)
{
	memset(&ledger, 0, sizeof(ledger));
	victim = NULL;
}

static void stop(void)
{
	ledger_done(&ledger);
}

/* Check reports each assertion that it passes; a model that asks millions of times can't wait for
 * that. */
#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			ck_abort_msg("%s", #condition);                                            \
	} while (0)

static void add(int kind, int64_t at, int64_t expires, const char *who)
{
	REQUIRE(ledger_add(&ledger, kind, at, expires, who));
}

/* -- The count in a window -- */

static const struct ledger_limit two_in_a_minute = {LEDGER_ACCESS, 2, CLOCK_MINUTE, 0};

START_TEST(window_edges)
{
	add(LEDGER_ACCESS, NOW, 0, NULL);
	add(LEDGER_ACCESS, NOW + 1000, 0, NULL);
	/* Full until the older one leaves; exactly a window old, it has left. */
	ck_assert_int_eq(ledger_wait(&ledger, &two_in_a_minute, NOW + 1000, 0, NULL), 59000);
	ck_assert_int_eq(ledger_wait(&ledger, &two_in_a_minute, NOW + 59999, 0, NULL), 1);
	ck_assert_int_eq(ledger_wait(&ledger, &two_in_a_minute, NOW + 60000, 0, NULL), 0);
	ck_assert_int_eq(ledger_wait(&ledger, &two_in_a_minute, NOW + 60001, 0, NULL), 0);
	ck_assert_int_eq(ledger_used(&ledger, LEDGER_ACCESS, CLOCK_MINUTE, NOW + 59999), 2);
	ck_assert_int_eq(ledger_used(&ledger, LEDGER_ACCESS, CLOCK_MINUTE, NOW + 60000), 1);
	ck_assert_int_eq(ledger_used(&ledger, LEDGER_ACCESS, CLOCK_MINUTE, NOW + 61000), 0);
}
END_TEST

START_TEST(skew_widens)
{
	add(LEDGER_ACCESS, NOW, 0, NULL);
	add(LEDGER_ACCESS, NOW + 1000, 0, NULL);
	ck_assert_int_eq(ledger_wait(&ledger, &two_in_a_minute, NOW + 60000, 5000, NULL), 5000);
	ck_assert_int_eq(ledger_wait(&ledger, &two_in_a_minute, NOW + 64999, 5000, NULL), 1);
	ck_assert_int_eq(ledger_wait(&ledger, &two_in_a_minute, NOW + 65000, 5000, NULL), 0);
}
END_TEST

START_TEST(no_limit)
{
	static const struct ledger_limit none[] = {
	    {LEDGER_ACCESS, 0, CLOCK_MINUTE, 0},
	    {LEDGER_ACCESS, 1, 0, 0},
	    {LEDGER_ACCESS, -1, -1, -1},
	    {LEDGER_REFRESH, 1, CLOCK_MINUTE, 1}, /* of another kind */
	};
	size_t i;

	ck_assert_int_eq(ledger_wait(&ledger, &two_in_a_minute, NOW, 0, NULL), 0);
	add(LEDGER_ACCESS, NOW, 0, NULL);
	add(LEDGER_ACCESS, NOW, 0, NULL);
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert_int_eq(ledger_wait(&ledger, &none[i], NOW, 0, &victim), 0);
	ck_assert_ptr_null(victim);
}
END_TEST

/* More than allowed (the limit was lowered): so many must leave that one more fits. */
START_TEST(overfull)
{
	int i;

	for (i = 0; i < 5; i++)
		add(LEDGER_ACCESS, NOW + i, 0, NULL);
	ck_assert_int_eq(ledger_wait(&ledger, &two_in_a_minute, NOW + 10, 0, NULL), 60003 - 10);
}
END_TEST

/* The clock was set back: the entry counts as one that was made just now, not longer. */
START_TEST(future)
{
	add(LEDGER_ACCESS, NOW + CLOCK_HOUR, 0, NULL);
	add(LEDGER_ACCESS, NOW + 2 * CLOCK_HOUR, 0, NULL);
	ck_assert_int_eq(ledger_wait(&ledger, &two_in_a_minute, NOW, 0, NULL), CLOCK_MINUTE);
	ledger_tidy(&ledger, LEDGER_ACCESS, CLOCK_MINUTE, NOW);
	ck_assert_int_eq(ledger_wait(&ledger, &two_in_a_minute, NOW, 0, NULL), CLOCK_MINUTE);
	ck_assert_int_eq(ledger_wait(&ledger, &two_in_a_minute, NOW + 59999, 0, NULL), 1);
	ck_assert_int_eq(ledger_wait(&ledger, &two_in_a_minute, NOW + 60000, 0, NULL), 0);
}
END_TEST

/* Between hosts clocks differ a little: that stays as it was written. */
START_TEST(little_ahead)
{
	add(LEDGER_ACCESS, NOW + 2 * CLOCK_MINUTE, 0, NULL);
	add(LEDGER_ACCESS, NOW + 2 * CLOCK_MINUTE + 1, 0, NULL);
	ledger_tidy(&ledger, LEDGER_ACCESS, CLOCK_MINUTE, NOW);
	ck_assert_int_eq(ledger.entry[0].at, NOW + 2 * CLOCK_MINUTE);
	ck_assert_int_eq(ledger.entry[1].at, NOW);
}
END_TEST

/* -- The cap on live ones -- */

START_TEST(live_refresh)
{
	static const struct ledger_limit two = {LEDGER_REFRESH, 0, 0, 2};

	add(LEDGER_REFRESH, NOW, 0, "old");
	ck_assert_int_eq(ledger_wait(&ledger, &two, NOW + 5, 0, &victim), 0);
	ck_assert_ptr_null(victim);
	add(LEDGER_REFRESH, NOW + 1, 0, "young");
	ck_assert_int_eq(ledger_wait(&ledger, &two, NOW + 5, 0, &victim), INT64_MAX);
	ck_assert_str_eq(victim, "old");
	ledger_ended(&ledger, LEDGER_REFRESH, "old", 0, NOW + 5);
	ck_assert_int_eq(ledger_live(&ledger, LEDGER_REFRESH, NOW + 4), 2);
	ck_assert_int_eq(ledger_live(&ledger, LEDGER_REFRESH, NOW + 5), 1);
	ck_assert_int_eq(ledger_wait(&ledger, &two, NOW + 5, 0, NULL), 0);
	/* Revoked, but still counted. */
	ck_assert_int_eq(ledger_used(&ledger, LEDGER_REFRESH, CLOCK_MINUTE, NOW + 5), 2);
}
END_TEST

START_TEST(live_access)
{
	static const struct ledger_limit two = {LEDGER_ACCESS, 0, 0, 2};

	add(LEDGER_ACCESS, NOW, NOW + CLOCK_HOUR, "a");
	add(LEDGER_ACCESS, NOW + 1000, NOW + 1000 + CLOCK_HOUR, "a");
	ck_assert_int_eq(ledger_wait(&ledger, &two, NOW + 1000, 0, NULL), CLOCK_HOUR - 1000);
	ck_assert_int_eq(ledger_wait(&ledger, &two, NOW + CLOCK_HOUR - 1, 0, NULL), 1);
	ck_assert_int_eq(ledger_wait(&ledger, &two, NOW + CLOCK_HOUR, 0, NULL), 0);
	ck_assert_int_eq(ledger_live(&ledger, LEDGER_ACCESS, NOW + CLOCK_HOUR - 1), 2);
	ck_assert_int_eq(ledger_live(&ledger, LEDGER_ACCESS, NOW + CLOCK_HOUR), 1);
}
END_TEST

START_TEST(live_overfull)
{
	static const struct ledger_limit one = {LEDGER_ACCESS, 0, 0, 1};

	add(LEDGER_ACCESS, NOW, NOW + 1000, "a");
	add(LEDGER_ACCESS, NOW, NOW + 3000, "b");
	add(LEDGER_ACCESS, NOW, NOW + 2000, "c");
	ck_assert_int_eq(ledger_wait(&ledger, &one, NOW, 0, &victim), 3000);
	ck_assert_str_eq(victim, "a");
}
END_TEST

START_TEST(both_rules)
{
	static const struct ledger_limit both = {LEDGER_ACCESS, 1, CLOCK_MINUTE, 1};

	add(LEDGER_ACCESS, NOW, NOW + CLOCK_HOUR, NULL);
	ck_assert_int_eq(ledger_wait(&ledger, &both, NOW, 0, NULL), CLOCK_HOUR);
	ck_assert_int_eq(ledger_wait(&ledger, &both, NOW + CLOCK_HOUR - 1, 0, NULL), 1);
	ledger.entry[0].expires = NOW + 1;
	ck_assert_int_eq(ledger_wait(&ledger, &both, NOW, 0, NULL), CLOCK_MINUTE);
}
END_TEST

/* One of several, by when it was counted; one that was never made died then. */
START_TEST(ended_exactly)
{
	add(LEDGER_REFRESH, NOW, 0, "a");
	add(LEDGER_REFRESH, NOW + 1, 0, "a");
	ck_assert(!ledger_ended(&ledger, LEDGER_REFRESH, "a", NOW + 2, NOW + 9));
	ck_assert(!ledger_ended(&ledger, LEDGER_REFRESH, "b", NOW, NOW + 9));
	ck_assert(ledger_ended(&ledger, LEDGER_REFRESH, "a", NOW, NOW));
	ck_assert_int_eq(ledger.entry[0].expires, NOW);
	ck_assert_int_eq(ledger.entry[1].expires, 0);
	ck_assert(!ledger_ended(&ledger, LEDGER_REFRESH, "a", NOW, NOW));
	ck_assert_int_eq(ledger_used(&ledger, LEDGER_REFRESH, CLOCK_HOUR, NOW + 9), 2);
}
END_TEST

START_TEST(ended_newest)
{
	add(LEDGER_REFRESH, NOW, 0, "a");
	add(LEDGER_REFRESH, NOW + 1, 0, "a");
	add(LEDGER_REFRESH, NOW + 2, 0, "b");
	add(LEDGER_REFRESH, NOW + 3, 0, NULL);
	ledger_ended(&ledger, LEDGER_REFRESH, "a", 0, NOW + 9);
	ck_assert_int_eq(ledger.entry[0].expires, 0);
	ck_assert_int_eq(ledger.entry[1].expires, NOW + 9);
	ledger_ended(&ledger, LEDGER_REFRESH, NULL, 0, 0);
	ck_assert_int_eq(ledger.entry[2].expires, 0);
	ck_assert_int_eq(ledger.entry[3].expires, 1);
	ledger_ended(&ledger, LEDGER_ACCESS, "b", 0, NOW + 9);
	ledger_ended(&ledger, LEDGER_REFRESH, "c", 0, NOW + 9);
	ck_assert_int_eq(ledger_live(&ledger, LEDGER_REFRESH, NOW + 9), 2);
}
END_TEST

/* -- Against a model -- */

static int64_t model_count(const struct ledger_limit *limit, int64_t then, int64_t now,
			   int64_t skew)
{
	int64_t count = 0;
	unsigned i;

	for (i = 0; i < ledger.count; i++) {
		int64_t at = ledger.entry[i].at < now ? ledger.entry[i].at : now;

		if (ledger.entry[i].kind == limit->kind && then - at < limit->window + skew)
			count++;
	}
	return count;
}

static int64_t model_live(const struct ledger_limit *limit, int64_t then)
{
	int64_t live = 0;
	unsigned i;

	for (i = 0; i < ledger.count; i++)
		if (ledger.entry[i].kind == limit->kind &&
		    (ledger.entry[i].expires == 0 || then < ledger.entry[i].expires))
			live++;
	return live;
}

/* Would one more be allowed at then, as seen from now, if nothing else happens? */
static bool model_allows(const struct ledger_limit *limit, int64_t then, int64_t now, int64_t skew)
{
	if (limit->count > 0 && limit->window > 0 &&
	    model_count(limit, then, now, skew) >= limit->count)
		return false;
	return limit->live <= 0 || model_live(limit, then) < limit->live;
}

static void random_ledger(struct random *random)
{
	static const char *const who[] = {NULL, "a", "b", "c"};
	unsigned count = random_below(random, random_below(random, 20) == 0 ? 300 : 12), i;

	for (i = 0; i < count; i++) {
		int64_t at = NOW - 40 + random_below(random, 50);
		int64_t life = random_below(random, 30);

		add((int)random_below(random, 3) + 1, at,
		    random_below(random, 3) == 0 ? 0 : at + life, who[random_below(random, 4)]);
	}
	REQUIRE(ledger.count <= LEDGER_MAX);
}

static void compare(struct random *random)
{
	const struct ledger_limit limit = {
	    (int)random_below(random, 3) + 1, random_below(random, 6) - (int64_t)1,
	    random_below(random, 30) - (int64_t)1, random_below(random, 6) - (int64_t)1};
	int64_t skew = random_below(random, 5), now = NOW - 10 + random_below(random, 20), wait;

	victim = NULL;
	wait = ledger_wait(&ledger, &limit, now, skew, &victim);
	REQUIRE(wait >= 0);
	REQUIRE(ledger_live(&ledger, limit.kind, now) == model_live(&limit, now));
	if (wait == INT64_MAX) {
		REQUIRE(!model_allows(&limit, now + 1000000, now, skew));
		return;
	}
	REQUIRE(model_allows(&limit, now + wait, now, skew));
	REQUIRE(wait == 0 || !model_allows(&limit, now + wait - 1, now, skew));
}

/* Tidying changes no answer, but for what the clock's own change makes of it. */
static void compare_tidied(struct random *random)
{
	const struct ledger_limit limit = {LEDGER_ACCESS, random_below(random, 4) + (int64_t)1,
					   random_below(random, 20) + (int64_t)1,
					   random_below(random, 4)};
	int64_t skew = random_below(random, (unsigned)limit.window), now = NOW + 10;
	int64_t before = ledger_wait(&ledger, &limit, now, skew, NULL), others;
	unsigned count = ledger.count;

	others = ledger_used(&ledger, LEDGER_REFRESH, CLOCK_DAY, now) +
		 ledger_used(&ledger, LEDGER_CODE, CLOCK_DAY, now);
	ledger_tidy(&ledger, LEDGER_ACCESS, limit.window, now);
	REQUIRE(ledger.count <= count);
	REQUIRE(ledger_wait(&ledger, &limit, now, skew, NULL) == before);
	REQUIRE(ledger_used(&ledger, LEDGER_REFRESH, CLOCK_DAY, now) +
		    ledger_used(&ledger, LEDGER_CODE, CLOCK_DAY, now) ==
		others);
}

START_TEST(model)
{
	struct random random = {.state = (uint64_t)_i};
	int i;

	for (i = 0; i < 10000; i++) {
		random_ledger(&random);
		compare(&random);
		compare_tidied(&random);
		ledger_done(&ledger);
	}
}
END_TEST

/* -- Room -- */

START_TEST(tidied)
{
	add(LEDGER_ACCESS, NOW, NOW + 1, "dead");
	add(LEDGER_ACCESS, NOW, 0, "alive");
	add(LEDGER_REFRESH, NOW, NOW + 1, "other");
	add(LEDGER_ACCESS, NOW + 1, NOW + 2, "young");
	ledger_tidy(&ledger, LEDGER_ACCESS, 500, NOW + 1000);
	ck_assert_uint_eq(ledger.count, 3);
	ck_assert_str_eq(ledger.entry[0].who, "alive");
	ck_assert_str_eq(ledger.entry[1].who, "other");
	ck_assert_str_eq(ledger.entry[2].who, "young");
	ledger_tidy(&ledger, LEDGER_ACCESS, 500, NOW + 1001);
	ck_assert_uint_eq(ledger.count, 2);
}
END_TEST

START_TEST(full)
{
	int i;

	add(LEDGER_REFRESH, NOW, 0, "first");
	add(LEDGER_ACCESS, NOW, NOW + 10, "expired");
	for (i = 2; i < LEDGER_MAX; i++)
		add(LEDGER_ACCESS, NOW + 100, 0, "alive");
	add(LEDGER_ACCESS, NOW + 200, 0, "next");
	ck_assert_uint_eq(ledger.count, LEDGER_MAX);
	ck_assert_str_eq(ledger.entry[0].who, "first");
	ck_assert_str_eq(ledger.entry[1].who, "alive");
	ck_assert_str_eq(ledger.entry[LEDGER_MAX - 1].who, "next");
	add(LEDGER_ACCESS, NOW + 201, 0, "last");
	ck_assert_uint_eq(ledger.count, LEDGER_MAX);
	ck_assert_str_eq(ledger.entry[0].who, "alive");
	ck_assert_str_eq(ledger.entry[LEDGER_MAX - 1].who, "last");
}
END_TEST

/* Whatever is asked, nothing overflows (the sanitizer looks) and a wait is no negative one. */
START_TEST(hostile)
{
	static const int64_t numbers[] = {INT64_MIN, -1, 0, 1, NOW, LEDGER_TIME_MAX, INT64_MAX};
	const size_t count = sizeof(numbers) / sizeof(numbers[0]);
	size_t i, j;

	for (i = 0; i < count; i++)
		for (j = 0; j < count; j++)
			add(LEDGER_ACCESS, numbers[i], numbers[j], NULL);
	/* Every five of them: limit, window, cap, now and skew. */
	for (i = 0; i < count * count * count * count * count; i++) {
		const int64_t *now = &numbers[i / count % count];
		const struct ledger_limit limit = {LEDGER_ACCESS, numbers[i % count],
						   numbers[i / count / count % count],
						   numbers[i / count / count / count % count]};
		int64_t skew = numbers[i / count / count / count / count];

		REQUIRE(ledger_wait(&ledger, &limit, *now, skew, &victim) >= 0);
		REQUIRE(ledger_used(&ledger, LEDGER_ACCESS, skew, *now) >= 0);
	}
	/* A negative expiry has passed; it isn't 0, which is never. */
	ledger_done(&ledger);
	add(LEDGER_ACCESS, NOW, -5, NULL);
	ck_assert_int_eq(ledger_live(&ledger, LEDGER_ACCESS, NOW), 0);
	for (i = 0; i < count; i++)
		for (j = 0; j < count; j++)
			ledger_tidy(&ledger, LEDGER_ACCESS, numbers[i], numbers[j]);
	ck_assert_uint_eq(ledger.count, 0);
}
END_TEST

/* -- JSON -- */

static struct json_object *parse(const char *text)
{
	const char *reason = "";
	struct json_object *tree = json_parse(text, strlen(text), &reason);

	ck_assert_msg(tree != NULL, "%s", reason);
	return tree;
}

static char *print(void)
{
	struct json_object *tree = ledger_to_json(&ledger);
	struct buf text = BUF_INIT;

	ck_assert_ptr_nonnull(tree);
	json_print(&text, tree, false);
	json_wipe(tree);
	return buf_take(&text);
}

START_TEST(json_round_trip)
{
	struct random random = {.state = (uint64_t)_i};
	struct json_object *tree;
	char *first, *second;

	random_ledger(&random);
	first = print();
	ledger_done(&ledger);
	tree = parse(first);
	ck_assert(ledger_from_json(&ledger, tree));
	json_wipe(tree);
	second = print();
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
}
END_TEST

START_TEST(json_strange)
{
	static const char text[] =
	    "[{\"kind\":\"access\",\"at\":5,\"expires\":-1,\"new\":[null,1.50,\"x\"],\"nil\":null},"
	    "{\"kind\":\"device_code\",\"at\":6,\"who\":\"z\"},{\"kind\":\"refresh\"},"
	    "17,null,[],{\"kind\":\"code\",\"at\":9223372036854775807,\"who\":3}]";
	static const char expected[] =
	    "[{\"kind\":\"access\",\"at\":5,\"expires\":1,\"new\":[null,1.50,\"x\"],\"nil\":null},"
	    "{\"kind\":\"device_code\",\"at\":6,\"who\":\"z\"},{\"kind\":\"refresh\"},"
	    "{\"kind\":\"code\",\"at\":253402300799999,\"expires\":0}]";
	struct json_object *tree = parse(text);
	char *printed;

	ck_assert(ledger_from_json(&ledger, tree));
	json_wipe(tree);
	ck_assert_int_eq(ledger_used(&ledger, LEDGER_ACCESS, 10, 10), 1);
	ck_assert_int_eq(ledger_used(&ledger, LEDGER_REFRESH, NOW, NOW), 0);
	printed = print();
	ck_assert_str_eq(printed, expected);
	free(printed);
	/* No list: nothing. */
	tree = parse("{\"kind\":\"access\",\"at\":5}");
	ck_assert(ledger_from_json(&ledger, tree));
	ck_assert_uint_eq(ledger.count, 4);
	json_wipe(tree);
}
END_TEST

START_TEST(json_bounded)
{
	struct buf text = BUF_INIT;
	struct json_object *tree;
	int i;

	buf_char(&text, '[');
	for (i = 0; i < 3000; i++)
		buf_printf(&text, "%s{\"kind\":\"access\",\"at\":%d,\"expires\":0}",
			   i > 0 ? "," : "", i);
	buf_char(&text, ']');
	tree = parse(buf_text(&text));
	ck_assert(ledger_from_json(&ledger, tree));
	ck_assert_uint_eq(ledger.count, LEDGER_MAX);
	ck_assert_int_eq(ledger.entry[LEDGER_MAX - 1].at, 2999);
	json_wipe(tree);
	buf_done(&text);
}
END_TEST

/* As sha256sum gives it. */
/* What both have is there once, what only one has is not lost, and all are in the order of time. */
START_TEST(merged)
{
	struct ledger other = {0};
	unsigned added;

	add(LEDGER_REFRESH, 1000, 0, "crm");
	add(LEDGER_ACCESS, 3000, 0, NULL);
	ck_assert(ledger_add(&other, LEDGER_REFRESH, 1000, 0, "crm"));
	ck_assert(ledger_add(&other, LEDGER_REFRESH, 1000, 0, "desk"));
	ck_assert(ledger_add(&other, LEDGER_ACCESS, 2000, 0, NULL));
	ck_assert(ledger_add(&other, LEDGER_ACCESS, 3000, 0, NULL));
	ck_assert(ledger_merge(&ledger, &other, &added));
	ck_assert_uint_eq(added, 2);
	ck_assert_uint_eq(ledger.count, 4);
	for (unsigned i = 1; i < ledger.count; i++)
		ck_assert_int_le(ledger.entry[i - 1].at, ledger.entry[i].at);
	ck_assert_int_eq(ledger.entry[2].at, 2000);
	ck_assert(ledger_merge(&ledger, &other, &added));
	ck_assert_uint_eq(added, 0);
	ledger_done(&other);
}
END_TEST

/* By another clock everything is as old as it was, and what never ends still does not. */
START_TEST(shifted)
{
	add(LEDGER_ACCESS, 100000, 160000, NULL);
	add(LEDGER_REFRESH, 100000, 0, "crm");
	ledger_shift(&ledger, 90000);
	ck_assert_int_eq(ledger.entry[0].at, 190000);
	ck_assert_int_eq(ledger.entry[0].expires, 250000);
	ck_assert_int_eq(ledger.entry[1].at, 190000);
	ck_assert_int_eq(ledger.entry[1].expires, 0);
	ledger_shift(&ledger, -90000);
	ck_assert_int_eq(ledger.entry[0].at, 100000);
	ck_assert_int_eq(ledger.entry[0].expires, 160000);
	/* Before 1970 there is nothing. */
	ledger_shift(&ledger, -120000);
	ck_assert_int_eq(ledger.entry[1].at, 0);
}
END_TEST

START_TEST(key)
{
	char text[34];

	ledger_key("https://accounts.example.com", "1000.ABC", "jo", text);
	ck_assert_str_eq(text, "+78c0c8d30e717b445f7f80adc401e998");
	ledger_key("https://accounts.example.com", "1000.ABC", "", text);
	ck_assert_str_eq(text, "+51d2069046dee4ccf7598a8a727c50eb");
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, window_edges);
	tcase_add_test(tests, skew_widens);
	tcase_add_test(tests, no_limit);
	tcase_add_test(tests, overfull);
	tcase_add_test(tests, future);
	tcase_add_test(tests, little_ahead);
	tcase_add_test(tests, live_refresh);
	tcase_add_test(tests, live_access);
	tcase_add_test(tests, live_overfull);
	tcase_add_test(tests, both_rules);
	tcase_add_test(tests, ended_exactly);
	tcase_add_test(tests, ended_newest);
	tcase_add_loop_test(tests, model, 0, 10);
	tcase_add_test(tests, tidied);
	tcase_add_test(tests, full);
	tcase_add_test(tests, hostile);
	tcase_add_loop_test(tests, json_round_trip, 0, 50);
	tcase_add_test(tests, json_strange);
	tcase_add_test(tests, json_bounded);
	tcase_add_test(tests, merged);
	tcase_add_test(tests, shifted);
	tcase_add_test(tests, key);
}

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tests = tcase_create("ledger");

	tcase_add_checked_fixture(tests, start, stop);
	tcase_set_timeout(tests, 60);
	add_tests(tests);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
