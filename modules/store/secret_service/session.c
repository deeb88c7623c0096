/* SPDX-License-Identifier: MIT */
/*
 * How secrets travel: the session "dh-ietf1024-sha256-aes128-cbc-pkcs7" of the Secret Service API.
 * Both sides agree on a key by Diffie-Hellman in the second Oakley group (RFC 2409 section 6.2),
 * which HKDF (RFC 5869) makes short. So no secret is in the bus's messages in clear, where others
 * of the same user may listen. Who the other side is it does not prove.
 */
#include "modules/store/secret_service/secret_service.h"

#include <errno.h>
#include <gcrypt.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ALGORITHM "dh-ietf1024-sha256-aes128-cbc-pkcs7"
#define GROUP     128 /* bytes of a number in the group */
#define BLOCK     16  /* bytes of AES */
#define HASH      32  /* bytes of SHA-256 */

static const unsigned char prime[GROUP] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc9, 0x0f, 0xda, 0xa2, 0x21, 0x68, 0xc2, 0x34,
    0xc4, 0xc6, 0x62, 0x8b, 0x80, 0xdc, 0x1c, 0xd1, 0x29, 0x02, 0x4e, 0x08, 0x8a, 0x67, 0xcc, 0x74,
    0x02, 0x0b, 0xbe, 0xa6, 0x3b, 0x13, 0x9b, 0x22, 0x51, 0x4a, 0x08, 0x79, 0x8e, 0x34, 0x04, 0xdd,
    0xef, 0x95, 0x19, 0xb3, 0xcd, 0x3a, 0x43, 0x1b, 0x30, 0x2b, 0x0a, 0x6d, 0xf2, 0x5f, 0x14, 0x37,
    0x4f, 0xe1, 0x35, 0x6d, 0x6d, 0x51, 0xc2, 0x45, 0xe4, 0x85, 0xb5, 0x76, 0x62, 0x5e, 0x7e, 0xc6,
    0xf4, 0x4c, 0x42, 0xe9, 0xa6, 0x37, 0xed, 0x6b, 0x0b, 0xff, 0x5c, 0xb6, 0xf4, 0x06, 0xb7, 0xed,
    0xee, 0x38, 0x6b, 0xfb, 0x5a, 0x89, 0x9f, 0xa5, 0xae, 0x9f, 0x24, 0x11, 0x7c, 0x4b, 0x1f, 0xe6,
    0x49, 0x28, 0x66, 0x51, 0xec, 0xe6, 0x53, 0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};

bool ss_bytes_make(struct ss_bytes *bytes, size_t length)
{
	bytes->data = malloc(length + 1);
	bytes->length = bytes->data != NULL ? length : 0;
	return bytes->data != NULL;
}

void ss_bytes_done(struct ss_bytes *bytes)
{
	if (bytes->data != NULL)
		explicit_bzero(bytes->data, bytes->length);
	free(bytes->data);
	*bytes = (struct ss_bytes){0};
}

/* -- The library -- */

/* A program that uses it, too, may have done so already. */
static void prepare_library(void)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
		return;
	(void)gcry_check_version(NULL);
	(void)gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	(void)gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

static void prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, prepare_library);
}

/* -- The key -- */

static gcry_mpi_t number_of(const unsigned char *bytes, size_t length)
{
	gcry_mpi_t number = NULL;

	return gcry_mpi_scan(&number, GCRYMPI_FMT_USG, bytes, length, NULL) == 0 ? number : NULL;
}

/* With zeros in front of it, so that both sides have the same number of bytes. */
static bool write_number(gcry_mpi_t number, unsigned char bytes[static GROUP])
{
	size_t length = 0;

	if (gcry_mpi_print(GCRYMPI_FMT_USG, bytes, GROUP, &length, number) != 0)
		return false;
	memmove(bytes + GROUP - length, bytes, length);
	memset(bytes, 0, GROUP - length);
	return true;
}

/* base to the power of exponent, in the group. */
static bool power(const unsigned char *base, size_t base_length,
		  const unsigned char exponent[static GROUP], unsigned char result[static GROUP])
{
	gcry_mpi_t p = number_of(prime, GROUP), b = number_of(base, base_length);
	gcry_mpi_t e = number_of(exponent, GROUP), r = gcry_mpi_new(GROUP * 8);
	bool ok = p != NULL && b != NULL && e != NULL && r != NULL;

	/* 0, 1, p - 1 and what is no member at all would give a key that everybody knows. */
	if (ok) {
		gcry_mpi_sub_ui(r, p, 1);
		ok = gcry_mpi_cmp_ui(b, 1) > 0 && gcry_mpi_cmp(b, r) < 0;
	}
	if (ok) {
		gcry_mpi_powm(r, b, e, p);
		ok = write_number(r, result);
	}
	gcry_mpi_release(p);
	gcry_mpi_release(b);
	gcry_mpi_release(e);
	gcry_mpi_release(r);
	return ok;
}

static bool hmac(const unsigned char *key, size_t key_length, const void *bytes, size_t length,
		 unsigned char hash[static HASH])
{
	gcry_md_hd_t md = NULL;
	bool ok = gcry_md_open(&md, GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC) == 0 &&
		  gcry_md_setkey(md, key, key_length) == 0;

	if (ok) {
		gcry_md_write(md, bytes, length);
		memcpy(hash, gcry_md_read(md, GCRY_MD_SHA256), HASH);
	}
	gcry_md_close(md);
	return ok;
}

/* RFC 5869 with no salt and no info; one block is enough. */
static bool derive(const unsigned char shared[static GROUP], unsigned char key[static SS_KEY])
{
	static const unsigned char salt[HASH], counter = 1;
	unsigned char extracted[HASH], expanded[HASH];
	bool ok = hmac(salt, HASH, shared, GROUP, extracted) &&
		  hmac(extracted, HASH, &counter, 1, expanded);

	if (ok)
		memcpy(key, expanded, SS_KEY);
	explicit_bzero(extracted, HASH);
	explicit_bzero(expanded, HASH);
	return ok;
}

/* -- The session -- */

static credence_rc ask(struct credence_self *self, const unsigned char ours[static GROUP],
		       sd_bus_message **reply)
{
	sd_bus_message *message = NULL;
	credence_rc rc = ss_call_new(self, SS_PATH, SS_INTERFACE, "OpenSession", &message);
	int r;

	if (rc != CREDENCE_SUCCESS)
		return rc;
	r = sd_bus_message_append(message, "s", ALGORITHM);
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'v', "ay");
	if (r >= 0)
		r = sd_bus_message_append_array(message, 'y', ours, GROUP);
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	rc = ss_call(self, message, r, reply);
	/* A service without sessions is none; no item is missing. */
	return rc == CREDENCE_MISS ? ss_unreadable(self) : rc;
}

static credence_rc take(struct credence_self *self, sd_bus_message *reply,
			const unsigned char secret[static GROUP])
{
	unsigned char shared[GROUP];
	const char *path = NULL;
	const void *theirs = NULL;
	size_t length = 0;
	bool ok = sd_bus_message_enter_container(reply, 'v', "ay") > 0 &&
		  sd_bus_message_read_array(reply, 'y', &theirs, &length) >= 0 &&
		  sd_bus_message_exit_container(reply) >= 0 &&
		  sd_bus_message_read(reply, "o", &path) > 0 && length <= GROUP &&
		  power(theirs, length, secret, shared) && derive(shared, self->key);

	explicit_bzero(shared, sizeof(shared));
	if (!ok)
		return ss_unreadable(self);
	self->session = strdup(path);
	return self->session != NULL ? CREDENCE_SUCCESS : ss_oom(self);
}

credence_rc ss_session_open(struct credence_self *self)
{
	static const unsigned char generator = 2;
	unsigned char secret[GROUP], ours[GROUP];
	sd_bus_message *reply = NULL;
	credence_rc rc;

	if (self->session != NULL)
		return CREDENCE_SUCCESS;
	prepare();
	rc = self->host->random(self->call, secret, GROUP);
	if (rc == CREDENCE_SUCCESS && !power(&generator, 1, secret, ours))
		rc = ss_oom(self);
	if (rc == CREDENCE_SUCCESS)
		rc = ask(self, ours, &reply);
	if (rc == CREDENCE_SUCCESS)
		rc = take(self, reply, secret);
	sd_bus_message_unref(reply);
	explicit_bzero(secret, sizeof(secret));
	return rc;
}

/* -- Secrets -- */

/* In place; a whole number of blocks. */
static bool cipher(const unsigned char key[static SS_KEY], const unsigned char *iv,
		   struct ss_bytes *bytes, bool encrypt)
{
	gcry_cipher_hd_t handle = NULL;
	bool ok = gcry_cipher_open(&handle, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_CBC, 0) == 0 &&
		  gcry_cipher_setkey(handle, key, SS_KEY) == 0 &&
		  gcry_cipher_setiv(handle, iv, BLOCK) == 0;

	if (ok && encrypt)
		ok = gcry_cipher_encrypt(handle, bytes->data, bytes->length, NULL, 0) == 0;
	else if (ok)
		ok = gcry_cipher_decrypt(handle, bytes->data, bytes->length, NULL, 0) == 0;
	gcry_cipher_close(handle);
	return ok;
}

/* PKCS #7: as many bytes as are missing, each of that number. */
static bool pad(const void *bytes, size_t length, struct ss_bytes *padded)
{
	size_t missing = BLOCK - length % BLOCK;

	if (!ss_bytes_make(padded, length + missing))
		return false;
	if (length > 0)
		memcpy(padded->data, bytes, length);
	memset(padded->data + length, (int)missing, missing);
	return true;
}

static bool unpad(struct ss_bytes *bytes)
{
	size_t count = bytes->length > 0 ? bytes->data[bytes->length - 1] : 0, i;

	if (count == 0 || count > BLOCK || count > bytes->length)
		return false;
	for (i = 1; i <= count; i++)
		if (bytes->data[bytes->length - i] != count)
			return false;
	bytes->length -= count;
	return true;
}

int ss_secret_append(struct credence_self *self, sd_bus_message *message, const void *bytes,
		     size_t length)
{
	struct ss_bytes sealed = {0};
	unsigned char iv[BLOCK];
	int r = -ENOMEM;

	if (self->host->random(self->call, iv, BLOCK) == CREDENCE_SUCCESS &&
	    pad(bytes, length, &sealed) && cipher(self->key, iv, &sealed, true))
		r = sd_bus_message_open_container(message, 'r', "oayays");
	if (r >= 0)
		r = sd_bus_message_append(message, "o", self->session);
	if (r >= 0)
		r = sd_bus_message_append_array(message, 'y', iv, BLOCK);
	if (r >= 0)
		r = sd_bus_message_append_array(message, 'y', sealed.data, sealed.length);
	if (r >= 0)
		r = sd_bus_message_append(message, "s", "application/octet-stream");
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	ss_bytes_done(&sealed);
	return r;
}

static bool open_secret(struct credence_self *self, const void *iv, size_t iv_length,
			struct ss_bytes *bytes)
{
	return iv_length == BLOCK && bytes->length > 0 && bytes->length % BLOCK == 0 &&
	       cipher(self->key, iv, bytes, false) && unpad(bytes);
}

credence_rc ss_secret_read(struct credence_self *self, sd_bus_message *message,
			   struct ss_bytes *bytes)
{
	const void *iv = NULL, *sealed = NULL;
	size_t iv_length = 0, length = 0;

	if (sd_bus_message_enter_container(message, 'r', "oayays") <= 0 ||
	    sd_bus_message_skip(message, "o") < 0 ||
	    sd_bus_message_read_array(message, 'y', &iv, &iv_length) < 0 ||
	    sd_bus_message_read_array(message, 'y', &sealed, &length) < 0)
		return ss_unreadable(self);
	if (!ss_bytes_make(bytes, length))
		return ss_oom(self);
	if (length > 0)
		memcpy(bytes->data, sealed, length);
	return open_secret(self, iv, iv_length, bytes) ? CREDENCE_SUCCESS : ss_unreadable(self);
}
