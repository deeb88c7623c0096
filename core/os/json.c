/* SPDX-License-Identifier: MIT */
/* JSON: parsing behind the guard of json_guard.c, members, printing and wiping; see json.h. */
#include "core/os/json.h"

#include "core/os/file.h"
#include "core/os/json_guard.h"
#include "core/os/secret.h"
#include "core/os/text.h"

#include <json-c/json_tokener.h>
#include <json-c/linkhash.h>
#include <json-c/printbuf.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char why[64];

static size_t count_members(struct json_object *tree)
{
	size_t count = 0, i, length;

	if (json_object_is_type(tree, json_type_object)) {
		struct lh_entry *entry;

		for (entry = json_object_get_object(tree)->head; entry != NULL; entry = entry->next)
			count += 1 + count_members((struct json_object *)lh_entry_v(entry));
	} else if (json_object_is_type(tree, json_type_array)) {
		length = json_object_array_length(tree);
		for (i = 0; i < length; i++)
			count += count_members(json_object_array_get_idx(tree, i));
	}
	return count;
}

static bool only_space(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r' && text[i] != '\n')
			return false;
	return true;
}

static const char *explain(const char *what, size_t at)
{
	snprintf(why, sizeof(why), "%s at byte %zu", what, at);
	return why;
}

/* What json-c makes of it; *end is where it stopped. */
static struct json_object *parse(const char *text, size_t length, size_t *end, const char **reason)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH + 1);
	struct json_object *tree;

	if (tokener == NULL) {
		*reason = "out of memory";
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
	tree = json_tokener_parse_ex(tokener, text, (int)length);
	*end = json_tokener_get_parse_end(tokener);
	/* A number at the very end is complete only when something follows. */
	if (tree == NULL && json_tokener_get_error(tokener) == json_tokener_continue)
		tree = json_tokener_parse_ex(tokener, "\n", 1);
	if (tree == NULL)
		*reason = explain("not JSON", *end);
	/* The last strings that it read are still in there. */
	secret_wipe(tokener->pb->buf, (size_t)tokener->pb->size);
	json_tokener_free(tokener);
	return tree;
}

struct json_object *json_parse(const char *text, size_t length, const char **reason)
{
	struct json_object *tree;
	size_t members, end;
	const char *what;

	if (length > FILE_MAX) {
		*reason = "too long";
		return NULL;
	}
	if (text == NULL || only_space(text, length)) {
		*reason = "empty";
		return NULL;
	}
	if (!json_guard(text, length, &members, &what, &end)) {
		*reason = explain(what, end);
		return NULL;
	}
	tree = parse(text, length, &end, reason);
	if (tree == NULL)
		return NULL;
	if (!only_space(text + end, length - end))
		*reason = explain("something behind the JSON", end);
	else if (count_members(tree) != members) /* json-c keeps the last of two */
		*reason = "not JSON: a name stands twice";
	else
		return tree;
	json_wipe(tree);
	return NULL;
}

struct json_object *json_member(struct json_object *tree, const char *name)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(tree, json_type_object))
		return NULL;
	json_object_object_get_ex(tree, name, &value);
	return value;
}

const char *json_string(struct json_object *tree, const char *name)
{
	struct json_object *value = json_member(tree, name);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

bool json_number(struct json_object *tree, const char *name, int64_t *value)
{
	struct json_object *member = json_member(tree, name);
	double number;

	switch (json_object_get_type(member)) {
	case json_type_int:
		/* json-c cuts what does not fit to the nearest that does. */
		if (json_object_get_uint64(member) > INT64_MAX ||
		    json_object_get_int64(member) == INT64_MIN)
			return false;
		*value = json_object_get_int64(member);
		return true;
	case json_type_double: /* 3600.0, 1e18: whole numbers as some servers write them */
		number = json_object_get_double(member);
		if (!(number >= -9.0e18 && number <= 9.0e18) || number != (double)(int64_t)number)
			return false;
		*value = (int64_t)number;
		return true;
	case json_type_string:
		return text_number(json_object_get_string(member), value);
	default:
		return false;
	}
}

/* The tree takes value over. NULL: it could not be made. */
static bool set(struct json_object *tree, const char *name, struct json_object *value)
{
	if (value != NULL && json_object_object_add(tree, name, value) == 0)
		return true;
	json_object_put(value);
	return false;
}

bool json_set_string(struct json_object *tree, const char *name, const char *text)
{
	if (text != NULL)
		return set(tree, name, json_object_new_string(text));
	json_object_object_del(tree, name);
	return true;
}

bool json_set_number(struct json_object *tree, const char *name, int64_t value)
{
	return set(tree, name, json_object_new_int64(value));
}

void json_print(struct buf *out, struct json_object *tree, bool pretty)
{
	int flags =
	    pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED : JSON_C_TO_STRING_PLAIN;
	size_t length;
	const char *text = json_object_to_json_string_length(
	    tree, flags | JSON_C_TO_STRING_NOSLASHESCAPE, &length);

	if (text == NULL) {
		out->failed = true;
		return;
	}
	buf_add(out, text, length);
	/* json-c keeps the text with the tree; it may hold what the tree holds. */
	secret_wipe((char *)text, length);
}

static void wipe_strings(struct json_object *tree)
{
	size_t i, length;

	if (json_object_is_type(tree, json_type_string)) {
		secret_wipe((char *)json_object_get_string(tree),
			    (size_t)json_object_get_string_len(tree));
	} else if (json_object_is_type(tree, json_type_array)) {
		length = json_object_array_length(tree);
		for (i = 0; i < length; i++)
			wipe_strings(json_object_array_get_idx(tree, i));
	} else if (json_object_is_type(tree, json_type_object)) {
		struct lh_entry *entry;

		for (entry = json_object_get_object(tree)->head; entry != NULL; entry = entry->next)
			wipe_strings((struct json_object *)lh_entry_v(entry));
	}
}

void json_wipe(struct json_object *tree)
{
	if (tree == NULL)
		return;
	wipe_strings(tree);
	json_object_put(tree);
}
