/* SPDX-License-Identifier: MIT */
/*
 * The store "etcd" without an etcd, from answers that one gave or that nobody should: what is asked
 * of whom, in which order, and what comes of the answers. With an etcd it is tested in
 * tests/cli/etcd.bats.
 */
#include "core/os/base64.h"
#include "core/os/buf.h"

#include "fake_host.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRET "CANARY"
#define HEADER                                                                                     \
	"\"header\":{\"cluster_id\":\"1\",\"member_id\":\"2\",\"revision\":\"77\",\"raft_term\":"  \
	"\"2\"}"
#define OK "{" HEADER "}"
#define OTHER                                                                                      \
	"{\"error\":\"etcdserver: leader changed\",\"message\":\"etcdserver: leader "              \
	"changed\",\"code\":14}"
#define EXPIRED                                                                                    \
	"{\"error\":\"etcdserver: invalid auth token\",\"message\":\"etcdserver: invalid auth "    \
	"token\",\"code\":16}"
#define NO_LEASE                                                                                   \
	"{\"error\":\"etcdserver: requested lease not found\",\"message\":\"etcdserver: "          \
	"requested lease not found\",\"code\":5}"

static const struct credence_module *module;
static const struct credence_store_ops *ops;
static struct credence_call call;
static struct credence_self *self;

static void setup(void)
{
	module = fake_module("store", "etcd");
	ops = module->ops.store;
	fake_init(&call, module);
	call.deadline = fake_clock() + 20000;
	call.quick = true;
	fake_add(&call.options, "endpoints", "https://a.example:2379", 22);
	fake_add(&call.options, "endpoints", "https://b.example:2379", 22);
	self = fake_open(&call);
}

static void teardown(void)
{
	module->close(self);
	fake_done(&call);
}

/* -- What is asked and answered -- */

static const char *b64(const void *bytes, size_t length)
{
	static char texts[8][512];
	static unsigned next;
	char *text = texts[next++ % 8];
	struct buf out = BUF_INIT;

	base64_add(&out, bytes, length);
	ck_assert_uint_lt(out.length, sizeof(texts[0]));
	strcpy(text, buf_text(&out));
	buf_done(&out);
	return text;
}

static const char *b64_text(const char *text)
{
	return b64(text, strlen(text));
}

/* An answer to a range, with this value; value NULL: with nothing. */
static const char *range(const char *value, const char *mod, const char *lease)
{
	static char text[2048];

	if (value == NULL)
		return OK;
	(void)snprintf(text, sizeof(text),
		       "{" HEADER ",\"kvs\":[{\"key\":\"aw==\",\"create_revision\":\"2\","
		       "\"mod_revision\":\"%s\",\"version\":\"1\",\"value\":\"%s\",\"lease\":"
		       "\"%s\"}],\"count\":\"1\"}",
		       mod, b64_text(value), lease);
	return text;
}

#define DONE "{" HEADER ",\"succeeded\":true,\"responses\":[{\"response_put\":{\"header\":{}}}]}"

/* A transaction that did not succeed, and what was there. */
static const char *other(const char *value, const char *mod, const char *lease)
{
	static char text[4096];

	(void)snprintf(text, sizeof(text), "{" HEADER ",\"responses\":[{\"response_range\":%s}]}",
		       range(value, mod, lease));
	return text;
}

/* The index-th question went there and has that in it. */
static void asked(size_t index, const char *url, const char *part)
{
	ck_assert_uint_lt(index, call.asked.count);
	ck_assert_str_eq(call.asked.item[index].name, url);
	ck_assert_str_eq(call.asked.item[index].value, "POST");
	ck_assert_msg(strstr(call.bodies.item[index].value, part) != NULL, "no %s in %s", part,
		      call.bodies.item[index].value);
}

static void asked_often(size_t count)
{
	ck_assert_uint_eq(call.asked.count, count);
	ck_assert_uint_eq(call.replied, call.replies.count);
}

static void check_silence(void)
{
	ck_assert(call.message == NULL || strstr(call.message, SECRET) == NULL);
	ck_assert(call.hint == NULL || strstr(call.hint, SECRET) == NULL);
	for (size_t i = 0; i < call.log.count; i++)
		ck_assert_ptr_null(strstr(call.log.item[i].value, SECRET));
}

static void failed(credence_rc rc, credence_rc expected, const char *message)
{
	check_silence();
	ck_assert_int_eq(rc, expected);
	ck_assert_int_eq(call.failed, expected);
	ck_assert_msg(strstr(call.message, message) != NULL, "%s", call.message);
}

static credence_rc load(void)
{
	return ops->load(self, &call, "crm");
}

static credence_rc save(uint64_t expected, uint64_t revision, const char *bytes)
{
	const struct credence_item item = {.size = sizeof(item),
					   .bytes = bytes,
					   .length = strlen(bytes),
					   .expected = expected,
					   .revision = revision};

	return ops->save(self, &call, "crm", &item);
}

START_TEST(flags_promise_what_the_core_relies_on)
{
	ck_assert_uint_eq(ops->flags, CREDENCE_STORE_DURABLE | CREDENCE_STORE_SHARED |
					  CREDENCE_STORE_CAS | CREDENCE_STORE_LOCK);
	module->close(NULL);
}
END_TEST

START_TEST(a_prefix_is_a_path)
{
	static const char *const names[] = {"",     "/",     "credence", "/credence/",
					    "/a b", "/a\"b", "/ä"};
	struct credence_self *another = NULL;

	fake_set(&call.options, "prefix", names[_i]);
	ck_assert_int_eq(module->open(&fake_host, &call, &another), CREDENCE_CONFIG);
	ck_assert_ptr_null(another);
}
END_TEST

/* -- Reading -- */

START_TEST(a_record_is_read)
{
	fake_reply(&call, 200, range("credence1 3 - 1 x\nr", "12", "0"));
	ck_assert_int_eq(load(), CREDENCE_SUCCESS);
	ck_assert_str_eq(call.bytes.item[0].value, "credence1 3 - 1 x\nr");
	asked_often(1);
	asked(0, "https://a.example:2379/v3/kv/range", b64_text("/credence/record/crm"));
	ck_assert_ptr_null(strstr(call.bodies.item[0].value, "serializable"));
	fake_forget(&call);
	fake_reply(&call, 200, range(NULL, NULL, NULL));
	ck_assert_int_eq(load(), CREDENCE_MISS);
	ck_assert_ptr_null(call.message);
}
END_TEST

/* What others may say. */
static const struct {
	int status;
	const char *body;
	credence_rc rc;
	const char *message;
} answers[] = {
    {200, "", CREDENCE_UNAVAIL, "answered HTTP 200, and not as etcd does"},
    {200, "<html>" SECRET, CREDENCE_UNAVAIL, "not as etcd does"},
    {200, "{}", CREDENCE_UNAVAIL, "not as etcd does"},
    {200, "[]", CREDENCE_UNAVAIL, "not as etcd does"},
    {200, "{\"header\":1}", CREDENCE_UNAVAIL, "not as etcd does"},
    {200, "{" HEADER ",\"kvs\":1}", CREDENCE_UNAVAIL, "makes no sense"},
    {200, "{" HEADER ",\"kvs\":[1]}", CREDENCE_UNAVAIL, "makes no sense"},
    {200, "{" HEADER ",\"kvs\":[{}]}", CREDENCE_UNAVAIL, "makes no sense"},
    {200, "{" HEADER ",\"kvs\":[{\"mod_revision\":\"-1\"}]}", CREDENCE_UNAVAIL, "no sense"},
    {200, "{" HEADER ",\"kvs\":[{\"mod_revision\":\"x\"}]}", CREDENCE_UNAVAIL, "no sense"},
    {200, "{" HEADER ",\"kvs\":[{\"mod_revision\":\"1\",\"value\":1}]}", CREDENCE_UNAVAIL,
     "no sense"},
    {200, "{" HEADER ",\"kvs\":[{\"mod_revision\":\"1\",\"value\":\"@\"}]}", CREDENCE_UNAVAIL,
     "no sense"},
    {302, "", CREDENCE_UNAVAIL, "answered HTTP 302"},
    {400, "Client sent an HTTP request to an HTTPS server." SECRET, CREDENCE_UNAVAIL, "HTTP 400"},
    {404, "Not Found", CREDENCE_CONFIG, "no JSON gateway"},
    {400, "{\"error\":\"etcdserver: user name is empty\",\"code\":3}", CREDENCE_DENIED,
     "wants to know a user"},
    {403, "{\"error\":\"etcdserver: permission denied " SECRET "\",\"code\":7}", CREDENCE_DENIED,
     "may not do that"},
    {429, "{\"error\":\"etcdserver: mvcc: database space exceeded\",\"code\":8}", CREDENCE_ERROR,
     "no space left"},
    {500, "{\"error\":\"context deadline exceeded\",\"code\":2}", CREDENCE_UNAVAIL,
     "no leader or no quorum"},
    {500, "{\"error\":\"" SECRET "\",\"code\":99}", CREDENCE_ERROR, "etcd failed"},
    {500, "{\"error\":1,\"code\":\"x\"}", CREDENCE_UNAVAIL, "answered HTTP 500"},
    {504, "{\"message\":\"etcdserver: slow\",\"code\":4}", CREDENCE_UNAVAIL, "in time"},
    {413, "{\"error\":\"etcdserver: request is too large\",\"code\":3}", CREDENCE_ERROR, "larger"},
};

START_TEST(what_others_say_is_not_repeated)
{
	/* Twice of each, where that is not final. */
	for (int i = 0; i < 4; i++)
		fake_reply(&call, answers[_i].status, answers[_i].body);
	failed(load(), answers[_i].rc, answers[_i].message);
	ck_assert_uint_eq(call.bytes.count, 0);
}
END_TEST

/* -- Several members -- */

START_TEST(the_next_one_is_asked)
{
	fake_reply(&call, -CREDENCE_UNAVAIL, "");
	fake_reply(&call, 200, range("credence1 3 - 1 x\nr", "12", "0"));
	ck_assert_int_eq(load(), CREDENCE_SUCCESS);
	asked_often(2);
	asked(0, "https://a.example:2379/v3/kv/range", "");
	asked(1, "https://b.example:2379/v3/kv/range", "");
	/* And first, from then on. */
	fake_forget(&call);
	fake_reply(&call, -CREDENCE_UNSAFE, "");
	fake_reply(&call, 200, range(NULL, NULL, NULL));
	ck_assert_int_eq(load(), CREDENCE_MISS);
	asked(0, "https://b.example:2379/v3/kv/range", "");
	asked(1, "https://a.example:2379/v3/kv/range", "");
}
END_TEST

START_TEST(all_are_away)
{
	for (int i = 0; i < 4; i++)
		fake_reply(&call, -CREDENCE_UNAVAIL, "");
	/* The host has said why. */
	ck_assert_int_eq(load(), CREDENCE_UNAVAIL);
	ck_assert_ptr_null(call.message);
	asked_often(4);
	ck_assert_uint_eq(call.waits.count, 1);
}
END_TEST

START_TEST(all_are_waited_for_while_they_choose_a_leader)
{
	for (int i = 0; i < 10; i++)
		fake_reply(&call, 503, OTHER);
	fake_reply(&call, 200, range("credence1 3 - 1 x\nr", "12", "0"));
	ck_assert_int_eq(load(), CREDENCE_SUCCESS);
	asked_often(11);
	ck_assert_uint_eq(call.waits.count, 5);
	ck_assert_ptr_null(call.message);
}
END_TEST

START_TEST(each_has_its_share_of_the_time)
{
	fake_reply(&call, -CREDENCE_UNAVAIL, "");
	fake_reply(&call, 200, OK);
	ck_assert_int_eq(load(), CREDENCE_MISS);
	ck_assert_str_eq(call.timeouts.item[0].name, "5000");
	ck_assert_str_eq(call.timeouts.item[1].name, "5000");
	fake_forget(&call);
	call.deadline = fake_clock() + 3000;
	fake_reply(&call, -CREDENCE_UNAVAIL, "");
	fake_reply(&call, 200, OK);
	ck_assert_int_eq(load(), CREDENCE_MISS);
	ck_assert_int_le(strtol(call.timeouts.item[0].name, NULL, 10), 1500);
	ck_assert_int_gt(strtol(call.timeouts.item[1].name, NULL, 10), 1500);
}
END_TEST

START_TEST(an_end_is_an_end)
{
	static const credence_rc ends[] = {CREDENCE_CANCELLED, CREDENCE_CONFIG, CREDENCE_ERROR};

	fake_reply(&call, -ends[_i], "");
	ck_assert_int_eq(load(), ends[_i]);
	asked_often(1);
	/* Without time nobody else is asked. */
	fake_forget(&call);
	call.deadline = fake_clock() - 1;
	fake_reply(&call, -CREDENCE_UNAVAIL, "");
	ck_assert_int_eq(load(), CREDENCE_UNAVAIL);
	asked_often(1);
}
END_TEST

/* -- Users -- */

static void with_user(void)
{
	fake_set(&call.options, "user", "app");
	fake_set(&call.options, "password", SECRET "\"\\");
}

START_TEST(a_user_gets_a_token_once)
{
	with_user();
	fake_reply(&call, 200, "{" HEADER ",\"token\":\"abc.1\"}");
	fake_reply(&call, 200, OK);
	fake_reply(&call, 200, OK);
	ck_assert_int_eq(load(), CREDENCE_MISS);
	ck_assert_int_eq(load(), CREDENCE_MISS);
	asked_often(3);
	asked(0, "https://a.example:2379/v3/auth/authenticate",
	      "{\"name\":\"app\",\"password\":\"" SECRET "\\\"\\\\\"}");
	ck_assert_str_eq(call.bodies.item[0].name, "");
	ck_assert_str_eq(call.bodies.item[1].name, "abc.1");
	ck_assert_str_eq(call.bodies.item[2].name, "abc.1");
	ck_assert_ptr_null(strstr(call.bodies.item[1].value, SECRET));
}
END_TEST

START_TEST(a_token_that_is_not_taken_is_replaced_once)
{
	with_user();
	fake_reply(&call, 200, "{" HEADER ",\"token\":\"abc.1\"}");
	fake_reply(&call, 401, EXPIRED);
	fake_reply(&call, 200, "{" HEADER ",\"token\":\"abc.2\"}");
	fake_reply(&call, 200, OK);
	ck_assert_int_eq(load(), CREDENCE_MISS);
	asked_often(4);
	ck_assert_str_eq(call.bodies.item[2].name, "");
	ck_assert_str_eq(call.bodies.item[3].name, "abc.2");
	fake_forget(&call);
	fake_reply(&call, 401, EXPIRED);
	fake_reply(&call, 200, "{" HEADER ",\"token\":\"abc.3\"}");
	fake_reply(&call, 400,
		   "{\"error\":\"etcdserver: revision of auth store is old\",\"code\":3}");
	failed(load(), CREDENCE_UNAVAIL, "changed meanwhile");
	asked_often(3);
}
END_TEST

static const struct {
	int status;
	const char *body;
	credence_rc rc;
	const char *message;
} refusals[] = {
    {400,
     "{\"error\":\"etcdserver: authentication failed, invalid user ID or password\",\"code\":3}",
     CREDENCE_DENIED, "refused the user or the password"},
    {412, "{\"error\":\"etcdserver: authentication is not enabled\",\"code\":9}", CREDENCE_CONFIG,
     "knows no users"},
    {200, OK, CREDENCE_UNAVAIL, "makes no sense"},
};

START_TEST(a_user_is_refused)
{
	with_user();
	fake_reply(&call, refusals[_i].status, refusals[_i].body);
	failed(load(), refusals[_i].rc, refusals[_i].message);
	asked_often(1);
}
END_TEST

START_TEST(a_user_has_a_password)
{
	fake_set(&call.options, "user", "app");
	failed(load(), CREDENCE_CONFIG, "a user without a password");
	ck_assert_uint_eq(call.asked.count, 0);
}
END_TEST

/* -- Saving -- */

START_TEST(a_first_record_is_made_where_there_is_none)
{
	fake_reply(&call, 200, DONE);
	ck_assert_int_eq(save(0, 1, "credence1 1 - 1 x\na"), CREDENCE_SUCCESS);
	asked_often(1);
	asked(0, "https://a.example:2379/v3/kv/txn", "\"mod_revision\":\"0\"");
	asked(0, "https://a.example:2379/v3/kv/txn", b64_text("credence1 1 - 1 x\na"));
	/* What was written is known: the next save needs one question, too. */
	fake_forget(&call);
	fake_reply(&call, 200, DONE);
	ck_assert_int_eq(save(1, 2, "credence1 2 - 1 x\nb"), CREDENCE_SUCCESS);
	asked_often(1);
	asked(0, "https://a.example:2379/v3/kv/txn", "\"mod_revision\":\"77\"");
	fake_forget(&call);
	fake_reply(&call, 200, other("credence1 9 - 1 x\nz", "80", "0"));
	failed(save(0, 1, "credence1 1 - 1 x\na"), CREDENCE_CONFLICT, "there is a record already");
	/* Nor over what is no record. */
	fake_forget(&call);
	fake_reply(&call, 200, other("garbage", "80", "0"));
	failed(save(0, 1, "credence1 1 - 1 x\na"), CREDENCE_CONFLICT, "there is a record already");
}
END_TEST

START_TEST(what_was_loaded_is_replaced_and_nothing_else)
{
	fake_reply(&call, 200, range("credence1 3 - 1 x\na", "12", "0"));
	ck_assert_int_eq(load(), CREDENCE_SUCCESS);
	fake_forget(&call);
	fake_reply(&call, 200, DONE);
	ck_assert_int_eq(save(3, 4, "credence1 4 - 1 x\nb"), CREDENCE_SUCCESS);
	asked_often(1);
	asked(0, "https://a.example:2379/v3/kv/txn", "\"mod_revision\":\"12\"");
	fake_forget(&call);
	fake_reply(&call, 200, other("credence1 5 - 1 x\nz", "80", "0"));
	failed(save(4, 5, "credence1 5 - 1 x\nb"), CREDENCE_CONFLICT, "no longer has revision 4");
	asked_often(1);
	fake_forget(&call);
	fake_reply(&call, 200, other(NULL, NULL, NULL));
	failed(save(4, 5, "credence1 5 - 1 x\nb"), CREDENCE_CONFLICT, "no longer has revision 4");
}
END_TEST

START_TEST(what_was_not_loaded_is_looked_at_first)
{
	fake_reply(&call, 200, range("credence1 3 - 1 x\na", "12", "0"));
	fake_reply(&call, 200, DONE);
	ck_assert_int_eq(save(3, 4, "credence1 4 - 1 x\nb"), CREDENCE_SUCCESS);
	asked_often(2);
	asked(0, "https://a.example:2379/v3/kv/range", b64_text("/credence/record/crm"));
	asked(1, "https://a.example:2379/v3/kv/txn", "\"mod_revision\":\"12\"");
	fake_forget(&call);
	fake_reply(&call, 200, range("credence1 3 - 1 x\na", "12", "0"));
	failed(save(2, 3, "credence1 3 - 1 x\nb"), CREDENCE_CONFLICT, "no longer has revision 2");
	asked_often(1);
}
END_TEST

/* A back-up that was restored, say. */
START_TEST(the_same_revision_by_another_hand_is_replaced)
{
	fake_reply(&call, 200, range("credence1 3 - 1 x\na", "12", "0"));
	fake_reply(&call, 200, other("credence1 3 - 1 x\na", "15", "0"));
	fake_reply(&call, 200, DONE);
	ck_assert_int_eq(save(3, 4, "credence1 4 - 1 x\nb"), CREDENCE_SUCCESS);
	asked_often(3);
	asked(2, "https://a.example:2379/v3/kv/txn", "\"mod_revision\":\"15\"");
	/* But not for ever. */
	fake_forget(&call);
	for (int i = 0; i < 3; i++)
		fake_reply(&call, 200, other("credence1 4 - 1 x\na", "20", "0"));
	failed(save(4, 5, "credence1 5 - 1 x\nb"), CREDENCE_CONFLICT, "no longer has revision 4");
}
END_TEST

START_TEST(an_answer_that_was_lost_is_found_out)
{
	fake_reply(&call, -CREDENCE_UNAVAIL, "");
	fake_reply(&call, 200, other("credence1 1 - 1 x\na", "78", "0"));
	ck_assert_int_eq(save(0, 1, "credence1 1 - 1 x\na"), CREDENCE_SUCCESS);
	fake_forget(&call);
	fake_reply(&call, 503, OTHER);
	fake_reply(&call, 200, other("credence1 2 - 1 x\nB", "79", "0"));
	failed(save(1, 2, "credence1 2 - 1 x\nb"), CREDENCE_CONFLICT, "no longer has revision 1");
	/* Where nothing was lost, the same bytes are somebody else's. */
	fake_forget(&call);
	fake_reply(&call, 200, other("credence1 1 - 1 x\na", "78", "0"));
	failed(save(0, 1, "credence1 1 - 1 x\na"), CREDENCE_CONFLICT, "there is a record already");
}
END_TEST

START_TEST(a_record_that_is_too_large_is_refused)
{
	size_t length = ((size_t)512 << 10) + 1;
	char *bytes = malloc(length + 1);

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, 'x', length);
	bytes[length] = '\0';
	failed(save(0, 1, bytes), CREDENCE_ERROR, "larger than 512 KiB");
	ck_assert_uint_eq(call.asked.count, 0);
	fake_forget(&call);
	bytes[length - 1] = '\0';
	fake_reply(&call, 200, DONE);
	ck_assert_int_eq(save(0, 1, bytes), CREDENCE_SUCCESS);
	free(bytes);
}
END_TEST

/* -- Erasing and listing -- */

START_TEST(erasing)
{
	fake_reply(&call, 200, OK);
	ck_assert_int_eq(ops->erase(self, &call, "crm"), CREDENCE_MISS);
	asked_often(1);
	fake_forget(&call);
	fake_reply(&call, 200, range("garbage", "12", "0"));
	fake_reply(&call, -CREDENCE_UNAVAIL, "");
	fake_reply(&call, 200, OK);
	ck_assert_int_eq(ops->erase(self, &call, "crm"), CREDENCE_SUCCESS);
	asked_often(3);
	asked(1, "https://a.example:2379/v3/kv/deleterange", b64_text("/credence/record/crm"));
}
END_TEST

static const char *page(const char *const *keys, bool more)
{
	static char text[2048];
	size_t length = (size_t)snprintf(text, sizeof(text), "{" HEADER "%s,\"kvs\":[",
					 more ? ",\"more\":true" : "");

	for (size_t i = 0; keys[i] != NULL; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "%s{\"key\":\"%s\",\"mod_revision\":\"1\"}",
					   i > 0 ? "," : "", b64_text(keys[i]));
	(void)snprintf(text + length, sizeof(text) - length, "]}");
	return text;
}

START_TEST(listing_by_pages)
{
	fake_reply(&call, 200,
		   page((const char *const[]){"/credence/record/a", "/credence/record/b c",
					      "/credence/record/b/c", "/credence/record/c", NULL},
			true));
	fake_reply(
	    &call, 200,
	    page((const char *const[]){"/credence/record/d", "/credence/recordx", NULL}, false));
	ck_assert_int_eq(ops->list(self, &call), CREDENCE_SUCCESS);
	asked_often(2);
	ck_assert_uint_eq(call.names.count, 3);
	ck_assert_str_eq(call.names.item[0].name, "a");
	ck_assert_str_eq(call.names.item[1].name, "c");
	ck_assert_str_eq(call.names.item[2].name, "d");
	asked(0, "https://a.example:2379/v3/kv/range", b64_text("/credence/record/"));
	asked(0, "https://a.example:2379/v3/kv/range", b64_text("/credence/record0"));
	asked(1, "https://a.example:2379/v3/kv/range", b64("/credence/record/c", 19));
	fake_forget(&call);
	fake_reply(&call, 200, OK);
	ck_assert_int_eq(ops->list(self, &call), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.names.count, 0);
}
END_TEST

START_TEST(a_list_that_never_ends)
{
	fake_reply(&call, 200, page((const char *const[]){"/credence/record/b", NULL}, true));
	fake_reply(&call, 200, page((const char *const[]){"/credence/record/b", NULL}, true));
	failed(ops->list(self, &call), CREDENCE_UNAVAIL, "makes no sense");
	fake_forget(&call);
	fake_reply(&call, 200, page((const char *const[]){NULL}, true));
	ck_assert_int_eq(ops->list(self, &call), CREDENCE_SUCCESS);
	asked_often(1);
}
END_TEST

/* -- Locks -- */

#define LEASE "{" HEADER ",\"ID\":\"41\",\"TTL\":\"25\"}"

static void lock_free(void)
{
	fake_reply(&call, 200, OK);
	fake_reply(&call, 200, LEASE);
	fake_reply(&call, 200, DONE);
	ck_assert_int_eq(ops->lock(self, &call, "crm"), CREDENCE_SUCCESS);
}

/* The value of the lock that the index-th question asks for. */
static void holder_of(size_t index, char *text, size_t size)
{
	const char *from = strstr(call.bodies.item[index].value, "\"value\":\"");
	struct buf out = BUF_INIT;

	ck_assert_ptr_nonnull(from);
	from += strlen("\"value\":\"");
	ck_assert(base64_decode(&out, from, strcspn(from, "\"")));
	ck_assert_uint_lt(out.length, size);
	strcpy(text, buf_text(&out));
	buf_done(&out);
}

START_TEST(a_free_lock)
{
	char holder[256], host[65] = "";

	ck_assert_int_eq(gethostname(host, sizeof(host) - 1), 0);
	lock_free();
	asked_often(3);
	holder_of(2, holder, sizeof(holder));
	ck_assert_int_eq(strncmp(holder, host, strlen(host)), 0);
	asked(0, "https://a.example:2379/v3/kv/range", b64_text("/credence/lock/crm"));
	asked(1, "https://a.example:2379/v3/lease/grant", "{\"TTL\":\"2");
	asked(2, "https://a.example:2379/v3/kv/txn", "\"mod_revision\":\"0\"");
	asked(2, "https://a.example:2379/v3/kv/txn", "\"lease\":\"41\"");
	fake_forget(&call);
	fake_reply(&call, 200, OK);
	ck_assert_int_eq(ops->unlock(self, &call, "crm"), CREDENCE_SUCCESS);
	asked(0, "https://a.example:2379/v3/lease/revoke", "{\"ID\":\"41\"}");
	fake_forget(&call);
	failed(ops->unlock(self, &call, "crm"), CREDENCE_ERROR, "was not taken");
}
END_TEST

START_TEST(a_lease_that_has_ended_is_told)
{
	lock_free();
	fake_forget(&call);
	fake_reply(&call, 404, NO_LEASE);
	failed(ops->unlock(self, &call, "crm"), CREDENCE_ERROR, "the lease of the lock has ended");
	/* Unless it was we who ended it. */
	fake_forget(&call);
	lock_free();
	fake_forget(&call);
	fake_reply(&call, -CREDENCE_UNAVAIL, "");
	fake_reply(&call, 404, NO_LEASE);
	ck_assert_int_eq(ops->unlock(self, &call, "crm"), CREDENCE_SUCCESS);
	/* While it lives by itself, it is enough that it will end. */
	fake_forget(&call);
	lock_free();
	fake_forget(&call);
	fake_reply(&call, -CREDENCE_CANCELLED, "");
	ck_assert_int_eq(ops->unlock(self, &call, "crm"), CREDENCE_SUCCESS);
}
END_TEST

START_TEST(somebody_elses_lock_is_waited_for)
{
	const char *theirs = "alpha 00000000-0000-0000-0000-000000000000 1 1";

	fake_reply(&call, 200, range(theirs, "12", "40"));
	fake_reply(&call, 200, range(theirs, "12", "40"));
	fake_reply(&call, 200, OK);
	fake_reply(&call, 200, LEASE);
	fake_reply(&call, 200, other(theirs, "14", "42"));
	fake_reply(&call, 200, OK);
	fake_reply(&call, 200, DONE);
	ck_assert_int_eq(ops->lock(self, &call, "crm"), CREDENCE_SUCCESS);
	asked_often(7);
	ck_assert_uint_eq(call.waits.count, 3);
	asked(6, "https://a.example:2379/v3/kv/txn", "\"mod_revision\":\"0\"");
}
END_TEST

START_TEST(it_is_waited_for_until_the_deadline)
{
	call.quick = false;
	call.deadline = fake_clock() + 350;
	for (int i = 0; i < 20; i++)
		fake_reply(&call, 200,
			   range("alpha 00000000-0000-0000-0000-000000000000 1 1", "12", "40"));
	failed(ops->lock(self, &call, "crm"), CREDENCE_UNAVAIL, "host alpha is busy with crm");
	ck_assert_str_eq(call.code, "busy");
	/* Who only waited leaves nothing. */
	for (size_t i = 0; i < call.asked.count; i++)
		asked(i, "https://a.example:2379/v3/kv/range", "");
	fake_forget(&call);
	call.deadline = fake_clock() + 5000;
	atomic_store(&call.cancelled, true);
	fake_reply(&call, 200, range("alpha b 1 1", "12", "40"));
	failed(ops->lock(self, &call, "crm"), CREDENCE_CANCELLED, "interrupted");
}
END_TEST

static void takes_over(const char *holder)
{
	fake_reply(&call, 200, range(holder, "12", "40"));
	fake_reply(&call, 200, LEASE);
	fake_reply(&call, 200, DONE);
	ck_assert_int_eq(ops->lock(self, &call, "crm"), CREDENCE_SUCCESS);
	asked(2, "https://a.example:2379/v3/kv/txn", "\"mod_revision\":\"12\"");
}

static void waits_for(const char *holder)
{
	call.quick = false;
	call.deadline = fake_clock() + 50;
	fake_reply(&call, 200, range(holder, "12", "40"));
	failed(ops->lock(self, &call, "crm"), CREDENCE_UNAVAIL, "is busy with crm");
	asked_often(1);
	fake_forget(&call);
	call.quick = true;
	call.deadline = fake_clock() + 20000;
}

/* Each has a name of its own: what random gives. */
static struct credence_self *another_holder(char *holder, size_t size)
{
	static const char bytes[32] = "another";
	struct credence_self *another = fake_open(&call);

	call.random = bytes;
	fake_reply(&call, 200, OK);
	fake_reply(&call, 200, LEASE);
	fake_reply(&call, 200, DONE);
	ck_assert_int_eq(ops->lock(another, &call, "crm"), CREDENCE_SUCCESS);
	call.random = NULL;
	holder_of(2, holder, size);
	fake_forget(&call);
	return another;
}

START_TEST(a_lock_whose_holder_was_closed_is_taken_over)
{
	char holder[256];
	struct credence_self *another = another_holder(holder, sizeof(holder));

	waits_for(holder);
	module->close(another);
	takes_over(holder);
}
END_TEST

START_TEST(a_lock_whose_process_is_no_more_is_taken_over)
{
	char holder[256];
	int ends[2];
	ssize_t length;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		(void)another_holder(holder, sizeof(holder));
		_exit(write(ends[1], holder, strlen(holder) + 1) > 0 ? 0 : 1);
	}
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	length = read(ends[0], holder, sizeof(holder));
	ck_assert_int_gt(length, 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	takes_over(holder);
}
END_TEST

/* It may be anybody elsewhere. */
START_TEST(of_other_machines_nothing_is_known)
{
	char holder[256], changed[300];
	size_t host, boot;

	module->close(another_holder(holder, sizeof(holder)));
	host = strcspn(holder, " ");
	boot = host + 1 + strcspn(holder + host + 1, " ");
	if (_i == 0) /* another host */
		(void)snprintf(changed, sizeof(changed), "x%s", holder);
	else if (_i == 1) /* another boot */
		(void)snprintf(changed, sizeof(changed), "%.*s x%s", (int)host, holder,
			       holder + host + 1);
	else if (_i == 2) /* another namespace */
		(void)snprintf(changed, sizeof(changed), "%.*s 1%s", (int)boot, holder,
			       holder + boot + 1);
	else /* no name */
		(void)snprintf(changed, sizeof(changed), "%.*s",
			       (int)(strrchr(holder, ' ') + 1 - holder), holder);
	waits_for(changed);
	takes_over(holder);
}
END_TEST

START_TEST(a_lock_that_was_taken_unheard_is_ours)
{
	fake_reply(&call, 200, OK);
	fake_reply(&call, 200, LEASE);
	fake_reply(&call, -CREDENCE_UNAVAIL, "");
	fake_reply(&call, 200, other("anything", "13", "41"));
	ck_assert_int_eq(ops->lock(self, &call, "crm"), CREDENCE_SUCCESS);
	/* A lock without a lease is nobody's of ours. */
	fake_forget(&call);
	call.quick = false;
	call.deadline = fake_clock() + 50;
	fake_reply(&call, 200, range("by hand", "13", "0"));
	failed(ops->lock(self, &call, "crm"), CREDENCE_UNAVAIL, "host by is busy");
}
END_TEST

START_TEST(a_lease_that_ended_too_soon_is_replaced)
{
	fake_reply(&call, 200, OK);
	fake_reply(&call, 200, LEASE);
	fake_reply(&call, 404, NO_LEASE);
	fake_reply(&call, 200, "{" HEADER ",\"ID\":\"43\",\"TTL\":\"25\"}");
	fake_reply(&call, 200, DONE);
	ck_assert_int_eq(ops->lock(self, &call, "crm"), CREDENCE_SUCCESS);
	asked(4, "https://a.example:2379/v3/kv/txn", "\"lease\":\"43\"");
}
END_TEST

START_TEST(a_lock_that_is_not_got_leaves_nothing)
{
	fake_reply(&call, 200, OK);
	fake_reply(&call, 200, LEASE);
	fake_reply(&call, 403, "{\"error\":\"etcdserver: permission denied\",\"code\":7}");
	fake_reply(&call, 200, OK);
	failed(ops->lock(self, &call, "crm"), CREDENCE_DENIED, "may not do that");
	asked(3, "https://a.example:2379/v3/lease/revoke", "41");
}
END_TEST

START_TEST(a_lease_lives_on_while_the_lock_is_in_use)
{
	fake_reply(&call, 200, OK);
	fake_reply(&call, 200, "{" HEADER ",\"ID\":\"41\",\"TTL\":\"1\"}");
	fake_reply(&call, 200, DONE);
	ck_assert_int_eq(ops->lock(self, &call, "crm"), CREDENCE_SUCCESS);
	fake_forget(&call);
	(void)usleep(550000);
	fake_reply(&call, 200, "{\"result\":{" HEADER ",\"ID\":\"41\",\"TTL\":\"1\"}}");
	fake_reply(&call, 200, OK);
	fake_reply(&call, 200, OK);
	ck_assert_int_eq(load(), CREDENCE_MISS);
	ck_assert_int_eq(load(), CREDENCE_MISS);
	asked_often(3);
	asked(0, "https://a.example:2379/v3/lease/keepalive", "{\"ID\":\"41\"}");
	/* One that has ended shows when the lock is given back. */
	fake_forget(&call);
	(void)usleep(1050000);
	fake_reply(&call, 200, "{\"result\":{" HEADER ",\"ID\":\"41\"}}");
	fake_reply(&call, 200, OK);
	ck_assert_int_eq(load(), CREDENCE_MISS);
	ck_assert_ptr_null(call.message);
	fake_reply(&call, -CREDENCE_CANCELLED, "");
	failed(ops->unlock(self, &call, "crm"), CREDENCE_ERROR, "lease of the lock has ended");
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static void add_reading(TCase *tests)
{
	tcase_add_test(tests, flags_promise_what_the_core_relies_on);
	tcase_add_loop_test(tests, a_prefix_is_a_path, 0, 7);
	tcase_add_test(tests, a_record_is_read);
	tcase_add_loop_test(tests, what_others_say_is_not_repeated, 0, COUNT(answers));
	tcase_add_test(tests, the_next_one_is_asked);
	tcase_add_test(tests, all_are_away);
	tcase_add_test(tests, all_are_waited_for_while_they_choose_a_leader);
	tcase_add_test(tests, each_has_its_share_of_the_time);
	tcase_add_loop_test(tests, an_end_is_an_end, 0, 3);
	tcase_add_test(tests, a_user_gets_a_token_once);
	tcase_add_test(tests, a_token_that_is_not_taken_is_replaced_once);
	tcase_add_loop_test(tests, a_user_is_refused, 0, COUNT(refusals));
	tcase_add_test(tests, a_user_has_a_password);
}

static void add_writing(TCase *tests)
{
	tcase_add_test(tests, a_first_record_is_made_where_there_is_none);
	tcase_add_test(tests, what_was_loaded_is_replaced_and_nothing_else);
	tcase_add_test(tests, what_was_not_loaded_is_looked_at_first);
	tcase_add_test(tests, the_same_revision_by_another_hand_is_replaced);
	tcase_add_test(tests, an_answer_that_was_lost_is_found_out);
	tcase_add_test(tests, a_record_that_is_too_large_is_refused);
	tcase_add_test(tests, erasing);
	tcase_add_test(tests, listing_by_pages);
	tcase_add_test(tests, a_list_that_never_ends);
}

static void add_locks(TCase *tests)
{
	tcase_add_test(tests, a_free_lock);
	tcase_add_test(tests, a_lease_that_has_ended_is_told);
	tcase_add_test(tests, somebody_elses_lock_is_waited_for);
	tcase_add_test(tests, it_is_waited_for_until_the_deadline);
	tcase_add_test(tests, a_lock_whose_holder_was_closed_is_taken_over);
	tcase_add_test(tests, a_lock_whose_process_is_no_more_is_taken_over);
	tcase_add_loop_test(tests, of_other_machines_nothing_is_known, 0, 4);
	tcase_add_test(tests, a_lock_that_was_taken_unheard_is_ours);
	tcase_add_test(tests, a_lease_that_ended_too_soon_is_replaced);
	tcase_add_test(tests, a_lock_that_is_not_got_leaves_nothing);
	tcase_add_test(tests, a_lease_lives_on_while_the_lock_is_in_use);
}

int main(void)
{
	Suite *suite = suite_create("store_etcd");
	TCase *tests = tcase_create("store_etcd");

	tcase_add_checked_fixture(tests, setup, teardown);
	add_reading(tests);
	add_writing(tests);
	add_locks(tests);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
