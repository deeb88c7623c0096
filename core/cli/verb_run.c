/* SPDX-License-Identifier: MIT */
/* run: another program, with the token in its environment and everything else as it was found. */
#include "core/cli/cli.h"

#include "core/os/process.h"
#include "core/token/token.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* "NAME=value" of each variable, in secret memory until the program takes over; "NAME" of those
 * that this credential does not have, so that it gets no other's. */
struct environment {
	struct buf text[ISSUED_NAMES];
	const char *entry[ISSUED_NAMES + 1];
};

static bool environment_init(struct environment *environment, const struct attributes *variables)
{
	size_t i;

	memset(environment, 0, sizeof(*environment));
	for (i = 0; i < ISSUED_NAMES; i++) {
		const char *value = attributes_get(variables, issued_names[i]);
		struct buf *text = &environment->text[i];

		*text = BUF_SECRET;
		buf_str(text, issued_names[i]);
		if (value != NULL)
			buf_printf(text, "=%s", value);
		if (!buf_ok(text))
			return false;
		environment->entry[i] = buf_text(text);
	}
	return true;
}

static void environment_done(struct environment *environment)
{
	size_t i;

	for (i = 0; i < ISSUED_NAMES; i++)
		buf_done(&environment->text[i]);
}

/* Comes back only if the program could not be run. */
static credence_rc become(struct cli *cli, struct environment *environment)
{
	char *const *argv = cli->operand + 1;
	int status, error;

	progress_clear(cli);
	if (dup2(cli->out, STDOUT_FILENO) < 0)
		return call_fail_status(&cli->call, STATUS_BUG, CREDENCE_ERROR,
					"can't give the program its output: %s", strerror(errno));
	status = process_exec(argv, environment->entry);
	error = errno;
	(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	call_fail_status(&cli->call, status, CREDENCE_ERROR, "can't run %s: %s", argv[0],
			 strerror(error));
	if (error == ENOENT)
		call_hint(&cli->call, "name a program that is in PATH, or its file");
	return CREDENCE_ERROR;
}

credence_rc verb_run(struct cli *cli)
{
	struct environment environment = {0};
	struct attributes variables = {0};
	struct session session = {0};
	struct token_ask ask = {0};
	struct issued issued;
	credence_rc rc = cli_read_ask(cli, &ask);

	if (rc == CREDENCE_SUCCESS)
		rc = cli_session(cli, false, &session);
	if (rc == CREDENCE_SUCCESS)
		rc = session_token(&session, &ask, &issued);
	if (rc == CREDENCE_SUCCESS && (!issued_variables(&session, &issued, &variables) ||
				       !environment_init(&environment, &variables)))
		rc = call_oom(&cli->call);
	session_done(&session);
	attributes_done(&variables);
	if (rc == CREDENCE_SUCCESS)
		rc = become(cli, &environment);
	environment_done(&environment);
	return rc;
}
