/* SPDX-License-Identifier: MIT */
/* Host services: the person, time, chance, errors and the log. */
#include "core/module/scratch.h"
#include "core/module/services.h"
#include "core/os/clock.h"
#include "core/os/process.h"
#include "core/os/secret.h"
#include "core/os/text.h"

#include <string.h>

/* What a module or a server made up is made printable before a terminal sees it. */
static const char *shown(struct frame *frame, const char *text)
{
	struct buf clean = BUF_SECRET;
	const char *kept;

	if (text == NULL)
		return NULL;
	text_printable(&clean, text, 16384);
	kept = scratch_take(&frame->scratch, buf_take(&clean));
	return kept != NULL ? kept : "";
}

static credence_rc nobody(struct credence_call *call)
{
	call_fail(call, CREDENCE_LOGIN, "a person is needed");
	call_hint(call, "credence login %s", call->work->profile->name);
	return CREDENCE_LOGIN;
}

static void make_printable(struct frame *frame, struct credence_message *message)
{
	message->text = shown(frame, message->text);
	message->url = shown(frame, message->url);
	message->code = shown(frame, message->code);
	message->url_complete = shown(frame, message->url_complete);
}

/* What is shown has to be done elsewhere, and the time that takes is the person's. */
static void give_time(struct credence_call *call, const struct credence_message *message)
{
	int64_t now = clock_wall();
	bool elsewhere =
	    message->style == CREDENCE_SHOW_URL || message->style == CREDENCE_SHOW_CODE;

	if (elsewhere && message->expires_at > now)
		call_extend(call, message->expires_at - now);
}

credence_rc service_talk(struct credence_call *call, const struct credence_message *given,
			 const char **answer)
{
	struct frame *frame = service_frame(call, "acquire", "talk");
	struct credence_message message;
	const char *kept;
	char *reply = NULL;
	credence_rc rc;

	if (frame == NULL || given == NULL)
		return CREDENCE_ERROR;
	if (call->listener.talk == NULL)
		return nobody(call);
	if (service_copy(call, "talk", given, &message, sizeof(message)) != CREDENCE_SUCCESS)
		return CREDENCE_ERROR;
	message.size = sizeof(message);
	make_printable(frame, &message);
	if (message.style < CREDENCE_INFORM || message.style > CREDENCE_ASK_SECRET)
		return call_fail(call, CREDENCE_ERROR, "there is no message of style %u",
				 (unsigned)message.style);
	rc = call->listener.talk(call->listener.data, call, &message, &reply);
	if (rc != CREDENCE_SUCCESS || message.style < CREDENCE_ASK) {
		secret_free(reply);
		if (rc == CREDENCE_SUCCESS)
			give_time(call, &message);
		return rc;
	}
	if (reply == NULL)
		return call_fail(call, CREDENCE_CANCELLED, "there was no answer");
	kept = scratch_take(&frame->scratch, reply);
	if (kept == NULL)
		return call_oom(call);
	if (answer != NULL)
		*answer = kept;
	return CREDENCE_SUCCESS;
}

credence_rc service_wait(struct credence_call *call, int64_t ms)
{
	credence_rc rc = call_wait(call, ms > 0 ? ms : 0);

	/* Whatever a module met before and has tried to outlast no longer matters. */
	if (rc == CREDENCE_CANCELLED) {
		call_clear(call);
		return call_fail(call, rc, "interrupted");
	}
	if (rc == CREDENCE_UNAVAIL) {
		call_fail(call, rc, "the time for this call is over");
		call_hint(call, "allow more with --timeout");
	}
	return rc;
}

int64_t service_now(struct credence_call *call)
{
	(void)call;
	return clock_wall();
}

int64_t service_time_left(struct credence_call *call)
{
	return call_time_left(call);
}

credence_rc service_random(struct credence_call *call, void *bytes, size_t length)
{
	return process_random(bytes, length)
		   ? CREDENCE_SUCCESS
		   : call_fail(call, CREDENCE_ERROR, "no random numbers from the kernel");
}

credence_rc service_fail(struct credence_call *call, credence_rc rc, const char *code,
			 const char *message, const char *hint)
{
	/* A limit that was met before anything was sent is one that was kept. */
	int status =
	    rc == CREDENCE_LIMITED && call->work != NULL && !call->work->sent ? STATUS_LIMIT : 0;

	call_clear(call);
	call_fail_status(call, status, rc, "%s", message != NULL ? message : rc_name(rc));
	call_code(call, code);
	if (hint != NULL)
		call_hint(call, "%s", hint);
	return rc;
}

credence_rc service_refused(struct credence_call *call, const char *at, const char *error,
			    const char *description)
{
	struct frame *frame = service_frame(call, "acquire renew", "refused");

	if (frame == NULL || at == NULL || error == NULL)
		return CREDENCE_ERROR;
	call_clear(call);
	error = shown(frame, error);
	if (call->work->refused != NULL)
		return call->work->refused(call, at, error, shown(frame, description));
	call_fail(call, CREDENCE_DENIED, "the server refused");
	call_code(call, error);
	return CREDENCE_DENIED;
}

void service_log(struct credence_call *call, int32_t level, const char *message)
{
	const struct frame *frame = service_frame(call, NULL, "log");

	if (frame != NULL && message != NULL)
		call_log(call, level, "%s %s: %s", role_name(frame->entry->role),
			 frame->entry->conf->use, message);
}
