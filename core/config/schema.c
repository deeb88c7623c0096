/* SPDX-License-Identifier: MIT */
/*
 * Checks a parsed file against its schema: unknown names, wrong types, values that are none. What
 * the values mean together is checked by those who use them.
 */
#include "core/config/schema.h"

#include "core/config/control.h"
#include "core/config/secret_ref.h"
#include "core/config/template.h"
#include "core/config/url.h"
#include "core/os/text.h"

#include <stdarg.h>
#include <string.h>

#define NAMES_MAX 96 /* a table has fewer settings */

struct check {
	const struct conf *conf;
	const struct conf_report *report;
	bool templates; /* URLs may have placeholders */
	unsigned problems;
};

/* What a value of each type looks like: "NAME must be WHAT, e.g. NAME = EXAMPLE;". */
static const struct shape {
	const char *what, *example;
} shapes[] = {
    [SCHEMA_STRING] = {"text in quotes", "\"…\""},
    [SCHEMA_NUMBER] = {"a whole number", "10"},
    [SCHEMA_BOOL] = {"true or false", "true"},
    [SCHEMA_DURATION] = {"a time with its unit in quotes", "\"10m\""},
    [SCHEMA_STRINGS] = {"a list of strings", "[ \"…\" ]"},
    [SCHEMA_GROUP] = {"a group", "{ … }"},
    [SCHEMA_GROUPS] = {"a list of groups", "( { … } )"},
    [SCHEMA_STACK] = {"one or more modules", "( { use = \"…\"; control = \"required\"; } )"},
    [SCHEMA_SECRET] = {"a reference to a secret", "\"file:/path\""},
    [SCHEMA_SECRETS] = {"a reference to a secret, or a group of them by location",
			"\"file:/path\""},
    [SCHEMA_NAME] = {"a name of letters, digits and . _ @ - (at most 64)", "\"work-1\""},
    [SCHEMA_URL] = {"a URL", "\"https://…\""},
    [SCHEMA_ENDPOINT] = {"a URL, or a path that begins with /", "\"/token\""},
    [SCHEMA_MODULE] = {"one module", "{ use = \"…\"; }"},
    [SCHEMA_SCOPES] = {"a list of strings", "[ \"…\" ]"},
    [SCHEMA_VALUES] = {"a group of texts in quotes", "{ tenant = \"…\"; }"},
    [SCHEMA_HOSTS] = {"a list of hosts", "[ \"https://…\" ]"},
    [SCHEMA_WORD] = {"text of visible characters", "\"name\""},
    [SCHEMA_RESOURCE] = {"an absolute URI without a fragment", "\"https://…\""},
    [SCHEMA_PROXY] = {"the URL of a proxy, or \"env:\"", "\"https://proxy.example.org:8443\""},
    [SCHEMA_LIFETIME] = {"a time with its unit, or \"until revoked\"", "\"1h\""},
};

/* The path of a setting from the root of its file, without the numbers of list elements; answers
 * whether there was anything to add. */
static bool add_path(struct buf *path, const config_setting_t *setting)
{
	const char *name;
	bool added;

	if (config_setting_is_root(setting))
		return false;
	added = add_path(path, config_setting_parent(setting));
	name = config_setting_name(setting);
	if (name == NULL)
		return added;
	if (added)
		buf_char(path, '.');
	buf_str(path, name);
	return true;
}

static void send(struct check *check, const config_setting_t *at, const struct buf *message)
{
	check->problems++;
	check->report->problem(check->report->data, check->conf->path,
			       (int)config_setting_source_line(at), buf_text(message), NULL);
}

/* One problem: the setting's path (if it has one), then what is wrong. */
__attribute__((format(printf, 3, 4))) static void
problem(struct check *check, const config_setting_t *setting, const char *format, ...)
{
	struct buf message = BUF_INIT;
	va_list ap;

	if (add_path(&message, setting))
		buf_char(&message, ' ');
	va_start(ap, format);
	buf_vprintf(&message, format, ap);
	va_end(ap);
	send(check, setting, &message);
	buf_done(&message);
}

static void wrong_type(struct check *check, const config_setting_t *setting, int type)
{
	const char *name = config_setting_name(setting);

	if (name != NULL)
		problem(check, setting, "must be %s, e.g. %s = %s;", shapes[type].what, name,
			shapes[type].example);
	else
		problem(check, setting, "must be %s, e.g. %s", shapes[type].what,
			shapes[type].example);
}

static void check_choice(struct check *check, const config_setting_t *setting,
			 const char *const *choices, const char *text)
{
	struct buf list = BUF_INIT;

	for (const char *const *choice = choices; *choice != NULL; choice++) {
		if (strcmp(*choice, text) == 0)
			goto out;
		buf_printf(&list, "%s\"%s\"", list.length > 0 ? ", " : "", *choice);
	}
	problem(check, setting, "must be one of %s", buf_text(&list));
out:
	buf_done(&list);
}

static void check_url(struct check *check, const config_setting_t *setting, const char *text)
{
	struct buf sample = BUF_INIT;
	const char *wrong = NULL;
	struct url url;

	/* What its placeholders are is looked at when all of the provider's files are there. */
	if (!check->templates)
		buf_str(&sample, text);
	else if (!template_sample(text, &sample))
		wrong = "it has a placeholder that is none, or that would run into what follows";
	if (wrong == NULL)
		wrong = url_parse(buf_text(&sample), &url);
	if (wrong != NULL)
		problem(check, setting, "is no URL that is taken: %s", wrong);
	buf_done(&sample);
}

static void check_endpoint(struct check *check, const config_setting_t *setting, const char *text)
{
	struct buf joined = BUF_INIT;

	url_join(&joined, "https://localhost", text);
	check_url(check, setting, buf_text(&joined));
	buf_done(&joined);
}

static void check_secret(struct check *check, const config_setting_t *setting, const char *text)
{
	const char *wrong = secret_ref_check(text);

	if (wrong != NULL)
		problem(check, setting, "is %s; " SECRET_REF_HINT, wrong);
}

/* All types that are written as a string. */
static void check_string(struct check *check, const config_setting_t *setting,
			 const struct schema *schema)
{
	const char *text = config_setting_get_string(setting);
	int64_t ms;

	if (config_setting_type(setting) != CONFIG_TYPE_STRING || text == NULL) {
		wrong_type(check, setting, schema->type);
		return;
	}
	switch (schema->type) {
	case SCHEMA_LIFETIME:
		if (strcmp(text, CONF_FOREVER) == 0)
			break;
		/* fall through */
	case SCHEMA_DURATION:
		if (!text_duration(text, &ms))
			wrong_type(check, setting, schema->type);
		break;
	case SCHEMA_NAME:
		if (!text_is_name(text))
			wrong_type(check, setting, schema->type);
		break;
	case SCHEMA_WORD:
		if (!text_is_vschar(text) || strchr(text, ' ') != NULL)
			wrong_type(check, setting, schema->type);
		break;
	case SCHEMA_RESOURCE:
		if (text[0] != '\0' && !url_is_resource(text))
			wrong_type(check, setting, schema->type);
		break;
	case SCHEMA_PROXY:
		if (text[0] != '\0' && strcmp(text, "env:") != 0 && !url_is_proxy(text))
			wrong_type(check, setting, schema->type);
		break;
	case SCHEMA_URL:
		check_url(check, setting, text);
		break;
	case SCHEMA_ENDPOINT:
		check_endpoint(check, setting, text);
		break;
	case SCHEMA_SECRET:
	case SCHEMA_SECRETS:
		check_secret(check, setting, text);
		break;
	default:
		if (schema->choices != NULL)
			check_choice(check, setting, schema->choices, text);
		break;
	}
}

static void check_scalar(struct check *check, const config_setting_t *setting, int type)
{
	int is = config_setting_type(setting);
	struct setting number = {.value = setting, .conf = check->conf};
	bool fits;

	if (type == SCHEMA_BOOL)
		fits = is == CONFIG_TYPE_BOOL;
	else
		fits = setting_number(number, -1) >= 0;
	if (!fits)
		wrong_type(check, setting, type);
}

static bool is_list(const config_setting_t *setting)
{
	return config_setting_is_array(setting) || config_setting_is_list(setting);
}

/* Scopes are joined later: neither a space nor a comma can be part of one. */
static void check_scope(struct check *check, const config_setting_t *setting)
{
	const char *text = config_setting_get_string(setting);

	if (!text_is_vschar(text) || strpbrk(text, " ,\"\\") != NULL)
		problem(check, setting, "\"%s\" is not one scope; write each in quotes of its own",
			text);
}

static void check_host(struct check *check, const config_setting_t *setting)
{
	const char *text = config_setting_get_string(setting);
	const char *wrong = url_pattern_check(text);

	if (wrong != NULL)
		problem(check, setting, "\"%s\" is no host: %s; write it as \"https://host\"", text,
			wrong);
}

static void check_strings(struct check *check, const config_setting_t *setting, int type)
{
	int length = is_list(setting) ? config_setting_length(setting) : -1;

	for (int i = 0; i < length; i++) {
		const config_setting_t *element = config_setting_get_elem(setting, (unsigned)i);

		if (config_setting_type(element) != CONFIG_TYPE_STRING)
			length = -1;
		else if (type == SCHEMA_SCOPES)
			check_scope(check, element);
		else if (type == SCHEMA_HOSTS)
			check_host(check, element);
	}
	if (length < 0)
		wrong_type(check, setting, type);
}

/* A group of references by location. */
static void check_secrets(struct check *check, const config_setting_t *group)
{
	static const struct schema reference = {.type = SCHEMA_SECRET};

	for (int i = 0; i < config_setting_length(group); i++)
		check_string(check, config_setting_get_elem(group, (unsigned)i), &reference);
}

static void check_values(struct check *check, const config_setting_t *group)
{
	static const struct schema value = {.type = SCHEMA_STRING};

	if (!config_setting_is_group(group))
		wrong_type(check, group, SCHEMA_VALUES);
	for (int i = 0; config_setting_is_group(group) && i < config_setting_length(group); i++)
		check_string(check, config_setting_get_elem(group, (unsigned)i), &value);
}

static void check_value(struct check *check, const config_setting_t *setting,
			const struct schema *schema);

static const struct schema *find(const struct schema *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

static void unknown(struct check *check, const config_setting_t *setting,
		    const struct schema *table)
{
	const char *names[NAMES_MAX] = {NULL}, *nearest;
	struct buf message = BUF_INIT;
	size_t count = 0;

	for (; table->name != NULL && count < NAMES_MAX - 1; table++)
		names[count++] = table->name;
	nearest = text_nearest(config_setting_name(setting), names);
	buf_str(&message, "unknown setting \"");
	(void)add_path(&message, setting);
	buf_char(&message, '"');
	if (nearest != NULL)
		buf_printf(&message, "; did you mean \"%s\"?", nearest);
	send(check, setting, &message);
	buf_done(&message);
}

static void check_required(struct check *check, const config_setting_t *group,
			   const struct schema *table)
{
	for (; table->name != NULL; table++)
		if (table->required && config_setting_get_member(group, table->name) == NULL)
			problem(check, group, "lacks %s: %s", table->name, table->help);
}

/* open: names that the table lacks are somebody else's to check. */
static void check_group(struct check *check, const config_setting_t *group,
			const struct schema *table, bool open)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
		const struct schema *known = find(table, config_setting_name(member));

		if (known != NULL)
			check_value(check, member, known);
		else if (!open)
			unknown(check, member, table);
	}
	check_required(check, group, table);
}

static void check_groups(struct check *check, const config_setting_t *list,
			 const struct schema *schema)
{
	int length = is_list(list) ? config_setting_length(list) : -1;

	for (int i = 0; i < length; i++) {
		const config_setting_t *element = config_setting_get_elem(list, (unsigned)i);

		if (config_setting_is_group(element))
			check_group(check, element, schema->members, false);
		else
			length = -1;
	}
	if (length < 0)
		wrong_type(check, list, schema->type);
}

static void check_use(struct check *check, const config_setting_t *setting)
{
	const char *use = config_setting_get_string(setting);

	if (use != NULL && !text_is_word(use) && use[0] != '/')
		problem(check, setting, "\"%s\" is neither a module's name nor an absolute path",
			use);
}

/* The group of a stack's entry. What the core does not know in it are the module's options. */
static void check_entry(struct check *check, const config_setting_t *entry,
			const struct schema *members)
{
	static const char *const later[] = {"isolate"};
	const char *text = NULL, *wrong = NULL;
	struct control control;

	check_group(check, entry, members, true);
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (config_setting_get_member(entry, later[i]) != NULL)
			problem(check, config_setting_get_member(entry, later[i]),
				"is not in this version of credence; leave it out");
	if (config_setting_get_member(entry, "use") != NULL)
		check_use(check, config_setting_get_member(entry, "use"));
	if (config_setting_lookup_string(entry, "control", &text) != CONFIG_TRUE)
		return;
	wrong = control_parse(text, &control);
	if (wrong != NULL)
		problem(check, config_setting_get_member(entry, "control"), "%s", wrong);
	else
		control_done(&control);
}

/* One element of a stack, or the only one. */
static bool check_element(struct check *check, const config_setting_t *element,
			  const struct schema *schema)
{
	if (config_setting_is_group(element))
		check_entry(check, element, schema->members);
	else if (config_setting_type(element) == CONFIG_TYPE_STRING)
		check_use(check, element);
	else
		return false;
	return true;
}

static void check_stack(struct check *check, const config_setting_t *stack,
			const struct schema *schema)
{
	int length = is_list(stack) ? config_setting_length(stack) : 1;
	bool good = length > 0 && (schema->type == SCHEMA_STACK || length == 1);

	if (!is_list(stack))
		good = check_element(check, stack, schema);
	for (int i = 0; good && is_list(stack) && i < length; i++)
		good = check_element(check, config_setting_get_elem(stack, (unsigned)i), schema);
	if (!good)
		wrong_type(check, stack, schema->type);
}

static void check_value(struct check *check, const config_setting_t *setting,
			const struct schema *schema)
{
	switch (schema->type) {
	case SCHEMA_NUMBER:
	case SCHEMA_BOOL:
		check_scalar(check, setting, schema->type);
		break;
	case SCHEMA_STRINGS:
	case SCHEMA_SCOPES:
	case SCHEMA_HOSTS:
		check_strings(check, setting, schema->type);
		break;
	case SCHEMA_GROUP:
		if (config_setting_is_group(setting))
			check_group(check, setting, schema->members, false);
		else
			wrong_type(check, setting, schema->type);
		break;
	case SCHEMA_GROUPS:
		check_groups(check, setting, schema);
		break;
	case SCHEMA_STACK:
	case SCHEMA_MODULE:
		check_stack(check, setting, schema);
		break;
	case SCHEMA_VALUES:
		check_values(check, setting);
		break;
	case SCHEMA_SECRETS:
		if (config_setting_is_group(setting))
			check_secrets(check, setting);
		else
			check_string(check, setting, schema);
		break;
	default:
		check_string(check, setting, schema);
		break;
	}
}

unsigned schema_check(const struct conf *conf, const struct schema *schema,
		      const struct conf_report *report)
{
	struct check check = {
	    .conf = conf, .report = report, .templates = schema == schema_provider};

	check_group(&check, config_root_setting(&conf->tree), schema, false);
	return check.problems;
}
