/* SPDX-License-Identifier: MIT */
/*
 * Store "postgres": records in two tables of a PostgreSQL database. What the files share: the one
 * connection of a self, the error that a method ends with, and who does what.
 *
 *	connection.c    the option "connection", checked, and what libpq is told
 *	address.c       hosts and their addresses, without a wait past the deadline
 *	connect.c       a connection that is ready for statements
 *	statement.c     one statement, sent and waited for
 *	error.c         what SQLSTATE and libpq's words come to
 *	schema.c        the tables: which version they have, making them
 *	postgres.c      the methods of a store
 */
#ifndef CREDENCE_STORE_POSTGRES_H
#define CREDENCE_STORE_POSTGRES_H

#include <credence/module.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#define KEY_MAX    64 /* of a record, by the ABI */
#define SCHEMA_MAX 63 /* of an identifier, by PostgreSQL */
#define STATE_MAX  5  /* of a SQLSTATE */

/* A lock that was taken, and on which connection: it ended with that. */
struct held {
	struct held *next;
	unsigned connection;
	char key[KEY_MAX + 1];
};

struct credence_self {
	const struct credence_host *host;
	struct credence_call *call; /* of the method that runs */
	PGconn *conn;               /* NULL: none */
	unsigned connection;        /* how many there were */
	int64_t limit;              /* boot ms: by when the server ends what this one has left */
	struct held *held;
	char schema[SCHEMA_MAX + 1];
	/* Why the method fails. No message: the host has set one, or nothing failed. */
	char message[320];
	char code[STATE_MAX + 1 + 10];
	const char *hint;
};

/* -- error.c -- */

/* Notes what the method will fail with, and returns rc. code, hint: NULL: none. */
credence_rc pg_fail(struct credence_self *, credence_rc rc, const char *code, const char *hint,
		    const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The same for a SQLSTATE. */
credence_rc pg_fail_state(struct credence_self *, const char *state);
/* The same for a connection that was not made, with libpq's text. answered: something came from the
 * other side. secrets: a NULL-ended list of what must not be told. */
credence_rc pg_fail_connect(struct credence_self *, const char *host, const char *text,
			    bool answered, const char *const *secrets);
/* Has the SQLSTATE that the method fails with? */
bool pg_has_code(const struct credence_self *, const char *code);
/* Hands the error to the host, at the end of a method. */
credence_rc pg_end(struct credence_self *, credence_rc rc);

/* -- statement.c -- */

/* Boot time in ms, and the moment that is so many ms from now or the call's deadline. */
int64_t pg_clock(void);
int64_t pg_until(const struct credence_self *, int64_t ms);

/* Waits for a descriptor. SUCCESS: it is ready, or may be; CANCELLED; UNAVAIL: until or the call's
 * deadline came first. Message set. */
credence_rc pg_wait(struct credence_self *, int fd, short events, int64_t until);

#define PARAMETERS 5
struct statement {
	const char *text;
	int count;
	const char *value[PARAMETERS];
	int length[PARAMETERS]; /* of a binary one */
	int format[PARAMETERS]; /* 1: binary */
};

/* Runs it on the connection. SUCCESS: *result is the caller's to free with pg_clear, and its
 * columns are binary; else as the error says. A connection that was lost, or is of no use since the
 * answer may still come, is closed: self->conn is NULL. */
credence_rc pg_run(struct credence_self *, const struct statement *, int64_t until,
		   PGresult **result);
/* The same for one without parameters whose result does not matter. */
credence_rc pg_command(struct credence_self *, const char *text, int64_t until);
/* Wipes it first: it may hold a record. Accepts NULL. */
void pg_clear(PGresult *);
void pg_close(struct credence_self *);

/* -- connection.c -- */

/* Where a server is, which decides what is asked of the way to it. */
#define PLACE_SOCKET   0 /* a folder with a Unix socket */
#define PLACE_LOOPBACK 1 /* a literal address of this machine */
#define PLACE_REMOTE   2

#define SETTINGS 64
struct settings {
	PQconninfoOption *options;
	/* For PQconnectStartParams, with room for one host, hostaddr and port. */
	const char *keyword[SETTINGS + 4], *value[SETTINGS + 4];
	int count;
	const char *hosts, *hostaddr, *ports; /* as given; lists */
	const char *secrets[3];
	bool verify; /* TLS with verified certificate and name */
};

/* Reads and checks the option. CONFIG, UNSAFE: message set. */
credence_rc pg_settings(struct credence_self *, struct settings *);
void pg_settings_done(struct settings *);
int pg_place(const char *host);

/* -- address.c -- */

#define ADDRESSES 8
struct addresses {
	char text[ADDRESSES][64];
	int count;
};
/* The addresses of a host by name. UNAVAIL, CANCELLED. */
credence_rc pg_resolve(struct credence_self *, const char *host, int64_t until, struct addresses *);

/* -- connect.c -- */

/* Makes sure that there is a connection, with the tables there. */
credence_rc pg_connect(struct credence_self *);

/* -- schema.c -- */

/* The tables have the version that this module knows; makes them if they are not there. has:
 * whether there is a table of versions. */
credence_rc pg_schema(struct credence_self *, bool has, int64_t until);
/* The 64-bit key of an advisory lock, as text. */
void pg_lock_key(const struct credence_self *, const char *key, char text[static 24]);

#endif
