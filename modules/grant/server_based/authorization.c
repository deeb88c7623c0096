/* SPDX-License-Identifier: MIT */
/*
 * The authorization request; see authorization.h. SHA-256 is GnuTLS's, which libmicrohttpd brings
 * along anyway.
 */
#include "authorization.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- Random, hashed, spelled -- */

/* RFC 4648 section 5 without padding, of 32 bytes. */
static void base64url(const unsigned char bytes[AUTHORIZATION_RANDOM], char text[44])
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t bit;

	for (size_t i = 0; i < 43; i++) {
		unsigned word;

		bit = i * 6;
		word = (unsigned)bytes[bit / 8] << 8;
		if (bit / 8 + 1 < AUTHORIZATION_RANDOM)
			word |= bytes[bit / 8 + 1];
		text[i] = digits[(word >> (10 - bit % 8)) & 0x3f];
	}
	text[43] = '\0';
}

static credence_rc draw(const struct credence_host *host, struct credence_call *call, char text[44])
{
	unsigned char bytes[AUTHORIZATION_RANDOM];
	credence_rc rc = host->random(call, bytes, sizeof(bytes));

	if (rc == CREDENCE_SUCCESS)
		base64url(bytes, text);
	explicit_bzero(bytes, sizeof(bytes));
	return rc;
}

credence_rc authorization_draw(const struct credence_host *host, struct credence_call *call,
			       struct authorization *authorization)
{
	unsigned char hash[AUTHORIZATION_RANDOM];
	credence_rc rc = draw(host, call, authorization->state);

	if (rc == CREDENCE_SUCCESS)
		rc = draw(host, call, authorization->verifier);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, authorization->verifier,
			     strlen(authorization->verifier), hash) != 0)
		return host->fail(call, CREDENCE_ERROR, NULL, "there is no SHA-256 here",
				  "see whether GnuTLS works");
	base64url(hash, authorization->challenge);
	return CREDENCE_SUCCESS;
}

void authorization_done(struct authorization *authorization)
{
	explicit_bzero(authorization, sizeof(*authorization));
}

/* -- The URL -- */

/* One that is being put together. */
struct building {
	const struct credence_host *host;
	struct credence_call *call;
	FILE *out;
	char separator;
};

/* What only the grant decides. */
static const char *const own[] = {
    "response_type", "client_id", "redirect_uri",          "scope", "state", "code_challenge",
    "resource",      "audience",  "code_challenge_method", NULL};

static bool is_own(const char *name)
{
	for (size_t i = 0; own[i] != NULL; i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return false;
}

static void put_encoded(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    strchr("-._~", c) != NULL)
			(void)fputc(c, out);
		else
			(void)fprintf(out, "%%%02X", c);
	}
}

/* RFC 6749 section 3.1: one without a value is left out. */
static void put_param(struct building *url, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	(void)fputc(url->separator, url->out);
	url->separator = '&';
	put_encoded(url->out, name);
	(void)fputc('=', url->out);
	put_encoded(url->out, value);
}

static const char *list_item(const struct building *url, const char *list, unsigned index,
			     const char *member)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s.[%u].%s", list, index, member);
	return url->host->setting(url->call, path);
}

static bool is_in(const struct building *url, const char *list, unsigned end, const char *name)
{
	const char *item;

	for (unsigned i = 0; i < end && (item = list_item(url, list, i, "name")) != NULL; i++)
		if (strcmp(item, name) == 0)
			return true;
	return false;
}

/* Those of a list that no earlier place has: an option, the profile's own list, the provider's. */
static credence_rc put_list(struct building *url, const char *list, const char *before)
{
	const char *name;
	char message[160];

	for (unsigned i = 0; (name = list_item(url, list, i, "name")) != NULL; i++) {
		bool option = strcmp(name, "access_type") == 0 || strcmp(name, "prompt") == 0;

		if (is_own(name)) {
			(void)snprintf(message, sizeof(message), "%s may not set %.64s", list,
				       name);
			return url->host->fail(url->call, CREDENCE_CONFIG, NULL, message,
					       "take it away: the grant says it itself");
		}
		if ((option && url->host->option(url->call, name) != NULL) ||
		    is_in(url, list, i, name) ||
		    (before != NULL && is_in(url, before, UINT32_MAX, name)))
			continue;
		put_param(url, name, list_item(url, list, i, "value"));
	}
	return CREDENCE_SUCCESS;
}

static credence_rc put_all(struct building *url, const struct authorization *authorization,
			   const char *redirect_uri)
{
	const struct credence_host *host = url->host;
	struct credence_call *call = url->call;
	credence_rc rc;

	put_param(url, "response_type", "code");
	put_param(url, "client_id", host->attribute(call, "client_id"));
	put_param(url, "redirect_uri", redirect_uri);
	put_param(url, "scope", host->attribute(call, "request_scope"));
	put_param(url, "access_type", host->option(call, "access_type"));
	put_param(url, "prompt", host->option(call, "prompt"));
	rc = put_list(url, "extra.authorize", NULL);
	if (rc == CREDENCE_SUCCESS)
		rc = put_list(url, "parameters.authorize", "extra.authorize");
	/* RFC 8707 section 2.1. */
	put_param(url, "resource", host->attribute(call, "resource"));
	put_param(url, "audience", host->attribute(call, "audience"));
	put_param(url, "state", authorization->state);
	put_param(url, "code_challenge", authorization->challenge);
	put_param(url, "code_challenge_method", "S256");
	return rc;
}

/* A query that the endpoint brings along is kept (RFC 6749 section 3.1). */
static char separator_behind(const char *endpoint)
{
	const char *query = strchr(endpoint, '?');

	return query == NULL ? '?' : '&';
}

credence_rc authorization_url(const struct credence_host *host, struct credence_call *call,
			      const struct authorization *authorization, const char *redirect_uri,
			      char **url)
{
	const char *endpoint = host->attribute(call, "authorization_endpoint");
	struct building building = {.host = host, .call = call};
	char *text = NULL;
	size_t length = 0;
	bool broken;
	credence_rc rc;

	if (endpoint == NULL)
		return host->fail(call, CREDENCE_CONFIG, NULL,
				  "no authorization endpoint is known for the provider",
				  "set authorization_endpoint in the provider's data");
	building.separator = separator_behind(endpoint);
	building.out = open_memstream(&text, &length);
	if (building.out == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	(void)fputs(endpoint, building.out);
	rc = put_all(&building, authorization, redirect_uri);
	broken = ferror(building.out) != 0;
	broken = fclose(building.out) != 0 || broken;
	if (rc == CREDENCE_SUCCESS && broken)
		rc = host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	if (rc == CREDENCE_SUCCESS)
		*url = text;
	else
		free(text);
	return rc;
}
