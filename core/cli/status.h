/* SPDX-License-Identifier: MIT */
/*
 * What is known of a credential, without asking anybody unless told to: looked up once (status.c),
 * shown as a row of a table, as a page for one profile, or as JSON (status_show.c).
 */
#ifndef CREDENCE_CLI_STATUS_H
#define CREDENCE_CLI_STATUS_H

#include "core/cli/cli.h"
#include "core/cli/table.h"

#include "core/renew/introspect.h"
#include "core/renew/limits.h"

struct state {
	const char *name;
	const char *word; /* "ok", "login needed", … */
	int status;       /* what token would exit with */
	struct failure failure;
	struct session session;            /* record NULL: there is none, or it can't be read */
	const struct access_token *access; /* NULL: none */
	struct limit_use access_use, refresh_use;
	bool has_limits;
	const struct introspection *remote; /* what the server says; NULL: it was not asked */
};

/* Looks, without network and without change. Never fails: what goes wrong is part of the state. */
void state_init(struct cli *, const char *profile, struct state *);
void state_done(struct state *);

/* The record, or NULL. */
const struct record *state_record(const struct state *);

void state_row(const struct state *, struct table *);
void state_page(const struct state *, struct buf *text);
/* What the server says of the token, if it was asked. */
void state_remote(const struct state *, struct buf *text);
void state_json(const struct state *, struct buf *json);

#define STATE_COLUMNS 7
extern const char *const state_headings[STATE_COLUMNS];

#endif
