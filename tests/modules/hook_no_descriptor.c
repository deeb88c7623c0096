/* SPDX-License-Identifier: MIT */
/* A stub whose entry point gives no descriptor. */
#include <credence/module.h>

CREDENCE_EXPORT const struct credence_module *credence1_hook_no_descriptor(void);

const struct credence_module *credence1_hook_no_descriptor(void)
{
	return NULL;
}
