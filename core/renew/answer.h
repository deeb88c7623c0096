/* SPDX-License-Identifier: MIT */
/*
 * Reading a token endpoint's answer (RFC 6749 sections 5.1 and 5.2, and what servers make of them):
 * members become known as answer.NAME, a token is taken out, an error is looked up.
 */
#ifndef CREDENCE_RENEW_ANSWER_H
#define CREDENCE_RENEW_ANSWER_H

#include "core/renew/request.h"

/* SUCCESS: *token is filled (secret memory, the caller's to put_token_done). Else the call's error
 * and request->verdict say what the server meant; request->answered whether it was the server at
 * all. */
credence_rc answer_read(struct session *, struct request *, const struct http_answer *,
			struct put_token *token);
/* The same for an answer that is no token: SUCCESS: its members are known. */
credence_rc answer_read_members(struct session *, struct request *, const struct http_answer *);
/* ms that an access token lives if nobody says how long. */
int64_t answer_usual_life(const struct session *);

#endif
