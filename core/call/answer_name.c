/* SPDX-License-Identifier: MIT */
/* Answers by name, and what they come to as exit status. */
#include "core/call/call.h"

#include <string.h>

static const char *const names[CREDENCE_RC_COUNT] = {
    [CREDENCE_SUCCESS] = "success",   [CREDENCE_MISS] = "miss",
    [CREDENCE_LOGIN] = "login",       [CREDENCE_DENIED] = "denied",
    [CREDENCE_LIMITED] = "limited",   [CREDENCE_UNAVAIL] = "unavail",
    [CREDENCE_CONFLICT] = "conflict", [CREDENCE_CANCELLED] = "cancelled",
    [CREDENCE_CONFIG] = "config",     [CREDENCE_UNSAFE] = "unsafe",
    [CREDENCE_ERROR] = "error",
};

const char *rc_name(credence_rc rc)
{
	return rc >= 0 && rc < CREDENCE_RC_COUNT ? names[rc] : "?";
}

credence_rc rc_of_name(const char *name, size_t length)
{
	credence_rc rc;

	for (rc = 0; rc < CREDENCE_RC_COUNT; rc++)
		if (strlen(names[rc]) == length && memcmp(names[rc], name, length) == 0)
			return rc;
	return -1;
}

static int status_of_error(uint32_t role)
{
	if (role == 0)
		return STATUS_BUG;
	return role == CREDENCE_ROLE_STORE ? STATUS_STORE : STATUS_MODULE;
}

int status_of(credence_rc rc, uint32_t role)
{
	switch (rc) {
	case CREDENCE_SUCCESS:
		return STATUS_OK;
	case CREDENCE_MISS:
	case CREDENCE_LOGIN:
		return STATUS_LOGIN;
	case CREDENCE_DENIED:
		/* A store's denial is about this user, a server's about the request. */
		return role == CREDENCE_ROLE_STORE ? STATUS_NOT_ALLOWED : STATUS_REFUSED;
	case CREDENCE_LIMITED:
	case CREDENCE_UNAVAIL:
	case CREDENCE_CONFLICT:
		return STATUS_UNAVAIL;
	case CREDENCE_CANCELLED:
		return STATUS_INTERRUPTED;
	case CREDENCE_CONFIG:
		return STATUS_CONFIG;
	case CREDENCE_UNSAFE:
		return STATUS_UNSAFE;
	default:
		return status_of_error(role);
	}
}

int call_status(const struct credence_call *call, uint32_t role)
{
	if (call->failure.status != 0)
		return call->failure.status;
	return status_of(call->failure.rc, role);
}
