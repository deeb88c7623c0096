/* SPDX-License-Identifier: MIT */
/* What resolvers put; see resolved.h. */
#include "core/module/resolved.h"

#include "core/config/schema_tables.h"

/* RFC 9126, RFC 8414, RFC 9207. */
static const char *const published[] = {
    "pushed_authorization_request_endpoint",
    "token_endpoint_auth_methods_supported",
    "code_challenge_methods_supported",
    "authorization_response_iss_parameter_supported",
};

const char *resolved_name(size_t index)
{
	const struct schema *endpoint = schema_endpoints;

	for (; endpoint->name != NULL; endpoint++)
		if (index-- == 0)
			return endpoint->name;
	return index < sizeof(published) / sizeof(published[0]) ? published[index] : NULL;
}
