/* SPDX-License-Identifier: MIT */
/*
 * What a provider says of its data centres: an object whose member locations has an accounts server
 * for each location. Got and kept as document.h has it; who may be believed is for the resolver to
 * say.
 */
#ifndef CREDENCE_RESOLVER_SERVERINFO_H
#define CREDENCE_RESOLVER_SERVERINFO_H

#include "document.h"

struct serverinfo_row {
	const char *location;
	const char *accounts_server;
};

/* From the setting serverinfo_endpoint, at that server if it is relative. *info is the caller's to
 * json_object_put. SUCCESS; CONFIG: it is not set, or not there; UNAVAIL; UNSAFE; ERROR. */
credence_rc serverinfo_get(const struct credence_host *, struct credence_call *,
			   const char *accounts_server, struct json_object **info);

/* The index-th location; strings are the object's. false: there are no more. */
bool serverinfo_read(struct json_object *info, unsigned index, struct serverinfo_row *);

#endif
