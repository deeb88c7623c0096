/* SPDX-License-Identifier: MIT */
/* The problems that check finds; see problems.h. */
#include "core/cli/problems.h"

#include "core/cli/cli.h"
#include "core/record/json_out.h"

#include <stdlib.h>
#include <string.h>

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Files that several profiles use are read several times; each problem counts once. */
static bool is_known(const struct problems *problems, const char *file, int line,
		     const char *message)
{
	size_t i;

	for (i = 0; i < problems->count; i++)
		if (problems->problem[i].line == line && same(problems->problem[i].file, file) &&
		    same(problems->problem[i].message, message))
			return true;
	return false;
}

void problems_add(void *data, const char *file, int line, const char *message, const char *hint)
{
	struct problems *problems = data;
	struct problem *more, *problem;

	problems->seen = true;
	if (is_known(problems, file, line, message))
		return;
	more = reallocarray(problems->problem, problems->count + 1, sizeof(*more));
	if (more == NULL) {
		problems->failed = true;
		return;
	}
	problems->problem = more;
	problem = &more[problems->count++];
	problem->file = file != NULL ? strdup(file) : NULL;
	problem->line = line;
	problem->message = strdup(message);
	problem->hint = hint != NULL ? strdup(hint) : NULL;
	problems->failed = problems->failed || problem->message == NULL;
}

void problems_done(struct problems *problems)
{
	size_t i;

	for (i = 0; i < problems->count; i++) {
		free(problems->problem[i].file);
		free(problems->problem[i].message);
		free(problems->problem[i].hint);
	}
	free(problems->problem);
}

static void summary(const struct problems *problems, size_t profiles, size_t affected,
		    struct buf *text)
{
	const char *s = problems->count == 1 ? "" : "s";

	if (problems->count == 0 && profiles == 0)
		buf_str(text, "there is no profile yet; nothing else is wrong\n");
	else if (problems->count == 0)
		buf_printf(text, "%zu %s fine\n", profiles,
			   profiles == 1 ? "profile is" : "profiles are");
	else if (affected == 0)
		buf_printf(text, "%zu problem%s outside of profiles\n", problems->count, s);
	else
		buf_printf(text, "%zu problem%s in %zu of %zu profile%s\n", problems->count, s,
			   affected, profiles, profiles == 1 ? "" : "s");
}

void problems_text(const struct problems *problems, size_t profiles, size_t affected, bool quiet,
		   struct buf *text)
{
	size_t i;

	for (i = 0; i < problems->count; i++) {
		const struct problem *problem = &problems->problem[i];

		if (problem->file != NULL)
			buf_str(text, problem->file);
		if (problem->line > 0)
			buf_printf(text, ":%d", problem->line);
		buf_printf(text, "%s%s", problem->file != NULL ? ": " : "", problem->message);
		/* A message may end with a line of configuration, and that with its ";". */
		if (problem->hint != NULL)
			buf_printf(text, "%s %s",
				   buf_text(text)[text->length - 1] == ';' ? "" : ";",
				   problem->hint);
		buf_char(text, '\n');
	}
	if (problems->count > 0 || !quiet)
		summary(problems, profiles, affected, text);
}

void problems_json(const struct problems *problems, size_t profiles, size_t affected,
		   struct buf *json)
{
	size_t i;

	json_begin(json);
	json_out_number(json, "profiles", (int64_t)profiles);
	json_out_number(json, "profiles_affected", (int64_t)affected);
	json_out_open(json, "problems", '[');
	for (i = 0; i < problems->count; i++) {
		const struct problem *problem = &problems->problem[i];

		json_out_item(json);
		json_out_text(json, "file", problem->file);
		if (problem->line > 0)
			json_out_number(json, "line", problem->line);
		json_out_text(json, "message", problem->message);
		json_out_text(json, "hint", problem->hint);
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
	json_out_close(json, '}');
	buf_char(json, '\n');
}
