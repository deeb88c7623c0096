/* SPDX-License-Identifier: MIT */
/* The members of a record that are plain strings: name in JSON, member of struct record, whether a
 * record without it is none. */
#ifndef CREDENCE_RECORD_MEMBERS_H
#define CREDENCE_RECORD_MEMBERS_H

#define RECORD_TEXTS(X)                                                                            \
	X(credential, false)                                                                       \
	X(id, true)                                                                                \
	X(parent, false)                                                                           \
	X(grant, false)                                                                            \
	X(provider, true)                                                                          \
	X(client_id, true)                                                                         \
	X(owner, false)                                                                            \
	X(scope, false)                                                                            \
	X(location, false)                                                                         \
	X(accounts_server, false)                                                                  \
	X(api_domain, false)                                                                       \
	X(location_source, false)                                                                  \
	X(scheme, false)                                                                           \
	X(renewal, false)                                                                          \
	X(client_check, false)

#endif
