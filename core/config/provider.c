/* SPDX-License-Identifier: MIT */
/*
 * Finds provider data and what it extends.
 */
#include "core/config/place_conf.h"
#include "core/config/profile.h"
#include "core/config/schema.h"
#include "core/config/variables.h"
#include "core/os/file.h"
#include "core/os/text.h"

#include <stdlib.h>
#include <string.h>

#define FOLDER    "providers.d"
#define CHAIN_MAX 8

/* The first file from place downwards. MISS: there is none. */
static credence_rc find_conf(struct credence_call *call, const struct places *places, int place,
			     const char *name, const struct conf_report *report, struct conf **conf)
{
	credence_rc rc = CREDENCE_MISS;

	/* Provider data is read before something is done with it, never for a mere look at a
	 * record: so the whole path is checked. */
	for (; place < PLACE_COUNT && rc == CREDENCE_MISS; place++)
		rc = place_conf_load(call, places, place, FOLDER, name, schema_provider, report,
				     true, conf);
	return rc;
}

/* Names those that there are. */
static credence_rc no_provider(struct credence_call *call, const struct places *places, int place,
			       const char *name)
{
	struct buf list = BUF_INIT;
	const char *nearest;
	char **names = NULL;
	credence_rc rc;

	rc = place_conf_names(call, places, place, FOLDER, &names);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	for (char **at = names; *at != NULL; at++)
		buf_printf(&list, "%s%s", at == names ? "" : ", ", *at);
	nearest = text_nearest(name, (const char *const *)names);
	if (names[0] == NULL)
		call_fail(call, CREDENCE_CONFIG, "no provider \"%s\": there are none", name);
	else if (nearest != NULL)
		call_fail(call, CREDENCE_CONFIG,
			  "no provider \"%s\"; did you mean \"%s\"? There are %s", name, nearest,
			  buf_text(&list));
	else
		call_fail(call, CREDENCE_CONFIG, "no provider \"%s\"; there are %s", name,
			  buf_text(&list));
	buf_done(&list);
	file_names_free(names);
	return CREDENCE_CONFIG;
}

static credence_rc load(struct credence_call *call, const struct places *places, int place,
			const char *name, const struct conf_report *report, int depth,
			struct provider **provider);

/* What it extends: looked for from its own place downwards, and below it if it has the same name.
 */
static credence_rc load_extended(struct credence_call *call, const struct places *places,
				 const struct conf_report *report, int depth,
				 struct provider *provider)
{
	struct setting extends = conf_find(provider->conf, "extends");
	const char *name = setting_string(extends);
	int place = provider->conf->place;
	credence_rc rc;

	if (name == NULL)
		return CREDENCE_SUCCESS;
	if (depth >= CHAIN_MAX)
		return setting_fail(call, extends, "more than %d providers extend each other",
				    CHAIN_MAX);
	if (strcmp(name, provider->name) == 0)
		place++;
	rc = load(call, places, place, name, report, depth + 1, &provider->extends);
	if (rc != CREDENCE_SUCCESS && call->failure.message != NULL)
		call_prefix(call, "%s:%u: extends \"%s\"", provider->conf->path,
			    config_setting_source_line(extends.value), name);
	return rc;
}

static credence_rc load(struct credence_call *call, const struct places *places, int place,
			const char *name, const struct conf_report *report, int depth,
			struct provider **provider)
{
	struct provider *made = calloc(1, sizeof(*made));
	credence_rc rc, chain;

	if (made == NULL)
		return call_oom(call);
	made->name = strdup(name);
	if (made->name == NULL) {
		rc = call_oom(call);
		goto out;
	}
	rc = find_conf(call, places, place, name, report, &made->conf);
	if (rc == CREDENCE_MISS)
		rc = no_provider(call, places, place, name);
	if (made->conf == NULL)
		goto out;
	chain = load_extended(call, places, report, depth, made);
	if (chain != CREDENCE_SUCCESS)
		rc = chain;
	if (rc == CREDENCE_SUCCESS || report != NULL) {
		*provider = made;
		made = NULL; /* transferred */
	}
out:
	provider_free(made);
	return rc;
}

credence_rc provider_load(struct credence_call *call, const struct places *places, int place,
			  const char *name, const struct conf_report *report,
			  struct provider **provider)
{
	struct provider *loaded = NULL;
	credence_rc rc, templates;

	if (!text_is_name(name))
		return call_fail(call, CREDENCE_CONFIG, "\"%s\" can't be a provider's name", name);
	rc = load(call, places, place, name, report, 1, &loaded);
	if (loaded == NULL)
		return rc;
	templates = variables_check(call, loaded, report);
	if (templates != CREDENCE_SUCCESS)
		rc = templates;
	if (rc == CREDENCE_SUCCESS || report != NULL) {
		*provider = loaded;
		loaded = NULL; /* transferred */
	}
	provider_free(loaded);
	return rc;
}

void provider_free(struct provider *provider)
{
	while (provider != NULL) {
		struct provider *extends = provider->extends;

		conf_free(provider->conf);
		free(provider->name);
		free(provider);
		provider = extends;
	}
}

struct setting provider_find(const struct provider *provider, const char *path)
{
	struct setting found = {.value = NULL};

	for (; provider != NULL; provider = provider->extends)
		if (setting_decides(conf_root(provider->conf), path, &found))
			break;
	return found;
}

credence_rc provider_names(struct credence_call *call, const struct places *places, char ***names)
{
	return place_conf_names(call, places, PLACE_USER, FOLDER, names);
}
