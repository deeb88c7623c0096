/* SPDX-License-Identifier: MIT */
/*
 * Parameters that the configuration adds to requests: the provider's lists parameters.STEP and the
 * profile's extra.STEP, of groups { name = …; value = …; }. No parameter goes out twice (RFC 6749
 * section 3.2): what a grant says goes before the profile's, and that before the provider's.
 */
#ifndef CREDENCE_RENEW_PARAMETERS_H
#define CREDENCE_RENEW_PARAMETERS_H

#include "core/session/session.h"

/* Adds to a form what neither params, nor the list before (may be empty), nor an earlier group of
 * this one has. */
void parameters_add(struct buf *form, struct setting list, struct setting before,
		    const struct credence_param *params, uint32_t count);

/* Does a list set what only credence itself may say: who the client is, and what the profile has
 * settings for? CONFIG, with the place. */
credence_rc parameters_check(struct session *);

#endif
