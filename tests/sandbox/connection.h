/* SPDX-License-Identifier: MIT */
/* Between libmicrohttpd's connections and struct request. */
#ifndef SANDBOX_CONNECTION_H
#define SANDBOX_CONNECTION_H

#include "request.h"
#include "sandbox.h"

#include <microhttpd.h>

/* A new request with its headers and query. */
struct request *connection_request(struct MHD_Connection *connection, const char *method,
				   const char *path);
/* Collects the body, up to BODY_MAX. */
void connection_body(struct request *rq, const char *data, size_t size);
/* Reads the parameters out of a complete body. */
void connection_params(struct MHD_Connection *connection, struct request *rq);
/* Has the request served and sends the answer, or what a fault makes of it. */
enum MHD_Result connection_serve(struct sandbox *sb, struct MHD_Connection *connection,
				 struct request *rq);

#endif
