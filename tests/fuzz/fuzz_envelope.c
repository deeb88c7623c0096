/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as what a store gave (libFuzzer's interface). There is one way to write an envelope:
 * what opens is, wrapped again, the same bytes. And any bytes wrapped open again.
 */
#include "core/record/envelope.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void wrap_and_compare(const struct envelope *envelope, const uint8_t *bytes, size_t length)
{
	struct buf again = BUF_SECRET;

	envelope_wrap(&again, envelope->revision, envelope->seal, envelope->payload,
		      envelope->length);
	if (!buf_ok(&again) || again.length != length || memcmp(again.data, bytes, length) != 0)
		abort();
	if (envelope_revision(bytes, length) != envelope->revision)
		abort();
	buf_done(&again);
}

static void wrap_and_open(struct credence_call *call, const uint8_t *bytes, size_t length)
{
	struct buf wrapped = BUF_SECRET;
	struct envelope envelope;

	envelope_wrap(&wrapped, length + 1, "-", bytes, length);
	if (!buf_ok(&wrapped) ||
	    envelope_open(call, wrapped.data, wrapped.length, &envelope) != CREDENCE_SUCCESS ||
	    envelope.length != length || memcmp(envelope.payload, bytes, length) != 0)
		abort();
	buf_done(&wrapped);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct envelope envelope;
	struct credence_call call;

	call_init(&call, NULL, NULL, 0, -1);
	if (envelope_open(&call, bytes, length, &envelope) == CREDENCE_SUCCESS)
		wrap_and_compare(&envelope, bytes, length);
	else if (call.failure.message == NULL)
		abort();
	call_clear(&call);
	wrap_and_open(&call, length > 0 ? bytes : (const uint8_t *)"", length);
	call_done(&call);
	return 0;
}
