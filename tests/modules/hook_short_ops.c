/* SPDX-License-Identifier: MIT */
/* A stub whose table of methods is shorter than ABI 1.0 has it. */
#include <credence/module.h>

static const struct {
	uint32_t size, flags;
} ops = {.size = sizeof(ops)};

CREDENCE_HOOK(short_ops, (const struct credence_hook_ops *)(const void *)&ops, .version = "1.0",
	      .summary = "lacks the end of its table");
