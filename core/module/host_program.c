/* SPDX-License-Identifier: MIT */
/* Host services: programs that a module talks to, one at a time; the rules are core/os/program.h's.
 */
#include "core/module/options.h"
#include "core/module/services.h"
#include "core/os/program.h"

#include <stdlib.h>
#include <string.h>

/* Not those that come before a walk has decided to ask. */
#define METHODS                                                                                    \
	"acquire renew revoke resolve learn load save erase list lock unlock seal unseal sign "    \
	"perform event"

/* -- What the configuration says -- */

static void words_free(char **words)
{
	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		free(words[i]);
	free(words);
}

static bool word_at(const struct frame *frame, const char *option, unsigned index, struct buf *word)
{
	return option != NULL &&
	       options_item(frame->entry->module, frame->entry->conf, option, index, word);
}

/* The strings of a list, NULL-terminated; NULL: out of memory. */
static char **words_of(const struct frame *frame, const char *option)
{
	struct buf word = BUF_INIT;
	unsigned count = 0, i;
	char **words;

	for (; word_at(frame, option, count, &word); count++)
		buf_reset(&word);
	words = calloc(count + 1, sizeof(*words));
	for (i = 0; words != NULL && i < count; i++) {
		buf_reset(&word);
		(void)word_at(frame, option, i, &word);
		words[i] = buf_take(&word);
		if (words[i] == NULL) {
			words_free(words);
			words = NULL;
		}
	}
	buf_done(&word);
	return words;
}

/* -- The services -- */

static void log_word(void *data, const char *line)
{
	struct credence_call *call = data;
	const struct frame *frame = call->work->frame;

	if (frame != NULL)
		call_log(call, CREDENCE_LOG_INFO, "%s %s: %s", role_name(frame->entry->role),
			 frame->entry->conf->use, line);
}

/* What a service before this one failed with is what the program may yet answer with; but where the
 * program itself failed, that is what counts, and whose program it was stands before it. */
static credence_rc settle(struct credence_call *call, const struct frame *frame,
			  struct failure *before, credence_rc rc)
{
	if (rc == CREDENCE_SUCCESS || rc == CREDENCE_MISS) {
		call_set_failure(call, before);
		return rc;
	}
	failure_done(before);
	if (rc != CREDENCE_CANCELLED)
		call_prefix(call, "%s %s", role_name(frame->entry->role), frame->entry->conf->use);
	return rc;
}

static bool goes_out(const struct frame *frame)
{
	return strcmp(frame->method, "acquire") == 0 || strcmp(frame->method, "renew") == 0 ||
	       strcmp(frame->method, "revoke") == 0;
}

credence_rc service_program_start(struct credence_call *call, const struct credence_program *given)
{
	struct frame *frame = service_frame(call, METHODS, "program_start");
	struct credence_program program;
	struct failure before;
	char **argv, **names;
	credence_rc rc;

	if (frame == NULL || given == NULL)
		return CREDENCE_ERROR;
	if (frame->program != NULL)
		return call_fail(call, CREDENCE_ERROR, "a module started a second program");
	/* Whom a program asks is its own affair. */
	if ((call->flags & CALL_NO_NETWORK) != 0 && goes_out(frame))
		return call_offline(call);
	if (service_copy(call, "program_start", given, &program, sizeof(program)) !=
	    CREDENCE_SUCCESS)
		return CREDENCE_ERROR;
	argv = words_of(frame, program.command);
	names = words_of(frame, program.environment);
	call->work->ran |= goes_out(frame);
	before = call_take_failure(call);
	if (argv == NULL || names == NULL)
		rc = settle(call, frame, &before, call_oom(call));
	else
		rc = settle(call, frame, &before,
			    program_start(call, argv, (const char *const *)names, log_word, call,
					  &frame->program));
	words_free(argv);
	words_free(names);
	return rc;
}

static struct frame *program_frame(struct credence_call *call, const char *service)
{
	struct frame *frame = service_frame(call, METHODS, service);

	if (frame == NULL || frame->program != NULL)
		return frame;
	call_fail(call, CREDENCE_ERROR, "a module used %s without a program", service);
	return NULL;
}

credence_rc service_program_write(struct credence_call *call, const void *bytes, size_t length)
{
	struct frame *frame = program_frame(call, "program_write");
	struct failure before;

	if (frame == NULL)
		return CREDENCE_ERROR;
	before = call_take_failure(call);
	return settle(call, frame, &before, program_write(call, frame->program, bytes, length));
}

credence_rc service_program_read(struct credence_call *call, const char **line, size_t *length)
{
	struct frame *frame = program_frame(call, "program_read");
	struct failure before;

	if (frame == NULL)
		return CREDENCE_ERROR;
	before = call_take_failure(call);
	return settle(call, frame, &before, program_read(call, frame->program, line, length));
}

credence_rc service_program_end(struct credence_call *call, int32_t *status, const char **word)
{
	struct frame *frame = program_frame(call, "program_end");
	const char *last;

	if (frame == NULL)
		return CREDENCE_ERROR;
	*status = program_end(call, frame->program);
	last = program_last_word(frame->program);
	if (word != NULL)
		*word = last != NULL ? frame_keep(frame, last) : NULL;
	program_free(frame->program);
	frame->program = NULL;
	return CREDENCE_SUCCESS;
}
