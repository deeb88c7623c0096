/* SPDX-License-Identifier: MIT */
/* Reads a request from its connection, waits and breaks connections for faults, sends answers. */
#include "connection.h"

#include "route.h"
#include "tls.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { ENDLESS_BLOCK = 16384, PARSER_MEMORY = 4096, WAIT_STEP = 20 };

static char *header(struct MHD_Connection *connection, const char *name)
{
	const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

	return value != NULL ? mem_strdup(value) : NULL;
}

/* NULL: the client showed none that counts. */
static char *certificate(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	return info != NULL ? tls_peer(info->tls_session) : NULL;
}

static enum MHD_Result on_query(void *cls, enum MHD_ValueKind kind, const char *name,
				size_t name_size, const char *value, size_t size)
{
	struct request *rq = cls;

	(void)kind;
	(void)name_size;
	/* A value with NUL inside could pass for a shorter one. */
	if (value == NULL || strlen(value) != size)
		value = "";
	params_add(&rq->params, name, mem_strdup(value), IN_QUERY);
	return MHD_YES;
}

struct request *connection_request(struct MHD_Connection *connection, const char *method,
				   const char *path)
{
	struct request *rq = mem_calloc(1, sizeof(*rq));

	rq->method = mem_strdup(method);
	rq->path = mem_strdup(path);
	rq->authorization = header(connection, MHD_HTTP_HEADER_AUTHORIZATION);
	rq->content_type = header(connection, MHD_HTTP_HEADER_CONTENT_TYPE);
	rq->user_agent = header(connection, MHD_HTTP_HEADER_USER_AGENT);
	rq->certificate = certificate(connection);
	MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, on_query, rq);
	return rq;
}

void connection_body(struct request *rq, const char *data, size_t size)
{
	if (size > BODY_MAX - rq->body.len)
		rq->too_large = true;
	if (!rq->too_large)
		text_add_mem(&rq->body, data, size);
}

/* What the parser of forms found so far; a value may come in pieces. */
struct form {
	struct request *rq;
	char *name;
	struct text value;
};

static void form_flush(struct form *form)
{
	struct text *value = &form->value;

	if (form->name == NULL)
		return;
	if (value->s == NULL || strlen(value->s) != value->len) {
		text_done(value);
		text_add(value, "");
	}
	params_add(&form->rq->params, form->name, value->s, IN_BODY);
	*value = (struct text){0}; /* transferred */
	free(form->name);
	form->name = NULL;
}

static enum MHD_Result on_form(void *cls, enum MHD_ValueKind kind, const char *name,
			       const char *filename, const char *type, const char *encoding,
			       const char *data, uint64_t offset, size_t size)
{
	struct form *form = cls;

	(void)kind;
	(void)filename;
	(void)type;
	(void)encoding;
	if (name == NULL)
		return MHD_YES;
	if (offset == 0) {
		form_flush(form);
		form->name = mem_strdup(name);
	}
	text_add_mem(&form->value, data, size);
	return MHD_YES;
}

void connection_params(struct MHD_Connection *connection, struct request *rq)
{
	struct form form = {.rq = rq};
	struct MHD_PostProcessor *parser;

	if (rq->too_large || rq->body.len == 0)
		return;
	parser = MHD_create_post_processor(connection, PARSER_MEMORY, on_form, &form);
	if (parser == NULL)
		return; /* not a form */
	MHD_post_process(parser, rq->body.s, rq->body.len);
	MHD_destroy_post_processor(parser); /* may call on_form for the last value */
	form_flush(&form);
}

static int socket_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info != NULL ? info->connect_fd : -1;
}

static int64_t monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool still_ordered(struct sandbox *sb, const struct fault *fault)
{
	bool same;

	pthread_mutex_lock(&sb->lock);
	same = sb->faults.cleared == fault->cleared;
	pthread_mutex_unlock(&sb->lock);
	return same;
}

/* Waits in real time, not the server's own. Ends early when the server does, when faults are
 * cleared or, with `watch`, when the client leaves. */
static void fault_wait(struct sandbox *sb, struct MHD_Connection *connection,
		       const struct fault *fault, bool watch)
{
	struct pollfd fds[2] = {
	    {.fd = sb->stop_fd, .events = POLLIN},
	    {.fd = watch ? socket_of(connection) : -1, .events = POLLRDHUP},
	};
	int64_t now = monotonic_ms(), end = now + fault->wait_ms;

	for (; now < end && still_ordered(sb, fault); now = monotonic_ms()) {
		int rc = poll(fds, 2, end - now < WAIT_STEP ? (int)(end - now) : WAIT_STEP);

		if (rc > 0 || (rc < 0 && errno != EINTR))
			return;
	}
}

/* Dissolving the association makes the kernel send RST at once. */
static enum MHD_Result reset(struct MHD_Connection *connection)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fd = socket_of(connection);

	if (fd >= 0 && connect(fd, &none, sizeof(none)) != 0)
		shutdown(fd, SHUT_RDWR);
	return MHD_NO;
}

static ssize_t endless_read(void *cls, uint64_t position, char *out, size_t max)
{
	struct pollfd stop = {.fd = ((struct sandbox *)cls)->stop_fd, .events = POLLIN};

	if (poll(&stop, 1, 0) != 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	memset(out, ' ', max);
	if (position == 0)
		out[0] = '{';
	return (ssize_t)max;
}

static ssize_t cut_read(void *cls, uint64_t position, char *out, size_t max)
{
	struct text *body = cls;
	size_t half = body->len / 2;

	if (position >= half)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (max > half - position)
		max = half - position;
	memcpy(out, body->s + position, max);
	return (ssize_t)max;
}

static struct MHD_Response *make_response(struct sandbox *sb, struct request *rq,
					  enum fault_kind fault)
{
	struct text *body = &rq->answer.body;

	if (fault == FAULT_ENDLESS)
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, ENDLESS_BLOCK,
							 endless_read, sb, NULL);
	if (fault == FAULT_CUT && body->len > 0)
		return MHD_create_response_from_callback(body->len, ENDLESS_BLOCK, cut_read, body,
							 NULL);
	/* The request, and so its body, lives until the answer was sent. */
	return MHD_create_response_from_buffer(body->len, body->s != NULL ? body->s : (char *)"",
					       MHD_RESPMEM_PERSISTENT);
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		MHD_add_response_header(response, name, value);
}

static void add_cache_control(struct MHD_Response *response, const struct answer *answer)
{
	char text[40] = "no-store";

	if (answer->max_age > 0)
		snprintf(text, sizeof(text), "public, max-age=%lld", (long long)answer->max_age);
	add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, text);
}

static enum MHD_Result send_answer(struct sandbox *sb, struct MHD_Connection *connection,
				   struct request *rq, enum fault_kind fault)
{
	const struct answer *answer = &rq->answer;
	struct MHD_Response *response = make_response(sb, rq, fault);
	enum MHD_Result result;
	char seconds[24];

	if (response == NULL)
		return MHD_NO;
	add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
	add_header(response, MHD_HTTP_HEADER_LOCATION, answer->location);
	add_cache_control(response, answer);
	add_header(response, "X-Content-Type-Options", "nosniff");
	add_header(response, "X-Frame-Options", "DENY");
	if (answer->retry_after > 0) {
		snprintf(seconds, sizeof(seconds), "%d", answer->retry_after);
		add_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
	}
	result = MHD_queue_response(connection, (unsigned)answer->status, response);
	MHD_destroy_response(response);
	return result;
}

/* A web page elsewhere must not steer the server by a name that leads to 127.0.0.1, nor by a form.
 */
static bool from_elsewhere(struct MHD_Connection *connection, const struct request *rq)
{
	const char *host =
	    MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
	static const char *const local[] = {"127.0.0.1", "localhost", "[::1]"};
	size_t i;

	if (rq->kind == ORIGIN_CONTROL &&
	    MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ORIGIN) !=
		NULL)
		return true;
	if (host == NULL)
		return false;
	for (i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
		size_t len = strlen(local[i]);

		if (strncmp(host, local[i], len) == 0 && (host[len] == '\0' || host[len] == ':'))
			return false;
	}
	return true;
}

/* What comes before the server's work; false if it ended the request. */
static bool admit(struct MHD_Connection *connection, struct request *rq)
{
	if (from_elsewhere(connection, rq))
		answer_text(rq, 403, "text/plain;charset=UTF-8", "only from this machine\n");
	else if (rq->too_large)
		answer_text(rq, 413, "text/plain;charset=UTF-8", "too large\n");
	else
		return true;
	return false;
}

static void work(struct sandbox *sb, struct request *rq, const struct fault *fault)
{
	pthread_mutex_lock(&sb->lock);
	if (!fault_instead(sb, rq, fault))
		route(sb, rq);
	fault_spoil(rq, fault);
	journal_add(sb, rq);
	pthread_mutex_unlock(&sb->lock);
	answer_render(&rq->answer);
}

static void leave(struct sandbox *sb, const struct request *rq)
{
	pthread_mutex_lock(&sb->lock);
	route_leave(sb, rq);
	pthread_mutex_unlock(&sb->lock);
}

enum MHD_Result connection_serve(struct sandbox *sb, struct MHD_Connection *connection,
				 struct request *rq)
{
	struct fault fault;

	if (!admit(connection, rq))
		return send_answer(sb, connection, rq, FAULT_NONE);
	pthread_mutex_lock(&sb->lock);
	fault = fault_take(sb, rq);
	route_enter(sb, rq);
	pthread_mutex_unlock(&sb->lock);
	if (fault.kind == FAULT_SLOW && fault.before)
		fault_wait(sb, connection, &fault, false);
	work(sb, rq, &fault);
	if (fault.kind == FAULT_SLOW && !fault.before)
		fault_wait(sb, connection, &fault, false);
	if (fault.kind == FAULT_HANG)
		fault_wait(sb, connection, &fault, true);
	leave(sb, rq);
	if (fault.kind == FAULT_HANG)
		return MHD_NO;
	if (fault.kind == FAULT_RESET || fault.kind == FAULT_LOST)
		return reset(connection);
	return send_answer(sb, connection, rq, fault.kind);
}
