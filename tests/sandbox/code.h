/* SPDX-License-Identifier: MIT */
/* Authorization codes: made by the console (self-client) or by a consent, used once. */
#ifndef SANDBOX_CODE_H
#define SANDBOX_CODE_H

#include "state.h"

struct code {
	struct node node;
	struct link queue;
	struct client *client;
	int dc;
	char *value, *user, *scope;
	char *redirect_uri; /* NULL from the console */
	char *challenge;    /* NULL without PKCE */
	bool challenge_plain;
	bool offline; /* gives a refresh token */
	int64_t expires;
	bool used;
};

/* What a code is to be made from; strings are copied. `life` in ms. */
struct code_request {
	struct client *client;
	int dc;
	const char *user, *scope, *redirect_uri, *challenge;
	bool challenge_plain, offline;
	int64_t life;
};

/* NULL when the client has made as many codes in the window as are allowed. */
struct code *code_new(struct sandbox *sb, const struct code_request *request);
void codes_free(struct state *state);
/* RFC 7636 section 4.6. */
bool code_verified(const struct code *code, const char *verifier);

/* Whether the list of scopes could exist; false for an empty one. */
bool scope_valid(const char *scope);
/* The list with single spaces between. Free it. */
char *scope_normal(const char *scope);

#endif
