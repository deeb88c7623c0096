/* SPDX-License-Identifier: MIT */
/* A stub that is no module, and leaves a trace if it is loaded nevertheless. */
#include <credence/module.h>

#include <stdlib.h>

__attribute__((constructor)) static void leave_a_trace(void)
{
	(void)setenv("CREDENCE_STUB_RAN", "hook_no_symbol", 1);
}

CREDENCE_EXPORT const struct credence_module *credence1_hook_somewhere_else(void);

const struct credence_module *credence1_hook_somewhere_else(void)
{
	return NULL;
}
