/* SPDX-License-Identifier: MIT */
/* Records with an end: kept until then by every store, and forgotten then by one that says so. */
#include "core/conformance/store/groups.h"
#include "core/conformance/store/self.h"

#include "core/os/clock.h"

#define LIFE  CLOCK_SECOND
#define LONG  (4 * CLOCK_SECOND)  /* for several saves before its end */
#define SLACK (20 * CLOCK_SECOND) /* whoever looks only now and then is in time, too */

static const struct content one = {.size = 100, .seed = 1}, large = {.size = 65536, .seed = 2};

static void save_until(struct self *self, const char *key, const struct content *content,
		       uint64_t expected, int64_t expires_at)
{
	struct credence_item item = {.size = sizeof(item),
				     .expected = expected,
				     .revision = expected + 1,
				     .expires_at = expires_at};
	struct buf bytes = BUF_INIT;

	if (!test_good(self->test))
		return;
	content_wrap(content, item.revision, &bytes);
	item.bytes = bytes.data;
	item.length = bytes.length;
	expect_answer(self, "the save with an end", key, self_save(self, key, &item),
		      CREDENCE_SUCCESS);
	buf_done(&bytes);
}

/* It is there until its end, and some time behind it no more. */
static void await_end(struct self *self, const char *key, int64_t expires_at)
{
	struct test *test = self->test;
	struct buf bytes = BUF_INIT;
	credence_rc rc = CREDENCE_SUCCESS;

	while (test_good(test) && rc == CREDENCE_SUCCESS) {
		int64_t now = clock_wall();

		buf_reset(&bytes);
		rc = self_load(self, key, &bytes);
		if (rc == CREDENCE_MISS && clock_wall() < expires_at)
			test_fail(test, "the record to be there until its end",
				  "it was gone %lld ms before",
				  (long long)(expires_at - clock_wall()));
		else if (rc != CREDENCE_MISS)
			expect_answer(self, "the load", key, rc, CREDENCE_SUCCESS);
		if (rc == CREDENCE_SUCCESS && now > expires_at + SLACK)
			test_fail(test, "the record to be forgotten at its end",
				  "it is there %lld ms later", (long long)(now - expires_at));
		clock_sleep(50);
	}
	buf_done(&bytes);
}

static void forgets(struct test *test, const struct content *content)
{
	const char *key = test_key(test, "ends"), *stays = test_key(test, "stays");
	struct self *self = self_open(test);
	int64_t expires_at = clock_wall() + LIFE;

	save_until(self, stays, &one, 0, clock_wall() + CLOCK_HOUR);
	save_until(self, key, content, 0, expires_at);
	await_end(self, key, expires_at);
	expect_names(self, &stays, 1);
	expect_erase(self, key, CREDENCE_MISS);
	expect_save(self, key, content, 0, 1, CREDENCE_SUCCESS);
	expect_record(self, key, content, 1);
	expect_record(self, stays, &one, 1);
}

static void forgets_small(struct test *test)
{
	forgets(test, &one);
}

static void forgets_large(struct test *test)
{
	forgets(test, &large);
}

/* The end is the last save's. */
static void new_end(struct test *test)
{
	const char *longer = test_key(test, "longer"), *never = test_key(test, "never");
	struct self *self = self_open(test);
	int64_t expires_at = clock_wall() + LONG;

	save_until(self, longer, &one, 0, expires_at);
	save_until(self, never, &large, 0, expires_at);
	save_until(self, longer, &one, 1, clock_wall() + CLOCK_HOUR);
	save_until(self, never, &large, 1, 0);
	while (test_good(test) && clock_wall() <= expires_at + CLOCK_SECOND + 500)
		clock_sleep(50);
	expect_record(self, longer, &one, 2);
	expect_record(self, never, &large, 2);
}

static void keeps_what_ends_later(struct test *test)
{
	static const int64_t lives[] = {CLOCK_HOUR, 30 * CLOCK_DAY, 3650 * CLOCK_DAY};
	struct self *self = self_open(test);

	for (unsigned i = 0; i < 3; i++) {
		const char *key = test_key(test, i == 0 ? "hour" : i == 1 ? "month" : "years");

		save_until(self, key, &one, 0, clock_wall() + lives[i]);
		expect_record(self, key, &one, 1);
		save_until(self, key, &large, 1, clock_wall() + lives[i]);
		expect_record(self, key, &large, 2);
		expect_save(self, key, &one, 2, 3, CREDENCE_SUCCESS);
		expect_record(self, key, &one, 3);
	}
}

const struct test_case cases_expiry[] = {
    {.name = "keeps a record that ends later", .run = keeps_what_ends_later},
    {.name = "forgets a record at its end", .run = forgets_small, .needs = CREDENCE_STORE_EXPIRY},
    {.name = "forgets a large record at its end",
     .run = forgets_large,
     .needs = CREDENCE_STORE_EXPIRY},
    {.name = "takes the end of the last save", .run = new_end, .needs = CREDENCE_STORE_EXPIRY},
    {.name = NULL},
};
