/* SPDX-License-Identifier: MIT */
/*
 * Taking over a module's descriptor: checked against the ABI, then copied, as far as both sides
 * know it, into structures of ours. Nothing of the module is called.
 */
#ifndef CREDENCE_MODULE_DESCRIPTOR_H
#define CREDENCE_MODULE_DESCRIPTOR_H

#include "core/module/loader.h"

/* Fills role, descriptor, options and ops of module. ERROR (status 9), naming path and what is
 * wrong; options may be there all the same, for whoever frees the module. */
credence_rc descriptor_copy(struct credence_call *, const char *path, uint32_t role,
			    const char *name, const struct credence_module *, struct module *);

#endif
