/* SPDX-License-Identifier: MIT */
/*
 * The command: makes the process safe, reads the command line, opens a context and runs the verb.
 * What verbs do is in verb_….c; nothing here is done that a token which is still valid does not
 * need.
 */
#include "core/cli/cli.h"

#include "core/module/host.h"
#include "core/os/process.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The longest time that a server's word makes us wait is an hour; then the request is due. */
#define WAIT_TIMEOUT INT64_C(3900000)

/* What anybody prints on descriptor 1 from here on goes to standard error. */
static int take_output(void)
{
	int out = fcntl(1, F_DUPFD_CLOEXEC, 3);

	if (out < 0 || dup2(2, 1) < 0)
		_exit(STATUS_BUG);
	return out;
}

static void start_call(struct cli *cli)
{
	struct call_listener listener = cli_listener;
	int64_t timeout = cli->timeout;
	unsigned flags = 0;

	listener.data = cli;
	if ((cli->verb->flags & VERB_PERSON) != 0)
		listener.talk = person_talk;
	if (cli->wait)
		flags |= CALL_WAIT;
	if (cli->no_network)
		flags |= CALL_NO_NETWORK;
	if (timeout < 0)
		timeout = cli->wait ? WAIT_TIMEOUT : CONTEXT_TIMEOUT;
	call_done(&cli->call);
	call_init(&cli->call, NULL, &listener, flags, timeout);
}

/* The configuration may set another time for calls that don't. */
static void configured_deadline(struct cli *cli)
{
	if (cli->timeout < 0 && !cli->wait)
		call_extend(&cli->call, context_timeout(cli->context) - CONTEXT_TIMEOUT);
}

static credence_rc run_verb(struct cli *cli)
{
	credence_rc rc;

	start_call(cli);
	if ((cli->verb->flags & (VERB_ALONE | VERB_LENIENT)) != 0)
		return cli->verb->run(cli);
	rc = context_open(&cli->call, cli->folder, NULL, &cli->context);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	configured_deadline(cli);
	return cli->verb->run(cli);
}

static credence_rc print_usage(struct cli *cli)
{
	struct buf text = BUF_INIT;

	usage_text(cli->verb, &text);
	return cli_put(cli, &text);
}

static credence_rc run(struct cli *cli, int argc, char **argv)
{
	credence_rc rc = cli_parse(cli, argc, argv);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (cli->help)
		return print_usage(cli);
	if (cli->version)
		return verb_version(cli);
	return run_verb(cli);
}

/* -- A module, or a library that it uses, that calls exit -- */

static struct cli *running; /* NULL: it is we who end */
static pid_t self;

/* With status 0 it would look as if all were well, and the token were empty. Children are not ours
 * to judge. */
static void judge_exit(void)
{
	const struct frame *frame;

	if (running == NULL || getpid() != self)
		return;
	frame = running->call.work != NULL ? running->call.work->frame : NULL;
	call_clear(&running->call);
	if (frame != NULL)
		call_fail_status(&running->call, STATUS_MODULE, CREDENCE_ERROR,
				 "%s %s called exit in %s", role_name(frame->entry->role),
				 frame->entry->conf->use, frame->method);
	else
		call_fail_status(&running->call, STATUS_MODULE, CREDENCE_ERROR,
				 "a module called exit");
	progress_clear(running);
	_exit(cli_report(running, CREDENCE_ERROR));
}

static void expect_return(struct cli *cli)
{
	running = cli;
	self = getpid();
	(void)atexit(judge_exit);
}

int main(int argc, char **argv)
{
	struct cli cli = {.timeout = -1};
	credence_rc rc;
	int status;

	process_harden();
	process_catch_signals();
	cli.out = take_output();
	call_init(&cli.call, NULL, NULL, 0, -1);
	expect_return(&cli);
	rc = run(&cli, argc, argv);
	running = NULL;
	status = rc == CREDENCE_SUCCESS ? cli.status : cli_report(&cli, rc);
	progress_clear(&cli);
	call_done(&cli.call);
	context_close(cli.context);
	cli_parse_done(&cli);
	return status;
}
