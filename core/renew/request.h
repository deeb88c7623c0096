/* SPDX-License-Identifier: MIT */
/*
 * One token request (RFC 6749 section 3.2), from the parameters that a grant gives to the token
 * that it gets: endpoint, client authentication, the provider's parameters, sent once, the answer
 * read and judged by the provider's catalogue. What its outcome does to the record is decided in
 * outcome.h. Requests to the other endpoints that a grant may need are in endpoint.h.
 */
#ifndef CREDENCE_RENEW_REQUEST_H
#define CREDENCE_RENEW_REQUEST_H

#include "core/renew/catalogue.h"
#include "core/session/session.h"

struct request {
	const char *at;         /* the catalogue's word for it: "token", "refresh" or "device" */
	const char *parameters; /* the provider's list of what it carries: "token" or "refresh" */
	/* Runs right before the first byte can leave: limits counted, intent written, all durable.
	 * What it answers but success ends the request unsent. Once, but for a device's question,
	 * which is made again and again: counted then says that it has been counted. */
	credence_rc (*prepare)(struct session *);
	bool acquire; /* it starts from nothing: no refresh token is sent that it could replace */
	bool unattended; /* of a grant that asks no person */
	bool prepared;
	bool noted; /* its intent is in the record that is saved */
	bool counted;
	int64_t counted_at; /* wall ms: where the ledger has a login's; 0: nothing is counted */
	bool used;
	/* What became of it: */
	struct moment started;
	int64_t duration; /* ms */
	bool answered;    /* the server's own answer arrived, good or bad; else it may be lost */
	bool made; /* a refresh token, or perhaps: an answer is lost, or can't be understood */
	int http_status;
	char server[256];
	struct verdict verdict; /* of a refusal */
	char *refresh_token; /* in an answer that is of no other use: still the one that counts */
};

void request_init(struct request *, const char *at, credence_rc (*prepare)(struct session *));
void request_done(struct request *);

/* Is there time and a network? What can't be sent now is neither counted nor announced to others,
 * and nobody is asked for anything that it takes. UNAVAIL, message set. */
credence_rc request_can_send(struct credence_call *);
/* Runs prepare if that has not happened. */
credence_rc request_prepare(struct session *);

/* What endpoint.h shares with a token request: the URL that the resolver put under that name, on a
 * host of the provider's (CONFIG, UNSAFE); and the sending itself, with the note of where and when
 * in the request. */
credence_rc request_url(struct session *, const char *endpoint, const char **url);
credence_rc request_post(struct session *, struct request *, const char *url,
			 const struct buf *form, const struct buf *authorization,
			 struct http_answer *);
/* A grant succeeded. If it made no request but got its token some other way, that is now, and what
 * it learned (answer.NAME) is what is known. */
credence_rc request_finish(struct session *, struct frame *);

/* The host's revoke_request service: RFC 7009, with what the provider's data say of it. SUCCESS;
 * MISS: the server did not know the token; else it was not confirmed. */
credence_rc request_revoke(struct credence_call *);

/* The host's token_request service; works on session->request. The token is put in the frame of the
 * method that runs. */
credence_rc request_token(struct credence_call *, const struct credence_param *params,
			  uint32_t count);

/* The host's service refused: an error that a grant met beside its token request. */
credence_rc request_refused(struct credence_call *, const char *at, const char *error,
			    const char *description);

#endif
