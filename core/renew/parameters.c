/* SPDX-License-Identifier: MIT */
/* Parameters that the configuration adds to requests; see parameters.h. */
#include "core/renew/parameters.h"

#include "core/renew/client_auth.h"

#include <string.h>

static const char *name_of(struct setting list, unsigned index)
{
	return setting_string(setting_member(setting_element(list, index), "name"));
}

static bool has_param(const struct credence_param *params, uint32_t count, const char *name)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		if (strcmp(params[i].name, name) == 0)
			return true;
	return false;
}

/* Before its group end. */
static bool has_group(struct setting list, unsigned end, const char *name)
{
	unsigned i;

	for (i = 0; i < end; i++)
		if (name_of(list, i) != NULL && strcmp(name_of(list, i), name) == 0)
			return true;
	return false;
}

void parameters_add(struct buf *form, struct setting list, struct setting before,
		    const struct credence_param *params, uint32_t count)
{
	unsigned i;

	for (i = 0; i < setting_count(list); i++) {
		const char *name = name_of(list, i);

		if (name != NULL && !has_param(params, count, name) && !has_group(list, i, name) &&
		    !has_group(before, setting_count(before), name))
			form_add(form, name,
				 setting_string(setting_member(setting_element(list, i), "value")));
	}
}

static bool is_own(const char *name)
{
	static const char *const own[] = {
	    "client_id", "client_secret", "client_assertion", "client_assertion_type",
	    "resource",  "audience",
	};
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return false;
}

static credence_rc check_list(struct session *session, struct setting list, const char *path)
{
	unsigned i;

	for (i = 0; i < setting_count(list); i++) {
		const char *name = name_of(list, i);

		if (name == NULL || !is_own(name))
			continue;
		setting_fail(session->call, setting_element(list, i), "%s may not set %s", path,
			     name);
		call_hint(session->call, "take it away: client, resource and audience of a profile "
					 "are settings of their own");
		return CREDENCE_CONFIG;
	}
	return CREDENCE_SUCCESS;
}

credence_rc parameters_check(struct session *session)
{
	static const char *const lists[] = {"parameters.token", "parameters.refresh",
					    "parameters.revoke", "parameters.device"};
	const struct profile *profile = session->profile;
	credence_rc rc = check_list(session, profile_own(profile, "extra.token"), "extra.token");
	size_t i;

	for (i = 0; rc == CREDENCE_SUCCESS && i < sizeof(lists) / sizeof(lists[0]); i++)
		rc = check_list(session, profile_find(profile, lists[i]), lists[i]);
	return rc;
}
