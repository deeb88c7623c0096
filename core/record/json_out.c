/* SPDX-License-Identifier: MIT */
/* JSON written straight into a buffer; see json_out.h. */
#include "core/record/json_out.h"

#include "core/os/text.h"

#include <inttypes.h>
#include <string.h>

/* A string never ends with an opening bracket (it ends with its quote), so the last byte tells
 * whether something stands before what comes. */
static void comma(struct buf *out)
{
	if (out->length > 0 && strchr("{[", out->data[out->length - 1]) == NULL)
		buf_char(out, ',');
}

static void add_quoted(struct buf *out, const char *text, size_t length)
{
	if (length == 1 && (*text == '"' || *text == '\\'))
		buf_char(out, '\\');
	buf_add(out, text, length);
}

/* Names are a newer version's: kept as they are, so escaped where JSON needs it. */
void json_out_name(struct buf *out, const char *name)
{
	comma(out);
	buf_char(out, '"');
	for (; *name != '\0'; name++)
		if ((unsigned char)*name < 0x20)
			buf_printf(out, "\\u%04x", (unsigned)*name);
		else
			add_quoted(out, name, 1);
	buf_str(out, "\":");
}

void json_out_open(struct buf *out, const char *name, char bracket)
{
	json_out_name(out, name);
	buf_char(out, bracket);
}

void json_out_item(struct buf *out)
{
	comma(out);
	buf_char(out, '{');
}

void json_out_close(struct buf *out, char bracket)
{
	buf_char(out, bracket);
}

void json_out_number(struct buf *out, const char *name, int64_t value)
{
	json_out_name(out, name);
	buf_printf(out, "%" PRId64, value);
}

void json_out_text(struct buf *out, const char *name, const char *text)
{
	if (text == NULL)
		return;
	json_out_name(out, name);
	buf_char(out, '"');
	while (*text != '\0') {
		uint32_t point = 0;
		size_t length = text_utf8(text, &point);

		if (length == 0 || point < 0x20 || point == 0x7f)
			buf_char(out, '?');
		else
			add_quoted(out, text, length);
		text += length > 0 ? length : 1;
	}
	buf_char(out, '"');
}
