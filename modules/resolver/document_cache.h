/* SPDX-License-Identifier: MIT */
/* The cache of document.c: one private file a document, below cache/ in the state folder. */
#ifndef CREDENCE_RESOLVER_DOCUMENT_CACHE_H
#define CREDENCE_RESOLVER_DOCUMENT_CACHE_H

#include "document.h"

struct cached {
	struct json_object *tree; /* the document */
	int64_t age;              /* ms */
	bool fresh;
};

/* false: there is none that can be read. */
bool cache_read(const struct document *, struct cached *);
/* What can't be kept is logged, no more. */
void cache_write(const struct document *, struct json_object *tree, int64_t life);

/* How long an answer with that Cache-Control header (RFC 9111 section 5.2; NULL: none) is used, in
 * ms, within the bounds of the options. */
int64_t cache_life(const struct document *, const char *cache_control);

#endif
