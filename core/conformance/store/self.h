/* SPDX-License-Identifier: MIT */
/*
 * One self of the store that is tested, asked as the core asks: through core/stack, with a deadline
 * for each method, and with the host's lock of the key held over every save and erase. Above that
 * what cases are written with: what is done, and what must come of it.
 */
#ifndef CREDENCE_CONFORMANCE_STORE_SELF_H
#define CREDENCE_CONFORMANCE_STORE_SELF_H

#include "core/conformance/suite.h"
#include "core/session/session.h"

#define METHOD_TIME CONTEXT_TIMEOUT

struct self {
	struct self *next;
	struct test *test;
	struct credence_call call;
	struct session session;
	struct entry *entry; /* NULL: it could not be made, and the case has failed */
	struct lock lock;    /* of the host, over several methods */
	bool elsewhere;      /* as on another host: saves and erases without this host's lock */
	int64_t time;        /* ms that a method has; METHOD_TIME */
};

/* Opens no self of the module yet: the first method does. */
struct self *self_open(struct test *);
void self_close(struct self *);
/* All that this process has open. */
void selves_close(struct test *);

/* -- The methods, as they answer. The message is the call's. -- */

credence_rc self_load(struct self *, const char *key, struct buf *bytes);
credence_rc self_save(struct self *, const char *key, const struct credence_item *);
credence_rc self_erase(struct self *, const char *key);
credence_rc self_list(struct self *, struct frame *);
credence_rc self_lock(struct self *, const char *key);
credence_rc self_unlock(struct self *, const char *key);
/* This host's lock, over several methods that then don't take it. */
credence_rc self_hold(struct self *, const char *key);
void self_let_go(struct self *);

/* -- What is kept -- */

/* Noise that depends on seed; or text, again and again. */
struct content {
	size_t size;
	unsigned seed;
	const char *text; /* NULL: noise */
	size_t text_length;
};
/* The content in an envelope, as the core hands it to a store. */
void content_wrap(const struct content *, uint64_t revision, struct buf *bytes);
/* Noise that is total bytes long in its envelope, or as near as can be. */
struct content content_of_total(size_t total, unsigned seed);

/* -- What must come of it. Each does nothing if the case has failed already. -- */

/* The save answers so. */
void expect_save(struct self *, const char *key, const struct content *, uint64_t expected,
		 uint64_t revision, credence_rc answer);
/* What was saved is loaded, to the byte. */
void expect_record(struct self *, const char *key, const struct content *, uint64_t revision);
/* The load answers MISS. */
void expect_none(struct self *, const char *key);
void expect_erase(struct self *, const char *key, credence_rc answer);
/* Of this case's keys the list has these and no other, each once. */
void expect_names(struct self *, const char *const *keys, size_t count);
/* It has no other, whichever of these it has. That it answers at all is for cases about lists. */
void expect_no_name_but(struct self *, const char *const *keys, size_t count);
void expect_lock(struct self *, const char *key, credence_rc answer);
void expect_unlock(struct self *, const char *key);
/* rc is the answer to what was done with the key. */
void expect_answer(struct self *, const char *what, const char *key, credence_rc rc,
		   credence_rc answer);
/* "unavail (the server is away)", for what was found. */
void describe_answer(const struct self *, credence_rc rc, struct buf *text);

/* A save with the revision that is there, and the next; a conflict is tried again, as by those who
 * have no lock. Answers the revision that it saved; 0: the case has failed. */
uint64_t add_one(struct self *, const char *key);
/* The revision of what is there; 0: nothing is. */
uint64_t revision_of(struct self *, const char *key);

#endif
