/* SPDX-License-Identifier: MIT */
/* A stub whose descriptor is shorter than ABI 1.0 has it: what would follow must not be read. */
#include <credence/module.h>

static const struct {
	uint32_t size, role;
	const char *name;
} descriptor = {sizeof(descriptor), CREDENCE_ROLE_HOOK, "short"};

CREDENCE_EXPORT const struct credence_module *credence1_hook_short(void);

const struct credence_module *credence1_hook_short(void)
{
	return (const struct credence_module *)(const void *)&descriptor;
}
