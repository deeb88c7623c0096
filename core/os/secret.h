/* SPDX-License-Identifier: MIT */
/*
 * Secret memory: every token, code and client secret that credence itself allocates lives here. It
 * is locked where the limits allow it, left out of core dumps, zero in a forked child, and wiped
 * when it is freed. Copies that libraries make (json-c, libcurl) are their callers' to wipe.
 *
 * All functions are thread safe.
 */
#ifndef CREDENCE_OS_SECRET_H
#define CREDENCE_OS_SECRET_H

#include <stddef.h>

/* size bytes, zeroed, 16-aligned; NULL: out of memory. */
void *secret_alloc(size_t size);

/* Wipes and frees; accepts NULL. */
void secret_free(void *p);

/* A copy of length bytes with a NUL behind them; NULL: out of memory, or bytes is NULL. */
char *secret_copy(const void *bytes, size_t length);
char *secret_strdup(const char *text);

/* Overwrites memory that is no secret memory in a way that the compiler keeps. Accepts NULL with 0.
 */
void secret_wipe(void *p, size_t length);

#endif
