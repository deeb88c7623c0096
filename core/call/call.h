/* SPDX-License-Identifier: MIT */
/*
 * One call: what a caller asked of credence once, from the command line or the C API, with its
 * error, deadline and person. Everything in core that can fail takes the call first and answers a
 * credence_rc; what went wrong is written on the call, once, where it is noticed (call_fail), and
 * shown once, by whoever made the call. To modules it is opaque.
 *
 * What a call is doing (which profile, which stack entry runs, what a method put) is struct work of
 * core/module/host.h and hangs on it.
 */
#ifndef CREDENCE_CALL_H
#define CREDENCE_CALL_H

#include "core/os/buf.h"

#include <credence/credence.h>
#include <credence/module.h>
#include <stdbool.h>
#include <stdint.h>

/* What a call comes to, as the command's exit status (credence(1)) and the C API's return value: in
 * core by these names. */
#define STATUS_OK          CREDENCE_OK
#define STATUS_BUG         CREDENCE_E_BUG
#define STATUS_USAGE       CREDENCE_E_USAGE
#define STATUS_CONFIG      CREDENCE_E_CONFIG
#define STATUS_LOGIN       CREDENCE_E_LOGIN
#define STATUS_REFUSED     CREDENCE_E_REFUSED
#define STATUS_UNAVAIL     CREDENCE_E_UNAVAILABLE
#define STATUS_LIMIT       CREDENCE_E_LIMIT
#define STATUS_STORE       CREDENCE_E_STORE
#define STATUS_MODULE      CREDENCE_E_MODULE
#define STATUS_UNSAFE      CREDENCE_E_UNSAFE
#define STATUS_NO_PROFILE  CREDENCE_E_NO_PROFILE
#define STATUS_NOT_ALLOWED CREDENCE_E_NOT_ALLOWED
#define STATUS_INTERRUPTED 130

/* What went wrong. rc CREDENCE_SUCCESS: nothing. Strings are the call's, printable, without
 * newline. */
struct failure {
	credence_rc rc;
	int status;          /* STATUS_…; 0: follows from rc and the role that failed */
	char *code;          /* the server's or system's name for it; NULL: none */
	char *message;       /* one line */
	char *hint;          /* what to do; NULL: nothing */
	int64_t retry_after; /* ms; with LIMITED and UNAVAIL; 0: unknown */
};

/* The person and the log, as whoever makes calls provides them; every member may be NULL. */
struct call_listener {
	/* As the host's talk: see CREDENCE_ASK… A secret answer is a secret_alloc'ed string;
	 * *answer is then the callee's to free with secret_free. */
	credence_rc (*talk)(void *data, struct credence_call *, const struct credence_message *,
			    char **answer);
	/* One line; level as CREDENCE_LOG_…. */
	void (*log)(void *data, int32_t level, const char *message);
	/* Something is being waited for (a lock, the server, a limit) since ms; for a progress
	 * line. text NULL: no more. */
	void (*progress)(void *data, const char *text, int64_t ms);
	/* Has the caller lost interest (a signal came)? */
	bool (*cancelled)(void *data);
	void *data;
};

#define CALL_WAIT       0x01u /* --wait: wait for provider limits too */
#define CALL_NO_NETWORK 0x02u /* --no-network */
#define CALL_FORCE      0x04u /* renew what is not due or was refused; log out what was revoked */
#define CALL_DRY        0x08u /* trace: change nothing, send nothing */

struct work;
struct credence;

struct credence_call {
	struct credence *context; /* whose call it is: configuration places, loaded modules */
	struct call_listener listener;
	unsigned flags;   /* CALL_… */
	int64_t deadline; /* boot time in ms; 0: none */
	struct failure failure;
	bool unheard; /* the last call_fail met an error that stays: what is added to it is dropped
		       */
	struct work *work; /* the host's side of the method that runs; NULL: none runs */
};

/* timeout_ms: for the whole call; 0: it may not wait for anything; negative: no deadline. */
void call_init(struct credence_call *, struct credence *, const struct call_listener *,
	       unsigned flags, int64_t timeout_ms);
void call_done(struct credence_call *);

/* Sets the error and returns rc. The first error of a step stays unless call_clear comes between,
 * except that an error with a message replaces one without. The message is made printable. */
credence_rc call_fail(struct credence_call *, credence_rc rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with an exit status that does not follow from rc. */
credence_rc call_fail_status(struct credence_call *, int status, credence_rc rc, const char *format,
			     ...) __attribute__((format(printf, 4, 5)));
/* Adds to the error that was just set. */
void call_hint(struct credence_call *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void call_code(struct credence_call *, const char *code);
void call_retry_after(struct credence_call *, int64_t ms);
/* Puts text and ": " before the message: "profile.conf:7: …". */
void call_prefix(struct credence_call *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The network was forbidden with --no-network. UNAVAIL. */
credence_rc call_offline(struct credence_call *);
/* Out of memory, one message. */
credence_rc call_oom(struct credence_call *);

/* Forgets the error. Moves it out of the call (the caller's to failure_done), and back. */
void call_clear(struct credence_call *);
struct failure call_take_failure(struct credence_call *);
void call_set_failure(struct credence_call *, struct failure *); /* empties the argument */
void failure_done(struct failure *);

/* What rc comes to as exit status when a module of that role (0: the core) gave it. */
int status_of(credence_rc rc, uint32_t role);
/* The status of the call's error. */
int call_status(const struct credence_call *, uint32_t role);
/* "success", "miss", …: the names of answers in control words. rc_of_name: -1 if it is none. */
const char *rc_name(credence_rc);
credence_rc rc_of_name(const char *name, size_t length);

/* Puts the deadline off by that much (negative: brings it nearer), or to so much from now. Without
 * one there is still none. */
void call_extend(struct credence_call *, int64_t ms);
void call_restart(struct credence_call *, int64_t ms);
/* ms left, never negative; INT64_MAX without a deadline. */
int64_t call_time_left(const struct credence_call *);
bool call_cancelled(const struct credence_call *);
/* Waits that long: SUCCESS; CANCELLED; UNAVAIL: the deadline came first. No message. */
credence_rc call_wait(struct credence_call *, int64_t ms);
/* --wait: limits, throttling and a server that is away are waited for, by callers that hold no
 * lock. true: what rc was the answer to may be tried again; its message is gone. */
bool call_wait_out(struct credence_call *, credence_rc rc);

void call_log(struct credence_call *, int32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void call_progress(struct credence_call *, const char *text, int64_t since_ms);

#endif
