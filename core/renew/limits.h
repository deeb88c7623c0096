/* SPDX-License-Identifier: MIT */
/*
 * The provider's limits, held against the ledgers: may one more be asked for, and counting that it
 * was. Counted durable before the request is sent, and never taken back.
 */
#ifndef CREDENCE_RENEW_LIMITS_H
#define CREDENCE_RENEW_LIMITS_H

#include "core/session/session.h"

/* LIMITED (status 7, retry_after set) if one more of that kind would make the provider delete a
 * token that is in use, or refuse; else counts it. What counts per refresh token goes into record's
 * ledger (the caller saves the record); what counts per owner or client into that ledger, which is
 * saved here. */
credence_rc limits_count(struct session *, struct record *, int kind);

/* A refresh token was revoked at the server: it is no longer alive there. Failures are only logged.
 */
void limits_revoked(struct session *);

#endif
