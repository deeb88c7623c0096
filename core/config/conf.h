/* SPDX-License-Identifier: MIT */
/*
 * One configuration file: read safely, guarded (size, depth, NUL, BOM, @include, integers that
 * would wrap), parsed from memory by libconfig, checked against its schema. Which files there are
 * and which wins is in places.h and profile.h.
 */
#ifndef CREDENCE_CONFIG_CONF_H
#define CREDENCE_CONFIG_CONF_H

#include "core/call/call.h"

#include <libconfig.h>

#define CONF_DEPTH   16
#define CONF_FOREVER "until revoked" /* a lifetime */

struct schema;

struct conf {
	config_t tree;
	char *path; /* for messages; also where the file was read */
	int place;  /* PLACE_… */
};

/* A setting with the file that it stands in. value NULL: there is none. */
struct setting {
	const config_setting_t *value;
	const struct conf *conf;
};

/* Somebody who wants every problem, not only the first: "credence check". */
struct conf_report {
	void (*problem)(void *data, const char *file, int line, const char *message,
			const char *hint);
	void *data;
};

/* Reads, parses and checks one file. MISS: there is none. report NULL: the first problem is the
 * call's error, "FILE:LINE: …", CONFIG. With a report each problem goes there, and the answer is
 * CONFIG if there was one; *conf is set whenever the file could be parsed. walk: check the whole
 * path (FILE_WALK), as must be done before acting on it. */
credence_rc conf_load(struct credence_call *, const char *path, int place, const struct schema *,
		      const struct conf_report *report, bool walk, struct conf **conf);
void conf_free(struct conf *);

/* Parses text instead of a file; name stands in messages. */
credence_rc conf_parse(struct credence_call *, const char *name, int place, const char *text,
		       size_t length, const struct schema *, const struct conf_report *,
		       struct conf **conf);

/* The whole file as a group; value NULL if conf is NULL. */
struct setting conf_root(const struct conf *);
/* The setting at a libconfig path ("http.proxy", "datacenters.[2].location"); none: value NULL. */
struct setting conf_find(const struct conf *, const char *path);
/* The member of a group, likewise. */
struct setting setting_member(struct setting, const char *path);
/* When several groups are asked one after the other: does this one decide about path? It does if it
 * has the setting, or the list that path leads into: lists replace each other whole. */
bool setting_decides(struct setting group, const char *path, struct setting *found);
/* The index-th element of an array, list or group; none: value NULL. */
struct setting setting_element(struct setting, unsigned index);
unsigned setting_count(struct setting); /* 0 for a scalar or none */

/* Values; the schema has made sure of their types. Absent: NULL, fallback. Strings are the file's.
 */
const char *setting_string(struct setting);
int64_t setting_number(struct setting, int64_t fallback);
bool setting_bool(struct setting, bool fallback);
int64_t setting_duration(struct setting, int64_t fallback); /* ms */
bool setting_is_forever(struct setting);                    /* "until revoked" */
/* Any scalar as text, added to a buffer; an array of strings joined with spaces. */
void setting_text(struct setting, struct buf *);

/* Is the same said, in whatever order the members of groups stand? Both may be absent. */
bool setting_same(struct setting, struct setting);

/* *path: the file that a setting names, looked at: trusted up to /, flags as file_read_trusted has
 * them; NULL if the setting is absent. CONFIG: there is none; UNSAFE, DENIED, ERROR. */
credence_rc setting_file(struct credence_call *, struct setting, unsigned flags, const char **path);

/* The call's error is at this setting: "FILE:LINE: message", CONFIG. */
credence_rc setting_fail(struct credence_call *, struct setting, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
