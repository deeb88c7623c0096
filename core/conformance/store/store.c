/* SPDX-License-Identifier: MIT */
/* The suite of stores: its groups, what of it applies to a store, and what happens before and
 * behind the cases. */
#include "core/conformance/store/groups.h"
#include "core/conformance/store/self.h"

#include <stdio.h>
#include <string.h>

static const struct test_case *const groups[] = {
    cases_values, cases_names, cases_revisions,   cases_lists, cases_selves,  cases_deadlines,
    cases_expiry, cases_locks, cases_concurrency, cases_crash, cases_hygiene, NULL,
};

static const char *skip(const struct board *board, uint32_t needs)
{
	static const struct {
		uint32_t flag;
		const char *reason;
	} lacks[] = {
	    {CREDENCE_STORE_LOCK, "store does not declare LOCK"},
	    {CREDENCE_STORE_EXPIRY, "store does not declare EXPIRY"},
	    {CREDENCE_STORE_SHARED, "store does not declare SHARED"},
	    {CREDENCE_STORE_CAS, "store does not declare CAS"},
	};

	for (size_t i = 0; i < sizeof(lacks) / sizeof(lacks[0]); i++)
		if ((needs & ~board->declared & lacks[i].flag) != 0)
			return lacks[i].reason;
	/* Who outlives a process, or a host, must be seen by another; else who is seen, counts. */
	if ((needs & NEEDS_PROCESSES) != 0 && !board->between_processes &&
	    (board->declared & (CREDENCE_STORE_DURABLE | CREDENCE_STORE_SHARED)) == 0)
		return "store declares neither DURABLE nor SHARED, and each process has its own";
	return NULL;
}

/* -- Before the cases -- */

static void note(char text[static BOARD_TEXT], const char *from)
{
	(void)snprintf(text, BOARD_TEXT, "%s", from != NULL ? from : "");
}

/* What the module answered is no matter of a case: it is not to be had, or not for this user. */
static bool is_closed(struct self *self, credence_rc rc)
{
	const struct failure *failure = &self->call.failure;
	struct board_error *error = &self->test->suite->board->error;

	if (rc != CREDENCE_UNAVAIL && rc != CREDENCE_DENIED && rc != CREDENCE_CONFIG &&
	    rc != CREDENCE_UNSAFE && rc != CREDENCE_CANCELLED && self->entry != NULL)
		return false;
	error->status = call_status(&self->call, CREDENCE_ROLE_STORE);
	note(error->message, failure->message != NULL ? failure->message : rc_name(rc));
	note(error->code, failure->code);
	note(error->hint, failure->hint);
	error->rc = rc;
	return true;
}

static void look(struct test *test)
{
	const struct content content = {.size = 10};
	uint32_t *declared = &test->suite->board->declared;
	struct self *self = self_open(test);
	struct credence_item item = {.size = sizeof(item), .revision = 1};
	struct buf bytes = BUF_INIT;
	struct frame frame;

	frame_init(&frame);
	content_wrap(&content, 1, &bytes);
	item.bytes = bytes.data;
	item.length = bytes.length;
	if (self->entry == NULL)
		(void)is_closed(self, self->call.failure.rc);
	else if (!is_closed(self, entry_store_traits(&self->call, self->entry, declared)) &&
		 !is_closed(self, self_list(self, &frame)))
		(void)is_closed(self, self_save(self, test_key(test, ""), &item));
	frame_done(&frame);
	buf_done(&bytes);
	selves_close(test);
}

static void second_look(struct test *test)
{
	struct self *self = self_open(test);
	struct buf bytes = BUF_INIT;

	test->suite->board->between_processes =
	    self_load(self, test_key(test, ""), &bytes) == CREDENCE_SUCCESS;
	buf_done(&bytes);
	selves_close(test);
}

/* -- Behind them -- */

/* What the list has of this run, besides what is known. */
static void add_listed(struct test *test, struct self *self)
{
	const char *prefix = test->suite->prefix;
	struct board *board = test->suite->board;
	struct frame frame;

	frame_init(&frame);
	if (self_list(self, &frame) == CREDENCE_SUCCESS)
		for (size_t i = 0; i < frame.name_count && board->key_count < BOARD_KEYS; i++)
			if (strncmp(frame.names[i], prefix, strlen(prefix)) == 0)
				(void)snprintf(board->key[board->key_count++], KEY_SIZE, "%s",
					       frame.names[i]);
	frame_done(&frame);
}

/* It is gone when it can't be loaded, whatever the erase says. */
static bool remove_key(struct self *self, const char *key)
{
	struct buf bytes = BUF_INIT;
	credence_rc rc = self_erase(self, key);

	if (rc == CREDENCE_SUCCESS || rc == CREDENCE_MISS)
		rc = self_load(self, key, &bytes);
	buf_done(&bytes);
	return rc == CREDENCE_MISS;
}

static void clean(struct test *test)
{
	struct board *board = test->suite->board;
	struct self *self = self_open(test);
	unsigned left = 0, count;

	if (self->entry != NULL)
		add_listed(test, self);
	count = board->key_count;
	for (unsigned i = 0; self->entry != NULL && i < count; i++)
		if (!remove_key(self, board->key[i]))
			memmove(board->key[left++], board->key[i], KEY_SIZE);
	if (self->entry != NULL)
		board->key_count = left;
	selves_close(test);
}

const struct suite_of_role suite_of_stores = {
    .role = CREDENCE_ROLE_STORE,
    .groups = groups,
    .skip = skip,
    .look = look,
    .second_look = second_look,
    .clean = clean,
    .close = selves_close,
};
