/* SPDX-License-Identifier: MIT */
/* A case's verdict, its keys, and how its processes wait for each other; see suite.h. */
#include "core/conformance/suite.h"

#include "core/os/clock.h"
#include "core/os/process.h"
#include "core/os/text.h"

#include <stdio.h>
#include <string.h>

bool test_good(const struct test *test)
{
	return !atomic_load(&test->suite->board->failed);
}

static void put(char text[static BOARD_TEXT], const char *from)
{
	(void)snprintf(text, BOARD_TEXT, "%s", from);
}

void test_fail(struct test *test, const char *expected, const char *format, ...)
{
	struct board *board = test->suite->board;
	struct buf found = BUF_INIT, shown = BUF_INIT;
	va_list args;

	if (atomic_exchange(&board->failed, true))
		return;
	va_start(args, format);
	buf_vprintf(&found, format, args);
	va_end(args);
	text_printable(&shown, buf_text(&found), BOARD_TEXT - 8);
	put(board->expected, expected);
	put(board->found, buf_text(&shown));
	buf_done(&found);
	buf_done(&shown);
}

/* -- Keys -- */

static const char *remember(struct test *test, const char *key)
{
	struct board *board = test->suite->board;
	const char *kept = NULL;

	pthread_mutex_lock(&test->mutex);
	for (unsigned i = 0; kept == NULL && i < board->key_count; i++)
		if (strcmp(board->key[i], key) == 0)
			kept = board->key[i];
	if (kept == NULL && board->key_count < BOARD_KEYS) {
		(void)snprintf(board->key[board->key_count], KEY_SIZE, "%s", key);
		kept = board->key[board->key_count++];
	}
	pthread_mutex_unlock(&test->mutex);
	if (kept == NULL)
		test_fail(test, "few keys in one case", "more than %d", BOARD_KEYS);
	return kept != NULL ? kept : board->key[0];
}

void test_prefix(const struct test *test, char prefix[static KEY_SIZE])
{
	(void)snprintf(prefix, KEY_SIZE, "%s%u", test->suite->prefix, test->number);
}

const char *test_key(struct test *test, const char *tail)
{
	char prefix[KEY_SIZE], key[2 * KEY_SIZE];

	test_prefix(test, prefix);
	(void)snprintf(key, sizeof(key), "%s%s%s", prefix, tail[0] != '\0' ? "-" : "", tail);
	return remember(test, key);
}

const char *test_ledger_key(struct test *test, unsigned index)
{
	const char *run = test->suite->prefix + strlen("conformance-");
	char key[KEY_SIZE];

	(void)snprintf(key, sizeof(key), "+%.8s%.8s%08x%08x", run, run, test->number, index);
	return remember(test, key);
}

/* -- Waiting, chance -- */

void test_await(struct test *test, unsigned step, uint64_t value)
{
	while (test_good(test) && process_signal() == 0 &&
	       atomic_load(&test->suite->board->step[step]) < value)
		clock_sleep(1);
}

int64_t test_chance(int64_t ms)
{
	uint32_t random = 0;

	(void)process_random(&random, sizeof(random));
	return random % (ms + 1);
}
