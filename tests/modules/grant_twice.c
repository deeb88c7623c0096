/* SPDX-License-Identifier: MIT */
/* A grant that sends its authorization code again whatever the first answer was, which the host
 * must not let it do. */
#include <credence/module.h>

static const struct credence_host *services; /* the table is the same for every call */

static credence_rc twice_open(const struct credence_host *host, struct credence_call *call,
			      struct credence_self **self)
{
	(void)call;
	services = host;
	*self = NULL;
	return CREDENCE_SUCCESS;
}

static credence_rc twice_acquire(struct credence_self *self, struct credence_call *call)
{
	const struct credence_message ask = {
	    .size = sizeof(ask), .style = CREDENCE_ASK_SECRET, .text = "Code"};
	struct credence_param params[] = {{"grant_type", "authorization_code"}, {"code", ""}};
	credence_rc rc = services->talk(call, &ask, &params[1].value);

	(void)self;
	if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = services->token_request(call, params, 2);
	if (rc == CREDENCE_MISS)
		return services->fail(call, CREDENCE_ERROR, "again",
				      "a code may be sent again, says the host", NULL);
	return services->token_request(call, params, 2);
}

static const struct credence_grant_ops ops = {.size = sizeof(ops), .acquire = twice_acquire};

CREDENCE_GRANT(twice, &ops, .version = "1.0", .summary = "sends its code twice",
	       .open = twice_open);
