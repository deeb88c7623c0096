/* SPDX-License-Identifier: MIT */
/* What resolvers put of a server, by name. */
#ifndef CREDENCE_MODULE_RESOLVED_H
#define CREDENCE_MODULE_RESOLVED_H

#include <stddef.h>

/* The index-th attribute of a server that a resolver puts and no record keeps: the endpoints that
 * provider data have, then what servers alone publish. NULL: there are no more. */
const char *resolved_name(size_t index);

#endif
