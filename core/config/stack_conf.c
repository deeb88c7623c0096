/* SPDX-License-Identifier: MIT */
/*
 * Stacks as profiles write them, in any of their forms, as a list of entries. The modules' options
 * are not looked at here.
 */
#include "core/config/profile.h"

#include <stdlib.h>
#include <string.h>

/* What a stack is when nobody says anything. */
static const struct absent {
	const char *role, *use;
} absent[] = {
    {"resolver", "static"},
    {"store", "file"},
    {"transport", "curl"},
};

static const char *absent_use(const char *role)
{
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		if (strcmp(absent[i].role, role) == 0)
			return absent[i].use;
	return NULL;
}

static credence_rc fill_entry(struct credence_call *call, struct setting origin, const char *use,
			      const char *control, struct entry_conf *entry)
{
	const char *wrong = control_parse(control, &entry->control);

	if (wrong != NULL)
		return setting_fail(call, origin, "control %s", wrong);
	if (use == NULL)
		return setting_fail(call, origin, "entry lacks use");
	entry->origin = origin;
	entry->use = strdup(use);
	return entry->use != NULL ? CREDENCE_SUCCESS : call_oom(call);
}

/* A string, or a group with options. */
static credence_rc read_entry(struct credence_call *call, struct setting element,
			      struct entry_conf *entry)
{
	if (!config_setting_is_group(element.value))
		return fill_entry(call, element, setting_string(element), NULL, entry);
	entry->options = element;
	return fill_entry(call, element, setting_string(setting_member(element, "use")),
			  setting_string(setting_member(element, "control")), entry);
}

/* Room for count entries, which are as good as empty until they are filled. */
static credence_rc make_room(struct credence_call *call, unsigned count, struct stack_conf *stack)
{
	stack->entry = calloc(count, sizeof(*stack->entry));
	if (stack->entry == NULL)
		return call_oom(call);
	stack->count = count;
	return CREDENCE_SUCCESS;
}

static credence_rc read_stack(struct credence_call *call, struct setting setting,
			      struct stack_conf *stack)
{
	bool list = config_setting_is_array(setting.value) || config_setting_is_list(setting.value);
	unsigned count = list ? setting_count(setting) : 1;
	credence_rc rc;

	if (count == 0)
		return setting_fail(call, setting, "%s is an empty stack",
				    config_setting_name(setting.value));
	rc = make_room(call, count, stack);
	for (unsigned i = 0; rc == CREDENCE_SUCCESS && i < count; i++)
		rc = read_entry(call, list ? setting_element(setting, i) : setting,
				&stack->entry[i]);
	return rc;
}

static credence_rc absent_stack(struct credence_call *call, const struct profile *profile,
				const char *role, struct stack_conf *stack)
{
	const struct setting nowhere = {.value = NULL};
	const char *use = absent_use(role);
	credence_rc rc;

	if (strcmp(role, "grant") == 0) {
		setting_fail(call, conf_root(profile->conf),
			     "grant is missing, e.g. grant = \"NAME\";");
		call_hint(call, "credence module list shows the grants");
		return CREDENCE_CONFIG;
	}
	if (use == NULL)
		return CREDENCE_SUCCESS;
	rc = make_room(call, 1, stack);
	if (rc == CREDENCE_SUCCESS)
		rc = fill_entry(call, nowhere, use, NULL, &stack->entry[0]);
	return rc;
}

credence_rc stack_conf_load(struct credence_call *call, const struct profile *profile,
			    const char *role, struct stack_conf *stack)
{
	struct setting setting = profile_own(profile, role);
	struct stack_conf made = {.count = 0};
	credence_rc rc;

	if (setting.value != NULL)
		rc = read_stack(call, setting, &made);
	else
		rc = absent_stack(call, profile, role, &made);
	if (rc == CREDENCE_SUCCESS)
		*stack = made;
	else
		stack_conf_done(&made);
	return rc;
}

void stack_conf_done(struct stack_conf *stack)
{
	for (unsigned i = 0; i < stack->count; i++) {
		free(stack->entry[i].use);
		control_done(&stack->entry[i].control);
	}
	free(stack->entry);
	memset(stack, 0, sizeof(*stack));
}
