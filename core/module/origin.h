/* SPDX-License-Identifier: MIT */
/*
 * Where a request may go at all: the hosts that the profile and the provider's data name. A token
 * or secret is never sent anywhere else, whatever a record, a server or a module says.
 */
#ifndef CREDENCE_MODULE_ORIGIN_H
#define CREDENCE_MODULE_ORIGIN_H

#include "core/call/call.h"

/* Is the URL's origin one of them? Loads the provider's data if need be. call->work is set. */
bool origin_allowed(struct credence_call *, const char *url);

#endif
