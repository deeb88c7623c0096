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
    {"seal", "sodium"}, /* of a back-up; stores have none */
};

static const char *absent_use(const char *role)
{
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		if (strcmp(absent[i].role, role) == 0)
			return absent[i].use;
	return NULL;
}

/* The setting that an entry stands in. */
static const char *stack_name(struct setting entry)
{
	const char *own = config_setting_name(entry.value);

	return own != NULL ? own : config_setting_name(config_setting_parent(entry.value));
}

static credence_rc fill_entry(struct credence_call *call, struct setting origin, const char *use,
			      const char *control, struct entry_conf *entry)
{
	const char *wrong = control_parse(control, &entry->control);

	if (wrong != NULL)
		return setting_fail(call, origin, "%s.control %s", stack_name(origin), wrong);
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

/* Not how it is asked, nor which keys seal. */
static bool is_option(const char *name)
{
	return strcmp(name, "use") != 0 && strcmp(name, "control") != 0 &&
	       strcmp(name, "seal") != 0;
}

/* Does b say all that a says? Without options there is nothing to say. */
static bool says_the_same(struct setting a, struct setting b)
{
	const struct setting none = {.value = NULL};
	unsigned i, count = a.value != NULL ? setting_count(a) : 0;
	bool same = true;

	for (i = 0; same && i < count; i++) {
		struct setting option = setting_element(a, i);
		const char *name = config_setting_name(option.value);

		same = !is_option(name) ||
		       setting_same(option, b.value != NULL ? setting_member(b, name) : none);
	}
	return same;
}

bool entry_conf_same(const struct entry_conf *a, const struct entry_conf *b)
{
	return strcmp(a->use, b->use) == 0 && says_the_same(a->options, b->options) &&
	       says_the_same(b->options, a->options);
}

/* A store is no cache of itself: the copy would have no refresh token. */
static credence_rc check_places(struct credence_call *call, const struct stack_conf *stores)
{
	for (unsigned i = 0; i < stores->count; i++)
		for (unsigned j = 0; j < i; j++)
			if (entry_conf_same(&stores->entry[i], &stores->entry[j])) {
				setting_fail(call, stores->entry[i].origin,
					     "two entries of store keep it in the same place");
				call_hint(call, "take one out, or give it a place of its own");
				return CREDENCE_CONFIG;
			}
	return CREDENCE_SUCCESS;
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
	if (rc == CREDENCE_SUCCESS && strcmp(role, "store") == 0)
		rc = check_places(call, &made);
	if (rc == CREDENCE_SUCCESS)
		*stack = made;
	else
		stack_conf_done(&made);
	return rc;
}

/* -- Seals -- */

const char *seal_conf_id(const struct entry_conf *seal)
{
	const char *id = NULL;

	if (strcmp(seal->use, SEAL_NONE_USE) == 0)
		return SEAL_NONE_ID;
	if (seal->options.value != NULL)
		id = setting_string(setting_member(seal->options, "id"));
	return id != NULL ? id : seal->use;
}

/* Each id names one seal, and fits where it is written down. */
static credence_rc check_seals(struct credence_call *call, const struct stack_conf *seals)
{
	for (unsigned i = 0; i < seals->count; i++) {
		const struct entry_conf *seal = &seals->entry[i];
		const char *id = seal_conf_id(seal);

		if (strlen(id) > SEAL_ID_MAX) {
			setting_fail(call, seal->origin, "the seal's id is longer than %d",
				     SEAL_ID_MAX);
			call_hint(call, "give it a shorter one, e.g. id = \"2026\"");
			return CREDENCE_CONFIG;
		}
		if (strcmp(id, SEAL_NONE_ID) == 0 && seal->options.value != NULL &&
		    setting_count(seal->options) > 1)
			return setting_fail(call, seal->origin,
					    "\"" SEAL_NONE_USE
					    "\" is no module: nothing but use can "
					    "stand beside it");
		for (unsigned j = 0; j < i; j++)
			if (strcmp(id, seal_conf_id(&seals->entry[j])) == 0) {
				setting_fail(call, seal->origin, "two seals are called \"%s\"", id);
				call_hint(call, "give each key an id, e.g. id = \"2026\"");
				return CREDENCE_CONFIG;
			}
	}
	return CREDENCE_SUCCESS;
}

credence_rc seal_conf_load(struct credence_call *call, const struct profile *profile,
			   const struct entry_conf *store, struct stack_conf *seals)
{
	struct setting setting = {.value = NULL};
	struct stack_conf made = {.count = 0};
	credence_rc rc = CREDENCE_SUCCESS;

	if (store->options.value != NULL)
		setting = setting_member(store->options, "seal");
	if (setting.value == NULL)
		setting = profile_own(profile, "seal");
	if (setting.value != NULL)
		rc = read_stack(call, setting, &made);
	if (rc == CREDENCE_SUCCESS)
		rc = check_seals(call, &made);
	if (rc == CREDENCE_SUCCESS)
		*seals = made;
	else
		stack_conf_done(&made);
	return rc;
}

const char *seal_conf_default(void)
{
	return absent_use("seal");
}

credence_rc seal_conf_single(struct credence_call *call, struct setting setting,
			     const char *passphrase, struct stack_conf *seals)
{
	struct stack_conf made = {.count = 0};
	credence_rc rc;

	if (setting.value != NULL) {
		rc = read_stack(call, setting, &made);
	} else {
		rc = make_room(call, 1, &made);
		if (rc == CREDENCE_SUCCESS)
			rc = fill_entry(call, setting, seal_conf_default(), NULL, &made.entry[0]);
	}
	if (rc != CREDENCE_SUCCESS) {
		stack_conf_done(&made);
		return rc;
	}
	if (passphrase != NULL) {
		made.entry[0].typed_name = "passphrase";
		made.entry[0].typed = passphrase;
	}
	*seals = made;
	return CREDENCE_SUCCESS;
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
