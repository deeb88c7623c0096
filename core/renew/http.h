/* SPDX-License-Identifier: MIT */
/*
 * One HTTP request over the profile's transport: the URL checked, the profile's http settings
 * filled in, the answer bounded. Who may be asked is checked by the caller (core/module/origin.h).
 */
#ifndef CREDENCE_RENEW_HTTP_H
#define CREDENCE_RENEW_HTTP_H

#include "core/session/session.h"

#define HTTP_BODY_MAX ((size_t)1 << 20)   /* answers of an authorization server */
#define HTTP_TIMEOUT  (30 * CLOCK_SECOND) /* one request, where the call itself has no deadline */

/* The host's http service: method, url, headers, body and max_body (0: HTTP_BODY_MAX) of the
 * request count; with servers, who have been looked at, ca_file, client_cert and connect_timeout,
 * too, and nothing of the profile's. SUCCESS whatever the status. */
credence_rc session_http(struct credence_call *, const struct credence_request *,
			 struct http_answer *);

/* What a Retry-After header says (RFC 9110 section 10.2.3), in ms, at most one hour; 0: nothing. */
int64_t http_retry_after(const struct http_answer *);

#endif
