/* SPDX-License-Identifier: MIT */
/*
 * Waiting for the browser (RFC 8252 sections 7.3 and 8.3): a small HTTP server on a loopback
 * address, there only until the answer came. It has no thread of its own: it is served while it is
 * waited for.
 */
#ifndef CREDENCE_SERVER_BASED_LISTENER_H
#define CREDENCE_SERVER_BASED_LISTENER_H

#include "answer.h"
#include "pages.h"
#include "redirect.h"

#include <credence/module.h>

struct listener;

/* Listens on the redirect's address; decides its port if that is open. state and what redirect
 * points to must outlive it. SUCCESS; UNAVAIL: the port is taken or there is no such address;
 * ERROR. */
credence_rc listener_open(const struct credence_host *, struct credence_call *, struct redirect *,
			  const char *state, struct listener **);

/* Serves until an answer to this login came, or that moment (ms since 1970). The browser that
 * brought it is kept waiting, and nobody else can connect from then on. SUCCESS: *answer is filled;
 * UNAVAIL: nobody answered in time; CANCELLED. */
credence_rc listener_wait(struct listener *, int64_t until, struct answer *);

/* Shows the browser that waits how it ended. */
void listener_tell(struct listener *, enum page);

void listener_close(struct listener *); /* accepts NULL */

#endif
