/* SPDX-License-Identifier: MIT */
/*
 * URLs, the strict way. Whatever two parsers might read differently (user names, backslashes,
 * numbers for hosts, dots as folders, …) is no URL here.
 */
#include "core/config/url.h"

#include "core/os/ascii.h"

#include <arpa/inet.h>

#include <string.h>

#define LABEL_MAX 63
#define HOST_MAX  253

static bool is_host_char(char c)
{
	return ascii_is_lower(c) || ascii_is_digit(c) || c == '-' || c == '.';
}

/* Letters are lower case, so that origins can be compared as bytes. */
static const char *check_label(const char *label, size_t length)
{
	if (length == 0)
		return "the host has an empty label";
	if (length > LABEL_MAX)
		return "a label of the host is too long";
	if (label[0] == '-' || label[length - 1] == '-')
		return "a label of the host begins or ends with -";
	return NULL;
}

/* A last label of digits (or 0x…) makes parsers read a number: then it must be four plain ones. */
static bool looks_like_number(const char *host)
{
	const char *last = strrchr(host, '.');

	last = last != NULL ? last + 1 : host;
	return strspn(last, "0123456789") == strlen(last) || strncmp(last, "0x", 2) == 0;
}

static bool is_canonical(int family, const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];

	return inet_pton(family, host, address) == 1 &&
	       inet_ntop(family, address, text, sizeof(text)) != NULL && strcmp(text, host) == 0;
}

static const char *check_name(const char *host)
{
	const char *label = host, *wrong;

	if (strlen(host) > HOST_MAX)
		return "the host is too long";
	for (;;) {
		size_t length = strcspn(label, ".");

		wrong = check_label(label, length);
		if (wrong != NULL)
			return wrong;
		if (label[length] == '\0')
			break;
		label += length + 1;
	}
	if (looks_like_number(host) && !is_canonical(AF_INET, host))
		return "the host is neither a name nor four decimal numbers";
	return NULL;
}

/* Copies the host, without brackets, and moves *at behind it. */
static const char *parse_host(const char **at, struct url *url)
{
	bool literal = **at == '[';
	const char *start = *at + literal;
	size_t length = 0;

	if (literal)
		length = strspn(start, "0123456789abcdef:.");
	else
		while (is_host_char(start[length]))
			length++;
	if (ascii_is_upper(start[length]))
		return "the host must be in lower case";
	if (length == 0)
		return "it has no plain host";
	if (length >= sizeof(url->host))
		return "the host is too long";
	memcpy(url->host, start, length);
	url->host[length] = '\0';
	*at = start + length;
	if (!literal)
		return check_name(url->host);
	if (**at != ']' || !is_canonical(AF_INET6, url->host))
		return "the host is not an IPv6 address in its short form";
	(*at)++;
	return NULL;
}

static const char *parse_port(const char **at, struct url *url)
{
	const char *digits = *at + 1;
	size_t length;

	url->port = url->tls ? 443 : 80;
	if (**at != ':')
		return NULL;
	length = strspn(digits, "0123456789");
	if (length == 0 || length > 5 || digits[0] == '0')
		return "the port is not a number from 1 to 65535";
	url->port = 0;
	for (size_t i = 0; i < length; i++)
		url->port = url->port * 10 + (digits[i] - '0');
	if (url->port > 65535)
		return "the port is not a number from 1 to 65535";
	*at = digits + length;
	return NULL;
}

/* Does a segment mean "here" or "one up", also when its dots are written as %2e? */
static bool is_dots(const char *segment, size_t length)
{
	unsigned dots = 0;

	while (length > 0) {
		size_t step = 1;

		if (length >= 3 && strncasecmp(segment, "%2e", 3) == 0)
			step = 3;
		else if (*segment != '.')
			return false;
		dots++;
		segment += step;
		length -= step;
	}
	return dots == 1 || dots == 2;
}

static const char *check_segments(const char *path)
{
	while (*path == '/') {
		size_t length = strcspn(path + 1, "/?");

		if (is_dots(path + 1, length))
			return "the path has . or .. in it";
		path += length + 1;
	}
	return NULL;
}

/* Path and query (RFC 3986): unreserved, percent-encoded, sub-delims, : @ / ? */
static const char *check_rest(const char *rest)
{
	if (*rest != '\0' && *rest != '/' && *rest != '?')
		return "something other than a port, a path or a query follows the host";
	for (const char *at = rest; *at != '\0'; at++) {
		if (ascii_is_alnum(*at) || strchr("-._~!$&'()*+,;=:@/?", *at) != NULL)
			continue;
		if (*at == '#')
			return "it has a fragment";
		if (*at != '%')
			return "it has a character that must be percent-encoded";
		if (!ascii_is_hex(at[1]) || !ascii_is_hex(at[2]))
			return "it has a % without two hex digits";
	}
	return check_segments(rest);
}

bool url_is_loopback(const struct url *url)
{
	return strcmp(url->host, "127.0.0.1") == 0 || strcmp(url->host, "::1") == 0;
}

const char *url_parse(const char *text, struct url *url)
{
	const char *at = text, *wrong;

	memset(url, 0, sizeof(*url));
	if (strncmp(text, "https://", 8) == 0)
		url->tls = true;
	else if (strncmp(text, "http://", 7) != 0)
		return "it does not begin with https://";
	at += url->tls ? 8 : 7;
	if (at[strcspn(at, "@/?")] == '@')
		return "it has a user name";
	wrong = parse_host(&at, url);
	if (wrong == NULL)
		wrong = parse_port(&at, url);
	if (wrong != NULL)
		return wrong;
	if (!url->tls && !url_is_loopback(url))
		return "http is for 127.0.0.1 and [::1] only; write https://";
	url->origin_length = (size_t)(at - text);
	return check_rest(at);
}

bool url_same_origin(const char *a, const char *b)
{
	struct url one, other;

	return url_parse(a, &one) == NULL && url_parse(b, &other) == NULL && one.tls == other.tls &&
	       one.port == other.port && strcmp(one.host, other.host) == 0;
}

bool url_is_resource(const char *text)
{
	const char *at = text;

	if (!ascii_is_lower(*at) && !ascii_is_upper(*at))
		return false;
	while (ascii_is_alnum(*at) || *at == '+' || *at == '-' || *at == '.')
		at++;
	if (at[0] != ':' || at[1] == '\0')
		return false;
	while (*at > ' ' && *at <= '~' && *at != '#')
		at++;
	return *at == '\0';
}

bool url_is_proxy(const char *text)
{
	static const char *const schemes[] = {"http",    "https",  "socks4",
					      "socks4a", "socks5", "socks5h"};
	const char *at = strstr(text, "://"), *user;
	struct url url = {.port = 0};
	bool known = false;

	for (size_t i = 0; at != NULL && i < sizeof(schemes) / sizeof(schemes[0]); i++)
		known = known || (strlen(schemes[i]) == (size_t)(at - text) &&
				  strncmp(text, schemes[i], (size_t)(at - text)) == 0);
	if (!known)
		return false;
	at += 3;
	user = at;
	while (ascii_is_alnum(*user) ||
	       (*user != '\0' && strchr("-._~!$&'()*+,;=:%", *user) != NULL))
		user++;
	if (*user == '@')
		at = user + 1;
	return parse_host(&at, &url) == NULL && parse_port(&at, &url) == NULL &&
	       (strcmp(at, "") == 0 || strcmp(at, "/") == 0);
}

/* What follows the star of a pattern (".example.org"), or NULL. */
static const char *pattern_suffix(const char *pattern)
{
	static const char any[] = "https://*";

	return strncmp(pattern, any, sizeof(any) - 1) == 0 ? pattern + sizeof(any) - 1 : NULL;
}

static const char *check_suffix(const char *suffix)
{
	struct url url;
	struct buf text = BUF_INIT;
	const char *wrong;

	buf_printf(&text, "https://any%s", suffix);
	wrong = url_parse(buf_text(&text), &url);
	if (wrong == NULL && (suffix[0] != '.' || strchr(suffix + 1, '.') == NULL))
		wrong = "*. must be followed by a domain of two labels at least";
	if (wrong == NULL && strcmp(url.host + 3, suffix) != 0)
		wrong = "it is more than a host";
	buf_done(&text);
	return wrong;
}

const char *url_pattern_check(const char *pattern)
{
	const char *suffix = pattern_suffix(pattern), *wrong;
	struct url url;

	if (suffix != NULL)
		return check_suffix(suffix);
	wrong = url_parse(pattern, &url);
	if (wrong == NULL && pattern[url.origin_length] != '\0')
		wrong = "it is more than a host";
	return wrong;
}

bool url_matches(const char *pattern, const char *text)
{
	const char *suffix = pattern_suffix(pattern);
	size_t length, host;
	struct url url;

	if (suffix == NULL)
		return url_same_origin(pattern, text);
	if (check_suffix(suffix) != NULL || url_parse(text, &url) != NULL || !url.tls ||
	    url.port != 443)
		return false;
	length = strlen(suffix);
	host = strlen(url.host);
	return host > length && strcmp(url.host + host - length, suffix) == 0;
}

void url_join(struct buf *joined, const char *base, const char *endpoint)
{
	if (endpoint[0] == '/') {
		size_t length = strlen(base);

		while (length > 0 && base[length - 1] == '/')
			length--;
		buf_add(joined, base, length);
	}
	buf_str(joined, endpoint);
}

void url_encode(struct buf *encoded, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (ascii_is_alnum(*text) || strchr("-._*", c) != NULL)
			buf_char(encoded, *text);
		else if (c == ' ')
			buf_char(encoded, '+');
		else
			buf_printf(encoded, "%%%02X", c);
	}
}
