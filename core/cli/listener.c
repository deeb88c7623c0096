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

static void show(struct cli *cli)
{
	struct progress *progress = &cli->progress;
	int64_t now = clock_boot();
	struct buf line = BUF_INIT;

	if (progress->text == NULL || now - progress->since < PATIENCE ||
	    now - progress->shown < CLOCK_SECOND)
		return;
	buf_char(&line, '\r');
	text_printable(&line, progress->text, LINE_MAX_BYTES);
	buf_str(&line, " … ");
	text_span(&line, now - progress->since);
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
	bool wanted =
	    level <= CREDENCE_LOG_WARNING ? !cli->quiet : cli->verbose > level - CREDENCE_LOG_INFO;

	if (wanted)
		cli_tell(cli, "credence: %s%s%s", cli->subject != NULL ? cli->subject : "",
			 cli->subject != NULL ? ": " : "", message);
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
