/* SPDX-License-Identifier: MIT */
/* One call: its error, its deadline, its log; see call.h. The names of answers are in
 * answer_name.c. */
#include "core/call/call.h"

#include "core/os/clock.h"
#include "core/os/text.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX 600
#define CODE_MAX    80
#define WAIT_STEP   50 /* ms between two looks at whether the caller has lost interest */

/* ms after a time; one that no clock reaches stands for never. */
static int64_t later(int64_t time, int64_t ms)
{
	int64_t end;

	return __builtin_add_overflow(time, ms, &end) ? INT64_MAX : end;
}

static int64_t after(int64_t ms)
{
	return later(clock_boot(), ms);
}

void call_init(struct credence_call *call, struct credence *context,
	       const struct call_listener *listener, unsigned flags, int64_t timeout_ms)
{
	memset(call, 0, sizeof(*call));
	call->context = context;
	if (listener != NULL)
		call->listener = *listener;
	call->flags = flags;
	if (timeout_ms >= 0)
		call->deadline = after(timeout_ms);
}

void call_done(struct credence_call *call)
{
	call_clear(call);
}

/* -- The error -- */

void failure_done(struct failure *failure)
{
	free(failure->code);
	free(failure->message);
	free(failure->hint);
	memset(failure, 0, sizeof(*failure));
}

void call_clear(struct credence_call *call)
{
	failure_done(&call->failure);
	call->unheard = false;
}

struct failure call_take_failure(struct credence_call *call)
{
	struct failure failure = call->failure;

	memset(&call->failure, 0, sizeof(call->failure));
	call->unheard = false;
	return failure;
}

void call_set_failure(struct credence_call *call, struct failure *failure)
{
	call_clear(call);
	call->failure = *failure;
	memset(failure, 0, sizeof(*failure)); /* transferred */
}

/* Printable text of a format; NULL: out of memory, which the error's readers expect. */
__attribute__((format(printf, 1, 0))) static char *format_text(const char *format, va_list args)
{
	struct buf raw = BUF_INIT, shown = BUF_INIT;

	buf_vprintf(&raw, format, args);
	shown.failed = raw.failed;
	text_printable(&shown, buf_text(&raw), MESSAGE_MAX);
	buf_done(&raw);
	return buf_take(&shown);
}

__attribute__((format(printf, 4, 0))) static void
set(struct credence_call *call, int status, credence_rc rc, const char *format, va_list args)
{
	char *message;

	call->unheard = call->failure.rc != CREDENCE_SUCCESS && call->failure.message != NULL;
	if (call->unheard)
		return;
	message = format_text(format, args); /* may quote what call_clear frees */
	call_clear(call);
	call->failure.rc = rc;
	call->failure.status = status;
	call->failure.message = message;
}

credence_rc call_fail(struct credence_call *call, credence_rc rc, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(call, 0, rc, format, args);
	va_end(args);
	return rc;
}

credence_rc call_fail_status(struct credence_call *call, int status, credence_rc rc,
			     const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(call, status, rc, format, args);
	va_end(args);
	return rc;
}

void call_hint(struct credence_call *call, const char *format, ...)
{
	va_list args;
	char *hint;

	if (call->unheard)
		return;
	va_start(args, format);
	hint = format_text(format, args);
	va_end(args);
	free(call->failure.hint);
	call->failure.hint = hint;
}

void call_code(struct credence_call *call, const char *code)
{
	struct buf shown = BUF_INIT;
	char *copy = NULL;

	if (call->unheard)
		return;
	if (code != NULL) {
		text_printable(&shown, code, CODE_MAX);
		copy = buf_take(&shown);
	}
	free(call->failure.code);
	call->failure.code = copy;
}

void call_retry_after(struct credence_call *call, int64_t ms)
{
	if (!call->unheard)
		call->failure.retry_after = ms > 0 ? ms : 0;
}

void call_prefix(struct credence_call *call, const char *format, ...)
{
	const char *old = call->failure.message;
	struct buf joined = BUF_INIT;
	va_list args;
	char *prefix, *message = NULL;

	va_start(args, format);
	prefix = format_text(format, args);
	va_end(args);
	if (prefix != NULL) {
		buf_str(&joined, prefix);
		if (old != NULL)
			buf_printf(&joined, ": %s", old);
		message = buf_take(&joined);
	}
	free(prefix);
	if (message == NULL)
		return; /* out of memory: better the message alone than none */
	free(call->failure.message);
	call->failure.message = message;
}

credence_rc call_offline(struct credence_call *call)
{
	call_fail(call, CREDENCE_UNAVAIL, "this needs the network, which --no-network forbids");
	call_code(call, "no_network");
	call_hint(call, "leave --no-network out, or ask again when it may be used");
	return CREDENCE_UNAVAIL;
}

credence_rc call_oom(struct credence_call *call)
{
	return call_fail_status(call, STATUS_BUG, CREDENCE_ERROR, "out of memory");
}

/* -- Time -- */

void call_extend(struct credence_call *call, int64_t ms)
{
	if (call->deadline != 0)
		call->deadline = later(call->deadline, ms);
}

void call_restart(struct credence_call *call, int64_t ms)
{
	if (call->deadline != 0)
		call->deadline = after(ms);
}

int64_t call_time_left(const struct credence_call *call)
{
	int64_t left;

	if (call->deadline == 0)
		return INT64_MAX;
	left = call->deadline - clock_boot();
	return left > 0 ? left : 0;
}

bool call_cancelled(const struct credence_call *call)
{
	return call->listener.cancelled != NULL && call->listener.cancelled(call->listener.data);
}

credence_rc call_wait(struct credence_call *call, int64_t ms)
{
	int64_t end = after(ms);

	for (;;) {
		int64_t left = end - clock_boot(), allowed = call_time_left(call);

		if (call_cancelled(call))
			return CREDENCE_CANCELLED;
		if (allowed == 0)
			return CREDENCE_UNAVAIL;
		if (left <= 0)
			return CREDENCE_SUCCESS;
		if (allowed < left)
			left = allowed;
		clock_sleep(left < WAIT_STEP ? left : WAIT_STEP);
	}
}

bool call_wait_out(struct credence_call *call, credence_rc rc)
{
	int64_t ms = call->failure.retry_after;

	if ((call->flags & CALL_WAIT) == 0 || ms <= 0 ||
	    (rc != CREDENCE_LIMITED && rc != CREDENCE_UNAVAIL) || ms > call_time_left(call))
		return false;
	call_progress(call, call->failure.message, clock_boot());
	if (call_wait(call, ms) != CREDENCE_SUCCESS)
		return false;
	call_progress(call, NULL, 0);
	call_clear(call);
	return true;
}

/* -- Telling -- */

void call_log(struct credence_call *call, int32_t level, const char *format, ...)
{
	va_list args;
	char *text;

	if (call->listener.log == NULL)
		return;
	va_start(args, format);
	text = format_text(format, args);
	va_end(args);
	if (text != NULL)
		call->listener.log(call->listener.data, level, text);
	free(text);
}

void call_progress(struct credence_call *call, const char *text, int64_t since_ms)
{
	if (call->listener.progress != NULL)
		call->listener.progress(call->listener.data, text, since_ms);
}
