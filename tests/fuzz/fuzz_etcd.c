/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an answer of etcd's gateway (libFuzzer's interface): whatever can be read of it has
 * the form that the store relies on.
 */
#include "modules/store/etcd/etcd.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_stored(struct stored *stored, bool good)
{
	if (good && stored->there && stored->mod <= 0)
		abort();
	if (good && !stored->there && stored->value.length > 0)
		abort();
	stored_done(stored);
}

static void check_keys(struct json_object *answer)
{
	struct buf key = BUF_INIT;

	for (size_t i = 0; answer_key(answer, i, &key); i++) {
		if (key.length == 0 || key.failed)
			abort();
		buf_reset(&key);
	}
	(void)answer_has_more(answer);
	buf_done(&key);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const char *reason;
	struct json_object *answer = json_parse((const char *)bytes, length, &reason);
	struct stored stored;
	int64_t number, life;
	bool succeeded, good;

	good = answer_stored(answer, &stored);
	check_stored(&stored, good);
	good = answer_txn(answer, &succeeded, &stored);
	if (good && succeeded && stored.there)
		abort();
	check_stored(&stored, good);
	if (answer_revision(answer, &number) && number <= 0)
		abort();
	if (answer_lease(answer, &number, &life) && (number <= 0 || life < 0))
		abort();
	check_keys(answer);
	json_wipe(answer);
	return 0;
}
