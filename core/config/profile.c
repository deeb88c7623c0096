/* SPDX-License-Identifier: MIT */
/*
 * Finds a profile and asks the layers of its settings in their order. Stacks are in stack_conf.c,
 * the client's secret in secret_ref.c.
 */
#include "core/config/profile.h"

#include "core/config/place_conf.h"
#include "core/config/schema.h"
#include "core/config/variables.h"
#include "core/os/file.h"
#include "core/os/text.h"

#include <stdlib.h>
#include <string.h>

#define FOLDER "profiles.d"

/* The group of credence.conf's defaults for one provider. */
static struct setting defaults_of_provider(struct setting defaults, const char *provider)
{
	struct setting list = setting_member(defaults, "providers"), none = {.value = NULL};

	for (unsigned i = 0; provider != NULL && i < setting_count(list); i++) {
		struct setting group = setting_element(list, i);
		const char *name = setting_string(setting_member(group, "name"));

		if (name != NULL && strcmp(name, provider) == 0)
			return group;
	}
	return none;
}

/* What one credence.conf has to say. */
static bool main_decides(const struct conf *conf, const char *provider, const char *path,
			 struct setting *found)
{
	struct setting defaults = conf_find(conf, "defaults");

	if (setting_decides(defaults_of_provider(defaults, provider), path, found) ||
	    setting_decides(defaults, path, found))
		return true;
	/* How requests travel may also be said for everything that credence does. */
	return strncmp(path, "http", 4) == 0 && (path[4] == '.' || path[4] == '\0') &&
	       setting_decides(conf_root(conf), path, found);
}

struct setting profile_own(const struct profile *profile, const char *path)
{
	struct setting found = {.value = NULL};

	if (setting_decides(conf_root(profile->conf), path, &found))
		return found;
	for (int i = 0; i < MAIN_CONF_MAX; i++) {
		const struct conf *conf = profile->main->conf[i];

		/* A profile of the system is not changed by whoever uses it. */
		if (conf == NULL ||
		    (conf->place == PLACE_USER && profile->conf->place != PLACE_USER))
			continue;
		if (main_decides(conf, profile->provider_name, path, &found))
			break;
	}
	return found;
}

struct setting profile_find(const struct profile *profile, const char *path)
{
	struct setting found = profile_own(profile, path);
	const char *index = strstr(path, ".[");
	char *list;

	if (found.value != NULL || profile->provider == NULL)
		return found;
	/* A list that the profile has replaces the provider's, also where it is shorter. */
	if (index != NULL) {
		list = strndup(path, (size_t)(index - path));
		if (list == NULL || profile_own(profile, list).value != NULL) {
			free(list);
			return found;
		}
		free(list);
	}
	return provider_find(profile->provider, path);
}

struct setting profile_authentication_setting(const struct profile *profile)
{
	struct setting own = profile_own(profile, "client.authentication");

	return own.value != NULL ? own : profile_find(profile, "client_authentication");
}

const char *profile_authentication(const struct profile *profile, const char *otherwise)
{
	const char *method = setting_string(profile_authentication_setting(profile));

	if (method == NULL)
		method = otherwise;
	if ((strcmp(method, "basic") == 0 || strcmp(method, "body") == 0) &&
	    profile_own(profile, "client.secret").value == NULL)
		return "none";
	return method;
}

void profile_join_scope(const struct profile *profile, const char *scope, struct buf *joined)
{
	const char *separator = setting_string(profile_find(profile, "scope_separator"));

	for (; *scope != '\0'; scope++) {
		if (*scope == ' ' && separator != NULL)
			buf_str(joined, separator);
		else
			buf_char(joined, *scope);
	}
}

static const char *own_string(const struct profile *profile, const char *path, const char *fallback)
{
	const char *text = setting_string(profile_own(profile, path));

	return text != NULL ? text : fallback;
}

/* The members that every call needs. */
static credence_rc read_members(struct credence_call *call, struct profile *profile)
{
	struct buf scope = BUF_INIT;

	profile->provider_name = own_string(profile, "provider", NULL);
	if (profile->provider_name == NULL)
		return setting_fail(call, conf_root(profile->conf),
				    "provider is missing, e.g. provider = \"NAME\";");
	profile->credential = own_string(profile, "credential", profile->name);
	profile->client_id = own_string(profile, "client.id", "");
	profile->owner = own_string(profile, "owner", profile->client_id);
	profile->resource = own_string(profile, "resource", "");
	profile->audience = own_string(profile, "audience", "");
	setting_text(profile_own(profile, "scope"), &scope);
	profile->scope = buf_take(&scope);
	if (profile->scope == NULL)
		return call_oom(call);
	profile->state_dir = places_state(profile->places, profile->conf->place);
	if (profile->state_dir == NULL) {
		call_fail(call, CREDENCE_CONFIG, "there is no folder for the state of %s",
			  profile->conf->path);
		call_hint(call, "set HOME or XDG_STATE_HOME to an absolute path");
		return CREDENCE_CONFIG;
	}
	return CREDENCE_SUCCESS;
}

static credence_rc no_profile(struct credence_call *call, const struct places *places,
			      const char *name)
{
	const char *nearest = NULL;
	char **names = NULL;

	/* If the folders can't be listed there is no suggestion, but still no such profile. */
	if (profile_names(call, places, &names) == CREDENCE_SUCCESS)
		nearest = text_nearest(name, (const char *const *)names);
	call_clear(call);
	call_fail_status(call, STATUS_NO_PROFILE, CREDENCE_CONFIG, "there is no profile \"%s\"",
			 name);
	/* It is listed, and there is nothing in its place. */
	if (nearest != NULL && strcmp(nearest, name) == 0)
		call_hint(call, FOLDER "/%s.conf is a link that leads nowhere", name);
	else if (nearest != NULL)
		call_hint(call, "did you mean \"%s\"?", nearest);
	else
		call_hint(call, "credence list shows the profiles; credence init makes one");
	file_names_free(names);
	return CREDENCE_CONFIG;
}

/* The first file from the highest place downwards. MISS: there is none. */
static credence_rc find_conf(struct credence_call *call, const struct places *places,
			     const char *name, const struct conf_report *report, bool walk,
			     struct conf **conf)
{
	credence_rc rc = CREDENCE_MISS;

	for (int place = 0; place < PLACE_COUNT && rc == CREDENCE_MISS; place++)
		rc = place_conf_load(call, places, place, FOLDER, name, schema_profile, report,
				     walk, conf);
	return rc;
}

static struct profile *profile_new(const struct places *places, const struct main_conf *main,
				   const char *name, struct conf *conf)
{
	struct profile *profile = calloc(1, sizeof(*profile));

	if (profile == NULL)
		return NULL;
	profile->name = strdup(name);
	if (profile->name == NULL) {
		free(profile);
		return NULL;
	}
	profile->conf = conf;
	profile->places = places;
	profile->main = main;
	return profile;
}

credence_rc profile_load(struct credence_call *call, const struct places *places,
			 const struct main_conf *main, const char *name,
			 const struct conf_report *report, bool walk, struct profile **profile)
{
	struct profile *made = NULL;
	struct conf *conf = NULL;
	credence_rc rc, members;

	if (!text_is_name(name)) {
		call_fail_status(call, STATUS_USAGE, CREDENCE_CONFIG,
				 "\"%s\" can't be a profile's name", name);
		call_hint(call, "a name is up to 64 letters, digits and . _ @ -, and begins with a "
				"letter or digit");
		return CREDENCE_CONFIG;
	}
	rc = find_conf(call, places, name, report, walk, &conf);
	if (rc == CREDENCE_MISS)
		return no_profile(call, places, name);
	if (conf == NULL)
		return rc;
	made = profile_new(places, main, name, conf);
	if (made == NULL) {
		conf_free(conf);
		return call_oom(call);
	}
	members = read_members(call, made);
	if (members != CREDENCE_SUCCESS) {
		profile_free(made);
		return members;
	}
	*profile = made;
	return rc;
}

/* Nothing that could be looked up. */
static credence_rc give_empty_provider(struct credence_call *call, struct profile *profile)
{
	struct provider *provider = calloc(1, sizeof(*provider));
	credence_rc rc = CREDENCE_SUCCESS;

	if (provider == NULL)
		return call_oom(call);
	provider->name = strdup(profile->name);
	if (provider->name == NULL)
		rc = call_oom(call);
	else
		rc = conf_parse(call, profile->name, profile->conf->place, "", 0, schema_profile,
				NULL, &provider->conf);
	if (rc == CREDENCE_SUCCESS)
		profile->provider = provider;
	else
		provider_free(provider);
	return rc;
}

credence_rc profile_parse(struct credence_call *call, const struct places *places,
			  const struct main_conf *main, const char *name, const char *text,
			  size_t length, struct profile **profile)
{
	int place = places->folder[PLACE_USER] != NULL ? PLACE_USER : PLACE_ADMIN;
	struct profile *made = NULL;
	struct conf *conf = NULL;
	credence_rc rc = conf_parse(call, name, place, text, length, schema_profile, NULL, &conf);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	made = profile_new(places, main, name, conf);
	if (made == NULL) {
		conf_free(conf);
		return call_oom(call);
	}
	rc = read_members(call, made);
	if (rc == CREDENCE_SUCCESS)
		rc = give_empty_provider(call, made);
	if (rc == CREDENCE_SUCCESS)
		*profile = made;
	else
		profile_free(made);
	return rc;
}

credence_rc profile_with(struct credence_call *call, const struct profile *like, struct conf *conf,
			 struct profile **profile)
{
	struct setting other = conf_find(conf, "credential");
	struct profile *made;

	if (other.value != NULL && strcmp(setting_string(other), like->credential) != 0) {
		setting_fail(call, other, "this is about credential %s, not %s",
			     setting_string(other), like->credential);
		conf_free(conf);
		return CREDENCE_CONFIG;
	}
	made = profile_new(like->places, like->main, like->name, conf);
	if (made != NULL)
		made->scope = strdup(like->scope);
	if (made == NULL || made->scope == NULL) {
		profile_free(made);
		if (made == NULL)
			conf_free(conf);
		return call_oom(call);
	}
	made->provider_name = like->provider_name;
	made->credential = like->credential;
	made->client_id = like->client_id;
	made->owner = like->owner;
	made->resource = like->resource;
	made->audience = like->audience;
	made->state_dir = like->state_dir;
	*profile = made;
	return CREDENCE_SUCCESS;
}

void profile_free(struct profile *profile)
{
	if (profile == NULL)
		return;
	provider_free(profile->provider);
	conf_free(profile->conf);
	free(profile->scope);
	free(profile->name);
	free(profile);
}

credence_rc profile_names(struct credence_call *call, const struct places *places, char ***names)
{
	return place_conf_names(call, places, PLACE_USER, FOLDER, names);
}

credence_rc profile_provider(struct credence_call *call, struct profile *profile)
{
	struct setting named = conf_find(profile->conf, "provider");
	credence_rc rc;

	if (profile->provider != NULL)
		return CREDENCE_SUCCESS;
	rc = provider_load(call, profile->places, profile->conf->place, profile->provider_name,
			   NULL, &profile->provider);
	/* That there is none is a fault of the line that names it; others name their own file. */
	if (rc == CREDENCE_CONFIG && named.value != NULL && call->failure.message != NULL &&
	    call->failure.message[0] != '/')
		call_prefix(call, "%s:%u", profile->conf->path,
			    config_setting_source_line(named.value));
	if (rc == CREDENCE_SUCCESS)
		rc = variables_fill(call, profile);
	if (rc != CREDENCE_SUCCESS) {
		provider_free(profile->provider);
		profile->provider = NULL;
	}
	return rc;
}
