/* SPDX-License-Identifier: MIT */
/*
 * One question to the cluster. Its members are asked in turn, from the one that answered last, each
 * with its share of the time; while they choose a leader, all of them again. A user's token is got
 * before the first question, and once more when it is not taken any more.
 */
#include "core/os/clock.h"
#include "core/os/text.h"
#include "etcd.h"

#include <stdio.h>
#include <string.h>

#define BODY_MAX ((size_t)1 << 20)
#define PAUSE    100          /* ms at least between two rounds */
#define QUICK    CLOCK_SECOND /* a round that fails within it is worth another */
#define PATIENCE 2            /* timeouts that may go by until there is a leader */
#define URL_MAX  512

/* -- One member -- */

/* Every member's gateway says what time it is, in whole seconds. */
static void note_date(struct credence_self *self, const struct credence_response *response)
{
	int64_t date;
	uint32_t i;

	for (i = 0; i < response->header_count; i++)
		if (strcmp(response->headers[i].name, "date") == 0 &&
		    text_parse_http_date(response->headers[i].value, &date))
			self->date = date + CLOCK_SECOND / 2;
}

static credence_rc read_answer(struct credence_self *self, const char *endpoint,
			       const struct credence_response *response, struct json_object **ret)
{
	const char *reason;
	struct json_object *answer = json_parse(response->body, response->body_length, &reason);
	credence_rc rc;

	if (response->status == 200 &&
	    (json_object_is_type(json_member(answer, "header"), json_type_object) ||
	     json_member(answer, "result") != NULL)) {
		*ret = answer;
		note_date(self, response);
		return CREDENCE_SUCCESS;
	}
	rc = etcd_fail_answer(self, endpoint, response->status, answer);
	json_wipe(answer);
	return rc;
}

/* Of what is left, half is for the others. */
static int32_t time_for(struct credence_self *self, bool last)
{
	int64_t most = self->host->option_number(self->call, "timeout");
	int64_t left = self->host->time_left(self->call);

	if (!last)
		left /= 2;
	if (most > left)
		most = left;
	if (most > CLOCK_HOUR)
		most = CLOCK_HOUR;
	return most > 0 ? (int32_t)most : 1;
}

static credence_rc ask_member(struct credence_self *self, const char *endpoint, bool last,
			      const char *path, const struct buf *question,
			      struct json_object **answer)
{
	const struct credence_param headers[] = {{"content-type", "application/json"},
						 {"authorization", buf_text(&self->token)}};
	int64_t connect = self->host->option_number(self->call, "connect_timeout");
	char url[URL_MAX];
	struct credence_request request = {
	    .size = sizeof(request),
	    .connect_timeout =
		(int32_t)(connect > 0 && connect < CLOCK_HOUR ? connect : CLOCK_HOUR),
	    .method = "POST",
	    .url = url,
	    .headers = headers,
	    .header_count = self->token.length > 0 ? 2 : 1,
	    .body = question->data,
	    .body_length = question->length,
	    .max_body = BODY_MAX,
	    .servers = "endpoints",
	    .server_ca = "ca_file",
	    .server_cert = "client_cert",
	    .timeout = time_for(self, last),
	};
	const struct credence_response *response = NULL;
	credence_rc rc;

	etcd_forget_error(self);
	if (snprintf(url, sizeof(url), "%s%s", endpoint, path) >= (int)sizeof(url))
		return etcd_fail(self, CREDENCE_CONFIG, NULL, NULL, "%.100s… is too long", url);
	rc = self->host->http(self->call, &request, &response);
	return rc == CREDENCE_SUCCESS ? read_answer(self, endpoint, response, answer) : rc;
}

/* -- All of them -- */

/* Would another member answer the same? */
static bool is_final(const struct credence_self *self, credence_rc rc)
{
	return (rc != CREDENCE_UNAVAIL && rc != CREDENCE_UNSAFE) ||
	       etcd_has_code(self, CODE_TOKEN) || self->host->time_left(self->call) <= 0;
}

static uint32_t count_endpoints(const struct credence_self *self)
{
	uint32_t count = 0;

	while (self->host->option_item(self->call, "endpoints", count) != NULL)
		count++;
	return count;
}

static credence_rc one_round(struct credence_self *self, const char *path,
			     const struct buf *question, struct json_object **answer, bool *again)
{
	uint32_t count = count_endpoints(self), first = self->endpoint, i;
	credence_rc rc = CREDENCE_UNAVAIL;

	self->passing = false;
	for (i = 0; i < count; i++) {
		uint32_t at = (first + i) % count;

		rc = ask_member(self, self->host->option_item(self->call, "endpoints", at),
				i + 1 == count, path, question, answer);
		if (rc == CREDENCE_SUCCESS)
			self->endpoint = at;
		if (is_final(self, rc))
			break;
		if (again != NULL)
			*again = true;
	}
	return rc;
}

/* A while that is not the same for all who wait. UNAVAIL: no time is left for that. */
static credence_rc pause_for(struct credence_self *self, int64_t until)
{
	uint8_t random = 0;
	int64_t ms;

	(void)self->host->random(self->call, &random, sizeof(random));
	ms = PAUSE + random % PAUSE;
	if (clock_boot() + ms >= until || self->host->time_left(self->call) <= ms)
		return CREDENCE_UNAVAIL;
	return self->host->wait(self->call, ms);
}

static credence_rc ask_around(struct credence_self *self, const char *path,
			      const struct buf *question, struct json_object **answer, bool *again)
{
	int64_t patience = PATIENCE * self->host->option_number(self->call, "timeout");
	int64_t until = clock_boot() + patience;

	for (int round = 1;; round++) {
		int64_t start = clock_boot();
		credence_rc rc = one_round(self, path, question, answer, again), paused;

		if (rc != CREDENCE_UNAVAIL || etcd_has_code(self, CODE_TOKEN))
			return rc;
		/* One that was being started, or took the connection with it as it ended. */
		if (!self->passing && (round > 1 || clock_boot() - start > QUICK))
			return rc;
		paused = pause_for(self, until);
		if (paused == CREDENCE_CANCELLED)
			return etcd_fail(self, paused, NULL, NULL, "interrupted");
		if (paused != CREDENCE_SUCCESS)
			return rc;
	}
}

/* -- Who asks -- */

static credence_rc add_user(struct credence_self *self, struct buf *question, const char *user)
{
	const char *password = NULL;
	struct json_object *tree;
	credence_rc rc = self->host->option_secret(self->call, "password", &password);

	if (rc == CREDENCE_MISS)
		return etcd_fail(self, CREDENCE_CONFIG, NULL,
				 "add password = \"file:/PATH\" to the store's entry",
				 "store etcd has a user without a password");
	if (rc != CREDENCE_SUCCESS)
		return rc;
	tree = json_object_new_object();
	if (tree != NULL && json_set_string(tree, "name", user) &&
	    json_set_string(tree, "password", password))
		json_print(question, tree, false);
	json_wipe(tree);
	return buf_ok(question) ? CREDENCE_SUCCESS
				: etcd_fail(self, CREDENCE_ERROR, "ENOMEM", NULL, "out of memory");
}

static credence_rc take_token(struct credence_self *self, struct json_object *answer)
{
	const char *token = json_string(answer, "token");

	if (token == NULL || strlen(token) > BODY_MAX / 16)
		return etcd_no_sense(self);
	buf_str(&self->token, token);
	return buf_ok(&self->token)
		   ? CREDENCE_SUCCESS
		   : etcd_fail(self, CREDENCE_ERROR, "ENOMEM", NULL, "out of memory");
}

/* Where no user is given, everybody may do what etcd allows. */
static credence_rc log_in(struct credence_self *self)
{
	const char *user = self->host->option(self->call, "user");
	struct buf question = BUF_SECRET;
	struct json_object *answer = NULL;
	credence_rc rc;

	if (user == NULL || self->token.length > 0)
		return CREDENCE_SUCCESS;
	rc = add_user(self, &question, user);
	if (rc == CREDENCE_SUCCESS)
		rc = ask_around(self, "/v3/auth/authenticate", &question, &answer, NULL);
	if (rc == CREDENCE_SUCCESS)
		rc = take_token(self, answer);
	json_wipe(answer);
	buf_done(&question);
	return rc;
}

credence_rc etcd_ask(struct credence_self *self, const char *path, const struct buf *question,
		     struct json_object **answer, bool *again)
{
	credence_rc rc = CREDENCE_ERROR;
	int try;

	if (!buf_ok(question))
		return etcd_fail(self, rc, "ENOMEM", NULL, "out of memory");
	for (try = 0; try < 2; try++) {
		rc = log_in(self);
		if (rc != CREDENCE_SUCCESS)
			return rc;
		rc = ask_around(self, path, question, answer, again);
		if (rc == CREDENCE_SUCCESS || !etcd_has_code(self, CODE_TOKEN))
			return rc;
		/* It has expired, or its server was started anew. */
		buf_done(&self->token);
		self->token = BUF_SECRET;
	}
	return rc;
}
