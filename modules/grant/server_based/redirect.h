/* SPDX-License-Identifier: MIT */
/*
 * The redirect URI (RFC 6749 section 3.1.2): where the browser brings the answer. Which one it is
 * in this login, and whether something that came is an answer to it. No sockets: those are in
 * listener.h.
 */
#ifndef CREDENCE_SERVER_BASED_REDIRECT_H
#define CREDENCE_SERVER_BASED_REDIRECT_H

#include <stdbool.h>

#define REDIRECT_MAX 1024

struct redirect {
	bool loopback;   /* the answer can come here by itself */
	bool ipv4, ipv6; /* loopback: the addresses to listen on */
	int port;        /* loopback; 0: one that is free */
	char host[16];   /* loopback: as it stands in the URI */
	char origin[64]; /* loopback: scheme, host and port, in this login; else empty */
	char target[REDIRECT_MAX + 2]; /* what follows the origin, at least "/" */
	char uri[REDIRECT_MAX + 96];   /* the whole, as it is sent */
};

/* Reads a redirect URI. any_port: the server takes any port of a loopback address (RFC 8252 section
 * 7.3), so that one without a port means whichever is free. NULL; else what is wrong with it. */
const char *redirect_parse(const char *uri, bool any_port, struct redirect *);

/* Decides the port of a redirect to a port that is free. */
void redirect_set_port(struct redirect *, int port);

/* The query of what a browser asked for, if that is the redirect's target and nothing else: target
 * is what stands in the request line. NULL: it is something else. */
const char *redirect_query(const struct redirect *, const char *target);
/* The same of what a person pasted: the whole address, or only what follows its "?". A fragment,
 * and blanks around it, are cut off in place. NULL: it is neither. */
const char *redirect_pasted(const struct redirect *, char *pasted);

#endif
