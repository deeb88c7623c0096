/* SPDX-License-Identifier: MIT */
/* One table gives each setting its name, kind, default and bounds. */
#include "settings.h"

#include "dc.h"
#include "util.h"

#include <string.h>

enum kind { DURATION, COUNT, FLAG, CHOICE, LOCATION, WORD };

struct setting {
	const char *name;
	size_t offset;
	enum kind kind;
	int64_t initial, max;
	const char *choices[5];
};

#define AT(member) #member, offsetof(struct settings, member)

static const struct setting table[] = {
    {AT(code_life), DURATION, 120000, INT64_C(3155760000000), {NULL}},
    {AT(code_count), COUNT, 10, 1000000, {NULL}},
    {AT(access_life), DURATION, 3600000, INT64_C(3155760000000), {NULL}},
    {AT(access_count), COUNT, 10, 1000000, {NULL}},
    {AT(access_live), COUNT, 0, 1000000, {NULL}},
    {AT(access_strict), FLAG, 0, 1, {NULL}},
    {AT(refresh_live), COUNT, 20, 1000000, {NULL}},
    {AT(refresh_count), COUNT, 10, 1000000, {NULL}},
    {AT(window), DURATION, 600000, INT64_C(3155760000000), {NULL}},
    {AT(device_life), DURATION, 300000, INT64_C(3155760000000), {NULL}},
    {AT(device_interval), DURATION, 30000, 86400000, {NULL}},
    {AT(rotation), CHOICE, ROTATION_OFF, 0, {"off", "on", "family", NULL}},
    {AT(reuse_window), DURATION, 0, 86400000, {NULL}},
    {AT(millis), FLAG, 0, 1, {NULL}},
    {AT(localised), FLAG, 0, 1, {NULL}},
    {AT(throttle_status), COUNT, 200, 599, {NULL}},
    {AT(consent), CHOICE, CONSENT_ASK, 0, {"ask", "allow", "refuse", NULL}},
    {AT(consent_dc), LOCATION, 0, 0, {NULL}},
    {AT(issuer), FLAG, 0, 1, {NULL}},
    {AT(any_port), FLAG, 0, 1, {NULL}},
    {AT(token_size), COUNT, 0, 65536, {NULL}},
    {AT(metadata), CHOICE, METADATA_BOTH, 0, {"both", "oauth", "openid", "off", NULL}},
    {AT(metadata_life), DURATION, 0, INT64_C(3155760000000), {NULL}},
    {AT(mark), WORD, 0, 0, {NULL}},
};

enum { TABLE_SIZE = sizeof(table) / sizeof(table[0]) };

static int64_t *number_at(struct settings *settings, const struct setting *s)
{
	return (int64_t *)(void *)((char *)settings + s->offset);
}

static char *text_at(struct settings *settings, const struct setting *s)
{
	return (char *)settings + s->offset;
}

static bool holds_text(const struct setting *s)
{
	return s->kind == LOCATION || s->kind == WORD;
}

void settings_init(struct settings *settings)
{
	size_t i;

	memset(settings, 0, sizeof(*settings));
	for (i = 0; i < TABLE_SIZE; i++)
		if (!holds_text(&table[i]))
			*number_at(settings, &table[i]) = table[i].initial;
}

static bool same_name(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++)
		if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
			return false;
	return *a == *b;
}

static bool set_choice(int64_t *out, const struct setting *s, const char *value)
{
	int i;

	for (i = 0; s->choices[i] != NULL; i++) {
		if (strcmp(s->choices[i], value) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool set_text(char *out, const struct setting *s, const char *value)
{
	static const char word[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t len = strlen(value);

	if (len >= SETTING_TEXT_MAX || strspn(value, word) != len)
		return false;
	if (s->kind == LOCATION && len > 0 && dc_find(value) == DC_NONE)
		return false;
	memcpy(out, value, len + 1);
	return true;
}

static bool set_number(int64_t *out, const struct setting *s, const char *value)
{
	int64_t number;

	if (s->kind == DURATION ? !duration_parse(value, &number)
				: !number_parse(value, s->max, &number))
		return false;
	if (number > s->max)
		return false;
	*out = number;
	return true;
}

bool settings_set(struct settings *settings, const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < TABLE_SIZE; i++) {
		const struct setting *s = &table[i];

		if (!same_name(s->name, name))
			continue;
		if (holds_text(s))
			return set_text(text_at(settings, s), s, value);
		if (s->kind == CHOICE)
			return set_choice(number_at(settings, s), s, value);
		return set_number(number_at(settings, s), s, value);
	}
	return false;
}

struct json_object *settings_json(const struct settings *settings)
{
	struct json_object *json = json_object_new_object();
	struct settings copy = *settings;
	size_t i;

	for (i = 0; i < TABLE_SIZE; i++) {
		const struct setting *s = &table[i];
		struct json_object *value;

		if (holds_text(s))
			value = json_object_new_string(text_at(&copy, s));
		else if (s->kind == CHOICE)
			value = json_object_new_string(s->choices[*number_at(&copy, s)]);
		else if (s->kind == DURATION)
			value = json_object_new_double((double)*number_at(&copy, s) / 1000);
		else
			value = json_object_new_int64(*number_at(&copy, s));
		json_object_object_add(json, s->name, value);
	}
	return json;
}

const char *settings_name(size_t index)
{
	return index < TABLE_SIZE ? table[index].name : NULL;
}

bool settings_is_flag(size_t index)
{
	return index < TABLE_SIZE && table[index].kind == FLAG;
}
