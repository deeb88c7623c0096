/* SPDX-License-Identifier: MIT */
/* Host services: results, checked and copied into the frame of the method that puts them. */
#include "core/module/resolved.h"
#include "core/module/services.h"
#include "core/os/clock.h"
#include "core/os/secret.h"
#include "core/os/text.h"
#include "core/record/ledger.h"

#include <stdlib.h>
#include <string.h>

#define PUTTERS "acquire renew resolve learn identify"

static bool may_identify(const char *name)
{
	static const char *const names[] = {"algorithm", "key_id",   "certificate_digest",
					    "issuer",    "audience", "fingerprint"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(name, "signer.", 7) == 0 && strcmp(name + 7, names[i]) == 0)
			return true;
	return false;
}

static bool may_put(const char *name)
{
	static const char *const places[] = {"location", "accounts_server", "api_domain"};
	size_t i;

	if (strncmp(name, "answer.", 7) == 0)
		return name[7] != '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strcmp(places[i], name) == 0)
			return true;
	for (i = 0; resolved_name(i) != NULL; i++)
		if (strcmp(resolved_name(i), name) == 0)
			return true;
	return false;
}

/* What a method takes away is put as an empty value; attributes_merge knows. */
credence_rc service_put_attribute(struct credence_call *call, const char *name, const char *value)
{
	struct frame *frame = service_frame(call, PUTTERS, "put_attribute");

	if (frame == NULL)
		return CREDENCE_ERROR;
	if (name == NULL ||
	    !(strcmp(frame->method, "identify") == 0 ? may_identify(name) : may_put(name)))
		return call_fail(call, CREDENCE_ERROR, "no module may put the attribute %s",
				 name != NULL ? name : "(none)");
	return attributes_set(&frame->put, name, value != NULL ? value : "") ? CREDENCE_SUCCESS
									     : call_oom(call);
}

static bool keep_secret(char **member, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return true;
	*member = secret_strdup(text);
	return *member != NULL;
}

static bool is_visible(const char *text)
{
	return text == NULL || text[0] == '\0' || text_is_vschar(text);
}

/* NULL: it is a token; else what is wrong with it. */
static const char *token_problem(const struct credence_token *token)
{
	if (token->access_token == NULL || !text_is_vschar(token->access_token))
		return "its access token is empty or not of visible characters";
	if (!is_visible(token->token_type) || !is_visible(token->scope))
		return "its type or scope is not of visible characters";
	if (!is_visible(token->refresh_token) || !is_visible(token->id_token))
		return "its refresh token or id token is not of visible characters";
	return token->expires_in < 0 ? "its expires_in is negative" : NULL;
}

static bool copy_token(struct put_token *copy, const struct credence_token *token)
{
	copy->expires_in = token->expires_in < TOKEN_LIFE_MAX ? token->expires_in : TOKEN_LIFE_MAX;
	return keep_secret(&copy->access_token, token->access_token) &&
	       keep_secret(&copy->token_type, token->token_type) &&
	       keep_secret(&copy->scope, token->scope) &&
	       keep_secret(&copy->refresh_token, token->refresh_token) &&
	       keep_secret(&copy->id_token, token->id_token);
}

credence_rc service_put_token(struct credence_call *call, const struct credence_token *given)
{
	struct frame *frame = service_frame(call, "acquire renew", "put_token");
	struct credence_token token;
	const char *wrong;

	if (frame == NULL || given == NULL)
		return CREDENCE_ERROR;
	if (frame->has_token)
		return call_fail(call, CREDENCE_ERROR, "a token was put twice");
	if (service_copy(call, "put_token", given, &token, sizeof(token)) != CREDENCE_SUCCESS)
		return CREDENCE_ERROR;
	wrong = token_problem(&token);
	if (wrong != NULL)
		return call_fail(call, CREDENCE_ERROR, "what was put is no token: %s", wrong);
	if (!copy_token(&frame->token, &token)) {
		put_token_done(&frame->token);
		return call_oom(call);
	}
	frame->has_token = true;
	return CREDENCE_SUCCESS;
}

credence_rc service_put_bytes(struct credence_call *call, const void *bytes, size_t length)
{
	struct frame *frame = service_frame(call, "load seal unseal sign", "put_bytes");

	if (frame == NULL || (bytes == NULL && length > 0))
		return CREDENCE_ERROR;
	frame->put_twice = frame->has_bytes;
	if (frame->has_bytes)
		return call_fail(call, CREDENCE_ERROR, "bytes were put twice");
	buf_add(&frame->bytes, bytes, length);
	if (frame->bytes.failed)
		return call_fail(call, CREDENCE_ERROR, "%zu bytes are more than can be kept",
				 length);
	frame->has_bytes = true;
	return CREDENCE_SUCCESS;
}

credence_rc service_put_name(struct credence_call *call, const char *key)
{
	struct frame *frame = service_frame(call, "list", "put_name");
	char **grown;

	if (frame == NULL)
		return CREDENCE_ERROR;
	if (key == NULL || !text_is_key(key))
		return call_fail(call, CREDENCE_ERROR, "\"%s\" is no key", key != NULL ? key : "");
	grown = reallocarray(frame->names, frame->name_count + 2, sizeof(*grown));
	if (grown == NULL)
		return call_oom(call);
	frame->names = grown;
	grown[frame->name_count] = strdup(key);
	if (grown[frame->name_count] == NULL)
		return call_oom(call);
	grown[++frame->name_count] = NULL;
	return CREDENCE_SUCCESS;
}

void service_put_time(struct credence_call *call, int64_t now)
{
	struct frame *frame = service_frame(call, "load", "put_time");

	if (frame == NULL || now <= 0 || now > LEDGER_TIME_MAX)
		return;
	frame->has_time = true;
	frame->ahead = now - clock_wall();
}
