/* SPDX-License-Identifier: MIT */
/* Strings that grow; see buf.h. */
#include "core/os/buf.h"

#include "core/os/secret.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN ((size_t)64)

static void release(const struct buf *buf, char *data)
{
	if (buf->secret)
		secret_free(data);
	else
		free(data);
}

/* Room for more bytes and a NUL. realloc is never used on secrets: it leaves copies behind. */
static bool reserve(struct buf *buf, size_t more)
{
	size_t wanted, capacity = buf->capacity > CAPACITY_MIN ? buf->capacity : CAPACITY_MIN;
	char *data;

	if (buf->failed || more > buf->max || buf->length > buf->max - more) {
		buf->failed = true;
		return false;
	}
	wanted = buf->length + more + 1;
	if (wanted <= buf->capacity)
		return true;
	while (capacity < wanted)
		capacity *= 2;
	data = buf->secret ? secret_alloc(capacity) : malloc(capacity);
	if (data == NULL) {
		buf->failed = true;
		return false;
	}
	if (buf->length > 0)
		memcpy(data, buf->data, buf->length);
	data[buf->length] = '\0';
	release(buf, buf->data);
	buf->data = data;
	buf->capacity = capacity;
	return true;
}

void buf_add(struct buf *buf, const void *bytes, size_t length)
{
	if (!reserve(buf, length))
		return;
	if (length > 0)
		memcpy(buf->data + buf->length, bytes, length);
	buf->length += length;
	buf->data[buf->length] = '\0';
}

void buf_str(struct buf *buf, const char *text)
{
	if (text != NULL)
		buf_add(buf, text, strlen(text));
}

void buf_list(struct buf *buf, const char *const *texts)
{
	for (; *texts != NULL; texts++)
		buf_str(buf, *texts);
}

void buf_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
	va_list again;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0) {
		buf->failed = true;
		return;
	}
	if (!reserve(buf, (size_t)length))
		return;
	vsnprintf(buf->data + buf->length, (size_t)length + 1, format, args);
	buf->length += (size_t)length;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(buf, format, args);
	va_end(args);
}

bool buf_ok(const struct buf *buf)
{
	return !buf->failed && buf->data != NULL;
}

const char *buf_text(const struct buf *buf)
{
	return buf->data != NULL ? buf->data : "";
}

char *buf_take(struct buf *buf)
{
	char *data;

	if (!reserve(buf, 0)) {
		buf_done(buf);
		return NULL;
	}
	data = buf->data;
	buf->data = NULL; /* transferred */
	buf->length = buf->capacity = 0;
	return data;
}

void buf_reset(struct buf *buf)
{
	if (buf->secret)
		secret_wipe(buf->data, buf->length);
	buf->length = 0;
	buf->failed = false;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

void buf_cut(struct buf *buf, size_t length)
{
	if (length >= buf->length)
		return;
	if (buf->secret)
		secret_wipe(buf->data + length, buf->length - length);
	buf->length = length;
	buf->data[length] = '\0';
}

void buf_done(struct buf *buf)
{
	release(buf, buf->data);
	buf->data = NULL;
	buf->length = buf->capacity = 0;
	buf->failed = false;
}
