/* SPDX-License-Identifier: MIT */
/*
 * One configuration file: reading, parsing, and asking for the values in it. What is allowed to
 * stand there is in schema.c.
 */
#include "core/config/conf.h"

#include "core/config/guard.h"
#include "core/config/schema.h"
#include "core/os/file.h"
#include "core/os/secret.h"
#include "core/os/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A report for those who want the first problem as the call's error. */
struct first_problem {
	struct credence_call *call;
	bool seen;
};

static void first_problem(void *data, const char *file, int line, const char *message,
			  const char *hint)
{
	struct first_problem *first = data;

	if (first->seen)
		return;
	first->seen = true;
	if (line > 0)
		call_fail(first->call, CREDENCE_CONFIG, "%s:%d: %s", file, line, message);
	else
		call_fail(first->call, CREDENCE_CONFIG, "%s: %s", file, message);
	if (hint != NULL)
		call_hint(first->call, "%s", hint);
}

static struct conf *conf_new(const char *path, int place)
{
	struct conf *conf = calloc(1, sizeof(*conf));

	if (conf == NULL)
		return NULL;
	conf->path = strdup(path);
	if (conf->path == NULL) {
		free(conf);
		return NULL;
	}
	conf->place = place;
	config_init(&conf->tree);
	return conf;
}

void conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	config_destroy(&conf->tree);
	free(conf->path);
	free(conf);
}

/* Guard and parser. false: the problem went to the report. */
static bool parse(struct conf *conf, struct buf *text, const struct conf_report *report)
{
	struct guard_problem problem;

	if (!guard_check(text, &problem)) {
		report->problem(report->data, conf->path, problem.line, problem.message,
				problem.hint);
		return false;
	}
	if (config_read_string(&conf->tree, buf_text(text)) != CONFIG_TRUE) {
		report->problem(report->data, conf->path, config_error_line(&conf->tree),
				config_error_text(&conf->tree), NULL);
		return false;
	}
	return true;
}

/* Takes text in any case, and forgets what was in it: somebody may have written a secret there. */
static credence_rc conf_from_text(struct credence_call *call, const char *path, int place,
				  struct buf *text, const struct schema *schema,
				  const struct conf_report *report, struct conf **conf)
{
	struct first_problem first = {.call = call};
	const struct conf_report own = {.problem = first_problem, .data = &first};
	struct conf *made = NULL;
	credence_rc rc = CREDENCE_CONFIG;

	made = conf_new(path, place);
	if (made == NULL) {
		rc = call_oom(call);
		goto out;
	}
	if (!parse(made, text, report != NULL ? report : &own))
		goto out;
	if (text->failed) {
		rc = call_oom(call);
		goto out;
	}
	if (schema_check(made, schema, report != NULL ? report : &own) == 0)
		rc = CREDENCE_SUCCESS;
	if (rc == CREDENCE_SUCCESS || report != NULL) {
		*conf = made;
		made = NULL; /* transferred */
	}
out:
	conf_free(made);
	if (text->data != NULL)
		secret_wipe(text->data, text->length);
	buf_done(text);
	return rc;
}

credence_rc conf_load(struct credence_call *call, const char *path, int place,
		      const struct schema *schema, const struct conf_report *report, bool walk,
		      struct conf **conf)
{
	struct buf text = BUF_INIT;
	credence_rc rc = file_read_trusted(call, path, walk ? FILE_WALK : 0, &text);

	if (rc == CREDENCE_SUCCESS)
		return conf_from_text(call, path, place, &text, schema, report, conf);
	if (rc == CREDENCE_MISS)
		call_clear(call);
	buf_done(&text);
	return rc;
}

credence_rc conf_parse(struct credence_call *call, const char *name, int place, const char *text,
		       size_t length, const struct schema *schema, const struct conf_report *report,
		       struct conf **conf)
{
	struct buf copy = BUF_INIT;

	buf_add(&copy, text, length);
	return conf_from_text(call, name, place, &copy, schema, report, conf);
}

struct setting conf_root(const struct conf *conf)
{
	struct setting root = {.conf = conf};

	if (conf != NULL)
		root.value = config_root_setting(&conf->tree);
	return root;
}

struct setting conf_find(const struct conf *conf, const char *path)
{
	return setting_member(conf_root(conf), path);
}

struct setting setting_member(struct setting group, const char *path)
{
	struct setting found = {.conf = group.conf};

	/* libconfig only lacks the const: it changes nothing. */
	if (group.value != NULL && config_setting_is_aggregate(group.value))
		found.value = config_setting_lookup((config_setting_t *)group.value, path);
	return found;
}

bool setting_decides(struct setting group, const char *path, struct setting *found)
{
	const char *index = strstr(path, ".[");
	char *list = NULL;
	bool decides;

	*found = setting_member(group, path);
	if (found->value != NULL || index == NULL)
		return found->value != NULL;
	list = strndup(path, (size_t)(index - path));
	decides = list == NULL || setting_member(group, list).value != NULL;
	free(list);
	return decides;
}

struct setting setting_element(struct setting list, unsigned index)
{
	struct setting found = {.conf = list.conf};

	if (index < setting_count(list))
		found.value = config_setting_get_elem(list.value, index);
	return found;
}

unsigned setting_count(struct setting list)
{
	int length;

	if (list.value == NULL || !config_setting_is_aggregate(list.value))
		return 0;
	length = config_setting_length(list.value);
	return length > 0 ? (unsigned)length : 0;
}

const char *setting_string(struct setting setting)
{
	if (setting.value == NULL || config_setting_type(setting.value) != CONFIG_TYPE_STRING)
		return NULL;
	return config_setting_get_string(setting.value);
}

int64_t setting_number(struct setting setting, int64_t fallback)
{
	if (setting.value == NULL)
		return fallback;
	switch (config_setting_type(setting.value)) {
	case CONFIG_TYPE_INT:
		return config_setting_get_int(setting.value);
	case CONFIG_TYPE_INT64:
		return config_setting_get_int64(setting.value);
	default:
		return fallback;
	}
}

bool setting_bool(struct setting setting, bool fallback)
{
	if (setting.value == NULL || config_setting_type(setting.value) != CONFIG_TYPE_BOOL)
		return fallback;
	return config_setting_get_bool(setting.value) == CONFIG_TRUE;
}

int64_t setting_duration(struct setting setting, int64_t fallback)
{
	const char *text = setting_string(setting);
	int64_t ms;

	return text != NULL && text_duration(text, &ms) ? ms : fallback;
}

bool setting_is_forever(struct setting setting)
{
	const char *text = setting_string(setting);

	return text != NULL && strcmp(text, CONF_FOREVER) == 0;
}

void setting_text(struct setting setting, struct buf *text)
{
	if (setting.value == NULL)
		return;
	switch (config_setting_type(setting.value)) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		buf_printf(text, "%" PRId64, setting_number(setting, 0));
		break;
	case CONFIG_TYPE_BOOL:
		buf_str(text, setting_bool(setting, false) ? "true" : "false");
		break;
	case CONFIG_TYPE_ARRAY:
	case CONFIG_TYPE_LIST:
		for (unsigned i = 0; i < setting_count(setting); i++) {
			if (i > 0)
				buf_char(text, ' ');
			buf_str(text, setting_string(setting_element(setting, i)));
		}
		break;
	default:
		buf_str(text, setting_string(setting));
		break;
	}
}

static bool same_scalar(struct setting a, struct setting b)
{
	struct buf x = BUF_INIT, y = BUF_INIT;
	bool same;

	setting_text(a, &x);
	setting_text(b, &y);
	same = strcmp(buf_text(&x), buf_text(&y)) == 0;
	buf_done(&x);
	buf_done(&y);
	return same;
}

bool setting_same(struct setting a, struct setting b)
{
	bool same;

	if (a.value == NULL || b.value == NULL)
		return a.value == b.value;
	if (!config_setting_is_aggregate(a.value) && !config_setting_is_aggregate(b.value))
		return same_scalar(a, b);
	same = config_setting_is_group(a.value) == config_setting_is_group(b.value) &&
	       setting_count(a) == setting_count(b);
	for (unsigned i = 0; same && i < setting_count(a); i++) {
		struct setting member = setting_element(a, i);
		const char *name = config_setting_name(member.value);

		same = setting_same(member,
				    name != NULL ? setting_member(b, name) : setting_element(b, i));
	}
	return same;
}

credence_rc setting_fail(struct credence_call *call, struct setting setting, const char *format,
			 ...)
{
	struct buf message = BUF_INIT;
	unsigned line;
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&message, format, ap);
	va_end(ap);
	line = setting.value != NULL ? config_setting_source_line(setting.value) : 0;
	if (!buf_ok(&message))
		call_oom(call);
	else if (line > 0)
		call_fail(call, CREDENCE_CONFIG, "%s:%u: %s", setting.conf->path, line,
			  buf_text(&message));
	else if (setting.conf != NULL)
		call_fail(call, CREDENCE_CONFIG, "%s: %s", setting.conf->path, buf_text(&message));
	else
		call_fail(call, CREDENCE_CONFIG, "%s", buf_text(&message));
	buf_done(&message);
	return CREDENCE_CONFIG;
}

credence_rc setting_file(struct credence_call *call, struct setting setting, unsigned flags,
			 const char **path)
{
	struct buf content = BUF_SECRET;
	credence_rc rc;

	*path = setting_string(setting);
	if (*path == NULL)
		return CREDENCE_SUCCESS;
	rc = file_read_trusted(call, *path, flags | FILE_WALK, &content);
	buf_done(&content);
	if (rc == CREDENCE_MISS) {
		call_clear(call);
		rc = setting_fail(call, setting, "there is no file %s", *path);
	}
	return rc;
}
