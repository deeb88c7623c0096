/* SPDX-License-Identifier: MIT */
/* Where a request may go; see origin.h. */
#include "core/module/origin.h"

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

static const char *const endpoints[] = {"accounts_server",
					"api_domain",
					"api",
					"issuer",
					"authorization_endpoint",
					"token_endpoint",
					"revocation_endpoint",
					"introspection_endpoint",
					"device_authorization_endpoint",
					"userinfo_endpoint"};

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
	size_t j;

	if (profile_provider(call, profile) != CREDENCE_SUCCESS)
		return false;

	for (j = 0; j < sizeof(endpoints) / sizeof(endpoints[0]); j++)
		if (matches(profile_find(profile, endpoints[j]), url))
			return true;
	if (in_list(profile_find(profile, "apis"), "url", url))
		return true;
	table = profile_find(profile, "datacenters");
	for (i = 0; i < setting_count(table); i++)
		if (in_row(setting_element(table, i), url))
			return true;
	return false;
}
