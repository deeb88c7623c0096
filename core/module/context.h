/* SPDX-License-Identifier: MIT */
/*
 * What all calls of a process share: where configuration is, credence.conf, the loaded modules.
 * Nothing in it changes after context_open but the list of modules, which has a lock of its own.
 */
#ifndef CREDENCE_MODULE_CONTEXT_H
#define CREDENCE_MODULE_CONTEXT_H

#include "core/call/call.h"
#include "core/config/places.h"
#include "core/config/profile.h"
#include "core/module/loader.h"

struct credence {
	struct places places;
	struct main_conf main;
	struct modules modules;
};

/* chosen: -C, or NULL. Sets call->context. report: for "check", which wants every problem. */
credence_rc context_open(struct credence_call *, const char *chosen, const struct conf_report *,
			 struct credence **);
void context_close(struct credence *);

/* ms that a call has if nobody says another time: what credence.conf says, else CONTEXT_TIMEOUT. */
#define CONTEXT_TIMEOUT INT64_C(30000)
int64_t context_timeout(const struct credence *);

#endif
