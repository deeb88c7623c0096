/* SPDX-License-Identifier: MIT */
/*
 * Small questions about text: is it a valid name, how long is "10m", what is the nearest word, what
 * of it may be shown on a terminal; times as people and as RFC 3339 write them. Locale is never
 * asked.
 */
#ifndef CREDENCE_OS_TEXT_H
#define CREDENCE_OS_TEXT_H

#include "core/os/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* [A-Za-z0-9][A-Za-z0-9._@-]{0,63}: profiles, credentials, providers. */
bool text_is_name(const char *);
/* The same, or + and 32 hex digits: a store's key. */
bool text_is_key(const char *);
/* [a-z][a-z0-9_]{0,63}: modules and options. */
bool text_is_word(const char *);
/* One or more of %x20-7E (RFC 6749 appendix A, VSCHAR). */
bool text_is_vschar(const char *);

/* A whole decimal number that fits; false: it is not, *value is left. */
bool text_number(const char *text, int64_t *value);
/* "90s", "10m", "1h", "2d", "500ms" in ms; "0" needs no unit. false: it is not. */
bool text_duration(const char *text, int64_t *ms);

/* The entry of words (NULL-terminated) that is nearest to word, or NULL if none is near. */
const char *text_nearest(const char *word, const char *const *words);

/* The length of the UTF-8 sequence at text and its code point; 0: there is none. */
size_t text_utf8(const char *text, uint32_t *point);

/* Adds text with everything taken out that could move a cursor or break a line: control characters,
 * DEL, C1, invalid UTF-8 and bidirectional marks become '?'; at most max bytes, then "…". */
void text_printable(struct buf *, const char *text, size_t max);

/* 2026-11-23T12:04:51Z; ms since 1970. */
void text_rfc3339(struct buf *, int64_t ms);
/* RFC 3339 back to ms; false: it is not. */
bool text_parse_rfc3339(const char *text, int64_t *ms);
/* RFC 9110 section 5.6.7, the one form that senders may use: "Sun, 06 Nov 1994 08:49:37 GMT". */
bool text_parse_http_date(const char *text, int64_t *ms);
/* "23 Nov 12:04:51" in local time. */
void text_moment(struct buf *, int64_t ms);
/* "4 min 10 s", "52 min", "3 d", "2 h": two units at most, rounded down; ms >= 0. */
void text_span(struct buf *, int64_t ms);

/* Lower-case hex of bytes. */
void text_hex(struct buf *, const void *bytes, size_t length);

/* Do a and b hold the same space separated words, whatever the order? Does a hold all of b's?
 * Commas count as spaces. NULL is empty. */
bool text_words_cover(const char *a, const char *b);
/* Adds to a (space separated) the words of b that it lacks. */
void text_words_union(struct buf *a, const char *b);
/* Adds the words of b that a lacks, space separated. */
void text_words_missing(struct buf *missing, const char *a, const char *b);

#endif
