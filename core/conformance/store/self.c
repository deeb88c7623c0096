/* SPDX-License-Identifier: MIT */
/* A self of the tested store, and its methods; see self.h. */
#include "core/conformance/store/self.h"

#include "core/module/context.h"
#include "core/os/clock.h"
#include "core/token/token.h"

#include <stdlib.h>
#include <string.h>

/* -- Opening -- */

static credence_rc open_session(struct self *self)
{
	const struct suite *suite = self->test->suite;
	const struct conformance_subject *subject = suite->subject;
	struct profile *profile = NULL;
	credence_rc rc;

	if (subject->profile != NULL)
		return session_open(&self->call, subject->profile, false, &self->session);
	rc = profile_parse(&self->call, &suite->context->places, &suite->context->main,
			   "conformance", subject->text, strlen(subject->text), &profile);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	profile->state_dir = suite->folder;
	session_init(&self->call, profile, &self->session);
	return CREDENCE_SUCCESS;
}

/* The first entry that is the module; all others of the stack are left alone. */
static credence_rc find_entry(struct self *self)
{
	const char *use = self->test->suite->subject->use;
	struct stack *stack = NULL;
	credence_rc rc = session_stack(&self->session, CREDENCE_ROLE_STORE, &stack);

	for (unsigned i = 0; rc == CREDENCE_SUCCESS && i < stack->count; i++)
		if (strcmp(stack->entry[i].conf->use, use) == 0) {
			self->entry = &stack->entry[i];
			return entry_load(&self->call, self->entry);
		}
	return rc == CREDENCE_SUCCESS
		   ? call_fail(&self->call, CREDENCE_CONFIG, "profile %s has no store %s",
			       self->session.profile->name, use)
		   : rc;
}

struct self *self_open(struct test *test)
{
	struct self *self = calloc(1, sizeof(*self));
	credence_rc rc;

	if (self == NULL)
		abort(); /* the case fails */
	self->test = test;
	self->lock = LOCK_INIT;
	self->time = METHOD_TIME;
	call_init(&self->call, test->suite->context, &test->suite->listener, test->suite->flags,
		  METHOD_TIME);
	rc = open_session(self);
	if (rc == CREDENCE_SUCCESS)
		rc = find_entry(self);
	if (rc != CREDENCE_SUCCESS) {
		test_fail(test, "the store's entry to be usable", "%s",
			  self->call.failure.message != NULL ? self->call.failure.message
							     : rc_name(rc));
		self->entry = NULL;
	}
	pthread_mutex_lock(&test->mutex);
	self->next = test->selves;
	test->selves = self;
	pthread_mutex_unlock(&test->mutex);
	return self;
}

static void forget(struct self *self)
{
	struct test *test = self->test;
	struct self **at = &test->selves;

	pthread_mutex_lock(&test->mutex);
	while (*at != self)
		at = &(*at)->next;
	*at = self->next;
	pthread_mutex_unlock(&test->mutex);
}

void self_close(struct self *self)
{
	forget(self);
	self_let_go(self);
	session_done(&self->session);
	call_done(&self->call);
	free(self);
}

void selves_close(struct test *test)
{
	while (test->selves != NULL)
		self_close(test->selves);
}

/* -- Methods -- */

/* Each has its time. */
static bool begin(struct self *self)
{
	if (self->entry == NULL)
		return false;
	call_clear(&self->call);
	self->call.deadline = clock_boot() + self->time;
	session_use(&self->session);
	return true;
}

static credence_rc lock_key(struct self *self, const char *key, struct lock *lock)
{
	if (self->elsewhere || self->lock.fd >= 0)
		return CREDENCE_SUCCESS;
	return lock_wait(&self->call, lock, self->session.profile->state_dir, key, NULL, NULL);
}

credence_rc self_load(struct self *self, const char *key, struct buf *bytes)
{
	struct frame frame;
	credence_rc rc;

	if (!begin(self))
		return CREDENCE_ERROR;
	frame_init(&frame);
	rc = entry_store_load(&self->call, self->entry, &frame, key);
	if (rc == CREDENCE_SUCCESS)
		buf_add(bytes, buf_text(&frame.bytes), frame.bytes.length);
	frame_done(&frame);
	return rc;
}

credence_rc self_save(struct self *self, const char *key, const struct credence_item *item)
{
	struct lock lock = LOCK_INIT;
	struct frame frame;
	credence_rc rc;

	if (!begin(self))
		return CREDENCE_ERROR;
	frame_init(&frame);
	rc = lock_key(self, key, &lock);
	if (rc == CREDENCE_SUCCESS)
		rc = entry_store_save(&self->call, self->entry, &frame, key, item);
	lock_release(&lock);
	frame_done(&frame);
	return rc;
}

/* What takes nothing but a key. */
typedef credence_rc key_method(struct credence_call *, struct entry *, struct frame *,
			       const char *key);

static credence_rc call_method(struct self *self, key_method *method, const char *key)
{
	struct frame frame;
	credence_rc rc;

	frame_init(&frame);
	rc = method(&self->call, self->entry, &frame, key);
	frame_done(&frame);
	return rc;
}

credence_rc self_erase(struct self *self, const char *key)
{
	struct lock lock = LOCK_INIT;
	credence_rc rc;

	if (!begin(self))
		return CREDENCE_ERROR;
	rc = lock_key(self, key, &lock);
	if (rc == CREDENCE_SUCCESS)
		rc = call_method(self, entry_store_erase, key);
	lock_release(&lock);
	return rc;
}

credence_rc self_list(struct self *self, struct frame *frame)
{
	return begin(self) ? entry_store_list(&self->call, self->entry, frame) : CREDENCE_ERROR;
}

credence_rc self_lock(struct self *self, const char *key)
{
	return begin(self) ? call_method(self, entry_store_lock, key) : CREDENCE_ERROR;
}

credence_rc self_unlock(struct self *self, const char *key)
{
	return begin(self) ? call_method(self, entry_store_unlock, key) : CREDENCE_ERROR;
}

credence_rc self_hold(struct self *self, const char *key)
{
	return begin(self) ? lock_key(self, key, &self->lock) : CREDENCE_ERROR;
}

void self_let_go(struct self *self)
{
	lock_release(&self->lock);
}
