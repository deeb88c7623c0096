/* SPDX-License-Identifier: MIT */
/* The last requests, for tests that ask what was sent where. It holds no secret. */
#ifndef SANDBOX_JOURNAL_H
#define SANDBOX_JOURNAL_H

#include <json-c/json.h>
#include <stdint.h>

enum { JOURNAL_SIZE = 1024 };

struct journal {
	struct json_object *entries[JOURNAL_SIZE]; /* entry n is at n % JOURNAL_SIZE */
	int64_t next;                              /* number of the next one, from 1 */
};

struct sandbox;
struct request;

/* Notes a request with its answer's status; 0: none was given. */
void journal_add(struct sandbox *sb, const struct request *rq);
/* The entries with a number above `since`, as an array. */
struct json_object *journal_json(const struct journal *journal, int64_t since);
void journal_clear(struct journal *journal);

#endif
