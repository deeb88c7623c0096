/* SPDX-License-Identifier: MIT */
/* A first authorization, or a new one; and tokens that were obtained elsewhere. */
#ifndef CREDENCE_RENEW_LOGIN_H
#define CREDENCE_RENEW_LOGIN_H

#include "core/session/session.h"

struct login_ask {
	bool find_dc; /* try a code across the data centres */
	bool paste;   /* the person brings a redirect's answer */
};
/* A first authorization, or a new one. The old record stays until the new one is durable. */
credence_rc session_login(struct session *, struct login_ask *, struct issued *);

/* Tokens that were obtained elsewhere. Any member but the first two may be NULL or 0. */
struct import {
	const char *client_id;     /* must be the profile's */
	const char *refresh_token; /* or access_token */
	const char *access_token;
	const char *token_type, *scope, *location, *accounts_server, *api_domain;
	int64_t expires_at; /* wall ms, not negative; a life of more than ten years is cut */
};
credence_rc session_import(struct session *, const struct import *, struct issued *);

#endif
