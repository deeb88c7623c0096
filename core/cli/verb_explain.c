/* SPDX-License-Identifier: MIT */
/*
 * explain: what an error code of a server means, from the catalogues of the providers; a code that
 * none has may be one of the standards' or credence's own.
 */
#include "core/cli/cli.h"

#include "core/os/file.h"
#include "core/os/text.h"
#include "core/record/json_out.h"
#include "core/renew/catalogue.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct explain {
	struct cli *cli;
	const char *code;
	struct buf out;
	unsigned found;
	char **known; /* codes that there are, for the nearest one; NULL-terminated */
	size_t known_count;
};

/* What credence itself and its modules put in a code's place. */
static const struct own_code {
	const char *code, *cause, *remedy;
	int status;
} own_codes[] = {
    {"limit",
     "one more would break a limit of the provider, which would then delete a token in use",
     "wait as long as it says, or use --wait; credence status PROFILE shows the limits",
     STATUS_LIMIT},
    {"timeout", "the time of the call was over", "try again, or give more with --timeout",
     STATUS_UNAVAIL},
    {"busy", "another process or host has the credential's lock or is renewing it",
     "try again in a moment", STATUS_UNAVAIL},
    {"no_network", "--no-network was given, and a request would be needed", "leave it out",
     STATUS_UNAVAIL},
    {"clock", "this machine's clock is not set", "set it, or wait for time synchronisation",
     STATUS_UNAVAIL},
    {"bad_answer", "the server's answer is not what the protocol says; the credential is kept",
     "try again later; if it lasts, check the endpoint in the provider's data", STATUS_UNAVAIL},
    {"too_many_requests", "the server answered HTTP 429", "try again later", STATUS_UNAVAIL},
    {"server_error", "the server answered with an HTTP status that is no answer to the request",
     "try again later; the credential is kept", STATUS_UNAVAIL},
    {"unavailable", "the server could not be asked whether somebody has signed in",
     "credence login PROFILE", STATUS_UNAVAIL},
    {"listen", "the port of the redirect URI can't be listened at", "free it, or use --paste",
     STATUS_UNAVAIL},
    {"issuer_mismatch", "the document that a server publishes is of another issuer",
     "write issuer in the provider's data to the letter, if it is the right server", STATUS_UNSAFE},
    {"other_dc", "the person's account is at another data centre than the resolver knows",
     "use a resolver for several data centres", STATUS_CONFIG},
    {"other_key", "what is kept was sealed with another key or passphrase",
     "put the old key behind the new one, each with an id of its own", STATUS_STORE},
    {"damaged", "what is kept was changed, or put in the place of another",
     "credence restore, or: credence logout PROFILE, and log in again", STATUS_STORE},
    {"pin", "the PIN or passphrase of the signing key is missing or wrong",
     "set the option pin = \"file:/PATH\"", STATUS_CONFIG},
    {"no_key", "there is no signing key where the option key says", "mend the option key",
     STATUS_CONFIG},
    {"weak_key", "the signing key is too short for its algorithm", "make a longer one",
     STATUS_CONFIG},
    {"algorithm", "the signing key does not fit the algorithm", "mend one of the two",
     STATUS_CONFIG},
};

static void entry_json(const struct catalogue_entry *entry, const char *provider, int status,
		       struct buf *out)
{
	json_out_item(out);
	json_out_text(out, "code", entry->code);
	json_out_text(out, "provider", provider);
	json_out_text(out, "at", entry->at);
	json_out_text(out, "class", entry->error_class);
	json_out_text(out, "cause", entry->cause);
	json_out_text(out, "remedy", entry->remedy);
	json_out_number(out, "status", status);
	json_out_close(out, '}');
}

static void add_entry(struct explain *explain, const char *provider,
		      const struct catalogue_entry *entry, int status, bool renewed)
{
	struct buf *out = &explain->out;

	explain->found++;
	if (explain->cli->json) {
		entry_json(entry, provider, status, out);
		return;
	}
	buf_printf(out, "%s%s (%s%s%s)\n", explain->found > 1 ? "\n" : "", entry->code, provider,
		   entry->at != NULL ? ", at " : "", entry->at != NULL ? entry->at : "");
	buf_printf(out, "  cause   %s\n", entry->cause);
	if (entry->remedy != NULL)
		buf_printf(out, "  remedy  %s\n", entry->remedy);
	/* An access token that has expired is renewed, and nobody sees the code. */
	if (renewed)
		buf_str(out, "  exit    0: the token is renewed\n");
	else
		buf_printf(out, "  exit    %d\n", status);
}

static void add_verdict(struct explain *explain, const char *provider,
			const struct catalogue_entry *entry, int class_)
{
	add_entry(explain, provider, entry, status_of(class_rc(class_), CREDENCE_ROLE_GRANT),
		  class_ == CLASS_RENEW);
}

static void remember(struct explain *explain, const char *code)
{
	char **more = reallocarray(explain->known, explain->known_count + 2, sizeof(*more));

	if (more == NULL)
		return; /* one suggestion less */
	explain->known = more;
	more[explain->known_count] = strdup(code);
	if (more[explain->known_count] != NULL)
		explain->known_count++;
	more[explain->known_count] = NULL;
}

/* A provider's own entries: what it takes from another is shown there. */
static void add_provider(struct explain *explain, const struct provider *provider)
{
	struct provider own = *provider;
	struct setting list = conf_find(provider->conf, "errors");
	unsigned i;

	own.extends = NULL;
	for (i = 0; i < setting_count(list); i++) {
		struct catalogue_entry entry;
		struct verdict verdict;

		catalogue_read(setting_element(list, i), &entry);
		if (strcasecmp(entry.code, explain->code) != 0) {
			remember(explain, entry.code);
			continue;
		}
		verdict_of_code(&own, entry.code, NULL, entry.at, &verdict);
		add_verdict(explain, provider->name, &entry, verdict.class_);
		verdict_done(&verdict);
	}
}

static credence_rc explain_provider(struct explain *explain, const char *name, bool chain)
{
	struct cli *cli = explain->cli;
	struct provider *provider = NULL;
	const struct provider *at;
	credence_rc rc =
	    provider_load(&cli->call, &cli->context->places, PLACE_USER, name, NULL, &provider);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	for (at = provider; at != NULL; at = chain ? at->extends : NULL)
		add_provider(explain, at);
	provider_free(provider);
	return CREDENCE_SUCCESS;
}

static credence_rc explain_all(struct explain *explain)
{
	struct cli *cli = explain->cli;
	char **names = NULL;
	size_t i;
	credence_rc rc = provider_names(&cli->call, &cli->context->places, &names);

	/* What is wrong with one provider is no reason to say nothing of the others' errors. */
	for (i = 0; rc == CREDENCE_SUCCESS && names[i] != NULL; i++)
		if (explain_provider(explain, names[i], false) != CREDENCE_SUCCESS)
			cli_pass_over(cli);
	file_names_free(names);
	return rc;
}

static void explain_standard(struct explain *explain)
{
	struct catalogue_entry entry = {.code = explain->code};
	struct verdict verdict;

	verdict_of_code(NULL, explain->code, NULL, NULL, &verdict);
	entry.cause = verdict.cause;
	if (entry.cause != NULL)
		add_verdict(explain, "RFC 6749 or 6750", &entry, verdict.class_);
	verdict_done(&verdict);
}

static void explain_own(struct explain *explain)
{
	size_t i;

	for (i = 0; i < sizeof(own_codes) / sizeof(own_codes[0]); i++) {
		const struct own_code *own = &own_codes[i];
		const struct catalogue_entry entry = {
		    .code = own->code, .cause = own->cause, .remedy = own->remedy};

		if (strcasecmp(own->code, explain->code) == 0)
			add_entry(explain, "credence", &entry, own->status, false);
		else
			remember(explain, own->code);
	}
}

static credence_rc unknown(struct explain *explain)
{
	const char *nearest = NULL;
	struct credence_call *call = &explain->cli->call;

	if (explain->known != NULL)
		nearest = text_nearest(explain->code, (const char *const *)explain->known);
	call_fail_status(call, STATUS_USAGE, CREDENCE_CONFIG, "no catalogue has a code \"%s\"",
			 explain->code);
	if (nearest != NULL)
		call_hint(call, "did you mean \"%s\"?", nearest);
	else
		call_hint(call, "write the code as the server or the error has it, e.g. credence "
				"explain invalid_client");
	return CREDENCE_CONFIG;
}

credence_rc verb_explain(struct cli *cli)
{
	struct explain explain = {.cli = cli, .code = cli->operand[0], .out = BUF_INIT};
	const char *provider = cli_value(cli, "provider");
	credence_rc rc;

	if (cli->json)
		buf_char(&explain.out, '[');
	rc = provider != NULL ? explain_provider(&explain, provider, true) : explain_all(&explain);
	if (rc == CREDENCE_SUCCESS && explain.found == 0)
		explain_standard(&explain);
	if (rc == CREDENCE_SUCCESS && explain.found == 0)
		explain_own(&explain);
	if (rc == CREDENCE_SUCCESS && explain.found == 0)
		rc = unknown(&explain);
	if (cli->json)
		buf_str(&explain.out, "]\n");
	if (rc == CREDENCE_SUCCESS)
		rc = cli_put(cli, &explain.out);
	buf_done(&explain.out);
	file_names_free(explain.known);
	return rc;
}
