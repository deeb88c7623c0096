/* SPDX-License-Identifier: MIT */
/* The frame of a method that runs: its results and the strings that it was handed; see host.h. */
#include "core/module/host.h"
#include "core/module/scratch.h"
#include "core/os/file.h"
#include "core/os/program.h"
#include "core/os/secret.h"

#include <stdlib.h>
#include <string.h>

const char *scratch_take(struct scratch **list, char *text)
{
	struct scratch *item = text != NULL ? malloc(sizeof(*item)) : NULL;

	if (item == NULL) {
		secret_free(text);
		return NULL;
	}
	item->text = text;
	item->next = *list;
	*list = item;
	return text;
}

void scratch_done(struct scratch **list)
{
	while (*list != NULL) {
		struct scratch *item = *list;

		*list = item->next;
		secret_free(item->text);
		free(item);
	}
}

const char *frame_keep(struct frame *frame, const char *text)
{
	return scratch_take(&frame->scratch, secret_strdup(text));
}

void frame_init(struct frame *frame)
{
	memset(frame, 0, sizeof(*frame));
	frame->bytes = BUF_SECRET;
}

void put_token_done(struct put_token *token)
{
	secret_free(token->access_token);
	secret_free(token->token_type);
	secret_free(token->scope);
	secret_free(token->refresh_token);
	secret_free(token->id_token);
	memset(token, 0, sizeof(*token));
}

void http_answer_done(struct http_answer *answer)
{
	attributes_done(&answer->header);
	buf_done(&answer->body);
	answer->status = 0;
}

void frame_done(struct frame *frame)
{
	program_free(frame->program);
	attributes_done(&frame->put);
	put_token_done(&frame->token);
	buf_done(&frame->bytes);
	file_names_free(frame->names);
	scratch_done(&frame->scratch);
	free((void *)frame->response.headers);
	memset(frame, 0, sizeof(*frame));
}
