/* SPDX-License-Identifier: MIT */
/* Chained hashing with FNV-1a. Keys are random values that the server made, so chains stay short.
 */
#include "table.h"

#include "util.h"

#include <stdlib.h>
#include <string.h>

void table_init(struct table *table, unsigned bits)
{
	table->mask = ((size_t)1 << bits) - 1;
	table->count = 0;
	table->slots = mem_calloc(table->mask + 1, sizeof(struct node *));
}

void table_done(struct table *table)
{
	free(table->slots);
	*table = (struct table){0};
}

static struct node **slot_of(const struct table *table, const char *key)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *key != '\0'; key++)
		hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
	return &table->slots[(hash ^ hash >> 32) & table->mask];
}

void table_add(struct table *table, struct node *node, const char *key, void *item)
{
	struct node **slot = slot_of(table, key);

	node->key = key;
	node->item = item;
	node->next = *slot;
	*slot = node;
	table->count++;
}

void table_remove(struct table *table, struct node *node)
{
	struct node **p = slot_of(table, node->key);

	while (*p != NULL && *p != node)
		p = &(*p)->next;
	if (*p == node) {
		*p = node->next;
		table->count--;
	}
}

void *table_find(const struct table *table, const char *key)
{
	struct node *node = *slot_of(table, key);

	while (node != NULL && strcmp(node->key, key) != 0)
		node = node->next;
	return node != NULL ? node->item : NULL;
}
