/* SPDX-License-Identifier: MIT */
/*
 * Reading the command line. Options may stand before and behind the verb, never shortened; a
 * mistake is told with the nearest word. getopt is not used: it prints, permutes and asks the
 * environment.
 */
#include "core/cli/cli.h"

#include "core/os/text.h"

#include <stdlib.h>
#include <string.h>

const struct cli_option global_options[] = {
    {.letter = 'C',
     .name = "config",
     .value = "DIR",
     .help = "read the configuration from DIR; keep state there"},
    {.letter = 'q', .name = "quiet", .help = "only answers and errors"},
    {.letter = 'v', .name = "verbose", .help = "say more; twice: everything"},
    {.name = "json", .help = "answers and errors as JSON"},
    {.name = "timeout",
     .value = "TIME",
     .help = "how long all of it may take (30s); 0: wait for nothing"},
    {.name = "wait", .help = "wait for the provider's limits too"},
    {.name = "no-network", .help = "send nothing"},
    {.letter = 'h', .name = "help", .help = "explain the verb"},
    {.name = "version", .help = "print the version"},
    {.name = NULL},
};

struct reader {
	struct cli *cli;
	char **argv;
	int argc, at;
	const char *family; /* first word of a verb of two: "dc" */
	bool only_operands;
};

/* -- Names -- */

static const struct cli_option *find_option(const struct cli_option *options, const char *name,
					    size_t length, char letter)
{
	for (; options != NULL && options->name != NULL; options++)
		if (name != NULL
			? strncmp(options->name, name, length) == 0 && options->name[length] == '\0'
			: options->letter == letter)
			return options;
	return NULL;
}

static const struct cli_option *known_option(const struct cli *cli, const char *name, size_t length,
					     char letter)
{
	const struct cli_option *option = NULL;

	if (cli->verb != NULL)
		option = find_option(cli->verb->options, name, length, letter);
	return option != NULL ? option : find_option(global_options, name, length, letter);
}

#define NAMES_MAX 64

static size_t add_names(const struct cli_option *options, const char **names, size_t count)
{
	for (; options != NULL && options->name != NULL && count < NAMES_MAX - 1; options++)
		names[count++] = options->name;
	return count;
}

static credence_rc unknown_option(struct cli *cli, const char *name)
{
	const char *names[NAMES_MAX], *nearest;
	struct buf word = BUF_INIT;
	size_t count = 0;

	if (cli->verb != NULL)
		count = add_names(cli->verb->options, names, count);
	count = add_names(global_options, names, count);
	names[count] = NULL;
	buf_add(&word, name, strcspn(name, "="));
	nearest = text_nearest(buf_text(&word), names);
	cli_usage_error(cli, "unknown option --%s", buf_text(&word));
	if (nearest != NULL)
		call_hint(&cli->call, "did you mean --%s?", nearest);
	buf_done(&word);
	return CREDENCE_CONFIG;
}

static const struct verb *find_verb(const char *first, const char *second)
{
	size_t length = strlen(first);
	const struct verb *verb;

	for (verb = verbs; verb->name != NULL; verb++) {
		if (strncmp(verb->name, first, length) != 0)
			continue;
		if (second == NULL
			? verb->name[length] == '\0'
			: verb->name[length] == ' ' && strcmp(verb->name + length + 1, second) == 0)
			return verb;
	}
	return NULL;
}

static bool is_family(const char *word)
{
	size_t length = strlen(word);
	const struct verb *verb;

	for (verb = verbs; verb->name != NULL; verb++)
		if (strncmp(verb->name, word, length) == 0 && verb->name[length] == ' ')
			return true;
	return false;
}

/* family NULL: verbs of one word, and first words of two. */
static credence_rc unknown_verb(struct cli *cli, const char *family, const char *word)
{
	const char *names[NAMES_MAX], *nearest;
	char first[NAMES_MAX][16];
	size_t count = 0, length = family != NULL ? strlen(family) : 0;
	const struct verb *verb;

	for (verb = verbs; verb->name != NULL && count < NAMES_MAX - 1; verb++) {
		size_t end = strcspn(verb->name, " ");

		if (family == NULL && end < sizeof(first[0])) {
			memcpy(first[count], verb->name, end);
			first[count][end] = '\0';
			names[count] = first[count];
			count++;
		} else if (family != NULL && end == length &&
			   strncmp(verb->name, family, length) == 0 && verb->name[end] == ' ') {
			names[count++] = verb->name + end + 1;
		}
	}
	names[count] = NULL;
	nearest = text_nearest(word, names);
	cli_usage_error(cli, "unknown verb %s%s%s", family != NULL ? family : "",
			family != NULL ? " " : "", word);
	if (nearest != NULL)
		call_hint(&cli->call, "did you mean credence %s%s%s?", family != NULL ? family : "",
			  family != NULL ? " " : "", nearest);
	else
		call_hint(&cli->call, "credence --help lists the verbs");
	return CREDENCE_CONFIG;
}

/* -- One argument after the other -- */

static credence_rc take_global(struct cli *cli, const struct cli_option *option, const char *value)
{
	if (option->letter == 'C')
		cli->folder = value;
	else if (option->letter == 'q')
		cli->quiet = true;
	else if (option->letter == 'v')
		cli->verbose++;
	else if (option->letter == 'h')
		cli->help = true;
	else if (strcmp(option->name, "json") == 0)
		cli->json = true;
	else if (strcmp(option->name, "wait") == 0)
		cli->wait = true;
	else if (strcmp(option->name, "no-network") == 0)
		cli->no_network = true;
	else if (strcmp(option->name, "version") == 0)
		cli->version = true;
	else if (!text_duration(value, &cli->timeout)) {
		cli_usage_error(cli, "--timeout %s is no duration", value);
		call_hint(&cli->call, "write a number with a unit: 500ms, 30s, 10m, 1h; or 0");
		return CREDENCE_CONFIG;
	}
	return CREDENCE_SUCCESS;
}

static credence_rc take_option(struct cli *cli, const struct cli_option *option, const char *value)
{
	if (option >= global_options &&
	    option < global_options + sizeof(global_options) / sizeof(global_options[0]))
		return take_global(cli, option, value);
	cli->given[cli->given_count].option = option;
	cli->given[cli->given_count++].value = value;
	return CREDENCE_SUCCESS;
}

/* The value that stands in the next argument. */
static credence_rc next_value(struct reader *reader, const struct cli_option *option,
			      const char **value)
{
	if (reader->at + 1 >= reader->argc)
		return cli_usage_error(reader->cli, "--%s needs a value: %s", option->name,
				       option->value);
	*value = reader->argv[++reader->at];
	return CREDENCE_SUCCESS;
}

static credence_rc read_long(struct reader *reader, const char *text)
{
	size_t length = strcspn(text, "=");
	const struct cli_option *option = known_option(reader->cli, text, length, 0);
	const char *value = NULL;
	credence_rc rc = CREDENCE_SUCCESS;

	if (option == NULL)
		return unknown_option(reader->cli, text);
	if (text[length] == '=')
		value = text + length + 1;
	if (option->value == NULL && value != NULL)
		return cli_usage_error(reader->cli, "--%s has no value", option->name);
	if (option->value != NULL && value == NULL)
		rc = next_value(reader, option, &value);
	return rc == CREDENCE_SUCCESS ? take_option(reader->cli, option, value) : rc;
}

/* "-qv", "-C DIR", "-CDIR". */
static credence_rc read_short(struct reader *reader, const char *letters)
{
	credence_rc rc = CREDENCE_SUCCESS;

	for (; rc == CREDENCE_SUCCESS && *letters != '\0'; letters++) {
		const struct cli_option *option = known_option(reader->cli, NULL, 0, *letters);
		const char *value = NULL;

		if (option == NULL)
			return cli_usage_error(reader->cli, "unknown option -%c", *letters);
		if (option->value == NULL) {
			rc = take_option(reader->cli, option, NULL);
			continue;
		}
		if (letters[1] != '\0')
			value = letters + 1;
		else
			rc = next_value(reader, option, &value);
		return rc == CREDENCE_SUCCESS ? take_option(reader->cli, option, value) : rc;
	}
	return rc;
}

static credence_rc read_verb(struct reader *reader, const char *word)
{
	struct cli *cli = reader->cli;

	cli->verb =
	    reader->family != NULL ? find_verb(reader->family, word) : find_verb(word, NULL);
	if (cli->verb == NULL && reader->family == NULL && is_family(word)) {
		reader->family = word;
		return CREDENCE_SUCCESS;
	}
	if (cli->verb == NULL)
		return unknown_verb(cli, reader->family, word);
	if ((cli->verb->flags & VERB_RAW) != 0)
		reader->only_operands = true;
	return CREDENCE_SUCCESS;
}

static credence_rc read_argument(struct reader *reader)
{
	struct cli *cli = reader->cli;
	char *argument = reader->argv[reader->at];

	if (cli->verb != NULL && (cli->verb->flags & VERB_RAW) != 0 && cli->operand_count == 0 &&
	    (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)) {
		cli->help = true;
		return CREDENCE_SUCCESS;
	}
	if (!reader->only_operands && argument[0] == '-' && argument[1] != '\0') {
		if (strcmp(argument, "--") == 0) {
			reader->only_operands = true;
			return CREDENCE_SUCCESS;
		}
		return argument[1] == '-' ? read_long(reader, argument + 2)
					  : read_short(reader, argument + 1);
	}
	if (cli->verb == NULL)
		return read_verb(reader, argument);
	cli->operand[cli->operand_count++] = argument;
	/* What follows is the command's own, options and all. */
	if ((cli->verb->flags & VERB_COMMAND) != 0 && cli->operand_count > 1)
		reader->only_operands = true;
	return CREDENCE_SUCCESS;
}

static credence_rc check_operands(struct cli *cli, const char *family)
{
	const struct verb *verb = cli->verb;

	if (cli->help || cli->version)
		return CREDENCE_SUCCESS;
	if (verb == NULL && family != NULL) {
		cli_usage_error(cli, "credence %s needs a second word", family);
		call_hint(&cli->call, "credence --help lists the verbs");
		return CREDENCE_CONFIG;
	}
	if (verb == NULL) {
		cli_usage_error(cli, "what shall be done? There is no verb");
		call_hint(&cli->call, "credence --help lists the verbs");
		return CREDENCE_CONFIG;
	}
	if (cli->operand_count < verb->least)
		return cli_usage_error(cli, "too little was given: credence %s %s", verb->name,
				       verb->operands);
	if (verb->most >= 0 && cli->operand_count > verb->most)
		return cli_usage_error(cli, "\"%s\" is too much: credence %s%s%s",
				       cli->operand[verb->most], verb->name,
				       verb->operands != NULL ? " " : "",
				       verb->operands != NULL ? verb->operands : "");
	return CREDENCE_SUCCESS;
}

/* A script gets its JSON for a wrong option, too, wherever behind it --json stands. */
static void look_for_json(struct reader *reader)
{
	for (; reader->at < reader->argc && !reader->only_operands; reader->at++) {
		reader->only_operands = strcmp(reader->argv[reader->at], "--") == 0;
		if (strcmp(reader->argv[reader->at], "--json") == 0)
			reader->cli->json = true;
	}
}

credence_rc cli_parse(struct cli *cli, int argc, char **argv)
{
	struct reader reader = {.cli = cli, .argv = argv, .argc = argc};
	credence_rc rc = CREDENCE_SUCCESS;

	cli->operand = calloc((size_t)argc + 1, sizeof(*cli->operand));
	/* An argument is at most one option of the verb's: those that have a letter have a value.
	 */
	cli->given = calloc((size_t)argc + 1, sizeof(*cli->given));
	if (cli->operand == NULL || cli->given == NULL)
		return call_oom(&cli->call);
	for (reader.at = 1; rc == CREDENCE_SUCCESS && reader.at < argc; reader.at++)
		rc = read_argument(&reader);
	if (rc == CREDENCE_SUCCESS)
		return check_operands(cli, reader.family);
	look_for_json(&reader);
	return rc;
}

void cli_parse_done(struct cli *cli)
{
	free(cli->operand);
	free(cli->given);
}

/* -- What verbs ask -- */

const char *cli_value_at(const struct cli *cli, const char *name, int index)
{
	int i;

	for (i = 0; i < cli->given_count; i++)
		if (strcmp(cli->given[i].option->name, name) == 0 && index-- == 0)
			return cli->given[i].value;
	return NULL;
}

const char *cli_value(const struct cli *cli, const char *name)
{
	int i;

	for (i = cli->given_count; i > 0; i--)
		if (strcmp(cli->given[i - 1].option->name, name) == 0)
			return cli->given[i - 1].value;
	return NULL;
}

bool cli_flag(const struct cli *cli, const char *name)
{
	int i;

	for (i = 0; i < cli->given_count; i++)
		if (strcmp(cli->given[i].option->name, name) == 0)
			return true;
	return false;
}

credence_rc cli_duration(struct cli *cli, const char *name, int64_t *ms)
{
	const char *value = cli_value(cli, name);

	if (value == NULL || text_duration(value, ms))
		return CREDENCE_SUCCESS;
	cli_usage_error(cli, "--%s %s is no duration", name, value);
	call_hint(&cli->call, "write a number with a unit: 90s, 10m, 1h");
	return CREDENCE_CONFIG;
}
