/* SPDX-License-Identifier: MIT */
/* The signer "gnutls": what it says of a key, and signatures that a standard gives. */
#include "fake_host.h"

#include "suite.h"

#include <stdlib.h>
#include <string.h>

/* RFC 8037 appendix A.1, as PKCS #8. */
static const char ed25519[] = "-----BEGIN PRIVATE KEY-----\n"
			      "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
			      "-----END PRIVATE KEY-----\n";
/* RFC 8037 appendix A.4. */
static const char input[] = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
static const unsigned char signature[] = {
    0x86, 0x0c, 0x98, 0xd2, 0x29, 0x7f, 0x30, 0x60, 0xa3, 0x3f, 0x42, 0x73, 0x96, 0x72, 0xd6, 0x1b,
    0x53, 0xcf, 0x3a, 0xde, 0xfe, 0xd3, 0xd3, 0xc6, 0x72, 0xf3, 0x20, 0xdc, 0x02, 0x1b, 0x41, 0x1e,
    0x9d, 0x59, 0xb8, 0x62, 0x8d, 0xc3, 0x51, 0xe2, 0x48, 0xb8, 0x8b, 0x29, 0x46, 0x8e, 0x0e, 0x41,
    0x85, 0x5b, 0x0f, 0xb7, 0xd8, 0x3b, 0xb1, 0x5b, 0xe9, 0x02, 0xbf, 0xcc, 0xb8, 0xcd, 0x0a, 0x02};

static const struct credence_module *module;
static struct credence_call call;
static struct credence_self *self;

static void setup(void)
{
	module = fake_module("signer", "gnutls");
	fake_init(&call, module);
	fake_set(&call.options, "key", ed25519);
	self = fake_open(&call);
}

static void teardown(void)
{
	module->close(self);
	fake_done(&call);
}

static credence_rc identify(void)
{
	fake_forget(&call);
	return module->ops.signer->identify(self, &call);
}

START_TEST(the_signature_is_the_standards)
{
	ck_assert_int_eq(identify(), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.put, "signer.algorithm"), "EdDSA");
	ck_assert_ptr_nonnull(fake_get(&call.put, "signer.fingerprint"));
	ck_assert_ptr_null(fake_get(&call.put, "signer.key_id"));
	ck_assert_ptr_null(fake_get(&call.put, "signer.issuer"));
	ck_assert_int_eq(module->ops.signer->sign(self, &call, input, sizeof(input) - 1),
			 CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.bytes.item[0].length, sizeof(signature));
	ck_assert_mem_eq(call.bytes.item[0].value, signature, sizeof(signature));
	module->close(NULL);
}
END_TEST

START_TEST(the_algorithm_may_be_named_and_must_fit)
{
	fake_set(&call.options, "algorithm", "Ed25519");
	ck_assert_int_eq(identify(), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.put, "signer.algorithm"), "Ed25519");
	fake_set(&call.options, "algorithm", "ES256");
	ck_assert_int_eq(identify(), CREDENCE_CONFIG);
	fake_set(&call.options, "algorithm", "none");
	ck_assert_int_eq(identify(), CREDENCE_CONFIG);
}
END_TEST

START_TEST(a_service_account_says_who_it_is)
{
	fake_set(&call.options, "key",
		 "{\"type\":\"service_account\",\"private_key_id\":\"kid-1\","
		 "\"client_email\":\"robot@example.com\",\"token_uri\":\"https://a.example/token\","
		 "\"private_key\":\"-----BEGIN PRIVATE KEY-----\\n"
		 "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\\n"
		 "-----END PRIVATE KEY-----\\n\"}");
	ck_assert_int_eq(identify(), CREDENCE_SUCCESS);
	ck_assert_str_eq(fake_get(&call.put, "signer.key_id"), "kid-1");
	ck_assert_str_eq(fake_get(&call.put, "signer.issuer"), "robot@example.com");
	ck_assert_str_eq(fake_get(&call.put, "signer.audience"), "https://a.example/token");
}
END_TEST

START_TEST(what_is_no_key_is_the_configurations_fault)
{
	static const char *const keys[] = {
	    "",
	    "x",
	    "{",
	    "{}",
	    "{\"private_key\":7}",
	    "{\"private_key\":\"x\"}",
	    "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n",
	    "pkcs11:object=x;pin-value=1234",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		fake_set(&call.options, "key", keys[i]);
		ck_assert_int_eq(identify(), CREDENCE_CONFIG);
		ck_assert_ptr_nonnull(call.message);
		ck_assert_ptr_null(strstr(call.message, "1234"));
	}
	/* The same self can still be told of a key that is one. */
	fake_set(&call.options, "key", ed25519);
	ck_assert_int_eq(identify(), CREDENCE_SUCCESS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("signer gnutls");
	TCase *tests = tcase_create("gnutls");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, the_signature_is_the_standards);
	tcase_add_test(tests, the_algorithm_may_be_named_and_must_fit);
	tcase_add_test(tests, a_service_account_says_who_it_is);
	tcase_add_test(tests, what_is_no_key_is_the_configurations_fault);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
