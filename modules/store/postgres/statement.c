/* SPDX-License-Identifier: MIT */
/* One statement on a connection that never blocks: whatever the server does, it ends in time. */
#include "postgres.h"

#include <poll.h>
#include <string.h>
#include <time.h>

#define STEP 50 /* ms between two looks at whether the caller has lost interest */

int64_t pg_clock(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t pg_until(const struct credence_self *self, int64_t ms)
{
	int64_t left = self->host->time_left(self->call), now = pg_clock();

	if (ms > left)
		ms = left;
	return ms < INT64_MAX - now ? now + ms : INT64_MAX;
}

static credence_rc too_late(struct credence_self *self)
{
	return pg_fail(self, CREDENCE_UNAVAIL, "timeout",
		       "try again later, or give it more time: --timeout 60s",
		       "the database did not answer in time");
}

credence_rc pg_wait(struct credence_self *self, int fd, short events, int64_t until)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};

	/* libpq has closed it, and says so when it is asked. */
	if (fd < 0)
		return CREDENCE_SUCCESS;
	for (;;) {
		int64_t left = until - pg_clock();
		credence_rc rc = self->host->wait(self->call, 0);
		int ready;

		if (rc == CREDENCE_CANCELLED)
			return pg_fail(self, rc, NULL, NULL, "interrupted");
		if (rc != CREDENCE_SUCCESS || left <= 0)
			return too_late(self);
		ready = poll(&poll_fd, 1, (int)(left < STEP ? left : STEP));
		if (ready > 0)
			return CREDENCE_SUCCESS;
	}
}

void pg_clear(PGresult *result)
{
	for (int row = 0; row < PQntuples(result); row++)
		for (int column = 0; column < PQnfields(result); column++)
			explicit_bzero(PQgetvalue(result, row, column),
				       (size_t)PQgetlength(result, row, column));
	PQclear(result);
}

void pg_close(struct credence_self *self)
{
	PQfinish(self->conn);
	self->conn = NULL;
}

static credence_rc lost(struct credence_self *self)
{
	pg_close(self);
	return pg_fail_state(self, "08006");
}

static credence_rc flush(struct credence_self *self, int64_t until)
{
	int rest;

	while ((rest = PQflush(self->conn)) == 1) {
		credence_rc rc = pg_wait(self, PQsocket(self->conn), POLLIN | POLLOUT, until);

		if (rc != CREDENCE_SUCCESS)
			return rc;
		/* Who does not listen while the other does not either, waits for ever. */
		if (PQconsumeInput(self->conn) == 0)
			return lost(self);
	}
	return rest == 0 ? CREDENCE_SUCCESS : lost(self);
}

/* The next result; *result NULL: there is no more. */
static credence_rc next(struct credence_self *self, int64_t until, PGresult **result)
{
	while (PQisBusy(self->conn) != 0) {
		credence_rc rc = pg_wait(self, PQsocket(self->conn), POLLIN, until);

		if (rc != CREDENCE_SUCCESS)
			return rc;
		if (PQconsumeInput(self->conn) == 0)
			return lost(self);
	}
	*result = PQgetResult(self->conn);
	return CREDENCE_SUCCESS;
}

/* Takes the first result, and whatever libpq has behind it. */
static credence_rc collect(struct credence_self *self, int64_t until, PGresult **result)
{
	PGresult *more = NULL;
	credence_rc rc = next(self, until, result);

	while (rc == CREDENCE_SUCCESS && self->conn != NULL && *result != NULL) {
		rc = next(self, until, &more);
		if (rc != CREDENCE_SUCCESS || more == NULL)
			break;
		pg_clear(more);
	}
	return rc;
}

/* What the server said. It ends the connection behind errors of class 57P. */
static credence_rc judge(struct credence_self *self, const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (result != NULL && (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK))
		return CREDENCE_SUCCESS;
	if (state == NULL || PQstatus(self->conn) != CONNECTION_OK ||
	    strncmp(state, "57P", 3) == 0) {
		pg_close(self);
		return pg_fail_state(self, "08006");
	}
	return pg_fail_state(self, state);
}

credence_rc pg_run(struct credence_self *self, const struct statement *statement, int64_t until,
		   PGresult **ret)
{
	PGresult *result = NULL;
	credence_rc rc;

	if (PQsendQueryParams(self->conn, statement->text, statement->count, NULL, statement->value,
			      statement->length, statement->format, 1) == 0)
		return lost(self);
	rc = flush(self, until);
	if (rc == CREDENCE_SUCCESS)
		rc = collect(self, until, &result);
	if (rc == CREDENCE_SUCCESS)
		rc = judge(self, result);
	else if (self->conn != NULL)
		pg_close(self); /* an answer may be under way that nobody waits for */
	if (rc == CREDENCE_SUCCESS)
		*ret = result;
	else
		pg_clear(result);
	return rc;
}

credence_rc pg_command(struct credence_self *self, const char *text, int64_t until)
{
	const struct statement statement = {.text = text};
	PGresult *result = NULL;
	credence_rc rc = pg_run(self, &statement, until, &result);

	if (rc == CREDENCE_SUCCESS)
		pg_clear(result);
	return rc;
}
