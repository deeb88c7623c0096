/* SPDX-License-Identifier: MIT */
/* Which algorithms there are, and how each has its signature; see jws.h. */
#include "jws.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

static const struct algorithm {
	const char *name;
	gnutls_pk_algorithm_t key;
	gnutls_sign_algorithm_t sign;
	unsigned coordinate; /* the signature is twice as long; 0: it is not of two numbers */
} algorithms[] = {
    {"RS256", GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_SHA256, 0},
    {"RS384", GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_SHA384, 0},
    {"RS512", GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_SHA512, 0},
    {"PS256", GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, 0},
    {"PS384", GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_PSS_RSAE_SHA384, 0},
    {"PS512", GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_PSS_RSAE_SHA512, 0},
    {"ES256", GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SHA256, 32},
    {"ES384", GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SHA384, 48},
    {"ES512", GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SHA512, 66},
    {"EdDSA", GNUTLS_PK_EDDSA_ED25519, GNUTLS_SIGN_EDDSA_ED25519, 0},
    {"EdDSA", GNUTLS_PK_EDDSA_ED448, GNUTLS_SIGN_EDDSA_ED448, 0},
};

static const struct algorithm *algorithm_of(gnutls_pubkey_t key, const char *name)
{
	int kind = gnutls_pubkey_get_pk_algorithm(key, NULL);
	size_t i;

	for (i = 0; name != NULL && i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (strcmp(algorithms[i].name, name) == 0 && (int)algorithms[i].key == kind)
			return &algorithms[i];
	return NULL;
}

static bool import_key(gnutls_pubkey_t *key, const char *pem)
{
	const gnutls_datum_t data = {(unsigned char *)pem, (unsigned)strlen(pem)};

	if (gnutls_pubkey_init(key) != 0)
		return false;
	if (gnutls_pubkey_import(*key, &data, GNUTLS_X509_FMT_PEM) == 0)
		return true;
	gnutls_pubkey_deinit(*key);
	return false;
}

bool jws_is_key(const char *pem)
{
	gnutls_pubkey_t key;

	if (!import_key(&key, pem))
		return false;
	gnutls_pubkey_deinit(key);
	return true;
}

/* r and s one behind the other (RFC 7518 section 3.4), which GnuTLS wants in DER. */
static bool verify_pair(gnutls_pubkey_t key, const struct algorithm *algorithm,
			const gnutls_datum_t *input, const gnutls_datum_t *signature)
{
	unsigned size = algorithm->coordinate;
	gnutls_datum_t r = {signature->data, size}, s = {signature->data + size, size};
	gnutls_datum_t der = {NULL, 0};
	bool good;

	if (signature->size != 2 * size || gnutls_encode_rs_value(&der, &r, &s) != 0)
		return false;
	good = gnutls_pubkey_verify_data2(key, algorithm->sign, 0, input, &der) >= 0;
	gnutls_free(der.data);
	return good;
}

bool jws_verify(const char *pem, const char *name, const char *text, size_t length,
		const unsigned char *signature, size_t size)
{
	const gnutls_datum_t input = {(unsigned char *)text, (unsigned)length};
	const gnutls_datum_t given = {(unsigned char *)signature, (unsigned)size};
	const struct algorithm *algorithm;
	gnutls_pubkey_t key;
	bool good = false;

	if (!import_key(&key, pem))
		return false;
	algorithm = algorithm_of(key, name);
	if (algorithm != NULL && algorithm->coordinate != 0)
		good = verify_pair(key, algorithm, &input, &given);
	else if (algorithm != NULL)
		good = gnutls_pubkey_verify_data2(key, algorithm->sign, 0, &input, &given) >= 0;
	gnutls_pubkey_deinit(key);
	return good;
}
