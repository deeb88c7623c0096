/* SPDX-License-Identifier: MIT */
/* Private files: what is written is there, whole or not at all; what others could have written is
 * refused, and the message says what to do. Trusted files are in test_trusted.c. */
#include "core/os/file.h"

#include "os_world.h"
#include "suite.h"

#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <utime.h>

static int folder = -1;

static void start(void)
{
	os_start();
	os_success(file_open_folder(&call, os_folder, false, &folder));
}

static void stop(void)
{
	close(folder);
	os_stop();
}

static credence_rc replace(const char *name, const char *text)
{
	return file_replace_private(&call, folder, name, os_path(name), text, strlen(text));
}

static credence_rc read_it(const char *name, struct buf *content)
{
	return file_read_private(&call, folder, name, os_path(name), content);
}

/* The file holds text, and nothing but the named files is in the folder. */
static void holds(const char *name, const char *text)
{
	struct buf content = BUF_SECRET;

	os_success(read_it(name, &content));
	ck_assert_str_eq(buf_text(&content), text);
	buf_done(&content);
}

static unsigned count_names(void)
{
	char **names = NULL;
	unsigned count = 0;

	os_success(file_names(&call, os_folder, &names));
	while (names[count] != NULL)
		count++;
	file_names_free(names);
	return count;
}

static void unsafe(const char *name, const char *message, const char *hint)
{
	struct buf content = BUF_INIT;

	buf_str(&content, "before");
	os_expect(read_it(name, &content), CREDENCE_UNSAFE, message, hint);
	ck_assert_str_eq(buf_text(&content), "before");
	buf_done(&content);
}

/* -- Private files -- */

START_TEST(written_and_read)
{
	static const mode_t masks[] = {0, 022, 077, 0777};
	struct stat st;

	umask(masks[_i]);
	os_success(replace("record", "one"));
	holds("record", "one");
	os_success(replace("record", "two, longer"));
	holds("record", "two, longer");
	os_success(replace("record", ""));
	os_success(replace("record", "3"));
	holds("record", "3");
	ck_assert_int_eq(stat(os_path("record"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq(count_names(), 1);
	os_success(file_remove_private(&call, folder, "record", os_path("record")));
	ck_assert_uint_eq(count_names(), 0);
}
END_TEST

START_TEST(missing)
{
	struct buf content = BUF_INIT;

	os_expect(read_it("record", &content), CREDENCE_MISS, "record is not there", NULL);
	os_expect(file_remove_private(&call, folder, "record", os_path("record")), CREDENCE_MISS,
		  "is not there", NULL);
	ck_assert_uint_eq(content.length, 0);
}
END_TEST

/* Reading adds, and a NUL is a byte like any other. */
START_TEST(added)
{
	struct buf content = BUF_SECRET;

	os_success(file_replace_private(&call, folder, "record", os_path("record"), "a\0b", 3));
	buf_str(&content, "x");
	os_success(read_it("record", &content));
	ck_assert_uint_eq(content.length, 4);
	ck_assert_mem_eq(content.data, "xa\0b", 5);
	buf_done(&content);
}
END_TEST

START_TEST(large)
{
	char *bytes = malloc(FILE_MAX + 1);
	struct buf content = BUF_INIT;

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, 'x', FILE_MAX + 1);
	os_success(file_replace_private(&call, folder, "a", os_path("a"), bytes, FILE_MAX));
	os_success(read_it("a", &content));
	ck_assert_uint_eq(content.length, FILE_MAX);
	buf_reset(&content);
	os_success(file_replace_private(&call, folder, "a", os_path("a"), bytes, FILE_MAX + 1));
	os_expect(read_it("a", &content), CREDENCE_ERROR, "too large", NULL);
	ck_assert_uint_eq(content.length, 0);
	buf_done(&content);
	free(bytes);
}
END_TEST

START_TEST(links)
{
	os_write("target", "theirs", 0600);
	ck_assert_int_eq(symlink("target", os_path("record")), 0);
	unsafe("record", "record is a link", "remove it");
	os_expect(replace("record", "ours"), CREDENCE_UNSAFE, "is a link", "move it away");
	os_expect(file_remove_private(&call, folder, "record", os_path("record")), CREDENCE_UNSAFE,
		  "is a link", NULL);
	holds("target", "theirs");
	ck_assert_uint_eq(count_names(), 2);
	/* One that points nowhere is no empty place either. */
	ck_assert_int_eq(unlink(os_path("target")), 0);
	os_expect(replace("record", "ours"), CREDENCE_UNSAFE, "is a link", NULL);
	ck_assert(!file_exists(os_path("target")));
}
END_TEST

START_TEST(hard_links)
{
	os_success(replace("record", "ours"));
	ck_assert_int_eq(link(os_path("record"), os_path("other")), 0);
	unsafe("record", "second name", "find / -xdev -samefile");
	os_expect(replace("record", "new"), CREDENCE_UNSAFE, "second name", NULL);
	ck_assert_int_eq(unlink(os_path("other")), 0);
	holds("record", "ours");
}
END_TEST

START_TEST(modes)
{
	static const mode_t wrong[] = {0640, 0604, 0620, 0602, 0660, 0601, 0777};
	char hint[128];

	os_write("record", "text", wrong[_i]);
	(void)snprintf(hint, sizeof(hint), "chmod 600 %s", os_path("record"));
	unsafe("record", "others may use", hint);
	os_expect(replace("record", "new"), CREDENCE_UNSAFE, "others may use", hint);
	ck_assert_int_eq(chmod(os_path("record"), 0600), 0);
	holds("record", "text");
}
END_TEST

/* None of them may hold us up, or be taken for a file. */
START_TEST(no_files)
{
	int fd = -1;

	ck_assert_int_eq(mkfifo(os_path("fifo"), 0600), 0);
	ck_assert_int_eq(mkdir(os_path("folder"), 0700), 0);
	unsafe("fifo", "no regular file", NULL);
	unsafe("folder", "no regular file", NULL);
	os_expect(replace("fifo", "x"), CREDENCE_UNSAFE, "no regular file", NULL);
	os_expect(replace("folder", "x"), CREDENCE_UNSAFE, "no regular file", NULL);
	os_expect(file_open_private(&call, folder, "fifo", os_path("fifo"), &fd), CREDENCE_UNSAFE,
		  "no regular file", NULL);
	ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(opened)
{
	static const mode_t masks[] = {0, 0777};
	int fd = -1, again = -1;
	struct stat st;

	umask(masks[_i]);
	os_success(file_open_private(&call, folder, "locks", os_path("locks"), &fd));
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	os_success(file_open_private(&call, folder, "locks", os_path("locks"), &again));
	close(fd);
	close(again);
	ck_assert_int_eq(symlink("locks", os_path("link")), 0);
	os_expect(file_open_private(&call, folder, "link", os_path("link"), &fd), CREDENCE_UNSAFE,
		  "is a link", NULL);
}
END_TEST

/* -- The kernel, and what it may answer -- */

static unsigned fsyncs, failing_fsync;
static bool synced_file[4], record_was_there[4], stingy;

/* In the place of the C library's: notes what is synced when, and may fail. */
int fsync(int fd)
{
	struct stat st;

	if (fsyncs < 4 && fstat(fd, &st) == 0) {
		synced_file[fsyncs] = S_ISREG(st.st_mode);
		record_was_there[fsyncs] = file_exists(os_path("record"));
	}
	if (++fsyncs == failing_fsync) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

/* The same: takes three bytes at most, and every second time none. */
ssize_t write(int fd, const void *bytes, size_t length)
{
	static unsigned turn;

	if (stingy && turn++ % 2 == 0) {
		errno = EINTR;
		return -1;
	}
	return syscall(SYS_write, fd, bytes, stingy && length > 3 ? 3 : length);
}

/* The file first, while only its temporary name is there; the folder when it has its own. */
START_TEST(durable)
{
	os_success(replace("record", "text"));
	ck_assert_uint_eq(fsyncs, 2);
	ck_assert(synced_file[0] && !record_was_there[0]);
	ck_assert(!synced_file[1] && record_was_there[1]);
	os_success(file_remove_private(&call, folder, "record", os_path("record")));
	ck_assert_uint_eq(fsyncs, 3);
	ck_assert(!synced_file[2] && !record_was_there[2]);
}
END_TEST

START_TEST(not_durable)
{
	os_success(replace("record", "old"));
	fsyncs = 0;
	failing_fsync = (unsigned)_i;
	os_expect(replace("record", "new"), CREDENCE_ERROR, "Input/output error", NULL);
	/* Never tried again and called good. */
	ck_assert_uint_eq(fsyncs, failing_fsync);
	holds("record", _i == 1 ? "old" : "new");
	ck_assert_uint_eq(count_names(), 1);
}
END_TEST

START_TEST(short_writes)
{
	stingy = true;
	os_success(replace("record", "more than three bytes"));
	stingy = false;
	holds("record", "more than three bytes");
}
END_TEST

/* -- Writing that fails -- */

START_TEST(no_space)
{
	const struct rlimit small = {1000, 1000};
	char bytes[2000];

	os_success(replace("record", "old"));
	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	memset(bytes, 'x', sizeof(bytes));
	os_expect(
	    file_replace_private(&call, folder, "record", os_path("record"), bytes, sizeof(bytes)),
	    CREDENCE_ERROR, "can't write", NULL);
	holds("record", "old");
	ck_assert_uint_eq(count_names(), 1);
}
END_TEST

/* A full file system, if this user may make one; a full disk is else no_space's. */
START_TEST(full_file_system)
{
	struct buf content = BUF_INIT;
	static char bytes[100000];
	const char *path = os_path("disk");
	int disk = -1;

	ck_assert_int_eq(mkdir(path, 0700), 0);
	if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=700") != 0)
		return;
	os_success(file_open_folder(&call, path, false, &disk));
	os_success(file_replace_private(&call, disk, "record", path, "old", 3));
	memset(bytes, 'x', sizeof(bytes));
	os_expect(file_replace_private(&call, disk, "record", path, bytes, sizeof(bytes)),
		  CREDENCE_ERROR, "No space left on device", "free some space");
	os_success(file_read_private(&call, disk, "record", path, &content));
	ck_assert_str_eq(buf_text(&content), "old");
	ck_assert_int_eq(mount(NULL, path, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	os_expect(file_replace_private(&call, disk, "record", path, "new", 3), CREDENCE_ERROR,
		  "Read-only file system", "mounted read-only");
	close(disk);
	ck_assert_int_eq(umount(path), 0);
	buf_done(&content);
}
END_TEST

START_TEST(folder_gone)
{
	ck_assert_int_eq(rmdir(os_folder), 0);
	os_expect(replace("record", "x"), CREDENCE_ERROR, "can't write", NULL);
	ck_assert_int_eq(mkdir(os_folder, 0700), 0);
}
END_TEST

/* Whenever the writer is killed, one of the two contents is there, whole. */
START_TEST(killed_writer)
{
	static char ones[50000], twos[60000];
	unsigned round;

	memset(ones, '1', sizeof(ones));
	memset(twos, '2', sizeof(twos));
	os_success(file_replace_private(&call, folder, "r", os_path("r"), ones, sizeof(ones)));
	for (round = 0; round < 20; round++) {
		struct buf content = BUF_INIT;
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (pid == 0)
			for (;;) {
				file_replace_private(&call, folder, "r", "r", twos, sizeof(twos));
				file_replace_private(&call, folder, "r", "r", ones, sizeof(ones));
			}
		usleep(1000 + round * 371);
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		os_success(read_it("r", &content));
		ck_assert(content.length == sizeof(ones) || content.length == sizeof(twos));
		ck_assert_mem_eq(content.data, content.length == sizeof(ones) ? ones : twos,
				 content.length);
		buf_done(&content);
	}
}
END_TEST

/* Only temporary files, only old ones, only ours. */
START_TEST(sweep)
{
	static const char *const kept[] = {
	    ".record.0123456789abcdef.tmp", ".hidden.tmp",
	    "record.0123456789abcdef.tmp",  ".record.0123456789ABCDEF.tmp",
	    ".record-0123456789abcdef.tmp", "record"};
	static const char *const swept[] = {".record.fedcba9876543210.tmp",
					    ".+a.b.0000000000000000.tmp"};
	const struct utimbuf old = {.actime = 1000000000, .modtime = 1000000000};
	size_t i;

	for (i = 0; i < 6; i++) {
		os_write(kept[i], "x", 0600);
		if (i > 0)
			ck_assert_int_eq(utime(os_path(kept[i]), &old), 0);
	}
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(utime(os_write(swept[i], "x", 0600), &old), 0);
	file_sweep(folder);
	for (i = 0; i < 6; i++)
		ck_assert_msg(file_exists(os_path(kept[i])), "%s is gone", kept[i]);
	for (i = 0; i < 2; i++)
		ck_assert_msg(!file_exists(os_path(swept[i])), "%s is there", swept[i]);
}
END_TEST

/* -- Folders -- */

START_TEST(folders)
{
	static const mode_t masks[] = {0, 022, 0777};
	const char *deep = os_path("a/b/c");
	struct stat st;
	int fd = -1;

	umask(masks[_i]);
	os_expect(file_open_folder(&call, deep, false, &fd), CREDENCE_MISS, "is not there", NULL);
	ck_assert_int_eq(fd, -1);
	os_success(file_open_folder(&call, deep, true, &fd));
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	ck_assert_int_eq(stat(os_path("a"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	os_success(file_open_folder(&call, os_path("a/b/c//"), true, &fd));
	close(fd);
}
END_TEST

START_TEST(unsafe_folders)
{
	int fd = -1;

	ck_assert_int_eq(mkdir(os_path("d"), 0700), 0);
	ck_assert_int_eq(symlink("d", os_path("link")), 0);
	os_expect(file_open_folder(&call, os_path("link"), true, &fd), CREDENCE_UNSAFE, "is a link",
		  "put a folder there");
	/* A slash at the end would follow it. */
	os_expect(file_open_folder(&call, os_path("link/"), true, &fd), CREDENCE_UNSAFE,
		  "is a link", NULL);
	os_write("file", "x", 0600);
	os_expect(file_open_folder(&call, os_path("file"), true, &fd), CREDENCE_UNSAFE, "no folder",
		  NULL);
	ck_assert_int_eq(chmod(os_path("d"), 0770), 0);
	os_expect(file_open_folder(&call, os_path("d"), false, &fd), CREDENCE_UNSAFE,
		  "others can write to", "chmod go-w");
	ck_assert_int_eq(chmod(os_path("d"), 01777), 0);
	os_expect(file_open_folder(&call, os_path("d"), false, &fd), CREDENCE_UNSAFE,
		  "others can write to", NULL);
	ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(names)
{
	char **list = NULL;
	char name[16];
	unsigned i;

	os_success(file_names(&call, os_path("absent"), &list));
	ck_assert_ptr_null(list[0]);
	file_names_free(list);
	for (i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "n%02u", (i * 37) % 100);
		os_write(name, "", 0600);
	}
	os_success(file_names(&call, os_folder, &list));
	for (i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "n%02u", i);
		ck_assert_str_eq(list[i], name);
	}
	ck_assert_ptr_null(list[100]);
	file_names_free(list);
	file_names_free(NULL);
	os_expect(file_names(&call, os_path("n00"), &list), CREDENCE_ERROR, "can't list", NULL);
}
END_TEST

/* -- Other users: only root can make their files -- */

START_TEST(wrong_owner)
{
	struct buf content = BUF_INIT;
	int fd = -1;

	if (geteuid() != 0) {
		/* What root owns is no record of ours, in a folder that will do. */
		os_success(file_open_folder(&call, "/etc", false, &fd));
		os_expect(file_read_private(&call, fd, "passwd", "/etc/passwd", &content),
			  CREDENCE_UNSAFE, "belongs to user 0", "run as that user");
		os_expect(
		    file_replace_private(&call, fd, "credence-test", "/etc/credence-test", "", 0),
		    CREDENCE_DENIED, "can't write", NULL);
		close(fd);
		return;
	}
	ck_assert_int_eq(chown(os_write("record", "text", 0600), NOBODY, NOBODY), 0);
	unsafe("record", "belongs to user 65534", "chown 0");
	os_expect(replace("record", "new"), CREDENCE_UNSAFE, "belongs to user 65534", NULL);
	ck_assert_int_eq(mkdir(os_path("d"), 0700), 0);
	ck_assert_int_eq(chown(os_path("d"), NOBODY, NOBODY), 0);
	os_expect(file_open_folder(&call, os_path("d"), true, &fd), CREDENCE_UNSAFE,
		  "belongs to user 65534", "run as that user");
}
END_TEST

/* Without the right to read: DENIED, not "not there". */
START_TEST(denied)
{
	struct buf content = BUF_INIT;
	char **list = NULL;
	int fd = -1;

	os_write("record", "text", 0);
	ck_assert_int_eq(mkdir(os_path("d"), 0), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(os_path("record"), NOBODY, NOBODY), 0);
		ck_assert_int_eq(chown(os_path("d"), NOBODY, NOBODY), 0);
		ck_assert_int_eq(chmod(os_folder, 0755), 0);
		ck_assert_int_eq(chown(os_folder, NOBODY, NOBODY), 0);
		/* The folder may lie in one that only root may enter. */
		ck_assert_int_eq(fchdir(folder), 0);
		ck_assert_int_eq(seteuid(NOBODY), 0);
	} else {
		ck_assert_int_eq(fchdir(folder), 0);
	}
	os_expect(file_read_private(&call, folder, "record", "record", &content), CREDENCE_DENIED,
		  "can't read record: Permission denied", NULL);
	os_expect(file_read_trusted(&call, "record", 0, &content), CREDENCE_DENIED, "can't read",
		  NULL);
	os_expect(file_open_folder(&call, "d", false, &fd), CREDENCE_DENIED, "can't open d", NULL);
	os_expect(file_names(&call, "d", &list), CREDENCE_DENIED, "can't list d", NULL);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("file");
	TCase *private = tcase_create("private");

	tcase_add_checked_fixture(private, start, stop);
	tcase_add_loop_test(private, written_and_read, 0, 4);
	tcase_add_test(private, missing);
	tcase_add_test(private, added);
	tcase_add_test(private, large);
	tcase_add_test(private, links);
	tcase_add_test(private, hard_links);
	tcase_add_loop_test(private, modes, 0, 7);
	tcase_add_test(private, no_files);
	tcase_add_loop_test(private, opened, 0, 2);
	tcase_add_test(private, durable);
	tcase_add_loop_test(private, not_durable, 1, 3);
	tcase_add_test(private, short_writes);
	tcase_add_test(private, no_space);
	tcase_add_test(private, full_file_system);
	tcase_add_test(private, folder_gone);
	tcase_add_test(private, killed_writer);
	tcase_add_test(private, sweep);
	tcase_add_loop_test(private, folders, 0, 3);
	tcase_add_test(private, unsafe_folders);
	tcase_add_test(private, names);
	tcase_add_test(private, wrong_owner);
	tcase_add_test(private, denied);
	suite_add_tcase(suite, private);
	return suite_run(suite);
}
