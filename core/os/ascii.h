/* SPDX-License-Identifier: MIT */
/*
 * Kinds of characters in ASCII and nothing else: what <ctype.h> answers depends on the locale of
 * the program that uses the library.
 */
#ifndef CREDENCE_OS_ASCII_H
#define CREDENCE_OS_ASCII_H

#include <stdbool.h>

static inline bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ascii_is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static inline bool ascii_is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool ascii_is_alnum(char c)
{
	return ascii_is_digit(c) || ascii_is_lower(c) || ascii_is_upper(c);
}

static inline bool ascii_is_hex(char c)
{
	return ascii_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

#endif
