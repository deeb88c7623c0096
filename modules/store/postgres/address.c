/* SPDX-License-Identifier: MIT */
/*
 * From a host's name to its addresses. libpq asks the resolver with a function that may block far
 * past the deadline, so it is only ever given addresses; here the resolver runs beside us, in a
 * thread of its own. (getaddrinfo_a would leave a forked child without the thread that it counts
 * on.)
 */
#include "postgres.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define STEP_FIRST 1 /* ms between two looks */
#define STEP_MOST  20

/* Ours and the thread's; the last one frees it, which may be the thread, long after us. */
struct lookup {
	atomic_int users;
	atomic_bool done; /* then what follows is there */
	int answer;
	struct addrinfo *found;
	char name[256];
};

static void lookup_leave(struct lookup *lookup)
{
	if (atomic_fetch_sub(&lookup->users, 1) > 1)
		return;
	if (lookup->found != NULL)
		freeaddrinfo(lookup->found);
	free(lookup);
}

static void *look_up(void *data)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct lookup *lookup = data;

	lookup->answer = getaddrinfo(lookup->name, NULL, &hints, &lookup->found);
	atomic_store(&lookup->done, true);
	lookup_leave(lookup);
	return NULL;
}

/* Nobody waits for it, and signals are for others. */
static bool start_thread(struct lookup *lookup)
{
	sigset_t all, found;
	pthread_t thread;
	bool started;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &found);
	started = pthread_create(&thread, NULL, look_up, lookup) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &found, NULL);
	if (started)
		(void)pthread_detach(thread);
	return started;
}

static struct lookup *lookup_start(const char *host)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));

	if (lookup == NULL || strlen(host) >= sizeof(lookup->name)) {
		free(lookup);
		return NULL;
	}
	strcpy(lookup->name, host);
	atomic_init(&lookup->users, 2);
	if (start_thread(lookup))
		return lookup;
	free(lookup);
	return NULL;
}

static void take(const struct lookup *lookup, struct addresses *addresses)
{
	const struct addrinfo *info = lookup->found;

	for (addresses->count = 0; info != NULL && addresses->count < ADDRESSES;
	     info = info->ai_next)
		if (getnameinfo(info->ai_addr, info->ai_addrlen, addresses->text[addresses->count],
				sizeof(addresses->text[0]), NULL, 0, NI_NUMERICHOST) == 0)
			addresses->count++;
}

/* SUCCESS: it is done, or its time is over. */
static credence_rc await(struct credence_self *self, struct lookup *lookup, int64_t until)
{
	int64_t step = STEP_FIRST, left;
	credence_rc rc = CREDENCE_SUCCESS;

	while (rc == CREDENCE_SUCCESS && !atomic_load(&lookup->done) &&
	       (left = until - pg_clock()) > 0) {
		rc = self->host->wait(self->call, step < left ? step : left);
		step = step * 2 < STEP_MOST ? step * 2 : STEP_MOST;
	}
	return rc;
}

credence_rc pg_resolve(struct credence_self *self, const char *host, int64_t until,
		       struct addresses *addresses)
{
	struct lookup *lookup = lookup_start(host);
	credence_rc rc;
	bool done;

	if (lookup == NULL)
		return pg_fail(self, CREDENCE_ERROR, "ENOMEM", NULL, "out of memory");
	rc = await(self, lookup, until);
	done = atomic_load(&lookup->done);
	if (done && lookup->answer == 0) {
		take(lookup, addresses);
		rc = CREDENCE_SUCCESS;
	} else if (rc == CREDENCE_CANCELLED) {
		rc = pg_fail(self, rc, NULL, NULL, "interrupted");
	} else {
		rc =
		    pg_fail(self, CREDENCE_UNAVAIL, "resolve",
			    "check host in connection, and the name server", "no address of %s: %s",
			    host, done ? gai_strerror(lookup->answer) : "no answer in time");
	}
	lookup_leave(lookup);
	return rc;
}
