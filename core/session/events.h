/* SPDX-License-Identifier: MIT */
/*
 * Telling the hooks what happened, after everything is saved and unlocked: at most once, 5 s a
 * hook.
 */
#ifndef CREDENCE_SESSION_EVENTS_H
#define CREDENCE_SESSION_EVENTS_H

#include "core/session/session.h"

/* Runs the hook stack for session->event, if there is one, with the call's error (if any) as
 * attributes. An error that was there stays. A required hook that fails makes a success an ERROR
 * (status 9). Answers what the call comes to now: rc, or the hook's failure. */
credence_rc session_tell(struct session *, credence_rc rc);

#endif
