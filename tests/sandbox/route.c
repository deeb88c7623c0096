/* SPDX-License-Identifier: MIT */
/* The paths of the accounts servers; api.c and control.c have their own. */
#include "route.h"

#include "api.h"
#include "authorize.h"
#include "control.h"
#include "device.h"
#include "info.h"
#include "introspect.h"
#include "metadata.h"
#include "revoke.h"
#include "token.h"

#include <string.h>

static const struct {
	const char *path;
	void (*serve)(struct sandbox *sb, struct request *rq);
} endpoints[] = {
    {"/oauth/v2/token", token_endpoint},
    {"/oauth/v2/auth", authorize_endpoint},
    {"/oauth/v2/approve", approve_endpoint},
    {"/oauth/v2/revoke/token", revoke_endpoint},
    {"/oauth/v2/token/revoke", revoke_older_endpoint},
    {"/oauth/v2/device_authorization", device_authorization_endpoint},
    {"/oauth/v3/device/code", device_code_endpoint},
    {"/oauth/v3/device/token", device_token_endpoint},
    {"/oauth/v3/device", device_page_endpoint},
    {"/oauth/v2/revoke", revoke_standard_endpoint},
    {"/oauth/v2/introspect", introspect_endpoint},
    {"/oauth/serverinfo", serverinfo_endpoint},
    {"/oauth/user/info", userinfo_endpoint},
};

static void accounts(struct sandbox *sb, struct request *rq)
{
	size_t i;

	for (i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
		if (strcmp(endpoints[i].path, rq->path) == 0) {
			endpoints[i].serve(sb, rq);
			return;
		}
	}
	if (metadata_serve(sb, rq))
		return;
	answer_text(rq, 404, "text/html;charset=UTF-8",
		    "<!DOCTYPE html><title>404</title><h1>Page not found</h1>\n");
}

void route(struct sandbox *sb, struct request *rq)
{
	switch (rq->kind) {
	case ORIGIN_CONTROL:
		control_endpoint(sb, rq);
		break;
	case ORIGIN_API:
		api_endpoint(sb, rq);
		break;
	case ORIGIN_ACCOUNTS:
		accounts(sb, rq);
		break;
	}
}

static bool at_token_endpoint(const struct request *rq)
{
	return rq->kind == ORIGIN_ACCOUNTS && (strcmp(rq->path, "/oauth/v2/token") == 0 ||
					       strcmp(rq->path, "/oauth/v3/device/token") == 0);
}

void route_enter(struct sandbox *sb, const struct request *rq)
{
	if (!at_token_endpoint(rq))
		return;
	sb->state.in_flight++;
	if (sb->state.in_flight > sb->state.in_flight_max)
		sb->state.in_flight_max = sb->state.in_flight;
}

void route_leave(struct sandbox *sb, const struct request *rq)
{
	if (at_token_endpoint(rq))
		sb->state.in_flight--;
}
