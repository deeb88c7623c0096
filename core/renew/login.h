/* SPDX-License-Identifier: MIT */
/* A first authorization, or a new one. */
#ifndef CREDENCE_RENEW_LOGIN_H
#define CREDENCE_RENEW_LOGIN_H

#include "core/session/session.h"

struct login_ask {
	bool find_dc; /* try a code across the data centres */
	bool paste;   /* the person brings a redirect's answer */
};
/* A first authorization, or a new one. The old record stays until the new one is durable. */
credence_rc session_login(struct session *, struct login_ask *, struct issued *);

#endif
