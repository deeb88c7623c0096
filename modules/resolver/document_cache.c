/* SPDX-License-Identifier: MIT */
/*
 * The cache of documents; see document_cache.h. A file is a JSON object: format, subject,
 * fetched_at and expires_at (ms since 1970), document. Two subjects that share a file's name
 * replace each other, no more: the subject is in the file.
 */
#include "document_cache.h"

#include "core/os/hash.h"
#include "core/os/json.h"
#include "core/os/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FORMAT INT64_C(1)

static bool cache_path(const struct document *document, struct buf *path)
{
	const char *folder = document->host->attribute(document->call, "state_dir");

	if (folder == NULL)
		return false;
	buf_printf(path, "%s/cache/%s-%016llx", folder, document->kind,
		   (unsigned long long)hash_fnv1a(document->subject, strlen(document->subject)));
	return buf_ok(path);
}

static void tell(const struct document *document, const char *what, const struct buf *path)
{
	struct buf message = BUF_INIT;

	buf_printf(&message, "%s: %s", buf_text(path), what);
	document->host->log(document->call, CREDENCE_LOG_INFO, buf_text(&message));
	buf_done(&message);
}

/* false: there is none, or none that may be read. *file NULL: it is no JSON. */
static bool read_file(const struct document *document, const struct buf *path,
		      struct json_object **file)
{
	const void *bytes = NULL;
	const char *reason;
	size_t length = 0;
	credence_rc rc = document->host->file_read(document->call, buf_text(path), &bytes, &length);

	if (rc == CREDENCE_SUCCESS)
		*file = json_parse(bytes, length, &reason);
	else if (rc != CREDENCE_MISS)
		tell(document, "the cache is not to be used", path);
	return rc == CREDENCE_SUCCESS;
}

/* Takes the document out of the file, if it is the one that is meant. */
static bool take(const struct document *document, struct json_object *file, struct cached *cached)
{
	struct json_object *tree = json_member(file, "document");
	const char *subject = json_string(file, "subject");
	int64_t format, fetched, expires, now = document->host->now(document->call);

	if (!json_number(file, "format", &format) || format != FORMAT || subject == NULL ||
	    strcmp(subject, document->subject) != 0 || !json_number(file, "fetched_at", &fetched) ||
	    !json_number(file, "expires_at", &expires) ||
	    !json_object_is_type(tree, json_type_object))
		return false;
	cached->tree = json_object_get(tree);
	cached->age = now > fetched ? now - fetched : 0;
	/* A clock that went back says nothing about age. */
	cached->fresh = fetched <= now && now < expires;
	return true;
}

bool cache_read(const struct document *document, struct cached *cached)
{
	struct buf path = BUF_INIT;
	struct json_object *file = NULL;
	bool found = false;

	if (cache_path(document, &path) && read_file(document, &path, &file)) {
		found = json_object_is_type(file, json_type_object) && take(document, file, cached);
		if (!found)
			tell(document, "the cache is another's, or damaged", &path);
	}
	json_object_put(file);
	buf_done(&path);
	return found;
}

void cache_write(const struct document *document, struct json_object *tree, int64_t life)
{
	int64_t now = document->host->now(document->call);
	struct json_object *file = json_object_new_object();
	struct buf path = BUF_INIT, text = BUF_INIT;

	if (file == NULL || !json_set_number(file, "format", FORMAT) ||
	    !json_set_string(file, "subject", document->subject) ||
	    !json_set_number(file, "fetched_at", now) ||
	    !json_set_number(file, "expires_at", now + life) || !cache_path(document, &path))
		goto out;
	if (json_object_object_add(file, "document", json_object_get(tree)) != 0) {
		json_object_put(tree);
		goto out;
	}
	json_print(&text, file, false);
	if (!buf_ok(&text) ||
	    document->host->file_replace(document->call, buf_text(&path), text.data, text.length) !=
		CREDENCE_SUCCESS)
		tell(document, "can't be written; what was read is not kept", &path);
out:
	json_object_put(file);
	buf_done(&path);
	buf_done(&text);
}

/* Of one directive, "max-age=3600": true if it is that one, and *seconds says how long. */
static bool is_max_age(const char *directive, size_t length, int64_t *seconds)
{
	static const char name[] = "max-age=";
	struct buf digits = BUF_INIT;
	bool is = length > sizeof(name) - 1 && strncasecmp(directive, name, sizeof(name) - 1) == 0;

	if (is) {
		buf_add(&digits, directive + sizeof(name) - 1, length - (sizeof(name) - 1));
		is = text_number(buf_text(&digits), seconds) && *seconds >= 0;
	}
	buf_done(&digits);
	return is;
}

/* "no-store" and "no-cache" are a life of nothing; -1: it says nothing. In seconds. */
static int64_t life_said(const char *directives)
{
	int64_t said = -1, seconds;

	while (directives != NULL && *directives != '\0') {
		size_t length, end;

		directives += strspn(directives, " \t,");
		end = length = strcspn(directives, ",");
		while (length > 0 &&
		       (directives[length - 1] == ' ' || directives[length - 1] == '\t'))
			length--;
		if (length == 8 && (strncasecmp(directives, "no-store", 8) == 0 ||
				    strncasecmp(directives, "no-cache", 8) == 0))
			return 0;
		if (said < 0 && is_max_age(directives, length, &seconds))
			said = seconds;
		directives += end;
	}
	return said;
}

int64_t cache_life(const struct document *document, const char *cache_control)
{
	int64_t least = document->host->option_number(document->call, "cache_min");
	int64_t most = document->host->option_number(document->call, "cache_max");
	int64_t seconds = life_said(cache_control);

	if (seconds < 0 || seconds > most / 1000)
		return most;
	return seconds * 1000 > least ? seconds * 1000 : least;
}
