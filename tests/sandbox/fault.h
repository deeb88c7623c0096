/* SPDX-License-Identifier: MIT */
/* Faults that a test orders: what a server, a proxy or a network can do wrong to a request. */
#ifndef SANDBOX_FAULT_H
#define SANDBOX_FAULT_H

#include "list.h"
#include "request.h"

#include <stdbool.h>
#include <stdint.h>

enum { FAULTS_MAX = 64, FAULT_TEXT_MAX = 256, FAULT_MEMBER_MAX = 64 };

enum fault_kind {
	FAULT_NONE,
	FAULT_STATUS,     /* "500": an HTTP error with an HTML body */
	FAULT_HTML,       /* 200 with HTML */
	FAULT_NO_JSON,    /* 200 with plain text */
	FAULT_EMPTY,      /* 200 without a body */
	FAULT_THROTTLE,   /* the provider's throttling answer */
	FAULT_ERROR,      /* an OAuth error with any code */
	FAULT_REDIRECT,   /* to a URL */
	FAULT_RESET,      /* connection reset, nothing done */
	FAULT_HANG,       /* no answer for a time, nothing done */
	FAULT_SLOW,       /* the right answer, late */
	FAULT_LOST,       /* carried out, connection reset before the answer */
	FAULT_TRUNCATED,  /* half of the JSON */
	FAULT_CUT,        /* connection closed in the middle of the body */
	FAULT_ENDLESS,    /* a body without end */
	FAULT_GARBAGE,    /* JSON of wrong types and values */
	FAULT_API_DOMAIN, /* "wrong_api_domain" */
	FAULT_MEMBER      /* a member of the JSON set or taken away */
};

struct fault {
	struct link link;
	enum fault_kind kind;
	int dc;            /* DC_NONE: any */
	char endpoint[16]; /* "any", "token", … */
	int64_t count;     /* how often yet; -1: for ever */
	int status;
	int64_t wait_ms, retry_after;
	unsigned cleared;          /* when it was taken, of struct faults */
	bool before;               /* of FAULT_SLOW: wait, then carry out */
	char text[FAULT_TEXT_MAX]; /* error code, URL, host, which garbage, or a member's value */
	char member[FAULT_MEMBER_MAX];
};

/* In the order in which they were asked for. All zero is none. */
struct faults {
	struct list list;
	unsigned cleared; /* how often they were; late answers then wait no longer */
};

struct sandbox;

/* Reads a fault from parameters; says what is wrong with them, or NULL. */
const char *fault_parse(const struct params *params, struct fault *out);
bool faults_add(struct faults *faults, const struct fault *fault);
void faults_clear(struct faults *faults);
struct json_object *faults_json(const struct faults *faults);

/* Takes the first fault that this request meets; its kind is FAULT_NONE if none. */
struct fault fault_take(struct sandbox *sb, struct request *rq);
/* Answers instead of the server; false if this fault lets the server work. */
bool fault_instead(struct sandbox *sb, struct request *rq, const struct fault *fault);
/* Whether there is garbage of that name. */
bool garbage_known(const char *what);
/* Spoils the answer that the server gave. */
void fault_spoil(struct request *rq, const struct fault *fault);

/* The throttling answer, as the settings word it. */
void answer_throttle(struct sandbox *sb, struct request *rq);

#endif
