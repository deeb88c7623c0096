/* SPDX-License-Identifier: MIT */
/*
 * Members of JSON objects that this version does not know: a newer one of the same MAJOR wrote
 * them, and they are there again when the object is written.
 */
#ifndef CREDENCE_RECORD_UNKNOWN_H
#define CREDENCE_RECORD_UNKNOWN_H

#include "core/os/buf.h"

#include <json-c/json_object.h>
#include <stdbool.h>

/* Moves the members whose names are not in known (NULL-terminated) out of the object; *rest gets
 * them, or NULL. false: out of memory. */
bool unknown_take(struct json_object *object, const char *const *known, struct json_object **rest);

/* Copies what was taken (NULL: nothing) into another tree. false: out of memory. */
bool unknown_copy(const struct json_object *rest, struct json_object *object);

/* Writes what was taken (NULL: nothing) into an object that is being written, but for the names in
 * but (NULL-terminated). */
void unknown_print(struct buf *, struct json_object *rest, const char *const *but);

#endif
