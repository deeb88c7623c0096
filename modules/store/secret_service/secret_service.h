/* SPDX-License-Identifier: MIT */
/*
 * Store "secret_service": records in the keyring of a person's session, by the Secret Service API
 * of freedesktop.org over the session bus (GNOME Keyring, KWallet, KeePassXC). address.c: which
 * bus; bus.c: calls, each with a deadline; session.c: how secrets are encrypted on the way;
 * items.c: what the service has; secret_service.c: the store's methods.
 *
 * Nothing here starts a thread, and nothing waits longer than it may: the bus, the service and the
 * person at it may all be asleep.
 */
#ifndef CREDENCE_STORE_SECRET_SERVICE_H
#define CREDENCE_STORE_SECRET_SERVICE_H

#include <credence/module.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>

#define SS_SERVICE    "org.freedesktop.secrets"
#define SS_PATH       "/org/freedesktop/secrets"
#define SS_INTERFACE  "org.freedesktop.Secret.Service"
#define SS_COLLECTION "org.freedesktop.Secret.Collection"
#define SS_ITEM       "org.freedesktop.Secret.Item"
#define SS_KEY        16 /* bytes of AES-128 */

/* Why nothing more is to be had from this bus. */
struct ss_outage {
	const char *code, *message, *hint;
};

struct credence_self {
	const struct credence_host *host;
	struct credence_call *call; /* of the method that runs */
	int64_t until;              /* ms of the monotonic clock: when the method gives up */
	sd_bus *bus;                /* NULL: not asked yet */
	const struct ss_outage
	    *outage;               /* once something did not answer, it is not waited for again */
	char *collection;          /* its path; NULL: not looked for yet */
	char *session;             /* likewise */
	unsigned char key[SS_KEY]; /* of the session */
};

/* Bytes that are wiped when they are given back. */
struct ss_bytes {
	unsigned char *data;
	size_t length;
};
bool ss_bytes_make(struct ss_bytes *, size_t length);
void ss_bytes_done(struct ss_bytes *);

/* -- address.c -- */

/* The address of the session bus; free it. UNAVAIL: there is none that may be used; CONFIG: the
 * option has one that may not. */
credence_rc ss_address(struct credence_self *, char **address);

/* -- bus.c -- */

/* Fails with a message that begins with the store's name. */
credence_rc ss_fail(struct credence_self *, credence_rc, const char *code, const char *hint,
		    const char *format, ...) __attribute__((format(printf, 5, 6)));
credence_rc ss_oom(struct credence_self *);

/* What to do about what is locked. */
extern const char ss_unlock[];

/* Begins a method: its time runs from here. */
void ss_begin(struct credence_self *, struct credence_call *);
/* A call that is to be filled in; the bus is opened if it is not yet. Unref it. */
credence_rc ss_call_new(struct credence_self *, const char *path, const char *interface,
			const char *member, sd_bus_message **);
/* Sends it, whatever came of filling it in (r < 0), waits for the answer, and unrefs it. *reply is
 * to be unrefed. MISS: there is no such object; UNAVAIL: no answer in time, locked, not there;
 * DENIED; CANCELLED; ERROR. */
credence_rc ss_call(struct credence_self *, sd_bus_message *, int r, sd_bus_message **reply);
/* An answer that can't be read. */
credence_rc ss_unreadable(struct credence_self *);
void ss_close(struct credence_self *);

/* -- session.c -- */

/* Agrees with the service on a key. */
credence_rc ss_session_open(struct credence_self *);
/* Appends (oayays): bytes, encrypted. Negative: errno. */
int ss_secret_append(struct credence_self *, sd_bus_message *, const void *bytes, size_t length);
/* Reads (oayays). */
credence_rc ss_secret_read(struct credence_self *, sd_bus_message *, struct ss_bytes *);

/* -- items.c -- */

/* Object paths; each is to be freed. */
struct ss_items {
	char **path;
	size_t count;
};
void ss_items_done(struct ss_items *);

/* Finds the collection, which must be there and open. */
credence_rc ss_collection(struct credence_self *);
/* The items of a key, or of all (NULL). */
credence_rc ss_search(struct credence_self *, const char *key, struct ss_items *);
/* An item's bytes. MISS: it is gone. */
credence_rc ss_get(struct credence_self *, const char *item, struct ss_bytes *);
/* An item's key, to be freed. MISS: it is gone, or has none. */
credence_rc ss_key(struct credence_self *, const char *item, char **key);
/* Gives an item other bytes. MISS: it is gone. */
credence_rc ss_set(struct credence_self *, const char *item, const void *bytes, size_t length);
credence_rc ss_create(struct credence_self *, const char *key, const void *bytes, size_t length);
/* MISS: it is gone already. */
credence_rc ss_delete(struct credence_self *, const char *item);

#endif
