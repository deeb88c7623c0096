/* SPDX-License-Identifier: MIT */
/* The command line. */
#ifndef SANDBOX_OPTIONS_H
#define SANDBOX_OPTIONS_H

#include "sandbox.h"
#include "tls.h"

struct options {
	unsigned port;
	bool https, background, with_stdin;
	enum certificate certificate;
	const char *dir;
};

enum { OPTIONS_OK, OPTIONS_DONE, OPTIONS_WRONG };

/* Fills in the options, the settings and the ready-made client of sb. */
int options_parse(struct options *options, struct sandbox *sb, int argc, char **argv);

#endif
