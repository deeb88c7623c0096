/* SPDX-License-Identifier: MIT */
/*
 * Store "postgres": what several hosts share. A save is one statement that compares the revision, a
 * lock is an advisory lock of the session. A connection that was lost is made anew, once a method:
 * every statement but the lock's may be sent twice, since the revision decides. A lock that went
 * with it is gone; unlock says so.
 */
#include "postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- Life -- */

/* It stands between quotes in the text of statements. */
static bool is_identifier(const char *text)
{
	return text[0] != '\0' && strlen(text) <= SCHEMA_MAX && (text[0] < '0' || text[0] > '9') &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static credence_rc postgres_open(const struct credence_host *host, struct credence_call *call,
				 struct credence_self **ret)
{
	const char *schema = host->option(call, "schema");
	struct credence_self *self;

	if (!is_identifier(schema))
		return host->fail(
		    call, CREDENCE_CONFIG, NULL, "schema of store postgres is no plain name",
		    "use lower-case letters, digits and _, e.g. schema = \"credence\"");
	self = calloc(1, sizeof(*self));
	if (self == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	self->host = host;
	(void)snprintf(self->schema, sizeof(self->schema), "%s", schema);
	*ret = self;
	return CREDENCE_SUCCESS;
}

static void postgres_close(struct credence_self *self)
{
	if (self == NULL)
		return;
	pg_close(self);
	while (self->held != NULL) {
		struct held *held = self->held;

		self->held = held->next;
		free(held);
	}
	free(self);
}

/* -- Statements -- */

/* *again (may be NULL): it was sent twice. */
static credence_rc run(struct credence_self *self, struct statement *statement, const char *format,
		       PGresult **result, bool *again)
{
	char text[256];
	int64_t until;
	credence_rc rc;

	(void)snprintf(text, sizeof(text), format, self->schema);
	statement->text = text;
	for (int try = 0;; try++) {
		rc = pg_connect(self);
		if (rc != CREDENCE_SUCCESS)
			return rc;
		until = pg_until(self, self->host->option_number(self->call, "statement_timeout"));
		rc = pg_run(self, statement, until, result);
		if (!pg_has_code(self, "08006") || rc == CREDENCE_SUCCESS || try > 0)
			return rc;
		if (again != NULL)
			*again = true;
		self->host->log(self->call, CREDENCE_LOG_DEBUG,
				"store postgres: the connection was lost; making another");
		self->message[0] = '\0';
	}
}

static uint64_t rows(PGresult *result)
{
	uint64_t count = strtoull(PQcmdTuples(result), NULL, 10);

	pg_clear(result);
	return count;
}

static struct statement about(const char *key)
{
	return (struct statement){.count = 1, .value = {key}};
}

static const char read_text[] = "SELECT (SELECT bytes FROM \"%s\".record WHERE key = $1), "
				"(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/* int8 as the wire has it. */
static int64_t number_of(const PGresult *result, int column)
{
	const unsigned char *byte = (const unsigned char *)PQgetvalue(result, 0, column);
	uint64_t number = 0;
	int i;

	for (i = 0; i < PQgetlength(result, 0, column) && i < 8; i++)
		number = number << 8 | byte[i];
	return (int64_t)number;
}

/* Column 0: its bytes. *now (may be NULL): what the server's clock says, MISS or not. */
static credence_rc read_record(struct credence_self *self, const char *key, PGresult **result,
			       int64_t *now)
{
	struct statement statement = about(key);
	credence_rc rc = run(self, &statement, read_text, result, NULL);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (now != NULL)
		*now = number_of(*result, 1);
	if (PQgetisnull(*result, 0, 0)) {
		pg_clear(*result);
		return CREDENCE_MISS;
	}
	return rc;
}

static credence_rc postgres_load(struct credence_self *self, struct credence_call *call,
				 const char *key)
{
	PGresult *result = NULL;
	int64_t now = 0;
	credence_rc rc;

	self->call = call;
	rc = read_record(self, key, &result, &now);
	if (rc == CREDENCE_SUCCESS || rc == CREDENCE_MISS)
		self->host->put_time(call, now);
	if (rc != CREDENCE_SUCCESS)
		return pg_end(self, rc);
	rc = self->host->put_bytes(call, PQgetvalue(result, 0, 0),
				   (size_t)PQgetlength(result, 0, 0));
	pg_clear(result);
	return rc;
}

/* -- Saving -- */

/* Is what is there what we sent? Then it was ours that came first. */
static bool is_there(struct credence_self *self, const char *key, const struct credence_item *item)
{
	PGresult *result = NULL;
	bool same;

	if (read_record(self, key, &result, NULL) != CREDENCE_SUCCESS)
		return false;
	same = (size_t)PQgetlength(result, 0, 0) == item->length &&
	       memcmp(PQgetvalue(result, 0, 0), item->bytes, item->length) == 0;
	pg_clear(result);
	return same;
}

static credence_rc conflict(struct credence_self *self, const struct credence_item *item)
{
	if (item->expected == 0)
		return pg_fail(self, CREDENCE_CONFLICT, NULL, NULL,
			       "there is a record already: it was made meanwhile");
	return pg_fail(self, CREDENCE_CONFLICT, NULL, NULL,
		       "the record no longer has revision %llu: it was changed meanwhile",
		       (unsigned long long)item->expected);
}

static const char insert_text[] =
    "INSERT INTO \"%s\".record (key, revision, bytes, expires_at, updated_at) "
    "VALUES ($1, $2::bigint, $3, to_timestamp($4::float8 / 1000), now()) "
    "ON CONFLICT (key) DO NOTHING";
static const char update_text[] =
    "UPDATE \"%s\".record SET revision = $2::bigint, bytes = $3, "
    "expires_at = to_timestamp($4::float8 / 1000), updated_at = now() "
    "WHERE key = $1 AND revision = $5::bigint";

static credence_rc save(struct credence_self *self, const char *key,
			const struct credence_item *item)
{
	char revision[24], expected[24], expires[24];
	struct statement statement = about(key);
	PGresult *result = NULL;
	bool again = false;
	credence_rc rc;

	(void)snprintf(revision, sizeof(revision), "%llu", (unsigned long long)item->revision);
	(void)snprintf(expected, sizeof(expected), "%llu", (unsigned long long)item->expected);
	(void)snprintf(expires, sizeof(expires), "%lld", (long long)item->expires_at);
	statement.count = item->expected == 0 ? 4 : 5;
	statement.value[1] = revision;
	statement.value[2] = item->bytes;
	statement.length[2] = (int)item->length;
	statement.format[2] = 1;
	statement.value[3] = item->expires_at != 0 ? expires : NULL;
	statement.value[4] = expected;
	rc =
	    run(self, &statement, item->expected == 0 ? insert_text : update_text, &result, &again);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (rows(result) == 1 || (again && is_there(self, key, item)))
		return CREDENCE_SUCCESS;
	return conflict(self, item);
}

static credence_rc postgres_save(struct credence_self *self, struct credence_call *call,
				 const char *key, const struct credence_item *item)
{
	self->call = call;
	if (item->revision > INT64_MAX || item->length > INT32_MAX)
		return pg_end(self, pg_fail(self, CREDENCE_ERROR, NULL, NULL,
					    "the record does not fit the table"));
	return pg_end(self, save(self, key, item));
}

static credence_rc postgres_erase(struct credence_self *self, struct credence_call *call,
				  const char *key)
{
	struct statement statement = about(key);
	PGresult *result = NULL;
	bool again = false;
	credence_rc rc;

	self->call = call;
	rc = run(self, &statement, "DELETE FROM \"%s\".record WHERE key = $1", &result, &again);
	if (rc != CREDENCE_SUCCESS)
		return pg_end(self, rc);
	return rows(result) > 0 || again ? CREDENCE_SUCCESS : CREDENCE_MISS;
}

static credence_rc postgres_list(struct credence_self *self, struct credence_call *call)
{
	struct statement statement = {.count = 0};
	PGresult *result = NULL;
	credence_rc rc;

	self->call = call;
	rc = run(self, &statement, "SELECT key FROM \"%s\".record ORDER BY key", &result, NULL);
	if (rc != CREDENCE_SUCCESS)
		return pg_end(self, rc);
	for (int row = 0; rc == CREDENCE_SUCCESS && row < PQntuples(result); row++)
		rc = self->host->put_name(call, PQgetvalue(result, row, 0));
	pg_clear(result);
	return rc;
}

/* -- Locks -- */

/* SUCCESS: *held says whether it is, as the server has it. */
static credence_rc ask_lock(struct credence_self *self, const char *key, const char *text,
			    bool *held)
{
	char number[24];
	struct statement statement = {.text = text, .count = 1};
	PGresult *result = NULL;
	credence_rc rc;

	pg_lock_key(self, key, number);
	statement.value[0] = number;
	rc = pg_run(self, &statement, pg_until(self, INT64_MAX), &result);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	*held = PQgetlength(result, 0, 0) == 1 && PQgetvalue(result, 0, 0)[0] != 0;
	pg_clear(result);
	return CREDENCE_SUCCESS;
}

/* Waits as long as the call may. */
static credence_rc take_lock(struct credence_self *self, const char *key)
{
	bool ignored;
	credence_rc rc =
	    ask_lock(self, key, "SELECT pg_catalog.pg_advisory_lock($1::bigint)", &ignored);

	if (rc == CREDENCE_UNAVAIL && (pg_has_code(self, "55P03") || pg_has_code(self, "57014") ||
				       pg_has_code(self, "timeout")))
		rc = pg_fail(self, rc, "busy",
			     "try again later, or give it more time: --timeout 60s",
			     "another host is busy with %s, or the database with itself", key);
	return rc;
}

static credence_rc lock(struct credence_self *self, const char *key, struct held *held)
{
	credence_rc rc = CREDENCE_SUCCESS;

	for (int try = 0; try < 2; try++) {
		self->message[0] = '\0';
		rc = pg_connect(self);
		/* The lock that comes first must be there still. */
		if (rc == CREDENCE_SUCCESS && self->held != NULL &&
		    self->held->connection != self->connection)
			return pg_fail(
			    self, CREDENCE_ERROR, "08006", "try again",
			    "the connection to the database was lost, and with it a lock");
		if (rc == CREDENCE_SUCCESS)
			rc = take_lock(self, key);
		if (rc == CREDENCE_SUCCESS || !pg_has_code(self, "08006"))
			break;
	}
	if (rc != CREDENCE_SUCCESS)
		return rc;
	(void)snprintf(held->key, sizeof(held->key), "%s", key);
	held->connection = self->connection;
	held->next = self->held;
	self->held = held;
	return CREDENCE_SUCCESS;
}

static credence_rc postgres_lock(struct credence_self *self, struct credence_call *call,
				 const char *key)
{
	struct held *held = calloc(1, sizeof(*held));
	credence_rc rc;

	self->call = call;
	if (held == NULL)
		return self->host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	rc = lock(self, key, held);
	if (rc != CREDENCE_SUCCESS)
		free(held);
	return pg_end(self, rc);
}

/* The connection that a lock was taken on; 0: it was not taken. */
static unsigned forget_lock(struct credence_self *self, const char *key)
{
	struct held **at = &self->held, *held;
	unsigned connection;

	while (*at != NULL && strcmp((*at)->key, key) != 0)
		at = &(*at)->next;
	held = *at;
	if (held == NULL)
		return 0;
	connection = held->connection;
	*at = held->next;
	free(held);
	return connection;
}

static credence_rc unlock(struct credence_self *self, const char *key)
{
	unsigned connection = forget_lock(self, key);
	bool held = false;
	credence_rc rc = CREDENCE_SUCCESS;

	if (self->conn == NULL || connection != self->connection)
		return pg_fail(self, CREDENCE_ERROR, "08006", NULL,
			       "the connection to the database was lost, and with it the lock");
	rc = ask_lock(self, key, "SELECT pg_catalog.pg_advisory_unlock($1::bigint)", &held);
	/* Interrupted, or too late to wait for the answer: the lock ended with the connection. */
	if (rc == CREDENCE_CANCELLED || pg_has_code(self, "timeout"))
		return CREDENCE_SUCCESS;
	if (rc == CREDENCE_SUCCESS && !held)
		return pg_fail(
		    self, CREDENCE_ERROR, NULL,
		    "connect to the database itself, not to a pooler that shares sessions",
		    "the database did not hold the lock");
	return rc == CREDENCE_UNAVAIL ? CREDENCE_ERROR : rc;
}

static credence_rc postgres_unlock(struct credence_self *self, struct credence_call *call,
				   const char *key)
{
	self->call = call;
	return pg_end(self, unlock(self, key));
}

static const struct credence_option options[] = {
    {"connection", CREDENCE_SECRET, CREDENCE_REQUIRED, NULL,
     "refers to a libpq connection string or URI"},
    {"schema", CREDENCE_STRING, 0, "credence", "schema with the tables"},
    {"connect_timeout", CREDENCE_DURATION, 0, "10s", "how long making a connection may take"},
    {"statement_timeout", CREDENCE_DURATION, 0, "10s", "how long an answer may take"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_store_ops ops = {
    .size = sizeof(ops),
    .flags =
	CREDENCE_STORE_DURABLE | CREDENCE_STORE_SHARED | CREDENCE_STORE_CAS | CREDENCE_STORE_LOCK,
    .load = postgres_load,
    .save = postgres_save,
    .erase = postgres_erase,
    .list = postgres_list,
    .lock = postgres_lock,
    .unlock = postgres_unlock,
};

CREDENCE_STORE(postgres, &ops, .version = "1.0", .summary = "records in a PostgreSQL database",
	       .options = options, .open = postgres_open, .close = postgres_close);
