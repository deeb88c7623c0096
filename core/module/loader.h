/* SPDX-License-Identifier: MIT */
/*
 * Finding and loading modules. A name is looked for as ROLE_NAME.so in the module folders; an
 * absolute path is taken as it is if the configuration that names it is root's or the user's own.
 * Everything is checked before dlopen runs any code of the file, and the descriptor before the
 * first call. Modules are never unloaded.
 */
#ifndef CREDENCE_MODULE_LOADER_H
#define CREDENCE_MODULE_LOADER_H

#include "core/call/call.h"
#include "core/config/profile.h"

#include <pthread.h>

/* A loaded module: what both sides know of its descriptor and vtable, copied into structures of
 * ours. */
struct module {
	struct module *next;
	uint32_t role;
	char *name;                        /* as configured: name or path */
	char *path;                        /* of the file */
	struct credence_module descriptor; /* .ops and .options point to what follows */
	struct credence_option *options;   /* ends with a NULL name; NULL: none */
	union {
		struct credence_grant_ops grant;
		struct credence_resolver_ops resolver;
		struct credence_store_ops store;
		struct credence_seal_ops seal;
		struct credence_transport_ops transport;
		struct credence_hook_ops hook;
		struct credence_signer_ops signer;
	} ops;
};

/* All modules of one context. Thread safe. */
struct modules {
	pthread_mutex_t mutex;
	struct module *first;
	char **folders; /* NULL-terminated: credence.conf's modules.path, then the built-in one */
	char **allow;   /* modules.allow: ROLE_NAME or absolute paths; NULL: all */
};
/* CONFIG: modules.path has a folder that is not absolute. modules_done must follow in any case. */
credence_rc modules_init(struct credence_call *, struct modules *, const struct main_conf *);
void modules_done(struct modules *);

/* The module; loaded once. All failures are status 9 (MODULE) with rc ERROR, but UNSAFE (10) for a
 * file or folder that others may write and for what modules.allow leaves out, and CONFIG for a name
 * that is no name. Messages name the file and what to do; a missing one names the nearest that
 * there is. */
credence_rc module_load(struct credence_call *, struct modules *, uint32_t role, const char *use,
			const struct module **module);

/* For module list: the names of the role's modules that there are, sorted; free with
 * file_names_free. */
credence_rc module_names(struct credence_call *, struct modules *, uint32_t role, char ***names);

const char *role_name(uint32_t role); /* "grant", …; "?" */
uint32_t role_of_name(const char *);  /* 0: none */
#define ROLE_COUNT 8                  /* roles are 1 … ROLE_COUNT - 1 */

#endif
