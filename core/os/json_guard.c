/* SPDX-License-Identifier: MIT */
/*
 * The guard before json-c, which takes NaN, \u0000, single quotes, numbers such as 01.5 and 1.,
 * raw control characters and most invalid UTF-8, strict as it may be told to be.
 */
#include "core/os/json_guard.h"

#include "core/os/ascii.h"
#include "core/os/json.h"
#include "core/os/text.h"

#include <stdint.h>
#include <string.h>

/* Where the guard is; at never passes length. */
struct scan {
	const char *text;
	size_t length, at;
	const char *reason;
};

static char look(const struct scan *scan)
{
	return scan->at < scan->length ? scan->text[scan->at] : '\0';
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool refuse(struct scan *scan, const char *reason)
{
	scan->reason = reason;
	return false;
}

static bool skip_digits(struct scan *scan)
{
	size_t start = scan->at;

	while (ascii_is_digit(look(scan)))
		scan->at++;
	return scan->at > start;
}

/* RFC 8259, section 6. */
static bool skip_number(struct scan *scan)
{
	const char *wrong = "not a number of JSON";

	scan->at += look(scan) == '-';
	if (look(scan) == '0')
		scan->at++;
	else if (!skip_digits(scan))
		return refuse(scan, wrong);
	if (look(scan) == '.') {
		scan->at++;
		if (!skip_digits(scan))
			return refuse(scan, wrong);
	}
	if (look(scan) == 'e' || look(scan) == 'E') {
		scan->at++;
		scan->at += look(scan) == '+' || look(scan) == '-';
		if (!skip_digits(scan))
			return refuse(scan, wrong);
	}
	if (ascii_is_alnum(look(scan)) || look(scan) == '.')
		return refuse(scan, wrong);
	return true;
}

static bool skip_word(struct scan *scan)
{
	static const char *const words[] = {"true", "false", "null"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);

		if (scan->length - scan->at >= n &&
		    memcmp(scan->text + scan->at, words[i], n) == 0) {
			scan->at += n;
			return true;
		}
	}
	return refuse(scan, "not JSON");
}

/* One character beyond ASCII. */
static bool skip_utf8(struct scan *scan)
{
	size_t left = scan->length - scan->at, n;
	char tail[5] = {0};
	uint32_t point;

	/* The text may end without a NUL, where text_utf8 would read on. */
	memcpy(tail, scan->text + scan->at, left < 4 ? left : 4);
	n = text_utf8(tail, &point);
	scan->at += n;
	return n > 0 || refuse(scan, "not UTF-8");
}

static void skip_plain(struct scan *scan)
{
	const char *text = scan->text;
	size_t at = scan->at, length = scan->length;

	while (at < length && text[at] >= 0x20 && text[at] < 0x7f && text[at] != '"' &&
	       text[at] != '\\')
		at++;
	scan->at = at;
}

/* Behind the opening quote, to behind the closing one. */
static bool skip_string(struct scan *scan)
{
	for (skip_plain(scan); scan->at < scan->length; skip_plain(scan)) {
		unsigned char c = (unsigned char)scan->text[scan->at];

		if (c < 0x20)
			return refuse(scan, "a control character in a string");
		if (c >= 0x80) {
			if (!skip_utf8(scan))
				return false;
			continue;
		}
		if (c == '\\' && scan->length - scan->at >= 6 &&
		    memcmp(scan->text + scan->at, "\\u0000", 6) == 0)
			return refuse(scan, "a NUL in a string");
		scan->at += c == '\\' && scan->length - scan->at > 1 ? 2 : 1;
		if (c == '"')
			return true;
	}
	return refuse(scan, "a string without end");
}

static bool skip_token(struct scan *scan, size_t *depth, size_t *members)
{
	char c = look(scan);

	if (c == '-' || ascii_is_digit(c))
		return skip_number(scan);
	if (ascii_is_lower(c))
		return skip_word(scan);
	switch (c) {
	case '"':
		scan->at++;
		return skip_string(scan);
	case '{':
	case '[':
		if (++*depth > JSON_DEPTH)
			return refuse(scan, "nested too deep");
		break;
	case '}':
	case ']':
		*depth -= *depth > 0;
		break;
	case ':':
		++*members;
		break;
	case ',':
		break;
	default:
		if (!is_space(c))
			return refuse(scan, "not JSON");
	}
	scan->at++;
	return true;
}

bool json_guard(const char *text, size_t length, size_t *members, const char **reason, size_t *at)
{
	struct scan scan = {.text = text, .length = length};
	size_t depth = 0, colons = 0;
	bool more = true;

	while (more && scan.at < length) {
		bool space = is_space(look(&scan));

		if (!skip_token(&scan, &depth, &colons)) {
			*reason = scan.reason;
			*at = scan.at;
			return false;
		}
		more = space || depth > 0;
	}
	*members = colons;
	return true;
}
