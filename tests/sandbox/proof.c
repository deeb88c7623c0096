/* SPDX-License-Identifier: MIT */
/* Assertions: taken apart (RFC 7515 section 7.1), and held against RFC 7523 section 3. The
 * signature is verified in jws.c. */
#include "proof.h"

#include "jws.h"

#include <stdlib.h>
#include <string.h>

enum { SEEN_MAX = 4096, PART_MAX = 65536, HOUR = 3600, SKEW = 60 };

/* A jti that was used. */
struct seen {
	struct link link;
	char *id;
};

/* The parts of a JWT; what was signed is its beginning. */
struct jwt {
	struct json_object *header, *claims;
	size_t input; /* how much of the text is signed */
	unsigned char *signature;
	size_t signature_size;
};

static void jwt_done(struct jwt *jwt)
{
	json_object_put(jwt->header);
	json_object_put(jwt->claims);
	free(jwt->signature);
}

/* Base64 for URLs, without padding. Free the bytes; NULL: it is none. */
static unsigned char *decode(const char *text, size_t length, size_t *size)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned char *out;
	unsigned group = 0, bits = 0;
	size_t i;

	if (length == 0 || length > PART_MAX || length % 4 == 1)
		return NULL;
	out = mem_calloc(1, length + 1);
	*size = 0;
	for (i = 0; i < length; i++) {
		const char *digit = memchr(digits, text[i], sizeof(digits) - 1);

		if (digit == NULL) {
			free(out);
			return NULL;
		}
		group = (group << 6 | (unsigned)(digit - digits)) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[(*size)++] = (unsigned char)(group >> bits);
		}
	}
	return out;
}

static struct json_object *decode_json(const char *text, size_t length)
{
	struct json_object *json = NULL;
	size_t size;
	char *decoded = (char *)decode(text, length, &size);

	if (decoded != NULL && strlen(decoded) == size)
		json = json_tokener_parse(decoded);
	free(decoded);
	if (!json_object_is_type(json, json_type_object)) {
		json_object_put(json);
		return NULL;
	}
	return json;
}

static bool jwt_parse(struct jwt *jwt, const char *text)
{
	size_t header = strcspn(text, "."), claims;

	*jwt = (struct jwt){0};
	if (text[header] != '.')
		return false;
	claims = strcspn(text + header + 1, ".");
	if (text[header + 1 + claims] != '.')
		return false;
	jwt->header = decode_json(text, header);
	jwt->claims = decode_json(text + header + 1, claims);
	jwt->input = header + 1 + claims;
	text += jwt->input + 1;
	jwt->signature = decode(text, strlen(text), &jwt->signature_size);
	return jwt->header != NULL && jwt->claims != NULL && jwt->signature != NULL;
}

static const char *text_of(struct json_object *json, const char *name)
{
	struct json_object *value;

	if (!json_object_object_get_ex(json, name, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

static int64_t number_of(struct json_object *json, const char *name)
{
	struct json_object *value;

	if (!json_object_object_get_ex(json, name, &value) ||
	    !json_object_is_type(value, json_type_int))
		return 0;
	return json_object_get_int64(value);
}

/* -- The claims -- */

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* One audience, and that is us: of several, each could pass it on (RFC 9700 section 4.4). */
static bool is_for_us(const struct sandbox *sb, const struct request *rq,
		      const struct client *client, const struct jwt *jwt)
{
	struct text endpoint = {0};
	bool us;

	if (client->key.audience != NULL)
		return same(text_of(jwt->claims, "aud"), client->key.audience);
	text_printf(&endpoint, "%s/oauth/v2/token", sb->dcs[rq->dc].accounts);
	us = same(text_of(jwt->claims, "aud"), endpoint.s);
	text_done(&endpoint);
	return us;
}

static bool is_timely(const struct sandbox *sb, const struct jwt *jwt)
{
	int64_t now = clock_now(&sb->clock) / 1000;
	int64_t issued = number_of(jwt->claims, "iat"), expires = number_of(jwt->claims, "exp");

	return issued > 0 && issued <= now + SKEW && expires > now && expires <= now + HOUR + SKEW;
}

/* Remembers it. */
static bool is_new(struct state *state, const char *id)
{
	struct seen *seen;

	for (seen = list_first(&state->seen); seen != NULL; seen = list_next(&seen->link))
		if (strcmp(seen->id, id) == 0)
			return false;
	if (state->seen.count >= SEEN_MAX)
		proofs_free(state);
	seen = mem_calloc(1, sizeof(*seen));
	seen->id = mem_strdup(id);
	list_append(&state->seen, &seen->link, seen);
	return true;
}

static const char *claims_problem(struct sandbox *sb, const struct request *rq,
				  const struct client *client, const struct jwt *jwt,
				  const char *subject)
{
	const char *id = text_of(jwt->claims, "jti"), *sub = text_of(jwt->claims, "sub");

	if (!same(text_of(jwt->claims, "iss"), client->id))
		return "iss is another";
	if (sub == NULL || (subject != NULL && strcmp(sub, subject) != 0))
		return "sub is missing or another";
	if (!is_for_us(sb, rq, client, jwt))
		return "aud is another";
	if (!is_timely(sb, jwt))
		return "iat or exp is out of time";
	if (id == NULL || !is_new(&sb->state, id))
		return "jti is missing or was used before";
	return NULL;
}

const char *proof_problem(struct sandbox *sb, const struct request *rq, struct client *client,
			  const char *text, const char *subject)
{
	const char *problem = NULL;
	struct jwt jwt;

	if (client->key.pem == NULL)
		problem = "no key is registered";
	else if (!jwt_parse(&jwt, text))
		problem = "it is no JWT";
	if (problem != NULL)
		goto out;
	if (client->key.kid != NULL && !same(text_of(jwt.header, "kid"), client->key.kid))
		problem = "kid is another";
	else if (!jws_verify(client->key.pem, text_of(jwt.header, "alg"), text, jwt.input,
			     jwt.signature, jwt.signature_size))
		problem = "the signature is wrong";
	else
		problem = claims_problem(sb, rq, client, &jwt, subject);
	jwt_done(&jwt);
out:
	if (problem == NULL)
		COUNT(&sb->state, client, rq->dc, assertions);
	else
		COUNT(&sb->state, client, rq->dc, assertions_refused);
	return problem;
}

struct client *proof_issuer(const struct sandbox *sb, const char *text)
{
	struct client *client = NULL;
	struct jwt jwt;

	if (jwt_parse(&jwt, text))
		client = client_find(&sb->state, text_of(jwt.claims, "iss"));
	jwt_done(&jwt);
	return client;
}

char *proof_claim(const char *text, const char *name)
{
	const char *value = NULL;
	char *copy = NULL;
	struct jwt jwt;

	if (jwt_parse(&jwt, text))
		value = text_of(jwt.claims, name);
	if (value != NULL)
		copy = mem_strdup(value);
	jwt_done(&jwt);
	return copy;
}

bool proof_register(struct client *client, const char *public_key, const char *kid,
		    const char *audience)
{
	if (!jws_is_key(public_key))
		return false;
	client_forget_key(client);
	client->key.pem = mem_strdup(public_key);
	client->key.kid = kid != NULL ? mem_strdup(kid) : NULL;
	client->key.audience = audience != NULL ? mem_strdup(audience) : NULL;
	return true;
}

void proofs_free(struct state *state)
{
	while (state->seen.count > 0) {
		struct seen *seen = list_first(&state->seen);

		list_remove(&state->seen, &seen->link);
		free(seen->id);
		free(seen);
	}
}
