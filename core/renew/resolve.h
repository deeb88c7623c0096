/* SPDX-License-Identifier: MIT */
/*
 * Where a credential is at home: what is known before a request (from the record, else the
 * profile), the resolver's walk from there to endpoints, and learning from what the server said.
 */
#ifndef CREDENCE_RENEW_RESOLVE_H
#define CREDENCE_RENEW_RESOLVE_H

#include "core/session/session.h"

/* Fills session->work.known from the record and the profile, and runs the resolver's walk. Loads
 * the provider's data. UNSAFE: what the record has is not in the provider's table. */
credence_rc resolve(struct session *);
/* The same for a call that will act: before anything is asked, every file that it acts on is looked
 * at, up to /: configuration, provider's data, certificates. */
credence_rc resolve_to_act(struct session *);
/* As resolve, for another location, whatever the record says. */
credence_rc resolve_at(struct session *, const char *location);
/* Runs the learn walk over answer.* of session->work.known, then resolves anew if something was
 * learned. source: from which answer, for people. UNSAFE: the server named a place that is not in
 * the table. */
credence_rc resolve_learn(struct session *, const char *source);

#endif
