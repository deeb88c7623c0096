/* SPDX-License-Identifier: MIT */
/* Finding modules, and the list of those that are loaded; see loader.h. What is checked of a file
 * is in object.c, of a descriptor in descriptor.c. */
#include "core/module/loader.h"

#include "core/module/descriptor.h"
#include "core/module/object.h"
#include "core/os/file.h"
#include "core/os/text.h"

#include <stdlib.h>
#include <string.h>

#ifndef CREDENCE_MODULEDIR
#error "the build gives CREDENCE_MODULEDIR"
#endif

/* -- The folders -- */

static bool add(char ***list, unsigned *count, const char *text)
{
	char **grown = reallocarray(*list, *count + 2, sizeof(*grown));

	if (grown == NULL)
		return false;
	*list = grown;
	grown[*count] = strdup(text);
	if (grown[*count] == NULL)
		return false;
	grown[++*count] = NULL;
	return true;
}

/* A list that is there is a list, even with nothing in it. */
static credence_rc copy_list(struct credence_call *call, struct setting list, char ***copy,
			     unsigned *count)
{
	unsigned i, length = setting_count(list);

	*copy = calloc(1, sizeof(**copy));
	if (*copy == NULL)
		return call_oom(call);
	for (i = 0; i < length; i++)
		if (!add(copy, count, setting_string(setting_element(list, i))))
			return call_oom(call);
	return CREDENCE_SUCCESS;
}

/* A folder relative to wherever somebody happens to be would be anybody's. */
static credence_rc check_folders(struct credence_call *call, struct setting list)
{
	unsigned i, length = setting_count(list);

	for (i = 0; i < length; i++) {
		struct setting item = setting_element(list, i);

		if (setting_string(item)[0] != '/')
			return setting_fail(call, item,
					    "\"%s\" in modules.path is no absolute folder",
					    setting_string(item));
	}
	return CREDENCE_SUCCESS;
}

credence_rc modules_init(struct credence_call *call, struct modules *modules,
			 const struct main_conf *main)
{
	struct setting path = main_conf_find(main, "modules.path");
	struct setting allow = main_conf_find(main, "modules.allow");
	unsigned folders = 0, allowed = 0;
	credence_rc rc;

	pthread_mutex_init(&modules->mutex, NULL);
	rc = check_folders(call, path);
	if (rc == CREDENCE_SUCCESS)
		rc = copy_list(call, path, &modules->folders, &folders);
	if (rc == CREDENCE_SUCCESS && !add(&modules->folders, &folders, CREDENCE_MODULEDIR))
		rc = call_oom(call);
	if (rc == CREDENCE_SUCCESS && allow.value != NULL)
		rc = copy_list(call, allow, &modules->allow, &allowed);
	return rc;
}

/* -- Loading -- */

static void module_free(struct module *module)
{
	free(module->name);
	free(module->path);
	free(module->options);
	free(module); /* the shared object stays loaded, as it must */
}

void modules_done(struct modules *modules)
{
	struct module *module, *next;

	for (module = modules->first; module != NULL; module = next) {
		next = module->next;
		module_free(module);
	}
	file_names_free(modules->folders);
	file_names_free(modules->allow);
	pthread_mutex_destroy(&modules->mutex);
}

static credence_rc load(struct credence_call *call, uint32_t role, const char *name,
			const char *path, struct module *module)
{
	const struct credence_module *descriptor;
	struct buf symbol = BUF_INIT;
	credence_rc rc;

	_Static_assert(CREDENCE_ABI < 10, "one digit");
	buf_str(&symbol, "credence");
	buf_char(&symbol, (char)('0' + CREDENCE_ABI));
	buf_strs(&symbol, "_", role_name(role), "_", name);
	rc = buf_ok(&symbol) ? object_load(call, path, buf_text(&symbol), &descriptor)
			     : call_oom(call);
	if (rc == CREDENCE_SUCCESS)
		rc = descriptor_copy(call, path, role, name, descriptor, module);
	buf_done(&symbol);
	return rc;
}

/* -- Finding it -- */

/* ROLE_NAME.so in one of the folders. MISS: in none. */
static credence_rc find(struct credence_call *call, struct modules *modules, uint32_t role,
			const char *name, struct buf *path)
{
	unsigned i;

	for (i = 0; modules->folders[i] != NULL; i++) {
		buf_reset(path);
		buf_strs(path, modules->folders[i], "/", role_name(role), "_", name, ".so");
		if (!buf_ok(path))
			return call_oom(call);
		if (file_exists(buf_text(path)))
			return CREDENCE_SUCCESS;
	}
	return CREDENCE_MISS;
}

static credence_rc missing(struct credence_call *call, struct modules *modules, uint32_t role,
			   const char *name)
{
	struct buf folders = BUF_INIT;
	const char *nearest = NULL;
	char **names = NULL;
	unsigned i;

	for (i = 0; modules->folders[i] != NULL; i++)
		buf_printf(&folders, "%s%s", i > 0 ? ", " : "", modules->folders[i]);
	call_fail_status(call, STATUS_MODULE, CREDENCE_ERROR, "no module %s_%s in %s",
			 role_name(role), name, buf_text(&folders));
	buf_done(&folders);
	if (module_names(call, modules, role, &names) == CREDENCE_SUCCESS)
		nearest = text_nearest(name, (const char *const *)names);
	if (nearest != NULL)
		call_hint(call, "did you mean \"%s\"?", nearest);
	else
		call_hint(call, "credence module list shows what there is");
	file_names_free(names);
	return CREDENCE_ERROR;
}

/* NAME of a file ROLE_NAME.so; NULL: its name is not of that form. */
static char *name_in_file(const char *file, uint32_t role)
{
	const char *prefix = role_name(role);
	size_t length = strlen(file), n = strlen(prefix);
	char *name;

	if (length <= n + 4 || strncmp(file, prefix, n) != 0 || file[n] != '_' ||
	    strcmp(file + length - 3, ".so") != 0)
		return NULL;
	name = strndup(file + n + 1, length - n - 4);
	if (name != NULL && text_is_word(name))
		return name;
	free(name);
	return NULL;
}

static bool is_allowed(const struct modules *modules, uint32_t role, const char *use)
{
	size_t n = strlen(role_name(role)), i;

	if (modules->allow == NULL)
		return true;
	for (i = 0; modules->allow[i] != NULL; i++) {
		const char *allowed = modules->allow[i];

		if (strcmp(allowed, use) == 0 && use[0] == '/')
			return true;
		if (strncmp(allowed, role_name(role), n) == 0 && allowed[n] == '_' &&
		    strcmp(allowed + n + 1, use) == 0)
			return true;
	}
	return false;
}

static credence_rc resolve_use(struct credence_call *call, struct modules *modules, uint32_t role,
			       const char *use, char **name, struct buf *path)
{
	credence_rc rc;

	if (use[0] == '/') {
		*name = name_in_file(strrchr(use, '/') + 1, role);
		buf_str(path, use);
		if (*name != NULL)
			return buf_ok(path) ? CREDENCE_SUCCESS : call_oom(call);
		return call_fail(call, CREDENCE_CONFIG, "%s: a module's file is named %s_NAME.so",
				 use, role_name(role));
	}
	if (!text_is_word(use))
		return call_fail(call, CREDENCE_CONFIG,
				 "\"%s\" is no name of a module (a-z, 0-9 and _)", use);
	*name = strdup(use);
	if (*name == NULL)
		return call_oom(call);
	rc = find(call, modules, role, use, path);
	return rc == CREDENCE_MISS ? missing(call, modules, role, use) : rc;
}

static struct module *cached(const struct modules *modules, uint32_t role, const char *use)
{
	struct module *module;

	for (module = modules->first; module != NULL; module = module->next)
		if (module->role == role && strcmp(module->name, use) == 0)
			return module;
	return NULL;
}

static credence_rc load_new(struct credence_call *call, struct modules *modules, uint32_t role,
			    const char *use, struct module **ret)
{
	struct module *module = calloc(1, sizeof(*module));
	struct buf path = BUF_INIT;
	char *name = NULL;
	credence_rc rc;

	if (module == NULL)
		return call_oom(call);
	rc = resolve_use(call, modules, role, use, &name, &path);
	if (rc == CREDENCE_SUCCESS)
		rc = load(call, role, name, buf_text(&path), module);
	if (rc == CREDENCE_SUCCESS) {
		module->name = strdup(use);
		module->path = buf_take(&path);
		if (module->name == NULL || module->path == NULL)
			rc = call_oom(call);
	}
	free(name);
	buf_done(&path);
	if (rc == CREDENCE_SUCCESS) {
		*ret = module;
		return rc;
	}
	module_free(module);
	return rc;
}

credence_rc module_load(struct credence_call *call, struct modules *modules, uint32_t role,
			const char *use, const struct module **ret)
{
	struct module *module;
	credence_rc rc = CREDENCE_SUCCESS;

	if (!is_allowed(modules, role, use)) {
		call_fail(call, CREDENCE_UNSAFE, "%s %s is not in modules.allow of credence.conf",
			  role_name(role), use);
		call_hint(call, "if it should be loaded, add \"%s%s%s\" there",
			  use[0] == '/' ? "" : role_name(role), use[0] == '/' ? "" : "_", use);
		return CREDENCE_UNSAFE;
	}
	pthread_mutex_lock(&modules->mutex);
	module = cached(modules, role, use);
	if (module == NULL) {
		rc = load_new(call, modules, role, use, &module);
		if (rc == CREDENCE_SUCCESS) {
			module->next = modules->first;
			modules->first = module;
		}
	}
	pthread_mutex_unlock(&modules->mutex);
	if (rc == CREDENCE_SUCCESS)
		*ret = module;
	return rc;
}

/* -- Listing -- */

static bool has(char **names, const char *name)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Adds what one folder has. A folder that can't be read has nothing. */
static bool add_names(struct credence_call *call, const char *folder, uint32_t role, char ***names,
		      unsigned *count)
{
	struct credence_call quiet = {.context = call->context};
	char **files = NULL;
	bool ok = true;
	unsigned i;

	if (file_names(&quiet, folder, &files) != CREDENCE_SUCCESS) {
		call_done(&quiet);
		return true;
	}
	for (i = 0; ok && files[i] != NULL; i++) {
		char *name = name_in_file(files[i], role);

		ok = name == NULL || has(*names, name) || add(names, count, name);
		free(name);
	}
	file_names_free(files);
	return ok;
}

credence_rc module_names(struct credence_call *call, struct modules *modules, uint32_t role,
			 char ***ret)
{
	char **names = calloc(1, sizeof(*names));
	unsigned count = 0, i;
	bool ok = names != NULL;

	for (i = 0; ok && modules->folders[i] != NULL; i++)
		ok = add_names(call, modules->folders[i], role, &names, &count);
	if (!ok) {
		file_names_free(names);
		return call_oom(call);
	}
	qsort(names, count, sizeof(*names), compare);
	*ret = names;
	return CREDENCE_SUCCESS;
}
