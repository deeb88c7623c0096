/* SPDX-License-Identifier: MIT */
/*
 * A small world for the tests of configuration: user, admin and vendor place in a folder of its
 * own, and a call whose error can be compared.
 */
#ifndef CREDENCE_TESTS_CONFIG_WORLD_H
#define CREDENCE_TESTS_CONFIG_WORLD_H

#include "core/call/call.h"
#include "core/config/profile.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct world {
	char root[64];
	struct places places;
	struct main_conf main;
	struct credence_call call;
};

static inline char *world_path(const struct world *world, const char *name)
{
	char *path = NULL;

	ck_assert_int_gt(asprintf(&path, "%s/%s", world->root, name), 0);
	return path;
}

/* Writes a file, and makes the folders that it needs. */
static inline void world_file(const struct world *world, const char *name, const char *text)
{
	char *path = world_path(world, name);
	FILE *file;

	for (char *slash = path + strlen(world->root) + 1; (slash = strchr(slash, '/')) != NULL;
	     slash++) {
		*slash = '\0';
		(void)mkdir(path, 0755);
		*slash = '/';
	}
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path, 0644), 0);
	free(path);
}

static inline void world_init(struct world *world)
{
	memset(world, 0, sizeof(*world));
	strcpy(world->root, "/tmp/credence-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(world->root));
	call_init(&world->call, NULL, NULL, 0, -1);
	world->places.folder[PLACE_USER] = world_path(world, "user");
	world->places.folder[PLACE_ADMIN] = world_path(world, "admin");
	world->places.folder[PLACE_VENDOR] = world_path(world, "vendor");
	world->places.user_state = world_path(world, "user-state");
	world->places.admin_state = world_path(world, "admin-state");
}

static inline void world_done(struct world *world)
{
	char command[128];

	main_conf_done(&world->main);
	places_done(&world->places);
	call_done(&world->call);
	(void)snprintf(command, sizeof(command), "rm -rf %s", world->root);
	ck_assert_int_eq(system(command), 0);
}

/* The call's error, without the world's own folder in front. */
static inline const char *world_error(const struct world *world)
{
	const char *message = world->call.failure.message;

	if (message == NULL)
		return "";
	if (strncmp(message, world->root, strlen(world->root)) == 0)
		message += strlen(world->root) + 1;
	return message;
}

static inline void world_load_main(struct world *world)
{
	ck_assert_int_eq(main_conf_load(&world->call, &world->places, NULL, false, &world->main),
			 CREDENCE_SUCCESS);
}

static inline struct profile *world_profile(struct world *world, const char *name)
{
	struct profile *profile = NULL;
	credence_rc rc;

	rc = profile_load(&world->call, &world->places, &world->main, name, NULL, false, &profile);
	ck_assert_msg(rc == CREDENCE_SUCCESS, "%s", world_error(world));
	return profile;
}

#endif
