/* SPDX-License-Identifier: MIT */
/*
 * Transport "curl": one HTTP request over libcurl. Everything that libcurl would do by itself
 * (follow redirects, keep cookies, read netrc, obey proxy variables, reuse a connection) is turned
 * off; what the host asked for is all that happens. Which answer is good is the host's to judge.
 */
#include <credence/module.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define HEADER_MAX      ((size_t)64 << 10) /* of all header lines and trailers together */
#define CONNECT_TIMEOUT 10000

struct credence_self {
	const struct credence_host *host;
};

/* One perform. */
struct transfer {
	const struct credence_host *host;
	struct credence_call *call;
	const struct credence_request *request;
	CURL *easy;
	CURLU *url;
	struct curl_slist *headers;
	char error[CURL_ERROR_SIZE]; /* libcurl's words */
	credence_rc stopped;         /* why a callback ended the transfer; SUCCESS: none did */
	bool sent;
	size_t header_bytes;
	enum { STATUS, INTERIM, HEADER, BODY } phase; /* what the next line belongs to */
};

static pthread_once_t started = PTHREAD_ONCE_INIT;
static CURLcode start_result; /* written once, under started */

static void start(void)
{
	start_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static credence_rc fail(struct transfer *t, credence_rc rc, const char *code, const char *format,
			...) __attribute__((format(printf, 4, 5)));

/* The message begins with host and port, never more of the URL. */
static credence_rc fail(struct transfer *t, credence_rc rc, const char *code, const char *format,
			...)
{
	char message[CURL_ERROR_SIZE + 384];
	int length = snprintf(message, sizeof(message), "%.255s:%d: ", t->request->host,
			      (int)t->request->port);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(message + length, sizeof(message) - (size_t)length, format, args);
	va_end(args);
	return t->host->fail(t->call, rc, code, message, NULL);
}

/* -- Before the request -- */

/* Does a part of the URL, as libcurl sees it, read so? */
static bool part_is(const struct transfer *t, CURLUPart part, unsigned flags, const char *wanted)
{
	char *text = NULL;
	bool same =
	    curl_url_get(t->url, part, &text, flags) == CURLUE_OK && strcmp(text, wanted) == 0;

	curl_free(text);
	return same;
}

static bool is_loopback(const char *host)
{
	return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0;
}

/* Parses the URL with the parser that will be used, and compares with what the host understood: a
 * URL that two parsers read differently goes nowhere. */
static credence_rc set_url(struct transfer *t)
{
	const struct credence_request *request = t->request;
	char host[260], port[12];
	bool tls, plain;

	if (curl_url_set(t->url, CURLUPART_URL, request->url,
			 CURLU_DISALLOW_USER | CURLU_PATH_AS_IS) != CURLUE_OK)
		return fail(t, CREDENCE_UNSAFE, NULL, "the URL is not well formed");
	(void)snprintf(host, sizeof(host), strchr(request->host, ':') ? "[%s]" : "%s",
		       request->host);
	(void)snprintf(port, sizeof(port), "%d", (int)request->port);
	if (!part_is(t, CURLUPART_HOST, 0, host) ||
	    !part_is(t, CURLUPART_PORT, CURLU_DEFAULT_PORT, port))
		return fail(t, CREDENCE_UNSAFE, NULL, "libcurl reads another host in the URL");
	tls = part_is(t, CURLUPART_SCHEME, 0, "https");
	plain = part_is(t, CURLUPART_SCHEME, 0, "http") && is_loopback(request->host);
	if (!tls && !plain)
		return fail(t, CREDENCE_UNSAFE, NULL,
			    "only https is spoken, and http on a literal loopback address");
	if (curl_easy_setopt(t->easy, CURLOPT_CURLU, t->url) != CURLE_OK ||
	    curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, tls ? "https" : "http") != CURLE_OK)
		return fail(t, CREDENCE_ERROR, NULL, "libcurl does not speak %s",
			    tls ? "https" : "http");
	return CREDENCE_SUCCESS;
}

/* No control character may end a line of the request early. */
static bool is_line(const char *text)
{
	for (; *text != '\0'; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
			return false;
	return true;
}

static bool add_header(struct transfer *t, const char *line)
{
	struct curl_slist *longer = curl_slist_append(t->headers, line);

	if (longer != NULL)
		t->headers = longer;
	return longer != NULL;
}

/* The caller's headers; and none that libcurl would add on its own account. */
static credence_rc set_headers(struct transfer *t)
{
	const struct credence_request *request = t->request;
	bool type = false, ok = add_header(t, "Expect:");

	for (uint32_t i = 0; i < request->header_count && ok; i++) {
		const struct credence_param *header = &request->headers[i];
		size_t size = strlen(header->name) + strlen(header->value) + 3;
		char *line;

		if (!is_line(header->name) || !is_line(header->value))
			return fail(t, CREDENCE_UNSAFE, NULL,
				    "a header of the request has a control character");
		if (strcasecmp(header->name, "content-type") == 0)
			type = true;
		line = malloc(size);
		if (line == NULL)
			return fail(t, CREDENCE_ERROR, "ENOMEM", "out of memory");
		/* "Name;" is how libcurl is told to send a header without a value. */
		(void)snprintf(line, size, header->value[0] == '\0' ? "%s;" : "%s: %s",
			       header->name, header->value);
		ok = add_header(t, line);
		explicit_bzero(line, size);
		free(line);
	}
	if (ok && !type)
		ok = add_header(t, "Content-Type:");
	if (!ok || curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers) != CURLE_OK)
		return fail(t, CREDENCE_ERROR, "ENOMEM", "out of memory");
	return CREDENCE_SUCCESS;
}

/* Method and body, as they are. */
static credence_rc set_body(struct transfer *t)
{
	const struct credence_request *request = t->request;
	const char *method = request->method;
	bool body = request->body != NULL || strcmp(method, "POST") == 0 ||
		    strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
	CURLcode r = CURLE_OK;

	if (method[0] == '\0' || method[strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0')
		return fail(t, CREDENCE_CONFIG, NULL,
			    "the method of the request is not upper case");
	if (strcmp(method, "HEAD") == 0)
		r = curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
	if (body && r == CURLE_OK)
		r = curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
				     request->body == NULL ? 0 : (curl_off_t)request->body_length);
	if (body && r == CURLE_OK)
		r = curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS,
				     request->body == NULL ? "" : request->body);
	if (r == CURLE_OK)
		r = curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, method);
	return r == CURLE_OK ? CREDENCE_SUCCESS
			     : fail(t, CREDENCE_ERROR, NULL, "libcurl: %s", curl_easy_strerror(r));
}

/* Whom to trust and which way to go. */
static credence_rc set_route(struct transfer *t)
{
	const struct credence_request *request = t->request;
	const struct {
		CURLoption option;
		const char *text;
		bool set;
	} table[] = {
	    /* "" is no proxy whatever the environment says; nor does it make exceptions. */
	    {CURLOPT_PROXY, is_loopback(request->host) ? NULL : request->proxy, true},
	    {CURLOPT_NOPROXY, NULL, true},
	    {CURLOPT_CAINFO, request->ca_file, request->ca_file != NULL},
	    {CURLOPT_PROXY_CAINFO, request->ca_file, request->ca_file != NULL},
	    {CURLOPT_SSLCERT, request->client_cert, request->client_cert != NULL},
	    {CURLOPT_SSLKEY, request->client_cert, request->client_cert != NULL},
	    /* Else the TLS library would ask for one, on a terminal or of standard input. */
	    {CURLOPT_KEYPASSWD, NULL, request->client_cert != NULL},
	    {CURLOPT_USERAGENT, "credence/" PACKAGE_VERSION, true},
	};
	CURLcode r = CURLE_OK;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]) && r == CURLE_OK; i++)
		if (table[i].set)
			r = curl_easy_setopt(t->easy, table[i].option,
					     table[i].text == NULL ? "" : table[i].text);
	/* A CA of one's own replaces the system's; the folder of those would count besides. */
	if (r == CURLE_OK && request->ca_file != NULL)
		r = curl_easy_setopt(t->easy, CURLOPT_CAPATH, NULL);
	if (r == CURLE_OK && request->ca_file != NULL)
		r = curl_easy_setopt(t->easy, CURLOPT_PROXY_CAPATH, NULL);
	return r == CURLE_OK ? CREDENCE_SUCCESS
			     : fail(t, CREDENCE_ERROR, NULL, "libcurl: %s", curl_easy_strerror(r));
}

/* -- While it runs. Callbacks keep why they ended the transfer in t->stopped. -- */

static bool go_on(struct transfer *t, credence_rc rc)
{
	if (rc != CREDENCE_SUCCESS && t->stopped == CREDENCE_SUCCESS)
		t->stopped = rc;
	return rc == CREDENCE_SUCCESS;
}

/* Or has the person or the deadline ended the call? */
static bool wanted(struct transfer *t)
{
	credence_rc rc = t->host->wait(t->call, 0);

	if (rc == CREDENCE_CANCELLED)
		rc = fail(t, rc, "cancelled", "interrupted");
	else if (rc != CREDENCE_SUCCESS)
		rc = fail(t, rc, "timeout", "no answer within the time of this call");
	return go_on(t, rc);
}

static int on_progress(void *data, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
		       curl_off_t up)
{
	(void)down_total, (void)down, (void)up_total, (void)up;
	return wanted(data) ? 0 : 1;
}

/* Connected, the TLS handshake is over, and the request is what comes next. */
static int on_ready(void *data, char *peer, char *own, int peer_port, int own_port)
{
	struct transfer *t = data;

	(void)peer, (void)own, (void)peer_port, (void)own_port;
	if (!wanted(t))
		return CURL_PREREQFUNC_ABORT;
	t->sent = true;
	t->host->sent(t->call);
	return CURL_PREREQFUNC_OK;
}

/* Programs that the host starts meanwhile must not get the socket. */
static curl_socket_t on_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)data, (void)purpose;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
	struct transfer *t = data;

	return go_on(t, t->host->put_body(t->call, bytes, size * count)) ? size * count : 0;
}

/* The line that starts an answer; 1xx come before it and are passed over. */
static credence_rc status_line(struct transfer *t)
{
	long status = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	t->phase = status >= 200 ? HEADER : INTERIM;
	return status >= 200 ? t->host->put_status(t->call, (int32_t)status) : CREDENCE_SUCCESS;
}

/* "Name: value"; what has no colon is no header and is passed over. */
static credence_rc header_line(struct transfer *t, const char *bytes, size_t length)
{
	char *line = strndup(bytes, length), *colon, *value;
	credence_rc rc = CREDENCE_SUCCESS;

	if (line == NULL)
		return fail(t, CREDENCE_ERROR, "ENOMEM", "out of memory");
	colon = strchr(line, ':');
	if (colon != NULL && colon != line && line[0] != ' ' && line[0] != '\t') {
		*colon = '\0';
		value = colon + 1 + strspn(colon + 1, " \t");
		for (char *end = value + strlen(value);
		     end > value && strchr(" \t\r\n", end[-1]) != NULL;)
			*--end = '\0';
		rc = t->host->put_header(t->call, line, value);
	}
	free(line);
	return rc;
}

/* One line of a header, or a trailer behind the body: those count, and are passed over. */
static size_t on_header(char *bytes, size_t size, size_t count, void *data)
{
	struct transfer *t = data;
	size_t length = size * count;
	credence_rc rc = CREDENCE_SUCCESS;

	t->header_bytes += length;
	if (t->header_bytes > HEADER_MAX)
		rc = fail(t, CREDENCE_UNAVAIL, "too_long", "the header of the answer is too long");
	else if (t->phase == STATUS)
		rc = status_line(t);
	else if (length <= 2 && (bytes[0] == '\r' || bytes[0] == '\n'))
		t->phase = t->phase == INTERIM ? STATUS : BODY;
	else if (t->phase == HEADER)
		rc = header_line(t, bytes, length);
	return go_on(t, rc) ? length : 0;
}

/* -- Options that are the same for every request -- */

static CURLcode set_numbers(struct transfer *t)
{
	int64_t left = t->host->time_left(t->call);
	int64_t stall = t->host->option_number(t->call, "stall") / 1000;
	const struct {
		CURLoption option;
		long value;
	} table[] = {
	    {CURLOPT_NOSIGNAL, 1},
	    {CURLOPT_NOPROGRESS, 0},
	    {CURLOPT_FOLLOWLOCATION, 0},
	    {CURLOPT_UNRESTRICTED_AUTH, 0},
	    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
	    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
	    {CURLOPT_FRESH_CONNECT, 1},
	    {CURLOPT_FORBID_REUSE, 1},
	    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
	    {CURLOPT_HTTP09_ALLOWED, 0},
	    {CURLOPT_SSL_VERIFYPEER, 1},
	    {CURLOPT_SSL_VERIFYHOST, 2},
	    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
	    {CURLOPT_SSL_SESSIONID_CACHE, 0},
	    {CURLOPT_PROXY_SSL_VERIFYPEER, 1},
	    {CURLOPT_PROXY_SSL_VERIFYHOST, 2},
	    {CURLOPT_PROXY_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
	    {CURLOPT_HTTPPROXYTUNNEL, 1},
	    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
	    /* A name server that does not answer must not keep the call past its deadline. */
	    {CURLOPT_QUICK_EXIT, 1},
	    {CURLOPT_CONNECTTIMEOUT_MS,
	     t->request->connect_timeout > 0 ? t->request->connect_timeout : CONNECT_TIMEOUT},
	    {CURLOPT_TIMEOUT_MS, (long)(left < INT32_MAX ? left : INT32_MAX)},
	    {CURLOPT_LOW_SPEED_LIMIT, 1},
	    {CURLOPT_LOW_SPEED_TIME, (long)(stall < INT32_MAX ? stall : INT32_MAX)},
	};
	CURLcode r = CURLE_OK;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]) && r == CURLE_OK; i++)
		r = curl_easy_setopt(t->easy, table[i].option, table[i].value);
	return r;
}

static CURLcode set_callbacks(struct transfer *t)
{
	const struct {
		CURLoption option;
		void *value;
	} data[] = {
	    {CURLOPT_ERRORBUFFER, t->error}, {CURLOPT_XFERINFODATA, t}, {CURLOPT_PREREQDATA, t},
	    {CURLOPT_WRITEDATA, t},          {CURLOPT_HEADERDATA, t},
	};
	CURLcode r = curl_easy_setopt(t->easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");

	for (size_t i = 0; i < sizeof(data) / sizeof(data[0]) && r == CURLE_OK; i++)
		r = curl_easy_setopt(t->easy, data[i].option, data[i].value);
	if (r == CURLE_OK)
		r = curl_easy_setopt(t->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	if (r == CURLE_OK)
		r = curl_easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, on_ready);
	if (r == CURLE_OK)
		r = curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	if (r == CURLE_OK)
		r = curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
	if (r == CURLE_OK)
		r = curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
	return r;
}

/* -- Afterwards -- */

/* A handshake that was cut off says nothing about whom it was held with: libcurl's words are the
 * only way to tell it from one that was refused. */
static bool handshake_cut(const struct transfer *t)
{
	return strstr(t->error, "reset by peer") != NULL ||
	       strstr(t->error, "SSL_ERROR_SYSCALL") != NULL ||
	       strstr(t->error, "unexpected eof") != NULL;
}

/* libcurl's words, which repeat a proxy's URL where they don't like it. */
static const char *words_of(const struct transfer *t, CURLcode r)
{
	const char *proxy = t->request->proxy, *end, *user;
	const char *text = t->error[0] != '\0' ? t->error : curl_easy_strerror(r);
	size_t length;

	end = proxy != NULL ? strrchr(proxy, '@') : NULL;
	if (end == NULL)
		return text;
	user = strstr(proxy, "://");
	user = user != NULL && user < end ? user + 3 : proxy;
	length = (size_t)(end - user);
	for (const char *at = text; length > 0 && *at != '\0'; at++)
		if (strncmp(at, user, length) == 0)
			return curl_easy_strerror(r);
	return text;
}

/* What a code of libcurl's comes to; those that are not listed are ERROR. */
static credence_rc result(struct transfer *t, CURLcode r)
{
	static const struct {
		CURLcode code;
		credence_rc rc;
		const char *name;
	} table[] = {
	    {CURLE_COULDNT_RESOLVE_HOST, CREDENCE_UNAVAIL, "resolve"},
	    {CURLE_COULDNT_RESOLVE_PROXY, CREDENCE_UNAVAIL, "resolve"},
	    {CURLE_COULDNT_CONNECT, CREDENCE_UNAVAIL, "connect"},
	    {CURLE_PROXY, CREDENCE_UNAVAIL, "proxy"},
	    {CURLE_OPERATION_TIMEDOUT, CREDENCE_UNAVAIL, "timeout"},
	    {CURLE_SEND_ERROR, CREDENCE_UNAVAIL, "reset"},
	    {CURLE_RECV_ERROR, CREDENCE_UNAVAIL, "reset"},
	    {CURLE_GOT_NOTHING, CREDENCE_UNAVAIL, "reset"},
	    {CURLE_PARTIAL_FILE, CREDENCE_UNAVAIL, "partial"},
	    {CURLE_WEIRD_SERVER_REPLY, CREDENCE_UNAVAIL, "garbled"},
	    {CURLE_UNSUPPORTED_PROTOCOL, CREDENCE_UNAVAIL, "garbled"}, /* HTTP/0.9; see set_url */
	    {CURLE_BAD_CONTENT_ENCODING, CREDENCE_UNAVAIL, "garbled"},
	    {CURLE_PEER_FAILED_VERIFICATION, CREDENCE_UNSAFE, "tls"},
	    {CURLE_SSL_CONNECT_ERROR, CREDENCE_UNSAFE, "tls"},
	    {CURLE_SSL_CIPHER, CREDENCE_UNSAFE, "tls"},
	    {CURLE_SSL_ISSUER_ERROR, CREDENCE_UNSAFE, "tls"},
	    {CURLE_SSL_INVALIDCERTSTATUS, CREDENCE_UNSAFE, "tls"},
	    {CURLE_USE_SSL_FAILED, CREDENCE_UNSAFE, "tls"},
	    {CURLE_SSL_CLIENTCERT, CREDENCE_UNSAFE, "client_cert"},
	    {CURLE_URL_MALFORMAT, CREDENCE_UNSAFE, "url"},
	    {CURLE_LOGIN_DENIED, CREDENCE_UNSAFE, "url"},
	    {CURLE_SSL_CACERT_BADFILE, CREDENCE_CONFIG, "ca_file"},
	    {CURLE_SSL_CERTPROBLEM, CREDENCE_CONFIG, "client_cert"},
	    {CURLE_BAD_FUNCTION_ARGUMENT, CREDENCE_UNAVAIL,
	     "garbled"}, /* a trailer without colon */
	};
	const char *text = words_of(t, r);

	if (t->stopped != CREDENCE_SUCCESS)
		return t->stopped;
	if (r == CURLE_OK && t->phase != BODY)
		return fail(t, CREDENCE_UNAVAIL, "partial", "the answer ended within its header");
	if (r == CURLE_OK)
		return CREDENCE_SUCCESS;
	/* libcurl's word for a line that outgrew its buffer. */
	if (r == CURLE_OUT_OF_MEMORY && t->sent)
		return fail(t, CREDENCE_UNAVAIL, "too_long",
			    "a line of the answer's header is too long, or memory ran out");
	if (r == CURLE_SSL_CONNECT_ERROR && handshake_cut(t))
		return fail(t, CREDENCE_UNAVAIL, "reset", "%s", text);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == r)
			return fail(t, table[i].rc, table[i].name, "%s", text);
	return fail(t, CREDENCE_ERROR, "libcurl", "%s", text);
}

static credence_rc transfer_run(struct transfer *t)
{
	CURLcode r;
	credence_rc rc;

	if (t->easy == NULL || t->url == NULL)
		return fail(t, CREDENCE_ERROR, "ENOMEM", "out of memory");
	if (t->host->time_left(t->call) <= 0)
		return fail(t, CREDENCE_UNAVAIL, "timeout", "no time is left to ask it");
	r = set_numbers(t);
	if (r == CURLE_OK)
		r = set_callbacks(t);
	if (r != CURLE_OK)
		return fail(t, CREDENCE_ERROR, "libcurl", "%s", curl_easy_strerror(r));
	rc = set_url(t);
	if (rc == CREDENCE_SUCCESS)
		rc = set_headers(t);
	if (rc == CREDENCE_SUCCESS)
		rc = set_body(t);
	if (rc == CREDENCE_SUCCESS)
		rc = set_route(t);
	return rc == CREDENCE_SUCCESS ? result(t, curl_easy_perform(t->easy)) : rc;
}

static credence_rc curl_perform(struct credence_self *self, struct credence_call *call,
				const struct credence_request *request)
{
	struct transfer t = {.host = self->host, .call = call, .request = request};
	credence_rc rc;

	if (pthread_once(&started, start) != 0 || start_result != CURLE_OK)
		return fail(&t, CREDENCE_ERROR, "libcurl", "%s", curl_easy_strerror(start_result));
	t.easy = curl_easy_init();
	t.url = curl_url();
	rc = transfer_run(&t);
	curl_easy_cleanup(t.easy);
	curl_url_cleanup(t.url);
	for (struct curl_slist *header = t.headers; header != NULL; header = header->next)
		explicit_bzero(header->data, strlen(header->data)); /* Authorization is one */
	curl_slist_free_all(t.headers);
	return rc;
}

static credence_rc curl_open(const struct credence_host *host, struct credence_call *call,
			     struct credence_self **self)
{
	struct credence_self *made = malloc(sizeof(*made));

	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	made->host = host;
	*self = made;
	return CREDENCE_SUCCESS;
}

static void curl_close(struct credence_self *self)
{
	free(self);
}

static const struct credence_option options[] = {
    {"stall", CREDENCE_DURATION, 0, "15s", "how long nothing may come from the server"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_transport_ops ops = {
    .size = sizeof(ops),
    .perform = curl_perform,
};

CREDENCE_TRANSPORT(curl, &ops, .version = "1.0", .summary = "HTTP over libcurl", .options = options,
		   .open = curl_open, .close = curl_close);
