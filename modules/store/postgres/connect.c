/* SPDX-License-Identifier: MIT */
/*
 * A connection that is ready for statements: each host of the list in turn, each of its addresses,
 * with its share of the time; then the session's own settings, and the tables.
 */
#include "postgres.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVER_MOST (60 * 60 * 1000) /* ms: for what the server ends by itself */
#define PAUSE       100              /* ms at least */
#define IDLE_MORE   5000             /* ms beyond the call's own end */

/* One host of the list, and where it was found. */
struct target {
	const char *host, *address, *port; /* address NULL: none is needed, or known yet */
	int place;
};

static void quiet(void *data, const PGresult *result)
{
	(void)data;
	(void)result;
}

/* -- One address -- */

static credence_rc handshake(struct credence_self *self, const struct settings *settings,
			     const struct target *target, int64_t until)
{
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;
	bool answered = false;
	credence_rc rc;

	while (PQstatus(self->conn) != CONNECTION_BAD && next != PGRES_POLLING_OK &&
	       next != PGRES_POLLING_FAILED) {
		rc = pg_wait(self, PQsocket(self->conn),
			     next == PGRES_POLLING_READING ? POLLIN : POLLOUT, until);
		if (rc != CREDENCE_SUCCESS)
			return rc;
		answered = answered || next == PGRES_POLLING_READING;
		next = PQconnectPoll(self->conn);
	}
	if (PQstatus(self->conn) != CONNECTION_OK)
		return pg_fail_connect(self, target->host, PQerrorMessage(self->conn), answered,
				       settings->secrets);
	if (settings->verify && target->place != PLACE_SOCKET && PQsslInUse(self->conn) == 0)
		return pg_fail(self, CREDENCE_UNSAFE, "tls", NULL,
			       "the connection to the database at %s has no TLS", target->host);
	/* From here on nothing that is sent waits, the farewell included. */
	return PQsetnonblocking(self->conn, 1) == 0
		   ? CREDENCE_SUCCESS
		   : pg_fail(self, CREDENCE_ERROR, NULL, NULL, "libpq can't do without waiting");
}

static credence_rc attempt(struct credence_self *self, struct settings *settings,
			   const struct target *target, int64_t until)
{
	const char *const pairs[][2] = {
	    {"host", target->host}, {"hostaddr", target->address}, {"port", target->port}};
	int count = settings->count;
	credence_rc rc;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		settings->keyword[count] = pairs[i][0];
		settings->value[count++] = pairs[i][1];
	}
	settings->keyword[count] = NULL;
	self->conn = PQconnectStartParams(settings->keyword, settings->value, 0);
	if (self->conn == NULL)
		return pg_fail(self, CREDENCE_ERROR, "ENOMEM", NULL, "out of memory");
	(void)PQsetErrorVerbosity(self->conn, PQERRORS_SQLSTATE);
	(void)PQsetNoticeReceiver(self->conn, quiet, NULL);
	self->connection++;
	rc = handshake(self, settings, target, until);
	if (rc != CREDENCE_SUCCESS)
		pg_close(self);
	return rc;
}

/* -- One host -- */

/* Would another address or host answer the same? */
static bool is_final(const struct credence_self *self, credence_rc rc)
{
	return rc == CREDENCE_SUCCESS || rc == CREDENCE_CANCELLED || rc == CREDENCE_CONFIG ||
	       rc == CREDENCE_DENIED || self->host->time_left(self->call) <= 0;
}

/* The end of a share of what is left. */
static int64_t share(int64_t until, int parts)
{
	int64_t now = pg_clock();

	return until > now ? now + (until - now) / parts : now;
}

static credence_rc try_addresses(struct credence_self *self, struct settings *settings,
				 struct target *target, int64_t until)
{
	struct addresses addresses = {.count = 0};
	credence_rc rc = pg_resolve(self, target->host, until, &addresses);
	int i;

	if (rc == CREDENCE_SUCCESS && addresses.count == 0)
		rc = pg_fail(self, CREDENCE_UNAVAIL, "resolve", NULL, "no address of %s",
			     target->host);
	for (i = 0; i < addresses.count && (i == 0 || !is_final(self, rc)); i++) {
		target->address = addresses.text[i];
		rc = attempt(self, settings, target, share(until, addresses.count - i));
	}
	return rc;
}

static credence_rc try_host(struct credence_self *self, struct settings *settings,
			    struct target *target, int64_t until)
{
	const char *network = self->host->attribute(self->call, "network");

	target->place = pg_place(target->address != NULL ? target->address : target->host);
	if (target->place == PLACE_REMOTE && network != NULL && strcmp(network, "off") == 0)
		return pg_fail(self, CREDENCE_UNAVAIL, "offline", NULL,
			       "the database is on the network, where nothing may be sent now");
	/* What is no name needs no resolver. */
	if (target->place == PLACE_REMOTE && target->address == NULL)
		return try_addresses(self, settings, target, until);
	if (target->place == PLACE_LOOPBACK && target->address == NULL)
		target->address = target->host;
	return attempt(self, settings, target, until);
}

static int count_hosts(const char *list)
{
	int count = 1;

	for (; *list != '\0'; list++)
		count += *list == ',';
	return count;
}

/* The port for a host: its own, or the one for all. */
static const char *next_port(char **ports, const char *port)
{
	const char *next = strsep(ports, ",");

	return next != NULL ? next : port;
}

static credence_rc try_hosts(struct credence_self *self, struct settings *settings, int64_t until)
{
	char *hosts = strdup(settings->hosts), *host_at = hosts;
	char *ports = strdup(settings->ports), *port_at = ports;
	struct target target = {.port = NULL};
	int left = count_hosts(settings->hosts);
	credence_rc rc = CREDENCE_ERROR;

	if (hosts == NULL || ports == NULL)
		rc = pg_fail(self, rc, "ENOMEM", NULL, "out of memory");
	else
		for (bool first = true; left > 0 && (first || !is_final(self, rc)); left--) {
			target.host = strsep(&host_at, ",");
			target.address = settings->hostaddr;
			target.port = next_port(&port_at, target.port);
			rc = try_host(self, settings, &target, share(until, left));
			first = false;
		}
	free(hosts);
	free(ports);
	return rc;
}

/* -- The session -- */

/* $1: for statements and locks; $2: without a statement; $3: the table of versions. What a role or
 * a database has set otherwise counts no more. The server ends what a holder that is gone, stopped
 * or cut off from the network has left. synchronous_commit is not made less than it is. */
#define LIMITS                                                                                     \
	"pg_catalog.set_config('statement_timeout', $1, false), "                                  \
	"pg_catalog.set_config('lock_timeout', $1, false), "                                       \
	"CASE WHEN pg_catalog.current_setting('server_version_num')::int < 140000 "                \
	"THEN NULL ELSE pg_catalog.set_config('idle_session_timeout', $2, false) END"
static const char session_text[] =
    "SELECT pg_catalog.to_regclass($3) IS NOT NULL, " LIMITS ", "
    "pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false), "
    "pg_catalog.set_config('default_transaction_isolation', 'read committed', false), "
    "pg_catalog.set_config('synchronous_commit', "
    "CASE pg_catalog.current_setting('synchronous_commit') "
    "WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false), "
    "pg_catalog.set_config('tcp_keepalives_idle', '15', false), "
    "pg_catalog.set_config('tcp_keepalives_interval', '5', false), "
    "pg_catalog.set_config('tcp_keepalives_count', '3', false), "
    "pg_catalog.set_config('tcp_user_timeout', '30000', false), "
    "CASE WHEN pg_catalog.current_setting('server_version_num')::int < 140000 "
    "OR pg_catalog.version() NOT LIKE '%linux%' "
    "THEN NULL ELSE pg_catalog.set_config('client_connection_check_interval', '1000', false) END";
/* What hangs on the call's end, for one whose end is later by now. */
static const char limits_text[] = "SELECT " LIMITS;

/* Runs it with the limits of a session that is of use until the call ends. */
static credence_rc run_with_limits(struct credence_self *self, struct statement *statement,
				   int64_t until, PGresult **result)
{
	int64_t left = self->host->time_left(self->call);
	char statement_most[24], idle_most[24];

	if (left > SERVER_MOST)
		left = SERVER_MOST;
	(void)snprintf(statement_most, sizeof(statement_most), "%lld", (long long)left + 1);
	(void)snprintf(idle_most, sizeof(idle_most), "%lld", (long long)left + IDLE_MORE);
	statement->value[0] = statement_most;
	statement->value[1] = idle_most;
	self->limit = pg_clock() + left;
	return pg_run(self, statement, until, result);
}

/* A connection that was made when there was less time: for a lock that is only tried, say. */
static credence_rc extend(struct credence_self *self)
{
	struct statement statement = {.text = limits_text, .count = 2};
	PGresult *result = NULL;
	int64_t until = pg_until(self, SERVER_MOST);
	credence_rc rc = CREDENCE_SUCCESS;

	if (until > self->limit + PAUSE)
		rc = run_with_limits(self, &statement, until, &result);
	pg_clear(result);
	return rc;
}

static credence_rc set_session(struct credence_self *self, int64_t until)
{
	char table[SCHEMA_MAX + 16];
	struct statement statement = {.text = session_text, .count = 3};
	PGresult *result = NULL;
	bool has;
	credence_rc rc;

	(void)snprintf(table, sizeof(table), "\"%s\".version", self->schema);
	statement.value[2] = table;
	rc = run_with_limits(self, &statement, until, &result);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	has = PQgetlength(result, 0, 0) == 1 && PQgetvalue(result, 0, 0)[0] != 0;
	pg_clear(result);
	return pg_schema(self, has, until);
}

/* -- A server that has no room, or is not ready yet -- */

static bool is_passing(const struct credence_self *self, credence_rc rc)
{
	return rc == CREDENCE_UNAVAIL && (pg_has_code(self, "53300") || pg_has_code(self, "57P03"));
}

/* A while that is not the same for all who wait. false: no time is left for that. */
static bool pause_for(struct credence_self *self, int64_t until)
{
	uint8_t random = 0;
	int64_t ms;

	(void)self->host->random(self->call, &random, sizeof(random));
	ms = PAUSE + random % PAUSE;
	return pg_clock() + ms < until && self->host->wait(self->call, ms) == CREDENCE_SUCCESS;
}

credence_rc pg_connect(struct credence_self *self)
{
	int64_t until = pg_until(self, self->host->option_number(self->call, "connect_timeout"));
	char passing[STATE_MAX + 1] = "";
	struct settings settings;
	credence_rc rc;

	rc = self->conn != NULL ? extend(self) : CREDENCE_SUCCESS;
	if (self->conn != NULL)
		return rc;
	/* It is made again where it was lost. */
	self->message[0] = '\0';
	rc = pg_settings(self, &settings);
	if (rc == CREDENCE_SUCCESS)
		rc = try_hosts(self, &settings, until);
	while (is_passing(self, rc) && pause_for(self, until)) {
		memcpy(passing, self->code, STATE_MAX);
		self->message[0] = '\0';
		rc = try_hosts(self, &settings, until);
	}
	/* That says more than that it did not answer the last time. */
	if (passing[0] != '\0' && rc == CREDENCE_UNAVAIL && pg_has_code(self, "timeout"))
		rc = pg_fail_state(self, passing);
	pg_settings_done(&settings);
	if (rc == CREDENCE_SUCCESS)
		rc = set_session(self, until);
	if (rc != CREDENCE_SUCCESS)
		pg_close(self);
	return rc;
}
