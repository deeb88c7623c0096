/* SPDX-License-Identifier: MIT */
/* Where a request may go; see origin.h. */
#include "core/module/origin.h"

#include "core/config/schema_tables.h"
#include "core/config/url.h"
#include "core/module/host.h"

static bool matches(struct setting setting, const char *url)
{
	const char *allowed = setting_string(setting);

	/* An endpoint that begins with / is on a host that is listed by itself. */
	return allowed != NULL && allowed[0] != '/' && url_same_origin(allowed, url);
}

static bool in_list(struct setting list, const char *member, const char *url)
{
	unsigned i, count = setting_count(list);

	for (i = 0; i < count; i++) {
		struct setting item = setting_element(list, i);

		if (matches(member != NULL ? setting_member(item, member) : item, url))
			return true;
	}
	return false;
}

static bool in_hosts(struct setting list, const char *url)
{
	unsigned i, count = setting_count(list);

	for (i = 0; i < count; i++) {
		const char *pattern = setting_string(setting_element(list, i));

		if (pattern != NULL && url_matches(pattern, url))
			return true;
	}
	return false;
}

static bool in_endpoints(const struct profile *profile, const char *url)
{
	static const char *const others[] = {"accounts_server", "api_domain", "api",
					     "userinfo_endpoint", "serverinfo_endpoint"};
	const struct schema *endpoint = schema_endpoints;
	size_t i;

	for (; endpoint->name != NULL; endpoint++)
		if (matches(profile_find(profile, endpoint->name), url))
			return true;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (matches(profile_find(profile, others[i]), url))
			return true;
	return false;
}

static bool in_row(struct setting row, const char *url)
{
	return matches(setting_member(row, "accounts_server"), url) ||
	       matches(setting_member(row, "api_domain"), url) ||
	       in_list(setting_member(row, "api_domain_aliases"), NULL, url) ||
	       in_list(setting_member(row, "apis"), "url", url);
}

bool origin_allowed(struct credence_call *call, const char *url)
{
	struct profile *profile = call->work->profile;
	struct setting table;
	unsigned i;

	if (profile_provider(call, profile) != CREDENCE_SUCCESS)
		return false;
	if (in_endpoints(profile, url) || in_list(profile_find(profile, "apis"), "url", url) ||
	    in_hosts(profile_find(profile, "api_domain_aliases"), url) ||
	    in_hosts(profile_find(profile, "hosts"), url))
		return true;
	table = profile_find(profile, "datacenters");
	for (i = 0; i < setting_count(table); i++)
		if (in_row(setting_element(table, i), url))
			return true;
	return false;
}
