/* SPDX-License-Identifier: MIT */
/* The seal "sodium": what it seals it unseals, and nothing else, nowhere else. */
#include "fake_host.h"

#include "suite.h"

#include <stdlib.h>
#include <string.h>

#define HEADER 13u /* of one with a key */
#define NONCE  24u
#define TAG    16u

static const char clear[] = "{\"refresh_token\":\"1000.CANARY\"}";
static const char place[] = "credence1 crm 7 2026";
static const char base64[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
static const char hex[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

static const struct credence_module *module;
static struct credence_call call;
static struct credence_self *self;
static unsigned char sealed[512];
static size_t sealed_length;

static void setup(void)
{
	module = fake_module("seal", "sodium");
	fake_init(&call, module);
	fake_set(&call.options, "key", base64);
	self = fake_open(&call);
}

static void teardown(void)
{
	module->close(self);
	fake_done(&call);
}

static credence_rc run(credence_rc (*method)(struct credence_self *, struct credence_call *,
					     const struct credence_sealing *),
		       const void *bytes, size_t length, const char *associated)
{
	struct credence_sealing sealing = {.size = sizeof(sealing),
					   .bytes = bytes,
					   .length = length,
					   .associated = associated,
					   .associated_length = strlen(associated)};

	fake_forget(&call);
	return method(self, &call, &sealing);
}

static void seal(void)
{
	ck_assert_int_eq(run(module->ops.seal->seal, clear, sizeof(clear), place),
			 CREDENCE_SUCCESS);
	sealed_length = call.bytes.item[0].length;
	ck_assert_uint_le(sealed_length, sizeof(sealed));
	memcpy(sealed, call.bytes.item[0].value, sealed_length);
}

static credence_rc unseal(void)
{
	return run(module->ops.seal->unseal, sealed, sealed_length, place);
}

static void expect_clear(void)
{
	ck_assert_int_eq(unseal(), CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.bytes.item[0].length, sizeof(clear));
	ck_assert_mem_eq(call.bytes.item[0].value, clear, sizeof(clear));
}

static void expect_denied(const char *code)
{
	ck_assert_int_eq(unseal(), CREDENCE_DENIED);
	ck_assert_str_eq(call.code, code);
	ck_assert_ptr_nonnull(call.hint);
	ck_assert_uint_eq(call.bytes.count, 0);
}

START_TEST(what_it_seals_it_unseals)
{
	seal();
	ck_assert_uint_eq(sealed_length, HEADER + NONCE + sizeof(clear) + TAG);
	ck_assert_ptr_null(memmem(sealed, sealed_length, "CANARY", 6));
	expect_clear();
	module->close(NULL);
}
END_TEST

START_TEST(nothing_is_something)
{
	ck_assert_int_eq(run(module->ops.seal->seal, "", 0, ""), CREDENCE_SUCCESS);
	sealed_length = call.bytes.item[0].length;
	memcpy(sealed, call.bytes.item[0].value, sealed_length);
	ck_assert_int_eq(run(module->ops.seal->unseal, sealed, sealed_length, ""),
			 CREDENCE_SUCCESS);
	ck_assert_uint_eq(call.bytes.item[0].length, 0);
}
END_TEST

/* Sealed once with the key above; whoever changes the format can't read old records. */
START_TEST(the_format_stays)
{
	static const unsigned char old[] = {
	    0x43, 0x53, 0x53, 0x31, 0x01, 0xfa, 0xc8, 0x51, 0x0d, 0x1a, 0x2b, 0x64, 0xb4,
	    0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c,
	    0x4d, 0x4e, 0x4f, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0xaf, 0x1b,
	    0x77, 0x15, 0xb6, 0x92, 0x1c, 0x65, 0xe7, 0xab, 0xf3, 0xd1, 0xc4, 0xf9, 0x0b,
	    0xb0, 0xa8, 0x98, 0x9c, 0xf4, 0x23, 0x69, 0x7d, 0xd9, 0x2b, 0x7f, 0xbc, 0x17,
	    0x50, 0x26, 0x5e, 0x90, 0x5c, 0x93, 0xfe, 0x6f, 0x1e, 0x64, 0x71, 0x07, 0x9c,
	    0xec, 0x9d, 0x2c, 0x71, 0x69, 0xa4, 0x82};

	memcpy(sealed, old, sizeof(old));
	sealed_length = sizeof(old);
	expect_clear();
}
END_TEST

START_TEST(a_key_is_the_same_in_every_form)
{
	unsigned char raw[32];

	seal();
	for (unsigned i = 0; i < sizeof(raw); i++)
		raw[i] = (unsigned char)i;
	fake_set(&call.options, "key", hex);
	expect_clear();
	fake_set(&call.options, "key",
		 "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\r\n");
	expect_clear();
	fake_set(&call.options, "key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n");
	expect_clear();
	fake_set(&call.options, "key", NULL);
	fake_add(&call.options, "key", raw, sizeof(raw));
	expect_clear();
}
END_TEST

START_TEST(what_is_no_key_is_the_configurations_fault)
{
	static const char odd[] = "zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b"
				  "1c1d1e1f";
	const char *const keys[] = {"?", "0001", "AAEC", "not a key of any kind that there is",
				    odd};

	seal();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		fake_set(&call.options, "key", keys[i]);
		ck_assert_int_eq(unseal(), CREDENCE_CONFIG);
		ck_assert_ptr_null(strstr(call.message, keys[i]));
	}
	fake_set(&call.options, "key", NULL);
	ck_assert_int_eq(unseal(), CREDENCE_CONFIG);
	fake_set(&call.options, "key", base64);
	fake_set(&call.options, "passphrase", "both");
	ck_assert_int_eq(unseal(), CREDENCE_CONFIG);
}
END_TEST

START_TEST(another_key_is_told_from_damage)
{
	seal();
	fake_set(&call.options, "key",
		 "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
	expect_denied("other_key");
	fake_set(&call.options, "key", base64);
	sealed[sealed_length - 1] ^= 1;
	expect_denied("damaged");
}
END_TEST

START_TEST(a_flipped_bit_anywhere_is_seen)
{
	seal();
	for (size_t bit = 0; bit < sealed_length * 8; bit++) {
		sealed[bit / 8] ^= (unsigned char)(1u << bit % 8);
		ck_assert_int_eq(unseal(), CREDENCE_DENIED);
		ck_assert_uint_eq(call.bytes.count, 0);
		sealed[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	expect_clear();
}
END_TEST

START_TEST(cut_short_anywhere_is_seen)
{
	size_t length;

	seal();
	length = sealed_length;
	for (sealed_length = 0; sealed_length < length; sealed_length++)
		expect_denied("damaged");
}
END_TEST

/* Another credential's, one that claims a later revision, one that names another seal. */
START_TEST(it_is_good_in_its_place_only)
{
	static const char *const places[] = {"credence1 crn 7 2026", "credence1 crm 8 2026",
					     "credence1 crm 7 2025", "credence1 crm 7 202", ""};

	seal();
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		ck_assert_int_eq(run(module->ops.seal->unseal, sealed, sealed_length, places[i]),
				 CREDENCE_DENIED);
		ck_assert_str_eq(call.code, "damaged");
	}
}
END_TEST

/* The header is bound, and what is bound can't take the header's place. */
START_TEST(header_and_place_do_not_run_into_each_other)
{
	struct credence_sealing sealing = {.size = sizeof(sealing)};

	seal();
	sealing.bytes = sealed + 1;
	sealing.length = sealed_length - 1;
	sealing.associated = place;
	sealing.associated_length = strlen(place);
	fake_forget(&call);
	ck_assert_int_eq(module->ops.seal->unseal(self, &call, &sealing), CREDENCE_DENIED);
}
END_TEST

static void with_passphrase(const char *words)
{
	fake_set(&call.options, "key", NULL);
	fake_set(&call.options, "passphrase", words);
	fake_set(&call.options, "memory", "8");
	fake_set(&call.options, "passes", "1");
}

START_TEST(a_passphrase_does_as_well)
{
	with_passphrase("correct horse");
	seal();
	ck_assert_uint_eq(sealed_length, HEADER + 24 + NONCE + sizeof(clear) + TAG);
	expect_clear();
	/* What it was sealed with counts, not what is configured now. */
	fake_set(&call.options, "memory", "16");
	expect_clear();
	fake_set(&call.options, "passphrase", "wrong horse");
	expect_denied("other_key");
	fake_set(&call.options, "passphrase", NULL);
	fake_set(&call.options, "key", base64);
	expect_denied("other_key");
}
END_TEST

START_TEST(what_argon2_is_asked_for_is_bounded)
{
	static const size_t passes = HEADER + 16, memory = HEADER + 20;

	with_passphrase("correct horse");
	seal();
	sealed[passes] = 0x7f;
	expect_denied("damaged");
	sealed[passes] = 0;
	sealed[memory] = 0x7f;
	expect_denied("damaged");
	sealed[memory] = 0;
	sealed[passes + 3] = 0;
	expect_denied("damaged");
	fake_set(&call.options, "memory", "1025");
	ck_assert_int_eq(run(module->ops.seal->seal, clear, sizeof(clear), place), CREDENCE_CONFIG);
	fake_set(&call.options, "memory", "8");
	fake_set(&call.options, "passes", "0");
	ck_assert_int_eq(run(module->ops.seal->seal, clear, sizeof(clear), place), CREDENCE_CONFIG);
}
END_TEST

START_TEST(no_time_is_no_key)
{
	with_passphrase("correct horse");
	seal();
	call.deadline = fake_clock() - 1;
	ck_assert_int_eq(unseal(), CREDENCE_UNAVAIL);
}
END_TEST

START_TEST(a_host_that_can_not_keep_it_is_heard)
{
	seal();
	call.put_rc = CREDENCE_ERROR;
	ck_assert_int_eq(unseal(), CREDENCE_ERROR);
	ck_assert_int_eq(run(module->ops.seal->seal, clear, sizeof(clear), place), CREDENCE_ERROR);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("seal sodium");
	TCase *tests = tcase_create("sodium");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, what_it_seals_it_unseals);
	tcase_add_test(tests, nothing_is_something);
	tcase_add_test(tests, the_format_stays);
	tcase_add_test(tests, a_key_is_the_same_in_every_form);
	tcase_add_test(tests, what_is_no_key_is_the_configurations_fault);
	tcase_add_test(tests, another_key_is_told_from_damage);
	tcase_add_test(tests, a_flipped_bit_anywhere_is_seen);
	tcase_add_test(tests, cut_short_anywhere_is_seen);
	tcase_add_test(tests, it_is_good_in_its_place_only);
	tcase_add_test(tests, header_and_place_do_not_run_into_each_other);
	tcase_add_test(tests, a_passphrase_does_as_well);
	tcase_add_test(tests, what_argon2_is_asked_for_is_bounded);
	tcase_add_test(tests, no_time_is_no_key);
	tcase_add_test(tests, a_host_that_can_not_keep_it_is_heard);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
