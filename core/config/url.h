/* SPDX-License-Identifier: MIT */
/*
 * URLs, the strict way: https://host[:port][/path][?query] with a plain host, or http with a
 * literal loopback address (127.0.0.1 or [::1]); no userinfo, backslash, control, space or
 * fragment. A subset on which all parsers agree. Origins are compared as bytes.
 */
#ifndef CREDENCE_CONFIG_URL_H
#define CREDENCE_CONFIG_URL_H

#include "core/os/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct url {
	bool tls;
	char host[256];       /* lower case as given; without the brackets of an IPv6 literal */
	int port;             /* 443 or 80 if not given */
	size_t origin_length; /* how much of the text is scheme, host and port */
};

/* NULL: it is one; else what is wrong, in a few words. */
const char *url_parse(const char *text, struct url *);

/* Is the host a literal loopback address? */
bool url_is_loopback(const struct url *);

/* Have both the same scheme, host and port? Texts that are no URLs are never the same. */
bool url_same_origin(const char *a, const char *b);

/* Does it name a resource as RFC 8707 section 2 wants it: an absolute URI without a fragment? */
bool url_is_resource(const char *text);
/* Is it a proxy's: scheme://[user[:password]@]host[:port][/], of http, https or a socks? */
bool url_is_proxy(const char *text);

/* A pattern is "https://host", an origin, or has "*." before a domain and means every host below
 * it, at the usual port. NULL: it is one; else what is wrong. */
const char *url_pattern_check(const char *pattern);
/* Is the URL's origin one that the pattern means? */
bool url_matches(const char *pattern, const char *text);

/* An endpoint: absolute as it is, or joined to base if it begins with "/". */
void url_join(struct buf *, const char *base, const char *endpoint);

/* Adds text as application/x-www-form-urlencoded does (RFC 6749 appendix B). */
void url_encode(struct buf *, const char *text);

#endif
