/* SPDX-License-Identifier: MIT */
/*
 * Tokens as programs give them; and programs that speak no protocol but print one and end, as
 * "credence token --json" does on another host. Their exit statuses are those of credence(1).
 */
#include "core/os/json.h"
#include "core/os/text.h"
#include "modules/exec/exec.h"

#include <string.h>

#define LIFE_MAX   (INT64_C(10) * 365 * 86400) /* s */
#define SSH_FAILED 255

/* -- A token -- */

/* What is left of its life, in ms. NULL: taken. */
static const char *read_life(const struct exec *exec, struct json_object *tree, int64_t age,
			     int64_t *left)
{
	const char *expires_at = json_string(tree, "expires_at");
	int64_t number;

	*left = 0;
	if (json_member(tree, "expires_in") != NULL) {
		if (!json_number(tree, "expires_in", &number))
			return "its expires_in is no whole number of seconds";
		/* Looked at before it is multiplied: what is far below 0 would come out above. */
		if (number <= 0)
			return "it has expired";
		*left = (number < LIFE_MAX ? number : LIFE_MAX) * 1000 - age;
	} else if (expires_at != NULL) {
		if (!text_parse_rfc3339(expires_at, &number))
			return "its expires_at is no time";
		*left = number - exec->host->now(exec->call);
	} else {
		return NULL;
	}
	return *left > 0 ? NULL : "it has expired";
}

const char *exec_read_token(const struct exec *exec, struct json_object *tree, int64_t age,
			    struct credence_token *token)
{
	*token = (struct credence_token){.size = sizeof(*token),
					 .access_token = json_string(tree, "access_token"),
					 .token_type = json_string(tree, "token_type"),
					 .scope = json_string(tree, "scope")};
	if (token->access_token == NULL)
		return "it has no access_token";
	return read_life(exec, tree, age, &token->expires_in);
}

/* -- Programs that print one -- */

/* All that it prints, within bounds. */
static credence_rc collect(struct exec *exec, struct buf *output)
{
	const char *line = NULL;
	size_t length = 0;
	credence_rc rc;

	output->max = (size_t)1 << 20;
	while ((rc = exec->host->program_read(exec->call, &line, &length)) == CREDENCE_SUCCESS) {
		buf_add(output, line, length);
		buf_char(output, '\n');
		if (output->failed)
			return exec_fail(exec, CREDENCE_ERROR, "printed too much");
	}
	return rc == CREDENCE_MISS ? CREDENCE_SUCCESS : rc;
}

/* The exit statuses of credence(1), and of ssh(1) where it could not get there. What is amiss with
 * the configuration or the store over there can't be mended here. */
static credence_rc rc_of_exit(int32_t status)
{
	switch (status) {
	case 2:
	case 3:
	case 11:
		return CREDENCE_CONFIG;
	case 4:
		return CREDENCE_LOGIN;
	case 5:
	case 12:
		return CREDENCE_DENIED;
	case 6:
	case 130:
	case SSH_FAILED:
		return CREDENCE_UNAVAIL;
	case 7:
		return CREDENCE_LIMITED;
	case 10:
		return CREDENCE_UNSAFE;
	default:
		return CREDENCE_ERROR;
	}
}

/* It failed; with --json a credence says on standard output why. */
static credence_rc fail_as(struct exec *exec, int32_t status, struct json_object *tree,
			   const char *word)
{
	struct json_object *error = json_member(tree, "error");
	const char *message = json_string(error, "message");
	const char *hint = json_string(error, "hint");
	struct buf text = BUF_INIT, there = BUF_INIT;
	credence_rc rc = rc_of_exit(status);

	if (message == NULL)
		message = word;
	buf_printf(&text, "grant exec: %s %s", exec->program,
		   status < 0 ? "did not end" : "ended with exit status ");
	if (status >= 0)
		buf_printf(&text, "%d", (int)status);
	if (message != NULL)
		buf_printf(&text, ": %s", message);
	if (hint != NULL)
		buf_printf(&there, "there: %s", hint);
	exec->host->fail(exec->call, rc, json_string(error, "code"), buf_text(&text),
			 hint != NULL ? buf_text(&there) : NULL);
	buf_done(&text);
	buf_done(&there);
	return rc;
}

/* A token that is no longer good enough here is not made better by getting it again. */
static bool is_known(const struct exec *exec, const struct credence_token *token)
{
	const char *known = exec->host->token(exec->call, "access_token");

	return known != NULL && strcmp(known, token->access_token) == 0;
}

static credence_rc put_places(struct exec *exec, struct json_object *tree)
{
	static const char *const names[][2] = {{"location", "answer.location"},
					       {"accounts_server", "answer.accounts_server"},
					       {"api_domain", "answer.api_domain"}};
	credence_rc rc = CREDENCE_SUCCESS;

	for (size_t i = 0; rc == CREDENCE_SUCCESS && i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = json_string(tree, names[i][0]);

		if (value != NULL)
			rc = exec->host->put_attribute(exec->call, names[i][1], value);
	}
	return rc;
}

static credence_rc take(struct exec *exec, struct json_object *tree, int64_t age)
{
	struct credence_token token;
	const char *wrong = exec_read_token(exec, tree, age, &token);
	credence_rc rc;

	if (wrong != NULL)
		return exec_fail(exec, CREDENCE_ERROR, "printed no token: %s", wrong);
	if (is_known(exec, &token))
		return exec_fail(exec, CREDENCE_UNAVAIL,
				 "gave the token that is here already and not good enough");
	rc = put_places(exec, tree);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = exec->host->put_token(exec->call, &token);
	return rc == CREDENCE_SUCCESS
		   ? rc
		   : exec_fail(exec, rc, "printed a token with characters that no token has");
}

credence_rc exec_token(const struct credence_host *host, struct credence_call *call)
{
	struct exec exec = {.host = host, .call = call, .role = "grant", .method = "acquire"};
	struct buf output = BUF_SECRET;
	struct json_object *tree = NULL;
	const char *reason = "", *word = NULL;
	int64_t start = host->now(call);
	int32_t status = 0;
	credence_rc rc = exec_start(&exec);

	if (rc == CREDENCE_SUCCESS)
		rc = collect(&exec, &output);
	if (rc == CREDENCE_SUCCESS)
		rc = host->program_end(call, &status, &word);
	if (rc == CREDENCE_SUCCESS) {
		tree = json_parse(buf_text(&output), output.length, &reason);
		if (status != 0)
			rc = fail_as(&exec, status, tree, word);
		else if (tree == NULL)
			rc = exec_fail(&exec, CREDENCE_ERROR, "printed no token: %s", reason);
		else
			rc = take(&exec, tree, host->now(call) - start);
	}
	json_wipe(tree);
	buf_done(&output);
	return rc;
}
