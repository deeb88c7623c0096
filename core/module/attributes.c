/* SPDX-License-Identifier: MIT */
/* Names and values; see attributes.h. */
#include "core/module/attributes.h"

#include "core/os/secret.h"

#include <stdlib.h>
#include <string.h>

static struct attribute *find(const struct attributes *attributes, const char *name)
{
	size_t i;

	for (i = 0; i < attributes->count; i++)
		if (strcmp(attributes->item[i].name, name) == 0)
			return &attributes->item[i];
	return NULL;
}

const char *attributes_get(const struct attributes *attributes, const char *name)
{
	const struct attribute *item = find(attributes, name);

	return item != NULL ? item->value : NULL;
}

static void drop(struct attributes *attributes, struct attribute *item)
{
	free(item->name);
	secret_free(item->value);
	*item = attributes->item[--attributes->count];
}

static bool append(struct attributes *attributes, const char *name, char *value)
{
	if (attributes->count == attributes->capacity) {
		size_t larger = attributes->capacity > 0 ? attributes->capacity * 2 : 16;
		struct attribute *grown =
		    reallocarray(attributes->item, larger, sizeof(*attributes->item));

		if (grown == NULL)
			return false;
		attributes->item = grown;
		attributes->capacity = larger;
	}
	attributes->item[attributes->count].name = strdup(name);
	if (attributes->item[attributes->count].name == NULL)
		return false;
	attributes->item[attributes->count++].value = value;
	return true;
}

bool attributes_set(struct attributes *attributes, const char *name, const char *value)
{
	struct attribute *item = find(attributes, name);
	char *copy;

	if (value == NULL) {
		if (item != NULL)
			drop(attributes, item);
		return true;
	}
	copy = secret_strdup(value);
	if (copy == NULL)
		return false;
	if (item != NULL) {
		secret_free(item->value);
		item->value = copy;
		return true;
	}
	if (append(attributes, name, copy))
		return true;
	secret_free(copy);
	return false;
}

void attributes_drop(struct attributes *attributes, const char *prefix)
{
	size_t i = 0, length = strlen(prefix);

	while (i < attributes->count) {
		if (strncmp(attributes->item[i].name, prefix, length) == 0)
			drop(attributes, &attributes->item[i]);
		else
			i++;
	}
}

bool attributes_merge(struct attributes *known, const struct attributes *put)
{
	size_t i;

	for (i = 0; i < put->count; i++) {
		const char *value = put->item[i].value;

		if (!attributes_set(known, put->item[i].name, value[0] != '\0' ? value : NULL))
			return false;
	}
	return true;
}

void attributes_done(struct attributes *attributes)
{
	while (attributes->count > 0)
		drop(attributes, &attributes->item[attributes->count - 1]);
	free(attributes->item);
	memset(attributes, 0, sizeof(*attributes));
}
