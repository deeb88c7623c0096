/* SPDX-License-Identifier: MIT */
/*
 * Hook "syslog": one line an event, such as
 *
 *	credence[4711]: event=renewed profile=crm location=eu generation=17 status=0
 *
 * It writes to the log socket itself: syslog(3) would change what the calling program set with
 * openlog, and does not tell when nobody took the line. Values hold no secret: names, numbers and
 * messages that the core made.
 */
#include <credence/module.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

struct credence_self {
	const struct credence_host *host;
	int facility;
};

/* One line under construction; what does not fit is left out. */
struct line {
	char text[LINE_MAX_BYTES];
	size_t length;
};

/* -1: there is no such facility. */
static int facility_of(const char *name)
{
	static const struct {
		const char *name;
		int value;
	} table[] = {
	    {"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV}, {"cron", LOG_CRON},
	    {"daemon", LOG_DAEMON}, {"user", LOG_USER},         {"local0", LOG_LOCAL0},
	    {"local1", LOG_LOCAL1}, {"local2", LOG_LOCAL2},     {"local3", LOG_LOCAL3},
	    {"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5},     {"local6", LOG_LOCAL6},
	    {"local7", LOG_LOCAL7},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(name, table[i].name) == 0)
			return table[i].value;
	return -1;
}

static credence_rc syslog_open(const struct credence_host *host, struct credence_call *call,
			       struct credence_self **self)
{
	int facility = facility_of(host->option(call, "facility"));
	struct credence_self *made;

	if (facility < 0)
		return host->fail(
		    call, CREDENCE_CONFIG, NULL, "there is no such syslog facility",
		    "facility is auth, authpriv, cron, daemon, user or local0 to local7");
	made = malloc(sizeof(*made));
	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	made->host = host;
	made->facility = facility;
	*self = made;
	return CREDENCE_SUCCESS;
}

static void syslog_close(struct credence_self *self)
{
	free(self);
}

static int severity_of(const char *event)
{
	if (strcmp(event, "dead") == 0)
		return LOG_ERR;
	if (strcmp(event, "failed") == 0 || strcmp(event, "limited") == 0)
		return LOG_WARNING;
	return LOG_NOTICE;
}

static void line_add(struct line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void line_add(struct line *line, const char *format, ...)
{
	size_t room = sizeof(line->text) - line->length;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line->text + line->length, room, format, args);
	va_end(args);
	if (length > 0)
		line->length += (size_t)length < room ? (size_t)length : room - 1;
}

/* " name=value", quoted unless it is one plain word; nothing in it can end the line or the quotes.
 */
static void line_field(struct line *line, const char *name, const char *value)
{
	bool plain = value[0] != '\0';

	for (const char *p = value; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || *p == '"' || *p == '\\' || *p == '=')
			plain = false;
	line_add(line, " %s=%s", name, plain ? "" : "\"");
	for (const char *p = value; *p != '\0'; p++) {
		bool escape = *p == '"' || *p == '\\';

		line_add(line, "%s%c", escape ? "\\" : "", *p >= ' ' && *p <= '~' ? *p : '?');
	}
	line_add(line, "%s", plain ? "" : "\"");
}

/* "<priority>Nov 23 14:31:07 ident[pid]:", as the socket takes it (RFC 3164); without the locale.
 */
static void line_start(struct line *line, const struct credence_host *host,
		       struct credence_call *call, int priority)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = (time_t)(host->now(call) / 1000);
	struct tm tm = {0};

	(void)localtime_r(&now, &tm);
	line_add(line, "<%d>%s %2d %02d:%02d:%02d %.48s[%ld]:", priority, months[tm.tm_mon],
		 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, host->option(call, "ident"),
		 (long)getpid());
}

/* Hands the line to whoever listens; never waits for them. */
static credence_rc line_send(const struct line *line, const struct credence_host *host,
			     struct credence_call *call, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char message[256];
	credence_rc rc = CREDENCE_SUCCESS;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return host->fail(call, CREDENCE_CONFIG, NULL, "socket of hook syslog is too long",
				  NULL);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || sendto(fd, line->text, line->length, MSG_NOSIGNAL,
			     (const struct sockaddr *)&address, sizeof(address)) < 0) {
		(void)snprintf(message, sizeof(message), "%.108s took no line: %s", path,
			       strerrordesc_np(errno));
		rc = host->fail(call, CREDENCE_UNAVAIL, strerrorname_np(errno), message,
				"is the system's logger running?");
	}
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

static credence_rc syslog_event(struct credence_self *self, struct credence_call *call,
				const char *event)
{
	static const char *const fields[] = {"profile", "credential", "provider",   "location",
					     "grant",   "generation", "expires_at", "status",
					     "code",    "message"};
	const struct credence_host *host = self->host;
	struct line line = {.length = 0};

	line_start(&line, host, call, self->facility | severity_of(event));
	line_field(&line, "event", event);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *value = host->attribute(call, fields[i]);

		if (value != NULL && value[0] != '\0')
			line_field(&line, fields[i], value);
	}
	return line_send(&line, host, call, host->option(call, "socket"));
}

static const struct credence_option options[] = {
    {"facility", CREDENCE_STRING, 0, "auth", "facility of the lines"},
    {"ident", CREDENCE_STRING, 0, "credence", "name that the lines begin with"},
    {"socket", CREDENCE_STRING, 0, "/dev/log", "where the logger listens"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_hook_ops ops = {
    .size = sizeof(ops),
    .event = syslog_event,
};

CREDENCE_HOOK(syslog, &ops, .version = "1.0", .summary = "one line an event to the system's log",
	      .options = options, .open = syslog_open, .close = syslog_close);
