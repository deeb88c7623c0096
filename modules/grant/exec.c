/* SPDX-License-Identifier: MIT */
/*
 * Grant "exec": a program of any language gets the tokens. It speaks the protocol of
 * credence-exec(7), or prints what "credence token --json" prints. What it has no method for the
 * host does in its ordinary way.
 */
#include "modules/exec/exec.h"

#include <stdlib.h>
#include <string.h>

struct credence_self {
	const struct credence_host *host;
	bool prints; /* protocol = "token" */
};

static const struct credence_option options[] = {
    EXEC_OPTIONS,
    {"protocol", CREDENCE_STRING, 0, "credence",
     "credence: as credence-exec(7) has it; token: prints a token as credence token --json does"},
    {"unattended", CREDENCE_BOOL, 0, "false",
     "the program needs no person to acquire a token; always so with protocol token"},
    {NULL, 0, 0, NULL, NULL},
};

static credence_rc exec_open(const struct credence_host *host, struct credence_call *call,
			     struct credence_self **self)
{
	const char *protocol = host->option(call, "protocol");
	bool prints = protocol != NULL && strcmp(protocol, "token") == 0;
	struct credence_self *made;

	if (protocol == NULL || (!prints && strcmp(protocol, "credence") != 0))
		return host->fail(call, CREDENCE_CONFIG, NULL,
				  "grant exec: protocol is neither \"credence\" nor \"token\"",
				  NULL);
	if (!CREDENCE_HAS(host, program_end) || !CREDENCE_HAS(host, revoke_request))
		return host->fail(call, CREDENCE_CONFIG, NULL,
				  "grant exec: this credence can't run programs", NULL);
	made = malloc(sizeof(*made));
	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	*made = (struct credence_self){.host = host, .prints = prints};
	*self = made;
	return CREDENCE_SUCCESS;
}

static void exec_close(struct credence_self *self)
{
	free(self);
}

static credence_rc exec_unattended(struct credence_self *self, struct credence_call *call)
{
	return self->prints || self->host->option_number(call, "unattended") != 0 ? CREDENCE_SUCCESS
										  : CREDENCE_MISS;
}

static credence_rc exec_acquire(struct credence_self *self, struct credence_call *call)
{
	bool offered;

	if (self->prints)
		return exec_token(self->host, call);
	return exec_method(self->host, call, "grant", "acquire", &offered);
}

static credence_rc exec_renew(struct credence_self *self, struct credence_call *call)
{
	const struct credence_param params[] = {
	    {"grant_type", "refresh_token"},
	    {"refresh_token", self->host->token(call, "refresh_token")},
	};
	bool offered = true;
	credence_rc rc;

	if (self->prints)
		return exec_token(self->host, call);
	rc = exec_method(self->host, call, "grant", "renew", &offered);
	return offered ? rc : self->host->token_request(call, params, 2);
}

static credence_rc exec_revoke(struct credence_self *self, struct credence_call *call)
{
	bool offered = true;
	credence_rc rc;

	if (self->prints)
		return self->host->fail(
		    call, CREDENCE_DENIED, NULL,
		    "the credential is another host's; here is only an access token of it",
		    "revoke it there; to forget the token here: credence logout");
	rc = exec_method(self->host, call, "grant", "revoke", &offered);
	return offered ? rc : self->host->revoke_request(call);
}

static const struct credence_grant_ops ops = {
    .size = sizeof(ops),
    .acquire = exec_acquire,
    .renew = exec_renew,
    .revoke = exec_revoke,
    .unattended = exec_unattended,
};

CREDENCE_GRANT(exec, &ops, .version = "1.0", .summary = "tokens from a program of any language",
	       .options = options, .open = exec_open, .close = exec_close);
