/* SPDX-License-Identifier: MIT */
/* A hash table of nodes that live inside other structs, keyed by a string. It owns nothing. */
#ifndef SANDBOX_TABLE_H
#define SANDBOX_TABLE_H

#include <stddef.h>

struct node {
	struct node *next;
	const char *key; /* belongs to the struct around it, must not change while in the table */
	void *item;      /* the struct around it */
};

struct table {
	struct node **slots;
	size_t mask, count;
};

void table_init(struct table *table, unsigned bits);
void table_done(struct table *table);
void table_add(struct table *table, struct node *node, const char *key, void *item);
void table_remove(struct table *table, struct node *node);
void *table_find(const struct table *table, const char *key);

#endif
