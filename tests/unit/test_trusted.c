/* SPDX-License-Identifier: MIT */
/* Trusted files and the walk to them: what others could have written or put in the way is refused,
 * and the message says what to do. */
#include "core/os/file.h"

#include "os_world.h"
#include "suite.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static void trusted(const char *path, unsigned flags)
{
	struct buf content = BUF_INIT;

	os_success(file_read_trusted(&call, path, flags, &content));
	ck_assert_str_eq(buf_text(&content), "text");
	buf_done(&content);
}

static void not_trusted(const char *path, unsigned flags, const char *message, const char *hint)
{
	struct buf content = BUF_INIT;

	os_expect(file_read_trusted(&call, path, flags, &content), CREDENCE_UNSAFE, message, hint);
	ck_assert_uint_eq(content.length, 0);
}

/* _i: with and without FILE_WALK. */
START_TEST(trusted_read)
{
	unsigned walk = _i ? FILE_WALK : 0;
	struct buf content = BUF_INIT;

	trusted(os_write("conf", "text", 0644), walk);
	trusted(os_write("conf", "text", 0400), walk | FILE_SECRET);
	os_expect(file_read_trusted(&call, os_path("absent"), walk, &content), CREDENCE_MISS,
		  "absent is not there", NULL);
	os_expect(file_read_trusted(&call, os_path("a/b"), walk, &content), CREDENCE_MISS,
		  "is not there", NULL);
	os_expect(file_read_trusted(&call, os_path("conf/b"), walk, &content), CREDENCE_MISS,
		  "is not there", NULL);
}
END_TEST

START_TEST(trusted_modes)
{
	unsigned walk = _i ? FILE_WALK : 0;
	const char *path;

	path = os_write("conf", "text", 0664);
	not_trusted(path, walk, "others can write to it (mode 0664)", "chmod go-w ");
	os_write("conf", "text", 0646);
	not_trusted(path, walk, "others can write to it (mode 0646)", path);
	os_write("conf", "text", 0640);
	trusted(path, walk);
	not_trusted(path, walk | FILE_SECRET, "others can read it (mode 0640)", "chmod 600 ");
	os_write("conf", "text", 0604);
	not_trusted(path, walk | FILE_SECRET, "others can read it (mode 0604)", path);
	os_write("conf", "text", 0600);
	trusted(path, walk | FILE_SECRET);
}
END_TEST

START_TEST(trusted_folder)
{
	unsigned walk = _i ? FILE_WALK : 0;
	const char *path;

	ck_assert_int_eq(mkdir(os_path("d"), 0755), 0);
	path = os_write("d/conf", "text", 0644);
	trusted(path, walk);
	ck_assert_int_eq(chmod(os_path("d"), 0775), 0);
	not_trusted(path, walk, "/d: others can write to it", "chmod go-w");
	/* Not even a sticky folder may hold a file. */
	ck_assert_int_eq(chmod(os_path("d"), 01777), 0);
	not_trusted(path, walk, "/d: others can write to it", "nobody else");
	ck_assert_int_eq(chmod(os_path("d"), 0755), 0);
}
END_TEST

/* Further up only a walk looks; root's sticky folders will do there, and nobody else's. */
START_TEST(trusted_ancestors)
{
	const char *path;

	ck_assert_int_eq(mkdir(os_path("a"), 0755), 0);
	ck_assert_int_eq(mkdir(os_path("a/b"), 0755), 0);
	path = os_write("a/b/conf", "text", 0644);
	trusted(path, FILE_WALK);
	ck_assert_int_eq(chmod(os_path("a"), 0777), 0);
	trusted(path, 0);
	not_trusted(path, FILE_WALK, "/a: others can write to it (mode 0777)", "chmod go-w");
	os_expect(file_check_path(&call, path), CREDENCE_UNSAFE, "others can write", NULL);
	ck_assert_int_eq(chmod(os_path("a"), 01777), 0);
	if (geteuid() == 0) {
		trusted(path, FILE_WALK);
		ck_assert_int_eq(chown(os_path("a"), NOBODY, NOBODY), 0);
		not_trusted(path, FILE_WALK, "/a belongs to user 65534", "chown");
	} else {
		not_trusted(path, FILE_WALK, "/a: others can write to it", "nobody else");
	}
}
END_TEST

/* As Kubernetes mounts a secret: conf -> ..data/conf, ..data -> ..2026. */
START_TEST(trusted_links)
{
	unsigned walk = _i ? FILE_WALK : 0;

	ck_assert_int_eq(mkdir(os_path("..2026"), 0755), 0);
	os_write("..2026/conf", "text", 0644);
	ck_assert_int_eq(symlink("..2026", os_path("..data")), 0);
	ck_assert_int_eq(symlink("..data/conf", os_path("conf")), 0);
	trusted(os_path("conf"), walk);
	ck_assert_int_eq(symlink(os_path("..data/../conf"), os_path("absolute")), 0);
	trusted(os_path("absolute"), walk);
	trusted(os_path("./..2026//../..data/./conf"), walk);
	if (walk != 0) {
		ck_assert_int_eq(chmod(os_path("..2026"), 0777), 0);
		not_trusted(os_path("conf"), walk, "..2026: others can write to it", NULL);
	}
}
END_TEST

START_TEST(trusted_loops)
{
	struct buf content = BUF_INIT;

	ck_assert_int_eq(symlink("b", os_path("a")), 0);
	ck_assert_int_eq(symlink("a", os_path("b")), 0);
	os_expect(file_check_path(&call, os_path("a")), CREDENCE_UNSAFE, "too many links", NULL);
	os_expect(file_read_trusted(&call, os_path("a"), 0, &content), CREDENCE_ERROR, "can't read",
		  NULL);
	ck_assert_int_eq(symlink("nowhere", os_path("c")), 0);
	os_expect(file_check_path(&call, os_path("c")), CREDENCE_MISS, "nowhere is not there",
		  NULL);
}
END_TEST

START_TEST(odd_paths)
{
	static char longest[PATH_MAX + 10];
	struct buf content = BUF_INIT;
	credence_rc rc;

	memset(longest, 'x', sizeof(longest) - 1);
	longest[0] = '/';
	rc = file_read_trusted(&call, longest, 0, &content);
	os_expect(rc, CREDENCE_ERROR, NULL, NULL);
	rc = file_check_path(&call, longest);
	os_expect(rc, CREDENCE_ERROR, "too long", NULL);
	longest[NAME_MAX + 2] = '\0';
	os_expect(file_check_path(&call, longest), CREDENCE_ERROR, "too long", NULL);
	os_expect(file_check_path(&call, "relative"), CREDENCE_ERROR, "no absolute path", NULL);
	os_expect(file_check_path(&call, ""), CREDENCE_ERROR, "no absolute path", NULL);
	os_success(file_check_path(&call, "/"));
	os_success(file_check_path(&call, "/.."));
	os_success(file_check_path(&call, os_folder));
	/* Relative to where the process is, a read may be. */
	ck_assert_int_eq(chdir(os_folder), 0);
	os_write("conf", "text", 0644);
	trusted("conf", 0);
	trusted("./conf", 0);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(trusted_kinds)
{
	unsigned walk = _i ? FILE_WALK : 0;

	ck_assert_int_eq(mkfifo(os_path("fifo"), 0600), 0);
	ck_assert_int_eq(mkdir(os_path("folder"), 0700), 0);
	/* A FIFO must not hold us up. */
	not_trusted(os_path("fifo"), walk, "no regular file", "put a file there");
	not_trusted(os_path("folder"), walk, "no regular file", NULL);
	not_trusted("/dev/null", walk, "no regular file", NULL);
}
END_TEST

START_TEST(trusted_size)
{
	struct buf content = BUF_SECRET;
	const char *path = os_write("conf", "", 0600);

	ck_assert_int_eq(truncate(path, (off_t)FILE_MAX), 0);
	os_success(file_read_trusted(&call, path, FILE_WALK, &content));
	ck_assert_uint_eq(content.length, FILE_MAX);
	buf_reset(&content);
	ck_assert_int_eq(truncate(path, (off_t)FILE_MAX + 1), 0);
	os_expect(file_read_trusted(&call, path, FILE_WALK, &content), CREDENCE_ERROR, "too large",
		  NULL);
	ck_assert_uint_eq(content.length, 0);
	buf_done(&content);
}
END_TEST

/* Only root can make files of others; for anybody, what root owns is trusted. */
START_TEST(trusted_owner)
{
	struct buf content = BUF_INIT;
	const char *path;

	os_success(file_read_trusted(&call, "/etc/passwd", FILE_WALK, &content));
	buf_done(&content);
	if (geteuid() != 0)
		return;
	path = os_write("conf", "text", 0644);
	ck_assert_int_eq(chown(path, NOBODY, NOBODY), 0);
	not_trusted(path, 0, "belongs to user 65534, neither root nor this user", "chown");
	ck_assert_int_eq(chown(path, 0, 0), 0);
	/* A link that somebody else made is not followed. */
	ck_assert_int_eq(symlink("conf", os_path("link")), 0);
	trusted(os_path("link"), FILE_WALK);
	ck_assert_int_eq(lchown(os_path("link"), NOBODY, NOBODY), 0);
	not_trusted(os_path("link"), FILE_WALK, "link belongs to user 65534", "chown -h");
	ck_assert_int_eq(mkdir(os_path("d"), 0755), 0);
	path = os_write("d/conf", "text", 0644);
	ck_assert_int_eq(chown(os_path("d"), NOBODY, NOBODY), 0);
	not_trusted(path, 0, "/d belongs to user 65534", "chown");
	not_trusted(path, FILE_WALK, "/d belongs to user 65534", "chown");
}
END_TEST

/* As user 1000 in a user namespace that knows nobody else; false: there are none here. */
static bool enter_namespace(void)
{
	unsigned outside = geteuid() == 0 ? NOBODY : geteuid();
	char line[64];
	bool entered;
	int fd;

	if (setresgid(getegid(), getegid(), getegid()) != 0 ||
	    setresuid(outside, outside, outside) != 0 || unshare(CLONE_NEWUSER) != 0)
		return false;
	/* Who gave up root can't write below /proc/self else. */
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	(void)snprintf(line, sizeof(line), "1000 %u 1\n", outside);
	fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	entered = fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line);
	if (fd >= 0)
		close(fd);
	return entered && geteuid() == 1000;
}

static int check_in_a_namespace(void)
{
	if (!enter_namespace())
		return 0;
	return file_check_path(&call, "/etc/passwd") == CREDENCE_UNSAFE &&
		       strstr(call.failure.message, "/ belongs to user 65534") != NULL &&
		       strstr(call.failure.hint, "user namespace") != NULL
		   ? 0
		   : 1;
}

/* There the files of root are nobody's, and no chown would help. */
START_TEST(trusted_in_a_namespace)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0)
		_exit(check_in_a_namespace());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trusted");
	TCase *trust = tcase_create("trusted");

	tcase_add_checked_fixture(trust, os_start, os_stop);
	tcase_add_loop_test(trust, trusted_read, 0, 2);
	tcase_add_loop_test(trust, trusted_modes, 0, 2);
	tcase_add_loop_test(trust, trusted_folder, 0, 2);
	tcase_add_test(trust, trusted_ancestors);
	tcase_add_loop_test(trust, trusted_links, 0, 2);
	tcase_add_test(trust, trusted_loops);
	tcase_add_test(trust, odd_paths);
	tcase_add_loop_test(trust, trusted_kinds, 0, 2);
	tcase_add_test(trust, trusted_size);
	tcase_add_test(trust, trusted_owner);
	tcase_add_test(trust, trusted_in_a_namespace);
	suite_add_tcase(suite, trust);
	return suite_run(suite);
}
