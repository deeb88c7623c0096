/* SPDX-License-Identifier: MIT */
/* kill -9 of a process at any moment: what it had saved is there, what it was saving is the old or
 * the new, and whoever comes next goes on. */
#include "core/conformance/store/groups.h"
#include "core/conformance/store/self.h"

#include "core/os/clock.h"
#include "core/record/envelope.h"

#include <inttypes.h>
#include <string.h>

#define DEATHS 20
#define DELAY  INT64_C(12) /* ms that a writer has, at most */
#define TRIES  5
#define SAVED  0 /* steps of the board: the last revision that was answered with success */
#define BEGUN  1

static size_t size_of(const struct test *test, uint64_t revision)
{
	size_t size = test->what->size;

	return revision % 2 == 0 ? size : size / 3 + 1;
}

static struct content content_at(const struct test *test, uint64_t revision)
{
	return (struct content){.size = size_of(test, revision), .seed = (unsigned)revision};
}

/* -- Who is killed -- */

static void save_until_dead(struct team *team, unsigned index)
{
	struct test *test = team->test;
	struct board *board = test->suite->board;
	struct self *self = self_open(test);
	uint64_t revision = revision_of(self, team->key);

	(void)index;
	atomic_store(&board->step[BEGUN], 1);
	while (test_good(test)) {
		const struct content content = content_at(test, revision + 1);

		expect_save(self, team->key, &content, revision, revision + 1, CREDENCE_SUCCESS);
		if (test_good(test))
			atomic_store(&board->step[SAVED], ++revision);
	}
	self_close(self);
}

static void erase_until_dead(struct team *team, unsigned index)
{
	struct test *test = team->test;
	struct self *self = self_open(test);
	uint64_t revision = revision_of(self, team->key);

	(void)index;
	atomic_store(&test->suite->board->step[BEGUN], 1);
	while (test_good(test)) {
		const struct content content = content_at(test, 1);

		if (revision != 0)
			expect_erase(self, team->key, CREDENCE_SUCCESS);
		expect_save(self, team->key, &content, 0, 1, CREDENCE_SUCCESS);
		revision = 1;
	}
	self_close(self);
}

/* -- Who comes next -- */

/* The revision that is there, whole; 0: nothing is. */
static uint64_t look(struct self *self, const char *key)
{
	struct test *test = self->test;
	struct buf bytes = BUF_INIT, wanted = BUF_INIT;
	struct content content;
	uint64_t revision = 0;
	credence_rc rc = self_load(self, key, &bytes);

	if (rc != CREDENCE_MISS)
		expect_answer(self, "the load after a kill -9", key, rc, CREDENCE_SUCCESS);
	if (rc == CREDENCE_SUCCESS) {
		revision = envelope_revision(bytes.data, bytes.length);
		content = content_at(test, revision);
		content_wrap(&content, revision != 0 ? revision : 1, &wanted);
		if (bytes.length != wanted.length ||
		    memcmp(buf_text(&bytes), buf_text(&wanted), bytes.length) != 0)
			test_fail(test, "the old record or the new one, whole",
				  "%zu bytes that begin as revision %" PRIu64 " and are not it",
				  bytes.length, revision);
	}
	buf_done(&bytes);
	buf_done(&wanted);
	return revision;
}

/* A server may finish what a dead client began: then somebody wrote first. */
static uint64_t save_next(struct self *self, const char *key)
{
	struct credence_item item = {.size = sizeof(item)};
	credence_rc rc = CREDENCE_CONFLICT;

	for (int try = 0; try < TRIES && rc == CREDENCE_CONFLICT && test_good(self->test); try++) {
		struct content content;
		struct buf bytes = BUF_INIT;

		item.expected = look(self, key);
		item.revision = item.expected + 1;
		content = content_at(self->test, item.revision);
		content_wrap(&content, item.revision, &bytes);
		item.bytes = bytes.data;
		item.length = bytes.length;
		rc = self_save(self, key, &item);
		buf_done(&bytes);
	}
	if (test_good(self->test))
		expect_answer(self, "the save after a kill -9", key, rc, CREDENCE_SUCCESS);
	return item.revision;
}

static void check(struct team *team, bool erases)
{
	struct test *test = team->test;
	const char *key = team->key;
	uint64_t saved = atomic_load(&test->suite->board->step[SAVED]), there;
	struct self *self = self_open(test);

	there = look(self, key);
	if (test_good(test) && !erases && (there < saved || there > saved + 1))
		test_fail(test, "what was saved before the kill -9, or the next",
			  "revision %" PRIu64 ", where %" PRIu64 " was saved", there, saved);
	there = save_next(self, key);
	expect_no_name_but(self, &key, 1);
	if (!erases)
		atomic_store(&test->suite->board->step[SAVED], there);
	self_close(self);
}

static void check_saved(struct team *team, unsigned index)
{
	(void)index;
	check(team, false);
}

static void check_erased(struct team *team, unsigned index)
{
	(void)index;
	check(team, true);
}

static void killed(struct test *test, void (*work)(struct team *, unsigned),
		   void (*next)(struct team *, unsigned))
{
	const char *key = test_key(test, "killed");
	struct self *self;

	for (unsigned i = 0; i < DEATHS && test_good(test); i++) {
		struct team team;

		atomic_store(&test->suite->board->step[BEGUN], 0);
		team_start(&team, test, 1, true, work, key);
		test_await(test, BEGUN, 1);
		clock_sleep(test_chance(DELAY));
		team_kill(&team, 0);
		team_join(&team);
		team_start(&team, test, 1, true, next, key);
		team_join(&team);
	}
	self = self_open(test);
	expect_erase(self, key, CREDENCE_SUCCESS);
	expect_none(self, key);
	expect_no_name_but(self, NULL, 0);
}

static void savers(struct test *test)
{
	killed(test, save_until_dead, check_saved);
}

static void erasers(struct test *test)
{
	killed(test, erase_until_dead, check_erased);
}

const struct test_case cases_crash[] = {
    {.name = "kill -9 of who saves small records: old or new",
     .run = savers,
     .needs = NEEDS_PROCESSES,
     .size = 300},
    {.name = "kill -9 of who saves large records: old or new",
     .run = savers,
     .needs = NEEDS_PROCESSES,
     .size = 65536},
    {.name = "kill -9 of who erases and saves: whole or nothing",
     .run = erasers,
     .needs = NEEDS_PROCESSES,
     .size = 40000},
    {.name = NULL},
};
