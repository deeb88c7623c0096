/* SPDX-License-Identifier: MIT */
/* Where the key is had from; see key.h. */
#include "key.h"

#include <gnutls/gnutls.h>
#include <gnutls/pkcs11.h>
#include <gnutls/x509.h>
#include <json-c/json_object.h>
#include <json-c/json_tokener.h>
#include <json-c/linkhash.h>
#include <json-c/printbuf.h>
#include <stdio.h>
#include <string.h>

/* -- What went wrong -- */

/* rc: the answer unless the library's code says more. */
credence_rc key_fail(struct credence_self *self, struct credence_call *call, credence_rc rc,
		     const char *what, int code)
{
	char message[256];

	if (self->pin_refused || code == GNUTLS_E_PKCS11_PIN_LOCKED)
		return self->host->fail(
		    call, CREDENCE_CONFIG, "pin",
		    "the token did not take the PIN, or has one try left",
		    "mend the option pin; if one try is left, log in to the token by hand before");
	switch (code) {
	case GNUTLS_E_PKCS11_PIN_ERROR:
	case GNUTLS_E_PKCS11_USER_ERROR:
		return self->host->fail(call, CREDENCE_CONFIG, "pin", "the token wants a PIN",
					"set the option pin = \"file:/…\"");
	case GNUTLS_E_DECRYPTION_FAILED:
		return self->host->fail(call, CREDENCE_CONFIG, "pin",
					"the key is encrypted, and the option pin does not open it",
					"set the option pin = \"file:/…\" to its passphrase");
	case GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE:
	case GNUTLS_E_PKCS11_REQUESTED_OBJECT_NOT_AVAILBLE:
		return self->host->fail(call, CREDENCE_CONFIG, "no_key",
					"no token that is here has the key",
					"p11tool --list-privkeys shows what there is");
	case GNUTLS_E_PKCS11_LOAD_ERROR:
	case GNUTLS_E_PKCS11_ERROR:
	case GNUTLS_E_PKCS11_SLOT_ERROR:
	case GNUTLS_E_PKCS11_TOKEN_ERROR:
	case GNUTLS_E_PKCS11_DEVICE_ERROR:
	case GNUTLS_E_PKCS11_SESSION_ERROR:
		rc = CREDENCE_UNAVAIL;
		break;
	default:
		break;
	}
	(void)snprintf(message, sizeof(message), "%s: %s", what, gnutls_strerror(code));
	return self->host->fail(call, rc, gnutls_strerror_name(code), message, NULL);
}

/* -- The key -- */

/* A wrong PIN is sent once a call, and never as the last try before the token locks itself. */
static int give_pin(void *data, int attempt, const char *url, const char *label, unsigned flags,
		    char *pin, size_t size)
{
	struct credence_self *self = data;

	(void)url;
	(void)label;
	if (self->pin == NULL || strlen(self->pin) >= size)
		return -1;
	if (attempt > 0 || (flags & (GNUTLS_PIN_WRONG | GNUTLS_PIN_FINAL_TRY)) != 0) {
		self->pin_refused = true;
		return -1;
	}
	memcpy(pin, self->pin, strlen(self->pin) + 1);
	return 0;
}

/* The PIN or passphrase, for as long as the method runs. */
credence_rc key_read_pin(struct credence_self *self, struct credence_call *call)
{
	credence_rc rc = self->host->option_secret(call, "pin", &self->pin);

	self->pin_refused = false;
	if (rc != CREDENCE_MISS)
		return rc;
	self->pin = NULL;
	return CREDENCE_SUCCESS;
}

static credence_rc import_uri(struct credence_self *self, struct credence_call *call,
			      const char *uri)
{
	int code;

	if (strstr(uri, "pin-value=") != NULL || strstr(uri, "pin-source=") != NULL)
		return self->host->fail(call, CREDENCE_CONFIG, NULL,
					"the PIN does not belong in the key's URI",
					"set the option pin = \"file:/…\" instead");
	code = gnutls_privkey_import_url(self->key, uri, 0);
	return code == 0
		   ? CREDENCE_SUCCESS
		   : key_fail(self, call, CREDENCE_CONFIG, "the token's key can't be used", code);
}

static credence_rc import_pem(struct credence_self *self, struct credence_call *call,
			      const char *pem)
{
	const gnutls_datum_t data = {(unsigned char *)pem, (unsigned)strlen(pem)};
	int code =
	    gnutls_privkey_import_x509_raw(self->key, &data, GNUTLS_X509_FMT_PEM, self->pin, 0);

	return code == 0 ? CREDENCE_SUCCESS
			 : key_fail(self, call, CREDENCE_CONFIG,
				    "the key is no private key in PEM that can be read", code);
}

/* -- A service account's file -- */

/* The key is in the parser's buffer and in a string of the tree, which must not stay in memory. */
static void wipe(struct json_tokener *parser, struct json_object *tree)
{
	if (parser != NULL && parser->pb != NULL)
		explicit_bzero(parser->pb->buf, (size_t)parser->pb->size);
	if (parser != NULL)
		json_tokener_free(parser);
	if (json_object_is_type(tree, json_type_object)) {
		json_object_object_foreach(tree, name, value)
		{
			(void)name;
			if (json_object_is_type(value, json_type_string))
				explicit_bzero((char *)json_object_get_string(value),
					       (size_t)json_object_get_string_len(value));
		}
	}
	json_object_put(tree);
}

/* NULL: there is no such text in it. */
static const char *member(struct json_object *tree, const char *name)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(tree, json_type_object) ||
	    !json_object_object_get_ex(tree, name, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

static credence_rc put(const struct credence_host *host, struct credence_call *call,
		       const char *name, const char *value)
{
	return value != NULL && value[0] != '\0' ? host->put_attribute(call, name, value)
						 : CREDENCE_SUCCESS;
}

static credence_rc import_account(struct credence_self *self, struct credence_call *call,
				  const char *text)
{
	const struct credence_host *host = self->host;
	struct json_tokener *parser = json_tokener_new();
	struct json_object *tree = NULL;
	const char *key;
	credence_rc rc;

	if (parser == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	tree = json_tokener_parse_ex(parser, text, (int)strlen(text));
	key = member(tree, "private_key");
	if (key != NULL)
		rc = import_pem(self, call, key);
	else
		rc = host->fail(call, CREDENCE_CONFIG, "no_key",
				"the key's file is JSON, but no service account's: it has no "
				"private_key",
				"take the file as the provider's console made it");
	if (rc == CREDENCE_SUCCESS)
		rc = put(host, call, "signer.key_id", member(tree, "private_key_id"));
	if (rc == CREDENCE_SUCCESS)
		rc = put(host, call, "signer.issuer", member(tree, "client_email"));
	if (rc == CREDENCE_SUCCESS)
		rc = put(host, call, "signer.audience", member(tree, "token_uri"));
	wipe(parser, tree);
	return rc;
}

static credence_rc import(struct credence_self *self, struct credence_call *call, const char *text)
{
	int code = gnutls_privkey_init(&self->key);

	if (code != 0)
		return key_fail(self, call, CREDENCE_ERROR, "the key can't be read", code);
	gnutls_privkey_set_pin_function(self->key, give_pin, self);
	if (strncmp(text, "pkcs11:", 7) == 0)
		return import_uri(self, call, text);
	if (text[strspn(text, " \t\r\n")] == '{')
		return import_account(self, call, text);
	return import_pem(self, call, text);
}

credence_rc key_import(struct credence_self *self, struct credence_call *call, const char *text)
{
	credence_rc rc = import(self, call, text);

	if (rc != CREDENCE_SUCCESS && self->key != NULL) {
		gnutls_privkey_deinit(self->key);
		self->key = NULL;
	}
	return rc;
}
