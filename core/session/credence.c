/* SPDX-License-Identifier: MIT */
/* The C API of include/credence/credence.h: a context, a call, an answer that stands on its own. */
#include "core/os/secret.h"
#include "core/session/context.h"
#include "core/session/session.h"

#include <credence/credence.h>
#include <stdlib.h>
#include <string.h>

#define API        __attribute__((visibility("default")))
#define TIMEOUT_MS INT64_C(30000)

struct credence_answer {
	int status;
	struct attributes text;
	int64_t generation, issued_at, expires_at, retry_after; /* -1: not there */
};

API const char *credence_version(void)
{
	return PACKAGE_VERSION;
}

API int credence_open(const char *folder, struct credence **ret)
{
	struct credence_call call;
	struct credence *context = NULL;
	int status = STATUS_OK;

	if (ret == NULL)
		return STATUS_USAGE;
	call_init(&call, NULL, NULL, 0, TIMEOUT_MS);
	if (context_open(&call, folder, NULL, &context) != CREDENCE_SUCCESS)
		status = call_status(&call, 0);
	call_done(&call);
	*ret = context;
	return status;
}

API void credence_close(struct credence *context)
{
	context_close(context);
}

static void fill_success(struct credence_answer *answer, const struct session *session,
			 const struct issued *issued)
{
	const struct record *record = issued->record;
	const struct access_token *access = issued->access;
	struct attributes *text = &answer->text;
	struct buf header = BUF_SECRET;

	buf_printf(&header, "%s %s", issued_scheme(issued), access->token);
	attributes_set(text, "profile", session->profile->name);
	attributes_set(text, "credential", session->profile->credential);
	attributes_set(text, "access_token", access->token);
	attributes_set(text, "token_type", access->type);
	attributes_set(text, "scope", access->scope);
	attributes_set(text, "api_domain", record->api_domain);
	attributes_set(text, "location", record->location);
	attributes_set(text, "accounts_server", record->accounts_server);
	attributes_set(text, "header", buf_text(&header));
	buf_done(&header);
	answer->generation = (int64_t)record->generation;
	answer->issued_at = access->issued.wall;
	answer->expires_at = access->expires_at;
}

static void fill_failure(struct credence_answer *answer, const struct failure *failure)
{
	attributes_set(&answer->text, "error",
		       failure->message != NULL ? failure->message : "out of memory");
	attributes_set(&answer->text, "code", failure->code);
	attributes_set(&answer->text, "hint", failure->hint);
	if (failure->retry_after > 0)
		answer->retry_after = failure->retry_after;
}

/* A caller built against an older header has a shorter ask. */
static struct credence_ask read_ask(const struct credence_ask *given)
{
	struct credence_ask ask = {.size = sizeof(ask)};

	if (given != NULL)
		memcpy(&ask, given, given->size < sizeof(ask) ? given->size : sizeof(ask));
	if (ask.timeout == 0)
		ask.timeout = TIMEOUT_MS;
	else if (ask.timeout < 0)
		ask.timeout = 0;
	return ask;
}

static void run(struct credence_call *call, const char *profile, const struct credence_ask *ask,
		struct credence_answer *answer)
{
	struct token_ask wanted = {.min_valid = ask->min_valid,
				   .newer_than = ask->newer_than,
				   .has_newer_than = (ask->flags & CREDENCE_ASK_NEWER) != 0};
	struct session session = {0};
	struct issued issued;
	credence_rc rc = session_open(call, profile, false, &session);

	if (rc == CREDENCE_SUCCESS)
		rc = session_token(&session, &wanted, &issued);
	if (rc == CREDENCE_SUCCESS) {
		fill_success(answer, &session, &issued);
	} else {
		answer->status = call_status(call, 0);
		fill_failure(answer, &call->failure);
	}
	session_done(&session);
}

API int credence_get(struct credence *context, const char *profile,
		     const struct credence_ask *given, struct credence_answer **ret)
{
	struct credence_ask ask = read_ask(given);
	struct credence_answer *answer;
	struct credence_call call;
	unsigned flags = 0;

	if (ret == NULL)
		return STATUS_USAGE;
	*ret = NULL;
	answer = calloc(1, sizeof(*answer));
	if (answer == NULL)
		return STATUS_BUG;
	answer->generation = answer->issued_at = answer->expires_at = answer->retry_after = -1;
	if (context == NULL || profile == NULL) {
		answer->status = STATUS_USAGE;
		attributes_set(&answer->text, "error", "no context or no profile was given");
	} else {
		if ((ask.flags & CREDENCE_ASK_NO_NETWORK) != 0)
			flags |= CALL_NO_NETWORK;
		if ((ask.flags & CREDENCE_ASK_WAIT) != 0)
			flags |= CALL_WAIT;
		call_init(&call, context, NULL, flags, ask.timeout);
		run(&call, profile, &ask, answer);
		call_done(&call);
	}
	*ret = answer;
	return answer->status;
}

API int credence_answer_status(const struct credence_answer *answer)
{
	return answer != NULL ? answer->status : STATUS_BUG;
}

API const char *credence_answer_text(const struct credence_answer *answer, const char *name)
{
	return answer != NULL && name != NULL ? attributes_get(&answer->text, name) : NULL;
}

API int64_t credence_answer_number(const struct credence_answer *answer, const char *name)
{
	if (answer == NULL || name == NULL)
		return -1;
	if (strcmp(name, "generation") == 0)
		return answer->generation;
	if (strcmp(name, "issued_at") == 0)
		return answer->issued_at;
	if (strcmp(name, "expires_at") == 0)
		return answer->expires_at;
	return strcmp(name, "retry_after") == 0 ? answer->retry_after : -1;
}

API void credence_answer_free(struct credence_answer *answer)
{
	if (answer == NULL)
		return;
	attributes_done(&answer->text);
	free(answer);
}
