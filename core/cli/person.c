/* SPDX-License-Identifier: MIT */
/*
 * Asking the person: on the terminal, without echo for a secret, or one line of standard input when
 * that is no terminal. The terminal is put right again whatever ends the question: an answer, a
 * signal, a stop (Ctrl-Z). Its own line ends after 4095 bytes, without a word, so a secret is
 * edited here.
 */
#include "core/cli/cli.h"
#include "core/cli/page.h"

#include "core/os/clock.h"
#include "core/os/process.h"
#include "core/os/secret.h"
#include "core/os/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define ANSWER_MAX 32768 /* of an address with a code in it, which may be long */
#define POLL_MS    100

struct prompt {
	struct cli *cli;
	const char *text; /* NULL: nobody sees one */
	int fd;
	bool secret; /* and echo is off */
	struct termios found;
};

static volatile sig_atomic_t stopped;

static void on_stop(int number)
{
	(void)number;
	stopped = 1;
}

/* -- The terminal -- */

static void show_prompt(const struct prompt *prompt)
{
	struct buf text = BUF_INIT;

	if (prompt->text == NULL)
		return;
	buf_printf(&text, "%s: ", prompt->text);
	terminal_write(prompt->fd, buf_text(&text), text.length);
	buf_done(&text);
}

static void echo_off(struct prompt *prompt)
{
	struct termios silent;

	if (!prompt->secret)
		return;
	silent = prompt->found;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL | ICANON);
	silent.c_cc[VMIN] = 1;
	silent.c_cc[VTIME] = 0;
	(void)tcsetattr(prompt->fd, TCSAFLUSH, &silent);
}

static void echo_on(const struct prompt *prompt)
{
	if (prompt->secret)
		(void)tcsetattr(prompt->fd, TCSAFLUSH, &prompt->found);
}

/* Ctrl-Z: the shell gets its terminal as it was, and we ask again when we are back. */
static void pause_here(struct prompt *prompt)
{
	stopped = 0;
	echo_on(prompt);
	(void)raise(SIGSTOP);
	echo_off(prompt);
	show_prompt(prompt);
}

/* -- Reading -- */

/* One byte, so that what follows the line is left to whoever reads next. 0: the end. */
static credence_rc read_byte(struct prompt *prompt, char *byte, size_t *count)
{
	struct pollfd poll_fd = {.fd = prompt->fd, .events = POLLIN};
	ssize_t n;

	for (;;) {
		if (process_signal() != 0)
			return call_fail(&prompt->cli->call, CREDENCE_CANCELLED, "interrupted");
		if (stopped)
			pause_here(prompt);
		if (poll(&poll_fd, 1, POLL_MS) <= 0)
			continue;
		n = read(prompt->fd, byte, 1);
		if (n < 0 && errno == EINTR)
			continue;
		*count = n > 0 ? 1 : 0;
		return CREDENCE_SUCCESS;
	}
}

static bool is_key(const struct prompt *prompt, int key, char byte)
{
	cc_t code = prompt->found.c_cc[key];

	return code != _POSIX_VDISABLE && code == (cc_t)byte;
}

/* What the terminal would have done with a line of its own. true: that is all the byte was for;
 * *count 0: it ends the line. */
static bool edit(const struct prompt *prompt, struct buf *line, char byte, size_t *count)
{
	if (!prompt->secret)
		return false;
	if (is_key(prompt, VERASE, byte) || byte == '\b' || byte == 0x7f) {
		if (line->length > 0)
			buf_cut(line, line->length - 1);
		return true;
	}
	if (is_key(prompt, VKILL, byte) || is_key(prompt, VWERASE, byte)) {
		buf_cut(line, 0);
		return true;
	}
	if (!is_key(prompt, VEOF, byte))
		return false;
	*count = 0;
	return true;
}

static credence_rc read_line(struct prompt *prompt, char **answer)
{
	struct credence_call *call = &prompt->cli->call;
	struct buf line = BUF_SECRET;
	size_t count = 0;
	char byte = 0;
	credence_rc rc;

	line.max = ANSWER_MAX;
	do {
		rc = read_byte(prompt, &byte, &count);
		if (rc == CREDENCE_SUCCESS && count > 0 && byte != '\n' && byte != '\r' &&
		    !edit(prompt, &line, byte, &count))
			buf_char(&line, byte);
	} while (rc == CREDENCE_SUCCESS && count > 0 && byte != '\n' && !line.failed);
	if (rc == CREDENCE_SUCCESS && count == 0 && line.length == 0) {
		rc = call_fail(call, CREDENCE_LOGIN,
			       "nobody is there: standard input is at its end");
		call_hint(call,
			  "run it on a terminal, or give the answer as a line of standard input");
	}
	if (rc == CREDENCE_SUCCESS && line.failed)
		rc = call_fail(call, CREDENCE_LOGIN, "the answer is too long");
	if (rc == CREDENCE_SUCCESS && memchr(buf_text(&line), '\0', line.length) != NULL)
		rc = call_fail(call, CREDENCE_LOGIN, "the answer is no text");
	if (rc == CREDENCE_SUCCESS) {
		*answer = buf_take(&line);
		if (*answer == NULL)
			rc = call_oom(call);
	}
	byte = 0;
	buf_done(&line);
	return rc;
}

static credence_rc ask_terminal(struct prompt *prompt, char **answer)
{
	struct sigaction action = {.sa_handler = on_stop}, old;
	credence_rc rc;

	if (tcgetattr(prompt->fd, &prompt->found) != 0)
		prompt->secret = false;
	sigemptyset(&action.sa_mask);
	stopped = 0;
	(void)sigaction(SIGTSTP, &action, &old);
	echo_off(prompt);
	show_prompt(prompt);
	rc = read_line(prompt, answer);
	echo_on(prompt);
	(void)sigaction(SIGTSTP, &old, NULL);
	/* As many stars for every secret: its length is nobody's business. */
	if (prompt->secret && rc == CREDENCE_SUCCESS)
		terminal_write(prompt->fd, "********\n", 9);
	else if (prompt->secret || rc != CREDENCE_SUCCESS)
		terminal_write(prompt->fd, "\n", 1);
	return rc;
}

credence_rc person_ask(struct cli *cli, const char *text, bool secret, char **answer)
{
	struct prompt prompt = {.cli = cli, .fd = STDIN_FILENO};
	credence_rc rc;

	progress_clear(cli);
	if (!isatty(STDIN_FILENO))
		return read_line(&prompt, answer);
	prompt.fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (prompt.fd < 0) {
		call_fail(&cli->call, CREDENCE_LOGIN, "there is no terminal to ask on: %s",
			  strerror(errno));
		call_hint(&cli->call, "give the answer as a line of standard input");
		return CREDENCE_LOGIN;
	}
	prompt.text = text;
	prompt.secret = secret;
	rc = ask_terminal(&prompt, answer);
	close(prompt.fd);
	return rc;
}

/* -- The host's messages -- */

/* The address of a page that may be opened on this machine or on another: whatever carries it over
 * there belongs here. */
static void tell_page(struct cli *cli, const char *url)
{
	size_t length = 0;
	char *qr;

	cli_tell(cli, "  %s", url);
	qr = page_qr(url, STDERR_FILENO, &length);
	if (qr != NULL)
		terminal_write(STDERR_FILENO, qr, length);
	free(qr);
}

/* A page whose answer comes back to this machine, unless the person brings it. */
static void tell_page_here(struct cli *cli, const char *url)
{
	bool paste = cli_flag(cli, "paste"), no_browser = cli_flag(cli, "no-browser");

	if (!no_browser && page_open(url)) {
		cli_tell(cli, "  %s", url);
		cli_tell(cli, "  (opened in your browser)");
		return;
	}
	if (paste || no_browser)
		tell_page(cli, url);
	else
		cli_tell(cli, "  %s", url);
	if (!paste)
		cli_tell(cli,
			 "  in a browser on this machine; for one elsewhere: credence login %s "
			 "--paste",
			 cli->subject != NULL ? cli->subject : "PROFILE");
}

/* RFC 8628 section 3.3.1: the code and the page to type it on are shown even where there is a page
 * that has the code in it, so that both can be compared. */
static void tell_code(struct cli *cli, const struct credence_message *message)
{
	if (message->url != NULL && message->url_complete == NULL)
		tell_page(cli, message->url);
	else if (message->url != NULL)
		cli_tell(cli, "  %s", message->url);
	if (message->code != NULL)
		cli_tell(cli, "  code: %s", message->code);
	if (message->url_complete != NULL) {
		cli_tell(cli, "or, with the code in it:");
		tell_page(cli, message->url_complete);
	}
}

static void tell_until(struct cli *cli, int64_t expires_at)
{
	struct buf text = BUF_INIT;

	if (expires_at > 0) {
		cli_clock(&text, expires_at);
		cli_tell(cli, "  until %s", buf_text(&text));
	}
	buf_done(&text);
}

credence_rc person_talk(void *data, struct credence_call *call,
			const struct credence_message *message, char **answer)
{
	struct cli *cli = data;
	const char *text = message->text != NULL ? message->text : "";
	int64_t began = clock_boot();
	credence_rc rc = CREDENCE_SUCCESS;

	switch (message->style) {
	case CREDENCE_SHOW_URL:
	case CREDENCE_SHOW_CODE:
		cli_tell(cli, "%s", text);
		if (message->style == CREDENCE_SHOW_CODE)
			tell_code(cli, message);
		else if (message->url != NULL)
			tell_page_here(cli, message->url);
		tell_until(cli, message->expires_at);
		cli->progress.until = message->expires_at;
		break;
	case CREDENCE_ASK:
	case CREDENCE_ASK_SECRET:
		rc = person_ask(cli, text, message->style == CREDENCE_ASK_SECRET, answer);
		/* The time that a person takes is not the call's. */
		call_extend(call, clock_boot() - began);
		break;
	default:
		if (!cli->quiet)
			cli_tell(cli, "%s", text);
		break;
	}
	return rc;
}
