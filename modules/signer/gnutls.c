/* SPDX-License-Identifier: MIT */
/*
 * Signer "gnutls": a key in a PEM file, in a token (PKCS#11, RFC 7512), or in a service account's
 * JSON file as the provider's console hands it out. A key in a token never leaves it: what is to be
 * signed goes there.
 */
#include "key.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#define RSA_BITS_MIN 2048 /* RFC 7518 section 3.3 */
#define DIGEST_MAX   64

struct algorithm {
	const char *name;
	gnutls_pk_algorithm_t key;
	gnutls_sign_algorithm_t sign;
	unsigned coordinate; /* bytes of r and of s each; 0: the signature is raw already */
};

/* The first that fits a key is the one that is taken if nobody says which. */
static const struct algorithm algorithms[] = {
    {"RS256", GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_SHA256, 0},
    {"RS384", GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_SHA384, 0},
    {"RS512", GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_SHA512, 0},
    {"PS256", GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, 0},
    {"PS384", GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_PSS_RSAE_SHA384, 0},
    {"PS512", GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_PSS_RSAE_SHA512, 0},
    {"PS256", GNUTLS_PK_RSA_PSS, GNUTLS_SIGN_RSA_PSS_SHA256, 0},
    {"PS384", GNUTLS_PK_RSA_PSS, GNUTLS_SIGN_RSA_PSS_SHA384, 0},
    {"PS512", GNUTLS_PK_RSA_PSS, GNUTLS_SIGN_RSA_PSS_SHA512, 0},
    {"ES256", GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SHA256, 32},
    {"ES384", GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SHA384, 48},
    {"ES512", GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SHA512, 66},
    {"EdDSA", GNUTLS_PK_EDDSA_ED25519, GNUTLS_SIGN_EDDSA_ED25519, 0},
    {"Ed25519", GNUTLS_PK_EDDSA_ED25519, GNUTLS_SIGN_EDDSA_ED25519, 0},
    {"EdDSA", GNUTLS_PK_EDDSA_ED448, GNUTLS_SIGN_EDDSA_ED448, 0},
    {"Ed448", GNUTLS_PK_EDDSA_ED448, GNUTLS_SIGN_EDDSA_ED448, 0},
};

static credence_rc signer_open(const struct credence_host *host, struct credence_call *call,
			       struct credence_self **self)
{
	struct credence_self *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	made->host = host;
	*self = made;
	return CREDENCE_SUCCESS;
}

static void signer_close(struct credence_self *self)
{
	if (self != NULL && self->key != NULL)
		gnutls_privkey_deinit(self->key);
	free(self);
}

/* -- Saying what it is -- */

/* Of a key in a token only the public one tells the curve. 0: nobody does. */
static unsigned curve_bits(struct credence_self *self)
{
	gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
	gnutls_datum_t x = {NULL, 0}, y = {NULL, 0};
	gnutls_pubkey_t public;
	unsigned bits = 0;

	if (gnutls_pubkey_init(&public) != 0)
		return 0;
	if (gnutls_pubkey_import_privkey(public, self->key, 0, 0) == 0 &&
	    gnutls_pubkey_export_ecc_raw2(public, &curve, &x, &y, 0) == 0)
		bits = 8 * (unsigned)gnutls_ecc_curve_get_size(curve);
	gnutls_free(x.data);
	gnutls_free(y.data);
	gnutls_pubkey_deinit(public);
	return bits;
}

static bool fits(const struct algorithm *algorithm, int pk, unsigned bits, const char *wanted)
{
	if ((int)algorithm->key != pk || (wanted != NULL && strcmp(wanted, algorithm->name) != 0))
		return false;
	/* A curve that nobody tells is the one that was asked for, or signing fails. */
	return algorithm->coordinate == 0 || algorithm->coordinate == (bits + 7) / 8 ||
	       (bits == 0 && wanted != NULL);
}

static credence_rc choose(struct credence_self *self, struct credence_call *call)
{
	const struct credence_host *host = self->host;
	const char *wanted = host->option(call, "algorithm");
	unsigned bits = 0;
	int pk = gnutls_privkey_get_pk_algorithm(self->key, &bits);

	if (pk == GNUTLS_PK_ECDSA && bits == 0)
		bits = curve_bits(self);
	if ((pk == GNUTLS_PK_RSA || pk == GNUTLS_PK_RSA_PSS) && bits < RSA_BITS_MIN)
		return host->fail(call, CREDENCE_CONFIG, "weak_key",
				  "the RSA key has less than 2048 bits", "make a longer one");
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (!fits(&algorithms[i], pk, bits, wanted))
			continue;
		self->algorithm = &algorithms[i];
		return host->put_attribute(call, "signer.algorithm", algorithms[i].name);
	}
	return host->fail(call, CREDENCE_CONFIG, "algorithm",
			  wanted != NULL ? "the key does not sign with the option's algorithm"
					 : "the key is of a kind that no JWT is signed with",
			  "RSA keys sign with RS256 or PS256, P-256 keys with ES256, Ed25519 keys "
			  "with EdDSA");
}

/* RFC 4648 section 5. */
static void base64url(char *out, const unsigned char *in, size_t length)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned group = 0, bits = 0;

	for (size_t i = 0; i < length; i++) {
		group = group << 8 | in[i];
		for (bits += 8; bits >= 6; bits -= 6)
			*out++ = digits[(group >> (bits - 6)) & 63];
	}
	if (bits > 0)
		*out++ = digits[(group << (6 - bits)) & 63];
	*out = '\0';
}

/* The digest of the certificate that stands with the key in its file, if there is one. */
static credence_rc put_certificate(struct credence_self *self, struct credence_call *call,
				   const char *text)
{
	const gnutls_datum_t data = {(unsigned char *)text, (unsigned)strlen(text)};
	unsigned char digest[DIGEST_MAX];
	size_t length = sizeof(digest);
	gnutls_x509_crt_t certificate;
	char encoded[2 * DIGEST_MAX];
	int code;

	if (strstr(text, "-----BEGIN CERTIFICATE-----") == NULL)
		return CREDENCE_SUCCESS;
	code = gnutls_x509_crt_init(&certificate);
	if (code != 0)
		return key_fail(self, call, CREDENCE_ERROR, "the certificate can't be read", code);
	code = gnutls_x509_crt_import(certificate, &data, GNUTLS_X509_FMT_PEM);
	if (code == 0)
		code = gnutls_x509_crt_get_fingerprint(certificate, GNUTLS_DIG_SHA256, digest,
						       &length);
	gnutls_x509_crt_deinit(certificate);
	if (code != 0)
		return key_fail(self, call, CREDENCE_CONFIG, "the certificate can't be read", code);
	base64url(encoded, digest, length);
	return self->host->put_attribute(call, "signer.certificate_digest", encoded);
}

/* Of the public key; of one in a token, which may not show that, where it is. */
static credence_rc put_fingerprint(struct credence_self *self, struct credence_call *call,
				   const char *text)
{
	unsigned char digest[DIGEST_MAX];
	size_t length = sizeof(digest);
	char encoded[2 * DIGEST_MAX];
	gnutls_pubkey_t public = NULL;
	int code;

	if (strncmp(text, "pkcs11:", 7) == 0)
		return self->host->put_attribute(call, "signer.fingerprint", text);
	code = gnutls_pubkey_init(&public);
	if (code == 0)
		code = gnutls_pubkey_import_privkey(public, self->key, 0, 0);
	if (code == 0)
		code = gnutls_pubkey_get_key_id(public, GNUTLS_KEYID_USE_SHA256, digest, &length);
	if (public != NULL)
		gnutls_pubkey_deinit(public);
	if (code != 0)
		return key_fail(self, call, CREDENCE_ERROR, "the key can't be used", code);
	base64url(encoded, digest, length);
	return self->host->put_attribute(call, "signer.fingerprint", encoded);
}

/* Where the profile does not say, it is the one that came with the key, if any did. */
static credence_rc put_key_id(const struct credence_host *host, struct credence_call *call)
{
	const char *id = host->option(call, "key_id");

	return id != NULL && id[0] != '\0' ? host->put_attribute(call, "signer.key_id", id)
					   : CREDENCE_SUCCESS;
}

static credence_rc signer_identify(struct credence_self *self, struct credence_call *call)
{
	const struct credence_host *host = self->host;
	const char *text = NULL;
	credence_rc rc = host->option_secret(call, "key", &text);

	if (rc == CREDENCE_SUCCESS)
		rc = key_read_pin(self, call);
	if (rc == CREDENCE_SUCCESS && self->key == NULL)
		rc = key_import(self, call, text);
	if (rc == CREDENCE_SUCCESS)
		rc = choose(self, call);
	if (rc == CREDENCE_SUCCESS)
		rc = put_key_id(host, call);
	if (rc == CREDENCE_SUCCESS)
		rc = put_certificate(self, call, text);
	if (rc == CREDENCE_SUCCESS)
		rc = put_fingerprint(self, call, text);
	self->pin = NULL;
	return rc;
}

/* -- Signing -- */

/* A number of any length, to the right in size bytes; false: it has more. */
static bool put_number(unsigned char *out, size_t size, const gnutls_datum_t *number)
{
	const unsigned char *bytes = number->data;
	size_t length = number->size;

	for (; length > 0 && *bytes == 0; length--)
		bytes++;
	if (length > size)
		return false;
	memset(out, 0, size - length);
	if (length > 0)
		memcpy(out + size - length, bytes, length);
	return true;
}

/* RFC 7518 section 3.4: r and s one behind the other, where GnuTLS has them in DER. */
static credence_rc put_raw(struct credence_self *self, struct credence_call *call,
			   const gnutls_datum_t *der)
{
	size_t size = self->algorithm->coordinate;
	gnutls_datum_t r = {NULL, 0}, s = {NULL, 0};
	unsigned char raw[2 * 66];
	credence_rc rc;
	int code = gnutls_decode_rs_value(der, &r, &s);

	if (code != 0)
		return key_fail(self, call, CREDENCE_ERROR, "the signature is none", code);
	if (put_number(raw, size, &r) && put_number(raw + size, size, &s))
		rc = self->host->put_bytes(call, raw, 2 * size);
	else
		rc = key_fail(self, call, CREDENCE_ERROR, "the signature is none",
			      GNUTLS_E_PK_SIGN_FAILED);
	gnutls_free(r.data);
	gnutls_free(s.data);
	return rc;
}

static credence_rc signer_sign(struct credence_self *self, struct credence_call *call,
			       const void *bytes, size_t length)
{
	const gnutls_datum_t data = {(unsigned char *)bytes, (unsigned)length};
	gnutls_datum_t signature = {NULL, 0};
	credence_rc rc = key_read_pin(self, call);
	int code;

	if (rc != CREDENCE_SUCCESS)
		return rc;
	code = gnutls_privkey_sign_data2(self->key, self->algorithm->sign, 0, &data, &signature);
	if (code != 0)
		rc = key_fail(self, call, CREDENCE_ERROR, "signing failed", code);
	else if (self->algorithm->coordinate != 0)
		rc = put_raw(self, call, &signature);
	else
		rc = self->host->put_bytes(call, signature.data, signature.size);
	gnutls_free(signature.data);
	self->pin = NULL;
	return rc;
}

static const struct credence_option options[] = {
    {"key", CREDENCE_KEY, CREDENCE_REQUIRED, NULL,
     "the private key: \"file:/…\" (PEM, or a service account's JSON), or \"pkcs11:…\""},
    {"pin", CREDENCE_SECRET, 0, NULL, "the token's PIN, or the passphrase of the PEM file"},
    {"algorithm", CREDENCE_STRING, 0, NULL,
     "RS256, PS256, ES256, EdDSA, …; absent: the usual one for the key"},
    {"key_id", CREDENCE_STRING, 0, NULL, "what the server calls the key: the header's kid"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_signer_ops ops = {
    .size = sizeof(ops),
    .identify = signer_identify,
    .sign = signer_sign,
};

CREDENCE_SIGNER(gnutls, &ops, .version = "1.0",
		.summary = "signs with a key in a PEM file, a token or a service account's file",
		.options = options, .open = signer_open, .close = signer_close);
