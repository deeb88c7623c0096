/* SPDX-License-Identifier: MIT */
/* The redirect URI; see redirect.h. */
#include "redirect.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char scheme[] = "http://";

static bool has_foreign_bytes(const char *uri)
{
	for (; *uri != '\0'; uri++)
		if (*uri <= ' ' || *uri > '~' || strchr("\"<>\\^`{|}", *uri) != NULL)
			return true;
	return false;
}

/* scheme ":" something (RFC 3986 section 3.1). */
static bool is_absolute(const char *uri)
{
	size_t length = strcspn(uri, ":/?#");

	if (length == 0 || uri[length] != ':' || uri[length + 1] == '\0')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalpha((unsigned char)uri[i]) &&
		    (i == 0 || (!isdigit((unsigned char)uri[i]) && strchr("+-.", uri[i]) == NULL)))
			return false;
	return true;
}

/* The length of a loopback host at the start of text; 0: it is another one. */
static size_t loopback_host(const char *text, struct redirect *redirect)
{
	static const struct {
		const char *name;
		bool ipv4, ipv6;
	} hosts[] = {{"127.0.0.1", true, false}, {"[::1]", false, true}, {"localhost", true, true}};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		size_t length = strlen(hosts[i].name);

		if (strncmp(text, hosts[i].name, length) != 0 ||
		    strchr(":/?", text[length]) == NULL)
			continue;
		redirect->ipv4 = hosts[i].ipv4;
		redirect->ipv6 = hosts[i].ipv6;
		(void)snprintf(redirect->host, sizeof(redirect->host), "%s", hosts[i].name);
		return length;
	}
	return 0;
}

/* ":8765" and how long that is; absent: -1. false: it is no port. */
static bool read_port(const char *text, int *port, size_t *length)
{
	char *end;
	long number;

	*port = -1;
	*length = 0;
	if (*text != ':')
		return true;
	if (!isdigit((unsigned char)text[1]))
		return false;
	number = strtol(text + 1, &end, 10);
	if (number > 65535 || end - text > 6 || strchr("/?", *end) == NULL)
		return false;
	*port = (int)number;
	*length = (size_t)(end - text);
	return true;
}

/* An empty path is "/" once a browser asks for it. */
static void set_target(struct redirect *redirect, const char *rest)
{
	(void)snprintf(redirect->target, sizeof(redirect->target), "%s%s",
		       *rest == '/' || redirect->origin[0] == '\0' ? "" : "/", rest);
}

void redirect_set_port(struct redirect *redirect, int port)
{
	char rest[sizeof(redirect->target)];

	(void)snprintf(rest, sizeof(rest), "%s", redirect->target);
	redirect->port = port;
	(void)snprintf(redirect->origin, sizeof(redirect->origin), "%s%s:%d", scheme,
		       redirect->host, port);
	(void)snprintf(redirect->uri, sizeof(redirect->uri), "%s%s", redirect->origin, rest);
}

static const char *parse_loopback(const char *uri, size_t host, bool any_port,
				  struct redirect *redirect)
{
	const char *after = uri + sizeof(scheme) - 1 + host;
	size_t length;
	int port;

	if (!read_port(after, &port, &length))
		return "its port is not a number up to 65535";
	if (port == 0 && !any_port)
		return "its port must be the one that is registered: the provider's data do not "
		       "say that any will do";
	redirect->loopback = true;
	redirect->port = port;
	if (port < 0)
		redirect->port = any_port ? 0 : 80;
	(void)snprintf(redirect->origin, sizeof(redirect->origin), "%.*s",
		       (int)(after + length - uri), uri);
	set_target(redirect, after + length);
	return NULL;
}

/* An address that is not ours: only a person can bring the answer from there. */
static void take_foreign(const char *uri, struct redirect *redirect)
{
	const char *authority = strstr(uri, "://");
	const char *path = authority != NULL ? authority + 3 + strcspn(authority + 3, "/?") : NULL;

	set_target(redirect, uri);
	/* As a browser shows it. */
	if (path != NULL && *path != '/')
		(void)snprintf(redirect->target, sizeof(redirect->target), "%.*s/%s",
			       (int)(path - uri), uri, path);
}

const char *redirect_parse(const char *uri, bool any_port, struct redirect *redirect)
{
	size_t host;

	memset(redirect, 0, sizeof(*redirect));
	if (strlen(uri) > REDIRECT_MAX)
		return "it is too long";
	if (strchr(uri, '#') != NULL)
		return "it has a fragment (RFC 6749 section 3.1.2)";
	if (!is_absolute(uri) || has_foreign_bytes(uri))
		return "it is no absolute URI";
	(void)snprintf(redirect->uri, sizeof(redirect->uri), "%s", uri);
	if (strncmp(uri, scheme, sizeof(scheme) - 1) != 0) {
		take_foreign(uri, redirect);
		return NULL;
	}
	host = loopback_host(uri + sizeof(scheme) - 1, redirect);
	if (host == 0)
		return "an answer may travel unencrypted to 127.0.0.1, [::1] or localhost only";
	return parse_loopback(uri, host, any_port, redirect);
}

static const char *query_behind(const char *base, const char *given)
{
	size_t length = strlen(base);

	if (strncmp(given, base, length) != 0)
		return NULL;
	given += length;
	if (*given == '\0')
		return given;
	return *given == (strchr(base, '?') != NULL ? '&' : '?') ? given + 1 : NULL;
}

const char *redirect_query(const struct redirect *redirect, const char *target)
{
	return query_behind(redirect->target, target);
}

/* What is behind the origin; NULL: it is another's. A browser leaves the port of http out. */
static const char *behind_origin(const struct redirect *redirect, const char *pasted)
{
	size_t length = strlen(redirect->origin);

	if (strncmp(pasted, redirect->origin, length) == 0)
		return pasted + length;
	if (length > 3 && strcmp(redirect->origin + length - 3, ":80") == 0 &&
	    strncmp(pasted, redirect->origin, length - 3) == 0)
		return pasted + length - 3;
	return NULL;
}

const char *redirect_pasted(const struct redirect *redirect, char *pasted)
{
	const char *behind;
	size_t length;

	pasted += strspn(pasted, " \t");
	pasted[strcspn(pasted, "#")] = '\0';
	length = strlen(pasted);
	while (length > 0 && (pasted[length - 1] == ' ' || pasted[length - 1] == '\t'))
		pasted[--length] = '\0';
	if (*pasted == '?')
		return pasted + 1;
	behind = behind_origin(redirect, pasted);
	if (behind != NULL && query_behind(redirect->target, behind) != NULL)
		return query_behind(redirect->target, behind);
	/* name=value&name=value */
	return pasted[strcspn(pasted, "=/:?")] == '=' ? pasted : NULL;
}
