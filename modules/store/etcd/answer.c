/* SPDX-License-Identifier: MIT */
/*
 * What stands in an answer of the gateway: 64-bit numbers are strings, bytes are base64, and a
 * member with nothing in it (0, false, no keys) is left out.
 */
#include "core/os/base64.h"
#include "core/os/text.h"
#include "etcd.h"

#include <string.h>

#define LIFE_MAX INT32_MAX /* s */

void stored_done(struct stored *stored)
{
	buf_done(&stored->value);
}

/* The number, or 0 if it is not there; false: it is none. */
static bool number(struct json_object *object, const char *name, int64_t *value)
{
	*value = 0;
	return json_member(object, name) == NULL || json_number(object, name, value);
}

static bool bytes(struct json_object *object, const char *name, struct buf *out)
{
	struct json_object *text = json_member(object, name);

	if (text == NULL)
		return true;
	return json_object_is_type(text, json_type_string) &&
	       base64_decode(out, json_object_get_string(text),
			     (size_t)json_object_get_string_len(text)) &&
	       !out->failed;
}

/* The list of keys; NULL if there is none. false: it makes no sense. */
static bool keys(struct json_object *range, struct json_object **list)
{
	*list = json_member(range, "kvs");
	return json_object_is_type(range, json_type_object) &&
	       (*list == NULL || json_object_is_type(*list, json_type_array));
}

bool answer_stored(struct json_object *range, struct stored *stored)
{
	struct json_object *list, *kv;

	*stored = (struct stored){.value = BUF_SECRET};
	if (!keys(range, &list))
		return false;
	if (list == NULL || json_object_array_length(list) == 0)
		return true;
	kv = json_object_array_get_idx(list, 0);
	stored->there = true;
	return json_object_is_type(kv, json_type_object) && bytes(kv, "value", &stored->value) &&
	       number(kv, "mod_revision", &stored->mod) && stored->mod > 0 &&
	       number(kv, "lease", &stored->lease);
}

bool answer_txn(struct json_object *answer, bool *succeeded, struct stored *other)
{
	struct json_object *flag = json_member(answer, "succeeded");
	struct json_object *list = json_member(answer, "responses"), *first;

	*other = (struct stored){.value = BUF_SECRET};
	*succeeded = json_object_get_boolean(flag);
	if (flag != NULL && !json_object_is_type(flag, json_type_boolean))
		return false;
	if (*succeeded)
		return true;
	if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) != 1)
		return false;
	first = json_object_array_get_idx(list, 0);
	return answer_stored(json_member(first, "response_range"), other);
}

bool answer_revision(struct json_object *answer, int64_t *revision)
{
	return json_number(json_member(answer, "header"), "revision", revision) && *revision > 0;
}

bool answer_lease(struct json_object *answer, int64_t *lease, int64_t *life_ms)
{
	struct json_object *result = json_member(answer, "result");
	int64_t life;

	if (result == NULL)
		result = answer;
	if (!json_number(result, "ID", lease) || *lease <= 0 || !number(result, "TTL", &life) ||
	    life > LIFE_MAX)
		return false;
	*life_ms = life > 0 ? life * 1000 : 0;
	return true;
}

bool answer_key(struct json_object *range, size_t index, struct buf *key)
{
	struct json_object *list, *kv;

	if (!keys(range, &list) || list == NULL || index >= json_object_array_length(list))
		return false;
	kv = json_object_array_get_idx(list, index);
	return bytes(kv, "key", key) && key->length > 0;
}

bool answer_has_more(struct json_object *range)
{
	return json_object_get_boolean(json_member(range, "more"));
}
