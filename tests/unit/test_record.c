/* SPDX-License-Identifier: MIT */
/*
 * The record: round trips of random contents, members that this version does not know, newer
 * formats, wrong types and hostile values; access tokens, fingerprint, outcomes.
 */
#include "core/record/record.h"

#include "core/os/json.h"
#include "core/os/secret.h"

#include "random.h"
#include "suite.h"

#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct credence_call call;

static void start(void)
{
	call_init(&call, NULL, NULL, 0, -1);
}

static void stop(void)
{
	call_done(&call);
}

static const size_t texts[] = {offsetof(struct record, parent),
			       offsetof(struct record, grant),
			       offsetof(struct record, renewal),
			       offsetof(struct record, owner),
			       offsetof(struct record, credential),
			       offsetof(struct record, scope),
			       offsetof(struct record, location),
			       offsetof(struct record, accounts_server),
			       offsetof(struct record, api_domain),
			       offsetof(struct record, location_source),
			       offsetof(struct record, scheme),
			       offsetof(struct record, client_check),
			       offsetof(struct record, intent.host),
			       offsetof(struct record, intent.lock),
			       offsetof(struct record, intent.parent),
			       offsetof(struct record, dead.code),
			       offsetof(struct record, dead.reason),
			       offsetof(struct record, not_before.code),
			       offsetof(struct record, not_before.message),
			       offsetof(struct record, not_before.hint),
			       offsetof(struct record, id),
			       offsetof(struct record, provider),
			       offsetof(struct record, client_id)};
#define TEXT_COUNT     (sizeof(texts) / sizeof(texts[0]))
#define TEXT_MANDATORY 3 /* the last ones */

static char **text_of(const struct record *record, size_t i)
{
	return (char **)(void *)((char *)record + texts[i]);
}

/* -- Random records -- */

/* Whatever JSON has to escape, and more than ASCII; whole sequences only. */
static char *random_string(struct random *random)
{
	static const char *const parts[] = {
	    "a", "Z", "0",        " ", "\"", "\\",           "/",
	    "{", "[", "\xc3\xa4", ":", ",",  "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
	struct buf text = BUF_INIT;
	unsigned i, length = random_below(random, 40);

	for (i = 0; i < length; i++)
		buf_str(&text, parts[random_below(random, sizeof(parts) / sizeof(parts[0]))]);
	return buf_take(&text);
}

static void random_secret(struct random *random, char **slot)
{
	char text[200];
	unsigned i, length = 1 + random_below(random, sizeof(text) - 2);

	for (i = 0; i < length; i++)
		text[i] = (char)(0x20 + random_below(random, 0x5f));
	text[length] = '\0';
	ck_assert(record_set_secret(slot, text));
}

static int64_t random_time(struct random *random)
{
	return (int64_t)(random_next(random) % (uint64_t)LEDGER_TIME_MAX) + 1;
}

static void random_moment(struct random *random, struct moment *moment)
{
	moment->wall = random_time(random);
	moment->boot = random_time(random);
	strcpy(moment->boot_id, "01234567-89ab-cdef-0123-456789abcdef");
}

static void random_lists(struct random *random, struct record *record)
{
	unsigned i, count;

	record->access_count = random_below(random, RECORD_ACCESS_MAX + 1);
	for (i = 0; i < record->access_count; i++) {
		struct access_token *access = &record->access[i];

		random_secret(random, &access->token);
		access->type = random_string(random);
		access->scope = random_string(random);
		access->resource = random_string(random);
		random_moment(random, &access->issued);
		access->renew_at = random_time(random);
		access->expires_at = random_time(random);
	}
	record->outcome_count = random_below(random, RECORD_OUTCOMES_MAX + 1);
	for (i = 0; i < record->outcome_count; i++) {
		struct outcome *outcome = &record->outcome[i];

		outcome->at = random_time(random);
		outcome->host = random_string(random);
		outcome->what = random_string(random);
		outcome->status = (int)random_below(random, 1000);
		outcome->duration = random_time(random);
		outcome->server = random_string(random);
	}
	count = random_below(random, 20);
	for (i = 0; i < count; i++)
		ck_assert(ledger_add(&record->ledger, LEDGER_ACCESS, random_time(random),
				     random_time(random), random_below(random, 2) ? "crm" : NULL));
}

static struct record *random_record(struct random *random)
{
	struct record *record = record_new();
	size_t i;

	ck_assert_ptr_nonnull(record);
	for (i = 0; i < TEXT_COUNT; i++)
		if (i >= TEXT_COUNT - TEXT_MANDATORY || random_below(random, 4) > 0)
			*text_of(record, i) = random_string(random);
	record->generation = random_next(random) % (uint64_t)RECORD_GENERATION_MAX;
	if (random_below(random, 4) > 0)
		random_secret(random, &record->refresh_token);
	if (random_below(random, 2) > 0)
		random_secret(random, &record->id_token);
	record->refresh_token_at = random_time(random);
	record->counted_at = random_time(random);
	record->location_at = random_time(random);
	random_moment(random, &record->intent.start);
	record->intent.pid = random_below(random, 4194304);
	record->intent.deadline = random_time(random);
	record->dead.at = random_time(random);
	record->not_before.until = random_time(random);
	record->not_before.delay = random_time(random);
	record->not_before.status = (int)random_below(random, 131);
	random_lists(random, record);
	return record;
}

/* -- Comparing -- */

static void same(const char *a, const char *b)
{
	ck_assert_pstr_eq(a, b);
}

static void same_moment(const struct moment *a, const struct moment *b)
{
	ck_assert_int_eq(a->wall, b->wall);
	ck_assert_int_eq(a->boot, b->boot);
	same(a->boot_id, b->boot_id);
}

static void same_lists(const struct record *a, const struct record *b)
{
	unsigned i;

	ck_assert_uint_eq(a->access_count, b->access_count);
	for (i = 0; i < a->access_count; i++) {
		same(a->access[i].token, b->access[i].token);
		same(a->access[i].type, b->access[i].type);
		same(a->access[i].scope, b->access[i].scope);
		same(a->access[i].resource, b->access[i].resource);
		same_moment(&a->access[i].issued, &b->access[i].issued);
		ck_assert_int_eq(a->access[i].renew_at, b->access[i].renew_at);
		ck_assert_int_eq(a->access[i].expires_at, b->access[i].expires_at);
		ck_assert_ptr_null(b->access[i].rest);
	}
	ck_assert_uint_eq(a->outcome_count, b->outcome_count);
	for (i = 0; i < a->outcome_count; i++) {
		ck_assert_int_eq(a->outcome[i].at, b->outcome[i].at);
		same(a->outcome[i].host, b->outcome[i].host);
		same(a->outcome[i].what, b->outcome[i].what);
		ck_assert_int_eq(a->outcome[i].status, b->outcome[i].status);
		ck_assert_int_eq(a->outcome[i].duration, b->outcome[i].duration);
		same(a->outcome[i].server, b->outcome[i].server);
		ck_assert_ptr_null(b->outcome[i].rest);
	}
	ck_assert_uint_eq(a->ledger.count, b->ledger.count);
	for (i = 0; i < a->ledger.count; i++) {
		ck_assert_int_eq(a->ledger.entry[i].kind, b->ledger.entry[i].kind);
		ck_assert_int_eq(a->ledger.entry[i].at, b->ledger.entry[i].at);
		ck_assert_int_eq(a->ledger.entry[i].expires, b->ledger.entry[i].expires);
		same(a->ledger.entry[i].who, b->ledger.entry[i].who);
	}
}

static void same_record(const struct record *a, const struct record *b)
{
	size_t i;

	for (i = 0; i < TEXT_COUNT; i++)
		same(*text_of(a, i), *text_of(b, i));
	ck_assert_int_eq(a->major, b->major);
	ck_assert_int_eq(a->minor, b->minor);
	ck_assert_uint_eq(a->generation, b->generation);
	same(a->refresh_token, b->refresh_token);
	same(a->id_token, b->id_token);
	ck_assert_int_eq(a->refresh_token_at, b->refresh_token_at);
	ck_assert_int_eq(a->counted_at, b->counted_at);
	ck_assert_int_eq(a->location_at, b->location_at);
	same_moment(&a->intent.start, &b->intent.start);
	ck_assert_int_eq(a->intent.pid, b->intent.pid);
	ck_assert_int_eq(a->intent.deadline, b->intent.deadline);
	ck_assert_int_eq(a->dead.at, b->dead.at);
	ck_assert_int_eq(a->not_before.until, b->not_before.until);
	ck_assert_int_eq(a->not_before.delay, b->not_before.delay);
	ck_assert_int_eq(a->not_before.status, b->not_before.status);
	same_lists(a, b);
	/* Everything that is written is known. */
	ck_assert_ptr_null(b->rest);
}

/* -- Helpers -- */

static struct record *decode(const char *text)
{
	struct record *record = NULL;
	credence_rc rc = record_decode(&call, text, strlen(text), &record);

	ck_assert_msg(rc == CREDENCE_SUCCESS, "%s",
		      call.failure.message != NULL ? call.failure.message : "?");
	return record;
}

static char *encode(struct record *record, bool without_refresh)
{
	struct buf payload = BUF_SECRET;
	credence_rc rc = record_encode(&call, record, without_refresh, &payload);

	ck_assert_msg(rc == CREDENCE_SUCCESS, "%s",
		      call.failure.message != NULL ? call.failure.message : "?");
	ck_assert(payload.secret);
	return buf_take(&payload);
}

static void refuse(const char *text, const char *message)
{
	struct record *record = NULL;

	ck_assert_int_eq(record_decode(&call, text, strlen(text), &record), CREDENCE_ERROR);
	ck_assert_ptr_null(record);
	ck_assert_msg(strstr(call.failure.message, message) != NULL, "%s", call.failure.message);
	call_clear(&call);
}

#define START      "{\"format\":\"1.0\",\"id\":\"i\",\"provider\":\"p\",\"client_id\":\"c\""
#define WITH(more) START "," more "}"
#define NOTHING    START "}"

/* Member by member the same JSON, whatever the order. */
static void same_json(const char *a, const char *b)
{
	const char *reason;
	struct json_object *x = json_parse(a, strlen(a), &reason);
	struct json_object *y = json_parse(b, strlen(b), &reason);

	ck_assert_ptr_nonnull(x);
	ck_assert_ptr_nonnull(y);
	ck_assert_msg(json_object_equal(x, y), "%s\n%s", a, b);
	json_wipe(x);
	json_wipe(y);
}

/* -- Round trips -- */

START_TEST(round_trip)
{
	struct random random = {.state = (uint64_t)_i};
	int i;

	for (i = 0; i < 100; i++) {
		struct record *record = random_record(&random), *again;
		char *text = encode(record, false);

		again = decode(text);
		same_record(record, again);
		secret_free(text);
		record_free(record);
		record_free(again);
	}
}
END_TEST

START_TEST(smallest)
{
	struct record *record = decode(NOTHING);

	ck_assert_str_eq(record->id, "i");
	ck_assert_str_eq(record->provider, "p");
	ck_assert_str_eq(record->client_id, "c");
	ck_assert_uint_eq(record->generation, 0);
	ck_assert_ptr_null(record->refresh_token);
	ck_assert_ptr_null(record->rest);
	ck_assert_int_eq(record->dead.at, 0);
	ck_assert_int_eq(record->intent.start.wall, 0);
	ck_assert_uint_eq(record->ledger.count, 0);
	record_free(record);
	/* null is absent. */
	record = decode(WITH("\"scope\":null,\"generation\":null,\"dead\":null,\"ledger\":null"));
	ck_assert_ptr_null(record->scope);
	ck_assert_int_eq(record->dead.at, 0);
	record_free(record);
}
END_TEST

/* A cache's copy: whatever else the record has, it can't make a new token. */
START_TEST(without_refresh)
{
	struct record *record = decode(WITH(
	    "\"refresh_token\":\"R1\",\"id_token\":\"I1\",\"refresh_token_at\":5,\"spare\":\"S1\","
	    "\"access_tokens\":[{\"token\":\"A1\",\"expires_at\":9}],"
	    "\"ledger\":[{\"kind\":\"access\",\"at\":1}]"));
	char *text = encode(record, true);
	struct record *again = decode(text);

	ck_assert_ptr_null(strstr(text, "R1"));
	ck_assert_ptr_null(strstr(text, "I1"));
	ck_assert_ptr_null(strstr(text, "S1"));
	ck_assert_ptr_null(again->refresh_token);
	ck_assert_uint_eq(again->ledger.count, 0);
	ck_assert_str_eq(again->access[0].token, "A1");
	/* The record itself still has them. */
	ck_assert_str_eq(record->refresh_token, "R1");
	secret_free(text);
	record_free(record);
	record_free(again);
}
END_TEST

/* What a server sent may be no text at all; the record can be read again all the same. */
START_TEST(unclean)
{
	struct record *record = decode(NOTHING), *again;
	char *text;

	record->location = strdup("e\nu\x7f\x01");
	record->api_domain = strdup("\xff\xc3(\xed\xa0\x80ok\xe2\x82");
	ck_assert(record_set_secret(&record->refresh_token, ""));
	record->location_at = -5;
	text = encode(record, false);
	again = decode(text);
	ck_assert_str_eq(again->location, "e?u?\?");
	ck_assert_str_eq(again->api_domain, "?\?(?\?\?ok?\?");
	ck_assert_ptr_null(again->refresh_token);
	ck_assert_int_eq(again->location_at, 0);
	secret_free(text);
	record_free(record);
	record_free(again);
}
END_TEST

/* -- Members that this version does not know -- */

#define UNKNOWN                                                                                    \
	"{\"format\":\"1.7\",\"id\":\"i\",\"provider\":\"p\",\"client_id\":\"c\","                 \
	"\"generation\":3,\"location_at\":0,\"refresh_token_at\":0,"                               \
	"\"new\":{\"deep\":[1,2.50,\"x\\u0001\",null,{\"y\":true}]},\"nil\":null,"                 \
	"\"odd \\\"name\\\\ \\u0007\":-1,"                                                         \
	"\"access_tokens\":[{\"token\":\"A1\",\"issued\":{\"wall\":1,\"boot\":2,"                  \
	"\"boot_id\":\"b\"},\"renew_at\":3,\"expires_at\":4,\"audience\":\"z\"}],"                 \
	"\"ledger\":[{\"kind\":\"access\",\"at\":1,\"expires\":2,\"dc\":\"eu\"}],"                 \
	"\"intent\":{\"start\":{\"wall\":1,\"boot\":2,\"boot_id\":\"b\"},\"pid\":5,\"deadline\":"  \
	"6,"                                                                                       \
	"\"lease\":[7]},"                                                                          \
	"\"dead\":{\"at\":8,\"by\":\"server\"},"                                                   \
	"\"not_before\":{\"until\":9,\"delay\":10,\"status\":6,\"why\":{}},"                       \
	"\"outcomes\":[{\"at\":11,\"status\":200,\"duration\":12,\"id\":\"r\"}]}"

START_TEST(unknown)
{
	struct record *record = decode(UNKNOWN);
	char *text;

	ck_assert_int_eq(record->minor, 7);
	text = encode(record, false);
	same_json(text, UNKNOWN);
	secret_free(text);
	record_free(record);
}
END_TEST

/* The members of a state go with it; a new one does not inherit them. */
START_TEST(unknown_of_states)
{
	struct record *record = decode(UNKNOWN);
	char *text;

	memset(&record->intent, 0, sizeof(record->intent));
	record->dead.at = 99;
	record->not_before.until = 0;
	record_drop_access(record);
	text = encode(record, false);
	ck_assert_ptr_null(strstr(text, "lease"));
	ck_assert_ptr_null(strstr(text, "server"));
	ck_assert_ptr_null(strstr(text, "why"));
	ck_assert_ptr_null(strstr(text, "audience"));
	ck_assert_ptr_nonnull(strstr(text, "\"deep\""));
	secret_free(text);
	record_free(record);
}
END_TEST

START_TEST(rest_without_secrets)
{
	struct record *record =
	    decode(WITH("\"refresh_token\":\"R1\",\"id_token\":\"I1\",\"x\":1,\"access_tokens\":"
			"[{\"token\":\"A1\",\"x\":1}]"));
	struct buf text = BUF_INIT;

	json_print(&text, record->rest, false);
	json_print(&text, record->access[0].rest, false);
	ck_assert_str_eq(buf_text(&text), "{\"x\":1}{\"x\":1}");
	buf_done(&text);
	record_free(record);
}
END_TEST

/* -- Newer formats -- */

START_TEST(newer_minor)
{
	struct record *record = decode("{\"format\":\"1.12\",\"id\":\"i\",\"provider\":\"p\","
				       "\"client_id\":\"c\",\"x\":1}");
	char *text = encode(record, false);

	ck_assert_ptr_nonnull(strstr(text, "\"format\":\"1.12\""));
	ck_assert_ptr_nonnull(strstr(text, "\"x\":1"));
	secret_free(text);
	record_free(record);
}
END_TEST

START_TEST(newer_major)
{
	struct record *record =
	    decode("{\"format\":\"2.0\",\"id\":\"i\",\"provider\":\"p\",\"client_id\":\"c\","
		   "\"generation\":\"seven\",\"scope\":[\"a\"],\"refresh_token\":\"R1\","
		   "\"outcomes\":{},\"access_tokens\":[{\"token\":\"A1\",\"expires_at\":5}]}");
	struct buf payload = BUF_SECRET;

	ck_assert_int_eq(record->major, 2);
	ck_assert_str_eq(record->access[0].token, "A1");
	ck_assert_str_eq(record->refresh_token, "R1");
	ck_assert_ptr_null(record->scope);
	ck_assert_int_eq(record_encode(&call, record, false, &payload), CREDENCE_ERROR);
	ck_assert_str_eq(call.failure.message,
			 "written by a newer credence (format 2.0); it is not changed");
	ck_assert_str_eq(call.failure.hint, "upgrade credence on this host");
	ck_assert_uint_eq(payload.length, 0);
	buf_done(&payload);
	record_free(record);
}
END_TEST

/* -- Refused -- */

static const struct {
	const char *text, *message;
} refusals[] = {
    {"", "the record can't be read: empty"},
    {"[]", "the record is no JSON object"},
    {"17", "the record is no JSON object"},
    {"{", "the record can't be read: not JSON"},
    {START, "the record can't be read: not JSON"},
    {NOTHING "x", "the record can't be read: something behind the JSON"},
    {WITH("\"id\":\"j\""), "a name stands twice"},
    {"{}", "the record's format is missing"},
    {"{\"format\":1}", "the record's format is"},
    {"{\"format\":\"1\",\"id\":\"i\",\"provider\":\"p\",\"client_id\":\"c\"}", "format"},
    {"{\"format\":\"1.\",\"id\":\"i\",\"provider\":\"p\",\"client_id\":\"c\"}", "format"},
    {"{\"format\":\"0.9\",\"id\":\"i\",\"provider\":\"p\",\"client_id\":\"c\"}", "format"},
    {"{\"format\":\"-1.0\",\"id\":\"i\",\"provider\":\"p\",\"client_id\":\"c\"}", "format"},
    {"{\"format\":\"1.0x\",\"id\":\"i\",\"provider\":\"p\",\"client_id\":\"c\"}", "format"},
    {"{\"format\":\"99999.0\",\"id\":\"i\",\"provider\":\"p\",\"client_id\":\"c\"}", "format"},
    {"{\"format\":\"1.0\",\"provider\":\"p\",\"client_id\":\"c\"}", "the record's id is"},
    {"{\"format\":\"1.0\",\"id\":1,\"provider\":\"p\",\"client_id\":\"c\"}", "the record's id is"},
    {"{\"format\":\"1.0\",\"id\":\"i\",\"provider\":null,\"client_id\":\"c\"}", "provider"},
    {"{\"format\":\"1.0\",\"id\":\"i\",\"provider\":\"p\",\"client_id\":[]}", "client_id"},
    {"{\"format\":\"2.0\",\"id\":\"i\",\"provider\":\"p\"}", "client_id"},
    {"{\"format\":\"1.0\",\"id\":\"i\\n\",\"provider\":\"p\",\"client_id\":\"c\"}", "id"},
    {WITH("\"generation\":-1"), "the record's generation is"},
    {WITH("\"generation\":\"1\""), "the record's generation is"},
    {WITH("\"scope\":17"), "the record's scope is"},
    {WITH("\"scope\":\"a\\tb\""), "the record's scope is"},
    {WITH("\"api_domain\":\"a\\u007f\""), "the record's api_domain is"},
    {WITH("\"refresh_token\":17"), "the record's refresh_token is"},
    {WITH("\"refresh_token\":\"\""), "the record's refresh_token is"},
    {WITH("\"refresh_token\":\"a\\r\\nX: y\""), "the record's refresh_token is"},
    {WITH("\"refresh_token\":\"\xc3\xa4\""), "the record's refresh_token is"},
    {WITH("\"id_token\":{}"), "the record's id_token is"},
    {WITH("\"refresh_token_at\":\"1\""), "the record's refresh_token_at is"},
    {WITH("\"location_at\":1.5"), "the record's location_at is"},
    {WITH("\"access_tokens\":{}"), "the record's access_tokens is"},
    {WITH("\"access_tokens\":[17]"), "the record's access_tokens: token is"},
    {WITH("\"access_tokens\":[{\"type\":\"Bearer\"}]"), "the record's access_tokens: token is"},
    {WITH("\"access_tokens\":[{\"token\":\"A\",\"expires_at\":\"9\"}]"),
     "the record's access_tokens: expires_at is"},
    {WITH("\"access_tokens\":[{\"token\":\"A\",\"issued\":5}]"),
     "the record's access_tokens: issued is"},
    {WITH("\"ledger\":{}"), "the record's ledger is"},
    {WITH("\"intent\":[]"), "the record's intent is"},
    {WITH("\"intent\":{\"pid\":\"x\"}"), "the record's intent: pid is"},
    {WITH("\"dead\":true"), "the record's dead is"},
    {WITH("\"dead\":{\"code\":5}"), "the record's dead: code is"},
    {WITH("\"not_before\":\"x\""), "the record's not_before is"},
    {WITH("\"not_before\":{\"until\":\"x\"}"), "the record's not_before: until is"},
};

START_TEST(refused)
{
	refuse(refusals[_i].text, refusals[_i].message);
}
END_TEST

/* What isn't complete isn't taken; and no message shows a secret. */
START_TEST(truncated)
{
	static const char text[] = WITH("\"refresh_token\":\"R1secret\"");
	size_t length;

	for (length = 0; length + 1 < sizeof(text) - 1; length++) {
		struct record *record = NULL;
		char *part = malloc(length > 0 ? length : 1);

		ck_assert_ptr_nonnull(part);
		memcpy(part, text, length);
		ck_assert_int_eq(record_decode(&call, part, length, &record), CREDENCE_ERROR);
		ck_assert_ptr_null(strstr(call.failure.message, "secret"));
		call_clear(&call);
		free(part);
	}
}
END_TEST

/* -- Odd, but taken -- */

START_TEST(clamped)
{
	struct record *record = decode(
	    WITH("\"generation\":9223372036854775807,\"location_at\":-1,"
		 "\"refresh_token_at\":18446744073709551615,\"access_tokens\":[{\"token\":\"A\","
		 "\"issued\":{\"wall\":-9,\"boot\":9223372036854775807,\"boot_id\":"
		 "\"0123456789012345678901234567890123456789\"},"
		 "\"renew_at\":-9223372036854775808,\"expires_at\":9223372036854775807}],"
		 "\"intent\":{\"pid\":-4},\"dead\":{},"
		 "\"not_before\":{\"until\":9223372036854775807,\"status\":-3}"));

	ck_assert_uint_eq(record->generation, (uint64_t)RECORD_GENERATION_MAX);
	ck_assert_int_eq(record->location_at, 0);
	ck_assert_int_eq(record->refresh_token_at, LEDGER_TIME_MAX);
	ck_assert_int_eq(record->access[0].issued.wall, 0);
	ck_assert_int_eq(record->access[0].issued.boot, LEDGER_TIME_MAX);
	ck_assert_str_eq(record->access[0].issued.boot_id, "");
	ck_assert_int_eq(record->access[0].renew_at, 0);
	ck_assert_int_eq(record->access[0].expires_at, LEDGER_TIME_MAX);
	ck_assert_int_eq(record->intent.pid, 0);
	ck_assert_int_eq(record->not_before.until, LEDGER_TIME_MAX);
	ck_assert_int_eq(record->not_before.status, 0);
	/* They are there, so they count, whatever they hold. */
	ck_assert_int_ne(record->intent.start.wall, 0);
	ck_assert_int_ne(record->dead.at, 0);
	record_free(record);
}
END_TEST

START_TEST(too_many)
{
	struct buf text = BUF_INIT;
	struct record *record;
	int i;

	buf_str(&text, START ",\"access_tokens\":[");
	for (i = 0; i < 40; i++)
		buf_printf(&text, "%s{\"token\":\"A%d\"}", i > 0 ? "," : "", i);
	buf_str(&text, "],\"outcomes\":[");
	for (i = 0; i < 40; i++)
		buf_printf(&text, "%s{\"at\":%d}", i > 0 ? "," : "", i);
	buf_str(&text, "]}");
	record = decode(buf_text(&text));
	ck_assert_uint_eq(record->access_count, RECORD_ACCESS_MAX);
	ck_assert_uint_eq(record->outcome_count, RECORD_OUTCOMES_MAX);
	ck_assert_int_eq(record->outcome[0].at, 0);
	record_free(record);
	buf_done(&text);
}
END_TEST

/* Outcomes are for people; nothing in them makes the record unreadable. */
START_TEST(odd_outcomes)
{
	struct record *record = decode(WITH(
	    "\"outcomes\":[17,null,{\"at\":\"x\",\"host\":5,\"what\":\"a\\nb\",\"status\":1e9},"
	    "{\"at\":5,\"what\":\"renewed\"}]"));

	ck_assert_uint_eq(record->outcome_count, 4);
	ck_assert_int_eq(record->outcome[2].at, 0);
	ck_assert_ptr_null(record->outcome[2].what);
	ck_assert_str_eq(record->outcome[3].what, "renewed");
	record_free(record);
	record = decode(WITH("\"outcomes\":\"none\""));
	ck_assert_uint_eq(record->outcome_count, 0);
	record_free(record);
}
END_TEST

START_TEST(not_encoded)
{
	struct record *record = record_new();
	struct buf payload = BUF_SECRET;

	ck_assert_int_eq(record_encode(&call, record, false, &payload), CREDENCE_ERROR);
	ck_assert_str_eq(call.failure.message, "the record has no id");
	buf_done(&payload);
	record_free(record);
}
END_TEST

/* -- In memory -- */

START_TEST(ids)
{
	struct record *record = record_new();
	char *first;

	ck_assert_int_eq(record_new_id(&call, record), CREDENCE_SUCCESS);
	ck_assert_uint_eq(strlen(record->id), 32);
	ck_assert_uint_eq(strspn(record->id, "0123456789abcdef"), 32);
	ck_assert_ptr_null(record->parent);
	first = strdup(record->id);
	ck_assert_int_eq(record_new_id(&call, record), CREDENCE_SUCCESS);
	ck_assert_str_eq(record->parent, first);
	ck_assert_str_ne(record->id, first);
	free(first);
	record_free(record);
	record_free(NULL);
}
END_TEST

static void set(struct record *record, const char *token, const char *scope, const char *resource,
		int64_t expires_at)
{
	struct access_token access = {.token = (char *)token,
				      .type = (char *)"Bearer",
				      .scope = (char *)scope,
				      .resource = (char *)resource,
				      .expires_at = expires_at};

	ck_assert_int_eq(record_set_access(&call, record, &access), CREDENCE_SUCCESS);
}

static void find(struct record *record, const char *scope, const char *resource, const char *token)
{
	const struct access_token *access = record_access(record, scope, resource);

	ck_assert_pstr_eq(access != NULL ? access->token : NULL, token);
}

START_TEST(access_found)
{
	struct record *record = record_new();

	find(record, "a", NULL, NULL);
	set(record, "AB", "a b", NULL, 10);
	set(record, "C", "c", "", 10);
	set(record, "RA", "a", "https://r.example", 10);
	find(record, "b a", "", "AB");
	find(record, "a", NULL, "AB");
	find(record, "c", "", "C");
	find(record, "a c", "", NULL);
	find(record, "a", "https://r.example", "RA");
	find(record, "b", "https://r.example", NULL);
	find(record, "a", "https://other.example", NULL);
	/* The one that lives longest. */
	set(record, "A", "a", NULL, 20);
	find(record, "a", "", "A");
	find(record, "b", "", "AB");
	/* The same scopes in another order: the same place. */
	set(record, "BA", "b a", NULL, 30);
	ck_assert_uint_eq(record->access_count, 4);
	find(record, "a b", "", "BA");
	record_drop_access(record);
	find(record, "a", "", NULL);
	record_free(record);
}
END_TEST

START_TEST(access_without_scope)
{
	struct record *record = record_new();

	set(record, "T", NULL, NULL, 10);
	find(record, "anything", "", "T");
	find(record, NULL, NULL, "T");
	record_free(record);
}
END_TEST

START_TEST(access_full)
{
	struct record *record = record_new();
	char scope[16];
	int i;

	for (i = 0; i < RECORD_ACCESS_MAX; i++) {
		snprintf(scope, sizeof(scope), "s%d", i);
		set(record, "T", scope, NULL, i == 5 ? 1 : 100 + i);
	}
	set(record, "new", "one.more", NULL, 50);
	ck_assert_uint_eq(record->access_count, RECORD_ACCESS_MAX);
	find(record, "s5", NULL, NULL);
	find(record, "s4", NULL, "T");
	find(record, "one.more", NULL, "new");
	record_free(record);
}
END_TEST

/* Giving a record's own token back to it must not read what was freed. */
START_TEST(access_of_its_own)
{
	struct record *record = record_new();

	set(record, "T", "a", "r", 10);
	ck_assert_int_eq(record_set_access(&call, record, &record->access[0]), CREDENCE_SUCCESS);
	ck_assert_uint_eq(record->access_count, 1);
	find(record, "a", "r", "T");
	record_free(record);
}
END_TEST

START_TEST(fingerprint)
{
	struct record *record = decode(NOTHING);

	ck_assert_ptr_null(record_mismatch(record, "p", "c", NULL));
	ck_assert_ptr_null(record_mismatch(record, "p", "c", ""));
	ck_assert_str_eq(record_mismatch(record, "q", "d", "x"), "provider");
	ck_assert_str_eq(record_mismatch(record, "p", "d", "x"), "client id");
	ck_assert_str_eq(record_mismatch(record, "p", "c", "x"), "owner");
	record_free(record);
}
END_TEST

START_TEST(notes)
{
	struct record *record = record_new();
	char what[16], host[65] = "";
	int64_t before = clock_wall();
	int i;

	gethostname(host, sizeof(host) - 1);
	host[strcspn(host, ".")] = '\0';
	for (i = 0; i < 20; i++) {
		snprintf(what, sizeof(what), "n%d", i);
		record_note(record, what, 200 + i, i, i % 2 ? "accounts.example.com" : NULL);
	}
	ck_assert_uint_eq(record->outcome_count, RECORD_OUTCOMES_MAX);
	for (i = 0; i < RECORD_OUTCOMES_MAX; i++) {
		snprintf(what, sizeof(what), "n%d", 19 - i);
		ck_assert_str_eq(record->outcome[i].what, what);
		ck_assert_str_eq(record->outcome[i].host, host);
		ck_assert_int_eq(record->outcome[i].status, 219 - i);
		ck_assert_int_eq(record->outcome[i].duration, 19 - i);
		ck_assert_int_ge(record->outcome[i].at, before);
	}
	ck_assert_str_eq(record->outcome[0].server, "accounts.example.com");
	ck_assert_ptr_null(record->outcome[1].server);
	record_free(record);
}
END_TEST

START_TEST(setting)
{
	struct record *record = record_new();

	ck_assert(record_set(&record->location, "eu"));
	ck_assert(record_set(&record->location, record->location));
	ck_assert_str_eq(record->location, "eu");
	ck_assert(record_set(&record->location, NULL));
	ck_assert_ptr_null(record->location);
	ck_assert(record_set_secret(&record->refresh_token, "R"));
	ck_assert(record_set_secret(&record->refresh_token, record->refresh_token));
	ck_assert_str_eq(record->refresh_token, "R");
	ck_assert(record_set_secret(&record->refresh_token, NULL));
	ck_assert_ptr_null(record->refresh_token);
	record_free(record);
}
END_TEST

static TCase *json_tests(void)
{
	TCase *tests = tcase_create("json");

	tcase_add_checked_fixture(tests, start, stop);
	tcase_add_loop_test(tests, round_trip, 0, 10);
	tcase_add_test(tests, smallest);
	tcase_add_test(tests, without_refresh);
	tcase_add_test(tests, unclean);
	tcase_add_test(tests, unknown);
	tcase_add_test(tests, unknown_of_states);
	tcase_add_test(tests, rest_without_secrets);
	tcase_add_test(tests, newer_minor);
	tcase_add_test(tests, newer_major);
	tcase_add_loop_test(tests, refused, 0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(tests, truncated);
	tcase_add_test(tests, clamped);
	tcase_add_test(tests, too_many);
	tcase_add_test(tests, odd_outcomes);
	tcase_add_test(tests, not_encoded);
	return tests;
}

static TCase *memory_tests(void)
{
	TCase *tests = tcase_create("memory");

	tcase_add_checked_fixture(tests, start, stop);
	tcase_add_test(tests, ids);
	tcase_add_test(tests, access_found);
	tcase_add_test(tests, access_without_scope);
	tcase_add_test(tests, access_full);
	tcase_add_test(tests, access_of_its_own);
	tcase_add_test(tests, fingerprint);
	tcase_add_test(tests, notes);
	tcase_add_test(tests, setting);
	return tests;
}

int main(void)
{
	Suite *suite = suite_create("record");

	suite_add_tcase(suite, json_tests());
	suite_add_tcase(suite, memory_tests());
	return suite_run(suite);
}
