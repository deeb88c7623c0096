/* SPDX-License-Identifier: MIT */
/*
 * Seal "sodium": XChaCha20-Poly1305 of libsodium, with a key of 32 bytes, or with one that Argon2id
 * makes of a passphrase. (libsodium's secretbox would not bind additional data, without which a
 * sealed record would be as good under another name or revision; and a nonce of 24 random bytes may
 * be drawn anew for ever.) What it writes:
 *
 *	"CSS1"  kind  mark           nonce  sealed bytes with their tag     kind 1: a key
 *	"CSS1"  kind  mark  setting  nonce  sealed bytes with their tag     kind 2: a passphrase
 *
 * kind is one byte. mark (8 bytes) tells one key from another without telling anything of it, so
 * that a wrong key is not taken for damage. setting is salt (16), passes and KiB of memory (4 each,
 * big endian). The header is authenticated with the additional data.
 */
#include <credence/module.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC_SIZE 4u
#define KIND_KEY   1u
#define KIND_WORDS 2u
#define KEY        crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define NONCE      crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG        crypto_aead_xchacha20poly1305_ietf_ABYTES
#define MARK       8u
#define SALT       crypto_pwhash_SALTBYTES
#define SETTING    (SALT + 8u)
#define HEADER_MAX (MAGIC_SIZE + 1u + MARK + SETTING)

static const unsigned char magic[MAGIC_SIZE] = {'C', 'S', 'S', '1'};

/* RFC 9106 section 4, the second choice, is 3 passes over 64 MiB. What sealed bytes ask for is
 * bounded: they are not authentic yet when the key is made. */
#define PASSES_MIN 1u
#define PASSES_MAX 16u
#define KIB_MIN    8192u
#define KIB_MAX    1048576u

struct credence_self {
	const struct credence_host *host;
};

/* What the configuration gives to make a key of; the host's. */
struct given {
	unsigned char kind;
	const void *bytes; /* of a key */
	size_t length;
	const char *words; /* a passphrase */
};

struct header {
	unsigned char kind;
	unsigned char mark[MARK];
	unsigned char salt[SALT];
	uint32_t passes, kib;
};

static credence_rc out_of_memory(const struct credence_host *host, struct credence_call *call)
{
	return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
}

static credence_rc sodium_open(const struct credence_host *host, struct credence_call *call,
			       struct credence_self **self)
{
	struct credence_self *made;

	if (sodium_init() < 0)
		return host->fail(call, CREDENCE_ERROR, NULL, "libsodium can't be used", NULL);
	made = malloc(sizeof(*made));
	if (made == NULL)
		return out_of_memory(host, call);
	made->host = host;
	*self = made;
	return CREDENCE_SUCCESS;
}

static void sodium_close(struct credence_self *self)
{
	free(self);
}

/* -- The header -- */

static void put_number(unsigned char *at, uint32_t number)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (unsigned char)(number >> (24 - 8 * i));
}

static uint32_t get_number(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static size_t header_size(unsigned kind)
{
	return kind == KIND_WORDS ? HEADER_MAX : HEADER_MAX - SETTING;
}

static size_t header_write(const struct header *header, unsigned char *at)
{
	unsigned char *setting = at + MAGIC_SIZE + 1 + MARK;

	memcpy(at, magic, MAGIC_SIZE);
	at[MAGIC_SIZE] = header->kind;
	memcpy(at + MAGIC_SIZE + 1, header->mark, MARK);
	if (header->kind == KIND_WORDS) {
		memcpy(setting, header->salt, SALT);
		put_number(setting + SALT, header->passes);
		put_number(setting + SALT + 4, header->kib);
	}
	return header_size(header->kind);
}

/* How long the header is; 0: these bytes have none. */
static size_t header_read(const unsigned char *at, size_t length, struct header *header)
{
	const unsigned char *setting = at + MAGIC_SIZE + 1 + MARK;

	memset(header, 0, sizeof(*header));
	if (length < HEADER_MAX - SETTING || memcmp(at, magic, MAGIC_SIZE) != 0)
		return 0;
	header->kind = at[MAGIC_SIZE];
	memcpy(header->mark, at + MAGIC_SIZE + 1, MARK);
	if ((header->kind != KIND_KEY && header->kind != KIND_WORDS) ||
	    length < header_size(header->kind) + NONCE + TAG)
		return 0;
	if (header->kind == KIND_WORDS) {
		memcpy(header->salt, setting, SALT);
		header->passes = get_number(setting + SALT);
		header->kib = get_number(setting + SALT + 4);
		if (header->passes < PASSES_MIN || header->passes > PASSES_MAX ||
		    header->kib < KIB_MIN || header->kib > KIB_MAX)
			return 0;
	}
	return header_size(header->kind);
}

/* -- The key -- */

static bool is_white(unsigned char byte)
{
	return byte == '\n' || byte == '\r' || byte == ' ' || byte == '\t';
}

/* 32 bytes as they are, in hex, or in base64 of either alphabet, with white space behind it. */
static bool parse_key(const unsigned char *bytes, size_t length, unsigned char key[static KEY])
{
	static const int variants[] = {
	    sodium_base64_VARIANT_ORIGINAL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
	    sodium_base64_VARIANT_URLSAFE, sodium_base64_VARIANT_URLSAFE_NO_PADDING};
	const char *text = (const char *)bytes;
	size_t size;

	if (length == KEY) {
		memcpy(key, bytes, KEY);
		return true;
	}
	while (length > 0 && is_white(bytes[length - 1]))
		length--;
	if (length == 2 * KEY)
		return sodium_hex2bin(key, KEY, text, length, NULL, &size, NULL) == 0 &&
		       size == KEY;
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
		if (sodium_base642bin(key, KEY, text, length, NULL, &size, NULL, variants[i]) ==
			0 &&
		    size == KEY)
			return true;
	return false;
}

static credence_rc key_given(const struct credence_host *host, struct credence_call *call,
			     const struct given *given, struct header *header,
			     unsigned char key[static KEY])
{
	static const char context[] = "credence seal sodium: which key";

	if (!parse_key(given->bytes, given->length, key))
		return host->fail(call, CREDENCE_CONFIG, NULL,
				  "key is not 32 bytes, raw, in hex or in base64",
				  "make one: (umask 077; openssl rand -base64 32 >FILE)");
	(void)crypto_generichash(header->mark, MARK, (const unsigned char *)context,
				 sizeof(context) - 1, key, KEY);
	return CREDENCE_SUCCESS;
}

/* Argon2id gives key and mark at once: to try a passphrase costs the same with either. The deadline
 * does not reach into it, so the host is asked before. */
static credence_rc key_derived(const struct credence_host *host, struct credence_call *call,
			       const struct given *given, struct header *header,
			       unsigned char key[static KEY])
{
	unsigned char made[KEY + MARK];

	if (host->time_left(call) == 0)
		return host->fail(call, CREDENCE_UNAVAIL, "timeout",
				  "no time is left for making a key of the passphrase", NULL);
	if (crypto_pwhash(made, sizeof(made), given->words, strlen(given->words), header->salt,
			  header->passes, (size_t)header->kib * 1024,
			  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM",
				  "there is no memory for making a key of the passphrase", NULL);
	memcpy(key, made, KEY);
	memcpy(header->mark, made + KEY, MARK);
	sodium_memzero(made, sizeof(made));
	return CREDENCE_SUCCESS;
}

static credence_rc make_key(const struct credence_host *host, struct credence_call *call,
			    const struct given *given, struct header *header,
			    unsigned char key[static KEY])
{
	return given->kind == KIND_KEY ? key_given(host, call, given, header, key)
				       : key_derived(host, call, given, header, key);
}

/* Exactly one of two. */
static credence_rc read_given(const struct credence_host *host, struct credence_call *call,
			      struct given *given)
{
	credence_rc key = host->option_bytes(call, "key", &given->bytes, &given->length);
	credence_rc passphrase = CREDENCE_MISS;

	if (key == CREDENCE_SUCCESS || key == CREDENCE_MISS)
		passphrase = host->option_secret(call, "passphrase", &given->words);
	else
		return key;
	if (passphrase != CREDENCE_SUCCESS && passphrase != CREDENCE_MISS)
		return passphrase;
	if (key == passphrase)
		return host->fail(call, CREDENCE_CONFIG, NULL,
				  "seal sodium needs either a key or a passphrase",
				  "e.g. key = \"file:/etc/credence/secrets/seal\"");
	given->kind = key == CREDENCE_SUCCESS ? KIND_KEY : KIND_WORDS;
	return CREDENCE_SUCCESS;
}

/* -- Sealing -- */

static credence_rc new_header(const struct credence_host *host, struct credence_call *call,
			      unsigned char kind, struct header *header)
{
	int64_t passes = host->option_number(call, "passes");
	int64_t mib = host->option_number(call, "memory");

	memset(header, 0, sizeof(*header));
	header->kind = kind;
	if (kind == KIND_KEY)
		return CREDENCE_SUCCESS;
	if (passes < PASSES_MIN || passes > PASSES_MAX || mib < KIB_MIN / 1024 ||
	    mib > KIB_MAX / 1024)
		return host->fail(call, CREDENCE_CONFIG, NULL,
				  "passes must be 1 to 16, and memory 8 to 1024 (MiB)", NULL);
	header->passes = (uint32_t)passes;
	header->kib = (uint32_t)mib * 1024;
	return host->random(call, header->salt, SALT);
}

/* The header and what the caller binds it to, one behind the other. NULL: out of memory. */
static unsigned char *additional(const unsigned char *header, size_t size,
				 const struct credence_sealing *sealing, size_t *length)
{
	unsigned char *joined = malloc(size + sealing->associated_length);

	if (joined == NULL)
		return NULL;
	memcpy(joined, header, size);
	if (sealing->associated_length > 0)
		memcpy(joined + size, sealing->associated, sealing->associated_length);
	*length = size + sealing->associated_length;
	return joined;
}

static credence_rc put_sealed(const struct credence_host *host, struct credence_call *call,
			      const struct header *header, const unsigned char key[static KEY],
			      const struct credence_sealing *sealing)
{
	size_t size = header_size(header->kind), bound = 0;
	size_t total = size + NONCE + sealing->length + TAG;
	unsigned char *made = malloc(total), *ad = NULL;
	unsigned long long written = 0;
	credence_rc rc;

	if (made != NULL) {
		(void)header_write(header, made);
		ad = additional(made, size, sealing, &bound);
	}
	if (ad == NULL) {
		free(made);
		return out_of_memory(host, call);
	}
	rc = host->random(call, made + size, NONCE);
	if (rc == CREDENCE_SUCCESS) {
		(void)crypto_aead_xchacha20poly1305_ietf_encrypt(made + size + NONCE, &written,
								 sealing->bytes, sealing->length,
								 ad, bound, NULL, made + size, key);
		rc = host->put_bytes(call, made, total);
	}
	free(ad);
	free(made);
	return rc;
}

static credence_rc sodium_seal(struct credence_self *self, struct credence_call *call,
			       const struct credence_sealing *sealing)
{
	const struct credence_host *host = self->host;
	struct given given = {.bytes = NULL};
	unsigned char key[KEY];
	struct header header;
	credence_rc rc = read_given(host, call, &given);

	if (rc == CREDENCE_SUCCESS)
		rc = new_header(host, call, given.kind, &header);
	if (rc == CREDENCE_SUCCESS)
		rc = make_key(host, call, &given, &header, key);
	if (rc == CREDENCE_SUCCESS)
		rc = put_sealed(host, call, &header, key, sealing);
	sodium_memzero(key, sizeof(key));
	return rc;
}

/* -- Unsealing -- */

static credence_rc damaged(const struct credence_host *host, struct credence_call *call)
{
	return host->fail(call, CREDENCE_DENIED, "damaged",
			  "it was changed, or put in the place of another",
			  "restore it from a back-up (credence restore), or: credence logout "
			  "PROFILE, and log in again");
}

static credence_rc other_key(const struct credence_host *host, struct credence_call *call,
			     unsigned kind)
{
	if (kind == KIND_WORDS)
		return host->fail(call, CREDENCE_DENIED, "other_key",
				  "it is not the passphrase that this was sealed with",
				  "try again with the one that was in use then");
	return host->fail(call, CREDENCE_DENIED, "other_key",
			  "it was sealed with another key than the one of this name",
			  "give each key an id of its own, and put the old one behind the new one");
}

/* What a header of the other kind asks for is not there. */
static credence_rc other_kind(const struct credence_host *host, struct credence_call *call,
			      unsigned kind)
{
	return host->fail(call, CREDENCE_DENIED, "other_key",
			  kind == KIND_WORDS ? "it was sealed with a passphrase, not with a key"
					     : "it was sealed with a key, not with a passphrase",
			  "give what it was sealed with");
}

static credence_rc put_clear(const struct credence_host *host, struct credence_call *call,
			     size_t size, const unsigned char key[static KEY],
			     const struct credence_sealing *sealing)
{
	const unsigned char *sealed = sealing->bytes;
	size_t length = sealing->length - size - NONCE, bound = 0;
	unsigned char *clear = malloc(length), *ad = additional(sealed, size, sealing, &bound);
	unsigned long long written = 0;
	credence_rc rc;

	if (clear == NULL || ad == NULL)
		rc = out_of_memory(host, call);
	else if (crypto_aead_xchacha20poly1305_ietf_decrypt(clear, &written, NULL,
							    sealed + size + NONCE, length, ad,
							    bound, sealed + size, key) != 0)
		rc = damaged(host, call);
	else
		rc = host->put_bytes(call, clear, (size_t)written);
	if (clear != NULL)
		sodium_memzero(clear, length);
	free(clear);
	free(ad);
	return rc;
}

static credence_rc sodium_unseal(struct credence_self *self, struct credence_call *call,
				 const struct credence_sealing *sealing)
{
	const struct credence_host *host = self->host;
	unsigned char key[KEY], mark[MARK];
	struct given given = {.bytes = NULL};
	struct header header;
	size_t size = header_read(sealing->bytes, sealing->length, &header);
	credence_rc rc;

	if (size == 0)
		return damaged(host, call);
	memcpy(mark, header.mark, MARK);
	rc = read_given(host, call, &given);
	if (rc == CREDENCE_SUCCESS && given.kind != header.kind)
		rc = other_kind(host, call, header.kind);
	if (rc == CREDENCE_SUCCESS)
		rc = make_key(host, call, &given, &header, key);
	if (rc == CREDENCE_SUCCESS && sodium_memcmp(mark, header.mark, MARK) != 0)
		rc = other_key(host, call, header.kind);
	if (rc == CREDENCE_SUCCESS)
		rc = put_clear(host, call, size, key, sealing);
	sodium_memzero(key, sizeof(key));
	return rc;
}

static const struct credence_option options[] = {
    {"key", CREDENCE_SECRET, 0, NULL, "a key of 32 bytes: raw, in hex or in base64"},
    {"passphrase", CREDENCE_SECRET, 0, NULL,
     "in place of a key; costs memory and time at each use, so for back-ups"},
    {"passes", CREDENCE_NUMBER, 0, "3", "how often Argon2id goes over its memory"},
    {"memory", CREDENCE_NUMBER, 0, "64", "how much memory Argon2id takes, in MiB"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_seal_ops ops = {
    .size = sizeof(ops),
    .seal = sodium_seal,
    .unseal = sodium_unseal,
};

CREDENCE_SEAL(sodium, &ops, .version = "1.0",
	      .summary = "XChaCha20-Poly1305, with a key or a passphrase", .options = options,
	      .open = sodium_open, .close = sodium_close);
