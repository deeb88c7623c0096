/* SPDX-License-Identifier: MIT */
/*
 * What a server publishes about itself, as a JSON object: fetched when it is needed, kept in the
 * state folder's cache for as long as the server says (within bounds), and taken from there,
 * however old, when the server is away. What it means is for those who ask for it to judge; what
 * they do not accept is neither used nor kept.
 */
#ifndef CREDENCE_RESOLVER_DOCUMENT_H
#define CREDENCE_RESOLVER_DOCUMENT_H

#include <credence/module.h>
#include <json-c/json_object.h>
#include <stdbool.h>

#define DOCUMENT_URLS 2

/* The options that go with it, in a module's table. */
#define DOCUMENT_OPTIONS                                                                           \
	{"cache_min", CREDENCE_DURATION, 0, "1h", "how long what was read is used at least"},      \
	{                                                                                          \
		"cache_max", CREDENCE_DURATION, 0, "24h",                                          \
		    "how long at most, and if the server does not say"                             \
	}

struct document {
	const struct credence_host *host;
	struct credence_call *call;
	const char *kind;    /* "discovery": begins the name of the file in the cache */
	const char *subject; /* whose it is, for messages and in the cache: the issuer, a URL */
	const char *url[DOCUMENT_URLS]; /* where it may be, in this order; NULL: no more */
	const char *hint;               /* what to do if it is nowhere */
	/* Looks at it, and sets the call's error unless it answers SUCCESS. */
	credence_rc (*accept)(const struct document *, struct json_object *);
	void *data; /* accept's */
};

/* SUCCESS: *tree is one that was accepted, the caller's to json_object_put; else message set:
 * UNAVAIL: the server is away and nothing is in the cache; CONFIG: it has no such document; or what
 * accept answered. */
credence_rc document_get(const struct document *, struct json_object **tree);

/* Is the URL's origin among the setting hosts? */
bool document_host_listed(const struct credence_host *, struct credence_call *, const char *url);

#endif
