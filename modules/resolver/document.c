/* SPDX-License-Identifier: MIT */
/* What a server publishes about itself; see document.h. The cache is in document_cache.c. */
#include "document.h"

#include "core/config/url.h"
#include "core/os/json.h"
#include "document_cache.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BODY_MAX    ((size_t)256 << 10)
#define MESSAGE_MAX 768

/* Why there is no document at a URL. */
struct problem {
	credence_rc rc; /* SUCCESS: none yet */
	char message[MESSAGE_MAX];
	bool absent; /* the server is there and says that it has none */
};

static const char *header(const struct credence_response *answer, const char *name)
{
	for (uint32_t i = 0; i < answer->header_count; i++)
		if (strcmp(answer->headers[i].name, name) == 0)
			return answer->headers[i].value;
	return NULL;
}

/* RFC 8414 section 3.2. */
static bool is_json(const char *type)
{
	static const char json[] = "application/json";
	size_t length = sizeof(json) - 1;

	return type != NULL && strncasecmp(type, json, length) == 0 &&
	       (type[length] == '\0' || type[length] == ';' || type[length] == ' ');
}

__attribute__((format(printf, 3, 4))) static credence_rc
problem(struct problem *problem, credence_rc rc, const char *format, ...)
{
	va_list args;

	problem->rc = rc;
	problem->absent = false;
	va_start(args, format);
	(void)vsnprintf(problem->message, sizeof(problem->message), format, args);
	va_end(args);
	return rc;
}

/* The answer's object. A server that is in trouble is UNAVAIL, one that has something else there
 * CONFIG. */
static credence_rc read_answer(const char *url, const struct credence_response *answer,
			       struct problem *why, struct json_object **tree)
{
	const char *type = header(answer, "content-type"), *reason = "it is no object";
	const char *location = header(answer, "location");
	int status = (int)answer->status;
	struct json_object *parsed;

	if (status >= 300 && status < 400)
		return problem(why, CREDENCE_CONFIG,
			       "%.300s redirects to %.300s, and redirects are never followed", url,
			       location != NULL ? location : "nowhere");
	if (status >= 500 || status == 408 || status == 429)
		return problem(why, CREDENCE_UNAVAIL, "%.300s answered HTTP %d", url, status);
	if (status != 200) {
		problem(why, CREDENCE_CONFIG, "%.300s answered HTTP %d", url, status);
		why->absent = true;
		return why->rc;
	}
	if (!is_json(type))
		return problem(why, CREDENCE_UNAVAIL, "%.300s is %.80s, not application/json", url,
			       type != NULL ? type : "of no type");
	parsed = json_parse(answer->body, answer->body_length, &reason);
	if (!json_object_is_type(parsed, json_type_object)) {
		json_object_put(parsed);
		return problem(why, CREDENCE_UNAVAIL, "%.300s is not to be read: %.80s", url,
			       reason);
	}
	*tree = parsed;
	return CREDENCE_SUCCESS;
}

static credence_rc fetch_url(const struct document *document, const char *url, struct problem *why,
			     int64_t *life, struct json_object **tree)
{
	const struct credence_param headers[] = {{"accept", "application/json"}};
	const struct credence_request request = {.size = sizeof(request),
						 .method = "GET",
						 .url = url,
						 .headers = headers,
						 .header_count = 1,
						 .max_body = BODY_MAX};
	const struct credence_response *answer = NULL;
	credence_rc rc = document->host->http(document->call, &request, &answer);

	if (rc != CREDENCE_SUCCESS) {
		/* The host has said why. */
		why->message[0] = '\0';
		return why->rc = rc;
	}
	rc = read_answer(url, answer, why, tree);
	if (rc == CREDENCE_SUCCESS)
		*life = cache_life(document, header(answer, "cache-control"));
	return rc;
}

static credence_rc give_up(const struct document *document, const struct problem *why)
{
	const char *hint = "check the network (a proxy or portal?), or try again later";

	if (why->message[0] == '\0')
		return why->rc;
	return document->host->fail(document->call, why->rc, "bad_answer", why->message,
				    why->rc == CREDENCE_CONFIG ? document->hint : hint);
}

/* From the first URL that has it. Of several problems the one that says most is told: that there is
 * nothing at an URL says least. */
static credence_rc fetch(const struct document *document, int64_t *life, struct json_object **tree)
{
	struct problem told = {.rc = CREDENCE_SUCCESS}, why;

	for (unsigned i = 0; i < DOCUMENT_URLS && document->url[i] != NULL; i++) {
		why = (struct problem){.rc = CREDENCE_SUCCESS};
		if (fetch_url(document, document->url[i], &why, life, tree) == CREDENCE_SUCCESS)
			return CREDENCE_SUCCESS;
		if (told.rc == CREDENCE_SUCCESS || told.absent)
			told = why;
		/* Who can't be reached for one can't for the other. */
		if (why.message[0] == '\0')
			break;
	}
	return give_up(document, &told);
}

static credence_rc fetch_anew(const struct document *document, struct json_object **tree,
			      bool *answered)
{
	struct json_object *fetched = NULL;
	int64_t life = 0;
	credence_rc rc = fetch(document, &life, &fetched);

	*answered = rc == CREDENCE_SUCCESS;
	if (rc == CREDENCE_SUCCESS)
		rc = document->accept(document, fetched);
	if (rc != CREDENCE_SUCCESS) {
		json_object_put(fetched);
		return rc;
	}
	cache_write(document, fetched, life);
	*tree = fetched;
	return CREDENCE_SUCCESS;
}

static credence_rc nothing_cached(const struct document *document)
{
	char message[MESSAGE_MAX];

	(void)snprintf(
	    message, sizeof(message),
	    "what %.400s publishes is not in the cache, and nothing may be sent to ask for "
	    "it",
	    document->subject);
	return document->host->fail(document->call, CREDENCE_UNAVAIL, "no_network", message,
				    "run it once with the network");
}

static void tell_age(const struct document *document, int64_t age)
{
	char message[MESSAGE_MAX];

	(void)snprintf(message, sizeof(message),
		       "%.400s can't be asked; what it published %lld min ago is used",
		       document->subject, (long long)(age / 60000));
	document->host->log(document->call, CREDENCE_LOG_WARNING, message);
}

credence_rc document_get(const struct document *document, struct json_object **tree)
{
	bool offline = document->host->attribute(document->call, "network") != NULL;
	struct cached cached = {.tree = NULL};
	bool found = cache_read(document, &cached), answered = false;
	credence_rc rc = CREDENCE_MISS;

	if (found && (cached.fresh || offline))
		rc = document->accept(document, cached.tree);
	if (rc == CREDENCE_SUCCESS || (found && offline))
		goto out;
	if (offline)
		return nothing_cached(document);
	rc = fetch_anew(document, tree, &answered);
	/* What the server itself said counts, and so does the wish to stop. */
	if (rc == CREDENCE_SUCCESS || answered || rc == CREDENCE_CANCELLED ||
	    rc == CREDENCE_UNSAFE || !found) {
		json_object_put(cached.tree);
		return rc;
	}
	rc = document->accept(document, cached.tree);
	if (rc == CREDENCE_SUCCESS)
		tell_age(document, cached.age);
out:
	if (rc == CREDENCE_SUCCESS)
		*tree = cached.tree;
	else
		json_object_put(cached.tree);
	return rc;
}

bool document_host_listed(const struct credence_host *host, struct credence_call *call,
			  const char *url)
{
	char path[32];

	for (unsigned i = 0;; i++) {
		const char *pattern;

		(void)snprintf(path, sizeof(path), "hosts.[%u]", i);
		pattern = host->setting(call, path);
		if (pattern == NULL)
			return false;
		if (url_matches(pattern, url))
			return true;
	}
}
