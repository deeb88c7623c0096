/* SPDX-License-Identifier: MIT */
/*
 * Works out the places of this process. The three folders of the installation come from the build.
 */
#include "core/config/places.h"

#include "core/os/path.h"
#include "core/os/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#if !defined(CREDENCE_SYSCONFDIR) || !defined(CREDENCE_DATADIR) || !defined(CREDENCE_STATEDIR)
#error "the build must define CREDENCE_SYSCONFDIR, CREDENCE_DATADIR and CREDENCE_STATEDIR"
#endif

/* A variable that holds an absolute path; others don't count (XDG Base Directory Specification). */
static const char *path_variable(const char *name)
{
	const char *value = secure_getenv(name);

	return value != NULL && value[0] == '/' ? value : NULL;
}

/* $VARIABLE/credence, else $HOME/FALLBACK/credence. *path stays NULL if neither is set. */
static credence_rc xdg_path(struct credence_call *call, const char *variable, const char *fallback,
			    char **path)
{
	const char *base = path_variable(variable), *home = path_variable("HOME");
	struct buf text = BUF_INIT;

	if (base == NULL && home == NULL)
		return CREDENCE_SUCCESS;
	if (base != NULL)
		buf_strs(&text, base, "/credence");
	else
		buf_strs(&text, home, "/", fallback, "/credence");
	*path = buf_take(&text);
	return *path != NULL ? CREDENCE_SUCCESS : call_oom(call);
}

/* systemd may list several folders; the first is ours. */
static credence_rc user_state(struct credence_call *call, char **path)
{
	const char *given = path_variable("STATE_DIRECTORY");

	if (given == NULL)
		return xdg_path(call, "XDG_STATE_HOME", ".local/state", path);
	*path = strndup(given, strcspn(given, ":"));
	return *path != NULL ? CREDENCE_SUCCESS : call_oom(call);
}

/* -C: the folder stands for the user's and the admin's place, and has its state with it. */
static credence_rc no_folder(struct credence_call *call, const char *chosen, int error)
{
	if (error == EACCES)
		return path_denied(call, "read", chosen, error);
	call_fail(call, CREDENCE_CONFIG, "%s: %s", chosen, strerror(error));
	call_hint(call, "-C takes the folder that has credence.conf and profiles.d in it");
	return CREDENCE_CONFIG;
}

static credence_rc choose(struct credence_call *call, struct places *places, const char *chosen)
{
	const char *given = process_is_privileged() ? NULL : path_variable("CREDENCE_STATE_DIR");
	struct buf state = BUF_INIT;
	struct stat st;

	places->folder[PLACE_ADMIN] = realpath(chosen, NULL);
	if (places->folder[PLACE_ADMIN] == NULL || stat(places->folder[PLACE_ADMIN], &st) != 0)
		return no_folder(call, chosen, errno);
	if (!S_ISDIR(st.st_mode))
		return no_folder(call, chosen, ENOTDIR);
	places->chosen = true;
	if (given != NULL)
		buf_str(&state, given);
	else
		buf_strs(&state, places->folder[PLACE_ADMIN], "/state");
	places->admin_state = buf_take(&state);
	return places->admin_state != NULL ? CREDENCE_SUCCESS : call_oom(call);
}

static credence_rc find(struct credence_call *call, struct places *places)
{
	credence_rc rc = CREDENCE_SUCCESS;

	places->folder[PLACE_ADMIN] = strdup(CREDENCE_SYSCONFDIR);
	places->admin_state = strdup(CREDENCE_STATEDIR);
	if (places->folder[PLACE_ADMIN] == NULL || places->admin_state == NULL)
		return call_oom(call);
	if (process_is_privileged())
		return CREDENCE_SUCCESS;
	rc = xdg_path(call, "XDG_CONFIG_HOME", ".config", &places->folder[PLACE_USER]);
	if (rc == CREDENCE_SUCCESS)
		rc = user_state(call, &places->user_state);
	return rc;
}

credence_rc places_init(struct credence_call *call, struct places *places, const char *chosen)
{
	struct places made = {.chosen = false};
	credence_rc rc;

	rc = chosen != NULL ? choose(call, &made, chosen) : find(call, &made);
	if (rc != CREDENCE_SUCCESS)
		goto out;
	made.folder[PLACE_VENDOR] = strdup(CREDENCE_DATADIR);
	if (made.folder[PLACE_VENDOR] == NULL) {
		rc = call_oom(call);
		goto out;
	}
	*places = made;
	memset(&made, 0, sizeof(made)); /* transferred */
out:
	places_done(&made);
	return rc;
}

void places_done(struct places *places)
{
	for (int i = 0; i < PLACE_COUNT; i++)
		free(places->folder[i]);
	free(places->user_state);
	free(places->admin_state);
	memset(places, 0, sizeof(*places));
}

const char *places_state(const struct places *places, int place)
{
	return place == PLACE_USER ? places->user_state : places->admin_state;
}

const char *place_name(int place)
{
	static const char *const names[PLACE_COUNT] = {
	    [PLACE_USER] = "user", [PLACE_ADMIN] = "admin", [PLACE_VENDOR] = "vendor"};

	return place >= 0 && place < PLACE_COUNT ? names[place] : "unknown";
}
