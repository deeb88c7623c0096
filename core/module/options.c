/* SPDX-License-Identifier: MIT */
/* A module's options; see options.h. */
#include "core/module/options.h"

#include "core/config/schema_tables.h"
#include "core/config/secret_ref.h"
#include "core/config/url.h"
#include "core/os/file.h"
#include "core/os/secret.h"
#include "core/os/text.h"

#include <string.h>

static const struct schema *own_schema(uint32_t role)
{
	if (role == CREDENCE_ROLE_STORE)
		return schema_store_entry;
	if (role == CREDENCE_ROLE_SEAL)
		return schema_seal_entry;
	return role == CREDENCE_ROLE_TRANSPORT || role == CREDENCE_ROLE_SIGNER ? schema_single
									       : schema_entry;
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

/* RFC 7512: a key that stays where it is. */
static bool is_key_uri(const char *text)
{
	return strncmp(text, "pkcs11:", 7) == 0 && text[7] != '\0';
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
	case CREDENCE_ORIGINS:
		return is_list(value) && config_setting_length(value) > 0
			   ? NULL
			   : "a list of servers, e.g. [ \"https://db.example.net:2379\" ]";
	case CREDENCE_FILE:
	case CREDENCE_KEY_FILE:
		return text != NULL && text[0] == '/' ? NULL : "the absolute path of a file";
	case CREDENCE_KEY:
		return text != NULL && (is_key_uri(text) || secret_ref_check(text) == NULL)
			   ? NULL
			   : "a reference to a key, e.g. \"file:/path\", or \"pkcs11:…\"";
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

/* What one server of a list must not be. */
static const char *origin_problem(const char *text)
{
	struct url url;
	const char *wrong = url_parse(text, &url);

	if (wrong == NULL && text[url.origin_length] != '\0')
		wrong = "it is more than a server";
	return wrong;
}

static void check_origins(struct check *check, const struct module *module, struct setting at)
{
	unsigned i, count = setting_count(at);

	for (i = 0; i < count; i++) {
		struct setting item = setting_element(at, i);
		const char *text = setting_string(item), *wrong = origin_problem(text);

		if (wrong != NULL)
			problem(check, item, "write https://HOST:PORT",
				"option %s of %s %s can't be %s: %s", config_setting_name(at.value),
				role_name(module->role), module->descriptor.name, text, wrong);
	}
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
	else if (option->type == CREDENCE_ORIGINS)
		check_origins(check, module, at);
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

static bool is_reference(const struct credence_option *option)
{
	return option->type == CREDENCE_SECRET || option->type == CREDENCE_KEY;
}

static bool is_many(const struct credence_option *option)
{
	return option->type == CREDENCE_LIST || option->type == CREDENCE_ORIGINS;
}

bool options_text(const struct module *module, const struct entry_conf *entry, const char *name,
		  struct buf *text)
{
	const struct credence_option *option = options_declared(module, name);
	struct setting value;

	if (option == NULL || is_reference(option) || is_many(option))
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

	if (option == NULL || !is_many(option))
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

/* A value that is there already: typed, or the URI of a key. NULL: none. */
static const char *given(const struct credence_option *option, const struct entry_conf *entry,
			 struct setting reference)
{
	const char *text = setting_string(reference);

	if (entry->typed != NULL && strcmp(entry->typed_name, option->name) == 0)
		return entry->typed;
	return option->type == CREDENCE_KEY && text != NULL && is_key_uri(text) ? text : NULL;
}

credence_rc options_secret(struct credence_call *call, const struct module *module,
			   const struct entry_conf *entry, const char *name, size_t *length,
			   char **value)
{
	const struct credence_option *option = options_declared(module, name);
	struct setting reference;
	const char *text;

	if (option == NULL || !is_reference(option))
		return CREDENCE_MISS;
	reference = find(entry, name);
	text = given(option, entry, reference);
	if (text == NULL && reference.value == NULL)
		return CREDENCE_MISS;
	if (text == NULL)
		return length != NULL ? secret_read_bytes(call, reference, value, length)
				      : secret_read(call, reference, value);
	if (length != NULL)
		*length = strlen(text);
	*value = secret_strdup(text);
	return *value != NULL ? CREDENCE_SUCCESS : call_oom(call);
}

bool options_has_origin(const struct module *module, const struct entry_conf *entry,
			const char *name, const char *url)
{
	const struct credence_option *option = options_declared(module, name);
	struct setting list;
	unsigned i;

	if (option == NULL || option->type != CREDENCE_ORIGINS)
		return false;
	list = find(entry, name);
	for (i = 0; i < setting_count(list); i++)
		if (url_same_origin(setting_string(setting_element(list, i)), url))
			return true;
	return false;
}

credence_rc options_file(struct credence_call *call, const struct module *module,
			 const struct entry_conf *entry, const char *name, const char **path)
{
	const struct credence_option *option = name != NULL ? options_declared(module, name) : NULL;

	*path = NULL;
	if (name == NULL)
		return CREDENCE_SUCCESS;
	if (option == NULL || (option->type != CREDENCE_FILE && option->type != CREDENCE_KEY_FILE))
		return call_fail(call, CREDENCE_ERROR, "%s %s has no option %s that is a file",
				 role_name(module->role), module->descriptor.name, name);
	return setting_file(call, find(entry, name),
			    option->type == CREDENCE_KEY_FILE ? FILE_SECRET : 0, path);
}
