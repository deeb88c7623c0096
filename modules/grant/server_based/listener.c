/* SPDX-License-Identifier: MIT */
/*
 * Waiting for the browser; see listener.h. Whatever is not the answer to this login gets a page
 * that says so and does not end the waiting: another path, another name for this host (a page
 * elsewhere may let a name of its own lead to 127.0.0.1), another method, another state.
 */
#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG           64
#define CONNECTIONS_MAX   64                 /* at once; the oldest makes room for the next */
#define CONNECTION_MEMORY ((size_t)32 << 10) /* of headers; a code may have 8 KiB */
#define IDLE_SECONDS      5u                 /* that a client may leave us waiting */
#define REQUEST_MS        10000              /* that it may take for all of its request */
#define POLL_MS           100
#define FAREWELL_MS       2000 /* that a browser has to take the last page */
#define PORT_TRIES        16   /* to find one that is free on both addresses */

/* Whoever is connected. */
struct peer {
	struct MHD_Connection *connection; /* NULL: nobody */
	int fd;
	int64_t since; /* ms */
};

struct listener {
	const struct credence_host *host;
	struct credence_call *call;
	const struct redirect *redirect;
	const char *state, *profile;
	struct MHD_Daemon *daemon[2];
	int count;
	struct peer peer[2 * CONNECTIONS_MAX]; /* some are closed, and not yet gone */
	struct answer answer;
	bool answered;
	struct MHD_Connection *held; /* of the browser that brought the answer; NULL: none waits */
	bool decided;                /* last is to be shown */
	enum page last;
};

static int64_t clock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* -- Connections -- */

/* Somebody who opens many, or is slow on purpose, must not keep the browser out: it says all that
 * it has to say at once. */

static void hang_up(struct peer *peer)
{
	(void)shutdown(peer->fd, SHUT_RDWR);
	peer->fd = -1;
}

/* Closes those that take too long, and the oldest if there are too many. */
static void make_room(struct listener *listener)
{
	struct peer *oldest = NULL;
	int64_t now = clock_ms();
	int open = 0;

	for (size_t i = 0; i < sizeof(listener->peer) / sizeof(listener->peer[0]); i++) {
		struct peer *peer = &listener->peer[i];

		if (peer->connection == NULL || peer->fd < 0 || peer->connection == listener->held)
			continue;
		if (now - peer->since >= REQUEST_MS) {
			hang_up(peer);
			continue;
		}
		open++;
		if (oldest == NULL || peer->since < oldest->since)
			oldest = peer;
	}
	if (open > CONNECTIONS_MAX)
		hang_up(oldest);
}

static void on_connection(void *data, struct MHD_Connection *connection, void **place,
			  enum MHD_ConnectionNotificationCode what)
{
	struct listener *listener = data;
	const union MHD_ConnectionInfo *info;
	struct peer *peer = *place;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (peer != NULL)
			peer->connection = NULL;
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	for (size_t i = 0; i < sizeof(listener->peer) / sizeof(listener->peer[0]); i++) {
		if (info == NULL || listener->peer[i].connection != NULL)
			continue;
		*place = &listener->peer[i];
		listener->peer[i] = (struct peer){connection, info->connect_fd, clock_ms()};
		break;
	}
	make_room(listener);
}

/* -- Requests -- */

/* One request, from its first line to its end. */
struct asked {
	char *target; /* as it stands in the request line */
};

static void *on_request_line(void *data, const char *uri, struct MHD_Connection *connection)
{
	struct asked *asked = malloc(sizeof(*asked));

	(void)data;
	(void)connection;
	if (asked != NULL)
		asked->target = strdup(uri);
	return asked;
}

static void on_end(void *data, struct MHD_Connection *connection, void **request,
		   enum MHD_RequestTerminationCode how)
{
	struct listener *listener = data;
	struct asked *asked = *request;

	(void)how;
	if (listener->held == connection)
		listener->held = NULL;
	if (asked == NULL)
		return;
	if (asked->target != NULL)
		explicit_bzero(asked->target, strlen(asked->target));
	free(asked->target);
	free(asked);
	*request = NULL;
}

/* The port of http goes without saying (RFC 9110 section 4.2.3). */
static bool is_without_port(const char *host, const char *own)
{
	size_t length = strlen(host);

	return strncasecmp(host, own, length) == 0 && strcmp(own + length, ":80") == 0;
}

/* Was it asked for by the name that the redirect URI has? */
static bool by_our_name(const struct listener *listener, struct MHD_Connection *connection)
{
	const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
	const char *origin = listener->redirect->origin, *own = strstr(origin, "://");

	return host != NULL && own != NULL &&
	       (strcasecmp(host, own + 3) == 0 || is_without_port(host, own + 3));
}

/* Is it the answer? Else the page to show. */
static bool take(struct listener *listener, struct MHD_Connection *connection, const char *method,
		 const char *target, enum page *page)
{
	const char *query = redirect_query(listener->redirect, target);

	if (!by_our_name(listener, connection))
		*page = PAGE_HOST;
	else if (query == NULL)
		*page = PAGE_NOTHING;
	else if (strcmp(method, "GET") != 0)
		*page = PAGE_METHOD;
	else if (listener->answered || !answer_read(&listener->answer, query, listener->state))
		*page = PAGE_STRANGE;
	else
		return true;
	return false;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *body,
				  size_t *body_size, void **request)
{
	struct listener *listener = data;
	const struct asked *asked = *request;
	enum page page = PAGE_NOTHING;

	(void)url;
	(void)version;
	(void)body;
	(void)body_size;
	if (listener->held == connection)
		return listener->decided ? page_queue(connection, listener->last, listener->profile)
					 : MHD_YES;
	if (asked == NULL || asked->target == NULL)
		return MHD_NO;
	if (!take(listener, connection, method, asked->target, &page))
		return page_queue(connection, page, listener->profile);
	listener->answered = true;
	listener->held = connection;
	MHD_suspend_connection(connection);
	return MHD_YES;
}

/* -- Listening -- */

static const char *address_text(bool ipv6)
{
	return ipv6 ? "[::1]" : "127.0.0.1";
}

static int bind_loopback(bool ipv6, int port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
				  .sin6_port = htons((uint16_t)port),
				  .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	const struct sockaddr *address = (const struct sockaddr *)&v4;
	socklen_t length = sizeof(v4);
	int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, error;

	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (ipv6) {
		address = (const struct sockaddr *)&v6;
		length = sizeof(v6);
	}
	if (fd < 0)
		return -1;
	/* Connections of the login before may still be closing. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, address, length) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &length) != 0)
		return 0;
	return ntohs(address.ss_family == AF_INET6
			 ? ((const struct sockaddr_in6 *)&address)->sin6_port
			 : ((const struct sockaddr_in *)&address)->sin_port);
}

/* A machine may do without one of the two. */
static bool has_no_such_address(int error)
{
	return error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

/* Binds all of the redirect's addresses to one port, fds[n] = -1 for what is not there. On failure
 * errno and *ipv6 tell which. A port that is free on one address only is not ours: somebody else
 * could get the answer. */
static bool bind_all(const struct redirect *redirect, int port, int fds[2], bool *ipv6)
{
	const bool wanted[2] = {redirect->ipv4, redirect->ipv6};
	int bound = 0, error = 0;

	fds[0] = fds[1] = -1;
	for (int i = 0; i < 2; i++) {
		if (!wanted[i])
			continue;
		fds[i] = bind_loopback(i == 1, port);
		if (fds[i] >= 0) {
			bound++;
			port = port != 0 ? port : port_of(fds[i]);
			continue;
		}
		*ipv6 = i == 1;
		error = errno;
		if (!has_no_such_address(error))
			break;
	}
	if (bound > 0 && (error == 0 || has_no_such_address(error)))
		return true;
	if (fds[0] >= 0)
		close(fds[0]);
	fds[0] = -1;
	errno = error;
	return false;
}

static credence_rc cannot_listen(const struct listener *listener, bool ipv6, int error)
{
	const struct redirect *redirect = listener->redirect;
	char message[160], hint[160];

	(void)snprintf(message, sizeof(message), "can't listen on %s port %d: %s",
		       address_text(ipv6), redirect->port, strerror(error));
	(void)snprintf(
	    hint, sizeof(hint),
	    error == EADDRINUSE
		? "another login may be waiting; ss -ltnp sport = :%d shows who has the "
		  "port; or log in with --paste"
		: "the port %d is the one of client.redirect_uri; or log in with --paste",
	    redirect->port);
	return listener->host->fail(listener->call, CREDENCE_UNAVAIL, "listen", message, hint);
}

static bool serve(struct listener *listener, int fd)
{
	struct MHD_Daemon *daemon = MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, listener,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, 2 * CONNECTIONS_MAX,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT,
	    IDLE_SECONDS, MHD_OPTION_URI_LOG_CALLBACK, on_request_line, listener,
	    MHD_OPTION_NOTIFY_COMPLETED, on_end, listener, MHD_OPTION_NOTIFY_CONNECTION,
	    on_connection, listener, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);

	if (daemon == NULL)
		return false;
	listener->daemon[listener->count++] = daemon;
	return true;
}

static credence_rc start(struct listener *listener, const int fds[2])
{
	bool ok = true;

	for (int i = 0; i < 2; i++) {
		if (fds[i] < 0)
			continue;
		if (ok)
			ok = serve(listener, fds[i]);
		/* What a daemon was given is closed with it. */
		if (!ok)
			close(fds[i]);
	}
	return ok ? CREDENCE_SUCCESS
		  : listener->host->fail(listener->call, CREDENCE_ERROR, NULL,
					 "the server for the browser's answer does not start",
					 "log in with --paste");
}

credence_rc listener_open(const struct credence_host *host, struct credence_call *call,
			  struct redirect *redirect, const char *state, struct listener **ret)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	int tries = redirect->port == 0 ? PORT_TRIES : 1, fds[2];
	bool ipv6 = false, bound = false;
	credence_rc rc;

	if (listener == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	listener->host = host;
	listener->call = call;
	listener->redirect = redirect;
	listener->state = state;
	listener->profile = host->attribute(call, "profile");
	if (listener->profile == NULL)
		listener->profile = "PROFILE";
	while (!bound && tries-- > 0)
		bound = bind_all(redirect, redirect->port, fds, &ipv6);
	if (bound && redirect->port == 0)
		redirect_set_port(redirect, port_of(fds[0] >= 0 ? fds[0] : fds[1]));
	rc = bound ? start(listener, fds) : cannot_listen(listener, ipv6, errno);
	if (rc == CREDENCE_SUCCESS)
		*ret = listener;
	else
		listener_close(listener);
	return rc;
}

/* -- Waiting -- */

/* Serves whoever is there, for a moment. */
static void turn(struct listener *listener, int most)
{
	struct pollfd fds[2];

	for (int i = 0; i < listener->count; i++) {
		const union MHD_DaemonInfo *info =
		    MHD_get_daemon_info(listener->daemon[i], MHD_DAEMON_INFO_EPOLL_FD);
		MHD_UNSIGNED_LONG_LONG timeout;

		fds[i] =
		    (struct pollfd){.fd = info != NULL ? info->epoll_fd : -1, .events = POLLIN};
		if (MHD_get_timeout(listener->daemon[i], &timeout) == MHD_YES &&
		    timeout < (MHD_UNSIGNED_LONG_LONG)most)
			most = (int)timeout;
	}
	(void)poll(fds, (nfds_t)listener->count, most);
	for (int i = 0; i < listener->count; i++)
		(void)MHD_run(listener->daemon[i]);
}

static void stop_listening(struct listener *listener)
{
	for (int i = 0; i < listener->count; i++) {
		MHD_socket fd = MHD_quiesce_daemon(listener->daemon[i]);

		if (fd != MHD_INVALID_SOCKET)
			close(fd);
	}
}

credence_rc listener_wait(struct listener *listener, int64_t until, struct answer *answer)
{
	const struct credence_host *host = listener->host;
	credence_rc rc = CREDENCE_SUCCESS;

	while (rc == CREDENCE_SUCCESS && !listener->answered) {
		turn(listener, POLL_MS);
		/* Ctrl-C and the call's deadline, and whoever shows that we wait. */
		rc = host->wait(listener->call, 0);
		make_room(listener);
		if (rc == CREDENCE_SUCCESS && !listener->answered &&
		    host->now(listener->call) >= until)
			rc = CREDENCE_UNAVAIL;
	}
	stop_listening(listener);
	if (rc == CREDENCE_UNAVAIL)
		return host->fail(
		    listener->call, rc, "no_answer", "no answer came from the browser in time",
		    "if the browser showed an error, credence explain \"ITS WORDS\" may "
		    "know it; else credence login PROFILE again");
	if (rc != CREDENCE_SUCCESS)
		return rc;
	*answer = listener->answer;
	memset(&listener->answer, 0, sizeof(listener->answer)); /* transferred */
	return CREDENCE_SUCCESS;
}

void listener_tell(struct listener *listener, enum page page)
{
	int64_t end = clock_ms() + FAREWELL_MS;

	listener->last = page;
	listener->decided = true;
	if (listener->held != NULL)
		MHD_resume_connection(listener->held);
	while (listener->held != NULL && clock_ms() < end)
		turn(listener, POLL_MS);
}

void listener_close(struct listener *listener)
{
	if (listener == NULL)
		return;
	/* No connection may be suspended when its daemon ends. */
	if (listener->held != NULL && !listener->decided)
		listener_tell(listener, PAGE_FAILED);
	for (int i = 0; i < listener->count; i++)
		MHD_stop_daemon(listener->daemon[i]);
	answer_done(&listener->answer);
	free(listener);
}
