/* SPDX-License-Identifier: MIT */
/* version, and sandbox, which is a program of its own. */
#include "core/cli/cli.h"

#include "core/os/process.h"
#include "core/record/json_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SANDBOX "credence-sandbox"

credence_rc verb_version(struct cli *cli)
{
	struct buf text = BUF_INIT;

	if (!cli->json) {
		buf_printf(&text, "credence %s (module ABI %u.%u)\n", PACKAGE_VERSION, CREDENCE_ABI,
			   CREDENCE_ABI_MINOR);
		return cli_put(cli, &text);
	}
	json_begin(&text);
	json_out_text(&text, "credence", PACKAGE_VERSION);
	json_out_number(&text, "abi", CREDENCE_ABI);
	json_out_number(&text, "abi_minor", CREDENCE_ABI_MINOR);
	json_out_close(&text, '}');
	return cli_put_json(cli, &text);
}

/* The installed one; in a build tree the one in PATH. */
credence_rc verb_sandbox(struct cli *cli)
{
	char **argv = calloc((size_t)cli->operand_count + 2, sizeof(*argv));
	char installed[] = CREDENCE_BINDIR "/" SANDBOX, name[] = SANDBOX;
	int error;

	if (argv == NULL)
		return call_oom(&cli->call);
	memcpy(argv + 1, cli->operand, (size_t)cli->operand_count * sizeof(*argv));
	if (dup2(cli->out, STDOUT_FILENO) < 0)
		errno = EBADF;
	argv[0] = installed;
	(void)process_exec(argv, NULL);
	argv[0] = name;
	(void)process_exec(argv, NULL);
	error = errno;
	free(argv);
	(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	call_fail_status(&cli->call, STATUS_BUG, CREDENCE_ERROR, "can't run " SANDBOX ": %s",
			 strerror(error));
	call_hint(&cli->call, "it is a package of its own: install " SANDBOX);
	return CREDENCE_ERROR;
}
