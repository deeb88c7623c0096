/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as what was sealed (libFuzzer's interface), for the seal "sodium" with a key: it is not
 * authentic, whatever its header says. And any bytes that it seals it unseals, in their place only.
 */
#include <credence/module.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

const struct credence_module *credence1_seal_sodium(void);

/* The host: it has a key, chance that is none, and room for one answer. */
struct credence_call {
	unsigned char *bytes;
	size_t length;
};

static credence_rc option_bytes(struct credence_call *call, const char *name, const void **bytes,
				size_t *length)
{
	static const char key[] = "a key that has 32 bytes, for now";

	(void)call;
	(void)name;
	*bytes = key;
	*length = sizeof(key) - 1;
	return CREDENCE_SUCCESS;
}

static credence_rc option_secret(struct credence_call *call, const char *name, const char **value)
{
	(void)call;
	(void)name;
	(void)value;
	return CREDENCE_MISS;
}

static int64_t option_number(struct credence_call *call, const char *name)
{
	(void)call;
	(void)name;
	return 8;
}

static credence_rc fail(struct credence_call *call, credence_rc rc, const char *code,
			const char *message, const char *hint)
{
	(void)call;
	(void)code;
	(void)hint;
	if (message == NULL)
		abort();
	return rc;
}

static credence_rc random_bytes(struct credence_call *call, void *bytes, size_t length)
{
	(void)call;
	memset(bytes, 7, length);
	return CREDENCE_SUCCESS;
}

static credence_rc put_bytes(struct credence_call *call, const void *bytes, size_t length)
{
	call->bytes = malloc(length + 1);
	if (call->bytes == NULL)
		abort();
	memcpy(call->bytes, bytes, length);
	call->length = length;
	return CREDENCE_SUCCESS;
}

static const struct credence_host host = {.size = sizeof(host),
					  .option_bytes = option_bytes,
					  .option_secret = option_secret,
					  .option_number = option_number,
					  .fail = fail,
					  .random = random_bytes,
					  .put_bytes = put_bytes};

static struct credence_sealing sealing(const void *bytes, size_t length, const char *place)
{
	return (struct credence_sealing){.size = sizeof(struct credence_sealing),
					 .bytes = bytes,
					 .length = length,
					 .associated = place,
					 .associated_length = strlen(place)};
}

static void there_and_back(const struct credence_seal_ops *ops, struct credence_self *self,
			   const uint8_t *bytes, size_t length)
{
	struct credence_sealing clear = sealing(bytes, length, "here"), sealed;
	struct credence_call there = {NULL, 0}, back = {NULL, 0};

	if (ops->seal(self, &there, &clear) != CREDENCE_SUCCESS)
		abort();
	sealed = sealing(there.bytes, there.length, "there");
	if (ops->unseal(self, &back, &sealed) != CREDENCE_DENIED)
		abort();
	sealed = sealing(there.bytes, there.length, "here");
	if (ops->unseal(self, &back, &sealed) != CREDENCE_SUCCESS || back.length != length ||
	    memcmp(back.bytes, bytes, length) != 0)
		abort();
	free(there.bytes);
	free(back.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const struct credence_module *module = credence1_seal_sodium();
	struct credence_sealing given = sealing(bytes, length, "here");
	struct credence_call call = {NULL, 0};
	struct credence_self *self = NULL;

	if (module->open(&host, &call, &self) != CREDENCE_SUCCESS ||
	    module->ops.seal->unseal(self, &call, &given) != CREDENCE_DENIED || call.bytes != NULL)
		abort();
	there_and_back(module->ops.seal, self, bytes, length);
	module->close(self);
	return 0;
}
