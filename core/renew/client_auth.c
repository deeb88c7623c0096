/* SPDX-License-Identifier: MIT */
/* Client authentication; see client_auth.h. */
#include "core/renew/client_auth.h"

#include "core/config/url.h"
#include "core/os/base64.h"
#include "core/os/file.h"
#include "core/os/hash.h"
#include "core/os/secret.h"
#include "core/os/text.h"
#include "core/renew/jwt.h"
#include "core/renew/parameters.h"

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

/* RFC 6749 section 2.3.1: id and secret are form-encoded before they are joined and base64-encoded.
 */
static void basic(struct buf *header, const char *id, const char *secret)
{
	struct buf pair = BUF_SECRET;

	url_encode(&pair, id);
	buf_char(&pair, ':');
	url_encode(&pair, secret);
	buf_str(header, "Basic ");
	base64_add(header, buf_text(&pair), pair.length);
	header->failed |= pair.failed;
	buf_done(&pair);
}

/* What the server says that it takes, as far as it was asked (RFC 8414 section 2): Basic, which all
 * must, unless it names the other and not that. */
static const char *offered_method(const struct session *session)
{
	const char *offered =
	    attributes_get(&session->work.known, "token_endpoint_auth_methods_supported");

	if (offered != NULL && text_words_cover(offered, "client_secret_post") &&
	    !text_words_cover(offered, "client_secret_basic"))
		return "body";
	return "basic";
}

static const char *own_method(const struct session *session)
{
	return profile_authentication(session->profile, offered_method(session));
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

/* RFC 6749 section 2.3.1; a client without a secret only says who it is. */
static credence_rc with_secret(struct session *session, const char *method, struct buf *form,
			       struct buf *header)
{
	const char *id = session->profile->client_id;
	char *secret = NULL;
	credence_rc rc = read_secret(session, &secret);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (secret != NULL && strcmp(method, "basic") == 0) {
		basic(header, id, secret);
	} else {
		form_add(form, "client_id", id);
		form_add(form, "client_secret", secret);
	}
	secret_free(secret);
	return CREDENCE_SUCCESS;
}

/* RFC 7523 section 2.2. */
static credence_rc with_assertion(struct session *session, struct buf *form)
{
	struct buf jwt = BUF_SECRET;
	credence_rc rc = jwt_client_assertion(session, &jwt);

	if (rc == CREDENCE_SUCCESS) {
		form_add(form, "client_id", session->profile->client_id);
		form_add(form, "client_assertion_type",
			 "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
		form_add(form, "client_assertion", buf_text(&jwt));
	}
	buf_done(&jwt);
	return rc;
}

static credence_rc lacks(struct session *session, const char *method, const char *what,
			 const char *hint)
{
	struct setting at = profile_authentication_setting(session->profile);

	setting_fail(session->call, at.value != NULL ? at : conf_root(session->profile->conf),
		     "client authentication with %s needs a %s, and the profile has none", method,
		     what);
	call_hint(session->call, "%s", hint);
	return CREDENCE_CONFIG;
}

static credence_rc check_method(struct session *session, const char *method)
{
	const struct profile *profile = session->profile;
	credence_rc rc = parameters_check(session);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (strcmp(method, "private_key_jwt") == 0 && profile_own(profile, "signer").value == NULL)
		return lacks(session, method, "signer",
			     "add signer = { use = \"NAME\"; … }; credence module list shows the "
			     "signers");
	/* RFC 8705 section 2: the transport shows it. */
	if (strcmp(method, "tls_client_auth") == 0 &&
	    setting_string(profile_find(profile, "http.client_cert")) == NULL)
		return lacks(session, method, "certificate",
			     "add http = { client_cert = \"/…/client.pem\"; }, with its key");
	return CREDENCE_SUCCESS;
}

credence_rc client_configured(struct session *session)
{
	credence_rc rc = profile_provider(session->call, session->profile);

	return rc == CREDENCE_SUCCESS ? check_method(session, own_method(session)) : rc;
}

static bool shows_secret(const char *method)
{
	return strcmp(method, "basic") == 0 || strcmp(method, "body") == 0;
}

credence_rc client_authenticate(struct session *session, const char *method, struct buf *form,
				struct buf *header)
{
	const char *own = own_method(session);
	credence_rc rc;

	/* How a secret is shown is nothing to a client that has none. */
	if (method == NULL || (shows_secret(method) && !shows_secret(own)))
		method = own;
	rc = check_method(session, method);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (strcmp(method, "private_key_jwt") == 0)
		rc = with_assertion(session, form);
	else if (strcmp(method, "none") == 0 || strcmp(method, "tls_client_auth") == 0)
		form_add(form, "client_id", session->profile->client_id);
	else
		rc = with_secret(session, method, form, header);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	return (form->length == 0 || buf_ok(form)) && !header->failed ? CREDENCE_SUCCESS
								      : call_oom(session->call);
}

/* -- Has what the client authenticates itself with changed? -- */

static void hash_text(struct sha256 *sha, const char *text)
{
	if (text != NULL)
		sha256_add(sha, text, strlen(text) + 1);
}

/* The certificate and its key: others than before are another chance. */
static credence_rc hash_certificate(struct session *session, struct sha256 *sha)
{
	const char *path = setting_string(profile_find(session->profile, "http.client_cert"));
	struct buf content = BUF_SECRET;
	credence_rc rc;

	if (path == NULL)
		return CREDENCE_SUCCESS;
	rc = file_read_trusted(session->call, path, FILE_SECRET | FILE_WALK, &content);
	if (rc == CREDENCE_SUCCESS)
		sha256_add(sha, buf_text(&content), content.length);
	else if (rc == CREDENCE_MISS)
		rc = setting_fail(session->call, profile_find(session->profile, "http.client_cert"),
				  "there is no file %s", path);
	buf_done(&content);
	return rc;
}

static credence_rc hash_signer(struct session *session, struct sha256 *sha)
{
	credence_rc rc = jwt_identify(session);

	if (rc == CREDENCE_SUCCESS) {
		hash_text(sha, attributes_get(&session->work.known, "signer.key_id"));
		hash_text(sha, attributes_get(&session->work.known, "signer.fingerprint"));
	} else if (rc == CREDENCE_MISS) {
		call_clear(session->call);
		rc = CREDENCE_SUCCESS;
	}
	return rc;
}

credence_rc client_check(struct session *session, char check[17])
{
	struct buf hex = BUF_INIT;
	unsigned char digest[32];
	struct sha256 sha;
	char *secret = NULL;
	credence_rc rc = client_configured(session);

	check[0] = '\0';
	sha256_init(&sha);
	if (rc == CREDENCE_SUCCESS)
		rc = read_secret(session, &secret);
	hash_text(&sha, session->profile->client_id);
	if (secret != NULL)
		sha256_add(&sha, secret, strlen(secret));
	if (rc == CREDENCE_SUCCESS)
		rc = hash_signer(session, &sha);
	if (rc == CREDENCE_SUCCESS && strcmp(own_method(session), "tls_client_auth") == 0)
		rc = hash_certificate(session, &sha);
	sha256_finish(&sha, digest);
	if (rc == CREDENCE_SUCCESS) {
		text_hex(&hex, digest, 8);
		memcpy(check, buf_text(&hex), hex.length < 16 ? hex.length + 1 : 17);
	}
	buf_done(&hex);
	secret_free(secret);
	return rc;
}
