/* SPDX-License-Identifier: MIT */
/*
 * The lock of a session's credential: the host's, always, and then that of the store that decides,
 * if hosts share it. Between hosts it is only a lease; the fence is the intent in the record.
 */
#ifndef CREDENCE_SESSION_CREDENTIAL_LOCK_H
#define CREDENCE_SESSION_CREDENTIAL_LOCK_H

#include "core/session/session.h"

/* Waits for it until the call's deadline. between (may be NULL) as in lock_wait, while a process of
 * this host has it. SUCCESS; MISS: between answered true; UNAVAIL, CANCELLED, or the store's
 * answer. */
credence_rc credential_lock(struct session *, bool (*between)(struct credence_call *, void *),
			    void *data);
/* Hardly waits. UNAVAIL: somebody has it, or the store can't be asked; no message is set. */
credence_rc credential_lock_try(struct session *);
/* The store's alone, for a session beside the one that holds the host's. */
credence_rc credential_lock_store(struct session *);
/* Gives back what is held. */
void credential_unlock(struct session *);

#endif
