/* SPDX-License-Identifier: MIT */
/* What is in a folder, by name; nothing is opened and nothing checked. */
#include "core/os/file.h"

#include "core/os/path.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST 32

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void file_names_free(char **names)
{
	size_t i;

	for (i = 0; names != NULL && names[i] != NULL; i++)
		free(names[i]);
	free(names);
}

/* Room for one more name and the NULL behind it. */
static bool reserve(char ***names, size_t count, size_t *capacity)
{
	size_t larger = *capacity > 0 ? *capacity * 2 : FIRST;
	char **grown;

	if (count + 2 <= *capacity)
		return true;
	grown = reallocarray(*names, larger, sizeof(*grown));
	if (grown == NULL)
		return false;
	grown[count] = NULL;
	*names = grown;
	*capacity = larger;
	return true;
}

/* Adds what readdir gives; false: errno says why. */
static bool read_names(DIR *dir, char ***names, size_t *count, size_t *capacity)
{
	const struct dirent *entry;

	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			return errno == 0;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (!reserve(names, *count, capacity))
			return false;
		(*names)[*count] = strdup(entry->d_name);
		if ((*names)[*count] == NULL)
			return false;
		(*names)[++*count] = NULL;
	}
}

credence_rc file_names(struct credence_call *call, const char *path, char ***ret)
{
	DIR *dir = opendir(path);
	credence_rc rc = CREDENCE_SUCCESS;
	char **names = NULL;
	size_t count = 0, capacity = 0;
	bool missing = dir == NULL && errno == ENOENT;

	if ((dir == NULL && !missing) ||
	    (dir != NULL && !read_names(dir, &names, &count, &capacity)))
		rc = errno == EACCES || errno == EPERM
			 ? path_denied(call, "list", path, errno)
			 : call_fail(call, CREDENCE_ERROR, "can't list %s: %s", path,
				     strerror(errno));
	else if (!reserve(&names, count, &capacity))
		rc = call_oom(call);
	if (dir != NULL)
		closedir(dir);
	if (rc != CREDENCE_SUCCESS) {
		file_names_free(names);
		return rc;
	}
	qsort(names, count, sizeof(*names), compare);
	*ret = names;
	return CREDENCE_SUCCESS;
}
