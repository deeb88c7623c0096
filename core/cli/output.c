/* SPDX-License-Identifier: MIT */
/*
 * Answers to standard output, messages and errors to standard error. Nothing is buffered by stdio:
 * an answer that holds a secret leaves no copy, and is written whole or told as a failure.
 */
#include "core/cli/cli.h"

#include "core/os/clock.h"
#include "core/os/process.h"
#include "core/os/text.h"
#include "core/record/json_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0 && errno == EINTR && process_signal() == 0)
			continue;
		if (n < 0)
			return false;
		bytes += n;
		length -= (size_t)n;
	}
	return true;
}

void terminal_write(int fd, const char *text, size_t length)
{
	(void)write_all(fd, text, length);
}

credence_rc cli_write(struct cli *cli, const void *bytes, size_t length)
{
	if (write_all(cli->out, bytes, length))
		return CREDENCE_SUCCESS;
	if (process_signal() != 0)
		return call_fail(&cli->call, CREDENCE_CANCELLED, "interrupted");
	return call_fail_status(&cli->call, STATUS_BUG, CREDENCE_ERROR,
				"can't write to standard output: %s",
				errno == EBADF ? "it is closed" : strerror(errno));
}

credence_rc cli_put(struct cli *cli, struct buf *answer)
{
	credence_rc rc;

	progress_clear(cli);
	if (answer->failed)
		rc = call_oom(&cli->call);
	else
		rc = cli_write(cli, buf_text(answer), answer->length);
	buf_done(answer);
	return rc;
}

void cli_tell(struct cli *cli, const char *format, ...)
{
	struct buf line = BUF_INIT;
	va_list args;

	va_start(args, format);
	buf_vprintf(&line, format, args);
	va_end(args);
	buf_char(&line, '\n');
	progress_clear(cli);
	terminal_write(2, buf_text(&line), line.length);
	buf_done(&line);
}

/* -- Colour -- */

bool is_colourful(int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return (no == NULL || *no == '\0') && (term == NULL || strcmp(term, "dumb") != 0) &&
	       isatty(fd);
}

/* -- Errors -- */

const char *cli_subject(const struct cli *cli)
{
	return cli->subject != NULL && text_is_name(cli->subject) ? cli->subject : NULL;
}

static const char *default_message(credence_rc rc)
{
	switch (rc) {
	case CREDENCE_CANCELLED:
		return "interrupted";
	case CREDENCE_UNAVAIL:
		return "no time was left; try again, or give more with --timeout";
	case CREDENCE_MISS:
		return "there is nothing";
	default:
		return rc_name(rc);
	}
}

void cli_name_profile(struct failure *failure, const char *profile)
{
	const char *hint = failure->hint, *at = hint != NULL ? strstr(hint, "PROFILE") : NULL;
	struct buf named = BUF_INIT;
	char *text;

	if (at == NULL || profile == NULL)
		return;
	for (; at != NULL; hint = at + strlen("PROFILE"), at = strstr(hint, "PROFILE")) {
		buf_add(&named, hint, (size_t)(at - hint));
		buf_str(&named, profile);
	}
	buf_str(&named, hint);
	text = buf_take(&named);
	if (text == NULL)
		return; /* the hint is good enough as it is */
	free(failure->hint);
	failure->hint = text;
}

static void report_text(struct cli *cli, const struct failure *failure, const char *message)
{
	bool colours = is_colourful(STDERR_FILENO);
	const char *subject = cli_subject(cli);

	cli_tell(cli, "%scredence:%s %s%s%s%s%s", colours ? "\033[1;31m" : "",
		 colours ? "\033[0m" : "", subject != NULL ? subject : "",
		 subject != NULL ? ": " : "", failure->code != NULL ? failure->code : "",
		 failure->code != NULL ? ": " : "", message);
	if (failure->hint != NULL)
		cli_tell(cli, "%shint:%s %s", colours ? "\033[1m" : "", colours ? "\033[0m" : "",
			 failure->hint);
}

static void report_json(struct cli *cli, const struct failure *failure, const char *message,
			int status)
{
	struct buf json = BUF_INIT;

	json_begin(&json);
	json_out_text(&json, "profile", cli_subject(cli));
	json_out_open(&json, "error", '{');
	json_out_number(&json, "status", status);
	json_out_text(&json, "code", failure->code);
	json_out_text(&json, "message", message);
	json_out_text(&json, "hint", failure->hint);
	if (status == STATUS_UNAVAIL || status == STATUS_LIMIT)
		json_out_number(&json, "retry_after",
				(failure->retry_after + CLOCK_SECOND - 1) / CLOCK_SECOND);
	json_out_close(&json, '}');
	json_out_close(&json, '}');
	buf_char(&json, '\n');
	/* That nobody reads the error is no further error. */
	(void)write_all(cli->out, buf_text(&json), json.length);
	buf_done(&json);
}

int cli_report(struct cli *cli, credence_rc rc)
{
	struct failure *failure = &cli->call.failure;
	const char *message;
	int status;

	/* Not every answer has an error set: a wait that was interrupted, say. */
	if (failure->rc == CREDENCE_SUCCESS)
		failure->rc = rc;
	message = failure->message != NULL ? failure->message : default_message(failure->rc);
	status = call_status(&cli->call, 0);
	if (status == STATUS_INTERRUPTED && process_signal() != 0)
		status = 128 + process_signal();
	cli_name_profile(failure, cli_subject(cli));
	if (cli->json)
		report_json(cli, failure, message, status);
	if (!cli->json || !cli->quiet)
		report_text(cli, failure, message);
	/* As env(1): what comes of the program itself is never mistaken for what comes of us. That
	 * it could not be run has numbers of its own, 126 and 127. */
	if (cli->verb != NULL && (cli->verb->flags & VERB_COMMAND) != 0 && status < 126)
		status = 125;
	return status;
}

void cli_pass_over(struct cli *cli)
{
	struct failure failure = call_take_failure(&cli->call);

	call_log(&cli->call, CREDENCE_LOG_WARNING, "%s",
		 failure.message != NULL ? failure.message : default_message(failure.rc));
	failure_done(&failure);
}

/* -- JSON -- */

void json_begin(struct buf *json)
{
	buf_char(json, '{');
	json_out_number(json, "version", 1);
}

credence_rc cli_put_json(struct cli *cli, struct buf *json)
{
	buf_str(json, "\n");
	return cli_put(cli, json);
}

void json_out_bool(struct buf *json, const char *name, bool value)
{
	json_out_name(json, name);
	buf_str(json, value ? "true" : "false");
}

void json_out_time(struct buf *json, const char *name, int64_t ms)
{
	struct buf text = BUF_INIT;

	if (ms != 0) {
		text_rfc3339(&text, ms);
		json_out_text(json, name, buf_text(&text));
	}
	buf_done(&text);
}

/* -- Times for people -- */

void cli_span(struct buf *text, int64_t ms)
{
	struct buf span = BUF_INIT;
	const char *end;

	text_span(&span, ms);
	end = strchr(buf_text(&span), ' ');
	end = end != NULL ? strchr(end + 1, ' ') : NULL;
	buf_add(text, buf_text(&span), end != NULL ? (size_t)(end - span.data) : span.length);
	buf_done(&span);
}

void cli_clock(struct buf *text, int64_t ms)
{
	time_t then = (time_t)(ms / CLOCK_SECOND), now = (time_t)(clock_wall() / CLOCK_SECOND);
	struct tm a, b;

	if (localtime_r(&then, &a) != NULL && localtime_r(&now, &b) != NULL &&
	    a.tm_year == b.tm_year && a.tm_yday == b.tm_yday)
		buf_printf(text, "%02d:%02d:%02d", a.tm_hour, a.tm_min, a.tm_sec);
	else
		text_moment(text, ms);
}
