/* SPDX-License-Identifier: MIT */
/* What json-c would let through and credence doesn't, found in one pass before json-c reads. */
#ifndef CREDENCE_OS_JSON_GUARD_H
#define CREDENCE_OS_JSON_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/* Looks at the words, numbers, strings and depth of the first JSON value in text; whether they
 * stand in the right order, and what is behind it, is left to the parser. *members: how many
 * members all its objects have together. false: it is refused; *reason says why and *at where. */
bool json_guard(const char *text, size_t length, size_t *members, const char **reason, size_t *at);

#endif
