/* SPDX-License-Identifier: MIT */
/* What "init" has found out for a new profile, and the profile's text made of it. */
#ifndef CREDENCE_CLI_INIT_H
#define CREDENCE_CLI_INIT_H

#include "core/cli/cli.h"
#include "core/cli/table.h"

#define INIT_VALUES_MAX 16

/* A variable of the provider, or an option of the grant module. */
struct init_value {
	const char *name;
	char *value;
	bool raw; /* written as it is: a number, true or false, a list */
};

struct init_values {
	struct init_value item[INIT_VALUES_MAX];
	unsigned count;
};

struct init {
	struct cli *cli;
	const char *name; /* of the profile */
	struct provider *provider;
	char **grants, **resolvers, **signers; /* modules that are installed */
	struct setting kind;                   /* of client, in the provider's data */
	char *client_id, *scope, *secret;      /* id NULL, secret "": the client has none */
	char *location, *redirect_uri;         /* NULL: none */
	struct init_values variables;          /* of the provider */
	struct init_values options;            /* of the grant */
	struct init_values signer;             /* options of the signer */
	struct init_values parameters;         /* of the token request */
	struct buf profile_folder, profile_file, secret_folder, secret_file;
};

/* Fills in what is to be asked: variables, kind, client, scope, location, options. */
credence_rc init_ask(struct init *);

/* One question: what an option gave, else what the person says; fallback (may be NULL) for an empty
 * answer, or where nobody can be asked. option is how the command line calls it. */
credence_rc init_question(struct init *, const char *option, const char *given, const char *prompt,
			  const char *fallback, char **answer);
/* An answer of the person's is asked for again; an option's is a mistake. */
credence_rc init_not_good(struct init *, const char *option, const char *given, const char *what);

/* What --set says and the provider's placeholders, the options of grant and signer and the kind of
 * client ask for. */
credence_rc init_ask_variables(struct init *);
credence_rc init_ask_options(struct init *);
credence_rc init_ask_parameters(struct init *);
/* Each --set must have been for something. */
credence_rc init_check_set(struct init *);
void init_values_done(struct init_values *);
/* A URL of the provider's data with the variables in it. */
void init_expand(const struct init *, const char *url, struct buf *text);

void profile_text(const struct init *, struct buf *text);

#endif
