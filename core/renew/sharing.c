/* SPDX-License-Identifier: MIT */
/* Profiles that share a credential; see sharing.h. */
#include "core/renew/sharing.h"

#include "core/os/file.h"
#include "core/os/text.h"

#include <string.h>

static bool same_entry(const struct entry_conf *a, const struct entry_conf *b)
{
	return strcmp(a->control.text, b->control.text) == 0 && entry_conf_same(a, b);
}

static bool same_stores(struct credence_call *call, const struct profile *a,
			const struct profile *b)
{
	struct stack_conf x = {0}, y = {0};
	bool same = stack_conf_load(call, a, "store", &x) == CREDENCE_SUCCESS &&
		    stack_conf_load(call, b, "store", &y) == CREDENCE_SUCCESS && x.count == y.count;
	unsigned i;

	for (i = 0; same && i < x.count; i++)
		same = same_entry(&x.entry[i], &y.entry[i]);
	stack_conf_done(&x);
	stack_conf_done(&y);
	call_clear(call);
	return same;
}

credence_rc sharing_agree(struct credence_call *call, const struct profile *mine,
			  const struct profile *other)
{
	const char *what = NULL;

	if (strcmp(mine->provider_name, other->provider_name) != 0)
		what = "provider";
	else if (strcmp(mine->client_id, other->client_id) != 0)
		what = "client id";
	else if (strcmp(mine->owner, other->owner) != 0)
		what = "owner";
	else if (!same_stores(call, mine, other))
		what = "store";
	if (what == NULL)
		return CREDENCE_SUCCESS;
	call_fail(call, CREDENCE_CONFIG,
		  "%s: profiles %s and %s share credential %s but not the %s", other->conf->path,
		  mine->name, other->name, mine->credential, what);
	call_hint(call, "make them agree, or give one a credential of its own");
	return CREDENCE_CONFIG;
}

static credence_rc add_sibling(struct session *session, const char *name, struct buf *scope)
{
	struct profile *other = NULL;
	credence_rc rc = profile_load(session->call, &session->context->places,
				      &session->context->main, name, NULL, false, &other);

	/* It may be of another credential, which is none of this one's business. */
	if (rc != CREDENCE_SUCCESS) {
		call_log(session->call, CREDENCE_LOG_WARNING,
			 "profile %s can't be read; if it shares credential %s, its scope is not "
			 "asked for: %s",
			 name, session->profile->credential, session->call->failure.message);
		call_clear(session->call);
		return CREDENCE_SUCCESS;
	}
	if (strcmp(other->credential, session->profile->credential) == 0 &&
	    strcmp(other->state_dir, session->profile->state_dir) == 0) {
		rc = sharing_agree(session->call, session->profile, other);
		text_words_union(scope, other->scope);
	}
	profile_free(other);
	return rc;
}

credence_rc sharing_scope(struct session *session, struct buf *scope)
{
	char **names = NULL;
	size_t i;
	credence_rc rc = profile_names(session->call, &session->context->places, &names);

	text_words_union(scope, session->profile->scope);
	for (i = 0; rc == CREDENCE_SUCCESS && names[i] != NULL; i++)
		if (strcmp(names[i], session->profile->name) != 0)
			rc = add_sibling(session, names[i], scope);
	file_names_free(names);
	return rc;
}

static bool has_credential(struct session *session, const char *name, const char *credential)
{
	struct profile *profile = NULL;
	bool has = profile_load(session->call, &session->context->places, &session->context->main,
				name, NULL, false, &profile) == CREDENCE_SUCCESS &&
		   strcmp(profile->credential, credential) == 0 &&
		   strcmp(profile->state_dir, session->profile->state_dir) == 0;

	profile_free(profile);
	call_clear(session->call);
	return has;
}

void sharing_profile(struct session *session, const char *credential, struct buf *name)
{
	char **names = NULL;
	size_t i = 0;

	if (profile_names(session->call, &session->context->places, &names) == CREDENCE_SUCCESS)
		while (names[i] != NULL && !has_credential(session, names[i], credential))
			i++;
	buf_str(name, names != NULL && names[i] != NULL ? names[i] : credential);
	file_names_free(names);
	call_clear(session->call);
}
