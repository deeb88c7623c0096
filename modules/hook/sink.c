/* SPDX-License-Identifier: MIT */
/*
 * Hook "sink": keeps a private file up to date with the credential in one of the export formats,
 * for programs that can only read a file. It goes when the credential goes.
 */
#include <credence/module.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct credence_self {
	const struct credence_host *host;
};

static bool is_format(const char *name)
{
	static const char *const formats[] = {"postman", "json", "env"};

	for (size_t i = 0; name != NULL && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(name, formats[i]) == 0)
			return true;
	return false;
}

static credence_rc sink_open(const struct credence_host *host, struct credence_call *call,
			     struct credence_self **self)
{
	const char *path = host->option(call, "path");
	struct credence_self *made;

	if (path == NULL || path[0] != '/')
		return host->fail(call, CREDENCE_CONFIG, NULL,
				  "path of hook sink is not an absolute path",
				  "write it from the root on, e.g. path = \"/run/app/token.json\"");
	if (!is_format(host->option(call, "format")))
		return host->fail(call, CREDENCE_CONFIG, NULL,
				  "format of hook sink is none of postman, json, env",
				  "leave it out for postman");
	made = malloc(sizeof(*made));
	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	made->host = host;
	*self = made;
	return CREDENCE_SUCCESS;
}

static void sink_close(struct credence_self *self)
{
	free(self);
}

static credence_rc sink_write(const struct credence_host *host, struct credence_call *call,
			      const char *path)
{
	const char *text = NULL;
	size_t length = 0;
	credence_rc rc =
	    host->render(call, host->option(call, "format"),
			 host->option_number(call, "with_secrets") != 0, &text, &length);

	return rc == CREDENCE_SUCCESS ? host->file_replace(call, path, text, length) : rc;
}

static credence_rc sink_event(struct credence_self *self, struct credence_call *call,
			      const char *event)
{
	const struct credence_host *host = self->host;
	const char *path = host->option(call, "path");

	if (strcmp(event, "logged_in") == 0 || strcmp(event, "renewed") == 0)
		return sink_write(host, call, path);
	if (strcmp(event, "revoked") == 0 || strcmp(event, "erased") == 0)
		return host->file_remove(call, path);
	return CREDENCE_MISS;
}

static const struct credence_option options[] = {
    {"path", CREDENCE_STRING, CREDENCE_REQUIRED, NULL, "the file, from the root on"},
    {"format", CREDENCE_STRING, 0, "postman", "as of credence export --format"},
    {"with_secrets", CREDENCE_BOOL, 0, "false", "with the refresh token and the client secret"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_hook_ops ops = {
    .size = sizeof(ops),
    .event = sink_event,
};

CREDENCE_HOOK(sink, &ops, .version = "1.0", .summary = "keeps a file up to date",
	      .options = options, .open = sink_open, .close = sink_close);
