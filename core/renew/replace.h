/* SPDX-License-Identifier: MIT */
/*
 * What a new consent takes the place of, whether it comes by a login or from elsewhere: the old
 * record as it is read for that, and the token that is there afterwards.
 */
#ifndef CREDENCE_RENEW_REPLACE_H
#define CREDENCE_RENEW_REPLACE_H

#include "core/session/session.h"

/* Reads the record. ERROR: it was written by a newer credence, and stays. */
credence_rc replace_read(struct session *);
/* The same under the lock; none is SUCCESS, and a damaged one is erased. */
credence_rc replace_load(struct session *);
/* Takes the credential's lock, then the same. */
credence_rc replace_lock(struct session *);
/* What is answered with, once session->record is saved. */
void replace_issue(struct session *, struct issued *);

#endif
