/* SPDX-License-Identifier: MIT */
/*
 * A stack: the entries of one role that a profile lists, with their modules and selves. Modules are
 * loaded and selves opened when an entry is first asked, so a walk that ends early never touches
 * the rest. How answers combine is in walk.h.
 */
#ifndef CREDENCE_STACK_STACK_H
#define CREDENCE_STACK_STACK_H

#include "core/config/profile.h"
#include "core/module/loader.h"

struct entry {
	const struct entry_conf *conf;
	uint32_t role;
	const struct module *module; /* NULL until it was asked */
	struct credence_self *self;
	bool opened;
	struct stack *seals; /* of a store's entry; NULL until it was asked */
	bool tells_time;     /* a store's entry: its last load said what its clock says */
	int64_t ahead;       /* ms: that clock, less this host's; 0 if they may be the same */
	uint32_t traits;     /* of a store, once known; see entry_store_traits */
	bool has_traits;
};

struct stack {
	uint32_t role;
	struct stack_conf conf;
	struct entry *entry;
	unsigned count;
};

credence_rc stack_init(struct credence_call *, struct stack *, const struct profile *,
		       uint32_t role);
/* Closes the selves. */
void stack_done(struct credence_call *, struct stack *);
/* The seals of a store's entry, newest first, perhaps none; they end with its stack. */
credence_rc entry_seals(struct credence_call *, struct entry *, const struct profile *,
			struct stack **seals);

/* Loads the entry's module and checks its options; opens no self. */
credence_rc entry_load(struct credence_call *, struct entry *);

/* -- Running methods. call->work is set (core/module/host.h). -- */

/* Loads the entry and opens its self, if it has none yet: what the module says of its options. */
credence_rc entry_open(struct credence_call *, struct entry *);

/* Each loads and opens the entry if need be, runs the method in a frame of its own, and makes an
 * ERROR (logged) of an answer that is none of ABI 1 and of a success without its result: a token of
 * acquire and renew, bytes of load, seal, unseal and sign, an algorithm of identify, a status of
 * perform. It gives a failure without a message one ("store file answered error to load"), and
 * prefixes nothing. Results are in the frame that the caller gives, which is empty again unless the
 * answer is SUCCESS; frame_done frees it. Whether a grant has renew and revoke at all is for the
 * caller to look at, after entry_load. */
struct frame;
credence_rc entry_acquire(struct credence_call *, struct entry *, struct frame *);
credence_rc entry_renew(struct credence_call *, struct entry *, struct frame *);
credence_rc entry_revoke(struct credence_call *, struct entry *, struct frame *);
/* SUCCESS: acquire needs no person, by flag or by its own word; MISS: it may; else a failure. */
credence_rc entry_unattended(struct credence_call *, struct entry *);
credence_rc entry_resolve(struct credence_call *, struct entry *, struct frame *);
credence_rc entry_learn(struct credence_call *, struct entry *,
			struct frame *); /* MISS without it */
/* What the store promises (CREDENCE_STORE_…), by its table or by its own word. */
credence_rc entry_store_traits(struct credence_call *, struct entry *, uint32_t *traits);
credence_rc entry_store_load(struct credence_call *, struct entry *, struct frame *,
			     const char *key);
credence_rc entry_store_save(struct credence_call *, struct entry *, struct frame *,
			     const char *key, const struct credence_item *);
credence_rc entry_store_erase(struct credence_call *, struct entry *, struct frame *,
			      const char *key);
credence_rc entry_store_lock(struct credence_call *, struct entry *, struct frame *,
			     const char *key);
credence_rc entry_store_unlock(struct credence_call *, struct entry *, struct frame *,
			       const char *key);
credence_rc entry_store_list(struct credence_call *, struct entry *, struct frame *);
credence_rc entry_seal(struct credence_call *, struct entry *, struct frame *,
		       const struct credence_sealing *);
credence_rc entry_unseal(struct credence_call *, struct entry *, struct frame *,
			 const struct credence_sealing *);
credence_rc entry_perform(struct credence_call *, struct entry *, struct frame *,
			  const struct credence_request *);
credence_rc entry_identify(struct credence_call *, struct entry *, struct frame *);
credence_rc entry_sign(struct credence_call *, struct entry *, struct frame *, const void *bytes,
		       size_t length);
credence_rc entry_event(struct credence_call *, struct entry *, struct frame *, const char *event);

#endif
