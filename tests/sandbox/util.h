/* SPDX-License-Identifier: MIT */
/* Small helpers: memory, text buffers, encodings, random values, windows of time. */
#ifndef SANDBOX_UTIL_H
#define SANDBOX_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory that is always there: a sandbox that runs out of it says so and ends, as a test must see.
 */
void *mem_calloc(size_t count, size_t size);
void *mem_realloc(void *p, size_t size);
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t len);

/* Text that grows. Start with {0}; `s` is NULL while empty, else ends with NUL. */
struct text {
	char *s;
	size_t len;
	size_t cap;
};

void text_add(struct text *text, const char *s);
void text_add_mem(struct text *text, const char *s, size_t len);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_html(struct text *text, const char *s); /* escaped for content and attributes */
void text_add_url(struct text *text, const char *s);  /* percent-encoded */
void text_done(struct text *text);

void random_bytes(void *out, size_t len);
void hex_encode(char *out, const uint8_t *bytes, size_t len); /* 2 * len + 1 bytes */

enum { FINGERPRINT_SIZE = 16 };
/* "sha256:" and eight hex digits: enough to compare, too little to use. */
void fingerprint(char out[FINGERPRINT_SIZE], const char *value);
/* BASE64URL(SHA256(verifier)) without padding (RFC 7636 section 4.2): 43 digits and NUL. */
void s256_challenge(char out[44], const char *verifier);
/* Decoded text with NUL after it, or NULL if it isn't base64 or holds a NUL. Free it. */
char *base64_text(const char *base64);
/* Decodes percent and plus in place; leaves what isn't an encoding as it is. */
void form_decode(char *s);

/* Decimal digits only, whole string, 0 … max. */
bool number_parse(const char *s, int64_t max, int64_t *out);
/* "250ms", "90s", "10m", "1h" or seconds without a unit → milliseconds. */
bool duration_parse(const char *s, int64_t *out_ms);

/* How often something happened in a sliding window. Start with {0}. */
struct stamps {
	int64_t *at;
	size_t first, len, cap;
};

void stamps_add(struct stamps *stamps, int64_t now);
size_t stamps_count(struct stamps *stamps, int64_t now, int64_t window);
void stamps_done(struct stamps *stamps);

#endif
