/* SPDX-License-Identifier: MIT */
/*
 * The protocol between credence and a module that is a program, as credence-exec(7) has it: one
 * JSON object a line, both ways. Written against the host's table of services alone, so that it
 * serves whoever has one. message.c: lines; protocol.c: who says what when; serve.c: what a program
 * may ask of the host; bytes.c: what stores ask; token.c: programs that speak no protocol but print
 * a token.
 */
#ifndef CREDENCE_MODULES_EXEC_H
#define CREDENCE_MODULES_EXEC_H

#include "core/os/buf.h"

#include <credence/module.h>
#include <json-c/json_object.h>
#include <stdbool.h>

#define EXEC_PROTOCOL  1
#define EXEC_CALLS_MAX 10000 /* host calls within one method */

/* What every exec module may be told. */
#define EXEC_OPTIONS                                                                               \
	{"command", CREDENCE_LIST, CREDENCE_REQUIRED, NULL,                                        \
	 "the program's absolute path, then its arguments; there is no shell"},                    \
	    {"environment", CREDENCE_LIST, 0, NULL,                                                \
	     "names of variables that the program gets beside the usual ones"},                    \
	    {"options", CREDENCE_LIST, 0, NULL,                                                    \
	     "NAME=VALUE, one a string: what the program may ask for"},                            \
	{                                                                                          \
		"secret", CREDENCE_SECRET, 0, NULL, "a secret that the program may ask for"        \
	}

/* One method that is asked of a program. */
struct exec {
	const struct credence_host *host;
	struct credence_call *call;
	const char *role, *method;
	const char *key;                  /* of a store's methods; NULL: none */
	const struct credence_item *item; /* to save; NULL: none */
	struct buf *bytes;                /* where put bytes go; NULL: to the host */
	const char *program;              /* its path, for messages */
	unsigned calls;                   /* host calls so far */
	bool has_token;                   /* one was put */
	bool has_bytes;                   /* some were put */
};

/* Begins: starts the program. */
credence_rc exec_start(struct exec *);

/* Asks the program for a method, by the protocol. *offered: it has that method; if not, MISS. */
credence_rc exec_method(const struct credence_host *, struct credence_call *, const char *role,
			const char *method, bool *offered);
/* The same, with what else a method of a store needs; one that is not offered is a fault. */
credence_rc exec_store(struct exec *);

/* Runs the program, which prints a token and ends, and puts that. */
credence_rc exec_token(const struct credence_host *, struct credence_call *);

/* Answers rc with a message that names the module and the program. */
credence_rc exec_fail(struct exec *, credence_rc rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The program has ended too early: says how. */
credence_rc exec_ended(struct exec *, const char *before);

/* Sends a message, which it takes over and wipes. A program that does not listen any more may still
 * have something to say: that is no failure. */
credence_rc exec_send(struct exec *, struct json_object *message);
/* The next message, the caller's to json_wipe. ERROR: it is none, or the program has ended. */
credence_rc exec_receive(struct exec *, struct json_object **message);

/* Serves a host call. The reply is the caller's; NULL: out of memory. */
struct json_object *exec_serve(struct exec *, struct json_object *request);

/* Adds to the call of a store's method what it is about. */
credence_rc exec_add_item(struct exec *, struct json_object *call);
/* Host functions of stores. */
credence_rc exec_put_bytes(struct exec *, struct json_object *request, struct json_object *reply);
credence_rc exec_put_name(struct exec *, struct json_object *request, struct json_object *reply);
credence_rc exec_revision(struct exec *, struct json_object *request, struct json_object *reply);

/* A token as a program gives it (RFC 6749 section 5.1, or expires_at as RFC 3339 has it). Strings
 * are the tree's. age: ms since it was current. NULL: taken; else what is wrong with it. */
const char *exec_read_token(const struct exec *, struct json_object *, int64_t age,
			    struct credence_token *);

/* A new message of that type; NULL: out of memory. */
struct json_object *exec_message(const char *type);

#endif
