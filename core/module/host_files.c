/* SPDX-License-Identifier: MIT */
/* Host services: private files, by absolute path, and who may write those of others. The rules are
 * core/os/file.h's. */
#include "core/module/scratch.h"
#include "core/module/services.h"
#include "core/os/file.h"
#include "core/os/path.h"
#include "core/os/secret.h"
#include "core/os/text.h"

#include <string.h>
#include <unistd.h>

/* A path cut into its folder, opened, and its last part. */
struct target {
	struct buf folder;
	const char *name;
	int fd;
};

static credence_rc open_target(struct credence_call *call, const char *path, bool make,
			       struct target *target)
{
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;

	target->folder = BUF_INIT;
	target->fd = -1;
	if (slash == NULL || path[0] != '/' || slash[1] == '\0' || strcmp(slash, "/.") == 0 ||
	    strcmp(slash, "/..") == 0)
		return call_fail(call, CREDENCE_CONFIG, "\"%s\" is no absolute path of a file",
				 path != NULL ? path : "");
	buf_add(&target->folder, path, slash == path ? 1 : (size_t)(slash - path));
	target->name = slash + 1;
	return file_open_folder(call, buf_text(&target->folder), make, &target->fd);
}

/* For a change: who may write a folder on the way could have put another one there. */
static credence_rc open_to_change(struct credence_call *call, const char *path, bool make,
				  struct target *target)
{
	credence_rc rc = open_target(call, path, make, target);
	struct stat found, walked;

	if (rc == CREDENCE_SUCCESS)
		rc = path_walk(call, buf_text(&target->folder), &walked);
	if (rc == CREDENCE_SUCCESS &&
	    (fstat(target->fd, &found) != 0 || found.st_dev != walked.st_dev ||
	     found.st_ino != walked.st_ino))
		rc = call_fail(call, CREDENCE_UNSAFE, "%s was replaced meanwhile",
			       buf_text(&target->folder));
	return rc;
}

static void close_target(struct target *target)
{
	if (target->fd >= 0)
		close(target->fd);
	buf_done(&target->folder);
}

credence_rc service_file_read(struct credence_call *call, const char *path, const void **bytes,
			      size_t *length)
{
	struct frame *frame = service_frame(call, NULL, "file_read");
	struct buf content = BUF_SECRET;
	struct target target;
	credence_rc rc;

	if (frame == NULL)
		return CREDENCE_ERROR;
	rc = open_target(call, path, false, &target);
	if (rc == CREDENCE_SUCCESS)
		rc = file_read_private(call, target.fd, target.name, path, &content);
	close_target(&target);
	if (rc == CREDENCE_SUCCESS) {
		*length = content.length;
		*bytes = scratch_take(&frame->scratch, buf_take(&content));
		rc = *bytes != NULL ? CREDENCE_SUCCESS : call_oom(call);
	}
	/* What is not there may be what the method expects; its own error is to be heard. */
	if (rc == CREDENCE_MISS)
		call_clear(call);
	buf_done(&content);
	return rc;
}

credence_rc service_file_replace(struct credence_call *call, const char *path, const void *bytes,
				 size_t length)
{
	struct target target;
	credence_rc rc;

	if (service_frame(call, NULL, "file_replace") == NULL)
		return CREDENCE_ERROR;
	rc = open_to_change(call, path, true, &target);
	if (rc == CREDENCE_SUCCESS) {
		file_sweep(target.fd);
		rc = file_replace_private(call, target.fd, target.name, path, bytes, length);
	}
	close_target(&target);
	return rc;
}

credence_rc service_file_remove(struct credence_call *call, const char *path)
{
	struct target target;
	credence_rc rc;

	if (service_frame(call, NULL, "file_remove") == NULL)
		return CREDENCE_ERROR;
	rc = open_to_change(call, path, false, &target);
	if (rc == CREDENCE_SUCCESS)
		rc = file_remove_private(call, target.fd, target.name, path);
	close_target(&target);
	return rc;
}

credence_rc service_file_check(struct credence_call *call, const char *path)
{
	if (service_frame(call, NULL, "file_check") == NULL)
		return CREDENCE_ERROR;
	if (path == NULL || path[0] != '/')
		return call_fail(call, CREDENCE_CONFIG, "\"%s\" is no absolute path of a file",
				 path != NULL ? path : "");
	return file_check_path(call, path);
}

credence_rc service_file_names(struct credence_call *call, const char *path)
{
	char **names = NULL;
	credence_rc rc;
	size_t i;

	if (service_frame(call, "list", "file_names") == NULL)
		return CREDENCE_ERROR;
	rc = file_names(call, path, &names);
	for (i = 0; rc == CREDENCE_SUCCESS && names[i] != NULL; i++)
		if (text_is_key(names[i]))
			rc = host_table.put_name(call, names[i]);
	file_names_free(names);
	return rc;
}
