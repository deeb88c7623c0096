/* SPDX-License-Identifier: MIT */
/* An ECDSA authority that signs a server certificate for the loopback names, and a client's. */
#include "tls.h"

#include "util.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAY = 86400 };

struct pair {
	gnutls_x509_crt_t cert;
	gnutls_x509_privkey_t key;
};

static void pair_done(struct pair *pair)
{
	if (pair->cert != NULL)
		gnutls_x509_crt_deinit(pair->cert);
	if (pair->key != NULL)
		gnutls_x509_privkey_deinit(pair->key);
}

/* A key and what every certificate has; names and signature come after. */
static bool pair_start(struct pair *pair, const char *name, time_t from, time_t to)
{
	uint8_t serial[8];

	random_bytes(serial, sizeof(serial));
	serial[0] = (serial[0] & 0x3f) | 0x40; /* positive and of full length */
	return gnutls_x509_privkey_init(&pair->key) == 0 &&
	       gnutls_x509_privkey_generate(pair->key, GNUTLS_PK_ECDSA,
					    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
					    0) == 0 &&
	       gnutls_x509_crt_init(&pair->cert) == 0 &&
	       gnutls_x509_crt_set_version(pair->cert, 3) == 0 &&
	       gnutls_x509_crt_set_serial(pair->cert, serial, sizeof(serial)) == 0 &&
	       gnutls_x509_crt_set_activation_time(pair->cert, from) == 0 &&
	       gnutls_x509_crt_set_expiration_time(pair->cert, to) == 0 &&
	       gnutls_x509_crt_set_dn_by_oid(pair->cert, GNUTLS_OID_X520_COMMON_NAME, 0, name,
					     (unsigned)strlen(name)) == 0 &&
	       gnutls_x509_crt_set_key(pair->cert, pair->key) == 0;
}

/* Names the key and its issuer's, which some verifiers ask for, and signs. */
static bool pair_sign(struct pair *pair, const struct pair *issuer)
{
	uint8_t id[64];
	size_t len = sizeof(id);

	if (gnutls_x509_crt_get_key_id(pair->cert, GNUTLS_KEYID_USE_SHA1, id, &len) != 0 ||
	    gnutls_x509_crt_set_subject_key_id(pair->cert, id, len) != 0)
		return false;
	len = sizeof(id);
	if (gnutls_x509_crt_get_key_id(issuer->cert, GNUTLS_KEYID_USE_SHA1, id, &len) != 0 ||
	    gnutls_x509_crt_set_authority_key_id(pair->cert, id, len) != 0)
		return false;
	return gnutls_x509_crt_sign2(pair->cert, issuer->cert, issuer->key, GNUTLS_DIG_SHA256, 0) ==
	       0;
}

static bool make_ca(struct pair *ca, time_t now)
{
	return pair_start(ca, "credence sandbox CA", now - DAY, now + 3650L * DAY) &&
	       gnutls_x509_crt_set_basic_constraints(ca->cert, 1, 0) == 0 &&
	       gnutls_x509_crt_set_key_usage(ca->cert,
					     GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN) == 0 &&
	       pair_sign(ca, ca);
}

static bool add_name(gnutls_x509_crt_t cert, gnutls_x509_subject_alt_name_t type, const void *name,
		     size_t len)
{
	return gnutls_x509_crt_set_subject_alt_name(cert, type, name, (unsigned)len,
						    GNUTLS_FSAN_APPEND) == 0;
}

static bool add_names(gnutls_x509_crt_t cert, enum certificate kind)
{
	static const uint8_t v4[4] = {127, 0, 0, 1};
	static const uint8_t v6[16] = {[15] = 1};
	static const char wrong[] = "sandbox.invalid", local[] = "localhost";

	if (kind == CERTIFICATE_WRONG_HOST)
		return add_name(cert, GNUTLS_SAN_DNSNAME, wrong, sizeof(wrong) - 1);
	return add_name(cert, GNUTLS_SAN_DNSNAME, local, sizeof(local) - 1) &&
	       add_name(cert, GNUTLS_SAN_IPADDRESS, v4, sizeof(v4)) &&
	       add_name(cert, GNUTLS_SAN_IPADDRESS, v6, sizeof(v6));
}

static bool make_server(struct pair *server, const struct pair *ca, enum certificate kind,
			time_t now)
{
	time_t to = kind == CERTIFICATE_EXPIRED ? now - DAY / 2 : now + 397L * DAY;

	return pair_start(server, "credence sandbox", now - DAY, to) &&
	       add_names(server->cert, kind) &&
	       gnutls_x509_crt_set_basic_constraints(server->cert, 0, -1) == 0 &&
	       gnutls_x509_crt_set_key_usage(server->cert, GNUTLS_KEY_DIGITAL_SIGNATURE) == 0 &&
	       gnutls_x509_crt_set_key_purpose_oid(server->cert, GNUTLS_KP_TLS_WWW_SERVER, 0) ==
		   0 &&
	       pair_sign(server, ca);
}

static bool make_client(struct pair *client, const struct pair *ca, time_t now)
{
	return pair_start(client, "credence sandbox client", now - DAY, now + 397L * DAY) &&
	       gnutls_x509_crt_set_basic_constraints(client->cert, 0, -1) == 0 &&
	       gnutls_x509_crt_set_key_usage(client->cert, GNUTLS_KEY_DIGITAL_SIGNATURE) == 0 &&
	       gnutls_x509_crt_set_key_purpose_oid(client->cert, GNUTLS_KP_TLS_WWW_CLIENT, 0) ==
		   0 &&
	       pair_sign(client, ca);
}

static char *take_pem(int rc, gnutls_datum_t *pem)
{
	char *text = NULL;

	if (rc == 0) {
		text = mem_strndup((const char *)pem->data, pem->size);
		gnutls_free(pem->data);
	}
	return text;
}

static char *cert_pem(const struct pair *pair)
{
	gnutls_datum_t pem = {NULL, 0};

	return take_pem(gnutls_x509_crt_export2(pair->cert, GNUTLS_X509_FMT_PEM, &pem), &pem);
}

static char *key_pem(const struct pair *pair)
{
	gnutls_datum_t pem = {NULL, 0};

	return take_pem(gnutls_x509_privkey_export2(pair->key, GNUTLS_X509_FMT_PEM, &pem), &pem);
}

/* Certificate and key in one text. */
static char *both_pem(const struct pair *pair)
{
	char *cert = cert_pem(pair), *key = key_pem(pair);
	struct text text = {0};

	if (cert != NULL && key != NULL)
		text_printf(&text, "%s%s", cert, key);
	free(cert);
	free(key);
	return text.s;
}

bool tls_make(struct tls *tls, enum certificate kind)
{
	struct pair ca = {NULL, NULL}, other = {NULL, NULL}, server = {NULL, NULL};
	struct pair client = {NULL, NULL};
	bool untrusted = kind == CERTIFICATE_UNTRUSTED;
	time_t now = time(NULL);
	bool ok;

	ok = make_ca(&ca, now) && (!untrusted || make_ca(&other, now)) &&
	     make_server(&server, untrusted ? &other : &ca, kind, now) &&
	     make_client(&client, &ca, now);
	if (ok) {
		tls->ca = cert_pem(&ca);
		tls->cert = cert_pem(&server);
		tls->key = key_pem(&server);
		tls->client = both_pem(&client);
		ok =
		    tls->ca != NULL && tls->cert != NULL && tls->key != NULL && tls->client != NULL;
	}
	pair_done(&client);
	pair_done(&server);
	pair_done(&other);
	pair_done(&ca);
	return ok;
}

void tls_done(struct tls *tls)
{
	free(tls->ca);
	free(tls->cert);
	free(tls->key);
	free(tls->client);
	*tls = (struct tls){NULL, NULL, NULL, NULL};
}

char *tls_peer(void *session)
{
	const gnutls_datum_t *der;
	gnutls_x509_crt_t cert;
	gnutls_datum_t name = {NULL, 0};
	unsigned count = 0, status = 0;
	char *subject = NULL;

	if (gnutls_certificate_verify_peers2(session, &status) != 0 || status != 0)
		return NULL;
	der = gnutls_certificate_get_peers(session, &count);
	if (der == NULL || count == 0 || gnutls_x509_crt_init(&cert) != 0)
		return NULL;
	if (gnutls_x509_crt_import(cert, &der[0], GNUTLS_X509_FMT_DER) == 0 &&
	    gnutls_x509_crt_get_dn2(cert, &name) == 0)
		subject = mem_strndup((const char *)name.data, name.size);
	gnutls_free(name.data);
	gnutls_x509_crt_deinit(cert);
	return subject;
}
