/* SPDX-License-Identifier: MIT */
/* A stub that holds the name of its entry point but does not export it. */
#include <credence/module.h>

CREDENCE_EXPORT const char *credence_stub_name(void);

const char *credence_stub_name(void)
{
	static const char name[] = "\0credence1_hook_hidden";

	return name + 1;
}
