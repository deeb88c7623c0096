/* SPDX-License-Identifier: MIT */
/* Making and closing a stack, loading an entry's module; see stack.h. Running methods is in
 * invoke.c. */
#include "core/stack/stack.h"

#include "core/module/context.h"
#include "core/module/host.h"
#include "core/module/options.h"

#include <stdlib.h>
#include <string.h>

/* Takes over what stack->conf says. */
static credence_rc make_entries(struct credence_call *call, struct stack *stack, uint32_t role)
{
	unsigned i;

	stack->role = role;
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

credence_rc stack_init(struct credence_call *call, struct stack *stack,
		       const struct profile *profile, uint32_t role)
{
	credence_rc rc;

	memset(stack, 0, sizeof(*stack));
	rc = stack_conf_load(call, profile, role_name(role), &stack->conf);
	return rc == CREDENCE_SUCCESS ? make_entries(call, stack, role) : rc;
}

credence_rc entry_seals(struct credence_call *call, struct entry *entry,
			const struct profile *profile, struct stack **seals)
{
	struct stack *made;
	credence_rc rc;

	if (entry->seals == NULL) {
		made = calloc(1, sizeof(*made));
		if (made == NULL)
			return call_oom(call);
		rc = seal_conf_load(call, profile, entry->conf, &made->conf);
		if (rc == CREDENCE_SUCCESS)
			rc = make_entries(call, made, CREDENCE_ROLE_SEAL);
		if (rc != CREDENCE_SUCCESS) {
			free(made);
			return rc;
		}
		entry->seals = made;
	}
	*seals = entry->seals;
	return CREDENCE_SUCCESS;
}

void stack_done(struct credence_call *call, struct stack *stack)
{
	unsigned i;

	for (i = 0; i < stack->count; i++) {
		struct entry *entry = &stack->entry[i];

		if (entry->opened && entry->module->descriptor.close != NULL)
			entry->module->descriptor.close(entry->self);
		if (entry->seals != NULL)
			stack_done(call, entry->seals);
		free(entry->seals);
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
