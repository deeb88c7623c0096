/* SPDX-License-Identifier: MIT */
/*
 * A record from JSON. It is on the way of every token: one parse, each member looked up once, and
 * only what is kept is copied. What it refuses record_encode.c does not write.
 */
#include "core/os/json.h"
#include "core/os/text.h"
#include "core/record/members.h"
#include "core/record/record.h"
#include "core/record/unknown.h"

#include <string.h>

#define TIME_MAX LEDGER_TIME_MAX

/* What was found wrong, first come; later members are read all the same. */
struct reader {
	const char *within; /* the object or list that is being read; NULL: the record itself */
	const char *wrong, *wrong_within;
	bool oom;
};

static void wrong(struct reader *reader, const char *name)
{
	if (reader->wrong == NULL) {
		reader->wrong = name;
		reader->wrong_within = reader->within;
	}
}

/* -- One member -- */

/* NULL: absent, null, or noted as wrong. */
static struct json_object *get(struct reader *reader, struct json_object *tree, const char *name,
			       enum json_type type)
{
	struct json_object *value = json_member(tree, name);

	if (value == NULL || json_object_is_type(value, type))
		return value;
	wrong(reader, name);
	return NULL;
}

static bool is_clean(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static void get_text(struct reader *reader, struct json_object *tree, const char *name, char **slot)
{
	struct json_object *value = get(reader, tree, name, json_type_string);
	const char *text = json_object_get_string(value);

	if (text == NULL)
		return;
	if (!is_clean(text))
		wrong(reader, name);
	else if (!record_set(slot, text))
		reader->oom = true;
}

static void get_secret(struct reader *reader, struct json_object *tree, const char *name,
		       char **slot)
{
	struct json_object *value = get(reader, tree, name, json_type_string);
	const char *text = json_object_get_string(value);

	if (text == NULL)
		return;
	if (!text_is_vschar(text))
		wrong(reader, name);
	else if (!record_set_secret(slot, text))
		reader->oom = true;
}

/* Clamped to 0 … max, so that sums of a few don't overflow. */
static int64_t get_number(struct reader *reader, struct json_object *tree, const char *name,
			  int64_t max)
{
	struct json_object *value = get(reader, tree, name, json_type_int);
	int64_t number = json_object_get_int64(value);

	return number < 0 ? 0 : number > max ? max : number;
}

static void get_moment(struct reader *reader, struct json_object *tree, const char *name,
		       struct moment *moment)
{
	struct json_object *item = get(reader, tree, name, json_type_object);
	struct json_object *value;
	const char *boot_id;

	if (item == NULL)
		return;
	moment->wall = get_number(reader, item, "wall", TIME_MAX);
	moment->boot = get_number(reader, item, "boot", TIME_MAX);
	value = get(reader, item, "boot_id", json_type_string);
	boot_id = json_object_get_string(value);
	if (boot_id != NULL && strlen(boot_id) < sizeof(moment->boot_id) && is_clean(boot_id))
		memcpy(moment->boot_id, boot_id, strlen(boot_id) + 1);
}

static void take_unknown(struct reader *reader, struct json_object *item, const char *const *known,
			 struct json_object **rest)
{
	if (!unknown_take(item, known, rest))
		reader->oom = true;
}

/* -- Lists -- */

static void get_access(struct reader *reader, struct json_object *item, struct access_token *access)
{
	static const char *const known[] = {"token",  "type",     "scope",      "resource",
					    "issued", "renew_at", "expires_at", NULL};

	get_secret(reader, item, "token", &access->token);
	if (access->token == NULL)
		wrong(reader, "token");
	get_text(reader, item, "type", &access->type);
	get_text(reader, item, "scope", &access->scope);
	get_text(reader, item, "resource", &access->resource);
	get_moment(reader, item, "issued", &access->issued);
	access->renew_at = get_number(reader, item, "renew_at", TIME_MAX);
	access->expires_at = get_number(reader, item, "expires_at", TIME_MAX);
	if (json_object_is_type(item, json_type_object))
		take_unknown(reader, item, known, &access->rest);
}

static void get_accesses(struct reader *reader, struct json_object *tree, struct record *record)
{
	struct json_object *list = get(reader, tree, "access_tokens", json_type_array);
	size_t length = list != NULL ? json_object_array_length(list) : 0, i;

	reader->within = "access_tokens";
	for (i = 0; i < length && i < RECORD_ACCESS_MAX; i++)
		get_access(reader, json_object_array_get_idx(list, i), &record->access[i]);
	record->access_count = (unsigned)i;
	reader->within = NULL;
}

static void get_outcome(struct reader *reader, struct json_object *item, struct outcome *outcome)
{
	static const char *const known[] = {"at",       "host",   "what", "status",
					    "duration", "server", NULL};

	outcome->at = get_number(reader, item, "at", TIME_MAX);
	outcome->status = (int)get_number(reader, item, "status", 999);
	outcome->duration = get_number(reader, item, "duration", TIME_MAX);
	get_text(reader, item, "host", &outcome->host);
	get_text(reader, item, "what", &outcome->what);
	get_text(reader, item, "server", &outcome->server);
	if (json_object_is_type(item, json_type_object))
		take_unknown(reader, item, known, &outcome->rest);
}

/* They are for people to look at: nothing in them makes a record unreadable. */
static void get_outcomes(struct reader *reader, struct json_object *tree, struct record *record)
{
	struct reader forgiving = {0};
	struct json_object *list = get(&forgiving, tree, "outcomes", json_type_array);
	size_t length = list != NULL ? json_object_array_length(list) : 0, i;

	for (i = 0; i < length && i < RECORD_OUTCOMES_MAX; i++)
		get_outcome(&forgiving, json_object_array_get_idx(list, i), &record->outcome[i]);
	record->outcome_count = (unsigned)i;
	reader->oom |= forgiving.oom;
}

/* -- States -- */

static void get_intent(struct reader *reader, struct json_object *item, struct intent *intent)
{
	reader->within = "intent";
	get_moment(reader, item, "start", &intent->start);
	intent->pid = get_number(reader, item, "pid", INT32_MAX);
	intent->deadline = get_number(reader, item, "deadline", TIME_MAX);
	get_text(reader, item, "host", &intent->host);
	get_text(reader, item, "lock", &intent->lock);
	get_text(reader, item, "parent", &intent->parent);
	/* Somebody was about to send, whenever that was. */
	if (intent->start.wall == 0)
		intent->start.wall = 1;
}

static void get_dead(struct reader *reader, struct json_object *item, struct record *record)
{
	reader->within = "dead";
	record->dead.at = get_number(reader, item, "at", TIME_MAX);
	get_text(reader, item, "code", &record->dead.code);
	get_text(reader, item, "reason", &record->dead.reason);
	if (record->dead.at == 0)
		record->dead.at = 1; /* dead all the same */
}

static void get_not_before(struct reader *reader, struct json_object *item, struct record *record)
{
	reader->within = "not_before";
	record->not_before.until = get_number(reader, item, "until", TIME_MAX);
	record->not_before.delay = get_number(reader, item, "delay", TIME_MAX);
	record->not_before.status = (int)get_number(reader, item, "status", 255);
	get_text(reader, item, "code", &record->not_before.code);
	get_text(reader, item, "message", &record->not_before.message);
	get_text(reader, item, "hint", &record->not_before.hint);
}

static void get_states(struct reader *reader, struct json_object *tree, struct record *record)
{
	struct json_object *item;

	item = get(reader, tree, "intent", json_type_object);
	if (item != NULL)
		get_intent(reader, item, &record->intent);
	reader->within = NULL;
	item = get(reader, tree, "dead", json_type_object);
	if (item != NULL)
		get_dead(reader, item, record);
	reader->within = NULL;
	item = get(reader, tree, "not_before", json_type_object);
	if (item != NULL)
		get_not_before(reader, item, record);
	reader->within = NULL;
}

/* -- Unknown members -- */

/* What a state has besides is kept in rest under the state's name, with the time of that state:
 * record_encode writes it only while it is still the same state. */
static void keep_state(struct reader *reader, struct json_object *tree, const char *name,
		       const char *const *known, int64_t time, struct json_object **rest)
{
	struct json_object *item = get(reader, tree, name, json_type_object), *extra = NULL;

	if (item == NULL)
		return;
	take_unknown(reader, item, known, &extra);
	if (extra == NULL)
		return;
	if (*rest == NULL)
		*rest = json_object_new_object();
	if (*rest == NULL || !json_set_number(extra, known[0], time) ||
	    json_object_object_add(*rest, name, extra) != 0) {
		json_wipe(extra);
		reader->oom = true;
	}
}

static void keep_rest(struct reader *reader, struct json_object *tree, struct record *record)
{
#define NAME(member, mandatory) #member,
	static const char *const known[] = {RECORD_TEXTS(NAME) "format",
					    "generation",
					    "refresh_token",
					    "refresh_token_at",
					    "counted_at",
					    "spare_refresh_token",
					    "id_token",
					    "location_at",
					    "cached_at",
					    "ledger",
					    "intent",
					    "dead",
					    "not_before",
					    "access_tokens",
					    "outcomes",
					    NULL};
#undef NAME
	static const char *const intent[] = {"start", "pid",    "deadline", "host",
					     "lock",  "parent", NULL};
	static const char *const dead[] = {"at", "code", "reason", NULL};
	static const char *const not_before[] = {"until",   "delay", "status", "code",
						 "message", "hint",  NULL};

	take_unknown(reader, tree, known, &record->rest);
	keep_state(reader, tree, "intent", intent, record->intent.start.wall, &record->rest);
	keep_state(reader, tree, "dead", dead, record->dead.at, &record->rest);
	keep_state(reader, tree, "not_before", not_before, record->not_before.until, &record->rest);
}

/* -- The whole -- */

static bool get_format(struct json_object *tree, struct record *record)
{
	const char *format = json_string(tree, "format");
	const char *dot = format != NULL ? strchr(format, '.') : NULL;
	char major[8];
	int64_t a, b;

	if (dot == NULL || (size_t)(dot - format) >= sizeof(major))
		return false;
	memcpy(major, format, (size_t)(dot - format));
	major[dot - format] = '\0';
	if (!text_number(major, &a) || !text_number(dot + 1, &b) || a < 1 || a > 9999 || b < 0 ||
	    b > 9999)
		return false;
	record->major = (int)a;
	record->minor = (int)b;
	return true;
}

/* What tells whose record it is. Without it there is none, not even a newer one. */
static void get_mandatory(struct reader *reader, struct json_object *tree, struct record *record)
{
#define MANDATORY(member, mandatory)                                                               \
	if (mandatory) {                                                                           \
		get_text(reader, tree, #member, &record->member);                                  \
		if (record->member == NULL)                                                        \
			wrong(reader, #member);                                                    \
	}
	RECORD_TEXTS(MANDATORY)
#undef MANDATORY
}

static void get_optional(struct reader *reader, struct json_object *tree, struct record *record)
{
	struct json_object *generation = get(reader, tree, "generation", json_type_int);

#define OPTIONAL(member, mandatory)                                                                \
	if (!(mandatory))                                                                          \
		get_text(reader, tree, #member, &record->member);
	RECORD_TEXTS(OPTIONAL)
#undef OPTIONAL
	if (json_object_get_int64(generation) < 0)
		wrong(reader, "generation");
	record->generation =
	    (uint64_t)get_number(reader, tree, "generation", RECORD_GENERATION_MAX);
	get_secret(reader, tree, "refresh_token", &record->refresh_token);
	get_secret(reader, tree, "spare_refresh_token", &record->spare_refresh_token);
	record->refresh_token_at = get_number(reader, tree, "refresh_token_at", TIME_MAX);
	record->counted_at = get_number(reader, tree, "counted_at", TIME_MAX);
	get_secret(reader, tree, "id_token", &record->id_token);
	record->location_at = get_number(reader, tree, "location_at", TIME_MAX);
	record->cached_at = get_number(reader, tree, "cached_at", TIME_MAX);
	get_accesses(reader, tree, record);
	if (!ledger_from_json(&record->ledger, get(reader, tree, "ledger", json_type_array)))
		reader->oom = true;
	get_states(reader, tree, record);
	get_outcomes(reader, tree, record);
}

static credence_rc decode(struct credence_call *call, struct json_object *tree,
			  struct record *record)
{
	struct reader reader = {0}, optional = {0};

	if (get_format(tree, record))
		get_mandatory(&reader, tree, record);
	else
		wrong(&reader, "format");
	if (reader.wrong == NULL) {
		get_optional(&optional, tree, record);
		keep_rest(&optional, tree, record);
	}
	/* A newer MAJOR may mean something else by a name; what is understood of it counts. */
	if (reader.wrong == NULL && record->major <= RECORD_MAJOR)
		reader = optional;
	if (reader.oom || optional.oom)
		return call_oom(call);
	if (reader.wrong == NULL)
		return CREDENCE_SUCCESS;
	return call_fail(call, CREDENCE_ERROR,
			 "the record's %s%s%s is missing or of the wrong type",
			 reader.wrong_within != NULL ? reader.wrong_within : "",
			 reader.wrong_within != NULL ? ": " : "", reader.wrong);
}

credence_rc record_decode(struct credence_call *call, const char *payload, size_t length,
			  struct record **ret)
{
	const char *reason;
	struct json_object *tree = json_parse(payload, length, &reason);
	struct record *record = NULL;
	credence_rc rc;

	if (tree == NULL)
		return call_fail(call, CREDENCE_ERROR, "the record can't be read: %s", reason);
	if (!json_object_is_type(tree, json_type_object)) {
		rc = call_fail(call, CREDENCE_ERROR, "the record is no JSON object");
		goto out;
	}
	record = record_new();
	rc = record != NULL ? decode(call, tree, record) : call_oom(call);
	if (rc != CREDENCE_SUCCESS)
		goto out;
	*ret = record;
	record = NULL; /* transferred */
out:
	record_free(record);
	json_wipe(tree);
	return rc;
}
