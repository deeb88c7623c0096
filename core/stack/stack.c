/* SPDX-License-Identifier: MIT */
/* Making and closing a stack, loading an entry's module; see stack.h. Running methods is in
 * invoke.c. */
#include "core/stack/stack.h"

#include "core/module/host.h"
#include "core/module/options.h"
#include "core/session/context.h"

#include <stdlib.h>
#include <string.h>

credence_rc stack_init(struct credence_call *call, struct stack *stack,
		       const struct profile *profile, uint32_t role)
{
	unsigned i;
	credence_rc rc;

	memset(stack, 0, sizeof(*stack));
	stack->role = role;
	rc = stack_conf_load(call, profile, role_name(role), &stack->conf);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	stack->entry = calloc(stack->conf.count + 1, sizeof(*stack->entry));
	if (stack->entry == NULL) {
		stack_conf_done(&stack->conf);
		return call_oom(call);
	}
	stack->count = stack->conf.count;
	for (i = 0; i < stack->count; i++) {
		stack->entry[i].conf = &stack->conf.entry[i];
		stack->entry[i].role = role;
	}
	return CREDENCE_SUCCESS;
}

void stack_done(struct credence_call *call, struct stack *stack)
{
	unsigned i;

	(void)call;
	for (i = 0; i < stack->count; i++) {
		struct entry *entry = &stack->entry[i];

		if (entry->opened && entry->module->descriptor.close != NULL)
			entry->module->descriptor.close(entry->self);
	}
	free(stack->entry);
	stack_conf_done(&stack->conf);
	memset(stack, 0, sizeof(*stack));
}

credence_rc entry_load(struct credence_call *call, struct entry *entry)
{
	const struct module *module;
	credence_rc rc;

	if (entry->module != NULL)
		return CREDENCE_SUCCESS;
	rc = module_load(call, &call->context->modules, entry->role, entry->conf->use, &module);
	if (rc == CREDENCE_SUCCESS)
		rc = options_check(call, module, entry->conf, NULL);
	if (rc == CREDENCE_SUCCESS)
		entry->module = module;
	return rc;
}
