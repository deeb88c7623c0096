/* SPDX-License-Identifier: MIT */
/* What the sandbox leaves in its folder for those who use it. */
#ifndef SANDBOX_FILES_H
#define SANDBOX_FILES_H

#include "sandbox.h"
#include "tls.h"

struct files {
	char *dir;
	bool made; /* a folder of our own, to be removed */
};

/* Takes the folder, making it if need be; NULL: a new one under $TMPDIR or /tmp. Says what failed.
 */
bool files_open(struct files *files, const char *dir);
/* provider.conf and env, with tls (not NULL) also ca.pem. */
bool files_write(const struct files *files, const struct sandbox *sb, const struct tls *tls);
/* Removes the files, and the folder if it was made for this run. */
void files_done(struct files *files);

#endif
