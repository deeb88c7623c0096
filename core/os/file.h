/* SPDX-License-Identifier: MIT */
/*
 * Safe files: whatever credence reads or writes goes through here, checked by descriptor and never
 * by a path that could change meanwhile. Two kinds:
 *
 * - private: records, locks, slots. A regular file with one link, mode 0600 (no access for others),
 *   owned by this user; never reached through a link; its folder owned by this user or root and
 *   writable by nobody else (no sticky folders).
 * - trusted: configuration, certificates, modules. Owned by root or this user, not writable by
 *   others; may be a link, then the link, every folder on the way and the target are checked.
 *   Secrets in trusted files must besides not be readable by others.
 *
 * Answers: SUCCESS; MISS: not there; DENIED: this user may not (EACCES); UNSAFE: somebody else
 * could have written or read it; ERROR: anything else, with errno's text. The message is set on the
 * call and names the path.
 */
#ifndef CREDENCE_OS_FILE_H
#define CREDENCE_OS_FILE_H

#include "core/call/call.h"
#include "core/os/buf.h"

#include <stdbool.h>
#include <stddef.h>

#define FILE_MAX ((size_t)1 << 20) /* larger files are refused */

/* Opens the folder of private files and checks it by descriptor. make: creates it (0700), and its
 * parents, if it is missing. *fd is the caller's to close. */
credence_rc file_open_folder(struct credence_call *, const char *path, bool make, int *fd);

/* Reads a private file whole, relative to a folder's descriptor; adds to content (make it secret).
 * path is the full name, for messages. */
credence_rc file_read_private(struct credence_call *, int folder, const char *name,
			      const char *path, struct buf *content);

/* Replaces a private file: temporary file in the same folder, fsync, rename, fsync of the folder.
 * On anything but SUCCESS the old content is still there, unless it was the last of these steps
 * that failed: then the new one is, and a power failure may bring the old one back. */
credence_rc file_replace_private(struct credence_call *, int folder, const char *name,
				 const char *path, const void *bytes, size_t length);

/* Removes it, and what killed writers of it left, whatever its age; fsyncs the folder. Call it
 * while holding the lock that the writers hold. */
credence_rc file_remove_private(struct credence_call *, int folder, const char *name,
				const char *path);

/* Opens a lock file or the like for writing: creates it 0600 if it is missing. */
credence_rc file_open_private(struct credence_call *, int folder, const char *name,
			      const char *path, int *fd);

/* Removes temporary files that a killed writer left in the folder (ours by name and owner, older
 * than ten minutes). Call it while holding the lock that the writers hold. */
void file_sweep(int folder);

#define FILE_SECRET 0x1u /* others must not read it either */
#define FILE_WALK   0x2u /* check every folder up to /, and every link on the way */
/* Reads a trusted file whole; adds to content. Without FILE_WALK the file and its own folder are
 * checked by descriptor, which is what a hit can afford. */
credence_rc file_read_trusted(struct credence_call *, const char *path, unsigned flags,
			      struct buf *content);

/* Reads what is left of an open file, at most FILE_MAX bytes, and adds it to content, which stays
 * as it was on failure. Checks nothing; path is for messages. */
credence_rc file_read_open(struct credence_call *, int fd, const char *path, struct buf *content);

/* Checks every folder from / to path, and path itself, following and checking links: owned by root
 * or this user, not writable by others (a sticky root-owned folder passes as an ancestor, but not
 * as the folder that holds a file). */
credence_rc file_check_path(struct credence_call *, const char *path);

/* Is there something at path (links followed)? No checks. */
bool file_exists(const char *path);

/* Names in a folder, sorted, without "." and ".."; a folder that is not there has none. *names is a
 * NULL-terminated array; free with file_names_free. */
credence_rc file_names(struct credence_call *, const char *path, char ***names);
void file_names_free(char **names);

#endif
