/* SPDX-License-Identifier: MIT */
/* Grants: what one consent gave, its refresh token (or family of them) and its access tokens. */
#ifndef SANDBOX_GRANT_H
#define SANDBOX_GRANT_H

#include "state.h"

/* An access token is kept until it has expired, so that the window can delete the oldest. */
struct access {
	struct node node;
	struct link link;  /* in its grant, oldest first */
	struct link queue; /* among all */
	struct grant *grant;
	char *value;
	int64_t issued, expires;
	bool revoked;
};

/* A refresh token. A rotated one is remembered to notice reuse and to answer a repeat. */
struct refresh {
	struct node node;
	struct link link; /* in its grant, the current one last */
	struct grant *grant;
	char *value;
	int64_t rotated_at;  /* 0: current */
	char *answer_access; /* what the rotation answered */
	int64_t answer_expires;
};

struct grant {
	struct link link;  /* in its owner */
	struct link queue; /* among all */
	struct owner *owner;
	char *scope; /* separated by spaces */
	const char *prefix;
	struct list refreshes; /* the current one last */
	struct list accesses;
	size_t rotated;
	struct stamps mints;
};

/* Whether the owner has made as many refresh tokens in the window as are allowed. */
bool owner_limited(struct sandbox *sb, struct owner *owner);
/* A new grant. With a refresh token, it deletes the owner's oldest beyond the limit. */
struct grant *grant_new(struct sandbox *sb, struct owner *owner, const char *scope,
			bool refreshable);
/* The owner's grant without refresh token for that scope, or NULL. */
struct grant *grant_find_plain(struct owner *owner, const char *scope);
void grant_free(struct state *state, struct grant *grant);
/* The current refresh token, or NULL. */
struct refresh *grant_refresh(const struct grant *grant);

/* Whether the window of access tokens is full and the server refuses instead of deleting. */
bool grant_limited(struct sandbox *sb, struct grant *grant);
/* Makes an access token; deletes what the limits say must go for it. */
struct access *grant_mint(struct sandbox *sb, struct grant *grant);
/* Replaces a refresh token by a new one of the same grant, remembering the answer. */
struct refresh *refresh_rotate(struct sandbox *sb, struct refresh *refresh,
			       const struct access *access);
struct refresh *refresh_next(const struct refresh *refresh);

bool access_live(const struct access *access, int64_t now);
/* Whether a scope list that is separated by spaces or commas has that very entry. */
bool scope_has(const char *scope, const char *entry);
/* PREFIX.hex.hex, with the mark and size that the settings ask for. Free it. */
char *token_value(struct sandbox *sb, const char *prefix);

#endif
