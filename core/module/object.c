/* SPDX-License-Identifier: MIT */
/* Checking and loading a shared object; see object.h. */
#include "core/module/object.h"

#include "core/os/ascii.h"
#include "core/os/path.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static credence_rc fail(struct credence_call *call, const char *path, const char *what)
{
	return call_fail_status(call, STATUS_MODULE, CREDENCE_ERROR, "%s: %s", path, what);
}

/* What is wrong with the file is the module's failure, but unsafe stays unsafe. */
static credence_rc as_module(struct credence_call *call, credence_rc rc)
{
	if (rc == CREDENCE_SUCCESS || rc == CREDENCE_UNSAFE)
		return rc;
	call->failure.rc = CREDENCE_ERROR;
	call->failure.status = STATUS_MODULE;
	return CREDENCE_ERROR;
}

/* -- Who may have written it -- */

static credence_rc open_file(struct credence_call *call, const char *path, int *fd)
{
	/* O_NONBLOCK: a FIFO must not hold us up; it is refused when it is seen. */
	*fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*fd >= 0)
		return CREDENCE_SUCCESS;
	if (errno != ELOOP)
		return path_fail(call, path);
	call_fail(call, CREDENCE_UNSAFE, "%s is a link", path);
	call_hint(call, "put the module itself there");
	return CREDENCE_UNSAFE;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static credence_rc exchanged(struct credence_call *call, const char *path)
{
	call_fail(call, CREDENCE_UNSAFE, "%s was exchanged while it was being loaded", path);
	call_hint(call, "try again");
	return CREDENCE_UNSAFE;
}

/* The walk checks every folder and the file, by descriptor; what was opened must be what it came
 * to. From then on nobody else can put another file there. */
static credence_rc open_checked(struct credence_call *call, const char *path, int *fd,
				struct stat *st)
{
	struct stat end;
	credence_rc rc = open_file(call, path, fd);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (fstat(*fd, st) != 0)
		return path_fail(call, path);
	if (!S_ISREG(st->st_mode))
		return call_fail(call, CREDENCE_UNSAFE, "%s is no regular file", path);
	rc = path_walk(call, path, &end);
	return rc != CREDENCE_SUCCESS || is_same(st, &end) ? rc : exchanged(call, path);
}

/* -- What it is -- */

/* The symbol as it stands in the table of symbols, with the NULs around it. */
static bool has_symbol(const char *bytes, size_t size, const char *symbol)
{
	struct buf name = BUF_INIT;
	bool found;

	buf_char(&name, '\0');
	buf_add(&name, symbol, strlen(symbol) + 1);
	found = buf_ok(&name) && memmem(bytes, size, name.data, name.length) != NULL;
	buf_done(&name);
	return found;
}

/* N of the first credenceN_ROLE_NAME, of which tail is what follows the number; 0: none. */
static unsigned other_abi(const char *bytes, size_t size, const char *tail)
{
	static const char prefix[] = {'c', 'r', 'e', 'd', 'e', 'n', 'c', 'e'};
	const char *end = bytes + size, *at = bytes, *found;

	while ((found = memmem(at, (size_t)(end - at), tail, strlen(tail) + 1)) != NULL) {
		const char *digit = found;
		unsigned abi = 0, place = 1;

		while (digit > bytes && found - digit < 4 && ascii_is_digit(digit[-1])) {
			abi += (unsigned)(*--digit - '0') * place;
			place *= 10;
		}
		if (abi > 0 && (size_t)(digit - bytes) >= sizeof(prefix) &&
		    memcmp(digit - sizeof(prefix), prefix, sizeof(prefix)) == 0)
			return abi;
		at = found + 1;
	}
	return 0;
}

static credence_rc refuse(struct credence_call *call, const char *path, const char *symbol,
			  unsigned abi)
{
	if (abi == 0 || abi == CREDENCE_ABI) {
		call_fail_status(call, STATUS_MODULE, CREDENCE_ERROR, "%s does not export %s", path,
				 symbol);
		call_hint(call, "is it a module of that role and name? see credence-module(7)");
		return CREDENCE_ERROR;
	}
	call_fail_status(call, STATUS_MODULE, CREDENCE_ERROR,
			 "%s was built for module ABI %u, this credence has %u", path, abi,
			 CREDENCE_ABI);
	call_hint(call, "rebuild it against this credence's header");
	return CREDENCE_ERROR;
}

static credence_rc check_symbol(struct credence_call *call, const char *path, int fd, size_t size,
				const char *symbol)
{
	credence_rc rc = CREDENCE_SUCCESS;
	char *bytes;

	if (size == 0)
		return fail(call, path, "it is empty");
	bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return fail(call, path, strerror(errno));
	if (!has_symbol(bytes, size, symbol))
		rc = refuse(call, path, symbol, other_abi(bytes, size, strchr(symbol, '_')));
	munmap(bytes, size);
	return rc;
}

/* -- Loading -- */

/* The loader's own words name the file sometimes, and sometimes a library that it needs. */
static credence_rc not_loaded(struct credence_call *call, const char *path)
{
	const char *reason = dlerror();

	if (strncmp(reason, path, strlen(path)) == 0)
		return call_fail_status(call, STATUS_MODULE, CREDENCE_ERROR, "%s", reason);
	fail(call, path, reason);
	call_hint(call, "is a library missing? ldd %s", path);
	return CREDENCE_ERROR;
}

static credence_rc run_loader(struct credence_call *call, const char *path,
			      const struct stat *checked, const char *symbol,
			      const struct credence_module **descriptor)
{
	const struct credence_module *(*entry)(void);
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	struct stat now;

	if (handle == NULL)
		return not_loaded(call, path);
	if (lstat(path, &now) != 0 || !is_same(&now, checked))
		return exchanged(call, path);
	/* POSIX has it that a pointer from dlsym may be a function's; ISO C has no cast for it. */
	*(void **)&entry = dlsym(handle, symbol);
	if (entry == NULL)
		return fail(call, path, "its entry point is not exported");
	*descriptor = entry();
	return *descriptor != NULL ? CREDENCE_SUCCESS : fail(call, path, "it has no descriptor");
}

credence_rc object_load(struct credence_call *call, const char *path, const char *symbol,
			const struct credence_module **descriptor)
{
	struct stat st;
	int fd = -1;
	credence_rc rc = as_module(call, open_checked(call, path, &fd, &st));

	if (rc == CREDENCE_SUCCESS)
		rc = check_symbol(call, path, fd, (size_t)st.st_size, symbol);
	if (rc == CREDENCE_SUCCESS)
		rc = run_loader(call, path, &st, symbol, descriptor);
	if (fd >= 0)
		close(fd);
	return rc;
}
