/* SPDX-License-Identifier: MIT */
/*
 * Profiles that share a credential: one consent must do for all of them, so they have to agree on
 * whose it is, and a login asks for the scopes of all.
 */
#ifndef CREDENCE_RENEW_SHARING_H
#define CREDENCE_RENEW_SHARING_H

#include "core/session/session.h"

/* Provider, client, owner and stores are the same. CONFIG: the message names the member. */
credence_rc sharing_agree(struct credence_call *, const struct profile *,
			  const struct profile *other);

/* Adds the scopes of all profiles of the session's credential. CONFIG: they do not agree. One that
 * can't be read is left out, with a warning. */
credence_rc sharing_scope(struct session *, struct buf *scope);

/* The name of a profile that has the credential, for a hint; without one the credential's own,
 * which a profile would have that is made for it. */
void sharing_profile(struct session *, const char *credential, struct buf *name);

#endif
