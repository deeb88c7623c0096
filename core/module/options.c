/* SPDX-License-Identifier: MIT */
/* A module's options; see options.h. */
#include "core/module/options.h"

#include "core/config/schema_tables.h"
#include "core/config/secret_ref.h"
#include "core/os/text.h"

#include <string.h>

static const struct schema *own_schema(uint32_t role)
{
	if (role == CREDENCE_ROLE_STORE)
		return schema_store_entry;
	return role == CREDENCE_ROLE_TRANSPORT ? schema_transport : schema_entry;
}

bool options_is_own(uint32_t role, const char *name)
{
	const struct schema *own = own_schema(role);

	for (; own->name != NULL; own++)
		if (strcmp(own->name, name) == 0)
			return true;
	return false;
}

const struct credence_option *options_declared(const struct module *module, const char *name)
{
	const struct credence_option *option = module->descriptor.options;

	for (; option != NULL && option->name != NULL; option++)
		if (strcmp(option->name, name) == 0)
			return option;
	return NULL;
}

static struct setting find(const struct entry_conf *entry, const char *name)
{
	if (entry->options.value == NULL)
		return (struct setting){0};
	return setting_member(entry->options, name);
}

/* -- Checking -- */

/* One problem: to the report, or as the call's error. */
struct check {
	struct credence_call *call;
	const struct conf_report *report;
	unsigned problems;
};

static void problem(struct check *check, struct setting at, const char *hint, const char *format,
		    ...) __attribute__((format(printf, 4, 5)));

static void problem(struct check *check, struct setting at, const char *hint, const char *format,
		    ...)
{
	struct buf message = BUF_INIT;
	va_list args;

	va_start(args, format);
	buf_vprintf(&message, format, args);
	va_end(args);
	if (check->report != NULL) {
		check->report->problem(check->report->data, at.conf != NULL ? at.conf->path : "",
				       at.value != NULL ? (int)config_setting_source_line(at.value)
							: 0,
				       buf_text(&message), hint);
	} else if (check->problems == 0) {
		setting_fail(check->call, at, "%s", buf_text(&message));
		if (hint != NULL)
			call_hint(check->call, "%s", hint);
	}
	check->problems++;
	buf_done(&message);
}

static bool is_whole_number(const config_setting_t *value)
{
	int type = config_setting_type(value);

	return type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64;
}

static bool is_list(const config_setting_t *value)
{
	int i, length = config_setting_length(value);

	if (!config_setting_is_array(value) && !config_setting_is_list(value))
		return false;
	for (i = 0; i < length; i++)
		if (config_setting_get_string_elem(value, i) == NULL)
			return false;
	return true;
}

/* NULL: the value is of the type; else what it must be, with an example. */
static const char *type_problem(uint32_t type, const config_setting_t *value)
{
	const char *text = config_setting_get_string(value);
	int64_t ms;

	switch (type) {
	case CREDENCE_STRING:
		return text != NULL ? NULL : "text in quotes";
	case CREDENCE_NUMBER:
		return is_whole_number(value) ? NULL : "a whole number";
	case CREDENCE_BOOL:
		return config_setting_type(value) == CONFIG_TYPE_BOOL ? NULL : "true or false";
	case CREDENCE_DURATION:
		return text != NULL && text_duration(text, &ms)
			   ? NULL
			   : "a duration with a unit, e.g. \"90s\"";
	case CREDENCE_LIST:
		return is_list(value) ? NULL : "a list of strings, e.g. [ \"a\", \"b\" ]";
	default:
		return text != NULL && secret_ref_check(text) == NULL ? NULL
								      : "a reference to a secret";
	}
}

static const char *nearest_option(const struct module *module, const char *name)
{
	const struct credence_option *option = module->descriptor.options;
	const char *words[64];
	size_t count = 0;

	for (; option != NULL && option->name != NULL && count < 63; option++)
		words[count++] = option->name;
	words[count] = NULL;
	return text_nearest(name, words);
}

static void check_one(struct check *check, const struct module *module, struct setting at)
{
	const char *name = config_setting_name(at.value), *nearest, *wanted;
	const struct credence_option *option = options_declared(module, name);

	if (option == NULL) {
		nearest = nearest_option(module, name);
		problem(check, at,
			nearest == NULL ? "credence module info shows its options" : NULL,
			"unknown option \"%s\" of %s %s%s%s%s", name, role_name(module->role),
			module->descriptor.name, nearest != NULL ? "; did you mean \"" : "",
			nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
		return;
	}
	wanted = type_problem(option->type, at.value);
	if (wanted != NULL)
		problem(check, at, option->type == CREDENCE_SECRET ? SECRET_REF_HINT : NULL,
			"option %s of %s %s must be %s", name, role_name(module->role),
			module->descriptor.name, wanted);
}

credence_rc options_check(struct credence_call *call, const struct module *module,
			  const struct entry_conf *entry, const struct conf_report *report)
{
	struct check check = {.call = call, .report = report};
	const struct credence_option *option = module->descriptor.options;
	unsigned i, count = entry->options.value != NULL ? setting_count(entry->options) : 0;

	for (i = 0; i < count; i++) {
		struct setting at = setting_element(entry->options, i);

		if (!options_is_own(module->role, config_setting_name(at.value)))
			check_one(&check, module, at);
	}
	for (; option != NULL && option->name != NULL; option++)
		if ((option->flags & CREDENCE_REQUIRED) != 0 &&
		    find(entry, option->name).value == NULL)
			problem(&check,
				entry->options.value != NULL ? entry->options : entry->origin, NULL,
				"%s %s needs option %s (%s)", role_name(module->role),
				module->descriptor.name, option->name,
				option->help != NULL ? option->help : "");
	return check.problems == 0 ? CREDENCE_SUCCESS : CREDENCE_CONFIG;
}

/* -- Reading -- */

bool options_text(const struct module *module, const struct entry_conf *entry, const char *name,
		  struct buf *text)
{
	const struct credence_option *option = options_declared(module, name);
	struct setting value;

	if (option == NULL || option->type == CREDENCE_SECRET || option->type == CREDENCE_LIST)
		return false;
	value = find(entry, name);
	if (value.value == NULL && option->fallback == NULL)
		return false;
	if (value.value != NULL)
		setting_text(value, text);
	else
		buf_str(text, option->fallback);
	return true;
}

bool options_item(const struct module *module, const struct entry_conf *entry, const char *name,
		  unsigned index, struct buf *text)
{
	const struct credence_option *option = options_declared(module, name);
	struct setting value;

	if (option == NULL || option->type != CREDENCE_LIST)
		return false;
	value = find(entry, name);
	if (value.value == NULL) {
		/* A fallback of a list is one string. */
		if (index > 0 || option->fallback == NULL)
			return false;
		buf_str(text, option->fallback);
		return true;
	}
	if (index >= setting_count(value))
		return false;
	buf_str(text, setting_string(setting_element(value, index)));
	return true;
}

int64_t options_number(const struct module *module, const struct entry_conf *entry,
		       const char *name)
{
	const struct credence_option *option = options_declared(module, name);
	struct buf text = BUF_INIT;
	int64_t value = 0;

	if (option == NULL || !options_text(module, entry, name, &text)) {
		buf_done(&text);
		return 0;
	}
	if (option->type == CREDENCE_BOOL)
		value = strcmp(buf_text(&text), "true") == 0;
	else if (option->type == CREDENCE_DURATION)
		(void)text_duration(buf_text(&text), &value);
	else
		(void)text_number(buf_text(&text), &value);
	buf_done(&text);
	return value;
}

credence_rc options_secret(struct credence_call *call, const struct module *module,
			   const struct entry_conf *entry, const char *name, char **value)
{
	const struct credence_option *option = options_declared(module, name);
	struct setting reference;

	if (option == NULL || option->type != CREDENCE_SECRET)
		return CREDENCE_MISS;
	reference = find(entry, name);
	return reference.value != NULL ? secret_read(call, reference, value) : CREDENCE_MISS;
}
