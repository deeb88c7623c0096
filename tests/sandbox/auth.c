/* SPDX-License-Identifier: MIT */
/* Client authentication. A client that sends its secret twice or in a URL is served, but counted.
 */
#include "auth.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct basic {
	char *id, *secret;
};

static struct basic basic_parse(const char *header)
{
	static const char scheme[] = "Basic ";
	struct basic basic = {NULL, NULL};
	char *colon;

	if (header == NULL || strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
		return basic;
	basic.id = base64_text(header + sizeof(scheme) - 1);
	colon = basic.id != NULL ? strchr(basic.id, ':') : NULL;
	if (colon == NULL) {
		free(basic.id);
		basic.id = NULL;
		return basic;
	}
	*colon = '\0';
	basic.secret = mem_strdup(colon + 1);
	form_decode(basic.id);
	return basic;
}

static void basic_done(struct basic *basic)
{
	free(basic->id);
	free(basic->secret);
}

/* RFC 6749 section 2.3.1 has the secret form-encoded in Basic; many clients send it as it is. */
static bool basic_matches(const struct basic *basic, const char *secret)
{
	char *decoded;
	bool same;

	if (strcmp(basic->secret, secret) == 0)
		return true;
	decoded = mem_strdup(basic->secret);
	form_decode(decoded);
	same = strcmp(decoded, secret) == 0;
	free(decoded);
	return same;
}

static void count_faux_pas(struct sandbox *sb, const struct request *rq, struct client *client,
			   const struct basic *basic)
{
	if (basic->secret != NULL && params_get(&rq->params, "client_secret") != NULL)
		COUNT(&sb->state, client, rq->dc, double_auth);
	if (params_in_query(&rq->params, "client_secret") ||
	    params_in_query(&rq->params, "refresh_token"))
		COUNT(&sb->state, client, rq->dc, secrets_in_url);
}

static struct client *enabled_client(struct sandbox *sb, const struct request *rq, const char *id,
				     const char **error)
{
	struct client *client = client_find(&sb->state, id);

	if (client == NULL || !client_enabled(client, rq->dc)) {
		*error = "invalid_client";
		return NULL;
	}
	return client;
}

struct client *auth_client(struct sandbox *sb, const struct request *rq, const char **error)
{
	struct basic basic = basic_parse(rq->authorization);
	const char *id = basic.id != NULL ? basic.id : params_get(&rq->params, "client_id");
	const char *secret = params_get(&rq->params, "client_secret");
	struct client *client = enabled_client(sb, rq, id, error);

	if (client != NULL) {
		const char *right = client->secrets[rq->dc];
		bool matches = basic.secret != NULL ? basic_matches(&basic, right)
						    : secret != NULL && strcmp(secret, right) == 0;

		count_faux_pas(sb, rq, client, &basic);
		if (!matches) {
			*error = "invalid_client_secret";
			COUNT(&sb->state, client, rq->dc, invalid_client_secret);
			COUNT(&sb->state, client, rq->dc, errors);
			client = NULL;
		}
	} else {
		COUNT(&sb->state, NULL, rq->dc, invalid_client);
		COUNT(&sb->state, NULL, rq->dc, errors);
	}
	basic_done(&basic);
	return client;
}

struct client *auth_client_id(struct sandbox *sb, const struct request *rq, const char **error)
{
	return enabled_client(sb, rq, params_get(&rq->params, "client_id"), error);
}
