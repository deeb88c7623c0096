/* SPDX-License-Identifier: MIT */
/* The C API of include/credence/credence.h: a context, a call, an answer that stands on its own. */
#include "core/module/context.h"
#include "core/os/secret.h"
#include "core/token/token.h"

#include <credence/credence.h>
#include <stdlib.h>
#include <string.h>

#define API __attribute__((visibility("default")))

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
	call_init(&call, NULL, NULL, 0, CONTEXT_TIMEOUT);
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

/* false: out of memory. */
static bool fill_success(struct credence_answer *answer, const struct session *session,
			 const struct issued *issued)
{
	const struct record *record = issued->record;
	const struct access_token *access = issued->access;
	struct buf header = BUF_SECRET;
	bool ok = true;

	buf_printf(&header, "%s %s", issued_scheme(issued), access->token);
	const struct {
		const char *name, *value;
	} members[] = {
	    {"profile", session->profile->name},
	    {"credential", session->profile->credential},
	    {"access_token", access->token},
	    {"token_type", access->type},
	    {"scope", access->scope},
	    {"api_domain", record->api_domain},
	    {"location", record->location},
	    {"accounts_server", record->accounts_server},
	    {"header", buf_text(&header)},
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		ok = attributes_set(&answer->text, members[i].name, members[i].value) && ok;
	ok = buf_ok(&header) && ok;
	buf_done(&header);
	answer->generation = (int64_t)record->generation;
	answer->issued_at = access->issued.wall;
	answer->expires_at = access->expires_at;
	return ok;
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
	return ask;
}

static void start_call(struct credence_call *call, struct credence *context,
		       const struct credence_ask *ask)
{
	int64_t timeout = ask->timeout;
	unsigned flags = 0;

	if ((ask->flags & CREDENCE_ASK_NO_NETWORK) != 0)
		flags |= CALL_NO_NETWORK;
	if ((ask->flags & CREDENCE_ASK_WAIT) != 0)
		flags |= CALL_WAIT;
	if (timeout == 0)
		timeout = context_timeout(context);
	call_init(call, context, NULL, flags, timeout > 0 ? timeout : 0);
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
	/* Half an answer is none. */
	if (rc == CREDENCE_SUCCESS && !fill_success(answer, &session, &issued)) {
		attributes_done(&answer->text);
		rc = call_oom(call);
	}
	if (rc != CREDENCE_SUCCESS) {
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
		start_call(&call, context, &ask);
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
