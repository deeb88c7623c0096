/* SPDX-License-Identifier: MIT */
/* What only stores need of the protocol: the item that a call is about, and the functions for bytes
 * and names. Bytes cross in base64 (RFC 4648 section 4), since sealed ones are no text. */
#include "core/os/base64.h"
#include "core/os/json.h"
#include "core/os/text.h"
#include "modules/exec/exec.h"

#include <string.h>

#define LINE_MAX_BYTES ((size_t)1 << 20) /* of the protocol */
#define REST_MAX       1024              /* of a call, beside the bytes */

/* -- To the program -- */

static bool add_text(struct json_object *call, const char *name, struct buf *text)
{
	return buf_ok(text) && json_set_string(call, name, text->data);
}

static bool add_numbers(struct json_object *call, const struct credence_item *item)
{
	struct buf expires_at = BUF_INIT;
	bool ok = json_set_number(call, "expected", (int64_t)item->expected) &&
		  json_set_number(call, "revision", (int64_t)item->revision);

	if (ok && item->expires_at != 0) {
		text_rfc3339(&expires_at, item->expires_at);
		ok = add_text(call, "expires_at", &expires_at);
	}
	buf_done(&expires_at);
	return ok;
}

credence_rc exec_add_item(struct exec *exec, struct json_object *call)
{
	struct buf bytes = BUF_SECRET;
	credence_rc rc = CREDENCE_SUCCESS;
	bool ok = exec->key == NULL || json_set_string(call, "key", exec->key);

	if (ok && exec->item != NULL) {
		base64_add(&bytes, exec->item->bytes, exec->item->length);
		ok = add_numbers(call, exec->item) && add_text(call, "bytes", &bytes);
	}
	if (!ok)
		rc = exec->host->fail(exec->call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	else if (bytes.length > LINE_MAX_BYTES - REST_MAX)
		rc = exec_fail(exec, CREDENCE_ERROR,
			       "can't be given a record of %zu bytes: a line has no more than %zu",
			       exec->item->length, LINE_MAX_BYTES);
	buf_done(&bytes);
	return rc;
}

/* -- From it -- */

static credence_rc read_bytes(struct exec *exec, struct json_object *request, struct buf *bytes)
{
	const char *text = json_string(request, "bytes");

	if (text == NULL || !base64_decode(bytes, text, strlen(text)))
		return exec_fail(exec, CREDENCE_ERROR, "gave bytes that are no base64");
	return bytes->failed
		   ? exec->host->fail(exec->call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL)
		   : CREDENCE_SUCCESS;
}

credence_rc exec_put_bytes(struct exec *exec, struct json_object *request,
			   struct json_object *reply)
{
	struct buf bytes = BUF_SECRET;
	credence_rc rc = read_bytes(exec, request, &bytes);

	(void)reply;
	if (rc == CREDENCE_SUCCESS && exec->bytes == NULL)
		rc = exec->host->put_bytes(exec->call, buf_text(&bytes), bytes.length);
	else if (rc == CREDENCE_SUCCESS && exec->has_bytes)
		rc = exec_fail(exec, CREDENCE_ERROR, "put bytes twice");
	else if (rc == CREDENCE_SUCCESS)
		buf_add(exec->bytes, buf_text(&bytes), bytes.length);
	exec->has_bytes |= rc == CREDENCE_SUCCESS;
	buf_done(&bytes);
	return rc;
}

credence_rc exec_put_name(struct exec *exec, struct json_object *request, struct json_object *reply)
{
	(void)reply;
	return exec->host->put_name(exec->call, json_string(request, "name"));
}

credence_rc exec_revision(struct exec *exec, struct json_object *request, struct json_object *reply)
{
	struct buf bytes = BUF_SECRET;
	credence_rc rc = read_bytes(exec, request, &bytes);

	if (rc == CREDENCE_SUCCESS &&
	    !json_set_number(
		reply, "value",
		(int64_t)exec->host->revision(exec->call, buf_text(&bytes), bytes.length)))
		rc = exec->host->fail(exec->call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	buf_done(&bytes);
	return rc;
}
