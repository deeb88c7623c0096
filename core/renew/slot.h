/* SPDX-License-Identifier: MIT */
/*
 * The emergency slot: a small file in memory (/run/credence, $XDG_RUNTIME_DIR/credence) where a
 * record goes that could not be saved after its refresh token was replaced at the server. It is
 * made before the request is sent, so that it needs no space later, and taken up by the next call
 * that has the lock, whatever other hosts have made of the record meanwhile.
 */
#ifndef CREDENCE_RENEW_SLOT_H
#define CREDENCE_RENEW_SLOT_H

#include "core/session/session.h"

/* Makes the slot. Where there is no place in memory for it, a warning is logged: SUCCESS all the
 * same. */
credence_rc slot_prepare(struct session *);
/* Puts session->record there. */
credence_rc slot_put(struct session *);
/* Takes what is there, into session->record, which is to be saved then: if it was made from that
 * record, as the record, with its revision; if both were made from one parent, its refresh token as
 * the spare. false: nothing of use is there. */
bool slot_take(struct session *);
/* Is anything there? */
bool slot_waits(struct session *);
/* Removes it. */
void slot_drop(struct session *);

#endif
