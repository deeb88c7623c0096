/* SPDX-License-Identifier: MIT */
/* Lines to and from a program, and what to say when there are none; see exec.h. */
#include "core/os/json.h"
#include "modules/exec/exec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

credence_rc exec_fail(struct exec *exec, credence_rc rc, const char *format, ...)
{
	struct buf message = BUF_INIT;
	va_list args;

	buf_printf(&message, "%s exec: %s ", exec->role, exec->program);
	va_start(args, format);
	buf_vprintf(&message, format, args);
	va_end(args);
	exec->host->fail(exec->call, rc, NULL, buf_text(&message), NULL);
	buf_done(&message);
	return rc;
}

credence_rc exec_start(struct exec *exec)
{
	const struct credence_program program = {
	    .size = sizeof(program), .command = "command", .environment = "environment"};

	exec->program = exec->host->option_item(exec->call, "command", 0);
	if (exec->program == NULL)
		exec->program = "";
	return exec->host->program_start(exec->call, &program);
}

credence_rc exec_ended(struct exec *exec, const char *before)
{
	const char *word = NULL;
	int32_t status = 0;
	credence_rc rc = exec->host->program_end(exec->call, &status, &word);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (status < 0)
		return exec_fail(exec, CREDENCE_ERROR, "closed its output before %s", before);
	return exec_fail(exec, CREDENCE_ERROR, "ended with exit status %d before %s%s%s",
			 (int)status, before, word != NULL ? ": " : "", word != NULL ? word : "");
}

struct json_object *exec_message(const char *type)
{
	struct json_object *message = json_object_new_object();

	if (message != NULL && json_set_string(message, "type", type))
		return message;
	json_object_put(message);
	return NULL;
}

credence_rc exec_send(struct exec *exec, struct json_object *message)
{
	struct buf line = BUF_SECRET;
	credence_rc rc;

	if (message != NULL)
		json_print(&line, message, false);
	json_wipe(message);
	buf_char(&line, '\n');
	if (message == NULL || !buf_ok(&line))
		rc = exec->host->fail(exec->call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	else
		rc = exec->host->program_write(exec->call, line.data, line.length);
	buf_done(&line);
	return rc == CREDENCE_MISS ? CREDENCE_SUCCESS : rc;
}

credence_rc exec_receive(struct exec *exec, struct json_object **message)
{
	const char *line = NULL, *reason = NULL;
	struct json_object *tree;
	size_t length = 0;
	credence_rc rc = exec->host->program_read(exec->call, &line, &length);

	if (rc == CREDENCE_MISS)
		return exec_ended(exec, "its result");
	if (rc != CREDENCE_SUCCESS)
		return rc;
	tree = json_parse(line, length, &reason);
	if (tree == NULL)
		return exec_fail(exec, CREDENCE_ERROR, "printed a line that is no message: %s",
				 reason);
	if (json_string(tree, "type") == NULL) {
		json_wipe(tree);
		return exec_fail(exec, CREDENCE_ERROR, "printed a message without a type");
	}
	*message = tree;
	return CREDENCE_SUCCESS;
}
