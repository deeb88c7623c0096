/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a record's payload (libFuzzer's interface). What can be read can be written, and
 * reading and writing that once more changes nothing.
 */
#include "core/record/record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct record *read_again(struct credence_call *call, const struct buf *text)
{
	struct record *record = NULL;

	if (record_decode(call, text->data, text->length, &record) != CREDENCE_SUCCESS)
		abort();
	return record;
}

static void write_and_compare(struct credence_call *call, struct record *record, bool cached)
{
	struct buf first = BUF_SECRET, second = BUF_SECRET;
	struct record *again;

	if (record_encode(call, record, cached, &first) != CREDENCE_SUCCESS)
		abort();
	again = read_again(call, &first);
	if (record_encode(call, again, cached, &second) != CREDENCE_SUCCESS ||
	    first.length != second.length || memcmp(first.data, second.data, first.length) != 0)
		abort();
	record_free(again);
	buf_done(&first);
	buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct record *record = NULL;
	struct credence_call call;

	call_init(&call, NULL, NULL, 0, -1);
	if (record_decode(&call, (const char *)bytes, length, &record) == CREDENCE_SUCCESS) {
		if (record->major == RECORD_MAJOR) {
			write_and_compare(&call, record, false);
			write_and_compare(&call, record, true);
		}
	} else if (call.failure.message == NULL || record != NULL) {
		abort();
	}
	record_free(record);
	call_done(&call);
	return 0;
}
