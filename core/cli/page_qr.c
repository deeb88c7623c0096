/* SPDX-License-Identifier: MIT */
/*
 * QR codes on a terminal, by libqrencode where it is installed; see page.h. The library is looked
 * for when a page is shown, so that no token ever waits for it.
 */
#include "core/cli/page.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define QUIET 2 /* modules of white around it */

/* What we use of qrencode.h: its ABI 4, which the file's name promises. */
struct qr_code {
	int version;
	int width;
	unsigned char *data; /* the lowest bit: black */
};
typedef struct qr_code *qr_encode_fn(const char *text, int version, int level);
typedef void qr_free_fn(struct qr_code *);

static bool speaks_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *value = NULL;

	for (size_t i = 0; i < 3 && (value == NULL || *value == '\0'); i++)
		value = getenv(names[i]);
	return value != NULL && (strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8"));
}

static bool is_black(const struct qr_code *code, int x, int y)
{
	x -= QUIET;
	y -= QUIET;
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return false;
	return (code->data[y * code->width + x] & 1) != 0;
}

/* Two rows of modules make one of characters; black on white whatever the terminal's colours. */
static char *draw(const struct qr_code *code, size_t *length)
{
	static const char *const blocks[2][2] = {{" ", "▄"}, {"▀", "█"}};
	int side = code->width + 2 * QUIET;
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	if (out == NULL)
		return NULL;
	for (int y = 0; y < side; y += 2) {
		(void)fputs("\033[30;107m", out);
		for (int x = 0; x < side; x++)
			(void)fputs(blocks[is_black(code, x, y)][is_black(code, x, y + 1)], out);
		(void)fputs("\033[0m\n", out);
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* The code; where there is no room for it, how much it takes. */
static char *draw_if_it_fits(const struct qr_code *code, int fd, size_t *length)
{
	struct winsize size = {0};
	int columns = code->width + 2 * QUIET, lines = (columns + 1) / 2 + 1, printed;
	char *text = NULL;

	if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return NULL;
	if (size.ws_col >= columns && size.ws_row >= lines)
		return draw(code, length);
	printed =
	    asprintf(&text, "  (its QR code takes %d columns and %d lines)\n", columns, lines);
	if (printed < 0)
		return NULL;
	*length = (size_t)printed;
	return text;
}

char *page_qr(const char *text, int fd, size_t *length)
{
	void *library =
	    isatty(fd) && speaks_utf8() ? dlopen("libqrencode.so.4", RTLD_NOW | RTLD_LOCAL) : NULL;
	qr_encode_fn *encode = NULL;
	qr_free_fn *release = NULL;
	struct qr_code *code = NULL;
	char *drawn = NULL;

	if (library == NULL)
		return NULL;
	/* POSIX has a function fit into an object pointer, which ISO C does not know. */
	*(void **)&encode = dlsym(library, "QRcode_encodeString8bit");
	*(void **)&release = dlsym(library, "QRcode_free");
	if (encode != NULL && release != NULL)
		code = encode(text, 0, 0);
	if (code != NULL) {
		drawn = draw_if_it_fits(code, fd, length);
		release(code);
	}
	dlclose(library);
	return drawn;
}
