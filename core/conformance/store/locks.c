/* SPDX-License-Identifier: MIT */
/* The lock of a store that has one: for one at a time, for as long as its holder lives. The host's
 * lock is not taken here: these are other hosts. */
#include "core/conformance/store/groups.h"
#include "core/conformance/store/self.h"

#include "core/os/clock.h"

#include <unistd.h>

#define SHORT     (CLOCK_SECOND / 4)
#define PATIENCE  (15 * CLOCK_SECOND) /* beyond a deadline */
#define LEASE     (2 * CLOCK_MINUTE)  /* what a dead holder's lock may last */
#define MEMBERS   4
#define ROUNDS    15
#define HOLDING   0 /* steps of the board */
#define MAY_LEAVE 1
#define INSIDE    2

static const struct content one = {.size = 100, .seed = 1}, two = {.size = 40000, .seed = 2};

static struct self *elsewhere(struct test *test)
{
	struct self *self = self_open(test);

	self->elsewhere = true;
	return self;
}

/* Another one can't have it, and is told so in its time. */
static void expect_busy(struct self *self, const char *key)
{
	int64_t start = clock_boot(), took;

	self->time = SHORT;
	expect_lock(self, key, CREDENCE_UNAVAIL);
	took = clock_boot() - start;
	self->time = METHOD_TIME;
	if (took < SHORT / 2)
		test_fail(self->test, "the lock to be waited for", "an answer after %lld ms",
			  (long long)took);
	if (took > SHORT + PATIENCE)
		test_fail(self->test, "the lock's wait to end with the call's time",
			  "an answer after %lld ms", (long long)took);
}

static void works_under_its_own(struct test *test)
{
	const char *key = test_key(test, "locked");
	struct self *self = elsewhere(test);

	expect_lock(self, key, CREDENCE_SUCCESS);
	expect_none(self, key);
	expect_save(self, key, &one, 0, 1, CREDENCE_SUCCESS);
	expect_record(self, key, &one, 1);
	expect_save(self, key, &two, 1, 2, CREDENCE_SUCCESS);
	expect_no_name_but(self, &key, 1);
	expect_unlock(self, key);
	expect_record(self, key, &two, 2);
	expect_lock(self, key, CREDENCE_SUCCESS);
	expect_erase(self, key, CREDENCE_SUCCESS);
	expect_unlock(self, key);
	expect_no_name_but(self, NULL, 0);
}

static void excludes(struct test *test)
{
	const char *key = test_key(test, "locked");
	struct self *self = elsewhere(test), *other = elsewhere(test);

	expect_lock(self, key, CREDENCE_SUCCESS);
	expect_busy(other, key);
	expect_busy(other, key);
	expect_unlock(self, key);
	expect_lock(other, key, CREDENCE_SUCCESS);
	expect_busy(self, key);
	expect_unlock(other, key);
}

/* The others' records are not locked with it, nor their locks. */
static void of_each_key(struct test *test)
{
	const char *a = test_key(test, "a"), *ab = test_key(test, "ab"), *A = test_key(test, "A");
	struct self *self = elsewhere(test), *other = elsewhere(test), *third = elsewhere(test);

	expect_lock(self, a, CREDENCE_SUCCESS);
	expect_lock(other, ab, CREDENCE_SUCCESS);
	expect_lock(third, A, CREDENCE_SUCCESS);
	expect_save(other, ab, &one, 0, 1, CREDENCE_SUCCESS);
	expect_save(third, A, &one, 0, 1, CREDENCE_SUCCESS);
	expect_unlock(self, a);
	expect_busy(self, ab);
	expect_unlock(other, ab);
	expect_unlock(third, A);
}

/* As the core does: the credential's, then a ledger's. */
static void two_in_one_self(struct test *test)
{
	const char *key = test_key(test, "locked"), *ledger = test_ledger_key(test, 0);
	struct self *self = elsewhere(test), *other = elsewhere(test);

	expect_lock(self, key, CREDENCE_SUCCESS);
	expect_lock(self, ledger, CREDENCE_SUCCESS);
	expect_busy(other, key);
	expect_busy(other, ledger);
	expect_unlock(self, ledger);
	expect_lock(other, ledger, CREDENCE_SUCCESS);
	expect_unlock(other, ledger);
	expect_busy(other, key);
	expect_unlock(self, key);
	expect_lock(other, key, CREDENCE_SUCCESS);
	expect_unlock(other, key);
}

static void again_and_again(struct test *test)
{
	const char *key = test_key(test, "locked");
	struct self *self[] = {elsewhere(test), elsewhere(test)};

	for (unsigned i = 0; i < 20; i++) {
		expect_lock(self[i % 2], key, CREDENCE_SUCCESS);
		expect_unlock(self[i % 2], key);
	}
}

static void ends_with_its_self(struct test *test)
{
	const char *key = test_key(test, "locked");
	struct self *self = elsewhere(test), *other = elsewhere(test);

	expect_lock(self, key, CREDENCE_SUCCESS);
	expect_busy(other, key);
	self_close(self);
	expect_lock(other, key, CREDENCE_SUCCESS);
	expect_unlock(other, key);
}

/* Who gives up does not have it later. */
static void given_up(struct test *test)
{
	const char *key = test_key(test, "locked");
	struct self *self = elsewhere(test), *other = elsewhere(test), *third = elsewhere(test);

	expect_lock(self, key, CREDENCE_SUCCESS);
	expect_busy(other, key);
	expect_unlock(self, key);
	clock_sleep(200);
	expect_lock(third, key, CREDENCE_SUCCESS);
	expect_unlock(third, key);
	expect_lock(other, key, CREDENCE_SUCCESS);
	expect_unlock(other, key);
}

static void is_not_listed(struct test *test)
{
	const char *key = test_key(test, "locked"), *kept = test_key(test, "kept");
	struct self *self = elsewhere(test), *other = elsewhere(test);

	expect_save(self, kept, &one, 0, 1, CREDENCE_SUCCESS);
	expect_lock(self, key, CREDENCE_SUCCESS);
	expect_no_name_but(self, &kept, 1);
	expect_no_name_but(other, &kept, 1);
	expect_none(other, key);
	expect_erase(other, key, CREDENCE_MISS);
	expect_unlock(self, key);
	expect_no_name_but(other, &kept, 1);
}

/* It keeps no reader out. */
static void is_no_matter_of_loads(struct test *test)
{
	const char *key = test_key(test, "locked");
	struct self *self = elsewhere(test), *other = elsewhere(test);

	expect_save(self, key, &one, 0, 1, CREDENCE_SUCCESS);
	expect_lock(self, key, CREDENCE_SUCCESS);
	expect_record(other, key, &one, 1);
	expect_save(self, key, &two, 1, 2, CREDENCE_SUCCESS);
	expect_record(other, key, &two, 2);
	expect_unlock(self, key);
}

/* -- Several at once -- */

/* Never two inside; the sum says whether somebody wrote between a load and its save. */
static void count_inside(struct team *team, unsigned index)
{
	struct test *test = team->test;
	_Atomic uint64_t *inside = &test->suite->board->step[INSIDE];
	struct self *self = elsewhere(test);

	(void)index;
	for (unsigned i = 0; i < ROUNDS && test_good(test); i++) {
		expect_lock(self, team->key, CREDENCE_SUCCESS);
		if (!test_good(test))
			break;
		if (atomic_fetch_add(inside, 1) != 0)
			test_fail(test, "one holder of the lock at a time", "two");
		(void)add_one(self, team->key);
		(void)atomic_fetch_sub(inside, 1);
		expect_unlock(self, team->key);
	}
	self_close(self);
}

static void for_one_at_a_time(struct test *test, bool processes)
{
	const char *key = test_key(test, "counter");
	struct team team;
	struct self *self;
	uint64_t count;

	team_start(&team, test, MEMBERS, processes, count_inside, key);
	team_join(&team);
	self = self_open(test);
	count = revision_of(self, key);
	if (test_good(test) && count != (uint64_t)MEMBERS * ROUNDS)
		test_fail(test, "revision 60 after 60 saves under the lock", "revision %llu",
			  (unsigned long long)count);
}

static void among_threads(struct test *test)
{
	for_one_at_a_time(test, false);
}

static void among_processes(struct test *test)
{
	for_one_at_a_time(test, true);
}

static void hold(struct team *team, unsigned index)
{
	struct test *test = team->test;
	struct self *self = elsewhere(test);

	(void)index;
	expect_lock(self, team->key, CREDENCE_SUCCESS);
	atomic_store(&test->suite->board->step[HOLDING], 1);
	test_await(test, MAY_LEAVE, 1);
	clock_sleep(300);
	expect_unlock(self, team->key);
}

/* Whoever waits gets it when it is free, long before its time is over. */
static void is_handed_on(struct test *test)
{
	const char *key = test_key(test, "locked");
	struct team team;
	struct self *self;

	team_start(&team, test, 1, false, hold, key);
	test_await(test, HOLDING, 1);
	self = elsewhere(test);
	expect_busy(self, key);
	atomic_store(&test->suite->board->step[MAY_LEAVE], 1);
	expect_lock(self, key, CREDENCE_SUCCESS);
	expect_unlock(self, key);
	team_join(&team);
}

static void ends_with_its_process(struct test *test)
{
	const char *key = test_key(test, "locked");
	struct team team;
	struct self *self;

	team_start(&team, test, 1, true, hold, key);
	test_await(test, HOLDING, 1);
	self = elsewhere(test);
	expect_busy(self, key);
	team_kill(&team, 0);
	self->time = LEASE;
	expect_lock(self, key, CREDENCE_SUCCESS);
	self->time = METHOD_TIME;
	expect_save(self, key, &one, 0, 1, CREDENCE_SUCCESS);
	expect_unlock(self, key);
	team_join(&team);
}

#define LOCK(name_, run_, needs_)                                                                  \
	{                                                                                          \
		.name = name_, .run = run_, .needs = CREDENCE_STORE_LOCK | (needs_)                \
	}

const struct test_case cases_locks[] = {
    LOCK("a lock's holder loads, saves and erases", works_under_its_own, 0),
    LOCK("a lock keeps others out, and tells them in their time", excludes, 0),
    LOCK("a lock is of one key", of_each_key, 0),
    LOCK("a self holds the locks of a credential and a ledger", two_in_one_self, 0),
    LOCK("a lock is taken again and again", again_and_again, 0),
    LOCK("a lock ends when its self is closed", ends_with_its_self, 0),
    LOCK("a lock that was given up is free", given_up, 0),
    LOCK("a lock is not in the list, nor is it a record", is_not_listed, 0),
    LOCK("a lock keeps no reader out", is_no_matter_of_loads, 0),
    LOCK("a lock goes to who waits for it", is_handed_on, 0),
    LOCK("a lock is for one at a time among threads", among_threads, 0),
    LOCK("a lock is for one at a time among processes", among_processes, NEEDS_PROCESSES),
    LOCK("a lock ends with its process by kill -9", ends_with_its_process, NEEDS_PROCESSES),
    {.name = NULL},
};
