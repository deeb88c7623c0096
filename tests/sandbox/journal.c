/* SPDX-License-Identifier: MIT */
/* An entry names the parameters; of values it shows only the few that say what was asked, and
 * fingerprints of those that are secret. */
#include "journal.h"

#include "request.h"
#include "sandbox.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 256 };

static bool one_of(const char *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

/* Text of bounded length, for names and values that a client chose. */
static struct json_object *shown(const char *s)
{
	return json_object_new_string_len(s, (int)strnlen(s, SHOWN_MAX));
}

static struct json_object *param_json(const struct param *param)
{
	static const char *const secret[] = {"client_secret",  "refresh_token",
					     "access_token",   "code",
					     "code_verifier",  "token",
					     "device_code",    "state",
					     "code_challenge", "client_assertion",
					     "user_code",      NULL};
	static const char *const plain[] = {
	    "grant_type",    "client_id",   "scope",           "redirect_uri",
	    "response_type", "access_type", "prompt",          "code_challenge_method",
	    "soid",          "token_type",  "token_type_hint", NULL};
	struct json_object *json = json_object_new_object();
	char hash[FINGERPRINT_SIZE];

	json_object_object_add(json, "name", shown(param->name));
	json_add(json, "in", param->place == IN_QUERY ? "query" : "body");
	if (one_of(param->name, secret)) {
		fingerprint(hash, param->value);
		json_add(json, "hash", hash);
	} else if (one_of(param->name, plain)) {
		json_object_object_add(json, "value", shown(param->value));
	}
	return json;
}

/* The scheme of the Authorization header and the fingerprint of what follows it. */
static struct json_object *authorization_json(const char *header)
{
	struct json_object *json = json_object_new_object();
	size_t len = strcspn(header, " ");
	char hash[FINGERPRINT_SIZE];

	/* A header of one word may be a bare token, so it is no scheme to show. */
	json_object_object_add(json, "scheme",
			       header[len] == '\0' ? json_object_new_string("")
						   : json_object_new_string_len(header, (int)len));
	fingerprint(hash, header + len + (header[len] == ' '));
	json_add(json, "hash", hash);
	return json;
}

static const char *const origin_names[] = {"control", "accounts", "api"};

static struct json_object *entry_json(struct sandbox *sb, const struct request *rq)
{
	struct json_object *json = json_object_new_object();
	struct json_object *params = json_object_new_array();
	size_t i;

	json_add_int(json, "n", sb->journal.next);
	json_add_int(json, "time_ms", clock_now(&sb->clock));
	json_add(json, "origin", origin_names[rq->kind]);
	if (rq->dc != DC_NONE)
		json_add(json, "dc", dc_locations[rq->dc]);
	json_object_object_add(json, "method", shown(rq->method));
	json_object_object_add(json, "path", shown(rq->path));
	for (i = 0; i < rq->params.count; i++)
		json_object_array_add(params, param_json(&rq->params.list[i]));
	json_object_object_add(json, "params", params);
	if (rq->authorization != NULL)
		json_object_object_add(json, "authorization",
				       authorization_json(rq->authorization));
	if (rq->content_type != NULL)
		json_object_object_add(json, "content_type", shown(rq->content_type));
	if (rq->user_agent != NULL)
		json_object_object_add(json, "user_agent", shown(rq->user_agent));
	if (*rq->fault != '\0')
		json_add(json, "fault", rq->fault);
	if (rq->reason != NULL)
		json_add(json, "reason", rq->reason);
	json_add_int(json, "status", rq->answer.status);
	return json;
}

void journal_add(struct sandbox *sb, const struct request *rq)
{
	struct journal *journal = &sb->journal;
	struct json_object **slot;

	if (journal->next == 0)
		journal->next = 1;
	slot = &journal->entries[journal->next % JOURNAL_SIZE];
	json_object_put(*slot);
	*slot = entry_json(sb, rq);
	journal->next++;
}

struct json_object *journal_json(const struct journal *journal, int64_t since)
{
	struct json_object *array = json_object_new_array();
	int64_t n = journal->next > JOURNAL_SIZE ? journal->next - JOURNAL_SIZE : 1;

	if (since >= n)
		n = since + 1;
	for (; n < journal->next; n++)
		json_object_array_add(array, json_object_get(journal->entries[n % JOURNAL_SIZE]));
	return array;
}

void journal_clear(struct journal *journal)
{
	size_t i;

	for (i = 0; i < JOURNAL_SIZE; i++)
		json_object_put(journal->entries[i]);
	*journal = (struct journal){0};
}
