/* SPDX-License-Identifier: MIT */
/*
 * A store that keeps every promise, or all but those that the option fault names. Files in a
 * folder, as tests/modules/external/store_folder.c has them, each with the time of its end in
 * front; nothing is flushed. Proves that the conformance suite finds what it looks for.
 */
#include <credence/module.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAVING  0x2000000000000000 /* which of a key's two ranges */
#define HOLDING 0x4000000000000000
#define LARGEST (1 << 20)
#define NAME    96
#define FAULTS  2

struct credence_self {
	const struct credence_host *host;
	char fault[FAULTS][32];
	int folder, locks;
	/* What it remembers, where it should not. */
	char key[NAME], *bytes;
	size_t length;
};

static const struct credence_option options[] = {
    {.name = "folder", .type = CREDENCE_STRING, .flags = CREDENCE_REQUIRED, .help = "where"},
    {.name = "fault", .type = CREDENCE_LIST, .help = "what goes wrong; two at most"},
    {.name = NULL},
};

static bool is(const struct credence_self *self, const char *fault)
{
	return strcmp(self->fault[0], fault) == 0 || strcmp(self->fault[1], fault) == 0;
}

/* -- The process, which is not the module's -- */

static void ignore(int number)
{
	(void)number;
}

static void spoil_process(const struct credence_self *self)
{
	sigset_t set;

	if (is(self, "changes folder"))
		(void)!chdir("/");
	if (is(self, "changes umask"))
		(void)umask(0);
	if (is(self, "changes locale"))
		(void)setlocale(LC_ALL, "C.UTF-8");
	if (is(self, "changes environment"))
		(void)setenv("FAULTY", "1", 1);
	if (is(self, "changes handlers"))
		(void)signal(SIGUSR1, ignore);
	if (is(self, "changes mask")) {
		sigemptyset(&set);
		sigaddset(&set, SIGUSR2);
		(void)sigprocmask(SIG_BLOCK, &set, NULL);
	}
	if (is(self, "prints"))
		(void)!write(STDOUT_FILENO, "hello\n", 6);
	if (is(self, "leaks a descriptor"))
		(void)open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (is(self, "leaves a process") && fork() == 0) {
		(void)sleep(60);
		_exit(0);
	}
}

/* -- Life -- */

/* One that is not there has no fault: the last one's. */
static bool wants_a_self;

static void faulty_close(struct credence_self *self)
{
	if (self == NULL && !wants_a_self)
		return;
	if (self == NULL)
		abort();
	if (!is(self, "keeps locks"))
		close(self->locks);
	close(self->folder);
	free(self->bytes);
	free(self);
}

static credence_rc faulty_open(const struct credence_host *host, struct credence_call *call,
			       struct credence_self **self)
{
	struct credence_self *made = calloc(1, sizeof(*made));
	int flags;

	if (made == NULL)
		return CREDENCE_ERROR;
	made->host = host;
	for (uint32_t i = 0; i < FAULTS; i++) {
		const char *fault = host->option_item(call, "fault", i);

		(void)snprintf(made->fault[i], sizeof(made->fault[i]), "%s",
			       fault != NULL ? fault : "");
	}
	if (is(made, "exits at once"))
		exit(0);
	wants_a_self = is(made, "does not close NULL");
	flags = is(made, "lets programs inherit") ? 0 : O_CLOEXEC;
	made->folder = open(host->option(call, "folder"), O_RDONLY | O_DIRECTORY | flags);
	made->locks = openat(made->folder, ".locks", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	spoil_process(made);
	*self = made;
	return made->locks >= 0 ? CREDENCE_SUCCESS : CREDENCE_ERROR;
}

/* -- Locks -- */

static struct flock range(const char *key, off_t kind, short type)
{
	unsigned long long hash = 14695981039346656037ULL;

	for (; *key != '\0'; key++)
		hash = (hash ^ (unsigned char)*key) * 1099511628211ULL;
	return (struct flock){
	    .l_type = type, .l_whence = SEEK_SET, .l_start = kind + (off_t)(hash >> 4), .l_len = 1};
}

static credence_rc take(struct credence_self *self, struct credence_call *call, const char *key,
			off_t kind)
{
	struct flock lock = range(key, kind, F_WRLCK);
	credence_rc rc = CREDENCE_SUCCESS;

	while (rc == CREDENCE_SUCCESS && fcntl(self->locks, F_OFD_SETLK, &lock) != 0) {
		if (is(self, "waits on for a lock"))
			(void)usleep(10000);
		else if (is(self, "does not wait for a lock") && kind == HOLDING)
			rc = CREDENCE_UNAVAIL;
		else
			rc = self->host->wait(call, 10);
	}
	return rc;
}

static void give_back(struct credence_self *self, const char *key, off_t kind)
{
	struct flock lock = range(key, kind, F_UNLCK);

	(void)fcntl(self->locks, F_OFD_SETLK, &lock);
}

static const char *lock_of(const struct credence_self *self, const char *key)
{
	return is(self, "has one lock for all") ? "all" : key;
}

static credence_rc faulty_lock(struct credence_self *self, struct credence_call *call,
			       const char *key)
{
	credence_rc rc;

	if (is(self, "excludes nobody"))
		return CREDENCE_SUCCESS;
	if (is(self, "lists locks"))
		close(openat(self->folder, key, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	rc = take(self, call, lock_of(self, key), HOLDING);
	if (rc != CREDENCE_SUCCESS)
		return self->host->fail(call, rc, "busy", "somebody else is at it", NULL);
	return rc;
}

static credence_rc faulty_unlock(struct credence_self *self, struct credence_call *call,
				 const char *key)
{
	(void)call;
	if (!is(self, "does not unlock"))
		give_back(self, lock_of(self, key), HOLDING);
	return CREDENCE_SUCCESS;
}

/* -- Records -- */

static void file_of(const struct credence_self *self, const char *key, char name[NAME])
{
	char *at;

	(void)snprintf(name, NAME, "%s%.*s", is(self, "forgets at exit") ? ".p" : "",
		       is(self, "cuts long keys") ? 60 : 64, key);
	if (is(self, "forgets at exit"))
		(void)snprintf(name + strlen(name), NAME - strlen(name), "-%d", (int)getpid());
	for (at = name; *at != '\0'; at++) {
		if (is(self, "folds case"))
			*at = (char)tolower((unsigned char)*at);
		if (is(self, "replaces signs") && (*at == '@' || *at == '-'))
			*at = '_';
	}
	if (is(self, "reads keys as numbers") && strrchr(key, '-') != NULL &&
	    isdigit((unsigned char)strrchr(key, '-')[1]))
		(void)snprintf(name, NAME, "number-%.0f", strtod(strrchr(key, '-') + 1, NULL));
}

/* What is there, without its end, the caller's to free. MISS: nothing is. */
static credence_rc read_file(struct credence_self *self, struct credence_call *call,
			     const char *key, char **bytes, size_t *length)
{
	char name[NAME], *file = malloc(LARGEST);
	int64_t end = 0;
	ssize_t got;
	int fd;

	file_of(self, key, name);
	fd = openat(self->folder, name, O_RDONLY | O_CLOEXEC);
	got = fd >= 0 && file != NULL ? read(fd, file, LARGEST) : -1;
	if (fd >= 0)
		close(fd);
	if (got >= (ssize_t)sizeof(end))
		memcpy(&end, file, sizeof(end));
	if (got < (ssize_t)sizeof(end) ||
	    (end != 0 && end <= self->host->now(call) && !is(self, "never ends"))) {
		free(file);
		return CREDENCE_MISS;
	}
	*length = (size_t)got - sizeof(end);
	memmove(file, file + sizeof(end), *length);
	*bytes = file;
	return CREDENCE_SUCCESS;
}

/* The bytes as a careless store would hand them out. */
static void spoil_loaded(const struct credence_self *self, char *bytes, size_t *length)
{
	if (is(self, "ends at a NUL"))
		*length = strnlen(bytes, *length);
	if (is(self, "ends at 32767") && *length > 32767)
		*length = 32767;
	if (is(self, "counts in 16 bits"))
		*length &= 0xffff;
	while (is(self, "cuts newlines") && *length > 0 && bytes[*length - 1] == '\n')
		(*length)--;
	for (size_t i = 0; is(self, "has 7 bits") && i < *length; i++)
		bytes[i] = (char)(bytes[i] & 0x7f);
}

/* The first load's bytes, for ever. */
static credence_rc remember(struct credence_self *self, struct credence_call *call, const char *key,
			    char **bytes, size_t *length)
{
	credence_rc rc;

	if (self->bytes == NULL || strcmp(self->key, key) != 0) {
		rc = read_file(self, call, key, bytes, length);
		if (rc != CREDENCE_SUCCESS)
			return rc;
		free(self->bytes);
		self->bytes = malloc(*length + 1);
		memcpy(self->bytes, *bytes, *length);
		self->length = *length;
		(void)snprintf(self->key, sizeof(self->key), "%s", key);
		return rc;
	}
	*bytes = malloc(self->length + 1);
	memcpy(*bytes, self->bytes, self->length);
	*length = self->length;
	return CREDENCE_SUCCESS;
}

static credence_rc faulty_load(struct credence_self *self, struct credence_call *call,
			       const char *key)
{
	char *bytes = NULL;
	size_t length = 0;
	credence_rc rc;

	if (is(self, "crashes without time") && self->host->time_left(call) == 0)
		abort();
	if (is(self, "locks readers out")) {
		rc = take(self, call, key, HOLDING);
		if (rc != CREDENCE_SUCCESS)
			return rc;
		give_back(self, key, HOLDING);
	}
	rc = is(self, "remembers") ? remember(self, call, key, &bytes, &length)
				   : read_file(self, call, key, &bytes, &length);
	if (rc == CREDENCE_SUCCESS) {
		spoil_loaded(self, bytes, &length);
		rc = self->host->put_bytes(call, bytes, length);
	}
	if (rc == CREDENCE_SUCCESS && is(self, "puts twice"))
		(void)self->host->put_bytes(call, bytes, length);
	if (rc == CREDENCE_MISS && is(self, "has no miss"))
		rc = CREDENCE_ERROR;
	free(bytes);
	return rc;
}

static bool write_item(struct credence_self *self, int fd, const struct credence_item *item)
{
	int64_t end = item->expires_at;
	size_t half = item->length / 2;
	const char *bytes = item->bytes;
	bool ok;

	if (is(self, "ends too early") && end != 0)
		end = 1;
	ok = write(fd, &end, sizeof(end)) == sizeof(end) && write(fd, bytes, half) == (ssize_t)half;
	if (is(self, "tears"))
		(void)usleep(1000);
	return ok && write(fd, bytes + half, item->length - half) == (ssize_t)(item->length - half);
}

static credence_rc replace(struct credence_self *self, const char *key,
			   const struct credence_item *item)
{
	bool in_place = is(self, "tears") || is(self, "leaves the longer's end");
	char name[NAME], new[NAME + 8];
	bool ok;
	int fd;

	file_of(self, key, name);
	if (in_place)
		(void)snprintf(new, sizeof(new), "%s", name);
	else if (is(self, "uses names of records"))
		(void)snprintf(new, sizeof(new), "%s.tmp", name);
	else
		(void)snprintf(new, sizeof(new), ".new-%s", name);
	fd = openat(self->folder, new,
		    O_WRONLY | O_CREAT | O_CLOEXEC |
			(is(self, "leaves the longer's end") ? 0 : O_TRUNC),
		    0600);
	ok = fd >= 0 && write_item(self, fd, item);
	if (fd >= 0)
		close(fd);
	return ok && (in_place || renameat(self->folder, new, self->folder, name) == 0)
		   ? CREDENCE_SUCCESS
		   : CREDENCE_ERROR;
}

static bool same_revision(const struct credence_self *self, uint64_t there, uint64_t expected)
{
	volatile double a = (double)there, b = (double)expected;

	if (is(self, "forgets revisions"))
		return true;
	if (is(self, "wants newer only"))
		return expected >= there;
	if (is(self, "counts in floating point"))
		return a == b;
	if (is(self, "counts in 32 bits"))
		return (uint32_t)there == (uint32_t)expected;
	return there == expected;
}

static credence_rc swap(struct credence_self *self, struct credence_call *call, const char *key,
			const struct credence_item *item)
{
	char *bytes = NULL;
	size_t length = 0;
	uint64_t there = 0;

	if (read_file(self, call, key, &bytes, &length) == CREDENCE_SUCCESS)
		there = self->host->revision(call, bytes, length);
	free(bytes);
	if (is(self, "looks before it locks"))
		(void)usleep(1000);
	if (same_revision(self, there, item->expected))
		return replace(self, key, item);
	if (is(self, "writes in a conflict"))
		(void)replace(self, key, item);
	while (is(self, "hangs in a conflict"))
		(void)pause();
	if (is(self, "crashes in a conflict"))
		abort();
	if (is(self, "exits in a conflict"))
		exit(0);
	return self->host->fail(call, CREDENCE_CONFLICT, NULL, "somebody wrote first", NULL);
}

static credence_rc faulty_save(struct credence_self *self, struct credence_call *call,
			       const char *key, const struct credence_item *item)
{
	bool locks = !is(self, "looks before it locks");
	credence_rc rc = locks ? take(self, call, key, SAVING) : CREDENCE_SUCCESS;

	if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = swap(self, call, key, item);
	if (locks)
		give_back(self, key, SAVING);
	return rc;
}

static credence_rc faulty_erase(struct credence_self *self, struct credence_call *call,
				const char *key)
{
	credence_rc found;
	char name[NAME], *bytes = NULL;
	size_t length = 0;

	if (is(self, "erases nothing"))
		return CREDENCE_SUCCESS;
	file_of(self, key, name);
	found = read_file(self, call, key, &bytes, &length);
	free(bytes);
	if (unlinkat(self->folder, name, 0) != 0 && is(self, "erases what is not there"))
		return CREDENCE_SUCCESS;
	return found;
}

static credence_rc faulty_list(struct credence_self *self, struct credence_call *call)
{
	int fd = openat(self->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fdopendir(fd);
	credence_rc rc = CREDENCE_SUCCESS;
	const struct dirent *entry;

	while (rc == CREDENCE_SUCCESS && !is(self, "lists nothing") &&
	       (entry = readdir(folder)) != NULL) {
		char *bytes = NULL;
		size_t length = 0;

		if (entry->d_name[0] == '.')
			continue;
		/* One whose end has come is none. */
		if (is(self, "lists locks") || is(self, "folds case") ||
		    is(self, "replaces signs") || is(self, "reads keys as numbers") ||
		    read_file(self, call, entry->d_name, &bytes, &length) == CREDENCE_SUCCESS)
			rc = self->host->put_name(call, entry->d_name);
		if (rc == CREDENCE_SUCCESS && is(self, "lists twice"))
			rc = self->host->put_name(call, entry->d_name);
		free(bytes);
	}
	closedir(folder);
	return rc;
}

static const struct credence_store_ops ops = {
    .size = sizeof(ops),
    .flags = CREDENCE_STORE_DURABLE | CREDENCE_STORE_SHARED | CREDENCE_STORE_CAS |
	     CREDENCE_STORE_LOCK | CREDENCE_STORE_EXPIRY,
    .load = faulty_load,
    .save = faulty_save,
    .erase = faulty_erase,
    .list = faulty_list,
    .lock = faulty_lock,
    .unlock = faulty_unlock,
};

CREDENCE_STORE(faulty, &ops, .version = "1.0", .summary = "keeps all promises but one",
	       .options = options, .open = faulty_open, .close = faulty_close);
