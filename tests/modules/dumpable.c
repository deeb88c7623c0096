/* SPDX-License-Identifier: MIT */
/* For LD_PRELOAD: a process that stays dumpable, whatever it says. One that is not can be traced by
 * its own user, but of its memory and its descriptors strace then sees nothing unless it is root:
 * no path, and no text. */
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((visibility("default"))) int prctl(int option, ...)
{
	unsigned long argument[4];
	va_list args;

	if (option == PR_SET_DUMPABLE)
		return 0;
	va_start(args, option);
	for (int i = 0; i < 4; i++)
		argument[i] = va_arg(args, unsigned long);
	va_end(args);
	return (int)syscall(SYS_prctl, option, argument[0], argument[1], argument[2], argument[3]);
}
