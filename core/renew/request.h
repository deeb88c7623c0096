/* SPDX-License-Identifier: MIT */
/*
 * One token request (RFC 6749 section 3.2), from the parameters that a grant gives to the token
 * that it gets: endpoint, client authentication, the provider's parameters, sent once, the answer
 * read and judged by the provider's catalogue. What its outcome does to the record is decided in
 * verdict.h.
 */
#ifndef CREDENCE_RENEW_REQUEST_H
#define CREDENCE_RENEW_REQUEST_H

#include "core/renew/catalogue.h"
#include "core/session/session.h"

struct request {
	const char *at; /* the catalogue's word for it: "token" or "refresh" */
	/* Runs once, right before the first byte can leave: limits counted, intent written, all
	 * durable. What it answers but success ends the request unsent. */
	credence_rc (*prepare)(struct session *);
	bool prepared;
	bool used;
	/* What became of it: */
	struct moment started;
	int64_t duration; /* ms */
	bool answered;    /* the server's own answer arrived, good or bad; else it may be lost */
	int http_status;
	char server[256];
	struct verdict verdict; /* of a refusal */
	char *refresh_token; /* in an answer that is of no other use: still the one that counts */
};

void request_init(struct request *, const char *at, credence_rc (*prepare)(struct session *));
void request_done(struct request *);

/* Runs prepare if that has not happened. */
credence_rc request_prepare(struct session *);

/* The host's token_request service; works on session->request. The token is put in the frame of the
 * method that runs. */
credence_rc request_token(struct credence_call *, const struct credence_param *params,
			  uint32_t count);

#endif
