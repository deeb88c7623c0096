/* SPDX-License-Identifier: MIT */
/* Options of modules as somebody gives them on the command line: what is wrong with a value, and
 * how a configuration file writes it. */
#ifndef CREDENCE_CLI_OPTION_TEXT_H
#define CREDENCE_CLI_OPTION_TEXT_H

#include "core/os/buf.h"

#include <credence/module.h>
#include <stdbool.h>

/* NULL: nothing; else what. */
const char *option_wrong(const struct credence_option *, const char *value);
/* Is the value a secret itself, where a reference to one belongs? */
bool option_bares_secret(const struct credence_option *, const char *value);
/* Has it several values? */
bool option_is_list(const struct credence_option *);
/* Is it written without quotes? */
bool option_is_raw(const struct credence_option *);
/* A string of libconfig. */
void option_quote(struct buf *text, const char *value);

#endif
