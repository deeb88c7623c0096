/* SPDX-License-Identifier: MIT */
/* export: the credential in another program's format. The formats are core/token/export.c's. */
#include "core/cli/cli.h"

#include "core/os/text.h"
#include "core/token/token.h"

#include <string.h>

static credence_rc read_format(struct cli *cli, const char **format)
{
	const char *given = cli_value(cli, "format"), *nearest;
	size_t i;

	if (given == NULL) {
		cli_usage_error(cli, "which format? --format postman, json or env");
		return CREDENCE_CONFIG;
	}
	for (i = 0; export_formats[i] != NULL; i++)
		if (strcmp(export_formats[i], given) == 0) {
			*format = given;
			return CREDENCE_SUCCESS;
		}
	cli_usage_error(cli, "there is no export format \"%s\"", given);
	nearest = text_nearest(given, export_formats);
	if (nearest != NULL)
		call_hint(&cli->call, "did you mean %s?", nearest);
	return CREDENCE_CONFIG;
}

static credence_rc put(struct cli *cli, struct buf *text, const char *file)
{
	credence_rc rc;

	if (file == NULL || strcmp(file, "-") == 0)
		return cli_put(cli, text);
	rc = cli_save(cli, file, text, true);
	if (rc == CREDENCE_SUCCESS && !cli->quiet)
		cli_tell(cli, "wrote %s (0600)", file);
	return rc;
}

credence_rc verb_export(struct cli *cli)
{
	const char *file = cli_value(cli, "output"), *format;
	bool with_secrets = cli_flag(cli, "with-secrets");
	struct session session = {0};
	struct token_ask ask = {0};
	struct buf text = BUF_SECRET;
	struct issued issued;
	credence_rc rc = read_format(cli, &format);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (with_secrets && (file == NULL || strcmp(file, "-") == 0)) {
		cli_usage_error(cli, "secrets are not printed; they go into a file of mode 0600");
		call_hint(&cli->call, "add -o FILE");
		return CREDENCE_CONFIG;
	}
	rc = cli_session(cli, with_secrets, &session);
	if (rc == CREDENCE_SUCCESS)
		rc = session_token(&session, &ask, &issued);
	if (rc == CREDENCE_SUCCESS && with_secrets)
		rc = session_complete(&session, &issued);
	if (rc == CREDENCE_SUCCESS)
		rc = session_export(&session, &issued, format, with_secrets, &text);
	if (rc == CREDENCE_SUCCESS)
		rc = put(cli, &text, file);
	buf_done(&text);
	session_done(&session);
	return rc;
}
