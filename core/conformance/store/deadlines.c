/* SPDX-License-Identifier: MIT */
/* Methods end with the call's time, and when the caller has lost interest; and whatever they answer
 * then, a record is whole: the old one or the new one. */
#include "core/conformance/store/groups.h"
#include "core/conformance/store/self.h"

#include "core/os/clock.h"
#include "core/record/envelope.h"

#include <stdio.h>

#define PATIENCE (10 * CLOCK_SECOND) /* beyond any deadline that is given here */

static const struct content one = {.size = 100, .seed = 1}, two = {.size = 50000, .seed = 2};

static void check_time(struct test *test, const char *what, int64_t start)
{
	int64_t took = clock_boot() - start;
	char expected[BOARD_TEXT];

	(void)snprintf(expected, sizeof(expected), "%s to end with the call's time", what);
	if (took > PATIENCE)
		test_fail(test, expected, "it took %lld ms", (long long)took);
}

/* Every method, and none may take long. */
static void all_in_time(struct self *self, const char *key)
{
	struct credence_item item = {.size = sizeof(item), .expected = 1, .revision = 2};
	struct test *test = self->test;
	struct buf bytes = BUF_INIT, got = BUF_INIT;
	struct frame frame;
	int64_t start = clock_boot();

	content_wrap(&two, 2, &bytes);
	item.bytes = bytes.data;
	item.length = bytes.length;
	frame_init(&frame);
	(void)self_load(self, key, &got);
	check_time(test, "the load", start);
	start = clock_boot();
	(void)self_list(self, &frame);
	check_time(test, "the list", start);
	start = clock_boot();
	(void)self_save(self, key, &item);
	check_time(test, "the save", start);
	frame_done(&frame);
	buf_done(&bytes);
	buf_done(&got);
}

/* Revision 1 or 2, as saved; and it goes on from there. */
static void expect_old_or_new(struct test *test, const char *key)
{
	struct self *self = self_open(test);
	uint64_t revision = revision_of(self, key);

	if (!test_good(test))
		return;
	if (revision != 1 && revision != 2) {
		test_fail(test, "the old record or the new one", "one of revision %llu",
			  (unsigned long long)revision);
		return;
	}
	expect_record(self, key, revision == 1 ? &one : &two, revision);
	expect_save(self, key, &one, revision, revision + 1, CREDENCE_SUCCESS);
	expect_record(self, key, &one, revision + 1);
}

static void prepare(struct test *test, const char *key)
{
	struct self *self = self_open(test);

	expect_save(self, key, &one, 0, 1, CREDENCE_SUCCESS);
	expect_record(self, key, &one, 1);
	self_close(self);
}

static void with_time(struct test *test, int64_t time)
{
	const char *key = test_key(test, "time");
	struct self *self;

	prepare(test, key);
	self = self_open(test);
	self->time = time;
	all_in_time(self, key);
	self_close(self);
	expect_old_or_new(test, key);
}

static void no_time(struct test *test)
{
	with_time(test, 0);
}

static void little_time(struct test *test)
{
	with_time(test, 2);
}

static bool always(void *data)
{
	(void)data;
	return true;
}

static void cancelled(struct test *test)
{
	const char *key = test_key(test, "cancelled");
	struct self *self;

	prepare(test, key);
	self = self_open(test);
	self->call.listener.cancelled = always;
	all_in_time(self, key);
	self_close(self);
	expect_old_or_new(test, key);
}

const struct test_case cases_deadlines[] = {
    {.name = "methods end at once where no time is left", .run = no_time},
    {.name = "methods end with two milliseconds", .run = little_time},
    {.name = "methods end when the caller has left", .run = cancelled},
    {.name = NULL},
};
