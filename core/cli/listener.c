/* SPDX-License-Identifier: MIT */
/*
 * What a call tells while it runs: warnings, and on a terminal one line that shows what is being
 * waited for. The line is rewritten whenever the call asks whether it was cancelled, which it does
 * all the time while it waits.
 */
#include "core/cli/cli.h"

#include "core/os/clock.h"
#include "core/os/process.h"
#include "core/os/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE       CLOCK_SECOND /* nobody needs to be told of less */
#define LINE_MAX_BYTES 70

void progress_clear(struct cli *cli)
{
	struct buf line = BUF_INIT;

	if (cli->progress.shown != 0) {
		buf_str(&line, "\r\033[K");
		terminal_write(2, buf_text(&line), line.length);
		cli->progress.shown = 0;
	}
	buf_done(&line);
}

/* What is there to show; false: nothing. A server or lock that is slow, else a person. */
static bool describe(const struct progress *progress, int64_t now, struct buf *line)
{
	int64_t left = progress->until - clock_wall();

	if (progress->text != NULL && now - progress->since >= PATIENCE) {
		text_printable(line, progress->text, LINE_MAX_BYTES);
		buf_str(line, " … ");
		text_span(line, now - progress->since);
		return true;
	}
	if (progress->until == 0 || left <= 0)
		return false;
	buf_str(line, "waiting until you are done there … ");
	text_span(line, left + CLOCK_SECOND - 1);
	buf_str(line, " left");
	return true;
}

static void show(struct cli *cli)
{
	struct progress *progress = &cli->progress;
	int64_t now = clock_boot();
	struct buf line = BUF_INIT;

	if ((progress->text == NULL && progress->until == 0) ||
	    now - progress->shown < CLOCK_SECOND || cli->quiet || !isatty(2))
		return;
	buf_char(&line, '\r');
	if (!describe(progress, now, &line)) {
		buf_done(&line);
		return;
	}
	buf_str(&line, "\033[K");
	if (buf_ok(&line))
		terminal_write(2, buf_text(&line), line.length);
	buf_done(&line);
	progress->shown = now;
}

static void on_progress(void *data, const char *text, int64_t since)
{
	struct cli *cli = data;

	if (text == NULL) {
		progress_clear(cli);
		free(cli->progress.text);
		cli->progress.text = NULL;
		return;
	}
	if (cli->quiet || !isatty(2))
		return;
	if (cli->progress.text == NULL || strcmp(cli->progress.text, text) != 0) {
		free(cli->progress.text);
		cli->progress.text = strdup(text);
		cli->progress.since = since;
	}
	show(cli);
}

static void on_log(void *data, int32_t level, const char *message)
{
	struct cli *cli = data;
	const char *subject = cli_subject(cli);
	bool wanted =
	    level <= CREDENCE_LOG_WARNING ? !cli->quiet : cli->verbose > level - CREDENCE_LOG_INFO;

	if (wanted)
		cli_tell(cli, "credence: %s%s%s", subject != NULL ? subject : "",
			 subject != NULL ? ": " : "", message);
}

static bool on_cancelled(void *data)
{
	show(data);
	return process_signal() != 0;
}

const struct call_listener cli_listener = {
    .log = on_log,
    .progress = on_progress,
    .cancelled = on_cancelled,
};
