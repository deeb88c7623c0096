/* SPDX-License-Identifier: MIT */
/*
 * What went wrong, in words of our own: etcd's own are only looked at, since whoever answers may be
 * somebody else. What the host could not reach is told by the host.
 */
#include "etcd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

credence_rc etcd_fail(struct credence_self *self, credence_rc rc, const char *code,
		      const char *hint, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(self->message, sizeof(self->message), format, args);
	va_end(args);
	self->code = code;
	self->hint = hint;
	return rc;
}

bool etcd_has_code(const struct credence_self *self, const char *code)
{
	return self->message[0] != '\0' && self->code != NULL && strcmp(self->code, code) == 0;
}

void etcd_forget_error(struct credence_self *self)
{
	self->message[0] = '\0';
}

credence_rc etcd_end(struct credence_self *self, credence_rc rc)
{
	if (rc != CREDENCE_SUCCESS && self->message[0] != '\0')
		rc = self->host->fail(self->call, rc, self->code, self->message, self->hint);
	etcd_forget_error(self);
	return rc;
}

/* -- What a member says -- */

#define ANY (-1)

/* By the gRPC status that the gateway hands on and a word of the message; the first that fits. */
static const struct {
	int grpc;
	const char *word;
	credence_rc rc;
	bool passing;
	const char *code, *message, *hint;
} errors[] = {
    {3, "invalid user ID or password", CREDENCE_DENIED, false, "denied",
     "etcd refused the user or the password", "check user and password of the store"},
    {3, "user name is empty", CREDENCE_DENIED, false, "denied", "etcd wants to know a user",
     "say user and password in the store's entry"},
    {3, "auth store is old", CREDENCE_UNAVAIL, false, CODE_TOKEN,
     "users or roles of etcd were changed meanwhile", "try again"},
    {3, "too large", CREDENCE_ERROR, false, "too_large", "the record is larger than etcd takes",
     "raise --max-request-bytes at the servers"},
    {5, "lease not found", CREDENCE_MISS, false, "lease", "the lease has ended", NULL},
    {7, "", CREDENCE_DENIED, false, "denied", "the user may not do that in etcd",
     "grant its role what credence-profile(5) lists under \"Records in etcd\""},
    {8, "space exceeded", CREDENCE_ERROR, false, "no_space", "etcd has no space left",
     "compact and defragment it, then disarm the alarm"},
    {8, "too many requests", CREDENCE_UNAVAIL, true, "busy", "etcd has too much to do",
     "try again later"},
    {9, "authentication is not enabled", CREDENCE_CONFIG, false, NULL,
     "etcd knows no users: its authentication is not enabled",
     "enable it, or take user and password out of the store's entry"},
    {14, "", CREDENCE_UNAVAIL, true, "no_leader", "etcd has no leader or no quorum now",
     "check that most of its servers run and reach one another"},
    {16, "", CREDENCE_DENIED, false, CODE_TOKEN, "etcd refused the token that it gave",
     "try again"},
    /* A member that waited for the others in vain. */
    {2, "deadline exceeded", CREDENCE_UNAVAIL, false, "no_leader",
     "etcd has no leader or no quorum now",
     "check that most of its servers run and reach one another"},
    {4, "", CREDENCE_UNAVAIL, false, "no_leader", "etcd did not answer in time",
     "check that most of its servers run and reach one another"},
    {ANY, "", CREDENCE_ERROR, false, "etcd", "etcd failed", "the logs of its servers say more"},
};

static credence_rc known_error(struct credence_self *self, int64_t grpc, const char *text)
{
	size_t i = 0;

	while (errors[i].grpc != ANY &&
	       (errors[i].grpc != grpc || strstr(text, errors[i].word) == NULL))
		i++;
	self->passing = self->passing || errors[i].passing;
	return etcd_fail(self, errors[i].rc, errors[i].code, errors[i].hint, "%s",
			 errors[i].message);
}

credence_rc etcd_fail_answer(struct credence_self *self, const char *endpoint, int status,
			     struct json_object *answer)
{
	const char *text = json_string(answer, "message");
	int64_t grpc;

	if (text == NULL)
		text = json_string(answer, "error");
	if (text != NULL && json_number(answer, "code", &grpc))
		return known_error(self, grpc, text);
	if (status == 404)
		return etcd_fail(self, CREDENCE_CONFIG, "bad_answer",
				 "it takes etcd 3.4 or later, with its gateway enabled",
				 "%s has no JSON gateway of version 3", endpoint);
	return etcd_fail(self, CREDENCE_UNAVAIL, "bad_answer",
			 "check endpoints, and the network (a proxy or portal?)",
			 "%s answered HTTP %d, and not as etcd does", endpoint, status);
}
