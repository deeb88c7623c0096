/* SPDX-License-Identifier: MIT */
/* What --help prints, made of the table of verbs; and mistakes on the command line. */
#include "core/cli/cli.h"
#include "core/cli/table.h"

#include <string.h>

#define COLUMN 28

/* Up to the column, from the start of the line at start. */
static void add_padding(struct buf *text, size_t start)
{
	size_t used = display_width(buf_text(text) + start);

	do
		buf_char(text, ' ');
	while (++used < COLUMN);
}

static void add_option(const struct cli_option *option, struct buf *text)
{
	size_t start = text->length;

	buf_str(text, "  ");
	if (option->letter != 0)
		buf_printf(text, "-%c, ", option->letter);
	buf_printf(text, "--%s", option->name);
	if (option->value != NULL)
		buf_printf(text, " %s", option->value);
	add_padding(text, start);
	buf_printf(text, "%s\n", option->help);
}

static void add_options(const char *title, const struct cli_option *options, struct buf *text)
{
	if (options == NULL)
		return;
	buf_printf(text, "\n%s\n", title);
	for (; options->name != NULL; options++)
		add_option(options, text);
}

static void add_verb(const struct verb *verb, struct buf *text)
{
	size_t start = text->length;

	buf_printf(text, "  %s", verb->name);
	if (verb->operands != NULL)
		buf_printf(text, " %s", verb->operands);
	if (display_width(buf_text(text) + start) >= COLUMN - 1) {
		buf_char(text, '\n');
		start = text->length;
	}
	add_padding(text, start);
	buf_printf(text, "%s\n", verb->summary);
}

static void add_lines(const char *title, const char *lines, struct buf *text)
{
	buf_printf(text, "\n%s\n", title);
	while (*lines != '\0') {
		size_t length = strcspn(lines, "\n");

		buf_str(text, "  ");
		buf_add(text, lines, length);
		buf_char(text, '\n');
		lines += length + (lines[length] == '\n');
	}
}

static void command_text(struct buf *text)
{
	const struct verb *verb;

	buf_str(text,
		"credence VERB [OPTION…] [OPERAND…]: OAuth tokens that are valid now\n\nVerbs\n");
	for (verb = verbs; verb->name != NULL; verb++)
		add_verb(verb, text);
	add_options("Options, before or behind the verb", global_options, text);
	buf_str(text, "\ncredence VERB --help explains a verb; credence(1) has everything.\n");
}

void usage_text(const struct verb *verb, struct buf *text)
{
	if (verb == NULL) {
		command_text(text);
		return;
	}
	buf_printf(text, "credence %s%s%s%s: %s\n", verb->name,
		   verb->options != NULL ? " [OPTION…]" : "", verb->operands != NULL ? " " : "",
		   verb->operands != NULL ? verb->operands : "", verb->summary);
	if (verb->text != NULL)
		buf_printf(text, "\n%s\n", verb->text);
	add_options("Options", verb->options, text);
	add_lines("Example", verb->example, text);
	buf_str(text, "\nThe options of all verbs: credence --help\n");
}

credence_rc cli_usage_error(struct cli *cli, const char *format, ...)
{
	struct buf message = BUF_INIT;
	va_list args;

	va_start(args, format);
	buf_vprintf(&message, format, args);
	va_end(args);
	call_fail_status(&cli->call, STATUS_USAGE, CREDENCE_CONFIG, "%s", buf_text(&message));
	if (cli->verb != NULL)
		call_hint(&cli->call, "credence %s --help", cli->verb->name);
	else
		call_hint(&cli->call, "credence --help");
	buf_done(&message);
	return CREDENCE_CONFIG;
}
