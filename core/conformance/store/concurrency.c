/* SPDX-License-Identifier: MIT */
/* Several at once, as threads with a self each and as processes: nothing that was saved is lost,
 * and nobody reads half of two records. */
#include "core/conformance/store/groups.h"
#include "core/conformance/store/self.h"

#include "core/os/clock.h"
#include "core/record/envelope.h"

#include <stdio.h>
#include <string.h>

#define MEMBERS  4
#define ROUNDS   15
#define SWAPS    60
#define FINISHED 0 /* steps of the board */
#define READY    1
#define WINNERS  2
#define WINNER   3

static const struct content small = {.size = 200, .seed = 1}, large = {.size = 61000, .seed = 2};

/* -- Counting -- */

static void count_up(struct team *team, bool elsewhere)
{
	struct test *test = team->test;
	struct self *self = self_open(test);

	self->elsewhere = elsewhere;
	for (unsigned i = 0; i < ROUNDS && test_good(test); i++) {
		credence_rc rc = self_hold(self, team->key);

		if (rc != CREDENCE_SUCCESS)
			expect_answer(self, "this host's lock", team->key, rc, CREDENCE_SUCCESS);
		(void)add_one(self, team->key);
		self_let_go(self);
	}
	self_close(self);
}

static void count_here(struct team *team, unsigned index)
{
	(void)index;
	count_up(team, false);
}

static void count_elsewhere(struct team *team, unsigned index)
{
	(void)index;
	count_up(team, true);
}

static void counted(struct test *test, bool processes, void (*work)(struct team *, unsigned))
{
	const char *key = test_key(test, "counter");
	struct team team;
	struct self *self;
	uint64_t count;

	team_start(&team, test, MEMBERS, processes, work, key);
	team_join(&team);
	self = self_open(test);
	count = revision_of(self, key);
	if (test_good(test) && count != (uint64_t)MEMBERS * ROUNDS)
		test_fail(test, "revision 60 after 60 saves", "revision %llu",
			  (unsigned long long)count);
}

static void threads_count(struct test *test)
{
	counted(test, false, count_here);
}

static void processes_count(struct test *test)
{
	counted(test, true, count_here);
}

static void hosts_count(struct test *test)
{
	counted(test, true, count_elsewhere);
}

/* -- Reading while somebody writes -- */

static const struct content *content_at(uint64_t revision)
{
	return revision % 2 == 0 ? &large : &small;
}

/* Member 0 writes, the others read. */
static void write_all(struct self *self, const char *key)
{
	struct test *test = self->test;

	test_await(test, READY, MEMBERS - 1);
	for (uint64_t i = 1; i <= SWAPS && test_good(test); i++)
		expect_save(self, key, content_at(i + 1), i, i + 1, CREDENCE_SUCCESS);
	atomic_store(&test->suite->board->step[FINISHED], 1);
}

/* One load: whole, and not older than the one before. */
static uint64_t read_one(struct self *self, const char *key, uint64_t last)
{
	struct test *test = self->test;
	struct buf bytes = BUF_INIT, wanted = BUF_INIT;
	uint64_t revision = 0;

	expect_answer(self, "the load, while it is saved,", key, self_load(self, key, &bytes),
		      CREDENCE_SUCCESS);
	if (test_good(test)) {
		revision = envelope_revision(bytes.data, bytes.length);
		content_wrap(content_at(revision), revision != 0 ? revision : 1, &wanted);
		if (bytes.length != wanted.length ||
		    memcmp(buf_text(&bytes), buf_text(&wanted), bytes.length) != 0)
			test_fail(test, "the old record or the new one, whole",
				  "%zu bytes that begin as revision %llu and are not it",
				  bytes.length, (unsigned long long)revision);
		else if (revision < last)
			test_fail(test, "no older record than was read before",
				  "revision %llu after %llu", (unsigned long long)revision,
				  (unsigned long long)last);
	}
	buf_done(&bytes);
	buf_done(&wanted);
	return revision;
}

static void read_all(struct self *self, const char *key)
{
	struct test *test = self->test;
	struct board *board = test->suite->board;
	uint64_t last = read_one(self, key, 0);

	(void)atomic_fetch_add(&board->step[READY], 1);
	while (test_good(test) && atomic_load(&board->step[FINISHED]) == 0)
		last = read_one(self, key, last);
	(void)read_one(self, key, last);
}

static void write_or_read(struct team *team, unsigned index)
{
	struct self *self = self_open(team->test);

	if (index == 0)
		write_all(self, team->key);
	else
		read_all(self, team->key);
	self_close(self);
}

static void make_first(struct test *test, const char *key)
{
	struct self *self = self_open(test);

	expect_save(self, key, content_at(1), 0, 1, CREDENCE_SUCCESS);
	self_close(self);
}

static void make_first_apart(struct team *team, unsigned index)
{
	(void)index;
	make_first(team->test, team->key);
}

static void read_while_written(struct test *test, bool processes)
{
	const char *key = test_key(test, "record");
	struct team team;
	struct self *self;

	team_start(&team, test, 1, processes, make_first_apart, key);
	team_join(&team);
	team_start(&team, test, MEMBERS, processes, write_or_read, key);
	team_join(&team);
	self = self_open(test);
	expect_record(self, key, content_at(SWAPS + 1), SWAPS + 1);
}

static void threads_read(struct test *test)
{
	read_while_written(test, false);
}

static void processes_read(struct test *test)
{
	read_while_written(test, true);
}

/* -- Making the same, making others -- */

/* All want to be the first. */
static void make(struct team *team, unsigned index)
{
	struct test *test = team->test;
	const struct content content = {.size = 500, .seed = index};
	struct credence_item item = {.size = sizeof(item), .revision = 1};
	struct self *self = self_open(test);
	struct buf bytes = BUF_INIT;
	credence_rc rc;

	content_wrap(&content, 1, &bytes);
	item.bytes = bytes.data;
	item.length = bytes.length;
	rc = self_save(self, team->key, &item);
	if (rc == CREDENCE_SUCCESS) {
		(void)atomic_fetch_add(&test->suite->board->step[WINNERS], 1);
		atomic_store(&test->suite->board->step[WINNER], index);
	} else {
		expect_answer(self, "the save of who comes later", team->key, rc,
			      CREDENCE_CONFLICT);
	}
	buf_done(&bytes);
	self_close(self);
}

static void only_one_makes_it(struct test *test, bool processes)
{
	const char *key = test_key(test, "first");
	struct content content = {.size = 500};
	struct team team;
	struct self *self;
	uint64_t winners;

	team_start(&team, test, MEMBERS, processes, make, key);
	team_join(&team);
	winners = atomic_load(&test->suite->board->step[WINNERS]);
	if (winners != 1)
		test_fail(test, "one of four to make the record", "%llu did",
			  (unsigned long long)winners);
	content.seed = (unsigned)atomic_load(&test->suite->board->step[WINNER]);
	self = self_open(test);
	expect_record(self, key, &content, 1);
}

static void one_thread_makes(struct test *test)
{
	only_one_makes_it(test, false);
}

static void one_process_makes(struct test *test)
{
	only_one_makes_it(test, true);
}

static const char *key_of(struct test *test, unsigned index)
{
	const char tail[] = {'m', (char)('0' + index), '\0'};

	return test_key(test, tail);
}

static struct content content_of(unsigned index)
{
	return (struct content){.size = (size_t)3000 * index, .seed = index};
}

static void keep_own(struct team *team, unsigned index)
{
	const struct content content = content_of(index);
	const char *key = key_of(team->test, index);
	struct self *self = self_open(team->test);

	for (uint64_t i = 0; i < ROUNDS; i++) {
		expect_save(self, key, &content, i, i + 1, CREDENCE_SUCCESS);
		expect_record(self, key, &content, i + 1);
	}
	self_close(self);
}

static void keys_of_their_own(struct test *test, bool processes)
{
	const char *key[MEMBERS];
	struct team team;
	struct self *self;

	for (unsigned i = 0; i < MEMBERS; i++)
		key[i] = key_of(test, i);
	team_start(&team, test, MEMBERS, processes, keep_own, NULL);
	team_join(&team);
	self = self_open(test);
	for (unsigned i = 0; i < MEMBERS; i++) {
		const struct content content = content_of(i);

		expect_record(self, key[i], &content, ROUNDS);
	}
}

static void threads_keep(struct test *test)
{
	keys_of_their_own(test, false);
}

static void processes_keep(struct test *test)
{
	keys_of_their_own(test, true);
}

/* -- Listing while somebody writes -- */

/* Member 0 makes and erases one key, the others list; the key that stays is always there. */
static void come_and_go(struct team *team, unsigned index)
{
	struct test *test = team->test;
	struct board *board = test->suite->board;
	const char *comes = test_key(test, "comes");
	struct self *self = self_open(test);
	unsigned i;

	for (i = 0; index == 0 && i < ROUNDS; i++) {
		expect_save(self, comes, i % 2 == 0 ? &small : &large, 0, 1, CREDENCE_SUCCESS);
		expect_erase(self, comes, CREDENCE_SUCCESS);
	}
	if (index == 0)
		atomic_store(&board->step[FINISHED], 1);
	while (test_good(test) && atomic_load(&board->step[FINISHED]) == 0) {
		bool found = false;
		struct frame frame;
		credence_rc rc;

		frame_init(&frame);
		rc = self_list(self, &frame);
		expect_answer(self, "the list, while others save,", "its keys", rc,
			      CREDENCE_SUCCESS);
		for (size_t n = 0; n < frame.name_count; n++)
			found = found || strcmp(frame.names[n], team->key) == 0;
		if (rc == CREDENCE_SUCCESS && !found)
			test_fail(test, "the list to have what is there all the time",
				  "%s is missing", team->key);
		frame_done(&frame);
	}
	self_close(self);
}

static void list_while_written(struct test *test)
{
	const char *stays = test_key(test, "stays");
	struct team team;
	struct self *self;

	(void)test_key(test, "comes");
	make_first(test, stays);
	team_start(&team, test, 3, false, come_and_go, stays);
	team_join(&team);
	self = self_open(test);
	expect_no_name_but(self, &stays, 1);
}

/* -- Between processes -- */

static void save_apart(struct team *team, unsigned index)
{
	struct self *self = self_open(team->test);

	(void)index;
	expect_save(self, team->key, &large, 0, 1, CREDENCE_SUCCESS);
	self_close(self);
}

static void replace_apart(struct team *team, unsigned index)
{
	struct self *self = self_open(team->test);

	(void)index;
	expect_record(self, team->key, &large, 1);
	expect_save(self, team->key, &small, 1, 2, CREDENCE_SUCCESS);
	self_close(self);
}

static void erase_apart(struct team *team, unsigned index)
{
	struct self *self = self_open(team->test);

	(void)index;
	expect_record(self, team->key, &small, 2);
	expect_erase(self, team->key, CREDENCE_SUCCESS);
	self_close(self);
}

static void seen_by_others(struct test *test)
{
	static void (*const works[])(struct team *, unsigned) = {save_apart, replace_apart,
								 erase_apart};
	const char *key = test_key(test, "seen");
	struct team team;
	struct self *self;

	for (unsigned i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
		team_start(&team, test, 1, true, works[i], key);
		team_join(&team);
	}
	self = self_open(test);
	expect_none(self, key);
	expect_no_name_but(self, NULL, 0);
}

static void listed_by_others(struct test *test)
{
	const char *key = test_key(test, "seen");
	struct team team;

	team_start(&team, test, 1, true, save_apart, key);
	team_join(&team);
	expect_names(self_open(test), &key, 1);
}

/* -- A program that forks -- */

static void work_in_a_child(struct team *team, unsigned index)
{
	struct self *self = self_open(team->test);

	(void)index;
	expect_none(self, team->key);
	expect_save(self, team->key, &small, 0, 1, CREDENCE_SUCCESS);
	expect_save(self, team->key, &large, 1, 2, CREDENCE_SUCCESS);
	expect_record(self, team->key, &large, 2);
	expect_erase(self, team->key, CREDENCE_SUCCESS);
	self_close(self);
}

/* The child opens a self of its own, whatever its parent did before, and has open now. */
static void used_before_a_fork(struct test *test)
{
	const char *before = test_key(test, "before"), *child = test_key(test, "child");
	struct self *self = self_open(test);
	struct team team;

	expect_save(self, before, &small, 0, 1, CREDENCE_SUCCESS);
	self_close(self);
	team_start(&team, test, 1, true, work_in_a_child, child);
	team_join(&team);
	expect_record(self_open(test), before, &small, 1);
}

static void open_over_a_fork(struct test *test)
{
	const char *before = test_key(test, "before"), *child = test_key(test, "child");
	struct self *self = self_open(test);
	struct team team;

	expect_save(self, before, &small, 0, 1, CREDENCE_SUCCESS);
	team_start(&team, test, 1, true, work_in_a_child, child);
	team_join(&team);
	expect_record(self, before, &small, 1);
	expect_save(self, before, &large, 1, 2, CREDENCE_SUCCESS);
	expect_record(self, before, &large, 2);
}

const struct test_case cases_concurrency[] = {
    {.name = "four threads save: nothing is lost", .run = threads_count},
    {.name = "one of four threads makes a record", .run = one_thread_makes},
    {.name = "threads keep records of their own", .run = threads_keep},
    {.name = "threads read while one saves: never half of a record", .run = threads_read},
    {.name = "threads list while one saves and erases", .run = list_while_written},
    {.name = "works in the child of a process that has used it", .run = used_before_a_fork},
    {.name = "works on in a process whose child used it", .run = open_over_a_fork},
    {.name = "another process loads, replaces and erases",
     .run = seen_by_others,
     .needs = NEEDS_PROCESSES},
    {.name = "another process lists", .run = listed_by_others, .needs = NEEDS_PROCESSES},
    {.name = "four processes save: nothing is lost",
     .run = processes_count,
     .needs = NEEDS_PROCESSES},
    {.name = "four hosts save without a common lock: nothing is lost",
     .run = hosts_count,
     .needs = NEEDS_PROCESSES | CREDENCE_STORE_SHARED | CREDENCE_STORE_CAS},
    {.name = "one of four processes makes a record",
     .run = one_process_makes,
     .needs = NEEDS_PROCESSES},
    {.name = "processes keep records of their own",
     .run = processes_keep,
     .needs = NEEDS_PROCESSES},
    {.name = "processes read while one saves: never half of a record",
     .run = processes_read,
     .needs = NEEDS_PROCESSES},
    {.name = NULL},
};
