/* SPDX-License-Identifier: MIT */
/* A stub that is of another ABI, as its symbol says. */
#include <credence/module.h>

CREDENCE_EXPORT const struct credence_module *credence2_hook_other_abi(void);

const struct credence_module *credence2_hook_other_abi(void)
{
	return NULL;
}
