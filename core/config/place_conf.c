/* SPDX-License-Identifier: MIT */
/*
 * Opens and lists the files of a place.
 */
#include "core/config/place_conf.h"

#include "core/os/file.h"
#include "core/os/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX ".conf"

/* Is it a user's place below a home that is not this user's, as after setpriv(1)? Then it says
 * nothing to this user, and it is not there. */
static bool is_foreign(const struct places *places, int place)
{
	return place == PLACE_USER &&
	       faccessat(AT_FDCWD, places->folder[place], X_OK, AT_EACCESS) != 0 && errno == EACCES;
}

credence_rc place_conf_load(struct credence_call *call, const struct places *places, int place,
			    const char *folder, const char *name, const struct schema *schema,
			    const struct conf_report *report, bool walk, struct conf **conf)
{
	struct buf path = BUF_INIT;
	credence_rc rc;

	if (places->folder[place] == NULL)
		return CREDENCE_MISS;
	buf_strs(&path, places->folder[place], "/", folder, folder[0] != '\0' ? "/" : "", name,
		 SUFFIX);
	if (!buf_ok(&path)) {
		rc = call_oom(call);
		goto out;
	}
	rc = conf_load(call, buf_text(&path), place, schema, report, walk, conf);
	if (rc == CREDENCE_DENIED && is_foreign(places, place)) {
		call_clear(call);
		rc = CREDENCE_MISS;
	}
out:
	buf_done(&path);
	return rc;
}

/* Names found so far; the array has room for more. */
struct names {
	char **name;
	size_t count;
};

/* Adds the names of one folder; sorted and freed of duplicates later. */
static credence_rc add_folder(struct credence_call *call, struct names *names, const char *path)
{
	char **files = NULL, **larger;
	size_t count = 0;
	credence_rc rc;

	rc = file_names(call, path, &files);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	while (files[count] != NULL)
		count++;
	larger = reallocarray(names->name, names->count + count + 1, sizeof(*larger));
	if (larger == NULL) {
		rc = call_oom(call);
		goto out;
	}
	names->name = larger;
	for (size_t i = 0; i < count; i++) {
		char *dot = strrchr(files[i], '.');

		if (dot == NULL || strcmp(dot, SUFFIX) != 0)
			continue;
		*dot = '\0';
		if (!text_is_name(files[i]))
			continue;
		names->name[names->count] = strdup(files[i]);
		if (names->name[names->count] == NULL) {
			rc = call_oom(call);
			goto out;
		}
		names->count++;
	}
out:
	file_names_free(files);
	return rc;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct names *names)
{
	size_t kept = 0;

	qsort(names->name, names->count, sizeof(*names->name), compare);
	for (size_t i = 0; i < names->count; i++) {
		if (kept > 0 && strcmp(names->name[kept - 1], names->name[i]) == 0)
			free(names->name[i]);
		else
			names->name[kept++] = names->name[i];
	}
	names->count = kept;
}

credence_rc place_conf_names(struct credence_call *call, const struct places *places, int place,
			     const char *folder, char ***found)
{
	struct names names = {.name = calloc(1, sizeof(char *))};
	struct buf path = BUF_INIT;
	credence_rc rc = names.name != NULL ? CREDENCE_SUCCESS : call_oom(call);

	for (; place < PLACE_COUNT && rc == CREDENCE_SUCCESS; place++) {
		if (places->folder[place] == NULL || is_foreign(places, place))
			continue;
		buf_reset(&path);
		buf_strs(&path, places->folder[place], "/", folder);
		rc = buf_ok(&path) ? add_folder(call, &names, buf_text(&path)) : call_oom(call);
	}
	buf_done(&path);
	if (rc == CREDENCE_SUCCESS) {
		sort(&names);
		names.name[names.count] = NULL;
		*found = names.name;
		return rc;
	}
	for (size_t i = 0; i < names.count; i++)
		free(names.name[i]);
	free(names.name);
	return rc;
}
