/* SPDX-License-Identifier: MIT */
/*
 * JSON, guarded: json-c takes duplicate keys, NaN, \u0000 and any depth; nothing of that gets
 * through here. Also: reading members without surprises, and wiping a tree before it is freed.
 */
#ifndef CREDENCE_OS_JSON_H
#define CREDENCE_OS_JSON_H

#include "core/os/buf.h"

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH 16

/* One JSON text (RFC 8259), UTF-8, at most FILE_MAX bytes, JSON_DEPTH deep, no duplicate names, no
 * \u0000, nothing behind it but white space. NULL: it is not, and *reason says why ("not JSON at
 * byte 17", …; static or in a thread's own buffer). */
struct json_object *json_parse(const char *text, size_t length, const char **reason);

/* The member's string, number, …; NULL, false or fallback when it is absent or of another type. */
const char *json_string(struct json_object *, const char *name);
bool json_number(struct json_object *, const char *name,
		 int64_t *value); /* whole numbers; digits in a string too */
struct json_object *json_member(struct json_object *, const char *name); /* of any type; borrowed */

/* Sets a string or number member; text NULL removes it. false: out of memory. */
bool json_set_string(struct json_object *, const char *name, const char *text);
bool json_set_number(struct json_object *, const char *name, int64_t value);

/* Adds it as text: plain (one line) or pretty (indented). */
void json_print(struct buf *, struct json_object *, bool pretty);

/* Overwrites every string in the tree, then gives it back (json_object_put). Accepts NULL. The tree
 * must not be shared. */
void json_wipe(struct json_object *);

#endif
