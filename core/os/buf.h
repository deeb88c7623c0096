/* SPDX-License-Identifier: MIT */
/*
 * Strings that grow. A buffer's error is sticky: build a string without looking at each step, and
 * look once at the end with buf_ok(). Always NUL-terminated. A secret buffer lives in secret memory
 * and wipes what it outgrows.
 */
#ifndef CREDENCE_OS_BUF_H
#define CREDENCE_OS_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* NULL until something is added; see buf_text() */
	size_t length;
	size_t capacity;
	size_t max; /* more than this many bytes is an error */
	bool secret;
	bool failed;
};

#define BUF_MAX    ((size_t)16 << 20)
#define BUF_INIT   ((struct buf){.max = BUF_MAX})
#define BUF_SECRET ((struct buf){.max = BUF_MAX, .secret = true})

void buf_add(struct buf *, const void *bytes, size_t length);
void buf_str(struct buf *, const char *text); /* NULL adds nothing */
/* Each of a list that ends with NULL. */
void buf_list(struct buf *, const char *const *texts);
/* As buf_printf of "%s%s…", for what is on the way of every token. None is NULL. */
#define buf_strs(buf, ...) buf_list(buf, (const char *const[]){__VA_ARGS__, NULL})
void buf_char(struct buf *, char);
void buf_printf(struct buf *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *, const char *format, va_list) __attribute__((format(printf, 2, 0)));

/* The text is there and nothing failed. */
bool buf_ok(const struct buf *);
/* The text so far; "" if there is none. Until the buffer changes. */
const char *buf_text(const struct buf *);
/* Hands the text over ("" becomes an empty string of its own) and empties the buffer; NULL if it
 * failed. Free with free(), or secret_free() for a secret buffer. */
char *buf_take(struct buf *);
/* Empties it, keeps the memory, forgets a failure. */
void buf_reset(struct buf *);
/* Back to its first length bytes; a failure stays. */
void buf_cut(struct buf *, size_t length);
/* Frees the memory (wiped if secret); the buffer can be used again. */
void buf_done(struct buf *);

#endif
