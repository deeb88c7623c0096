/* SPDX-License-Identifier: MIT */
/*
 * The emergency slot: a small file in memory (/run/credence, $XDG_RUNTIME_DIR/credence) where a
 * record goes that could not be saved after its refresh token was replaced at the server. It is
 * made before the request is sent, so that it needs no space later, and taken up by the next call
 * that finds the intent.
 */
#ifndef CREDENCE_RENEW_SLOT_H
#define CREDENCE_RENEW_SLOT_H

#include "core/session/session.h"

/* Makes the slot. Where there is no place in memory for it, a warning is logged: SUCCESS all the
 * same. */
credence_rc slot_prepare(struct session *);
/* Puts session->record there. */
credence_rc slot_put(struct session *);
/* Takes what is there if it was made from session->record, into session->record, with its revision.
 * false: nothing of use is there. */
bool slot_take(struct session *);
/* Removes it. */
void slot_drop(struct session *);

#endif
