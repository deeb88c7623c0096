/* SPDX-License-Identifier: MIT */
/*
 * A program that is talked to: started without a shell from a file that nobody else could have
 * written, given lines on its standard input, heard line by line on its standard output, and gone
 * at the end with all that it left in its process group. What it says on standard error is handed
 * on, a line at a time. One thread at a time.
 */
#ifndef CREDENCE_OS_PROGRAM_H
#define CREDENCE_OS_PROGRAM_H

#include "core/call/call.h"
#include "core/os/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRAM_LINE_MAX ((size_t)1 << 20) /* a longer line is an error */

struct program;

/* One line of standard error: cut, printable, without its newline. */
typedef void program_tell(void *data, const char *line);

/* May it be run? An absolute path, which is checked as a trusted file is, up to /; links are
 * followed and checked. UNSAFE: somebody else could have written it; CONFIG: it is no absolute
 * path; ERROR: it is not there, or no file. */
credence_rc program_check(struct credence_call *, const char *path);
/* Of the environment as it was found, what a program gets: what may stay in that of a privileged
 * process, what identifies the user, and the variables that are named (NULL-terminated); PATH is
 * the system's own if this process is privileged. The list is the caller's to free, its strings are
 * not. NULL: out of memory. */
char **program_environment(const char *const names[]);

/* Starts argv[0] if program_check lets it. It gets three descriptors, a process group of its own,
 * the folder / to work in, and program_environment. SUCCESS: *program is the caller's to
 * program_free; else as program_check; ERROR: it can't be run. */
credence_rc program_start(struct credence_call *, char *const argv[], const char *const names[],
			  program_tell *tell, void *data, struct program **program);
/* Ends it, whatever it does: SIGTERM to the group, SIGKILL half a second later. Accepts NULL. */
void program_free(struct program *);

/* All of it to its standard input. SUCCESS; MISS: it has closed that; UNAVAIL: the deadline came
 * first; CANCELLED; ERROR. */
credence_rc program_write(struct credence_call *, struct program *, const void *bytes,
			  size_t length);
/* Its next line, without the newline, until the next call; it may hold NULs. What stands between
 * the last newline and the end is a line too. MISS: it has closed its standard output, or has
 * ended; ERROR: the line is too long, message set; UNAVAIL, CANCELLED as program_write. */
credence_rc program_read(struct credence_call *, struct program *, const char **line,
			 size_t *length);
/* Closes its standard input and waits for its end for a moment, then ends it. Its exit status, 128
 * + the number of the signal that ended it, or -1 if it had to be ended. */
int32_t program_end(struct credence_call *, struct program *);

/* The last line that it wrote to standard error, printable; NULL: none. */
const char *program_last_word(const struct program *);

#endif
