/* SPDX-License-Identifier: MIT */
/* For LD_PRELOAD: another machine, whose wall clock is $CREDENCE_TEST_CLOCK seconds from this
 * one's. Its boot has an id of its own, since boot time is not to be compared between machines; all
 * other clocks stay what they are. (libfaketime looks for its variable when it is asked the time,
 * and credence has dropped what it does not know by then.) */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

static time_t offset;

__attribute__((constructor)) static void read_offset(void)
{
	const char *text = getenv("CREDENCE_TEST_CLOCK");

	offset = text != NULL ? strtol(text, NULL, 10) : 0;
}

static int open_boot_id(void)
{
	int fd = memfd_create("boot_id", MFD_CLOEXEC);

	if (fd >= 0)
		dprintf(fd, "%08lx-0000-4000-8000-000000000000\n",
			(unsigned long)offset & 0xffffffff);
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

__attribute__((visibility("default"))) int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode = 0;

	if (strcmp(path, BOOT_ID) == 0)
		return open_boot_id();
	va_start(args, flags);
	if ((flags & (O_CREAT | __O_TMPFILE)) != 0)
		mode = va_arg(args, mode_t);
	va_end(args);
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t id, struct timespec *now)
{
	long r = syscall(SYS_clock_gettime, id, now);

	if (r == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		now->tv_sec += offset;
	return (int)r;
}

__attribute__((visibility("default"))) time_t time(time_t *then)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (then != NULL)
		*then = now.tv_sec;
	return now.tv_sec;
}

__attribute__((visibility("default"))) int gettimeofday(struct timeval *restrict then,
							void *restrict zone)
{
	struct timespec now;

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	then->tv_sec = now.tv_sec;
	then->tv_usec = now.tv_nsec / 1000;
	return 0;
}
