/* SPDX-License-Identifier: MIT */
/* What a provider says of its data centres; see serverinfo.h. */
#include "serverinfo.h"

#include "core/config/url.h"
#include "core/os/json.h"

#include <json-c/linkhash.h>
#include <stdio.h>
#include <string.h>

#define LOCATION_MAX 32

static bool is_location(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length <= LOCATION_MAX &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

/* A server is an origin and no more; a "/" at its end makes no difference. */
static bool is_server(const char *text)
{
	struct url url;

	return url_parse(text, &url) == NULL &&
	       (text[url.origin_length] == '\0' || strcmp(text + url.origin_length, "/") == 0);
}

/* Every location, so that none hides behind one that can't be read. */
static bool is_list(struct json_object *locations)
{
	if (!json_object_is_type(locations, json_type_object))
		return false;
	json_object_object_foreach(locations, location, server)
	{
		if (!is_location(location) || !json_object_is_type(server, json_type_string) ||
		    !is_server(json_object_get_string(server)))
			return false;
	}
	return true;
}

static credence_rc accept(const struct document *document, struct json_object *tree)
{
	char message[512];

	if (is_list(json_member(tree, "locations")))
		return CREDENCE_SUCCESS;
	(void)snprintf(message, sizeof(message), "%.400s is no list of data centres",
		       document->subject);
	return document->host->fail(document->call, CREDENCE_UNAVAIL, "bad_answer", message,
				    document->hint);
}

credence_rc serverinfo_get(const struct credence_host *host, struct credence_call *call,
			   const char *accounts_server, struct json_object **info)
{
	const char *endpoint = host->setting(call, "serverinfo_endpoint");
	struct document document = {
	    .host = host,
	    .call = call,
	    .kind = "serverinfo",
	    .hint = "check serverinfo_endpoint, or add the data centre to datacenters",
	    .accept = accept,
	};
	struct buf url = BUF_INIT;
	credence_rc rc;

	if (endpoint == NULL)
		return host->fail(call, CREDENCE_CONFIG, NULL,
				  "refresh needs the setting serverinfo_endpoint",
				  "set it in the provider's file, or leave refresh out");
	url_join(&url, accounts_server, endpoint);
	if (buf_ok(&url)) {
		document.subject = document.url[0] = buf_text(&url);
		rc = document_get(&document, info);
	} else {
		rc = host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	}
	buf_done(&url);
	return rc;
}

bool serverinfo_read(struct json_object *info, unsigned index, struct serverinfo_row *row)
{
	unsigned i = 0;

	json_object_object_foreach(json_member(info, "locations"), location, server)
	{
		if (i++ == index) {
			row->location = location;
			row->accounts_server = json_object_get_string(server);
			return true;
		}
	}
	return false;
}
