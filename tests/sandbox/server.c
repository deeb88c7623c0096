/* SPDX-License-Identifier: MIT */
/* libmicrohttpd, one thread a connection: a request that hangs hinders no other. Reads requests
 * into struct request, has them served, and sends answers or does what a fault does to the
 * connection. */
#include "server.h"

#include "connection.h"
#include "route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BACKLOG = 1024,
	CONNECTIONS_MAX = 2048,
	CONNECTION_MEMORY = 128 * 1024, /* headers and URLs */
	IDLE_SECONDS = 60,
	STACK_SIZE = 256 * 1024,
};

struct origin {
	struct sandbox *sb;
	enum origin_kind kind;
	int dc;
	int fd; /* -1 once MHD owns it */
	struct MHD_Daemon *daemon;
};

struct server {
	struct origin origins[SERVERS];
};

static int listen_on(unsigned port, unsigned *bound)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	socklen_t len = sizeof(address);
	int on = 1, saved, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    listen(fd, BACKLOG) == 0 && getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
		*bound = ntohs(address.sin_port);
		return fd;
	}
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static void origin_init(struct origin *origin, struct sandbox *sb, int index)
{
	origin->sb = sb;
	origin->dc = index == 0 ? DC_NONE : (index - 1) / 2;
	origin->kind = index == 0 ? ORIGIN_CONTROL : index % 2 == 1 ? ORIGIN_ACCOUNTS : ORIGIN_API;
	origin->fd = -1;
}

static char *origin_url(struct sandbox *sb, const struct origin *origin)
{
	if (origin->kind == ORIGIN_CONTROL)
		return sb->control;
	return origin->kind == ORIGIN_ACCOUNTS ? sb->dcs[origin->dc].accounts
					       : sb->dcs[origin->dc].api;
}

struct server *server_bind(struct sandbox *sb, unsigned port, bool https)
{
	struct server *server = mem_calloc(1, sizeof(*server));
	unsigned bound = 0;
	int i, saved;

	for (i = 0; i < SERVERS; i++)
		origin_init(&server->origins[i], sb, i);
	for (i = 0; i < SERVERS; i++) {
		struct origin *origin = &server->origins[i];
		bool secure = https && origin->kind != ORIGIN_CONTROL;

		origin->fd = listen_on(port == 0 ? 0 : port + (unsigned)i, &bound);
		if (origin->fd < 0)
			goto out;
		snprintf(origin_url(sb, origin), ORIGIN_MAX, "%s://127.0.0.1:%u",
			 secure ? "https" : "http", bound);
		if (origin->dc != DC_NONE)
			sb->dcs[origin->dc].location = dc_locations[origin->dc];
	}
	return server;
out:
	saved = errno;
	server_free(server);
	errno = saved;
	return NULL;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *size, void **context)
{
	struct origin *origin = cls;
	struct request *rq = *context;

	(void)version;
	if (rq == NULL) {
		rq = connection_request(connection, method, url);
		rq->kind = origin->kind;
		rq->dc = origin->dc;
		*context = rq;
		return MHD_YES;
	}
	if (*size > 0) {
		connection_body(rq, data, *size);
		*size = 0;
		return MHD_YES;
	}
	connection_params(connection, rq);
	return connection_serve(origin->sb, connection, rq);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **context,
			 enum MHD_RequestTerminationCode code)
{
	const struct origin *origin = cls;
	struct request *rq = *context;

	(void)connection;
	(void)code;
	if (rq == NULL)
		return;
	if (rq->last)
		sandbox_stop(origin->sb);
	request_done(rq);
	free(rq);
	*context = NULL;
}

static bool origin_start(struct origin *origin, const struct tls *tls)
{
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
			 MHD_USE_POLL | MHD_USE_ITC;
	struct MHD_OptionItem options[] = {
	    {MHD_OPTION_LISTEN_SOCKET, origin->fd, NULL},
	    {MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, NULL},
	    {MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, NULL},
	    {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
	    {MHD_OPTION_THREAD_STACK_SIZE, STACK_SIZE, NULL},
	    {MHD_OPTION_END, 0, NULL}, /* for TLS, as the three below */
	    {MHD_OPTION_END, 0, NULL},
	    {MHD_OPTION_END, 0, NULL},
	    {MHD_OPTION_END, 0, NULL},
	};

	if (tls != NULL && origin->kind != ORIGIN_CONTROL) {
		flags |= MHD_USE_TLS;
		options[5] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, tls->key};
		options[6] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, tls->cert};
		/* Asks clients for a certificate, and serves those that have none as well. */
		options[7] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0, tls->ca};
	}
	origin->daemon =
	    MHD_start_daemon(flags, 0, NULL, NULL, on_request, origin, MHD_OPTION_NOTIFY_COMPLETED,
			     on_completed, origin, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
	if (origin->daemon != NULL)
		origin->fd = -1; /* transferred */
	return origin->daemon != NULL;
}

bool server_start(struct server *server, const struct tls *tls)
{
	int i;

	for (i = 0; i < SERVERS; i++)
		if (!origin_start(&server->origins[i], tls))
			return false;
	return true;
}

void server_free(struct server *server)
{
	int i;

	if (server == NULL)
		return;
	for (i = 0; i < SERVERS; i++) {
		struct origin *origin = &server->origins[i];

		if (origin->daemon != NULL)
			MHD_stop_daemon(origin->daemon);
		if (origin->fd >= 0)
			close(origin->fd);
	}
	free(server);
}
