/* SPDX-License-Identifier: MIT */
/* The placeholders of provider data and what a profile puts there; see variables.h. */
#include "core/config/variables.h"

#include "core/config/schema.h"
#include "core/config/template.h"
#include "core/config/url.h"
#include "core/os/ascii.h"
#include "core/os/text.h"

#include <string.h>

#define SEGMENT_MAX 255
#define NAMES_MAX   32

/* -- Values -- */

static const char *wrong_url(const char *value)
{
	struct url url;
	const char *wrong = url_parse(value, &url);

	if (wrong == NULL && strchr(value, '?') != NULL)
		wrong = "it has a query";
	return wrong;
}

/* Host and port: nothing else between "https://" and the end. */
static const char *wrong_host(const char *value)
{
	struct buf text = BUF_INIT;
	struct url url;
	const char *wrong;

	buf_printf(&text, "https://%s", value);
	wrong = url_parse(buf_text(&text), &url);
	if (wrong == NULL && url.origin_length != text.length)
		wrong = "it is more than a host";
	buf_done(&text);
	return wrong;
}

static const char *wrong_label(const char *value)
{
	size_t length = strlen(value);

	if (value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
		return "it has other characters than a-z, 0-9 and -";
	if (length == 0 || length > 63)
		return "it does not have 1 to 63 characters";
	return value[0] == '-' || value[length - 1] == '-' ? "it begins or ends with -" : NULL;
}

static const char *wrong_segment(const char *value)
{
	size_t i;

	for (i = 0; value[i] != '\0'; i++)
		if (!ascii_is_alnum(value[i]) && strchr("._-", value[i]) == NULL)
			return "it has other characters than letters, digits and . _ -";
	if (i == 0 || i > SEGMENT_MAX)
		return "it does not have 1 to 255 characters";
	return value[0] == '.' ? "it begins with a dot" : NULL;
}

static const struct kind {
	const char *name;
	const char *(*wrong)(const char *value);
	unsigned places; /* where it may stand, a bit for each PLACE_OF_… */
} kinds[] = {
    {"url", wrong_url, 1U << PLACE_OF_URL},
    {"host", wrong_host, 1U << PLACE_OF_HOST},
    {"label", wrong_label, 1U << PLACE_OF_LABEL | 1U << PLACE_OF_SEGMENT},
    {"segment", wrong_segment, 1U << PLACE_OF_SEGMENT},
};

static const char *member(struct setting group, const char *name)
{
	return setting_string(setting_member(group, name));
}

/* NULL: it has none that there is. */
static const struct kind *kind_of(struct setting placeholder)
{
	const char *name = member(placeholder, "kind");
	size_t i;

	for (i = 0; name != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const char *variable_wrong(struct setting placeholder, const char *value)
{
	const struct kind *kind = kind_of(placeholder);

	return kind != NULL ? kind->wrong(value) : "its kind is not known";
}

/* -- The templates of a provider -- */

struct work {
	struct credence_call *call;
	const struct conf *conf; /* that is walked */
	struct setting list;     /* of placeholders */
	const struct conf_report *report;
	struct profile *profile;
	credence_rc rc;
};

__attribute__((format(printf, 3, 4))) static void problem(struct work *work, struct setting at,
							  const char *format, ...)
{
	struct buf message = BUF_INIT;
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&message, format, ap);
	va_end(ap);
	if (work->report != NULL)
		work->report->problem(work->report->data, at.conf->path,
				      (int)config_setting_source_line(at.value), buf_text(&message),
				      NULL);
	else if (work->rc == CREDENCE_SUCCESS)
		setting_fail(work->call, at, "%s", buf_text(&message));
	work->rc = CREDENCE_CONFIG;
	buf_done(&message);
}

static struct setting find_placeholder(struct setting list, const char *name)
{
	struct setting none = {.value = NULL};
	unsigned i;

	for (i = 0; i < setting_count(list); i++) {
		const char *is = member(setting_element(list, i), "name");

		if (is != NULL && strcmp(is, name) == 0)
			return setting_element(list, i);
	}
	return none;
}

/* Calls visit for each URL with a placeholder below a group of the schema. */
static void each_template(struct work *work, config_setting_t *group, const struct schema *table,
			  void (*visit)(struct work *, config_setting_t *))
{
	for (; table->name != NULL; table++) {
		config_setting_t *found = config_setting_get_member(group, table->name);
		int i;

		if (found == NULL)
			continue;
		if (table->type == SCHEMA_GROUPS)
			for (i = 0; i < config_setting_length(found); i++)
				each_template(work, config_setting_get_elem(found, (unsigned)i),
					      table->members, visit);
		else if (table->type == SCHEMA_GROUP && config_setting_is_group(found))
			each_template(work, found, table->members, visit);
		else if ((table->type == SCHEMA_URL || table->type == SCHEMA_ENDPOINT) &&
			 config_setting_type(found) == CONFIG_TYPE_STRING &&
			 strchr(config_setting_get_string(found), '{') != NULL)
			visit(work, found);
	}
}

static void each_provider(struct work *work, const struct provider *provider,
			  void (*visit)(struct work *, config_setting_t *))
{
	for (; provider != NULL; provider = provider->extends) {
		work->conf = provider->conf;
		each_template(work, config_root_setting(&provider->conf->tree), schema_provider,
			      visit);
	}
}

/* -- Checking them -- */

static void check_template(struct work *work, config_setting_t *setting)
{
	const char *text = config_setting_get_string(setting), *at = text;
	struct setting here = {.value = setting, .conf = work->conf};
	struct placeholder found;

	while (template_next(&at, &found)) {
		struct setting declared = find_placeholder(work->list, found.name);
		const struct kind *kind = kind_of(declared);

		if (declared.value == NULL)
			problem(work, here, "%s: {%s} is not among the placeholders",
				config_setting_name(setting), found.name);
		else if (kind != NULL && (kind->places & 1U << template_place(text, &found)) == 0)
			problem(work, here, "%s: {%s} is a %s and can't stand there",
				config_setting_name(setting), found.name, kind->name);
	}
}

static void check_declarations(struct work *work)
{
	unsigned i;

	for (i = 0; i < setting_count(work->list); i++) {
		struct setting declared = setting_element(work->list, i);
		const char *name = member(declared, "name"), *value = member(declared, "default");
		const char *wrong = NULL;

		if (name != NULL && (!text_is_word(name) || strlen(name) >= PLACEHOLDER_MAX))
			problem(work, declared, "\"%s\" can't be a placeholder's name", name);
		if (value != NULL && kind_of(declared) != NULL)
			wrong = variable_wrong(declared, value);
		if (wrong != NULL)
			problem(work, setting_member(declared, "default"),
				"\"%s\" is no %s that is taken: %s", value,
				member(declared, "kind"), wrong);
	}
}

credence_rc variables_check(struct credence_call *call, const struct provider *provider,
			    const struct conf_report *report)
{
	struct work work = {.call = call, .report = report};

	work.list = provider_find(provider, "placeholders");
	check_declarations(&work);
	each_provider(&work, provider, check_template);
	return work.rc;
}

/* -- Filling them -- */

static struct setting profile_value(const struct profile *profile, const char *name)
{
	struct buf path = BUF_INIT;
	struct setting found;

	buf_printf(&path, "variables.%s", name);
	found = profile_own(profile, buf_text(&path));
	buf_done(&path);
	return found;
}

static void missing(struct work *work, struct setting declared)
{
	const char *name = member(declared, "name"), *example = member(declared, "example");

	problem(work, profile_own(work->profile, "provider"), "provider %s needs variables.%s: %s",
		work->profile->provider_name, name, member(declared, "help"));
	call_hint(work->call, "add variables = { %s = \"%s\"; }; to the profile", name,
		  example != NULL ? example : "…");
}

/* A variable that the provider has no use for is a slip of the pen. */
static void check_names(struct work *work)
{
	struct setting given = conf_find(work->profile->conf, "variables");
	const char *names[NAMES_MAX] = {NULL}, *nearest;
	unsigned i;

	for (i = 0; i < setting_count(work->list) && i < NAMES_MAX - 1; i++)
		names[i] = member(setting_element(work->list, i), "name");
	for (i = 0; i < setting_count(given); i++) {
		struct setting variable = setting_element(given, i);
		const char *name = config_setting_name(variable.value);

		if (find_placeholder(work->list, name).value != NULL)
			continue;
		nearest = text_nearest(name, names);
		problem(work, variable, "provider %s has no variable \"%s\"%s%s%s",
			work->profile->provider_name, name,
			nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
			nearest != NULL ? "\"?" : "");
	}
}

static void check_values(struct work *work)
{
	unsigned i;

	for (i = 0; work->rc == CREDENCE_SUCCESS && i < setting_count(work->list); i++) {
		struct setting declared = setting_element(work->list, i), given;
		const char *name = member(declared, "name"), *wrong = NULL;

		given = profile_value(work->profile, name);
		if (setting_string(given) != NULL)
			wrong = variable_wrong(declared, setting_string(given));
		else if (member(declared, "default") == NULL)
			missing(work, declared);
		if (wrong != NULL)
			problem(work, given, "variables.%s is no %s that is taken: %s", name,
				member(declared, "kind"), wrong);
	}
}

static const char *value_of(void *data, const char *name)
{
	struct work *work = data;
	const char *value = setting_string(profile_value(work->profile, name));

	return value != NULL ? value : member(find_placeholder(work->list, name), "default");
}

static void fill_template(struct work *work, config_setting_t *setting)
{
	struct buf text = BUF_INIT;
	const char *wrong = NULL;
	struct url url;

	template_expand(config_setting_get_string(setting), value_of, work, &text);
	if (buf_text(&text)[0] != '/')
		wrong = url_parse(buf_text(&text), &url);
	if (wrong != NULL)
		problem(work, (struct setting){.value = setting, .conf = work->conf},
			"%s becomes %s, which is no URL that is taken: %s",
			config_setting_name(setting), buf_text(&text), wrong);
	else if (!buf_ok(&text) ||
		 config_setting_set_string(setting, buf_text(&text)) != CONFIG_TRUE)
		work->rc = call_oom(work->call);
	buf_done(&text);
}

credence_rc variables_fill(struct credence_call *call, struct profile *profile)
{
	struct work work = {.call = call, .profile = profile};

	work.list = provider_find(profile->provider, "placeholders");
	check_names(&work);
	check_values(&work);
	if (work.rc == CREDENCE_SUCCESS)
		each_provider(&work, profile->provider, fill_template);
	return work.rc;
}
