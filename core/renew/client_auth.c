/* SPDX-License-Identifier: MIT */
/* Client authentication; see client_auth.h. */
#include "core/renew/client_auth.h"

#include "core/config/url.h"
#include "core/os/hash.h"
#include "core/os/secret.h"
#include "core/os/text.h"

#include <string.h>

void form_add(struct buf *form, const char *name, const char *value)
{
	/* RFC 6749 section 3.1: a parameter without a value is as if it were omitted. */
	if (value == NULL || value[0] == '\0')
		return;
	if (form->length > 0)
		buf_char(form, '&');
	url_encode(form, name);
	buf_char(form, '=');
	url_encode(form, value);
}

/* RFC 4648 section 4. */
static void base64(struct buf *out, const char *text, size_t length)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *in = (const unsigned char *)text;
	size_t i;

	for (i = 0; i < length; i += 3) {
		uint32_t group = (uint32_t)in[i] << 16;

		if (i + 1 < length)
			group |= (uint32_t)in[i + 1] << 8;
		if (i + 2 < length)
			group |= in[i + 2];
		buf_char(out, digits[group >> 18]);
		buf_char(out, digits[(group >> 12) & 63]);
		buf_char(out, i + 1 < length ? digits[(group >> 6) & 63] : '=');
		buf_char(out, i + 2 < length ? digits[group & 63] : '=');
	}
}

/* RFC 6749 section 2.3.1: id and secret are form-encoded before they are joined and base64-encoded.
 */
static void basic(struct buf *header, const char *id, const char *secret)
{
	struct buf pair = BUF_SECRET;

	url_encode(&pair, id);
	buf_char(&pair, ':');
	url_encode(&pair, secret);
	buf_str(header, "Basic ");
	base64(header, buf_text(&pair), pair.length);
	header->failed |= pair.failed;
	buf_done(&pair);
}

static const char *profile_method(const struct profile *profile, const char *secret)
{
	const char *method = setting_string(profile_own(profile, "client.authentication"));

	if (method == NULL)
		method = setting_string(profile_find(profile, "client_authentication"));
	if (method == NULL)
		method = "basic";
	return secret != NULL ? method : "none";
}

static credence_rc read_secret(struct session *session, char **secret)
{
	const char *location = attributes_get(&session->work.known, "location");
	credence_rc rc = profile_client_secret(session->call, session->profile, location, secret);

	if (rc == CREDENCE_MISS) {
		*secret = NULL;
		call_clear(session->call);
		return CREDENCE_SUCCESS;
	}
	return rc;
}

credence_rc client_authenticate(struct session *session, const char *method, struct buf *form,
				struct buf *header)
{
	const char *id = session->profile->client_id;
	char *secret = NULL;
	credence_rc rc = read_secret(session, &secret);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (method == NULL || secret == NULL)
		method = profile_method(session->profile, secret);
	if (strcmp(method, "basic") == 0) {
		basic(header, id, secret);
	} else {
		form_add(form, "client_id", id);
		if (strcmp(method, "body") == 0)
			form_add(form, "client_secret", secret);
	}
	secret_free(secret);
	return buf_ok(form) && !header->failed ? CREDENCE_SUCCESS : call_oom(session->call);
}

credence_rc client_check(struct session *session, char check[17])
{
	struct buf hex = BUF_INIT;
	unsigned char digest[32];
	struct sha256 sha;
	char *secret = NULL;
	credence_rc rc = read_secret(session, &secret);

	check[0] = '\0';
	if (rc != CREDENCE_SUCCESS || secret == NULL)
		return rc;
	sha256_init(&sha);
	sha256_add(&sha, session->profile->client_id, strlen(session->profile->client_id) + 1);
	sha256_add(&sha, secret, strlen(secret));
	sha256_finish(&sha, digest);
	secret_free(secret);
	text_hex(&hex, digest, 8);
	memcpy(check, buf_text(&hex), hex.length < 16 ? hex.length + 1 : 17);
	buf_done(&hex);
	return CREDENCE_SUCCESS;
}
