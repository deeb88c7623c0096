/* SPDX-License-Identifier: MIT */
/*
 * libcredence: ask for a credential by name, get an access token that is valid now.
 *
 *	#include <credence/credence.h>
 *
 *	struct credence *credence;
 *	struct credence_answer *answer = NULL;
 *	int status = credence_open(NULL, &credence);
 *	if (status == CREDENCE_OK)
 *		status = credence_get(credence, "crm", NULL, &answer);
 *	if (status == CREDENCE_OK)
 *		use(credence_answer_text(answer, "access_token"));
 *	else if (answer != NULL)
 *		complain(credence_answer_text(answer, "error"));
 *	credence_answer_free(answer);
 *	credence_close(credence);
 *
 * Modules are written against module.h, not against this file. The library prints nothing,
 * installs no signal handler, and changes neither locale nor umask. All functions are thread
 * safe; one context may be used from many threads at once, one answer from one thread at a
 * time. After fork, a child opens a context of its own. Strings are UTF-8; times are ms since
 * 1970, spans are ms.
 */
#ifndef CREDENCE_CREDENCE_H
#define CREDENCE_CREDENCE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a call comes to: the same numbers as the command's exit status, credence(1). */
#define CREDENCE_OK            0
#define CREDENCE_E_BUG         1  /* a bug, or out of memory */
#define CREDENCE_E_USAGE       2  /* an argument is wrong */
#define CREDENCE_E_CONFIG      3  /* configuration; the error names file and line */
#define CREDENCE_E_LOGIN       4  /* a person must run "credence login" */
#define CREDENCE_E_REFUSED     5  /* the server refused */
#define CREDENCE_E_UNAVAILABLE 6  /* unavailable, busy, or past the deadline: try later */
#define CREDENCE_E_LIMIT       7  /* would break a limit of the provider; see retry_after */
#define CREDENCE_E_STORE       8  /* a store failed */
#define CREDENCE_E_MODULE      9  /* a module failed */
#define CREDENCE_E_UNSAFE      10 /* refused as unsafe */
#define CREDENCE_E_NO_PROFILE  11 /* no such profile */
#define CREDENCE_E_NOT_ALLOWED 12 /* not allowed here */

struct credence;        /* a context: configuration and loaded modules */
struct credence_answer; /* what one call came to */

/* How a token is wanted. Set size to sizeof(struct credence_ask), leave the rest zero for the
 * defaults. It may grow at its end. */
struct credence_ask {
	uint32_t size;
	uint32_t flags;      /* CREDENCE_ASK_… */
	int64_t timeout;     /* ms for the whole call, waiting for other processes included; 0: what
				credence.conf says as deadline, else 30 s; -1: don't wait */
	int64_t min_valid;   /* ms that the token must still be good for */
	uint64_t newer_than; /* with CREDENCE_ASK_NEWER: a generation above this one, as after a
				401 */
};
#define CREDENCE_ASK_NEWER      0x1u /* newer_than counts */
#define CREDENCE_ASK_NO_NETWORK 0x2u /* only what the store has */
#define CREDENCE_ASK_WAIT       0x4u /* wait for a provider's limit too, up to the timeout */

/* Opens a context. folder: where the configuration is instead of the user's and the admin's places
 * (as credence -C), or NULL. Returns CREDENCE_OK and sets *credence (credence_close it), or a
 * status and leaves *credence NULL; "credence check" then tells more. */
int credence_open(const char *folder, struct credence **credence);

/* Closes a context; accepts NULL. Answers stay valid. No call may be running on it. */
void credence_close(struct credence *);

/* Asks for a token of a profile: from the store if it is still good, else renewed, once however
 * many ask. ask may be NULL. Never asks a person. Returns a status; *answer is set in any case but
 * out of memory (NULL, CREDENCE_E_BUG) and is the caller's to credence_answer_free. May block up to
 * the timeout. */
int credence_get(struct credence *, const char *profile, const struct credence_ask *ask,
		 struct credence_answer **answer);

/* The status that credence_get returned; NULL: CREDENCE_E_BUG. */
int credence_answer_status(const struct credence_answer *);

/* A member by name, or NULL if there is none or the answer is NULL. Lives as long as the answer.
 *   on success:
 *     access_token
 *     header              the value of the Authorization header (RFC 6750 section 2.1, or the
 *                         provider's own scheme)
 *     token_type          as the server named it
 *     scope               what was granted, separated by spaces
 *     api_domain          the base URL of the API in the data centre of the credential
 *     location            that data centre
 *     accounts_server     and its authorization server
 *     profile             the name that was asked for
 *     credential          the name that its record is kept under
 *   on failure:
 *     error               one line
 *     code                the server's or system's name for it, if it has one
 *     hint                what to do about it */
const char *credence_answer_text(const struct credence_answer *, const char *name);

/* A number by name; -1 if there is none.
 *   on success:
 *     generation          one more with every new access token
 *     issued_at           ms since 1970
 *     expires_at          ms since 1970
 *   on failure:
 *     retry_after         ms, if trying again makes sense at a known time */
int64_t credence_answer_number(const struct credence_answer *, const char *name);

/* Wipes and frees; accepts NULL. */
void credence_answer_free(struct credence_answer *);

/* "0.1.0": the library's version. Static. */
const char *credence_version(void);

#ifdef __cplusplus
}
#endif

#endif
