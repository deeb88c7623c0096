/* SPDX-License-Identifier: MIT */
/*
 * Opening a page; see page.h. The address reaches the opener as one argument, without a shell: what
 * opens it may be a script that is not so careful, so only what is plainly a URL of the web is
 * given to it.
 */
#include "core/cli/page.h"

#include "core/config/url.h"
#include "core/os/process.h"

#include <stdlib.h>
#include <string.h>

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0';
}

/* Of a query, only what our own encoding and plain endpoints use. */
static bool is_plain(const char *url)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "-._~:/?[]@!,=&%+";

	return url[strspn(url, plain)] == '\0';
}

bool page_open(const char *url)
{
	char opener[] = "xdg-open";
	char *argv[] = {opener, NULL, NULL};
	struct url parts;
	bool opened;

	if (process_is_privileged() || (!is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY")))
		return false;
	if (url_parse(url, &parts) != NULL || !is_plain(url))
		return false;
	argv[1] = strdup(url);
	if (argv[1] == NULL)
		return false;
	opened = process_detach(argv);
	free(argv[1]);
	return opened;
}
