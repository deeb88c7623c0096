/* SPDX-License-Identifier: MIT */
/* Taking over a module's descriptor; see descriptor.h. */
#include "core/module/descriptor.h"

#include "core/module/options.h"
#include "core/module/role.h"
#include "core/os/text.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

static credence_rc bad(struct credence_call *call, const char *path, const char *what,
		       const char *name)
{
	call_fail_status(call, STATUS_MODULE, CREDENCE_ERROR, "%s: %s%s", path, what, name);
	call_hint(call, "the module is at fault: see credence-module(7)");
	return CREDENCE_ERROR;
}

/* What a newer or an older header may be to blame for. */
static credence_rc other_header(struct credence_call *call, const char *path, const char *what,
				const char *name)
{
	(void)bad(call, path, what, name);
	call_hint(call, "the module is at fault: rebuild it against this credence's header");
	return CREDENCE_ERROR;
}

static bool is_line(const char *text)
{
	if (text == NULL || text[0] == '\0')
		return false;
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

/* -- Options -- */

/* Names that mean something to the core in an entry, or will. */
static bool is_taken(uint32_t role, const char *name)
{
	return options_is_own(role, name) || strcmp(name, "isolate") == 0 ||
	       strcmp(name, "seal") == 0;
}

static bool is_type(uint32_t type)
{
	return type >= CREDENCE_STRING && type <= CREDENCE_KEY_FILE;
}

/* Would what stands in for an absent option pass if it stood in a profile? */
static bool is_fallback(const struct credence_option *option)
{
	const char *text = option->fallback;
	int64_t value;

	if (text == NULL)
		return true;
	switch (option->type) {
	case CREDENCE_NUMBER:
		return text_number(text, &value);
	case CREDENCE_BOOL:
		return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
	case CREDENCE_DURATION:
		return text_duration(text, &value);
	case CREDENCE_SECRET:
	case CREDENCE_KEY:
	case CREDENCE_ORIGINS:
	case CREDENCE_FILE:
	case CREDENCE_KEY_FILE:
		return false;
	default:
		return true;
	}
}

static const char *check_option(uint32_t role, const struct credence_option *option,
				const struct credence_option *before)
{
	if (!text_is_word(option->name))
		return "an option has a name that is none: ";
	if (is_taken(role, option->name))
		return "an option has a name that is credence's own: ";
	if (!is_fallback(option))
		return "the fallback is not of the option's type: ";
	for (; before != option; before++)
		if (strcmp(before->name, option->name) == 0)
			return "it declares an option twice: ";
	return NULL;
}

/* Copies the table, whose entries are as long as the module's header had them. */
static credence_rc copy_options(struct credence_call *call, const char *path,
				const struct credence_module *given, struct module *module)
{
	const char *first = (const char *)given->options, *at, *wrong;
	size_t stride = given->option_size, known = sizeof(*module->options), count = 0, i;

	if (first == NULL)
		return CREDENCE_SUCCESS;
	if (stride < option_size_1 || stride % alignof(struct credence_option) != 0)
		return other_header(call, path, "its option table is too small for ABI 1.0", "");
	for (at = first; ((const struct credence_option *)(const void *)at)->name != NULL;
	     at += stride)
		count++;
	module->options = calloc(count + 1, sizeof(*module->options));
	if (module->options == NULL)
		return call_oom(call);
	for (i = 0, at = first; i < count; i++, at += stride) {
		memcpy(&module->options[i], at, stride < known ? stride : known);
		if (!is_type(module->options[i].type))
			return other_header(call, path,
					    "this credence does not know the type of option ",
					    module->options[i].name);
		wrong = check_option(given->role, &module->options[i], module->options);
		if (wrong != NULL)
			return bad(call, path, wrong, module->options[i].name);
	}
	return CREDENCE_SUCCESS;
}

/* -- The descriptor -- */

static const char *check(const struct credence_module *given, uint32_t role, const char *name)
{
	if (given->role != role)
		return "it says that it has another role than its file's name";
	if (given->name == NULL || strcmp(given->name, name) != 0)
		return "it says that it has another name than its file's";
	if (!is_line(given->version) || !is_line(given->summary))
		return "it has no version or no summary of one line";
	if (given->ops.any == NULL)
		return "it has no methods";
	if (*(const uint32_t *)given->ops.any == 0)
		return "its table of methods does not say its size";
	return NULL;
}

/* As much of a structure that says its own size as both sides know. */
static void copy_known(void *ours, size_t size, const void *theirs)
{
	uint32_t given = *(const uint32_t *)theirs;

	memcpy(ours, theirs, given < size ? given : size);
}

credence_rc descriptor_copy(struct credence_call *call, const char *path, uint32_t role,
			    const char *name, const struct credence_module *given,
			    struct module *module)
{
	const char *wrong;
	credence_rc rc;

	if (given->size < descriptor_size_1)
		return other_header(call, path, "its descriptor is too small for ABI 1.0", "");
	wrong = check(given, role, name);
	if (wrong != NULL)
		return bad(call, path, wrong, "");
	if (*(const uint32_t *)given->ops.any < roles[role].ops_size_1)
		return other_header(call, path, "its table of methods is too small for ABI 1.0",
				    "");
	rc = copy_options(call, path, given, module);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	copy_known(&module->descriptor, sizeof(module->descriptor), given);
	copy_known(&module->ops, roles[role].ops_size, given->ops.any);
	module->descriptor.ops.any = &module->ops;
	module->descriptor.options = module->options;
	module->descriptor.option_size = sizeof(*module->options);
	module->role = role;
	wrong = roles[role].missing(module);
	return wrong == NULL ? CREDENCE_SUCCESS
			     : bad(call, path, "it lacks the mandatory method ", wrong);
}
