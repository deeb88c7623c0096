/* SPDX-License-Identifier: MIT */
/* Codes and the scopes that are asked for with them. */
#include "code.h"

#include "grant.h"
#include "sandbox.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static char *copy_or_null(const char *s)
{
	return s != NULL && *s != '\0' ? mem_strdup(s) : NULL;
}

static void code_free(struct state *state, struct code *code)
{
	table_remove(&state->codes, &code->node);
	list_remove(&state->code_queue, &code->queue);
	free(code->value);
	free(code->user);
	free(code->scope);
	free(code->redirect_uri);
	free(code->challenge);
	free(code);
}

void codes_free(struct state *state)
{
	while (state->code_queue.count > 0)
		code_free(state, list_first(&state->code_queue));
}

struct code *code_new(struct sandbox *sb, const struct code_request *request)
{
	struct client *client = request->client;
	int64_t now = clock_now(&sb->clock);
	struct code *code;

	if (stamps_count(&client->codes, now, sb->set.window) >= (size_t)sb->set.code_count) {
		COUNT(&sb->state, client, request->dc, codes_refused);
		return NULL;
	}
	stamps_add(&client->codes, now);
	while (sb->state.codes.count >= CODES_MAX)
		code_free(&sb->state, list_first(&sb->state.code_queue));
	code = mem_calloc(1, sizeof(*code));
	code->client = client;
	code->dc = request->dc;
	code->value = token_value(sb, "1000");
	code->user = mem_strdup(request->user);
	code->scope = scope_normal(request->scope);
	code->redirect_uri = copy_or_null(request->redirect_uri);
	code->challenge = copy_or_null(request->challenge);
	code->challenge_plain = request->challenge_plain;
	code->offline = request->offline;
	code->expires = now + request->life;
	list_append(&sb->state.code_queue, &code->queue, code);
	table_add(&sb->state.codes, &code->node, code->value, code);
	COUNT(&sb->state, client, request->dc, codes);
	return code;
}

bool code_verified(const struct code *code, const char *verifier)
{
	char challenge[44];

	if (code->challenge == NULL)
		return true;
	if (verifier == NULL)
		return false;
	if (code->challenge_plain)
		return strcmp(code->challenge, verifier) == 0;
	s256_challenge(challenge, verifier);
	return strcmp(code->challenge, challenge) == 0;
}

/* Service.thing.OPERATION, or one of the words of OpenID Connect. */
static bool scope_entry_valid(const char *entry, size_t len)
{
	static const char *const words[] = {"openid", "email", "profile"};
	size_t i, dots = 0;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len && strncmp(words[i], entry, len) == 0)
			return true;
	for (i = 0; i < len; i++) {
		bool dot = entry[i] == '.';

		if (!dot && !isalnum((unsigned char)entry[i]) && entry[i] != '_')
			return false;
		if (dot && (i == 0 || i + 1 == len || entry[i - 1] == '.'))
			return false;
		dots += dot;
	}
	return dots >= 1;
}

bool scope_valid(const char *scope)
{
	bool any = false;

	while (scope != NULL && *scope != '\0') {
		size_t len = strcspn(scope, " ,");

		if (len > 0 && !scope_entry_valid(scope, len))
			return false;
		any = any || len > 0;
		scope += len + (scope[len] != '\0');
	}
	return any;
}

char *scope_normal(const char *scope)
{
	struct text out = {0};

	while (*scope != '\0') {
		size_t len = strcspn(scope, " ,");

		if (len > 0) {
			if (out.len > 0)
				text_add(&out, " ");
			text_add_mem(&out, scope, len);
		}
		scope += len + (scope[len] != '\0');
	}
	return out.s != NULL ? out.s : mem_strdup("");
}
