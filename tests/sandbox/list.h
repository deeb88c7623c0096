/* SPDX-License-Identifier: MIT */
/* A doubly linked list of links that live inside other structs. It owns nothing.
 *
 *	for (x = list_first(&xs); x != NULL; x = list_next(&x->link))
 */
#ifndef SANDBOX_LIST_H
#define SANDBOX_LIST_H

#include <stddef.h>

struct link {
	struct link *prev, *next;
	void *item; /* the struct around it */
};

/* All zero is an empty list. */
struct list {
	struct link *first, *last;
	size_t count;
};

void list_append(struct list *list, struct link *link, void *item);
void list_remove(struct list *list, struct link *link);
/* The item, or NULL past the end. */
void *list_first(const struct list *list);
void *list_last(const struct list *list);
void *list_next(const struct link *link);

#endif
