/* SPDX-License-Identifier: MIT */
/* provider.conf (a provider file that points here), env (for shells), ca.pem. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = {"provider.conf", "env", "ca.pem", "client.pem"};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

static bool failed(const char *what, const char *path)
{
	fprintf(stderr, "credence-sandbox: %s: %s: %s\n", path, what, strerror(errno));
	return false;
}

/* The folder's name as it will be written into files: absolute. */
static bool set_dir(struct files *files, const char *path)
{
	files->dir = realpath(path, NULL);
	return files->dir != NULL || failed("can't be used", path);
}

bool files_open(struct files *files, const char *dir)
{
	const char *tmp = getenv("TMPDIR");
	struct text path = {0};
	bool ok;

	*files = (struct files){NULL, false};
	if (dir != NULL) {
		if (mkdir(dir, 0700) != 0 && errno != EEXIST)
			return failed("can't be made", dir);
		return set_dir(files, dir);
	}
	text_printf(&path, "%s/credence-sandbox.XXXXXX", tmp != NULL && *tmp == '/' ? tmp : "/tmp");
	files->made = mkdtemp(path.s) != NULL;
	ok = files->made ? set_dir(files, path.s) : failed("can't be made", path.s);
	text_done(&path);
	return ok;
}

/* Anew under a temporary name, so that a reader never sees half and no link is followed. */
static bool write_file(const struct files *files, const char *name, const struct text *content)
{
	struct text path = {0}, temporary = {0};
	bool ok = false;
	int fd;

	text_printf(&path, "%s/%s", files->dir, name);
	text_printf(&temporary, "%s.%ld", path.s, (long)getpid());
	unlink(temporary.s);
	fd = open(temporary.s, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0) {
		ok = write(fd, content->s, content->len) == (ssize_t)content->len;
		ok = close(fd) == 0 && ok && rename(temporary.s, path.s) == 0;
	}
	if (!ok) {
		failed("can't be written", path.s);
		unlink(temporary.s);
	}
	text_done(&temporary);
	text_done(&path);
	return ok;
}

/* A string of libconfig; paths may hold anything. */
static void add_string(struct text *text, const char *s)
{
	text_add(text, "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			text_add(text, "\\");
		text_add_mem(text, s, 1);
	}
	text_add(text, "\"");
}

static void provider_conf(struct text *text, const struct files *files, const struct sandbox *sb,
			  bool https)
{
	struct text path = {0};
	int dc;

	text_add(text,
		 "# Written by credence-sandbox: the provider \"zoho\", served on this machine.\n"
		 "extends = \"zoho\";\n"
		 "datacenters = (\n");
	for (dc = 0; dc < DC_COUNT; dc++)
		text_printf(text,
			    "\t{ location = \"%s\"; accounts_server = \"%s\"; api_domain = \"%s\"; "
			    "}%s\n",
			    dc_locations[dc], sb->dcs[dc].accounts, sb->dcs[dc].api,
			    dc + 1 < DC_COUNT ? "," : "");
	text_add(text, ");\n");
	if (https) {
		text_printf(&path, "%s/ca.pem", files->dir);
		text_add(text, "http = { ca_file = ");
		add_string(text, path.s);
		text_add(text, "; };\n");
		text_done(&path);
	}
}

/* NAME='value' for a shell. */
static void add_variable(struct text *text, const char *name, const char *value)
{
	text_printf(text, "%s='", name);
	for (; *value != '\0'; value++) {
		if (*value == '\'')
			text_add(text, "'\\''");
		else
			text_add_mem(text, value, 1);
	}
	text_add(text, "'\n");
}

static void env_file(struct text *text, const struct files *files, const struct sandbox *sb)
{
	char name[32];
	int dc;

	add_variable(text, "SANDBOX_CONTROL", sb->control);
	add_variable(text, "SANDBOX_DIR", files->dir);
	add_variable(text, "SANDBOX_CLIENT_ID", sb->ready.id);
	for (dc = 0; dc < DC_COUNT; dc++) {
		snprintf(name, sizeof(name), "SANDBOX_ACCOUNTS_%s", dc_locations[dc]);
		add_variable(text, name, sb->dcs[dc].accounts);
		snprintf(name, sizeof(name), "SANDBOX_API_%s", dc_locations[dc]);
		add_variable(text, name, sb->dcs[dc].api);
		snprintf(name, sizeof(name), "SANDBOX_SECRET_%s", dc_locations[dc]);
		add_variable(text, name, sb->ready.secrets[dc]);
	}
}

bool files_write(const struct files *files, const struct sandbox *sb, const struct tls *tls)
{
	struct text text = {0};
	bool ok;

	provider_conf(&text, files, sb, tls != NULL);
	ok = write_file(files, "provider.conf", &text);
	text_done(&text);
	env_file(&text, files, sb);
	ok = ok && write_file(files, "env", &text);
	text_done(&text);
	if (tls != NULL) {
		text_add(&text, tls->ca);
		ok = ok && write_file(files, "ca.pem", &text);
		text_done(&text);
		text_add(&text, tls->client);
		ok = ok && write_file(files, "client.pem", &text);
		text_done(&text);
	}
	return ok;
}

void files_done(struct files *files)
{
	struct text path = {0};
	size_t i;

	for (i = 0; files->dir != NULL && i < NAMES; i++) {
		text_printf(&path, "%s/%s", files->dir, names[i]);
		unlink(path.s);
		text_done(&path);
	}
	if (files->made && files->dir != NULL)
		rmdir(files->dir);
	free(files->dir);
	*files = (struct files){NULL, false};
}
