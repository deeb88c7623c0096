/* SPDX-License-Identifier: MIT */
/*
 * A module's options as they stand in an entry of a profile: checked against what the module
 * declares, and read. The group's own members (use, control) are not options.
 */
#ifndef CREDENCE_MODULE_OPTIONS_H
#define CREDENCE_MODULE_OPTIONS_H

#include "core/config/profile.h"
#include "core/module/loader.h"

/* Is it a member of a role's entry that the core has for itself, and no module may have? */
bool options_is_own(uint32_t role, const char *name);

/* Every option of the entry is declared, of its type, and none that is required is missing. With a
 * report each problem goes there; else the first is the call's error with FILE:LINE. */
credence_rc options_check(struct credence_call *, const struct module *, const struct entry_conf *,
			  const struct conf_report *);

/* The declaration, or NULL (a bug in the module, which is logged). */
const struct credence_option *options_declared(const struct module *, const char *name);
/* Text of the option or its fallback into text; false: absent, or of another type. */
bool options_text(const struct module *, const struct entry_conf *, const char *name,
		  struct buf *text);
bool options_item(const struct module *, const struct entry_conf *, const char *name,
		  unsigned index, struct buf *text);
int64_t options_number(const struct module *, const struct entry_conf *, const char *name);
/* Is the URL's origin one of those that a CREDENCE_ORIGINS lists? */
bool options_has_origin(const struct module *, const struct entry_conf *, const char *name,
			const char *url);
/* The path of a CREDENCE_FILE or CREDENCE_KEY_FILE, whose file is looked at; name NULL, or absent:
 * NULL. CONFIG: there is no such file; DENIED, UNSAFE, ERROR. */
credence_rc options_file(struct credence_call *, const struct module *, const struct entry_conf *,
			 const char *name, const char **path);
/* length NULL: as text (secret_read); else as bytes (secret_read_bytes). MISS: absent. */
credence_rc options_secret(struct credence_call *, const struct module *, const struct entry_conf *,
			   const char *name, size_t *length, char **value);

#endif
