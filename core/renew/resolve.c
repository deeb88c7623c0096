/* SPDX-License-Identifier: MIT */
/* Where a credential is at home; see resolve.h. */
#include "core/renew/resolve.h"

#include "core/module/resolved.h"
#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/path.h"
#include "core/session/judge.h"

#include <string.h>

static bool know(struct session *session, const char *name, const char *value)
{
	return attributes_set(&session->work.known, name, value);
}

static credence_rc ask_resolve(struct credence_call *call, struct entry *entry, void *data)
{
	struct session *session = data;
	struct frame frame;
	credence_rc rc;

	frame_init(&frame);
	rc = entry_resolve(call, entry, &frame);
	if (rc == CREDENCE_SUCCESS && !attributes_merge(&session->work.known, &frame.put))
		rc = call_oom(call);
	if (rc == CREDENCE_SUCCESS) {
		const char *location = attributes_get(&session->work.known, "location");
		const char *server = attributes_get(&session->work.known, "accounts_server");

		walk_note(call, "%s: %s", location != NULL ? location : "-",
			  server != NULL ? server : "-");
	}
	frame_done(&frame);
	return rc;
}

static credence_rc run(struct session *session)
{
	struct stack *stack;
	credence_rc rc;
	size_t i;

	for (i = 0; resolved_name(i) != NULL; i++)
		if (!know(session, resolved_name(i), NULL))
			return call_oom(session->call);
	rc = session_stack(session, CREDENCE_ROLE_RESOLVER, &stack);
	if (rc == CREDENCE_SUCCESS)
		rc = walk(session->call, stack, WALK_READING, ask_resolve, session, NULL);
	if (rc == CREDENCE_MISS) {
		call_clear(session->call);
		rc = setting_fail(session->call, profile_own(session->profile, "provider"),
				  "no resolver of profile %s knows the servers of provider %s",
				  session->profile->name, session->profile->provider_name);
	}
	return rc;
}

/* The record is only to be believed if it was made for what the profile says now. */
static bool record_counts(const struct session *session)
{
	return session->record != NULL && !judge_is_foreign(session->profile, session->record);
}

credence_rc resolve(struct session *session)
{
	const struct record *record = record_counts(session) ? session->record : NULL;
	const char *location;
	credence_rc rc = profile_provider(session->call, session->profile);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	location = record != NULL ? record->location : NULL;
	if (location == NULL && (record == NULL || record->accounts_server == NULL))
		location = setting_string(profile_find(session->profile, "location"));
	if (!know(session, "location", location) ||
	    !know(session, "accounts_server", record != NULL ? record->accounts_server : NULL) ||
	    !know(session, "api_domain", record != NULL ? record->api_domain : NULL))
		return call_oom(session->call);
	return run(session);
}

credence_rc resolve_at(struct session *session, const char *location)
{
	if (!know(session, "location", location) || !know(session, "accounts_server", NULL) ||
	    !know(session, "api_domain", NULL))
		return call_oom(session->call);
	return run(session);
}

struct learn {
	struct session *session;
	struct attributes learned;
};

static credence_rc ask_learn(struct credence_call *call, struct entry *entry, void *data)
{
	struct learn *learn = data;
	struct frame frame;
	credence_rc rc;

	frame_init(&frame);
	rc = entry_learn(call, entry, &frame);
	if (rc == CREDENCE_SUCCESS && !attributes_merge(&learn->learned, &frame.put))
		rc = call_oom(call);
	frame_done(&frame);
	return rc;
}

/* Did the answer say anything else than what is known already? */
static bool is_news(const struct session *session, const struct attributes *learned)
{
	size_t i;

	for (i = 0; i < learned->count; i++) {
		const char *old = attributes_get(&session->work.known, learned->item[i].name);

		if (old == NULL || strcmp(old, learned->item[i].value) != 0)
			return true;
	}
	return false;
}

credence_rc resolve_learn(struct session *session, const char *source)
{
	struct learn learn = {.session = session};
	struct stack *stack;
	credence_rc rc = session_stack(session, CREDENCE_ROLE_RESOLVER, &stack);

	if (rc == CREDENCE_SUCCESS)
		rc = walk(session->call, stack, WALK_WRITING, ask_learn, &learn, NULL);
	if (rc == CREDENCE_SUCCESS && is_news(session, &learn.learned)) {
		session->learned_from = source;
		rc = attributes_merge(&session->work.known, &learn.learned)
			 ? run(session)
			 : call_oom(session->call);
	}
	if (rc == CREDENCE_MISS) {
		call_clear(session->call);
		rc = CREDENCE_SUCCESS;
	}
	attributes_done(&learn.learned);
	return rc;
}

static credence_rc check_files(struct session *session)
{
	struct credence_call *call = session->call;
	struct profile *profile = session->profile;
	const struct provider *provider;
	const char *ignored;
	struct stat state;
	credence_rc rc = profile_provider(call, profile);
	int i;

	/* What is not there yet is made later, and checked then. */
	if (rc == CREDENCE_SUCCESS)
		rc = path_walk(call, profile->state_dir, &state);
	if (rc == CREDENCE_MISS) {
		call_clear(call);
		rc = CREDENCE_SUCCESS;
	}
	for (i = 0; rc == CREDENCE_SUCCESS && i < MAIN_CONF_MAX; i++)
		if (session->context->main.conf[i] != NULL)
			rc = file_check_path(call, session->context->main.conf[i]->path);
	if (rc == CREDENCE_SUCCESS)
		rc = file_check_path(call, profile->conf->path);
	for (provider = profile->provider; rc == CREDENCE_SUCCESS && provider != NULL;
	     provider = provider->extends)
		rc = file_check_path(call, provider->conf->path);
	if (rc == CREDENCE_SUCCESS)
		rc = setting_file(call, profile_find(profile, "http.ca_file"), 0, &ignored);
	if (rc == CREDENCE_SUCCESS)
		rc = setting_file(call, profile_find(profile, "http.client_cert"), FILE_SECRET,
				  &ignored);
	return rc;
}

credence_rc resolve_to_act(struct session *session)
{
	credence_rc rc = session->paths_checked ? CREDENCE_SUCCESS : check_files(session);

	session->paths_checked = rc == CREDENCE_SUCCESS;
	return rc == CREDENCE_SUCCESS ? resolve(session) : rc;
}
