/* SPDX-License-Identifier: MIT */
/* Options of modules as text; see option_text.h. */
#include "core/cli/option_text.h"

#include "core/config/secret_ref.h"
#include "core/os/text.h"

#include <string.h>

static const char *wrong_reference(const char *value)
{
	return value[0] == '/' ? "a file is written file:/PATH" : secret_ref_check(value);
}

const char *option_wrong(const struct credence_option *option, const char *value)
{
	int64_t number;

	if (value[0] == '\0')
		return "it is empty";
	switch (option->type) {
	case CREDENCE_NUMBER:
		return text_number(value, &number) ? NULL : "it is no number";
	case CREDENCE_BOOL:
		return strcmp(value, "true") == 0 || strcmp(value, "false") == 0
			   ? NULL
			   : "it is neither true nor false";
	case CREDENCE_DURATION:
		return text_duration(value, &number) ? NULL : "it is no time with a unit";
	case CREDENCE_SECRET:
		return wrong_reference(value);
	case CREDENCE_KEY:
		return strncmp(value, "pkcs11:", 7) == 0 ? NULL : wrong_reference(value);
	default:
		return NULL;
	}
}

bool option_bares_secret(const struct credence_option *option, const char *value)
{
	return (option->type == CREDENCE_SECRET || option->type == CREDENCE_KEY) &&
	       strncmp(value, "plain:", 6) == 0;
}

bool option_is_list(const struct credence_option *option)
{
	return option->type == CREDENCE_LIST || option->type == CREDENCE_ORIGINS;
}

bool option_is_raw(const struct credence_option *option)
{
	return option->type == CREDENCE_NUMBER || option->type == CREDENCE_BOOL;
}

void option_quote(struct buf *text, const char *value)
{
	buf_char(text, '"');
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			buf_char(text, '\\');
		buf_char(text, *value);
	}
	buf_char(text, '"');
}
