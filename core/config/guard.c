/* SPDX-License-Identifier: MIT */
/*
 * The guard in front of libconfig's parser. It knows just enough of the syntax to tell strings and
 * comments from the rest, in the same way as libconfig's scanner does: a backslash in a string
 * escapes a quote or a backslash, strings may run over several lines, block comments do not nest.
 */
#include "core/config/guard.h"

#include "core/config/conf.h"
#include "core/os/ascii.h"
#include "core/os/file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INCLUDE "@include"

struct guard {
	const char *at; /* the text ends with a NUL, and has no other */
	int line;
	int depth;
	struct guard_problem *problem;
};

__attribute__((format(printf, 4, 5))) static bool refuse(struct guard_problem *problem, int line,
							 const char *hint, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(problem->message, sizeof(problem->message), format, ap);
	va_end(ap);
	problem->line = line;
	problem->hint = hint;
	return false;
}

static int line_of(const char *text, const char *end)
{
	int line = 1;

	for (; text < end; text++)
		if (*text == '\n')
			line++;
	return line;
}

/* What concerns the bytes as a whole. */
static bool check_bytes(const struct buf *text, struct guard_problem *problem)
{
	static const char *const marks[] = {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"};
	const char *bytes = buf_text(text), *nul;

	if (text->length > FILE_MAX)
		return refuse(problem, 0, NULL, "file is larger than %zu bytes", FILE_MAX);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strncmp(bytes, marks[i], strlen(marks[i])) == 0)
			return refuse(problem, 1,
				      "save the file as UTF-8 without a byte order mark",
				      "file begins with a byte order mark");
	nul = text->length > 0 ? memchr(bytes, '\0', text->length) : NULL;
	if (nul != NULL)
		return refuse(problem, line_of(bytes, nul), NULL, "file holds a NUL byte");
	return true;
}

/* at stands on the opening quote, afterwards behind the closing one. */
static bool skip_string(struct guard *g)
{
	int start = g->line;

	for (g->at++; *g->at != '"'; g->at++) {
		if (*g->at == '\0')
			return refuse(g->problem, start, NULL, "string is not closed");
		if (*g->at == '\n')
			g->line++;
		if (*g->at != '\\')
			continue;
		if (strncasecmp(g->at, "\\x00", 4) == 0)
			return refuse(g->problem, g->line, NULL, "string holds a NUL byte");
		if (g->at[1] == '"' || g->at[1] == '\\')
			g->at++;
	}
	g->at++;
	return true;
}

static bool skip_block_comment(struct guard *g)
{
	const char *end = strstr(g->at + 2, "*/");

	if (end == NULL)
		return refuse(g->problem, g->line, NULL, "comment is not closed");
	g->line += line_of(g->at, end) - 1;
	g->at = end + 2;
	return true;
}

static bool is_name(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_' || c == '*';
}

/* A number: libconfig wraps what is too large for the type. Floats are left to the schema. */
static bool skip_number(struct guard *g)
{
	const char *start = g->at, *digits = start + (*start == '+' || *start == '-');
	bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'), wide, fits;
	char *end;

	errno = 0;
	if (hex) {
		unsigned long long value = strtoull(digits, &end, 16);

		wide = *end == 'L';
		fits = errno == 0 && value <= (wide ? (unsigned long long)INT64_MAX : INT32_MAX);
	} else {
		long long value = strtoll(start, &end, 10);

		wide = *end == 'L';
		fits = errno == 0 && (wide || (value >= INT32_MIN && value <= INT32_MAX));
	}
	while (*end == 'L')
		end++;
	if (*end == '.' || (!hex && (*end == 'e' || *end == 'E'))) {
		while (ascii_is_alnum(*end) || *end == '.' ||
		       ((*end == '+' || *end == '-') && (end[-1] == 'e' || end[-1] == 'E')))
			end++;
		fits = true;
	}
	g->at = end;
	if (fits)
		return true;
	return refuse(g->problem, g->line,
		      wide ? NULL : "whole numbers of more than 32 bits end with an L",
		      "number %.*s does not fit %d bits",
		      (int)(end - start < 40 ? end - start : 40), start, wide ? 64 : 32);
}

static bool starts_number(const char *at)
{
	return ascii_is_digit(at[0]) || ((at[0] == '+' || at[0] == '-') && ascii_is_digit(at[1]));
}

/* One character that is neither in a string or comment nor part of a name or number. */
static bool check_mark(struct guard *g)
{
	switch (*g->at) {
	case '\n':
		g->line++;
		break;
	case '{':
	case '[':
	case '(':
		if (++g->depth > CONF_DEPTH)
			return refuse(g->problem, g->line, NULL, "nested more than %d deep",
				      CONF_DEPTH);
		break;
	case '}':
	case ']':
	case ')':
		g->depth--;
		break;
	case '@':
		if (strncmp(g->at, INCLUDE, strlen(INCLUDE)) == 0)
			return refuse(g->problem, g->line,
				      "what profiles share goes into the defaults of credence.conf",
				      "%s is not taken", INCLUDE);
		break;
	default:
		break;
	}
	g->at++;
	return true;
}

static bool check_next(struct guard *g)
{
	if (*g->at == '"')
		return skip_string(g);
	if (*g->at == '#' || strncmp(g->at, "//", 2) == 0) {
		g->at += strcspn(g->at, "\n");
		return true;
	}
	if (strncmp(g->at, "/*", 2) == 0)
		return skip_block_comment(g);
	if (starts_number(g->at))
		return skip_number(g);
	if (is_name(*g->at) && *g->at != '-') {
		while (is_name(*g->at))
			g->at++;
		return true;
	}
	return check_mark(g);
}

bool guard_check(struct buf *text, struct guard_problem *problem)
{
	struct guard g = {.line = 1, .problem = problem};

	if (!check_bytes(text, problem))
		return false;
	/* Some versions of libconfig take no comment in a last line without newline. */
	if (text->length > 0 && text->data[text->length - 1] != '\n')
		buf_char(text, '\n');
	g.at = buf_text(text);
	while (*g.at != '\0')
		if (!check_next(&g))
			return false;
	return true;
}
