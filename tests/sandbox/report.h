/* SPDX-License-Identifier: MIT */
/* What the control origin tells: counters, live tokens, the journal, the origins. */
#ifndef SANDBOX_REPORT_H
#define SANDBOX_REPORT_H

#include "request.h"
#include "sandbox.h"

void report_state(struct sandbox *sb, struct request *rq);   /* GET /state */
void report_clients(struct sandbox *sb, struct request *rq); /* GET /clients */
void report_log(struct sandbox *sb, struct request *rq);     /* GET /log */
void report_origins(struct sandbox *sb, struct request *rq); /* GET /origins */

#endif
