/* SPDX-License-Identifier: MIT */
/* Tokens that were obtained elsewhere: by another program, or on another host. */
#ifndef CREDENCE_RENEW_IMPORT_H
#define CREDENCE_RENEW_IMPORT_H

#include "core/session/session.h"

/* Any member but the first two may be NULL or 0. */
struct import {
	const char *client_id;     /* must be the profile's */
	const char *refresh_token; /* or access_token */
	const char *access_token;
	const char *token_type, *scope, *location, *accounts_server, *api_domain;
	int64_t expires_at; /* wall ms, not negative; a life of more than ten years is cut */
};
credence_rc session_import(struct session *, const struct import *, struct issued *);

#endif
