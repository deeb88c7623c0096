/* SPDX-License-Identifier: MIT */
/*
 * Templates of URLs: text with placeholders, "https://{host}/{tenant}/token". What a placeholder is
 * and who says its value is in variables.h.
 */
#ifndef CREDENCE_CONFIG_TEMPLATE_H
#define CREDENCE_CONFIG_TEMPLATE_H

#include "core/os/buf.h"

#include <stdbool.h>

#define PLACEHOLDER_MAX 32

struct placeholder {
	const char *start, *end;    /* in the template, braces included */
	char name[PLACEHOLDER_MAX]; /* "": there is no closing brace, or it is too long */
};

/* What of a URL a placeholder stands for, by where it is. */
#define PLACE_OF_NOTHING 0 /* it would run into the host that follows */
#define PLACE_OF_URL     1 /* the beginning: scheme, host and perhaps a path */
#define PLACE_OF_HOST    2 /* the whole host, perhaps with a port */
#define PLACE_OF_LABEL   3 /* a part of the host */
#define PLACE_OF_SEGMENT 4 /* a part of the path or query */

/* The next placeholder from *at on, which is moved behind it. false: there is none. */
bool template_next(const char **at, struct placeholder *);
int template_place(const char *text, const struct placeholder *);

/* With what value() answers for each placeholder. */
void template_expand(const char *text, const char *(*value)(void *data, const char *name),
		     void *data, struct buf *url);
/* With stand-ins, to see whether it can become a URL. false: it has placeholders that are none. */
bool template_sample(const char *text, struct buf *url);

#endif
