/* SPDX-License-Identifier: MIT */
/*
 * The host's side of a method that runs: what is known to it, what it put, and the table of
 * services that modules are given. One struct work a call and profile; one struct frame a method,
 * nested when a service asks another module (a grant's token request runs the transport).
 */
#ifndef CREDENCE_MODULE_HOST_H
#define CREDENCE_MODULE_HOST_H

#include "core/call/call.h"
#include "core/config/profile.h"
#include "core/module/attributes.h"
#include "core/os/clock.h"
#include "core/stack/stack.h"
#include "core/stack/walk.h"

/* An HTTP answer as the transport delivers it. */
struct http_answer {
	int status;               /* 0: none yet */
	struct attributes header; /* names in lower case; the first of a name wins */
	struct buf body;          /* secret; bounded by max_body */
	size_t max_body;
};
void http_answer_done(struct http_answer *);

#define TOKEN_LIFE_MAX (INT64_C(10) * 365 * CLOCK_DAY) /* a longer life is cut to that */

/* What put_token was given, checked and copied. */
struct put_token {
	char *access_token, *token_type, *scope, *refresh_token,
	    *id_token;      /* secret memory; NULL: not given */
	int64_t expires_in; /* ms; 0: not given */
};
void put_token_done(struct put_token *);

/* One method that runs. */
struct frame {
	struct frame *outer;
	struct entry *entry;
	const char *method;
	bool put_twice; /* bytes */
	struct attributes put;
	struct put_token token;
	bool has_token;
	struct buf bytes; /* secret */
	bool has_bytes;
	bool has_time;
	int64_t ahead; /* ms: the time that was put, less this host's */
	char **names;
	size_t name_count;
	struct http_answer *answer;        /* perform: where the answer goes */
	struct credence_response response; /* http(): the last one, until the method returns */
	struct scratch *scratch;           /* host strings: freed when the method returns */
	struct program *program;           /* that the method runs; ends with it */
};
void frame_init(struct frame *);
void frame_done(struct frame *); /* wipes */

/* What a call does for one profile. Filled in by the session (core/session), which owns what it
 * points to. */
struct work {
	struct profile *profile;
	struct attributes known;                             /* attribute() reads here first */
	const char *refresh_token, *access_token, *id_token; /* of the record; NULL: none */
	struct frame *frame;                                 /* innermost method that runs */
	bool sent;           /* the first byte of a token request has left */
	bool ran;            /* a grant's program was run, which may have asked anybody */
	struct trace *trace; /* NULL: nobody wants one */
	char *note;          /* walk_note's, until the step ends */
	/* Services that need more of core than core/module knows; NULL: not offered now (CONFIG).
	 */
	credence_rc (*token_request)(struct credence_call *, const struct credence_param *,
				     uint32_t count);
	credence_rc (*endpoint_request)(struct credence_call *, const char *endpoint,
					const struct credence_param *, uint32_t count);
	credence_rc (*revoke_request)(struct credence_call *);
	credence_rc (*refused)(struct credence_call *, const char *at, const char *error,
			       const char *description);
	credence_rc (*http)(struct credence_call *, const struct credence_request *,
			    struct http_answer *);
	credence_rc (*render)(struct credence_call *, const char *format, bool with_secrets,
			      struct buf *text);
	credence_rc (*assertion)(struct credence_call *, const char *claims, struct buf *jwt);
	void *data; /* the session's */
};

/* The table that open() gets. */
extern const struct credence_host host_table;

/* A copy that lives until the current method returns; secret memory. NULL: out of memory. */
const char *frame_keep(struct frame *, const char *text);

#endif
