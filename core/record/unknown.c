/* SPDX-License-Identifier: MIT */
/* Members that this version does not know; see unknown.h. */
#include "core/record/unknown.h"

#include "core/os/json.h"
#include "core/record/json_out.h"

#include <json-c/linkhash.h>
#include <string.h>

static bool is_listed(const char *const *names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* The tree that the member leaves is wiped, so the member must not be shared with it. */
static bool move(struct json_object *from, const struct lh_entry *entry, struct json_object *to)
{
	const char *name = lh_entry_k(entry);
	struct json_object *value = json_object_get((struct json_object *)lh_entry_v(entry));

	if (json_object_object_add(to, name, value) != 0) {
		json_object_put(value);
		return false;
	}
	json_object_object_del(from, name);
	return true;
}

bool unknown_take(struct json_object *object, const char *const *known, struct json_object **ret)
{
	struct lh_entry *entry = json_object_get_object(object)->head, *next;
	struct json_object *rest = NULL;

	for (; entry != NULL; entry = next) {
		next = entry->next;
		if (is_listed(known, lh_entry_k(entry)))
			continue;
		if (rest == NULL)
			rest = json_object_new_object();
		if (rest == NULL || !move(object, entry, rest)) {
			json_wipe(rest);
			return false;
		}
	}
	*ret = rest;
	return true;
}

bool unknown_copy(const struct json_object *rest, struct json_object *object)
{
	struct lh_entry *entry = rest != NULL ? json_object_get_object(rest)->head : NULL;

	for (; entry != NULL; entry = entry->next) {
		struct json_object *value = (struct json_object *)lh_entry_v(entry), *copy = NULL;

		/* json-c's null is NULL, and it can't copy that. */
		if (value != NULL && json_object_deep_copy(value, &copy, NULL) != 0)
			return false;
		if (json_object_object_add(object, lh_entry_k(entry), copy) != 0) {
			json_wipe(copy);
			return false;
		}
	}
	return true;
}

void unknown_print(struct buf *out, struct json_object *rest, const char *const *but)
{
	struct lh_entry *entry = rest != NULL ? json_object_get_object(rest)->head : NULL;

	for (; entry != NULL; entry = entry->next) {
		struct json_object *value = (struct json_object *)lh_entry_v(entry);

		if (is_listed(but, lh_entry_k(entry)))
			continue;
		json_out_name(out, lh_entry_k(entry));
		if (value != NULL)
			json_print(out, value, false);
		else
			buf_str(out, "null");
	}
}
