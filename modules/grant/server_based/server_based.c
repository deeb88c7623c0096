/* SPDX-License-Identifier: MIT */
/*
 * Grant "server_based": authorization code with redirect (RFC 6749 section 4.1), always with state
 * and PKCE (RFC 7636). A person opens a page in a browser of their own (RFC 8252) and allows
 * access; the answer comes to a loopback address here, or the person brings it. Renewing and
 * revoking are the host's.
 */
#include "answer.h"
#include "authorization.h"
#include "listener.h"
#include "redirect.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct credence_self {
	const struct credence_host *host;
};

/* One login. */
struct flow {
	const struct credence_host *host;
	struct credence_call *call;
	struct redirect redirect;
	struct authorization authorization;
	struct listener *listener; /* NULL: the person brings the answer */
	struct answer answer;
	char *url;
};

static credence_rc server_based_open(const struct credence_host *host, struct credence_call *call,
				     struct credence_self **self)
{
	struct credence_self *made = malloc(sizeof(*made));

	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	made->host = host;
	*self = made;
	return CREDENCE_SUCCESS;
}

static void server_based_close(struct credence_self *self)
{
	free(self);
}

/* -- Before anybody is asked -- */

static bool setting_is_true(const struct flow *flow, const char *name)
{
	const char *value = flow->host->setting(flow->call, name);

	return value != NULL && strcmp(value, "true") == 0;
}

static credence_rc read_redirect(struct flow *flow)
{
	const char *uri = flow->host->attribute(flow->call, "redirect_uri"), *wrong;
	char message[256];

	if (uri == NULL)
		return flow->host->fail(
		    flow->call, CREDENCE_CONFIG, NULL, "client.redirect_uri is not set",
		    "write the one that is registered, e.g. http://127.0.0.1:8765/callback");
	wrong = redirect_parse(uri, setting_is_true(flow, "redirect_any_port"), &flow->redirect);
	if (wrong == NULL)
		return CREDENCE_SUCCESS;
	(void)snprintf(message, sizeof(message), "client.redirect_uri: %s", wrong);
	return flow->host->fail(flow->call, CREDENCE_CONFIG, NULL, message,
				"it must be the one that is registered, to the letter");
}

/* Nobody listens where a person brings the answer from, but a port there must be. */
static credence_rc choose_port(struct flow *flow)
{
	unsigned char bytes[2];
	credence_rc rc;

	if (!flow->redirect.loopback || flow->redirect.port != 0)
		return CREDENCE_SUCCESS;
	rc = flow->host->random(flow->call, bytes, sizeof(bytes));
	/* RFC 6335 section 6: dynamic ports. */
	if (rc == CREDENCE_SUCCESS)
		redirect_set_port(&flow->redirect, 49152 + (bytes[1] * 256 + bytes[0]) % 16384);
	return rc;
}

static credence_rc await_where(struct flow *flow, bool pasted)
{
	char message[REDIRECT_MAX + 192];

	if (pasted)
		return choose_port(flow);
	if (flow->redirect.loopback)
		return listener_open(flow->host, flow->call, &flow->redirect,
				     flow->authorization.state, &flow->listener);
	(void)snprintf(message, sizeof(message),
		       "the answer goes to %s, which is not an address of this computer alone",
		       flow->redirect.uri);
	return flow->host->fail(flow->call, CREDENCE_LOGIN, NULL, message,
				"bring it yourself: credence login PROFILE --paste");
}

/* -- The answer -- */

static credence_rc bad_answer(const struct flow *flow, credence_rc rc, const char *code,
			      const char *what)
{
	char message[160];

	(void)snprintf(message, sizeof(message), "the authorization answer was refused: %s", what);
	return flow->host->fail(flow->call, rc, code, message,
				"nothing was sent; credence login PROFILE makes a new one");
}

/* Does the iss of an answer belong to a data centre that the answer itself names? */
static bool is_issuer_of_row(const struct flow *flow, const char *iss)
{
	const char *said = answer_get(&flow->answer, "location"), *location, *issuer;
	char path[48];

	for (unsigned i = 0; said != NULL; i++) {
		(void)snprintf(path, sizeof(path), "datacenters.[%u].location", i);
		location = flow->host->setting(flow->call, path);
		if (location == NULL)
			break;
		if (strcmp(location, said) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "datacenters.[%u].issuer", i);
		issuer = flow->host->setting(flow->call, path);
		(void)snprintf(path, sizeof(path), "datacenters.[%u].accounts_server", i);
		if (issuer == NULL && flow->host->setting(flow->call, "issuer") == NULL)
			issuer = flow->host->setting(flow->call, path);
		return issuer != NULL && strcmp(issuer, iss) == 0;
	}
	return false;
}

/* RFC 9207 section 3: by what the server publishes, or by the provider's file. */
static bool always_says_issuer(const struct flow *flow)
{
	static const char name[] = "authorization_response_iss_parameter_supported";
	const char *published = flow->host->attribute(flow->call, name);

	return setting_is_true(flow, name) || (published != NULL && strcmp(published, "true") == 0);
}

/* RFC 9207 section 2.4, and RFC 9700 section 4.4: an answer of another server is worth nothing. */
static credence_rc check_issuer(const struct flow *flow)
{
	const char *iss = answer_get(&flow->answer, "iss");
	const char *expected = flow->host->attribute(flow->call, "issuer");

	if (iss == NULL && always_says_issuer(flow))
		return bad_answer(flow, CREDENCE_UNSAFE, "iss",
				  "it does not say who issued it, as this server always does");
	if (expected == NULL)
		expected = flow->host->attribute(flow->call, "accounts_server");
	if (iss == NULL || (expected != NULL && strcmp(iss, expected) == 0) ||
	    is_issuer_of_row(flow, iss))
		return CREDENCE_SUCCESS;
	return bad_answer(flow, CREDENCE_UNSAFE, "iss",
			  "it is from another issuer than the provider's (iss)");
}

/* Where the server says that the credential is at home; the resolver judges it before the code is
 * sent anywhere. */
static credence_rc put_place(const struct flow *flow)
{
	static const char *const names[][2] = {
	    {"location", "answer.location"},
	    {"accounts-server", "answer.accounts-server"},
	    {"accounts_server", "answer.accounts_server"},
	};
	credence_rc rc = CREDENCE_SUCCESS;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && rc == CREDENCE_SUCCESS; i++) {
		const char *value = answer_get(&flow->answer, names[i][0]);

		if (value != NULL)
			rc = flow->host->put_attribute(flow->call, names[i][1], value);
	}
	return rc;
}

/* VSCHAR (RFC 6749 appendix A.11). */
static bool is_code(const char *code)
{
	for (; *code != '\0'; code++)
		if (*code < ' ' || *code > '~')
			return false;
	return true;
}

/* Judges the answer and redeems its code, once. */
static credence_rc redeem(const struct flow *flow)
{
	const struct answer *answer = &flow->answer;
	const char *code = answer_get(answer, "code"), *error = answer_get(answer, "error");
	const struct credence_param params[] = {
	    {"grant_type", "authorization_code"},
	    {"code", code},
	    {"redirect_uri", flow->redirect.uri},
	    {"code_verifier", flow->authorization.verifier},
	};
	credence_rc rc;

	if (answer->problem != NULL)
		return bad_answer(flow, CREDENCE_UNSAFE, "bad_answer", answer->problem);
	rc = check_issuer(flow);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (error != NULL)
		return flow->host->refused(flow->call, "authorize", error,
					   answer_get(answer, "error_description"));
	if (code == NULL || !is_code(code))
		return bad_answer(flow, CREDENCE_UNAVAIL, "bad_answer",
				  "it has neither a code nor an error");
	rc = put_place(flow);
	return rc == CREDENCE_SUCCESS ? flow->host->token_request(
					    flow->call, params, sizeof(params) / sizeof(params[0]))
				      : rc;
}

/* -- Two ways for it to come -- */

static credence_rc show(const struct flow *flow, const char *text, int64_t until)
{
	const struct credence_message message = {
	    .size = sizeof(message),
	    .style = CREDENCE_SHOW_URL,
	    .text = text,
	    .url = flow->url,
	    .expires_at = until,
	};

	return flow->host->talk(flow->call, &message, NULL);
}

static enum page page_of(const struct flow *flow, credence_rc rc)
{
	const char *error = answer_get(&flow->answer, "error");

	if (rc == CREDENCE_SUCCESS)
		return PAGE_DONE;
	if (rc == CREDENCE_DENIED && error != NULL && strcmp(error, "access_denied") == 0)
		return PAGE_REFUSED;
	return PAGE_FAILED;
}

static credence_rc by_browser(struct flow *flow)
{
	int64_t until = flow->host->now(flow->call) + flow->host->option_number(flow->call, "wait");
	credence_rc rc = show(flow, "Open this page and allow access:", until);

	if (rc == CREDENCE_SUCCESS)
		rc = listener_wait(flow->listener, until, &flow->answer);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = redeem(flow);
	listener_tell(flow->listener, page_of(flow, rc));
	return rc;
}

/* A code alone can't be shown to be the answer to this login: somebody else may have made it. */
static credence_rc not_an_answer(const struct flow *flow)
{
	return flow->host->fail(
	    flow->call, CREDENCE_LOGIN, "bad_answer",
	    "what was pasted is not the address that the browser was sent to",
	    "copy all of it from the browser's address bar, from the scheme to the "
	    "end; a code alone is not enough, since its state can't be checked");
}

static credence_rc by_hand(struct flow *flow)
{
	const struct credence_message ask = {
	    .size = sizeof(ask),
	    .style = CREDENCE_ASK_SECRET,
	    .text = "Paste the whole address that the browser was sent to afterwards"};
	const char *given = NULL, *query;
	char *pasted;
	credence_rc rc =
	    show(flow,
		 "Open this page and allow access; that the browser can't show the page after it "
		 "does not matter:",
		 0);

	if (rc == CREDENCE_SUCCESS)
		rc = flow->host->talk(flow->call, &ask, &given);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	pasted = strdup(given);
	if (pasted == NULL)
		return flow->host->fail(flow->call, CREDENCE_ERROR, "ENOMEM", "out of memory",
					NULL);
	query = redirect_pasted(&flow->redirect, pasted);
	if (query == NULL)
		rc = not_an_answer(flow);
	else if (!answer_read(&flow->answer, query, flow->authorization.state))
		rc = bad_answer(flow, CREDENCE_UNSAFE, "state",
				"it is not the answer to this login (its state is another's)");
	else
		rc = redeem(flow);
	explicit_bzero(pasted, strlen(given));
	free(pasted);
	return rc;
}

static credence_rc server_based_acquire(struct credence_self *self, struct credence_call *call)
{
	struct flow flow = {.host = self->host, .call = call};
	bool pasted = self->host->attribute(call, "login.paste") != NULL;
	credence_rc rc = read_redirect(&flow);

	if (rc == CREDENCE_SUCCESS)
		rc = authorization_draw(self->host, call, &flow.authorization);
	if (rc == CREDENCE_SUCCESS)
		rc = await_where(&flow, pasted);
	if (rc == CREDENCE_SUCCESS)
		rc = authorization_url(self->host, call, &flow.authorization, flow.redirect.uri,
				       &flow.url);
	if (rc == CREDENCE_SUCCESS)
		rc = pasted ? by_hand(&flow) : by_browser(&flow);
	listener_close(flow.listener);
	answer_done(&flow.answer);
	authorization_done(&flow.authorization);
	free(flow.url);
	return rc;
}

static const struct credence_option options[] = {
    {.name = "access_type",
     .type = CREDENCE_STRING,
     .help = "offline: with a refresh token; online: without; absent: as the provider's data say"},
    {.name = "prompt",
     .type = CREDENCE_STRING,
     .help = "what the person is asked again, e.g. consent; absent: as the provider's data say"},
    {.name = "wait",
     .type = CREDENCE_DURATION,
     .fallback = "5m",
     .help = "how long a login waits for the browser's answer"},
    {.name = NULL},
};

static const struct credence_grant_ops ops = {
    .size = sizeof(ops),
    .flags = CREDENCE_GRANT_CLIENT | CREDENCE_GRANT_REDIRECT,
    .acquire = server_based_acquire,
};

CREDENCE_GRANT(server_based, &ops, .version = "1.0",
	       .summary = "authorization code with redirect, PKCE", .options = options,
	       .open = server_based_open, .close = server_based_close);
