/* SPDX-License-Identifier: MIT */
/* Client authentication. A client that shows more than it must, or a secret in a URL, is served,
 * but counted. */
#include "auth.h"

#include "proof.h"

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
	int ways = (basic->secret != NULL) + (params_get(&rq->params, "client_secret") != NULL) +
		   (params_get(&rq->params, "client_assertion") != NULL);

	if (ways > 1)
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

/* RFC 7523 section 2.2. */
static bool has_assertion(struct sandbox *sb, struct request *rq, struct client *client)
{
	static const char type[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
	const char *given = params_get(&rq->params, "client_assertion_type");
	const char *jwt = params_get(&rq->params, "client_assertion");

	if (jwt == NULL || given == NULL || strcmp(given, type) != 0)
		rq->reason = "the client must show an assertion";
	else
		rq->reason = proof_problem(sb, rq, client, jwt, client->id);
	return rq->reason == NULL;
}

/* RFC 8705 section 2.1. */
static bool has_certificate(struct sandbox *sb, struct request *rq, struct client *client)
{
	if (rq->certificate == NULL || strcmp(rq->certificate, client->certificate) != 0) {
		rq->reason = rq->certificate == NULL ? "the client must show a certificate"
						     : "the certificate is another's";
		return false;
	}
	COUNT(&sb->state, client, rq->dc, certificates);
	return true;
}

static bool has_secret(const struct request *rq, const struct client *client,
		       const struct basic *basic)
{
	const char *secret = params_get(&rq->params, "client_secret");
	const char *right = client->secrets[rq->dc];

	return basic->secret != NULL ? basic_matches(basic, right)
				     : secret != NULL && strcmp(secret, right) == 0;
}

/* Whether it is who it says; an error code, or NULL. */
static const char *auth_problem(struct sandbox *sb, struct request *rq, struct client *client,
				const struct basic *basic)
{
	if (client->certificate != NULL)
		return has_certificate(sb, rq, client) ? NULL : "invalid_client";
	if (client->key.pem != NULL)
		return has_assertion(sb, rq, client) ? NULL : "invalid_client";
	if (has_secret(rq, client, basic))
		return NULL;
	COUNT(&sb->state, client, rq->dc, invalid_client_secret);
	return "invalid_client_secret";
}

struct client *auth_client(struct sandbox *sb, struct request *rq, const char **error)
{
	struct basic basic = basic_parse(rq->authorization);
	const char *id = basic.id != NULL ? basic.id : params_get(&rq->params, "client_id");
	struct client *client = enabled_client(sb, rq, id, error);
	const char *problem = NULL;

	if (client != NULL) {
		count_faux_pas(sb, rq, client, &basic);
		problem = auth_problem(sb, rq, client, &basic);
	} else {
		COUNT(&sb->state, NULL, rq->dc, invalid_client);
		COUNT(&sb->state, NULL, rq->dc, errors);
	}
	if (problem != NULL) {
		COUNT(&sb->state, client, rq->dc, errors);
		*error = problem;
		client = NULL;
	}
	basic_done(&basic);
	return client;
}

struct client *auth_client_id(struct sandbox *sb, const struct request *rq, const char **error)
{
	return enabled_client(sb, rq, params_get(&rq->params, "client_id"), error);
}
