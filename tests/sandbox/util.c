/* SPDX-License-Identifier: MIT */
/* Memory, text, numbers and windows. What needs a crypto library is in crypto.c. */
#include "util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static _Noreturn void out_of_memory(void)
{
	fputs("credence-sandbox: out of memory\n", stderr);
	abort();
}

void *mem_calloc(size_t count, size_t size)
{
	void *p = calloc(count, size);

	if (p == NULL)
		out_of_memory();
	return p;
}

void *mem_realloc(void *p, size_t size)
{
	void *grown = realloc(p, size);

	if (grown == NULL)
		out_of_memory();
	return grown;
}

char *mem_strndup(const char *s, size_t len)
{
	char *copy = mem_calloc(1, len + 1);

	memcpy(copy, s, len);
	return copy;
}

char *mem_strdup(const char *s)
{
	return mem_strndup(s, strlen(s));
}

void text_add_mem(struct text *text, const char *s, size_t len)
{
	if (text->cap - text->len <= len) {
		text->cap = (text->len + len + 1) * 2;
		text->s = mem_realloc(text->s, text->cap);
	}
	memcpy(text->s + text->len, s, len);
	text->len += len;
	text->s[text->len] = '\0';
}

void text_add(struct text *text, const char *s)
{
	text_add_mem(text, s, strlen(s));
}

void text_printf(struct text *text, const char *format, ...)
{
	char *line = NULL;
	va_list ap;
	int len;

	va_start(ap, format);
	len = vasprintf(&line, format, ap);
	va_end(ap);
	if (len < 0)
		out_of_memory();
	text_add_mem(text, line, (size_t)len);
	free(line);
}

void text_add_html(struct text *text, const char *s)
{
	for (; *s != '\0'; s++) {
		switch (*s) {
		case '&':
			text_add(text, "&amp;");
			break;
		case '<':
			text_add(text, "&lt;");
			break;
		case '>':
			text_add(text, "&gt;");
			break;
		case '"':
			text_add(text, "&quot;");
			break;
		case '\'':
			text_add(text, "&#39;");
			break;
		default:
			text_add_mem(text, s, 1);
		}
	}
}

static bool unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-._~", c) != NULL);
}

void text_add_url(struct text *text, const char *s)
{
	for (; *s != '\0'; s++) {
		if (unreserved(*s))
			text_add_mem(text, s, 1);
		else
			text_printf(text, "%%%02X", (unsigned)(unsigned char)*s);
	}
}

void text_done(struct text *text)
{
	free(text->s);
	*text = (struct text){0};
}

void random_bytes(void *out, size_t len)
{
	uint8_t *p = out;

	while (len > 0) {
		ssize_t got = getrandom(p, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			abort();
		p += got;
		len -= (size_t)got;
	}
}

void hex_encode(char *out, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

void form_decode(char *s)
{
	char *to = s;

	while (*s != '\0') {
		int high = *s == '%' ? hex_digit(s[1]) : -1;
		int low = high >= 0 ? hex_digit(s[2]) : -1;

		if (low >= 0 && high * 16 + low != 0) {
			*to++ = (char)(unsigned char)(high * 16 + low);
			s += 3;
		} else {
			*to = *s++;
			if (*to == '+')
				*to = ' ';
			to++;
		}
	}
	*to = '\0';
}

/* Reads leading digits; false if there are none or the value would pass max. */
static bool digits_parse(const char **s, int64_t max, int64_t *out)
{
	const char *p = *s;
	int64_t value = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		int digit = *p - '0';

		if (value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (p == *s)
		return false;
	*s = p;
	*out = value;
	return true;
}

bool number_parse(const char *s, int64_t max, int64_t *out)
{
	int64_t value;

	if (!digits_parse(&s, max, &value) || *s != '\0')
		return false;
	*out = value;
	return true;
}

bool duration_parse(const char *s, int64_t *out_ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"", 1000},   {"s", 1000},    {"ms", 1},
		     {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
	int64_t value;
	size_t i;

	if (!digits_parse(&s, INT64_C(100000000000), &value))
		return false;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(s, units[i].unit) == 0) {
			*out_ms = value * units[i].ms;
			return true;
		}
	}
	return false;
}

void stamps_add(struct stamps *stamps, int64_t now)
{
	if (stamps->first + stamps->len == stamps->cap) {
		if (stamps->first > stamps->len) {
			memmove(stamps->at, stamps->at + stamps->first,
				stamps->len * sizeof(*stamps->at));
			stamps->first = 0;
		} else {
			stamps->cap = stamps->cap * 2 + 16;
			stamps->at = mem_realloc(stamps->at, stamps->cap * sizeof(*stamps->at));
		}
	}
	stamps->at[stamps->first + stamps->len++] = now;
}

size_t stamps_count(struct stamps *stamps, int64_t now, int64_t window)
{
	while (stamps->len > 0 && stamps->at[stamps->first] <= now - window) {
		stamps->first++;
		stamps->len--;
	}
	return stamps->len;
}

void stamps_done(struct stamps *stamps)
{
	free(stamps->at);
	*stamps = (struct stamps){0};
}
