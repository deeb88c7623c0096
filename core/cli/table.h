/* SPDX-License-Identifier: MIT */
/*
 * Tables for people and for scripts: columns two spaces apart, as wide as their widest cell; on a
 * terminal with a bold heading. The words are the same either way.
 */
#ifndef CREDENCE_CLI_TABLE_H
#define CREDENCE_CLI_TABLE_H

#include "core/os/buf.h"

#include <stdbool.h>

#define TABLE_COLUMNS 10

struct table {
	char **cell; /* row by row; the first row may be headings */
	size_t count, capacity;
	int columns;
	bool has_headings;
	bool failed; /* memory ran out */
};

/* headings NULL: none. */
void table_init(struct table *, int columns, const char *const *headings);
/* The next cell; NULL or "": "-", or nothing in a table without headings. What could move a cursor
 * is taken out. */
void table_add(struct table *, const char *text);
void table_add_buf(struct table *, struct buf *); /* frees the buffer */
/* indent stands before each row; colour: bold heading. Fails the buffer if memory ran out. */
void table_print(const struct table *, const char *indent, bool colour, struct buf *);
void table_done(struct table *);

/* How many columns of a terminal the text takes. */
size_t display_width(const char *text);

#endif
