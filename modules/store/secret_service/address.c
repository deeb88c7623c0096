/* SPDX-License-Identifier: MIT */
/*
 * Which bus is the session's. A process with more rights than who started it is not told by a
 * variable: whoever answers there is given records, and believed. Only Unix sockets are used; an
 * address may also run a program or lead over the network in clear.
 */
#include "modules/store/secret_service/secret_service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static const char elsewhere[] = "say bus = \"unix:path=/run/user/UID/bus\" in the profile, or use "
				"another store where nobody has a session";

/* What may stand in an address as it is; the rest is escaped (D-Bus Specification, addresses). */
static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-_/.\\*", c) != NULL);
}

/* The socket "bus" in that folder. NULL: out of memory. */
static char *bus_in(const char *folder)
{
	size_t length = strlen(folder), size = 3 * length + sizeof("unix:path=/bus");
	char *address = malloc(size), *at;

	if (address == NULL)
		return NULL;
	at = stpcpy(address, "unix:path=");
	for (; *folder != '\0'; folder++) {
		if (is_plain(*folder))
			*at++ = *folder;
		else
			at += snprintf(at, 4, "%%%02x", (unsigned char)*folder);
	}
	(void)stpcpy(at, "/bus");
	return address;
}

static char *bus_of_user(void)
{
	char folder[64];

	(void)snprintf(folder, sizeof(folder), "/run/user/%lu", (unsigned long)geteuid());
	return bus_in(folder);
}

/* Each of a list that is separated by semicolons. */
static bool is_local(const char *address)
{
	while (strncmp(address, "unix:", 5) == 0) {
		address = strchr(address, ';');
		if (address == NULL)
			return true;
		address++;
	}
	return false;
}

static credence_rc check(struct credence_self *self, const char *address, credence_rc rc)
{
	if (is_local(address))
		return CREDENCE_SUCCESS;
	return ss_fail(self, rc, "no_bus", elsewhere, "%.100s is no Unix socket of a session bus",
		       address);
}

credence_rc ss_address(struct credence_self *self, char **address)
{
	const char *given = self->host->option(self->call, "bus");
	bool privileged = geteuid() == 0 || getauxval(AT_SECURE) != 0;
	const char *named = privileged ? NULL : getenv("DBUS_SESSION_BUS_ADDRESS");
	const char *folder = privileged ? NULL : getenv("XDG_RUNTIME_DIR");
	credence_rc rc = CREDENCE_SUCCESS;

	if (given != NULL)
		rc = check(self, given, CREDENCE_CONFIG);
	else if (named != NULL && named[0] != '\0')
		rc = check(self, given = named, CREDENCE_UNAVAIL);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (given != NULL)
		*address = strdup(given);
	else
		*address = folder != NULL && folder[0] == '/' ? bus_in(folder) : bus_of_user();
	return *address != NULL ? CREDENCE_SUCCESS : ss_oom(self);
}
