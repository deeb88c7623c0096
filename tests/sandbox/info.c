/* SPDX-License-Identifier: MIT */
/* /oauth/serverinfo and /oauth/user/info. */
#include "info.h"

#include "api.h"
#include "grant.h"

#include <string.h>

void serverinfo_endpoint(struct sandbox *sb, struct request *rq)
{
	struct json_object *json = json_pair("result", "success");
	struct json_object *locations = json_object_new_object();
	int dc;

	for (dc = 0; dc < DC_COUNT; dc++)
		if (strcmp(dc_locations[dc], "cn") != 0) /* run apart, not in the list */
			json_add(locations, dc_locations[dc], sb->dcs[dc].accounts);
	json_object_object_add(json, "locations", locations);
	answer_json(rq, 200, json);
}

static void refuse(struct request *rq, const char *cause)
{
	struct json_object *json = json_pair("response", "error");

	json_add(json, "cause", cause);
	answer_json(rq, 401, json);
}

void userinfo_endpoint(struct sandbox *sb, struct request *rq)
{
	const struct access *access = bearer_access(sb, rq);
	struct json_object *json;
	const char *user;

	if (access == NULL) {
		refuse(rq, "INVALID_OAUTHTOKEN");
		return;
	}
	if (!scope_has(access->grant->scope, "AaaServer.profile.READ")) {
		refuse(rq, "INVALID_OAUTHSCOPE");
		return;
	}
	user = access->grant->owner->user;
	json = json_pair("First_Name", "Sandbox");
	json_add(json, "Last_Name", "User");
	json_add(json, "Display_Name", "Sandbox User");
	json_add(json, "Email", user);
	json_add_int(json, "ZUID", 7000000 + rq->dc);
	answer_json(rq, 200, json);
}
