/* SPDX-License-Identifier: MIT */
/* The authorization answer; see answer.h. */
#include "answer.h"

#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes application/x-www-form-urlencoded in place. false: it is broken. */
static bool decode(char *text)
{
	char *out = text;

	for (; *text != '\0'; text++) {
		if (*text == '+') {
			*out++ = ' ';
		} else if (*text == '%') {
			int high = hex_digit(text[1]);
			int low = high >= 0 ? hex_digit(text[2]) : -1;

			if (low < 0 || (high == 0 && low == 0))
				return false;
			*out++ = (char)(high * 16 + low);
			text += 2;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
	return true;
}

static void add_param(struct answer *answer, char *pair)
{
	struct answer_param *param = &answer->param[answer->count++];
	char *value = strchr(pair, '=');

	if (value != NULL)
		*value++ = '\0';
	param->broken = !decode(pair) || (value != NULL && !decode(value));
	param->name = pair;
	param->value = value != NULL ? value : "";
}

/* false: too many, or no memory. */
static bool split(struct answer *answer, const char *query)
{
	char *pair, *rest;

	answer->text = strdup(query);
	if (answer->text == NULL)
		return false;
	rest = answer->text;
	while ((pair = strsep(&rest, "&")) != NULL) {
		if (*pair == '\0')
			continue;
		if (answer->count == ANSWER_PARAMS_MAX)
			return false;
		add_param(answer, pair);
	}
	return true;
}

/* RFC 6749 section 3.1: no parameter more than once. NULL: none is. */
static const char *repeated(const struct answer *answer)
{
	for (size_t i = 0; i < answer->count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(answer->param[i].name, answer->param[j].name) == 0)
				return answer->param[i].name;
	return NULL;
}

static bool is_ours(const struct answer *answer, const char *state)
{
	const struct answer_param *found = NULL;
	size_t length = strlen(state);

	for (size_t i = 0; i < answer->count; i++) {
		if (strcmp(answer->param[i].name, "state") != 0)
			continue;
		if (found != NULL)
			return false;
		found = &answer->param[i];
	}
	return found != NULL && !found->broken && strlen(found->value) == length &&
	       gnutls_memcmp(found->value, state, length) == 0;
}

bool answer_read(struct answer *answer, const char *query, const char *state)
{
	memset(answer, 0, sizeof(*answer));
	if (!split(answer, query) || !is_ours(answer, state)) {
		answer_done(answer);
		return false;
	}
	if (repeated(answer) != NULL)
		answer->problem = "a parameter of it stands there twice";
	for (size_t i = 0; i < answer->count; i++)
		if (answer->param[i].broken)
			answer->problem = "a parameter of it can't be decoded";
	if (answer_get(answer, "code") != NULL && answer_get(answer, "error") != NULL)
		answer->problem = "it has both a code and an error";
	return true;
}

const char *answer_get(const struct answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->count; i++)
		if (strcmp(answer->param[i].name, name) == 0)
			return answer->param[i].value[0] != '\0' ? answer->param[i].value : NULL;
	return NULL;
}

void answer_done(struct answer *answer)
{
	/* Decoding shortens, so the length of the whole is no longer to be seen from its start. */
	for (size_t i = 0; i < answer->count; i++)
		explicit_bzero((char *)answer->param[i].value, strlen(answer->param[i].value));
	free(answer->text);
	memset(answer, 0, sizeof(*answer));
}
