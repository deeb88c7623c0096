/* SPDX-License-Identifier: MIT */
/* What "init" has found out for a new profile, and the profile's text made of it. */
#ifndef CREDENCE_CLI_INIT_H
#define CREDENCE_CLI_INIT_H

#include "core/cli/cli.h"
#include "core/cli/table.h"

struct init {
	struct cli *cli;
	const char *name; /* of the profile */
	struct provider *provider;
	char **grants;                    /* modules that are installed */
	struct setting kind;              /* of client, in the provider's data */
	char *client_id, *scope, *secret; /* secret "": the client has none */
	char *location, *redirect_uri;    /* NULL: none */
	struct buf profile_folder, profile_file, secret_folder, secret_file;
};

/* Fills in what is to be asked: kind, client, scope, location. */
credence_rc init_ask(struct init *);
void profile_text(const struct init *, struct buf *text);

#endif
