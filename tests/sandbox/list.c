/* SPDX-License-Identifier: MIT */
/* Appending and removing, both in constant time. */
#include "list.h"

void list_append(struct list *list, struct link *link, void *item)
{
	link->item = item;
	link->next = NULL;
	link->prev = list->last;
	if (list->last != NULL)
		list->last->next = link;
	else
		list->first = link;
	list->last = link;
	list->count++;
}

void list_remove(struct list *list, struct link *link)
{
	if (link->prev != NULL)
		link->prev->next = link->next;
	else
		list->first = link->next;
	if (link->next != NULL)
		link->next->prev = link->prev;
	else
		list->last = link->prev;
	list->count--;
}

void *list_first(const struct list *list)
{
	return list->first != NULL ? list->first->item : NULL;
}

void *list_last(const struct list *list)
{
	return list->last != NULL ? list->last->item : NULL;
}

void *list_next(const struct link *link)
{
	return link->next != NULL ? link->next->item : NULL;
}
