/* SPDX-License-Identifier: MIT */
/*
 * Grant "self_client": an authorization code that a person makes by hand in the provider's console
 * and pastes here (RFC 6749 section 4.1.3 without a redirect URI). Renewing and revoking are the
 * host's.
 */
#include <credence/module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct credence_self {
	const struct credence_host *host;
};

static credence_rc self_client_open(const struct credence_host *host, struct credence_call *call,
				    struct credence_self **self)
{
	struct credence_self *made = malloc(sizeof(*made));

	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	made->host = host;
	*self = made;
	return CREDENCE_SUCCESS;
}

static void self_client_close(struct credence_self *self)
{
	free(self);
}

/* In the list of groups, the member "wanted" of the group whose member "key" is value. */
static const char *list_setting(const struct credence_host *host, struct credence_call *call,
				const char *list, const char *key, const char *value,
				const char *wanted)
{
	char path[96];
	const char *found;

	for (unsigned i = 0;; i++) {
		(void)snprintf(path, sizeof(path), "%s.[%u].%s", list, i, key);
		found = host->setting(call, path);
		if (found == NULL)
			return NULL;
		if (strcmp(found, value) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s.[%u].%s", list, i, wanted);
		return host->setting(call, path);
	}
}

/* Says one line, made of two texts. */
static credence_rc say(const struct credence_host *host, struct credence_call *call,
		       const char *what, const char *text)
{
	char line[1024];
	struct credence_message message = {
	    .size = sizeof(message), .style = CREDENCE_INFORM, .text = line};

	(void)snprintf(line, sizeof(line), "%s%s", what, text);
	return host->talk(call, &message, NULL);
}

/* What to do in the console, in the provider's own words where it has some. */
static credence_rc explain(const struct credence_host *host, struct credence_call *call)
{
	const char *location = host->attribute(call, "location");
	const char *scope = host->attribute(call, "request_scope");
	const char *login = list_setting(host, call, "clients", "grant", "self_client", "login");
	const char *console = NULL;
	char line[1024];
	credence_rc rc;

	if (location != NULL)
		console = list_setting(host, call, "datacenters", "location", location, "console");
	if (console == NULL)
		console = host->setting(call, "console");
	if (login == NULL)
		login = "make an authorization code for this client:";
	if (console != NULL)
		(void)snprintf(line, sizeof(line), "On %.255s, %.700s", console, login);
	else
		(void)snprintf(line, sizeof(line), "In the provider's console, %.700s", login);
	rc = say(host, call, line, "");
	if (rc == CREDENCE_SUCCESS && scope != NULL)
		rc = say(host, call, "  scope     ", scope);
	if (rc == CREDENCE_SUCCESS)
		rc = say(host, call, "  duration  ", "the shortest is enough; the code works once");
	return rc;
}

/* Where the code stands in what was pasted, and its length without the blanks that came along; 0:
 * it is none (VSCHAR only, RFC 6749 appendix A.11; a blank inside means that more than a code was
 * pasted). */
static const char *code_of(const char *pasted, size_t *length)
{
	pasted += strspn(pasted, " \t\r\n");
	*length = strcspn(pasted, " \t\r\n");
	if (pasted[*length + strspn(pasted + *length, " \t\r\n")] != '\0')
		*length = 0;
	for (size_t i = 0; i < *length; i++)
		if (pasted[i] <= ' ' || pasted[i] > '~')
			*length = 0;
	return pasted;
}

/* Redeems it, once. */
static credence_rc redeem(const struct credence_host *host, struct credence_call *call,
			  const char *found, size_t length)
{
	char *code = strndup(found, length);
	const struct credence_param params[] = {
	    {"grant_type", "authorization_code"},
	    {"code", code},
	};
	credence_rc rc;

	if (code == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	rc = host->token_request(call, params, sizeof(params) / sizeof(params[0]));
	explicit_bzero(code, length);
	free(code);
	return rc;
}

static credence_rc self_client_acquire(struct credence_self *self, struct credence_call *call)
{
	const struct credence_host *host = self->host;
	const struct credence_message ask = {
	    .size = sizeof(ask), .style = CREDENCE_ASK_SECRET, .text = "Paste the code"};
	const char *pasted = NULL, *code;
	size_t length;
	credence_rc rc = explain(host, call);

	if (rc == CREDENCE_SUCCESS)
		rc = host->talk(call, &ask, &pasted);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	code = code_of(pasted, &length);
	if (length == 0)
		return host->fail(
		    call, CREDENCE_LOGIN, "invalid_code",
		    "what was pasted is no authorization code",
		    "copy the whole code from the console and nothing else; it is one word");
	return redeem(host, call, code, length);
}

static const struct credence_grant_ops ops = {
    .size = sizeof(ops),
    .flags = CREDENCE_GRANT_CLIENT,
    .acquire = self_client_acquire,
};

CREDENCE_GRANT(self_client, &ops, .version = "1.0",
	       .summary = "authorization code made by hand in a console", .open = self_client_open,
	       .close = self_client_close);
