/* SPDX-License-Identifier: MIT */
/*
 * Control words and the bracket form, read and printed.
 */
#include "core/config/control.h"

#include "core/os/text.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

/* The words and what they are short for (credence-profile(5)). */
static const struct word {
	const char *name;
	unsigned char success[2], miss, other; /* success by way of walking */
	bool vital, alone_counts;
} words[] = {
    {"required", {ACTION_DONE, ACTION_OK}, ACTION_IGNORE, ACTION_BAD, true, true},
    {"requisite", {ACTION_DONE, ACTION_OK}, ACTION_IGNORE, ACTION_DIE, true, true},
    {"sufficient", {ACTION_DONE, ACTION_OK}, ACTION_IGNORE, ACTION_IGNORE, false, true},
    {"optional", {ACTION_DONE, ACTION_OK}, ACTION_IGNORE, ACTION_IGNORE, false, false},
};
#define WORDS (sizeof(words) / sizeof(words[0]))

static const char *const actions[] = {
    [ACTION_BAD] = "bad",   [ACTION_IGNORE] = "ignore", [ACTION_OK] = "ok",
    [ACTION_DONE] = "done", [ACTION_DIE] = "die",       NULL,
};

static _Thread_local char message[240];

/* "unknown control word "requird"; did you mean "required"?", or which there are. */
static const char *unknown(const char *what, const char *name, const char *const *known)
{
	const char *nearest = text_nearest(name, known);
	struct buf text = BUF_INIT;
	size_t i;

	buf_printf(&text, "has an unknown %s \"%.40s\"", what, name);
	if (nearest != NULL)
		buf_printf(&text, "; did you mean \"%s\"?", nearest);
	for (i = 0; nearest == NULL && known[i] != NULL; i++)
		buf_printf(&text, "%s%s",
			   i == 0                 ? "; it may be "
			   : known[i + 1] != NULL ? ", "
						  : " or ",
			   known[i]);
	message[0] = '\0';
	strncat(message, buf_text(&text), sizeof(message) - 1);
	buf_done(&text);
	return message;
}

static const char *parse_word(const char *text, struct control *control)
{
	const char *names[WORDS + 1] = {NULL};

	for (size_t i = 0; i < WORDS; i++) {
		const struct word *word = &words[i];

		names[i] = word->name;
		if (strcmp(text, word->name) != 0)
			continue;
		for (int way = 0; way < 2; way++) {
			memset(control->action[way], word->other, CREDENCE_RC_COUNT);
			control->action[way][CREDENCE_MISS] = word->miss;
			control->action[way][CREDENCE_SUCCESS] = word->success[way];
		}
		control->vital = word->vital;
		control->alone_counts = word->alone_counts;
		return NULL;
	}
	return unknown("control word", text, names);
}

/* Where actions for answers are collected; -1: nothing was said of it. */
struct bracket {
	int action[CREDENCE_RC_COUNT];
	int fallback;
};

static const char *unknown_answer(const char *name)
{
	const char *names[CREDENCE_RC_COUNT + 2] = {NULL};

	for (int i = 0; i < CREDENCE_RC_COUNT; i++)
		names[i] = rc_name(i);
	names[CREDENCE_RC_COUNT] = "default";
	return unknown("answer", name, names);
}

/* One "answer=action", which is cut in two. */
static const char *parse_pair(char *pair, struct bracket *bracket)
{
	char *equals = strchr(pair, '=');
	int *slot, action = 0;
	credence_rc answer;

	if (equals == NULL)
		return "must say answer=action in brackets, e.g. [success=ok default=bad]";
	*equals = '\0';
	answer = rc_of_name(pair, strlen(pair));
	if (strcmp(pair, "default") != 0 && answer < 0)
		return unknown_answer(pair);
	slot = answer < 0 ? &bracket->fallback : &bracket->action[answer];
	if (*slot >= 0)
		return "names an answer twice";
	while (actions[action] != NULL && strcmp(actions[action], equals + 1) != 0)
		action++;
	if (actions[action] == NULL)
		return unknown("action", equals + 1, actions);
	*slot = action;
	return NULL;
}

static void apply(const struct bracket *bracket, struct control *control)
{
	int fallback = bracket->fallback >= 0 ? bracket->fallback : ACTION_BAD;

	for (int i = 0; i < CREDENCE_RC_COUNT; i++) {
		int action = bracket->action[i] >= 0 ? bracket->action[i] : fallback;

		control->action[WALK_READING][i] = (unsigned char)action;
		control->action[WALK_WRITING][i] = (unsigned char)action;
	}
	control->vital = fallback == ACTION_BAD || fallback == ACTION_DIE;
	control->alone_counts = true;
}

/* What stands between the brackets; is cut up. */
static const char *parse_pairs(char *pairs, struct bracket *bracket)
{
	const char *wrong = NULL;
	char *pair = pairs + strspn(pairs, BLANKS);

	if (*pair == '\0')
		return "says nothing in its brackets";
	while (*pair != '\0' && wrong == NULL) {
		char *end = pair + strcspn(pair, BLANKS), *next = end + strspn(end, BLANKS);

		*end = '\0';
		wrong = parse_pair(pair, bracket);
		pair = next;
	}
	return wrong;
}

static const char *parse_bracket(const char *text, struct control *control)
{
	struct bracket bracket = {.fallback = -1};
	size_t length = strlen(text);
	const char *wrong;
	char *pairs;

	if (text[length - 1] != ']')
		return "lacks the closing ]";
	memset(bracket.action, -1, sizeof(bracket.action));
	pairs = strndup(text + 1, length - 2);
	if (pairs == NULL)
		return "can't be read: out of memory";
	wrong = parse_pairs(pairs, &bracket);
	free(pairs);
	if (wrong == NULL)
		apply(&bracket, control);
	return wrong;
}

const char *control_parse(const char *text, struct control *control)
{
	const char *wrong;

	if (text == NULL)
		text = words[0].name;
	memset(control, 0, sizeof(*control));
	wrong = text[0] == '[' ? parse_bracket(text, control) : parse_word(text, control);
	if (wrong != NULL)
		return wrong;
	control->text = strdup(text);
	return control->text != NULL ? NULL : "can't be read: out of memory";
}

void control_done(struct control *control)
{
	free(control->text);
	control->text = NULL;
}

/* What most modules' failures come to stands for all answers that it is true of. */
void control_print(const struct control *control, int way, struct buf *text)
{
	const unsigned char *action = control->action[way];

	buf_char(text, '[');
	for (int i = 0; i < CREDENCE_RC_COUNT; i++)
		if (action[i] != action[CREDENCE_ERROR])
			buf_printf(text, "%s=%s ", rc_name(i), actions[action[i]]);
	buf_printf(text, "default=%s]", actions[action[CREDENCE_ERROR]]);
}
