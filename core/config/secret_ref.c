/* SPDX-License-Identifier: MIT */
/*
 * Secrets by reference. Values live in secret memory from the moment they are read, and no message
 * ever holds one.
 */
#include "core/config/secret_ref.h"

#include "core/config/profile.h"
#include "core/os/file.h"
#include "core/os/process.h"
#include "core/os/secret.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WORDS_MAX     64          /* of a command */
#define DESCRIBED_MAX (4096 + 64) /* of a key: what it is called, and what comes before that */

/* keyctl_setperm(3): group and others may change what is in a key, or who may use it. */
#define KEY_OTHERS_CHANGE 0x2424u

typedef credence_rc secret_reader(struct credence_call *, const char *rest, struct buf *value);

static credence_rc read_file(struct credence_call *call, const char *path, struct buf *value)
{
	credence_rc rc = file_read_trusted(call, path, FILE_SECRET | FILE_WALK, value);

	/* That it is not there is wrong, not a reason to ask somebody else. */
	if (rc == CREDENCE_MISS) {
		call_clear(call);
		call_fail(call, CREDENCE_CONFIG, "there is no file %s", path);
		call_hint(call, "write the secret into it, as its only line: (umask 077; cat >%s)",
			  path);
		return CREDENCE_CONFIG;
	}
	return rc;
}

static credence_rc read_env(struct credence_call *call, const char *name, struct buf *value)
{
	const char *text = process_env(name);

	if (text == NULL)
		return call_fail(call, CREDENCE_CONFIG, "the variable %s is not set", name);
	buf_str(value, text);
	return CREDENCE_SUCCESS;
}

static credence_rc read_credential(struct credence_call *call, const char *name, struct buf *value)
{
	const char *folder = process_env("CREDENTIALS_DIRECTORY");
	struct buf path = BUF_INIT;
	credence_rc rc;

	if (folder == NULL || folder[0] != '/') {
		call_fail(call, CREDENCE_CONFIG, "there are no credentials of systemd");
		call_hint(call, "run it as a service with LoadCredential=%s:…", name);
		return CREDENCE_CONFIG;
	}
	buf_printf(&path, "%s/%s", folder, name);
	rc = buf_ok(&path) ? read_file(call, buf_text(&path), value) : call_oom(call);
	buf_done(&path);
	return rc;
}

static credence_rc read_exec(struct credence_call *call, const char *command, struct buf *value)
{
	char *words = strdup(command), *argv[WORDS_MAX + 1] = {NULL};
	credence_rc rc = CREDENCE_SUCCESS;
	size_t count = 0;

	if (words == NULL)
		return call_oom(call);
	for (char *at = words + strspn(words, " "); *at != '\0' && rc == CREDENCE_SUCCESS;) {
		size_t length = strcspn(at, " ");
		char *next = at + length + strspn(at + length, " ");

		if (count == WORDS_MAX)
			rc = call_fail(call, CREDENCE_CONFIG, "a command has more than %d words",
				       WORDS_MAX);
		else
			argv[count++] = at;
		at[length] = '\0';
		at = next;
	}
	if (rc == CREDENCE_SUCCESS)
		rc = process_capture(call, argv, value);
	free(words);
	return rc;
}

static long keyctl(int command, long a, long b, long c, long d)
{
	return syscall(SYS_keyctl, command, a, b, c, d);
}

/* A key can be read only by those who possess it, that is, find it from a keyring of their own; and
 * a service's session keyring often does not have the user's in it. So for a moment the thread's
 * has. */
static long find_key(const char *description)
{
	/* Without it the session's keyring is still searched. */
	(void)keyctl(KEYCTL_LINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_THREAD_KEYRING, 0, 0);
	return syscall(SYS_request_key, "user", description, NULL, 0);
}

/* "type;uid;gid;permissions;description". false: errno says why. */
static bool describe_key(long key, unsigned *owner, unsigned *permissions)
{
	char text[DESCRIBED_MAX];
	long length = keyctl(KEYCTL_DESCRIBE, key, (long)(intptr_t)text, sizeof(text), 0);
	const char *at;
	char *end = NULL;

	if (length < 0)
		return false;
	errno = EMSGSIZE;
	at = length <= (long)sizeof(text) ? strchr(text, ';') : NULL;
	if (at == NULL)
		return false;
	*owner = (unsigned)strtoul(at + 1, &end, 10);
	if (*end == ';')
		(void)strtoul(end + 1, &end, 10);
	if (*end == ';')
		*permissions = (unsigned)strtoul(end + 1, &end, 16);
	return *end == ';';
}

static credence_rc fail_key(struct credence_call *call, const char *description)
{
	if (errno == ENOKEY)
		return call_fail(call, CREDENCE_CONFIG,
				 "there is no key \"%s\" in the user's or the session's keyring",
				 description);
	return call_fail(call, CREDENCE_CONFIG, "key \"%s\": %s", description, strerror(errno));
}

/* Whoever handed the session's keyring down may have put a key of their own there. */
static credence_rc check_key(struct credence_call *call, long key, const char *description)
{
	unsigned owner = 0, permissions = 0;

	if (!describe_key(key, &owner, &permissions))
		return fail_key(call, description);
	if (owner != 0 && owner != geteuid()) {
		call_fail(call, CREDENCE_UNSAFE,
			  "key \"%s\" belongs to user %u, neither root nor this user", description,
			  owner);
		call_hint(call, "add it as this user: keyctl padd user \"%s\" @u", description);
		return CREDENCE_UNSAFE;
	}
	if ((permissions & KEY_OTHERS_CHANGE) != 0) {
		call_fail(call, CREDENCE_UNSAFE, "key \"%s\": others can change it (0x%08x)",
			  description, permissions);
		call_hint(call, "keyctl setperm %ld 0x%08x", key, permissions & 0xffff0000);
		return CREDENCE_UNSAFE;
	}
	return CREDENCE_SUCCESS;
}

/* The payload of a key into secret memory; -1: errno says why. */
static long read_key(long key, char **bytes)
{
	long length = keyctl(KEYCTL_READ, key, 0, 0, 0), got;

	if (length < 0)
		return -1;
	*bytes = secret_alloc((size_t)length + 1);
	if (*bytes == NULL) {
		errno = ENOMEM;
		return -1;
	}
	got = keyctl(KEYCTL_READ, key, (long)(intptr_t)*bytes, length, 0);
	if (got > length) {
		errno = EAGAIN; /* it was changed meanwhile, and only a part was read */
		return -1;
	}
	return got;
}

static credence_rc read_keyring(struct credence_call *call, const char *description,
				struct buf *value)
{
	long key = find_key(description), length = -1;
	credence_rc rc = key >= 0 ? check_key(call, key, description) : fail_key(call, description);
	char *bytes = NULL;

	if (rc == CREDENCE_SUCCESS && (length = read_key(key, &bytes)) < 0)
		rc = fail_key(call, description);
	if (rc == CREDENCE_SUCCESS)
		buf_add(value, bytes, (size_t)length);
	secret_free(bytes);
	(void)keyctl(KEYCTL_UNLINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_THREAD_KEYRING, 0, 0);
	return rc;
}

static credence_rc read_plain(struct credence_call *call, const char *text, struct buf *value)
{
	(void)call;
	buf_str(value, text);
	return CREDENCE_SUCCESS;
}

static const struct scheme {
	const char *prefix;
	secret_reader *read;
	bool absolute; /* what follows is an absolute path */
} schemes[] = {
    {"file:", read_file, true},
    {"env:", read_env, false},
    {"exec:", read_exec, true},
    {"keyring:", read_keyring, false},
    {"credential:", read_credential, false},
    {"plain:", read_plain, false},
};

static const struct scheme *find_scheme(const char *text)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
			return &schemes[i];
	return NULL;
}

const char *secret_ref_check(const char *text)
{
	const struct scheme *scheme = find_scheme(text);
	const char *rest;

	if (scheme == NULL)
		return "a bare string";
	rest = text + strlen(scheme->prefix);
	if (rest[0] == '\0')
		return "a reference to nothing";
	if (scheme->absolute && rest[0] != '/')
		return "a reference to a path that is not absolute";
	if (scheme->read == read_credential && strchr(rest, '/') != NULL)
		return "a credential's name with a / in it";
	return NULL;
}

/* All of it; or as text, of which one trailing newline is cut: editors and echo(1) add it. */
static credence_rc take_value(struct credence_call *call, struct buf *read, bool is_text,
			      char **value, size_t *length)
{
	size_t used = read->length;

	if (!buf_ok(read) && read->length > 0)
		return call_oom(call);
	if (is_text && used > 0 && read->data[used - 1] == '\n')
		used--;
	if (used == 0)
		return call_fail(call, CREDENCE_CONFIG, "the secret is empty");
	if (is_text && memchr(read->data, '\0', used) != NULL)
		return call_fail(call, CREDENCE_CONFIG, "the secret has a NUL byte in it");
	*value = secret_copy(read->data, used);
	*length = used;
	return *value != NULL ? CREDENCE_SUCCESS : call_oom(call);
}

static credence_rc read_setting(struct credence_call *call, struct setting setting, bool is_text,
				char **value, size_t *length)
{
	const char *text = setting_string(setting), *wrong;
	const struct scheme *scheme;
	struct buf read = BUF_SECRET;
	credence_rc rc;

	wrong = text != NULL ? secret_ref_check(text) : "not a reference to a secret";
	if (wrong != NULL)
		return setting_fail(call, setting, "it is %s; " SECRET_REF_HINT, wrong);
	scheme = find_scheme(text);
	rc = scheme->read(call, text + strlen(scheme->prefix), &read);
	if (rc == CREDENCE_SUCCESS)
		rc = take_value(call, &read, is_text, value, length);
	if (rc != CREDENCE_SUCCESS)
		call_prefix(call, "%s:%u", setting.conf->path,
			    (unsigned)config_setting_source_line(setting.value));
	buf_done(&read);
	return rc;
}

credence_rc secret_read(struct credence_call *call, struct setting setting, char **value)
{
	size_t length;

	return read_setting(call, setting, true, value, &length);
}

credence_rc secret_read_bytes(struct credence_call *call, struct setting setting, char **value,
			      size_t *length)
{
	return read_setting(call, setting, false, value, length);
}

credence_rc profile_client_secret(struct credence_call *call, const struct profile *profile,
				  const char *location, char **value)
{
	struct setting secret = profile_own(profile, "client.secret"), member;

	if (secret.value == NULL)
		return CREDENCE_MISS;
	if (!config_setting_is_group(secret.value))
		return secret_read(call, secret, value);
	if (location == NULL)
		return setting_fail(call, secret,
				    "client.secret differs by location, and no location is known");
	member = setting_member(secret, location);
	if (member.value == NULL)
		return setting_fail(call, secret, "client.secret has none for location %s",
				    location);
	return secret_read(call, member, value);
}
