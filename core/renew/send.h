/* SPDX-License-Identifier: MIT */
/*
 * One renewal's request, under the lock: the intent written before it leaves, the answer saved
 * before it is used, a failure noted. Who sends, and whether, is renew.h's.
 */
#ifndef CREDENCE_RENEW_SEND_H
#define CREDENCE_RENEW_SEND_H

#include "core/session/session.h"

/* Has the entry renew the record's token, or with acquire get a first one from nothing. Where the
 * refresh token may have been replaced by an answer that never came, the same token is sent once
 * more, at once: within the provider's reuse window it gives the same answer again. The record is
 * saved in any case; events are session->event. */
credence_rc send_request(struct session *, struct entry *, bool acquire);

#endif
