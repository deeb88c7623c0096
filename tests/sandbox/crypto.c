/* SPDX-License-Identifier: MIT */
/* The helpers of util.h that stand on GnuTLS: digests and base64. */
#include "util.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

enum { SHA256_SIZE = 32 };

static void sha256(uint8_t out[SHA256_SIZE], const char *s)
{
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, s, strlen(s), out) < 0)
		abort();
}

void fingerprint(char out[FINGERPRINT_SIZE], const char *value)
{
	static const char label[] = "sha256:";
	uint8_t digest[SHA256_SIZE];

	sha256(digest, value);
	memcpy(out, label, sizeof(label) - 1);
	hex_encode(out + sizeof(label) - 1, digest, 4);
}

void s256_challenge(char out[44], const char *verifier)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t digest[SHA256_SIZE + 1] = {0}; /* one more, as 3 divides 33 */
	size_t i, o = 0;

	sha256(digest, verifier);
	for (i = 0; i < SHA256_SIZE; i += 3) {
		uint32_t bits =
		    (uint32_t)digest[i] << 16 | (uint32_t)digest[i + 1] << 8 | digest[i + 2];

		out[o++] = digits[bits >> 18];
		out[o++] = digits[bits >> 12 & 63];
		out[o++] = digits[bits >> 6 & 63];
		if (o < 43)
			out[o++] = digits[bits & 63];
	}
	out[o] = '\0';
}

char *base64_text(const char *base64)
{
	gnutls_datum_t in = {(unsigned char *)base64, (unsigned)strlen(base64)};
	gnutls_datum_t out = {NULL, 0};
	char *text = NULL;

	if (in.size == 0 || gnutls_base64_decode2(&in, &out) < 0)
		return NULL;
	if (memchr(out.data, '\0', out.size) == NULL)
		text = mem_strndup((const char *)out.data, out.size);
	gnutls_free(out.data);
	return text;
}
