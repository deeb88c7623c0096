/* SPDX-License-Identifier: MIT */
/* The HTTP servers: one a port, on 127.0.0.1 and nothing else. */
#ifndef SANDBOX_SERVER_H
#define SANDBOX_SERVER_H

#include "sandbox.h"
#include "tls.h"

enum { SERVERS = 1 + 2 * DC_COUNT };

struct server;

/* Takes the ports (consecutive from `port`, or free ones for 0) and fills in the origins of sb.
 * NULL with errno set when a port can't be had. */
struct server *server_bind(struct sandbox *sb, unsigned port, bool https);
/* Starts to serve; tls is NULL for plain http. */
bool server_start(struct server *server, const struct tls *tls);
/* Ends all connections and threads. Accepts NULL. */
void server_free(struct server *server);

#endif
