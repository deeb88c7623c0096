/* SPDX-License-Identifier: MIT */
/* For LD_PRELOAD: another machine, whose name is $CREDENCE_TEST_HOST. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((visibility("default"))) int gethostname(char *name, size_t size)
{
	const char *host = getenv("CREDENCE_TEST_HOST");

	if (host == NULL || strlen(host) >= size) {
		errno = host == NULL ? EINVAL : ENAMETOOLONG;
		return -1;
	}
	memcpy(name, host, strlen(host) + 1);
	return 0;
}
