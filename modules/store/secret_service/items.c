/* SPDX-License-Identifier: MIT */
/*
 * What the secret service has: one collection, and in it an item a record, found by its attributes:
 * the schema, the record's key, and the state folder, so that configurations of the same person
 * keep out of each other's way. Where the service would have to ask a person first, it is told not
 * to.
 */
#include "modules/store/secret_service/secret_service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA      "credence"
#define PROPERTIES  "org.freedesktop.DBus.Properties"
#define NOTHING     "/" /* the path of no object */
#define SESSION_END "/collection/session"
#define LOOKS_AGAIN 4  /* for a collection that is not there */
#define LOOK_PAUSE  50 /* ms */

void ss_items_done(struct ss_items *items)
{
	for (size_t i = 0; i < items->count; i++)
		free(items->path[i]);
	free(items->path);
	*items = (struct ss_items){0};
}

static bool add_path(struct ss_items *items, const char *path)
{
	char **grown = reallocarray(items->path, items->count + 1, sizeof(*grown));

	if (grown == NULL)
		return false;
	items->path = grown;
	grown[items->count] = strdup(path);
	return grown[items->count] != NULL && ++items->count > 0;
}

/* -- Properties -- */

/* The reply stands before the value in its variant. */
static credence_rc get_property(struct credence_self *self, const char *path, const char *interface,
				const char *name, const char *type, sd_bus_message **reply)
{
	sd_bus_message *message = NULL;
	credence_rc rc = ss_call_new(self, path, PROPERTIES, "Get", &message);

	if (rc == CREDENCE_SUCCESS)
		rc = ss_call(self, message, sd_bus_message_append(message, "ss", interface, name),
			     reply);
	if (rc != CREDENCE_SUCCESS || sd_bus_message_enter_container(*reply, 'v', type) > 0)
		return rc;
	*reply = sd_bus_message_unref(*reply);
	return ss_unreadable(self);
}

/* -- Paths -- */

static credence_rc read_paths(struct credence_self *self, sd_bus_message *reply,
			      struct ss_items *items)
{
	const char *path;
	int r = sd_bus_message_enter_container(reply, 'a', "o");

	if (r <= 0)
		return ss_unreadable(self);
	while ((r = sd_bus_message_read(reply, "o", &path)) > 0)
		if (!add_path(items, path))
			return ss_oom(self);
	return r >= 0 ? CREDENCE_SUCCESS : ss_unreadable(self);
}

/* -- The collection -- */

static const char *collection_name(struct credence_self *self)
{
	return self->host->option(self->call, "collection");
}

/* By its alias: default, and what else the service knows. */
static credence_rc find_alias(struct credence_self *self, const char *name)
{
	sd_bus_message *message = NULL, *reply = NULL;
	const char *path = NULL;
	credence_rc rc = ss_call_new(self, SS_PATH, SS_INTERFACE, "ReadAlias", &message);

	if (rc == CREDENCE_SUCCESS)
		rc = ss_call(self, message, sd_bus_message_append(message, "s", name), &reply);
	if (rc == CREDENCE_SUCCESS && sd_bus_message_read(reply, "o", &path) <= 0)
		rc = ss_unreadable(self);
	else if (rc == CREDENCE_SUCCESS && strcmp(path, NOTHING) == 0)
		rc = CREDENCE_MISS;
	else if (rc == CREDENCE_SUCCESS && (self->collection = strdup(path)) == NULL)
		rc = ss_oom(self);
	sd_bus_message_unref(reply);
	return rc;
}

static credence_rc has_label(struct credence_self *self, const char *path, const char *name)
{
	sd_bus_message *reply = NULL;
	const char *label = NULL;
	credence_rc rc = get_property(self, path, SS_COLLECTION, "Label", "s", &reply);

	if (rc == CREDENCE_SUCCESS && sd_bus_message_read(reply, "s", &label) <= 0)
		rc = ss_unreadable(self);
	else if (rc == CREDENCE_SUCCESS && strcmp(label, name) != 0)
		rc = CREDENCE_MISS;
	sd_bus_message_unref(reply);
	return rc;
}

/* By what people see. */
static credence_rc find_label(struct credence_self *self, const char *name)
{
	struct ss_items found = {0};
	sd_bus_message *reply = NULL;
	credence_rc rc = get_property(self, SS_PATH, SS_INTERFACE, "Collections", "ao", &reply);

	if (rc == CREDENCE_SUCCESS)
		rc = read_paths(self, reply, &found);
	if (rc == CREDENCE_SUCCESS)
		rc = CREDENCE_MISS;
	for (size_t i = 0; rc == CREDENCE_MISS && i < found.count; i++) {
		rc = has_label(self, found.path[i], name);
		if (rc == CREDENCE_SUCCESS && (self->collection = strdup(found.path[i])) == NULL)
			rc = ss_oom(self);
	}
	ss_items_done(&found);
	sd_bus_message_unref(reply);
	return rc;
}

/* The service may take the one that it forgets for the default. */
static credence_rc check_durable(struct credence_self *self, const char *name)
{
	size_t length = strlen(self->collection), end = strlen(SESSION_END);

	if (strcmp(name, "session") == 0 || length < end ||
	    strcmp(self->collection + length - end, SESSION_END) != 0)
		return CREDENCE_SUCCESS;
	free(self->collection);
	self->collection = NULL;
	return ss_fail(self, CREDENCE_UNAVAIL, "no_collection",
		       "make a keyring that is kept, or say collection = \"session\"",
		       "collection %.64s is the session's, which is forgotten at its end", name);
}

/* MISS: there is none. */
static credence_rc find_collection(struct credence_self *self)
{
	const char *name = collection_name(self);
	credence_rc rc;

	if (self->collection != NULL)
		return CREDENCE_SUCCESS;
	rc = find_alias(self, name);
	if (rc == CREDENCE_MISS)
		rc = find_label(self, name);
	return rc == CREDENCE_SUCCESS ? check_durable(self, name) : rc;
}

static credence_rc locked(struct credence_self *self)
{
	return ss_fail(self, CREDENCE_UNAVAIL, "locked", ss_unlock, "collection %.64s is locked",
		       collection_name(self));
}

/* MISS: it is not there, or not any more. */
static credence_rc look_at_collection(struct credence_self *self)
{
	sd_bus_message *reply = NULL;
	int is_locked = 1;
	credence_rc rc = find_collection(self);

	if (rc == CREDENCE_SUCCESS)
		rc = get_property(self, self->collection, SS_COLLECTION, "Locked", "b", &reply);
	if (rc == CREDENCE_SUCCESS && sd_bus_message_read(reply, "b", &is_locked) <= 0)
		rc = ss_unreadable(self);
	else if (rc == CREDENCE_SUCCESS && is_locked != 0)
		rc = locked(self);
	sd_bus_message_unref(reply);
	return rc;
}

/* GNOME Keyring may be without one for a moment while it writes it. */
credence_rc ss_collection(struct credence_self *self)
{
	credence_rc rc = look_at_collection(self);

	for (int again = 0; rc == CREDENCE_MISS && again < LOOKS_AGAIN; again++) {
		free(self->collection);
		self->collection = NULL;
		if (self->host->wait(self->call, LOOK_PAUSE) != CREDENCE_SUCCESS)
			break;
		rc = look_at_collection(self);
	}
	if (rc != CREDENCE_MISS)
		return rc;
	return ss_fail(self, CREDENCE_UNAVAIL, "no_collection",
		       "unlock or make a keyring in the session first, or name another with "
		       "collection in the profile",
		       "there is no collection %.64s", collection_name(self));
}

/* -- Attributes -- */

static int append_attributes(struct credence_self *self, sd_bus_message *message, const char *key)
{
	const char *state = self->host->attribute(self->call, "state_dir");
	int r = sd_bus_message_open_container(message, 'a', "{ss}");

	if (r >= 0)
		r = sd_bus_message_append(message, "{ss}", "xdg:schema", SCHEMA);
	if (r >= 0)
		r = sd_bus_message_append(message, "{ss}", "state", state != NULL ? state : "");
	if (r >= 0 && key != NULL)
		r = sd_bus_message_append(message, "{ss}", "key", key);
	return r >= 0 ? sd_bus_message_close_container(message) : r;
}

credence_rc ss_search(struct credence_self *self, const char *key, struct ss_items *items)
{
	sd_bus_message *message = NULL, *reply = NULL;
	credence_rc rc =
	    ss_call_new(self, self->collection, SS_COLLECTION, "SearchItems", &message);

	*items = (struct ss_items){0};
	if (rc == CREDENCE_SUCCESS)
		rc = ss_call(self, message, append_attributes(self, message, key), &reply);
	if (rc == CREDENCE_SUCCESS)
		rc = read_paths(self, reply, items);
	sd_bus_message_unref(reply);
	return rc == CREDENCE_MISS ? locked(self) : rc;
}

credence_rc ss_key(struct credence_self *self, const char *item, char **key)
{
	sd_bus_message *reply = NULL;
	const char *name, *value;
	credence_rc rc = get_property(self, item, SS_ITEM, "Attributes", "a{ss}", &reply);
	int r = 0;

	*key = NULL;
	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (sd_bus_message_enter_container(reply, 'a', "{ss}") <= 0)
		r = -1;
	while (r >= 0 && *key == NULL &&
	       (r = sd_bus_message_read(reply, "{ss}", &name, &value)) > 0)
		if (strcmp(name, "key") == 0 && (*key = strdup(value)) == NULL)
			rc = ss_oom(self);
	sd_bus_message_unref(reply);
	if (r < 0)
		return ss_unreadable(self);
	return rc == CREDENCE_SUCCESS && *key == NULL ? CREDENCE_MISS : rc;
}

/* -- Bytes -- */

credence_rc ss_get(struct credence_self *self, const char *item, struct ss_bytes *bytes)
{
	sd_bus_message *message = NULL, *reply = NULL;
	credence_rc rc = ss_session_open(self);

	if (rc == CREDENCE_SUCCESS)
		rc = ss_call_new(self, item, SS_ITEM, "GetSecret", &message);
	if (rc == CREDENCE_SUCCESS)
		rc = ss_call(self, message, sd_bus_message_append(message, "o", self->session),
			     &reply);
	if (rc == CREDENCE_SUCCESS)
		rc = ss_secret_read(self, reply, bytes);
	sd_bus_message_unref(reply);
	return rc;
}

credence_rc ss_set(struct credence_self *self, const char *item, const void *bytes, size_t length)
{
	sd_bus_message *message = NULL, *reply = NULL;
	credence_rc rc = ss_session_open(self);

	if (rc == CREDENCE_SUCCESS)
		rc = ss_call_new(self, item, SS_ITEM, "SetSecret", &message);
	if (rc == CREDENCE_SUCCESS)
		rc = ss_call(self, message, ss_secret_append(self, message, bytes, length), &reply);
	sd_bus_message_unref(reply);
	return rc;
}

/* -- Prompts: what the service would do once a person agreed -- */

/* None is shown unless it is asked for; this one is given up. */
static credence_rc refuse_prompt(struct credence_self *self, const char *prompt)
{
	sd_bus_message *message = NULL, *reply = NULL;

	if (strcmp(prompt, NOTHING) == 0)
		return CREDENCE_SUCCESS;
	if (ss_call_new(self, prompt, "org.freedesktop.Secret.Prompt", "Dismiss", &message) ==
	    CREDENCE_SUCCESS)
		(void)ss_call(self, message, 0, &reply);
	sd_bus_message_unref(reply);
	return locked(self);
}

static int append_properties(struct credence_self *self, sd_bus_message *message, const char *key)
{
	char label[256];
	int r;

	(void)snprintf(label, sizeof(label), "%.128s %s", self->host->option(self->call, "label"),
		       key);
	r = sd_bus_message_open_container(message, 'a', "{sv}");
	if (r >= 0)
		r = sd_bus_message_append(message, "{sv}", SS_ITEM ".Label", "s", label);
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'e', "sv");
	if (r >= 0)
		r = sd_bus_message_append(message, "s", SS_ITEM ".Attributes");
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'v', "a{ss}");
	if (r >= 0)
		r = append_attributes(self, message, key);
	for (int i = 0; r >= 0 && i < 3; i++)
		r = sd_bus_message_close_container(message);
	return r;
}

credence_rc ss_create(struct credence_self *self, const char *key, const void *bytes, size_t length)
{
	sd_bus_message *message = NULL, *reply = NULL;
	const char *item = NULL, *prompt = NULL;
	credence_rc rc = ss_session_open(self);
	int r;

	if (rc == CREDENCE_SUCCESS)
		rc = ss_call_new(self, self->collection, SS_COLLECTION, "CreateItem", &message);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	r = append_properties(self, message, key);
	if (r >= 0)
		r = ss_secret_append(self, message, bytes, length);
	if (r >= 0)
		r = sd_bus_message_append(message, "b", 1);
	rc = ss_call(self, message, r, &reply);
	if (rc == CREDENCE_SUCCESS && sd_bus_message_read(reply, "oo", &item, &prompt) <= 0)
		rc = ss_unreadable(self);
	if (rc == CREDENCE_SUCCESS)
		rc = refuse_prompt(self, prompt);
	sd_bus_message_unref(reply);
	return rc == CREDENCE_MISS ? locked(self) : rc;
}

credence_rc ss_delete(struct credence_self *self, const char *item)
{
	sd_bus_message *message = NULL, *reply = NULL;
	const char *prompt = NULL;
	credence_rc rc = ss_call_new(self, item, SS_ITEM, "Delete", &message);

	if (rc == CREDENCE_SUCCESS)
		rc = ss_call(self, message, 0, &reply);
	if (rc == CREDENCE_SUCCESS && sd_bus_message_read(reply, "o", &prompt) <= 0)
		rc = ss_unreadable(self);
	if (rc == CREDENCE_SUCCESS)
		rc = refuse_prompt(self, prompt);
	sd_bus_message_unref(reply);
	return rc;
}
