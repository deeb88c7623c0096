/* SPDX-License-Identifier: MIT */
/*
 * Templates of URLs: text with placeholders, "https://{host}/{tenant}/token". What a placeholder is
 * and who says its value is in variables.c.
 */
#include "core/config/template.h"

#include "core/os/text.h"

#include <string.h>

bool template_next(const char **at, struct placeholder *found)
{
	const char *open = strchr(*at, '{'), *close;

	if (open == NULL)
		return false;
	close = strchr(open, '}');
	found->start = open;
	found->end = close != NULL ? close + 1 : open + strlen(open);
	found->name[0] = '\0';
	if (close != NULL && (size_t)(close - open) <= sizeof(found->name)) {
		memcpy(found->name, open + 1, (size_t)(close - open - 1));
		found->name[close - open - 1] = '\0';
	}
	*at = found->end;
	return true;
}

/* Between "://" and what ends the host. */
static bool is_in_host(const char *text, const char *at)
{
	const char *host = strstr(text, "://");

	if (host == NULL || host > at)
		return false;
	host += 3;
	return strcspn(host, "/?") >= (size_t)(at - host);
}

int template_place(const char *text, const struct placeholder *placeholder)
{
	const char *at = placeholder->start, next = *placeholder->end;
	bool ends = next == '\0' || next == '/' || next == '?';

	if (at == text)
		return next == '\0' || next == '/' ? PLACE_OF_URL : PLACE_OF_NOTHING;
	if (!is_in_host(text, at))
		return PLACE_OF_SEGMENT;
	return at[-1] == '/' && ends ? PLACE_OF_HOST : PLACE_OF_LABEL;
}

void template_expand(const char *text, const char *(*value)(void *data, const char *name),
		     void *data, struct buf *url)
{
	struct placeholder found;
	const char *at = text;

	while (template_next(&at, &found)) {
		const char *given = value(data, found.name);
		size_t length = given != NULL ? strlen(given) : 0;

		/* A URL with something behind it has no "/" of its own at the end. */
		while (length > 0 && *found.end == '/' && given[length - 1] == '/')
			length--;
		buf_add(url, text, (size_t)(found.start - text));
		buf_add(url, given, length);
		text = found.end;
	}
	buf_str(url, text);
}

bool template_sample(const char *text, struct buf *url)
{
	static const char *const samples[] = {
	    [PLACE_OF_URL] = "https://localhost",
	    [PLACE_OF_HOST] = "localhost",
	    [PLACE_OF_LABEL] = "x",
	    [PLACE_OF_SEGMENT] = "x",
	};
	struct placeholder found;
	const char *at = text, *rest = text;

	while (template_next(&at, &found)) {
		int place = template_place(text, &found);

		if (!text_is_word(found.name) || place == PLACE_OF_NOTHING)
			return false;
		buf_add(url, rest, (size_t)(found.start - rest));
		buf_str(url, samples[place]);
		rest = found.end;
	}
	buf_str(url, rest);
	return true;
}
