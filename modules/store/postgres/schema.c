/* SPDX-License-Identifier: MIT */
/*
 * The tables. They have a version; each step leads from one to the next, and runs in a transaction
 * under an advisory lock, so that of many who find an empty database one makes them. Where the
 * database user may not make tables, an admin does, with what credence-profile(5) shows.
 */
#include "postgres.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA_VERSION 1

/* %1$s is the schema. Each statement by itself: one with parameters can't be several. */
static const char *const step_1[] = {
    "CREATE TABLE \"%1$s\".version (version integer PRIMARY KEY, "
    "applied_at timestamptz NOT NULL DEFAULT now())",
    "CREATE TABLE \"%1$s\".record (key text COLLATE \"C\" PRIMARY KEY, "
    "revision bigint NOT NULL CHECK (revision > 0), bytes bytea NOT NULL, "
    "expires_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now())",
    "REVOKE ALL ON \"%1$s\".version, \"%1$s\".record FROM PUBLIC",
    "INSERT INTO \"%1$s\".version (version) VALUES (1)",
    NULL,
};

static const char *const *const steps[SCHEMA_VERSION] = {step_1};

/* FNV-1a of 64 bits, over a name of our own, the schema and the key. */
void pg_lock_key(const struct credence_self *self, const char *key, char text[static 24])
{
	const char *const parts[] = {"credence", self->schema, key};
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		for (const char *at = parts[i];; at++) {
			hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
			if (*at == '\0')
				break;
		}
	(void)snprintf(text, 24, "%lld", (long long)(int64_t)hash);
}

static credence_rc formatted(struct credence_self *self, const char *format, int64_t until)
{
	char text[512];

	(void)snprintf(text, sizeof(text), format, self->schema);
	return pg_command(self, text, until);
}

/* -- Which version -- */

static credence_rc read_version(struct credence_self *self, int64_t until, int *version)
{
	struct statement statement = {.count = 0};
	PGresult *result = NULL;
	char text[128];
	uint32_t number;
	credence_rc rc;

	(void)snprintf(text, sizeof(text),
		       "SELECT coalesce(max(version), 0)::int4 FROM \"%s\".version", self->schema);
	statement.text = text;
	rc = pg_run(self, &statement, until, &result);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	memcpy(&number, PQgetvalue(result, 0, 0), sizeof(number));
	*version = (int)ntohl(number);
	pg_clear(result);
	return CREDENCE_SUCCESS;
}

static credence_rc too_new(struct credence_self *self, int version)
{
	return pg_fail(self, CREDENCE_CONFIG, NULL, "upgrade credence on this host",
		       "the tables in schema %s have version %d, and this credence knows %d",
		       self->schema, version, SCHEMA_VERSION);
}

/* -- Making them -- */

/* What is there now. Names in a statement are looked up in a cache of the session, which may not
 * know yet what another has made meanwhile; rows are not. */
static credence_rc look(struct credence_self *self, int64_t until, bool *schema, bool *table)
{
	struct statement statement = {
	    .text = "SELECT n.oid IS NOT NULL, c.oid IS NOT NULL FROM (SELECT 1) AS one "
		    "LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = $1 "
		    "LEFT JOIN pg_catalog.pg_class c "
		    "ON c.relnamespace = n.oid AND c.relname = 'version'",
	    .count = 1,
	    .value = {self->schema}};
	PGresult *result = NULL;
	credence_rc rc = pg_run(self, &statement, until, &result);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	*schema = PQgetvalue(result, 0, 0)[0] != 0;
	*table = PQgetvalue(result, 0, 1)[0] != 0;
	pg_clear(result);
	return CREDENCE_SUCCESS;
}

/* Who came first has done it. One who finds the schema may lack the right to make schemas, and does
 * not need it. */
static credence_rc migrate_locked(struct credence_self *self, int64_t until)
{
	bool schema = false, table = false;
	int version = 0;
	credence_rc rc = look(self, until, &schema, &table);

	if (rc == CREDENCE_SUCCESS && table)
		rc = read_version(self, until, &version);
	else if (rc == CREDENCE_SUCCESS && !schema)
		rc = formatted(self, "CREATE SCHEMA \"%1$s\"", until);
	for (; rc == CREDENCE_SUCCESS && version < SCHEMA_VERSION; version++)
		for (size_t i = 0; rc == CREDENCE_SUCCESS && steps[version][i] != NULL; i++)
			rc = formatted(self, steps[version][i], until);
	return rc;
}

static credence_rc lock_migration(struct credence_self *self, int64_t until)
{
	struct statement statement = {.text = "SELECT pg_catalog.pg_advisory_xact_lock($1::bigint)",
				      .count = 1};
	PGresult *result = NULL;
	char key[24];
	credence_rc rc;

	pg_lock_key(self, "", key); /* of no record */
	statement.value[0] = key;
	rc = pg_run(self, &statement, until, &result);
	if (rc == CREDENCE_SUCCESS)
		pg_clear(result);
	return rc;
}

static credence_rc migrate(struct credence_self *self, int64_t until)
{
	credence_rc rc = pg_command(self, "BEGIN", until);

	if (rc == CREDENCE_SUCCESS)
		rc = lock_migration(self, until);
	if (rc == CREDENCE_SUCCESS)
		rc = migrate_locked(self, until);
	if (rc == CREDENCE_SUCCESS)
		return pg_command(self, "COMMIT", until);
	if (pg_has_code(self, "42501"))
		rc = pg_fail(
		    self, CREDENCE_CONFIG, "42501",
		    "have an admin make them, as credence-profile(5) shows under \"Records in "
		    "PostgreSQL\"",
		    "the tables of credence are not in schema %s, and the database user may not "
		    "make them",
		    self->schema);
	/* What the transaction did ends with the connection. */
	pg_close(self);
	return rc;
}

credence_rc pg_schema(struct credence_self *self, bool has, int64_t until)
{
	int version = 0;
	credence_rc rc = has ? read_version(self, until, &version) : CREDENCE_SUCCESS;

	if (rc == CREDENCE_SUCCESS && version > SCHEMA_VERSION)
		rc = too_new(self, version);
	if (rc == CREDENCE_SUCCESS && version < SCHEMA_VERSION)
		rc = migrate(self, until);
	return rc;
}
