/* SPDX-License-Identifier: MIT */
/*
 * Who holds a lock: "HOST BOOT NAMESPACE NAME". A lock outlives its holder for as long as its
 * lease. Whoever comes next on the same machine, in the same namespace, need not wait for that: the
 * holder has an abstract socket of that name, which ends with it, however it ends. On any other
 * machine nothing can be seen.
 */
#include "core/os/clock.h"
#include "core/os/text.h"
#include "etcd.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NAMESPACE  "/proc/self/ns/net" /* of abstract sockets */
#define NAME_BYTES 16
#define LONGEST    64

/* All but the name. false: it can't be said, but for the host. */
static bool add_place(struct buf *holder)
{
	char host[65] = "";
	struct stat st;

	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0' ||
	    host[strcspn(host, " ")] != '\0')
		return false;
	buf_printf(holder, "%s ", host);
	if (clock_boot_id()[0] == '\0' || stat(NAMESPACE, &st) != 0)
		return false;
	buf_printf(holder, "%s %llu ", clock_boot_id(), (unsigned long long)st.st_ino);
	return buf_ok(holder);
}

/* A socket that nobody talks to. -1, with errno: it can't be had. */
static int bind_name(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return -1;
	memcpy(address.sun_path + 1, name, length);
	if (bind(fd, (struct sockaddr *)&address,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

int holder_begin(struct credence_self *self, struct buf *holder)
{
	uint8_t random[NAME_BYTES];
	struct buf name = BUF_INIT;
	int fd = -1;

	if (add_place(holder) &&
	    self->host->random(self->call, random, sizeof(random)) == CREDENCE_SUCCESS) {
		buf_str(&name, "credence-etcd-");
		text_hex(&name, random, sizeof(random));
		fd = buf_ok(&name) ? bind_name(name.data) : -1;
		buf_str(holder, fd >= 0 ? buf_text(&name) : "");
	}
	buf_done(&name);
	return fd;
}

void holder_end(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

bool holder_is_gone(const char *holder)
{
	struct buf place = BUF_INIT;
	bool here = add_place(&place) && strncmp(holder, place.data, place.length) == 0;
	const char *name = here ? holder + place.length : "";
	int fd = name[0] != '\0' && strlen(name) < LONGEST ? bind_name(name) : -1;

	buf_done(&place);
	holder_end(fd);
	return fd >= 0;
}

void holder_host(const char *holder, struct buf *host)
{
	size_t length = strcspn(holder, " ");

	buf_add(host, holder, length < 64 ? length : 64);
}
