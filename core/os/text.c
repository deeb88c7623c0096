/* SPDX-License-Identifier: MIT */
/* Names, numbers, durations, nearest words, word sets and what may be shown; see text.h. Times as
 * text are in time_text.c. */
#include "core/os/text.h"

#include "core/os/ascii.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LENGTH 64

static bool is_name_char(char c)
{
	return ascii_is_alnum(c) || c == '.' || c == '_' || c == '@' || c == '-';
}

bool text_is_name(const char *text)
{
	size_t i;

	if (text == NULL || !ascii_is_alnum(text[0]))
		return false;
	for (i = 1; text[i] != '\0'; i++)
		if (i >= NAME_MAX_LENGTH || !is_name_char(text[i]))
			return false;
	return true;
}

bool text_is_key(const char *text)
{
	size_t i;

	if (text == NULL || text[0] != '+')
		return text_is_name(text);
	for (i = 1; text[i] != '\0'; i++)
		if (i > 32 || !ascii_is_hex(text[i]) || ascii_is_upper(text[i]))
			return false;
	return i == 33;
}

bool text_is_word(const char *text)
{
	size_t i;

	if (text == NULL || !ascii_is_lower(text[0]))
		return false;
	for (i = 1; text[i] != '\0'; i++)
		if (i >= NAME_MAX_LENGTH ||
		    !(ascii_is_lower(text[i]) || ascii_is_digit(text[i]) || text[i] == '_'))
			return false;
	return true;
}

bool text_is_vschar(const char *text)
{
	if (text == NULL || text[0] == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7e)
			return false;
	return true;
}

/* -- Numbers -- */

/* Digits from text; *end is behind them. Counts downwards, since there is one more number below
 * zero than above. false: none, or too many. */
static bool digits_below_zero(const char *text, const char **end, int64_t *value)
{
	int64_t n = 0;

	if (!ascii_is_digit(*text))
		return false;
	for (; ascii_is_digit(*text); text++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_sub_overflow(n, *text - '0', &n))
			return false;
	*end = text;
	*value = n;
	return true;
}

bool text_number(const char *text, int64_t *value)
{
	bool negative;
	int64_t n;

	if (text == NULL)
		return false;
	negative = text[0] == '-';
	if (!digits_below_zero(text + negative, &text, &n) || *text != '\0')
		return false;
	if (!negative && __builtin_sub_overflow(0, n, &n))
		return false;
	*value = n;
	return true;
}

bool text_duration(const char *text, int64_t *ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"ms", 1},      {"s", 1000},    {"m", 60000},
		     {"min", 60000}, {"h", 3600000}, {"d", 86400000}};
	int64_t n;
	size_t i;

	if (text == NULL || !digits_below_zero(text, &text, &n))
		return false;
	if (n == 0 && *text == '\0') {
		*ms = 0;
		return true;
	}
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(text, units[i].unit) == 0)
			break;
	if (i == sizeof(units) / sizeof(units[0]) || __builtin_mul_overflow(n, -units[i].ms, &n))
		return false;
	*ms = n;
	return true;
}

/* -- Nearest words -- */

#define WORD_MAX 64

/* Levenshtein's distance, with a swap of neighbours as one step. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[3][WORD_MAX + 1];
	size_t la = strlen(a), lb = strlen(b), i, j;

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= lb; j++)
		row[0][j] = (unsigned)j;
	for (i = 1; i <= la; i++) {
		unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (j = 1; j <= lb; j++) {
			unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[la % 3][lb];
}

const char *text_nearest(const char *word, const char *const *words)
{
	size_t length = strlen(word);
	unsigned best = (unsigned)(length / 3 + 2); /* a slip in three letters, and one more */
	const char *nearest = NULL;

	for (; *words != NULL; words++) {
		unsigned d = distance(word, *words);

		/* A word of which no letter is left is no nearer than any other. */
		if (d < best && d < length) {
			best = d;
			nearest = *words;
		}
	}
	return nearest;
}

/* -- What may be shown -- */

size_t text_utf8(const char *text, uint32_t *point)
{
	const unsigned char *s = (const unsigned char *)text;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length, i;

	if (s[0] < 0x80) {
		*point = s[0];
		return 1;
	}
	length = s[0] >= 0xf0 && s[0] < 0xf5   ? 4
		 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
		 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
					       : 0;
	if (length == 0)
		return 0;
	*point = s[0] & (0xffu >> (length + 1));
	for (i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (s[i] & 0x3f);
	}
	if (*point < least[length] || *point > 0x10ffff || (*point >= 0xd800 && *point < 0xe000))
		return 0;
	return length;
}

static bool is_shown(uint32_t point)
{
	return point >= 0x20 && !(point >= 0x7f && point < 0xa0) && point != 0x61c &&
	       !(point >= 0x200b && point <= 0x200f) && !(point >= 0x2028 && point <= 0x202e) &&
	       !(point >= 0x2060 && point <= 0x206f) && point != 0xfeff;
}

void text_printable(struct buf *out, const char *text, size_t max)
{
	size_t start = out->length;

	while (*text != '\0') {
		uint32_t point;
		size_t length = text_utf8(text, &point);

		if (out->length - start + (length > 0 ? length : 1) > max) {
			buf_str(out, "…");
			return;
		}
		if (length == 0 || !is_shown(point))
			buf_char(out, '?');
		else
			buf_add(out, text, length);
		text += length > 0 ? length : 1;
	}
}

void text_hex(struct buf *out, const void *bytes, size_t length)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *in = bytes;
	size_t i;

	for (i = 0; i < length; i++) {
		buf_char(out, hex[in[i] >> 4]);
		buf_char(out, hex[in[i] & 15]);
	}
}

/* -- Sets of words -- */

static bool is_between_words(char c)
{
	return c == ' ' || c == ',';
}

static const char *next_word(const char *text, size_t *length)
{
	const char *end;

	if (text == NULL)
		return NULL;
	while (is_between_words(*text))
		text++;
	for (end = text; *end != '\0' && !is_between_words(*end); end++)
		;
	*length = (size_t)(end - text);
	return *length > 0 ? text : NULL;
}

static bool has_word(const char *set, const char *word, size_t length)
{
	size_t n;
	const char *w;

	for (w = next_word(set, &n); w != NULL; w = next_word(w + n, &n))
		if (n == length && memcmp(w, word, n) == 0)
			return true;
	return false;
}

bool text_words_cover(const char *a, const char *b)
{
	size_t n;
	const char *w;

	for (w = next_word(b, &n); w != NULL; w = next_word(w + n, &n))
		if (!has_word(a, w, n))
			return false;
	return true;
}

static void add_word(struct buf *set, const char *word, size_t length)
{
	if (set->length > 0)
		buf_char(set, ' ');
	buf_add(set, word, length);
}

void text_words_union(struct buf *a, const char *b)
{
	size_t n;
	const char *w;

	for (w = next_word(b, &n); w != NULL; w = next_word(w + n, &n))
		if (!has_word(buf_text(a), w, n))
			add_word(a, w, n);
}

void text_words_missing(struct buf *missing, const char *a, const char *b)
{
	size_t n;
	const char *w;

	for (w = next_word(b, &n); w != NULL; w = next_word(w + n, &n))
		if (!has_word(a, w, n) && !has_word(buf_text(missing), w, n))
			add_word(missing, w, n);
}
