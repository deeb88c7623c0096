/* SPDX-License-Identifier: MIT */
/*
 * Store "keyring": records in the kernel's memory, per user, gone with a reboot. A record is a key
 * of type user, "credence:KEY", whose payload is one byte and then the record: W, the whole of it;
 * or P, and how many parts there are, where it is longer than one key may be.
 *
 * Keys are made in the thread's own keyring, given their permissions and their end there, and
 * linked to where they belong last: so a reader sees the old one or the new one, and processes that
 * do not possess the user's keyring (services, cron) may read it all the same. The system calls are
 * made directly: a hit costs two of them, and no library.
 */
#include <credence/module.h>

#include <errno.h>
#include <inttypes.h>
#include <linux/keyctl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PART_MAX     32000 /* bytes; a key of type user holds 32767 */
#define NONCE_LENGTH 16    /* hex digits */
#define PARTS_MAX    16
#define COLLECTED    64 /* ms; the last of the pauses for the kernel to collect keys */
#define NAME_LENGTH  128
#define RECORD       "credence:"
#define PART         "credence-part:"
/* keyctl_setperm(3): all for who possesses it, and for the user, who need not. */
#define PERMISSIONS 0x3f3f0000U

typedef int32_t serial;

struct credence_self {
	const struct credence_host *host;
	serial ring;   /* 0: not looked for yet */
	char mark[17]; /* of this configuration's records: others of the same user may be near */
};

/* The head of a record. */
struct head {
	char kind; /* W or P */
	unsigned parts;
	char nonce[NONCE_LENGTH + 1]; /* of its parts */
};

static const struct credence_option options[] = {
    {.name = "keyring",
     .type = CREDENCE_STRING,
     .fallback = "user",
     .help = "user, persistent (what cron and services share, for days) or session"},
    {.name = "name",
     .type = CREDENCE_STRING,
     .help = "a keyring of that name in it, made when needed; absent: that keyring itself"},
    {.name = NULL},
};

static long keyctl(int operation, unsigned long a, unsigned long b, unsigned long c,
		   unsigned long d)
{
	return syscall(SYS_keyctl, operation, a, b, c, d);
}

#define ARG(value) ((unsigned long)(value))

static serial add_key(const char *type, const char *description, const void *payload, size_t length)
{
	return (serial)syscall(SYS_add_key, type, description, payload, length,
			       KEY_SPEC_THREAD_KEYRING);
}

/* FNV-1a. */
static uint64_t hash(uint64_t sum, const char *text)
{
	for (; *text != '\0'; text++)
		sum = (sum ^ (unsigned char)*text) * 0x100000001b3u;
	return (sum ^ 0xff) * 0x100000001b3u;
}

static credence_rc keyring_open(const struct credence_host *host, struct credence_call *call,
				struct credence_self **self)
{
	const char *state, *name;

	*self = calloc(1, sizeof(**self));
	if (*self == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	(*self)->host = host;
	state = host->attribute(call, "state_dir");
	name = host->option(call, "name");
	(void)snprintf(
	    (*self)->mark, sizeof((*self)->mark), "%016" PRIx64,
	    hash(hash(0xcbf29ce484222325u, state != NULL ? state : ""), name != NULL ? name : ""));
	return CREDENCE_SUCCESS;
}

static void keyring_close(struct credence_self *self)
{
	free(self);
}

/* -- Errors -- */

static bool is_absent(int error)
{
	return error == ENOKEY || error == EKEYEXPIRED || error == EKEYREVOKED;
}

static credence_rc failed(struct credence_self *self, struct credence_call *call, const char *what,
			  int error)
{
	static const struct {
		int error;
		credence_rc rc;
		const char *message, *hint;
	} known[] = {
	    {EDQUOT, CREDENCE_ERROR, "this user's quota of keys is used up",
	     "look at /proc/key-users; root can raise kernel.keys.maxbytes and maxkeys"},
	    {EACCES, CREDENCE_DENIED, "the kernel does not let this user at the keyring",
	     "another user may have made it; see keyctl show"},
	    {EPERM, CREDENCE_UNAVAIL, "keyrings are forbidden here",
	     "a container's seccomp profile may do that; use another store"},
	    {ENOSYS, CREDENCE_UNAVAIL, "this kernel has no keyrings", "use another store"},
	    {EOPNOTSUPP, CREDENCE_UNAVAIL, "this kernel has no persistent keyrings",
	     "set keyring = \"user\""},
	    {ENOKEY, CREDENCE_UNAVAIL, "there is no such keyring here",
	     "set keyring = \"user\", or see keyctl show"},
	    {EKEYREVOKED, CREDENCE_UNAVAIL, "the keyring was revoked", "see keyctl show"},
	    {EKEYEXPIRED, CREDENCE_UNAVAIL, "the keyring has expired", "see keyctl show"},
	};
	char message[256];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].error == error) {
			(void)snprintf(message, sizeof(message), "%s: %s", what, known[i].message);
			return self->host->fail(call, known[i].rc, NULL, message, known[i].hint);
		}
	(void)snprintf(message, sizeof(message), "%s: %s", what, strerror(error));
	return self->host->fail(call, CREDENCE_ERROR, NULL, message, NULL);
}

/* -- The keyring -- */

static void drop(serial key)
{
	(void)keyctl(KEYCTL_UNLINK, ARG(key), ARG(KEY_SPEC_THREAD_KEYRING), 0, 0);
}

/* Puts what was made for the thread where it belongs. errno. */
static bool place(serial key, serial ring, int64_t seconds)
{
	bool ok = keyctl(KEYCTL_SETPERM, ARG(key), PERMISSIONS, 0, 0) == 0 &&
		  (seconds == 0 || keyctl(KEYCTL_SET_TIMEOUT, ARG(key), ARG(seconds), 0, 0) == 0) &&
		  keyctl(KEYCTL_LINK, ARG(key), ARG(ring), 0, 0) == 0;
	int error = errno;

	drop(key);
	errno = error;
	return ok;
}

static serial search(serial ring, const char *type, const char *description)
{
	return (serial)keyctl(KEYCTL_SEARCH, ARG(ring), ARG(type), ARG(description), 0);
}

static credence_rc find_base(struct credence_self *self, struct credence_call *call, serial *ring)
{
	const char *which = self->host->option(call, "keyring");

	if (strcmp(which, "user") == 0) {
		*ring = KEY_SPEC_USER_KEYRING;
	} else if (strcmp(which, "session") == 0) {
		*ring = KEY_SPEC_SESSION_KEYRING;
	} else if (strcmp(which, "persistent") == 0) {
		*ring = (serial)keyctl(KEYCTL_GET_PERSISTENT, ARG(-1), ARG(KEY_SPEC_THREAD_KEYRING),
				       0, 0);
		if (*ring < 0)
			return failed(self, call, "the persistent keyring", errno);
	} else {
		return self->host->fail(call, CREDENCE_CONFIG, NULL,
					"keyring of store keyring is none of user, persistent, "
					"session",
					"leave it out for the user's keyring");
	}
	return CREDENCE_SUCCESS;
}

/* With make: the one that is named is made if there is none. MISS: there is none. */
static credence_rc find_ring(struct credence_self *self, struct credence_call *call, bool make)
{
	const char *name = self->host->option(call, "name");
	serial base = 0, ring;
	credence_rc rc;

	if (self->ring != 0)
		return CREDENCE_SUCCESS;
	rc = find_base(self, call, &base);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	ring = name == NULL ? base : search(base, "keyring", name);
	if (ring == -1 && !is_absent(errno))
		return failed(self, call, name, errno);
	if (ring == -1 && !make)
		return CREDENCE_MISS;
	if (ring == -1) {
		ring = add_key("keyring", name, NULL, 0);
		if (ring < 0 || !place(ring, base, 0))
			return failed(self, call, name, errno);
		/* Somebody may have made another at the same time: all use the one that is found.
		 */
		ring = search(base, "keyring", name);
		if (ring < 0)
			return failed(self, call, name, errno);
	}
	self->ring = ring;
	return CREDENCE_SUCCESS;
}

/* -- Reading -- */

static void record_name(const struct credence_self *self, const char *key, char name[NAME_LENGTH])
{
	(void)snprintf(name, NAME_LENGTH, RECORD "%s:%s", self->mark, key);
}

static void part_name(const struct credence_self *self, const char *key, const struct head *head,
		      unsigned part, char name[NAME_LENGTH])
{
	(void)snprintf(name, NAME_LENGTH, PART "%s:%s:%s:%u", self->mark, key, head->nonce, part);
}

/* A key's payload, into a buffer that has room for one; -1: errno. */
static ssize_t read_key(serial ring, const char *name, char *buffer)
{
	serial key = search(ring, "user", name);
	long length;

	if (key == -1)
		return -1;
	length = keyctl(KEYCTL_READ, ARG(key), ARG(buffer), PART_MAX + 1, 0);
	if (length > PART_MAX + 1) {
		errno = EFBIG;
		return -1;
	}
	return length;
}

static bool read_head(const char *payload, ssize_t length, struct head *head)
{
	char text[32] = "", *digits, *end;

	head->kind = length > 0 ? payload[0] : '\0';
	head->parts = 0;
	if (head->kind == 'W')
		return true;
	if (head->kind != 'P' || (size_t)length >= sizeof(text))
		return false;
	memcpy(text, payload + 1, (size_t)length - 1);
	digits = text + NONCE_LENGTH + 1;
	if (strspn(text, "0123456789abcdef") != NONCE_LENGTH || text[NONCE_LENGTH] != ' ' ||
	    digits[0] < '0' || digits[0] > '9')
		return false;
	memcpy(head->nonce, text, NONCE_LENGTH);
	head->nonce[NONCE_LENGTH] = '\0';
	head->parts = (unsigned)strtoul(digits, &end, 10);
	return *end == '\0' && head->parts <= PARTS_MAX;
}

/* All of a record's bytes, from buffer, where its head is. MISS: a part is gone, since it was
 * replaced or has expired meanwhile. */
static credence_rc gather(struct credence_self *self, struct credence_call *call, const char *key,
			  const struct head *head)
{
	char *bytes = malloc((size_t)head->parts * (PART_MAX + 1)), name[NAME_LENGTH];
	credence_rc rc = CREDENCE_SUCCESS;
	size_t length = 0;

	if (bytes == NULL)
		return self->host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	for (unsigned i = 0; i < head->parts && rc == CREDENCE_SUCCESS; i++) {
		ssize_t got;

		part_name(self, key, head, i, name);
		got = read_key(self->ring, name, bytes + length);
		if (got >= 0)
			length += (size_t)got;
		else
			rc = is_absent(errno) ? CREDENCE_MISS : failed(self, call, key, errno);
	}
	if (rc == CREDENCE_SUCCESS)
		rc = self->host->put_bytes(call, bytes, length);
	explicit_bzero(bytes, (size_t)head->parts * (PART_MAX + 1));
	free(bytes);
	return rc;
}

/* MISS also if the parts are not all there. */
static credence_rc load_once(struct credence_self *self, struct credence_call *call,
			     const char *key, char *buffer)
{
	char name[NAME_LENGTH];
	struct head head;
	ssize_t length;

	record_name(self, key, name);
	length = read_key(self->ring, name, buffer);
	if (length < 0)
		return is_absent(errno) ? CREDENCE_MISS : failed(self, call, key, errno);
	if (!read_head(buffer, length, &head))
		return self->host->fail(call, CREDENCE_ERROR, NULL,
					"a key of that name is none of credence's",
					"see keyctl show; keyctl purge user removes it");
	return head.kind == 'W' ? self->host->put_bytes(call, buffer + 1, (size_t)length - 1)
				: gather(self, call, key, &head);
}

static credence_rc keyring_load(struct credence_self *self, struct credence_call *call,
				const char *key)
{
	credence_rc rc = find_ring(self, call, false);
	char buffer[PART_MAX + 1];

	if (rc == CREDENCE_SUCCESS)
		rc = load_once(self, call, key, buffer);
	/* Replaced while it was read: then the new one is there. */
	for (int attempt = 1; rc == CREDENCE_MISS && self->ring != 0 && attempt < 3; attempt++) {
		char name[NAME_LENGTH];

		record_name(self, key, name);
		if (search(self->ring, "user", name) == -1)
			break;
		rc = load_once(self, call, key, buffer);
	}
	explicit_bzero(buffer, sizeof(buffer));
	return rc;
}

/* -- Writing -- */

/* What was replaced or removed counts against the quota until the kernel has collected it, a moment
 * later. */
static serial add_in_time(const struct credence_self *self, struct credence_call *call,
			  const char *name, const void *payload, size_t length)
{
	serial key = add_key("user", name, payload, length);

	for (int64_t pause = 1; key < 0 && errno == EDQUOT && pause <= COLLECTED; pause *= 2) {
		if (self->host->wait(call, pause) != CREDENCE_SUCCESS) {
			errno = EDQUOT;
			break;
		}
		key = add_key("user", name, payload, length);
	}
	return key;
}

static bool put_key(const struct credence_self *self, struct credence_call *call, const char *name,
		    const void *payload, size_t length, int64_t seconds)
{
	serial key = add_in_time(self, call, name, payload, length);

	return key >= 0 && place(key, self->ring, seconds);
}

/* Out of the keyring, where lists would still have it for a while, and out of every other. */
static bool remove_key(serial ring, serial key)
{
	bool unlinked = keyctl(KEYCTL_UNLINK, ARG(key), ARG(ring), 0, 0) == 0;

	return keyctl(KEYCTL_INVALIDATE, ARG(key), 0, 0, 0) == 0 || unlinked || is_absent(errno);
}

static void remove_parts(const struct credence_self *self, const char *key, const struct head *head)
{
	char name[NAME_LENGTH];

	for (unsigned i = 0; i < head->parts; i++) {
		serial part;

		part_name(self, key, head, i, name);
		part = search(self->ring, "user", name);
		if (part >= 0)
			(void)remove_key(self->ring, part);
	}
}

static bool put_whole(const struct credence_self *self, struct credence_call *call,
		      const char *name, const struct credence_item *item, int64_t seconds)
{
	char payload[PART_MAX + 1];
	bool ok;

	payload[0] = 'W';
	memcpy(payload + 1, item->bytes, item->length);
	ok = put_key(self, call, name, payload, item->length + 1, seconds);
	explicit_bzero(payload, item->length + 1);
	return ok;
}

/* The parts first, then the head that names them. */
static bool put_parts(const struct credence_self *self, struct credence_call *call, const char *key,
		      const char *name, const struct credence_item *item, struct head *head,
		      int64_t seconds)
{
	const char *bytes = item->bytes;
	char payload[32], part[NAME_LENGTH];

	head->kind = 'P';
	for (head->parts = 0; (size_t)head->parts * PART_MAX < item->length; head->parts++) {
		size_t at = (size_t)head->parts * PART_MAX, left = item->length - at;

		part_name(self, key, head, head->parts, part);
		if (!put_key(self, call, part, bytes + at, left < PART_MAX ? left : PART_MAX,
			     seconds))
			return false;
	}
	(void)snprintf(payload, sizeof(payload), "P%s %u", head->nonce, head->parts);
	return put_key(self, call, name, payload, strlen(payload), seconds);
}

/* The kernel counts whole seconds from the one that it is in. */
static int64_t timeout_of(int64_t expires_at, int64_t now)
{
	int64_t seconds = (expires_at + 999) / 1000 - now / 1000;

	return seconds > 0 ? seconds : 1;
}

static credence_rc put_item(struct credence_self *self, struct credence_call *call, const char *key,
			    const struct credence_item *item)
{
	int64_t seconds = 0;
	unsigned char random[8];
	char name[NAME_LENGTH];
	struct head head = {0};
	int error;

	if (item->expires_at != 0)
		seconds = timeout_of(item->expires_at, self->host->now(call));
	record_name(self, key, name);
	if (item->length <= PART_MAX)
		return put_whole(self, call, name, item, seconds) ? CREDENCE_SUCCESS
								  : failed(self, call, key, errno);
	if (item->length > (size_t)PARTS_MAX * PART_MAX)
		return failed(self, call, key, EFBIG);
	if (self->host->random(call, random, sizeof(random)) != CREDENCE_SUCCESS)
		return CREDENCE_ERROR;
	for (size_t i = 0; i < sizeof(random); i++)
		(void)snprintf(head.nonce + 2 * i, 3, "%02x", random[i]);
	if (put_parts(self, call, key, name, item, &head, seconds))
		return CREDENCE_SUCCESS;
	error = errno;
	remove_parts(self, key, &head);
	return failed(self, call, key, error);
}

/* What is there now: its head, and the revision that a record has; none has 0. */
static credence_rc look(struct credence_self *self, struct credence_call *call, const char *key,
			struct head *head, uint64_t *revision, bool *found)
{
	char buffer[PART_MAX + 1], name[NAME_LENGTH];
	ssize_t length;
	bool known;

	record_name(self, key, name);
	length = read_key(self->ring, name, buffer);
	*found = length >= 0;
	*revision = 0;
	head->parts = 0;
	if (length < 0)
		return is_absent(errno) ? CREDENCE_SUCCESS : failed(self, call, key, errno);
	known = read_head(buffer, length, head);
	if (known && head->kind == 'P') {
		part_name(self, key, head, 0, name);
		length = read_key(self->ring, name, buffer);
		/* Without its first part it is none. */
		*found = length > 0;
		if (*found)
			*revision = self->host->revision(call, buffer, (size_t)length);
	} else if (known) {
		*revision = self->host->revision(call, buffer + 1, (size_t)length - 1);
	}
	explicit_bzero(buffer, sizeof(buffer));
	return CREDENCE_SUCCESS;
}

static credence_rc keyring_save(struct credence_self *self, struct credence_call *call,
				const char *key, const struct credence_item *item)
{
	struct head old = {0};
	uint64_t there;
	bool found;
	credence_rc rc = find_ring(self, call, true);

	if (rc == CREDENCE_SUCCESS)
		rc = look(self, call, key, &old, &there, &found);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (there != item->expected || (found && there == 0))
		return self->host->fail(call, CREDENCE_CONFLICT, NULL,
					"the key was changed meanwhile", NULL);
	rc = put_item(self, call, key, item);
	if (rc == CREDENCE_SUCCESS)
		remove_parts(self, key, &old);
	return rc;
}

/* -- Looking at all keys -- */

/* What is asked of each, by its serial and its name; anything but SUCCESS ends the walk. */
#define RING_FIRST 512 /* bytes */

typedef credence_rc visit(struct credence_self *, struct credence_call *, serial, const char *name,
			  const void *data);

/* "type;uid;gid;permissions;description" */
static credence_rc visit_described(struct credence_self *self, struct credence_call *call,
				   serial key, const char *text, visit *visitor, const void *data)
{
	const char *name = strrchr(text, ';');

	if (strncmp(text, "user;", 5) != 0 || name == NULL)
		return CREDENCE_SUCCESS;
	return visitor(self, call, key, name + 1, data);
}

/* All keys of the ring. More may come between two looks at it, so the room for them grows until it
 * has them all. */
static credence_rc read_ring(struct credence_self *self, struct credence_call *call, serial **keys,
			     size_t *count)
{
	long room = 0, size = RING_FIRST;

	while (size > room) {
		serial *grown = realloc(*keys, (size_t)size * 2);

		if (grown == NULL)
			return self->host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory",
						NULL);
		*keys = grown;
		room = size * 2;
		size = keyctl(KEYCTL_READ, ARG(self->ring), ARG(grown), ARG(room), 0);
	}
	if (size < 0)
		return failed(self, call, "the keyring", errno);
	*count = (size_t)size / sizeof(serial);
	return CREDENCE_SUCCESS;
}

/* The ring is known. Those that end meanwhile are passed over. */
static credence_rc walk_ring(struct credence_self *self, struct credence_call *call, visit *visitor,
			     const void *data)
{
	serial *keys = NULL;
	size_t count = 0;
	credence_rc rc = read_ring(self, call, &keys, &count);

	for (size_t i = 0; rc == CREDENCE_SUCCESS && i < count; i++) {
		char text[256];
		long length = keyctl(KEYCTL_DESCRIBE, ARG(keys[i]), ARG(text), sizeof(text), 0);

		if (length > 0 && length <= (long)sizeof(text))
			rc = visit_described(self, call, keys[i], text, visitor, data);
	}
	free(keys);
	return rc;
}

/* -- Erasing -- */

static credence_rc visit_part(struct credence_self *self, struct credence_call *call, serial part,
			      const char *name, const void *prefix)
{
	(void)call;
	if (strncmp(name, prefix, strlen(prefix)) == 0)
		(void)remove_key(self->ring, part);
	return CREDENCE_SUCCESS;
}

/* The parts of a record, also those that no head names: of writers that were killed. */
static credence_rc sweep_parts(struct credence_self *self, struct credence_call *call,
			       const char *key)
{
	char prefix[NAME_LENGTH];

	(void)snprintf(prefix, sizeof(prefix), PART "%s:%s:", self->mark, key);
	return walk_ring(self, call, visit_part, prefix);
}

static credence_rc keyring_erase(struct credence_self *self, struct credence_call *call,
				 const char *key)
{
	char name[NAME_LENGTH];
	serial found;
	credence_rc rc = find_ring(self, call, false);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	record_name(self, key, name);
	found = search(self->ring, "user", name);
	if (found == -1 && !is_absent(errno))
		return failed(self, call, key, errno);
	if (found != -1 && !remove_key(self->ring, found))
		return failed(self, call, key, errno);
	rc = sweep_parts(self, call, key);
	if (rc == CREDENCE_SUCCESS && found == -1)
		rc = CREDENCE_MISS;
	return rc;
}

/* -- Listing -- */

static credence_rc visit_record(struct credence_self *self, struct credence_call *call, serial key,
				const char *name, const void *data)
{
	char prefix[NAME_LENGTH];

	(void)key;
	(void)data;
	record_name(self, "", prefix);
	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return CREDENCE_SUCCESS;
	return self->host->put_name(call, name + strlen(prefix));
}

static credence_rc keyring_list(struct credence_self *self, struct credence_call *call)
{
	credence_rc rc = find_ring(self, call, false);

	if (rc != CREDENCE_SUCCESS)
		return rc == CREDENCE_MISS ? CREDENCE_SUCCESS : rc;
	return walk_ring(self, call, visit_record, NULL);
}

static const struct credence_store_ops ops = {
    .size = sizeof(ops),
    .flags = CREDENCE_STORE_EXPIRY,
    .load = keyring_load,
    .save = keyring_save,
    .erase = keyring_erase,
    .list = keyring_list,
};

CREDENCE_STORE(keyring, &ops, .version = "1.0",
	       .summary = "the kernel's memory, per user, until the next reboot",
	       .options = options, .open = keyring_open, .close = keyring_close);
