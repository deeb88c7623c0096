/* SPDX-License-Identifier: MIT */
/*
 * The option "connection": what it may say, and what libpq is told beside it. libpq fills in what
 * is not said from variables, from a service file and from files in the home folder. Here nothing
 * but the option decides: each of these is given a value, and where libpq has none that means
 * "none", a variable that would count is refused.
 *
 * The option holds a password, and one with a character out of place ends up in another field. So
 * no message repeats anything of it but a host that looks like one.
 */
#include "postgres.h"

#include <arpa/inet.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOWHERE  "/dev/null/none" /* a file that can't be there */
#define DEF_PORT "5432"

static const char hint_form[] =
    "it refers to a text such as host=db.example.net dbname=tokens user=credence "
    "password=… sslrootcert=/etc/credence/db-ca.pem";

/* -- What may be in it -- */

static const char *const allowed[] = {
    "application_name",
    "channel_binding",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "password",
    "port",
    "require_auth",
    "requirepeer",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
    NULL,
};

static const char *given(const struct settings *settings, const char *keyword)
{
	const PQconninfoOption *option = settings->options;

	for (; option->keyword != NULL; option++)
		if (strcmp(option->keyword, keyword) == 0)
			return option->val != NULL && option->val[0] != '\0' ? option->val : NULL;
	return NULL;
}

static credence_rc check_keywords(struct credence_self *self, const struct settings *settings)
{
	const PQconninfoOption *option = settings->options;
	size_t i;

	for (; option->keyword != NULL; option++) {
		for (i = 0; allowed[i] != NULL && strcmp(allowed[i], option->keyword) != 0; i++)
			continue;
		if (allowed[i] == NULL && option->val != NULL)
			return pg_fail(self, CREDENCE_CONFIG, NULL,
				       "credence-profile(5) says what it may have",
				       "connection must not set %s", option->keyword);
	}
	return CREDENCE_SUCCESS;
}

static credence_rc check_needed(struct credence_self *self, const struct settings *settings)
{
	static const char *const needed[] = {"host", "dbname", "user"};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (given(settings, needed[i]) == NULL)
			return pg_fail(self, CREDENCE_CONFIG, NULL, hint_form,
				       "connection does not say %s", needed[i]);
	return CREDENCE_SUCCESS;
}

/* -- Where it leads -- */

static bool is_loopback(const char *host)
{
	struct in_addr four;
	struct in6_addr six;

	if (inet_pton(AF_INET, host, &four) == 1)
		return (ntohl(four.s_addr) >> 24) == 127;
	return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

int pg_place(const char *host)
{
	if (host[0] == '/')
		return PLACE_SOCKET;
	return is_loopback(host) ? PLACE_LOOPBACK : PLACE_REMOTE;
}

/* In a folder where everybody may make a socket, anybody may be the server. */
static credence_rc check_socket(struct credence_self *self, const struct settings *settings,
				const char *folder)
{
	char above[PATH_MAX];
	struct stat st;

	if (given(settings, "requirepeer") != NULL)
		return CREDENCE_SUCCESS;
	/* Or the folder, where it is not there. */
	if (stat(folder, &st) != 0) {
		(void)snprintf(above, sizeof(above), "%s", folder);
		if (stat(dirname(above), &st) != 0)
			return CREDENCE_SUCCESS;
	}
	if ((st.st_mode & S_IWOTH) == 0)
		return CREDENCE_SUCCESS;
	return pg_fail(self, CREDENCE_UNSAFE, NULL,
		       "say requirepeer=postgres (the server's user) in connection",
		       "everybody may write the folder of the database's socket");
}

/* One host of the list. */
static credence_rc check_host(struct credence_self *self, const struct settings *settings,
			      const char *host, int *farthest)
{
	static const char characters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:";
	int place = pg_place(host);

	if (place != PLACE_SOCKET &&
	    (host[0] == '\0' || host[strspn(host, characters)] != '\0' || strlen(host) > 253))
		return pg_fail(self, CREDENCE_CONFIG, NULL,
			       "in a URI, characters such as @ : / % of a password are written %40 "
			       "%3A %2F %25",
			       "the host in connection is none");
	if (place > *farthest)
		*farthest = place;
	return place == PLACE_SOCKET ? check_socket(self, settings, host) : CREDENCE_SUCCESS;
}

static credence_rc check_hosts(struct credence_self *self, const struct settings *settings,
			       int *farthest)
{
	char *hosts = strdup(given(settings, "host")), *rest = hosts, *host;
	const char *address = given(settings, "hostaddr");
	credence_rc rc = CREDENCE_SUCCESS;

	*farthest = PLACE_SOCKET;
	if (hosts == NULL)
		return pg_fail(self, CREDENCE_ERROR, "ENOMEM", NULL, "out of memory");
	while (rc == CREDENCE_SUCCESS && (host = strsep(&rest, ",")) != NULL)
		rc = check_host(self, settings, host, farthest);
	/* The address is where it goes, whatever the name says. */
	if (rc == CREDENCE_SUCCESS && address != NULL) {
		struct in6_addr any;

		if (strchr(given(settings, "host"), ',') != NULL ||
		    (inet_pton(AF_INET, address, &any) != 1 &&
		     inet_pton(AF_INET6, address, &any) != 1))
			rc = pg_fail(self, CREDENCE_CONFIG, NULL, NULL,
				     "hostaddr in connection is not one address of one host");
		*farthest = pg_place(address);
	}
	free(hosts);
	return rc;
}

/* Numbers, as many as hosts or one. */
static credence_rc check_ports(struct credence_self *self, const struct settings *settings)
{
	const char *at = given(settings, "port");
	char *end;

	while (at != NULL) {
		long port = strtol(at, &end, 10);

		if (end == at || at[0] < '0' || at[0] > '9' || port < 1 || port > 65535 ||
		    (*end != '\0' && *end != ','))
			return pg_fail(self, CREDENCE_CONFIG, NULL, hint_form,
				       "the port in connection is none");
		at = *end == ',' ? end + 1 : NULL;
	}
	return CREDENCE_SUCCESS;
}

/* -- TLS -- */

/* Someone else's file could name someone else's authority. */
static credence_rc check_file(struct credence_self *self, const struct settings *settings,
			      const char *keyword)
{
	const char *path = given(settings, keyword);
	struct stat st;

	if (path == NULL || (strcmp(keyword, "sslrootcert") == 0 && strcmp(path, "system") == 0 &&
			     PQlibVersion() >= 160000))
		return CREDENCE_SUCCESS;
	if (path[0] != '/')
		return pg_fail(self, CREDENCE_CONFIG, NULL, NULL,
			       "%s in connection is not an absolute path", keyword);
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return pg_fail(self, CREDENCE_CONFIG, NULL, NULL,
			       "%s in connection names no file that can be read", keyword);
	return self->host->file_check(self->call, path);
}

static credence_rc check_tls(struct credence_self *self, struct settings *settings, int place)
{
	const char *mode = given(settings, "sslmode");
	const char *least = given(settings, "ssl_min_protocol_version");
	credence_rc rc;

	settings->verify =
	    place != PLACE_SOCKET && (mode == NULL || strcmp(mode, "verify-full") == 0);
	if (place == PLACE_REMOTE && !settings->verify)
		return pg_fail(self, CREDENCE_UNSAFE, NULL,
			       "take sslmode out: verify-full is the default",
			       "a database on the network is reached with sslmode=verify-full or "
			       "not at all");
	if (least != NULL && strcmp(least, "TLSv1.2") != 0 && strcmp(least, "TLSv1.3") != 0)
		return pg_fail(self, CREDENCE_UNSAFE, NULL, NULL,
			       "ssl_min_protocol_version in connection is less than TLSv1.2");
	if (settings->verify && given(settings, "sslrootcert") == NULL)
		return pg_fail(
		    self, CREDENCE_CONFIG, NULL,
		    "say sslrootcert=/PATH: the certificates of who vouches for the server",
		    "connection does not say sslrootcert");
	rc = check_file(self, settings, "sslrootcert");
	if (rc == CREDENCE_SUCCESS)
		rc = check_file(self, settings, "sslcert");
	return rc == CREDENCE_SUCCESS ? check_file(self, settings, "sslkey") : rc;
}

/* -- What libpq is told -- */

static void add(struct settings *settings, const char *keyword, const char *value)
{
	settings->keyword[settings->count] = keyword;
	settings->value[settings->count++] = value;
}

/* What counts if the option does not say it. NULL: libpq's own. */
static const char *fixed(const struct settings *settings, const char *keyword, int place)
{
	static const char *const table[][2] = {
	    {"application_name", "credence"},
	    {"client_encoding", "UTF8"},
	    {"connect_timeout", "0"},
	    {"gssencmode", "disable"},
	    {"passfile", NOWHERE},
	    {"sslcert", NOWHERE},
	    {"sslkey", NOWHERE},
	    {"sslcrl", NOWHERE},
	    {"sslrootcert", NOWHERE},
	    {"ssl_min_protocol_version", "TLSv1.2"},
	};

	if (strcmp(keyword, "sslmode") == 0)
		return settings->verify ? "verify-full" : place == PLACE_SOCKET ? "disable" : NULL;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(keyword, table[i][0]) == 0)
			return table[i][1];
	return NULL;
}

/* host, hostaddr and port are added for each host. */
static bool is_target(const char *keyword)
{
	return strcmp(keyword, "host") == 0 || strcmp(keyword, "hostaddr") == 0 ||
	       strcmp(keyword, "port") == 0;
}

static credence_rc choose(struct credence_self *self, struct settings *settings, int place)
{
	const PQconninfoOption *option = settings->options;

	for (; option->keyword != NULL; option++) {
		const char *value = given(settings, option->keyword);
		bool steered = option->envvar != NULL && getenv(option->envvar) != NULL;

		if (value == NULL)
			value = fixed(settings, option->keyword, place);
		if (value == NULL && steered && option->compiled != NULL &&
		    option->compiled[0] != '\0')
			value = option->compiled;
		if (value == NULL && steered)
			return pg_fail(
			    self, CREDENCE_UNSAFE, NULL,
			    "unset it; what it says can stand in connection",
			    "the variable %s is set, and would decide about the database",
			    option->envvar);
		if (value != NULL && !is_target(option->keyword) && settings->count < SETTINGS)
			add(settings, option->keyword, value);
	}
	return CREDENCE_SUCCESS;
}

static credence_rc check(struct credence_self *self, struct settings *settings)
{
	int place = PLACE_SOCKET;
	credence_rc rc = check_keywords(self, settings);

	if (rc == CREDENCE_SUCCESS)
		rc = check_needed(self, settings);
	if (rc == CREDENCE_SUCCESS)
		rc = check_hosts(self, settings, &place);
	if (rc == CREDENCE_SUCCESS)
		rc = check_ports(self, settings);
	if (rc == CREDENCE_SUCCESS)
		rc = check_tls(self, settings, place);
	return rc == CREDENCE_SUCCESS ? choose(self, settings, place) : rc;
}

credence_rc pg_settings(struct credence_self *self, struct settings *settings)
{
	const char *text = NULL;
	char *reason = NULL;
	credence_rc rc = self->host->option_secret(self->call, "connection", &text);

	memset(settings, 0, sizeof(*settings));
	if (rc != CREDENCE_SUCCESS)
		return rc;
	settings->options = PQconninfoParse(text, &reason);
	/* The reason repeats what it could not make sense of. */
	if (reason != NULL)
		explicit_bzero(reason, strlen(reason));
	PQfreemem(reason);
	if (settings->options == NULL)
		return pg_fail(self, CREDENCE_CONFIG, NULL, hint_form,
			       "connection refers to no connection string or URI of libpq's");
	rc = check(self, settings);
	settings->hosts = given(settings, "host");
	settings->hostaddr = given(settings, "hostaddr");
	settings->ports = given(settings, "port");
	if (settings->ports == NULL)
		settings->ports = DEF_PORT;
	settings->secrets[0] = given(settings, "password");
	settings->secrets[1] = given(settings, "sslpassword");
	/* Two, with none between. */
	if (settings->secrets[0] == NULL) {
		settings->secrets[0] = settings->secrets[1];
		settings->secrets[1] = NULL;
	}
	return rc;
}

void pg_settings_done(struct settings *settings)
{
	PQconninfoOption *option = settings->options;

	for (; option != NULL && option->keyword != NULL; option++)
		if (option->val != NULL)
			explicit_bzero(option->val, strlen(option->val));
	PQconninfoFree(settings->options);
	memset(settings, 0, sizeof(*settings));
}
