/* SPDX-License-Identifier: MIT */
/* Checks the authorization request, asks, and redirects with a code. What is wrong with a request
 * is said on an HTML page, never to a redirect URI. */
#include "authorize.h"

#include "code.h"
#include "page.h"

#include <stdlib.h>
#include <string.h>

struct problem {
	int status;
	const char *title;
};

static const char *get(const struct request *rq, const char *name)
{
	return params_get(&rq->params, name);
}

static bool is(const struct request *rq, const char *name, const char *value)
{
	const char *given = get(rq, name);

	return given != NULL && strcmp(given, value) == 0;
}

/* RFC 8252 section 7.3: the same but for the port of a loopback address, if the setting says so. */
static bool same_but_port(const char *a, const char *b)
{
	static const char *const loopback[] = {"http://127.0.0.1", "http://[::1]"};
	size_t i;

	for (i = 0; i < sizeof(loopback) / sizeof(loopback[0]); i++) {
		size_t len = strlen(loopback[i]);

		if (strncmp(a, loopback[i], len) != 0 || strncmp(b, loopback[i], len) != 0)
			continue;
		a += len;
		b += len;
		a += *a == ':' ? strcspn(a, "/?") : 0;
		b += *b == ':' ? strcspn(b, "/?") : 0;
		return strcmp(a, b) == 0;
	}
	return false;
}

static bool redirect_registered(const struct sandbox *sb, const char *uri,
				const struct client *client)
{
	const char *registered = client->redirect_uri;

	return uri != NULL && registered != NULL &&
	       (strcmp(uri, registered) == 0 ||
		(sb->set.any_port != 0 && same_but_port(uri, registered)));
}

/* What is wrong with the request, in the provider's words; title NULL if nothing. */
static struct problem request_problem(const struct sandbox *sb, const struct request *rq,
				      const struct client *client)
{
	if (get(rq, "client_id") == NULL || get(rq, "response_type") == NULL)
		return (struct problem){200, "Invalid response type"};
	if (client == NULL || !client_enabled(client, rq->dc) || is(rq, "response_type", "token"))
		return (struct problem){200, "Invalid Client"};
	if (!is(rq, "response_type", "code"))
		return (struct problem){500, "An error occurred"};
	if (!scope_valid(get(rq, "scope")))
		return (struct problem){200, "Invalid OAuth scope"};
	if (!redirect_registered(sb, get(rq, "redirect_uri"), client))
		return (struct problem){200, "Invalid Redirect Uri"};
	if (get(rq, "code_challenge_method") != NULL && !is(rq, "code_challenge_method", "S256") &&
	    !is(rq, "code_challenge_method", "plain"))
		return (struct problem){200, "Invalid code challenge method"};
	return (struct problem){0, NULL};
}

static void add_param(struct text *url, const char *name, const char *value)
{
	if (value == NULL)
		return;
	text_add(url, strchr(url->s, '?') != NULL ? "&" : "?");
	text_add(url, name);
	text_add(url, "=");
	text_add_url(url, value);
}

static void redirect(struct sandbox *sb, struct request *rq, struct text *url, int dc)
{
	/* RFC 9207. */
	if (sb->set.issuer != 0)
		add_param(url, "iss", sb->dcs[dc].accounts);
	add_param(url, "state", get(rq, "state"));
	answer_redirect(rq, 302, url->s); /* transferred */
}

static void redirect_denied(struct sandbox *sb, struct request *rq, int dc)
{
	struct text url = {0};

	text_add(&url, get(rq, "redirect_uri"));
	add_param(&url, "error", "access_denied");
	redirect(sb, rq, &url, dc);
}

/* A refresh token comes with offline access only, at the first consent or when asked again. */
static bool wants_refresh(const struct request *rq, struct owner *owner)
{
	bool first = !owner->consented;

	owner->consented = true;
	return is(rq, "access_type", "offline") && (first || is(rq, "prompt", "consent"));
}

static void redirect_code(struct sandbox *sb, struct request *rq, struct client *client, int dc)
{
	const char *user = page_user(rq);
	struct owner *owner = owner_get(&sb->state, client, dc, user);
	struct code_request request = {
	    .client = client,
	    .dc = dc,
	    .user = user,
	    .scope = get(rq, "scope"),
	    .redirect_uri = get(rq, "redirect_uri"),
	    .challenge = get(rq, "code_challenge"),
	    .challenge_plain = !is(rq, "code_challenge_method", "S256"),
	    .life = sb->set.code_life,
	};
	struct code *code = NULL;
	struct text url = {0};

	if (owner != NULL) {
		request.offline = wants_refresh(rq, owner);
		code = code_new(sb, &request);
	}
	if (code == NULL) {
		redirect_denied(sb, rq, dc);
		return;
	}
	text_add(&url, get(rq, "redirect_uri"));
	add_param(&url, "code", code->value);
	add_param(&url, "location", dc_locations[dc]);
	add_param(&url, "accounts-server", sb->dcs[dc].accounts);
	redirect(sb, rq, &url, dc);
}

static void decide(struct sandbox *sb, struct request *rq, struct client *client, bool allow,
		   int dc)
{
	if (dc == DC_NONE || !client_enabled(client, dc))
		page_message(rq, 200, "Invalid Client",
			     "The client is not enabled for the data centre of this user.");
	else if (allow)
		redirect_code(sb, rq, client, dc);
	else
		redirect_denied(sb, rq, dc);
}

/* Answers with a page if the request is wrong; else the client. */
static struct client *checked_client(struct sandbox *sb, struct request *rq)
{
	struct client *client = client_find(&sb->state, get(rq, "client_id"));
	struct problem problem = request_problem(sb, rq, client);

	if (problem.title == NULL)
		return client;
	COUNT(&sb->state, client, rq->dc, errors);
	page_message(rq, problem.status, problem.title,
		     "The authorization request was refused. Check it and the client's entry in "
		     "the API console.");
	return NULL;
}

void authorize_endpoint(struct sandbox *sb, struct request *rq)
{
	struct client *client;
	char *scope;

	if (!request_is(rq, "GET")) {
		page_message(rq, 400, "400 not found", "Only GET is served here.");
		return;
	}
	client = checked_client(sb, rq);
	if (client == NULL)
		return;
	if (sb->set.consent != CONSENT_ASK) {
		decide(sb, rq, client, sb->set.consent == CONSENT_ALLOW,
		       *sb->set.consent_dc != '\0' ? dc_find(sb->set.consent_dc) : rq->dc);
		return;
	}
	scope = scope_normal(get(rq, "scope"));
	page_consent(rq, client->id, scope);
	free(scope);
}

void approve_endpoint(struct sandbox *sb, struct request *rq)
{
	const char *location = get(rq, "location");
	struct client *client;

	if (!request_is(rq, "POST")) {
		page_message(rq, 400, "400 not found", "Only POST is served here.");
		return;
	}
	client = checked_client(sb, rq);
	if (client != NULL)
		decide(sb, rq, client, is(rq, "action", "allow"),
		       location != NULL ? dc_find(location) : rq->dc);
}
