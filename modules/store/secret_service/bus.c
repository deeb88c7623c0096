/* SPDX-License-Identifier: MIT */
/*
 * The connection to the session bus, and calls over it. Every wait is short, and between two of
 * them the deadline and the person are looked at. Once something did not answer in time, or went
 * away, it is not asked again by the same self: a store is asked several times in a walk, and each
 * would wait.
 */
#include "modules/store/secret_service/secret_service.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEP_MS 50 /* between two looks */

static const char restart[] = "it may hang, or wait for somebody: log in to the session anew, or "
			      "allow more with timeout in the profile";

const char ss_unlock[] = "unlock it: log in to the desktop, or gnome-keyring-daemon --unlock";

static const struct ss_outage slow = {"timeout", "the secret service did not answer in time",
				      restart},
			      slow_bus = {"timeout", "the session bus did not answer in time",
					  restart},
			      lost = {"no_bus", "the session bus went away",
				      "is there still a session? loginctl user-status"},
			      absent = {"no_service", "nobody on the session bus keeps secrets",
					"start GNOME Keyring, KWallet or another secret service"};

/* -- Errors -- */

credence_rc ss_fail(struct credence_self *self, credence_rc rc, const char *code, const char *hint,
		    const char *format, ...)
{
	static const char prefix[] = "store secret_service: ";
	char message[512];
	va_list args;

	memcpy(message, prefix, sizeof(prefix));
	va_start(args, format);
	(void)vsnprintf(message + sizeof(prefix) - 1, sizeof(message) - sizeof(prefix) + 1, format,
			args);
	va_end(args);
	return self->host->fail(self->call, rc, code, message, hint);
}

credence_rc ss_oom(struct credence_self *self)
{
	return self->host->fail(self->call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
}

credence_rc ss_unreadable(struct credence_self *self)
{
	return ss_fail(self, CREDENCE_ERROR, NULL, NULL,
		       "the secret service gave an answer that is none");
}

static credence_rc out(struct credence_self *self, const struct ss_outage *outage)
{
	self->outage = outage;
	return ss_fail(self, CREDENCE_UNAVAIL, outage->code, outage->hint, "%s", outage->message);
}

/* What the service or the bus answered with. */
static credence_rc take_error(struct credence_self *self, const sd_bus_error *error)
{
	static const struct {
		const char *name;
		credence_rc rc;
		const struct ss_outage *outage;
	} known[] = {
	    {"org.freedesktop.Secret.Error.NoSuchObject", CREDENCE_MISS, NULL},
	    {SD_BUS_ERROR_UNKNOWN_OBJECT, CREDENCE_MISS, NULL},
	    /* What GNOME Keyring says of an item that is gone. */
	    {SD_BUS_ERROR_UNKNOWN_METHOD, CREDENCE_MISS, NULL},
	    {SD_BUS_ERROR_ACCESS_DENIED, CREDENCE_DENIED, NULL},
	    {SD_BUS_ERROR_SERVICE_UNKNOWN, CREDENCE_UNAVAIL, &absent},
	    {SD_BUS_ERROR_NAME_HAS_NO_OWNER, CREDENCE_UNAVAIL, &absent},
	    {SD_BUS_ERROR_NO_REPLY, CREDENCE_UNAVAIL, &absent},
	    {SD_BUS_ERROR_TIMEOUT, CREDENCE_UNAVAIL, &slow},
	};

	if (strcmp(error->name, "org.freedesktop.Secret.Error.IsLocked") == 0)
		return ss_fail(self, CREDENCE_UNAVAIL, "locked", ss_unlock, "it is locked");
	/* It could not be started. */
	if (strncmp(error->name, "org.freedesktop.DBus.Error.Spawn.", 33) == 0)
		return out(self, &absent);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, error->name) == 0) {
			if (known[i].outage != NULL)
				return out(self, known[i].outage);
			return ss_fail(self, known[i].rc, NULL, NULL, "%.200s", error->message);
		}
	return ss_fail(self, CREDENCE_ERROR, error->name, NULL, "%.200s",
		       error->message != NULL ? error->message : error->name);
}

/* -- Time -- */

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void ss_begin(struct credence_self *self, struct credence_call *call)
{
	int64_t allowed = self->host->option_number(call, "timeout");
	int64_t left = self->host->time_left(call);

	self->call = call;
	self->until = now_ms() + (left < allowed ? left : allowed);
}

/* Goes on with what the bus has, or waits for it a little. late: what it is if it takes too long.
 */
static credence_rc turn(struct credence_self *self, const struct ss_outage *late)
{
	int64_t left;
	credence_rc rc;
	int r = sd_bus_process(self->bus, NULL);

	if (r > 0)
		return CREDENCE_SUCCESS;
	if (r < 0)
		return out(self, &lost);
	left = self->until - now_ms();
	if (left <= 0)
		return out(self, late);
	rc = self->host->wait(self->call, 0);
	if (rc == CREDENCE_CANCELLED)
		return ss_fail(self, rc, NULL, NULL, "interrupted");
	if (rc != CREDENCE_SUCCESS)
		return out(self, late);
	r = sd_bus_wait(self->bus, (uint64_t)(left < STEP_MS ? left : STEP_MS) * 1000);
	return r < 0 && r != -EINTR ? out(self, &lost) : CREDENCE_SUCCESS;
}

/* -- The connection -- */

static credence_rc start(struct credence_self *self, const char *address)
{
	int r = sd_bus_new(&self->bus);

	if (r >= 0)
		r = sd_bus_set_address(self->bus, address);
	if (r >= 0)
		r = sd_bus_set_bus_client(self->bus, 1);
	if (r >= 0)
		r = sd_bus_start(self->bus);
	if (r >= 0)
		return CREDENCE_SUCCESS;
	self->bus = sd_bus_close_unref(self->bus);
	if (r == -ENOMEM)
		return ss_oom(self);
	self->outage = &lost;
	return ss_fail(
	    self, CREDENCE_UNAVAIL, "no_bus",
	    "this works in a person's session; elsewhere use another store, or say which "
	    "bus with bus in the profile",
	    "there is no session bus at %.200s: %s", address, strerror(-r));
}

/* The bus has let us in, which it may refuse or put off. */
static credence_rc enter(struct credence_self *self)
{
	credence_rc rc = CREDENCE_SUCCESS;

	while (rc == CREDENCE_SUCCESS && sd_bus_is_ready(self->bus) <= 0)
		rc = turn(self, &slow_bus);
	return rc;
}

static credence_rc connect_bus(struct credence_self *self)
{
	char *address = NULL;
	credence_rc rc;

	if (self->outage != NULL)
		return out(self, self->outage);
	if (self->bus != NULL)
		return CREDENCE_SUCCESS;
	rc = ss_address(self, &address);
	if (rc == CREDENCE_SUCCESS)
		rc = start(self, address);
	free(address);
	return rc == CREDENCE_SUCCESS ? enter(self) : rc;
}

void ss_close(struct credence_self *self)
{
	/* Nothing that is still to be sent is worth waiting for. */
	self->bus = sd_bus_close_unref(self->bus);
}

/* -- Calls -- */

credence_rc ss_call_new(struct credence_self *self, const char *path, const char *interface,
			const char *member, sd_bus_message **message)
{
	credence_rc rc = connect_bus(self);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	return sd_bus_message_new_method_call(self->bus, message, SS_SERVICE, path, interface,
					      member) >= 0
		   ? CREDENCE_SUCCESS
		   : ss_oom(self);
}

static int take_reply(sd_bus_message *message, void *data, sd_bus_error *error)
{
	sd_bus_message **reply = data;

	(void)error;
	*reply = sd_bus_message_ref(message);
	return 1;
}

credence_rc ss_call(struct credence_self *self, sd_bus_message *message, int r,
		    sd_bus_message **reply)
{
	sd_bus_slot *slot = NULL;
	credence_rc rc = CREDENCE_SUCCESS;

	*reply = NULL;
	/* The time is kept by turn(). */
	if (r >= 0)
		r = sd_bus_call_async(self->bus, &slot, message, take_reply, reply, UINT64_MAX);
	sd_bus_message_unref(message);
	if (r < 0)
		return r == -ENOMEM ? ss_oom(self) : out(self, &lost);
	while (rc == CREDENCE_SUCCESS && *reply == NULL)
		rc = turn(self, &slow);
	sd_bus_slot_unref(slot);
	if (rc == CREDENCE_SUCCESS && sd_bus_message_is_method_error(*reply, NULL) > 0)
		rc = take_error(self, sd_bus_message_get_error(*reply));
	if (rc != CREDENCE_SUCCESS)
		*reply = sd_bus_message_unref(*reply);
	return rc;
}
