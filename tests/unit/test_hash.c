/* SPDX-License-Identifier: MIT */
/* Hashes against published vectors, in one piece and in many. */
#include "core/os/hash.h"

#include "core/os/text.h"

#include "os_world.h"
#include "suite.h"

/* FIPS 180-4 examples and NIST CAVP short messages. */
static const struct {
	const char *text, *digest;
} vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmno"
     "pqrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    {"\xbd", "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b"},
    {"\xc9\x8c\x8e\x55", "7abc22c0ae5af26ce93dbb94433a0e0b2e119d014f8e7f65bd56c61ccccd9504"},
};

static void expect(const unsigned char digest[32], const char *hex)
{
	struct buf text = BUF_INIT;

	text_hex(&text, digest, 32);
	ck_assert_str_eq(buf_text(&text), hex);
	buf_done(&text);
}

START_TEST(sha256_vectors)
{
	unsigned char digest[32];
	struct sha256 sha;

	sha256_init(&sha);
	sha256_add(&sha, vectors[_i].text, strlen(vectors[_i].text));
	sha256_finish(&sha, digest);
	expect(digest, vectors[_i].digest);
}
END_TEST

START_TEST(sha256_million)
{
	static char a[1000];
	unsigned char digest[32];
	struct sha256 sha;
	unsigned i;

	memset(a, 'a', sizeof(a));
	sha256_init(&sha);
	for (i = 0; i < 1000; i++)
		sha256_add(&sha, a, sizeof(a));
	sha256_finish(&sha, digest);
	expect(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

/* However the input is cut, around every edge of a block. */
START_TEST(sha256_pieces)
{
	unsigned char bytes[200], whole[32], parts[32];
	size_t length = (size_t)_i, cut, i;
	struct sha256 sha;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7);
	sha256_init(&sha);
	sha256_add(&sha, bytes, length);
	sha256_finish(&sha, whole);
	for (cut = 0; cut <= length; cut++) {
		sha256_init(&sha);
		sha256_add(&sha, bytes, cut);
		sha256_add(&sha, NULL, 0);
		sha256_add(&sha, bytes + cut, length - cut);
		sha256_finish(&sha, parts);
		ck_assert_mem_eq(whole, parts, 32);
	}
}
END_TEST

START_TEST(sha256_leaves_nothing)
{
	static const struct sha256 nothing;
	unsigned char digest[32];
	struct sha256 sha;

	sha256_init(&sha);
	sha256_add(&sha, "CANARY", 6);
	sha256_finish(&sha, digest);
	ck_assert_mem_eq(&sha, &nothing, sizeof(sha));
}
END_TEST

/* The vectors of the algorithm's authors. */
START_TEST(fnv1a)
{
	ck_assert_uint_eq(hash_fnv1a(NULL, 0), UINT64_C(0xcbf29ce484222325));
	ck_assert_uint_eq(hash_fnv1a("a", 1), UINT64_C(0xaf63dc4c8601ec8c));
	ck_assert_uint_eq(hash_fnv1a("foobar", 6), UINT64_C(0x85944171f73967e8));
	ck_assert_uint_eq(hash_fnv1a("\0", 1), UINT64_C(0xaf63bd4c8601b7df));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hash");
	TCase *hashes = tcase_create("hashes");

	tcase_add_loop_test(hashes, sha256_vectors, 0, sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_test(hashes, sha256_million);
	tcase_add_loop_test(hashes, sha256_pieces, 50, 135);
	tcase_add_test(hashes, sha256_leaves_nothing);
	tcase_add_test(hashes, fnv1a);
	suite_add_tcase(suite, hashes);
	return suite_run(suite);
}
