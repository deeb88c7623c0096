/* SPDX-License-Identifier: MIT */
/* A record's beginning: whose it is, before it has a token. */
#ifndef CREDENCE_RENEW_BEGIN_H
#define CREDENCE_RENEW_BEGIN_H

#include "core/session/session.h"

/* *record (the caller's): one of the profile and its client as they are now, to take the place of
 * session->record (NULL: of none), whose revision and generation it goes on from. */
credence_rc begin_record(struct session *, struct record **record);

/* The same for a new consent, by this grant; the history goes over from session->record to it. */
credence_rc begin_consent(struct session *, const char *grant, struct record **record);

#endif
