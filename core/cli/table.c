/* SPDX-License-Identifier: MIT */
/* Tables; see table.h. */
#include "core/cli/table.h"

#include "core/os/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CELL_MAX 256

/* Columns of one character, without asking the locale: combining marks take none, the scripts of
 * East Asia and pictures two (Unicode annex 11, in large). */
static size_t point_width(uint32_t point)
{
	static const struct {
		uint32_t first, last;
		unsigned char width;
	} ranges[] = {
	    {0x0300, 0x036f, 0}, {0x1100, 0x115f, 2},   {0x200b, 0x200f, 0},   {0x2e80, 0xa4cf, 2},
	    {0xac00, 0xd7a3, 2}, {0xf900, 0xfaff, 2},   {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},
	    {0xffe0, 0xffe6, 2}, {0x1f300, 0x1faff, 2}, {0x20000, 0x3fffd, 2},
	};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return ranges[i].width;
	return 1;
}

size_t display_width(const char *text)
{
	size_t width = 0;

	while (*text != '\0') {
		uint32_t point = 0;
		size_t length = text_utf8(text, &point);

		width += length > 0 ? point_width(point) : 1;
		text += length > 0 ? length : 1;
	}
	return width;
}

void table_init(struct table *table, int columns, const char *const *headings)
{
	int i;

	memset(table, 0, sizeof(*table));
	table->columns = columns;
	table->has_headings = headings != NULL;
	for (i = 0; headings != NULL && i < columns; i++)
		table_add(table, headings[i]);
}

static bool grow(struct table *table)
{
	size_t capacity = table->capacity == 0 ? 64 : table->capacity * 2;
	char **cell;

	if (table->count < table->capacity)
		return true;
	cell = reallocarray(table->cell, capacity, sizeof(*cell));
	if (cell == NULL)
		return false;
	table->cell = cell;
	table->capacity = capacity;
	return true;
}

void table_add(struct table *table, const char *text)
{
	struct buf shown = BUF_INIT;

	if (text == NULL || text[0] == '\0')
		text = table->has_headings ? "-" : "";
	text_printable(&shown, text, CELL_MAX);
	if (!grow(table)) {
		table->failed = true;
		buf_done(&shown);
		return;
	}
	table->cell[table->count] = buf_take(&shown);
	if (table->cell[table->count] == NULL)
		table->failed = true;
	else
		table->count++;
}

void table_add_buf(struct table *table, struct buf *text)
{
	table_add(table, buf_text(text));
	buf_done(text);
}

static void measure(const struct table *table, size_t *widths)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		size_t width = display_width(table->cell[i]), column = i % (size_t)table->columns;

		if (width > widths[column])
			widths[column] = width;
	}
}

/* Nothing stands behind the last cell that has something in it, so nothing is padded. */
static int last_filled(const struct table *table, size_t first)
{
	int column = table->columns - 1;

	while (column > 0 && table->cell[first + (size_t)column][0] == '\0')
		column--;
	return column;
}

static void print_row(const struct table *table, size_t first, const size_t *widths,
		      struct buf *out)
{
	int column, last = last_filled(table, first);

	for (column = 0; column <= last; column++) {
		const char *cell = table->cell[first + (size_t)column];

		buf_str(out, cell);
		if (column < last)
			buf_printf(out, "%*s", (int)(widths[column] - display_width(cell)) + 2, "");
	}
}

void table_print(const struct table *table, const char *indent, bool colour, struct buf *out)
{
	size_t widths[TABLE_COLUMNS] = {0}, columns = (size_t)table->columns, i;

	if (table->failed) {
		out->failed = true;
		return;
	}
	measure(table, widths);
	for (i = 0; i + columns <= table->count; i += columns) {
		bool bold = colour && table->has_headings && i == 0;

		buf_printf(out, "%s%s", indent, bold ? "\033[1m" : "");
		print_row(table, i, widths, out);
		buf_str(out, bold ? "\033[0m\n" : "\n");
	}
}

void table_done(struct table *table)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		free(table->cell[i]);
	free(table->cell);
	memset(table, 0, sizeof(*table));
}
