/* SPDX-License-Identifier: MIT */
/* Base64; see base64.h. */
#include "core/os/base64.h"

#include <stdint.h>
#include <string.h>

#define COMMON "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static void encode(struct buf *out, const void *bytes, size_t length, const char *digits, bool pad)
{
	const unsigned char *in = bytes;
	size_t i, j;

	for (i = 0; i < length; i += 3) {
		size_t left = length - i < 3 ? length - i : 3;
		uint32_t group = (uint32_t)in[i] << 16;

		if (left > 1)
			group |= (uint32_t)in[i + 1] << 8;
		if (left > 2)
			group |= in[i + 2];
		for (j = 0; j < 4; j++) {
			if (j <= left)
				buf_char(out, digits[(group >> (18 - 6 * j)) & 63]);
			else if (pad)
				buf_char(out, '=');
		}
	}
}

void base64_add(struct buf *out, const void *bytes, size_t length)
{
	encode(out, bytes, length, COMMON "+/", true);
}

void base64url_add(struct buf *out, const void *bytes, size_t length)
{
	encode(out, bytes, length, COMMON "-_", false);
}

/* -1: no digit. */
static int value_of(char digit)
{
	const char *found = digit != '\0' ? strchr(COMMON "+/", digit) : NULL;

	return found != NULL ? (int)(found - (COMMON "+/")) : -1;
}

/* Four digits, of which the last ones may be padding where it ends. */
static bool decode_group(struct buf *out, const char text[static 4], bool last)
{
	size_t digits = !last || text[3] != '=' ? 4 : text[2] != '=' ? 3 : 2, i;
	uint32_t group = 0;

	for (i = 0; i < 4; i++) {
		int value = i < digits ? value_of(text[i]) : 0;

		if (value < 0)
			return false;
		group = group << 6 | (uint32_t)value;
	}
	if ((group & (0xffffffU >> 8 * (digits - 1) & 0xffffffU)) != 0)
		return false;
	for (i = 0; i + 1 < digits; i++)
		buf_char(out, (char)(group >> (16 - 8 * i)));
	return true;
}

bool base64_decode(struct buf *out, const char *text, size_t length)
{
	size_t i;

	if (length % 4 != 0)
		return false;
	for (i = 0; i < length; i += 4)
		if (!decode_group(out, text + i, i + 4 == length))
			return false;
	return true;
}
