/* SPDX-License-Identifier: MIT */
/*
 * Walking a stack: asks one entry after the other and combines their answers as the control words
 * say. What is asked is the caller's; this file knows no role but for one rule: once a token
 * request has left, any answer but success ends the walk.
 */
#ifndef CREDENCE_STACK_WALK_H
#define CREDENCE_STACK_WALK_H

#include "core/stack/stack.h"

/* What happened at one entry, for trace. */
struct walk_step {
	uint32_t role;
	const char *use, *control; /* borrowed from the stack */
	char *actions;             /* the bracket form */
	credence_rc rc;
	int action;       /* ACTION_… that was taken */
	int64_t duration; /* µs */
	char *note;       /* the message, or what the asker said; NULL: nothing */
	bool answer;      /* this is where the answer came from */
};
#define TRACE_NOT_ASKED (-1) /* rc of a step whose entry was not asked */
struct trace {
	struct walk_step *step;
	unsigned count;
};
void trace_done(struct trace *);

/* Asks an entry. Must set the call's error on failure. May set a note for the trace by walk_note.
 */
typedef credence_rc walk_ask(struct credence_call *, struct entry *, void *data);

/* Walks the stack in its order. *answered (may be NULL): the entry whose success was taken; NULL if
 * none. Fails closed, with the first failure that counted, else MISS; the call's error is that
 * one's. A success clears it. A stack without entries is a MISS, but a SUCCESS for hooks, of which
 * there may be none.
 *
 * What an action does to an answer that it was not made for, in the bracket form: ok and done take
 * the answer as it is, so that a failure counts as bad and die would have it ("[miss=done]": look
 * no further); bad and die make a success DENIED. In a reading walk, which has one answer, ok ends
 * the walk like done. */
credence_rc walk(struct credence_call *, struct stack *, int way, walk_ask *ask, void *data,
		 struct entry **answered);

/* While an entry is asked: what trace shows beside its answer. */
void walk_note(struct credence_call *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
