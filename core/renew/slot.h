/* SPDX-License-Identifier: MIT */
/*
 * The emergency slot: a small file in memory (/run/credence, $XDG_RUNTIME_DIR/credence) where a
 * record goes that could not be saved after the server gave a refresh token. It is made before the
 * request is sent, so that it needs no space later, and taken up by the next call that has the
 * lock, whatever other hosts have made of the record meanwhile.
 */
#ifndef CREDENCE_RENEW_SLOT_H
#define CREDENCE_RENEW_SLOT_H

#include "core/session/session.h"

/* Makes the slot; what waits there stays. false: there is no place in memory for it. */
bool slot_prepare(struct session *);
/* Puts session->record there, which could not be saved: of that failure, which the call keeps, a
 * warning says where it waits. */
void slot_put(struct session *);
/* Takes up what is there, into session->record (NULL: there is none), and saves it: what was made
 * from that record takes its place; if both were made from one parent, its refresh token is the
 * spare; a login's takes the place of what is older. What is of no use goes. SUCCESS, too, if
 * nothing is there. */
credence_rc slot_take_up(struct session *);
/* Is anything there? The call's failure stays what it is. */
bool slot_waits(struct session *);
/* Removes it. The same. */
void slot_drop(struct session *);

#endif
