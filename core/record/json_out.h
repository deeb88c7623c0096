/* SPDX-License-Identifier: MIT */
/*
 * JSON written straight into a buffer. A record holds secrets, and a tree of json-c would leave
 * copies of them in memory that is neither locked nor wiped. The buffer's sticky error is the
 * error here, too.
 */
#ifndef CREDENCE_RECORD_JSON_OUT_H
#define CREDENCE_RECORD_JSON_OUT_H

#include "core/os/buf.h"

#include <stdint.h>

/* "name": with a comma before it if one is due. */
void json_out_name(struct buf *, const char *name);
/* A member that is an object or a list follows; bracket is '{' or '['. */
void json_out_open(struct buf *, const char *name, char bracket);
/* An object in a list follows. */
void json_out_item(struct buf *);
void json_out_close(struct buf *, char bracket);
void json_out_number(struct buf *, const char *name, int64_t value);
/* NULL adds nothing. What record_decode would refuse to read (control characters, invalid UTF-8)
 * becomes '?'. */
void json_out_text(struct buf *, const char *name, const char *text);

#endif
