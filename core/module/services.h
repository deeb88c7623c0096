/* SPDX-License-Identifier: MIT */
/*
 * The host's services, by file: what is known (host.c), results (host_put.c), the network
 * (host_http.c), the person, time and log (host_person.c), private files (host_files.c), programs
 * (host_program.c). host_table in host.c puts them together.
 */
#ifndef CREDENCE_MODULE_SERVICES_H
#define CREDENCE_MODULE_SERVICES_H

#include "core/module/host.h"

/* The frame, if one of those methods runs ("acquire renew"; NULL: any, open too); else NULL,
 * logged, and the call fails: a service was used where it is not offered. */
struct frame *service_frame(struct credence_call *, const char *methods, const char *service);

/* What a service was given, a structure that begins with its size: as much of it as both sides
 * know, the rest zero. ERROR: its size was forgotten. */
credence_rc service_copy(struct credence_call *, const char *service, const void *given, void *ours,
			 size_t size);

credence_rc service_put_attribute(struct credence_call *, const char *, const char *);
credence_rc service_put_token(struct credence_call *, const struct credence_token *);
credence_rc service_put_bytes(struct credence_call *, const void *, size_t);
credence_rc service_put_name(struct credence_call *, const char *);
void service_put_time(struct credence_call *, int64_t);

credence_rc service_http(struct credence_call *, const struct credence_request *,
			 const struct credence_response **);
credence_rc service_token_request(struct credence_call *, const struct credence_param *, uint32_t);
credence_rc service_endpoint_request(struct credence_call *, const char *,
				     const struct credence_param *, uint32_t);
credence_rc service_assertion(struct credence_call *, const char *, const char **);
void service_sent(struct credence_call *);
credence_rc service_put_status(struct credence_call *, int32_t);
credence_rc service_put_header(struct credence_call *, const char *, const char *);
credence_rc service_put_body(struct credence_call *, const void *, size_t);

credence_rc service_talk(struct credence_call *, const struct credence_message *, const char **);
credence_rc service_wait(struct credence_call *, int64_t);
int64_t service_now(struct credence_call *);
int64_t service_time_left(struct credence_call *);
credence_rc service_random(struct credence_call *, void *, size_t);
credence_rc service_fail(struct credence_call *, credence_rc, const char *, const char *,
			 const char *);
credence_rc service_refused(struct credence_call *, const char *, const char *, const char *);
void service_log(struct credence_call *, int32_t, const char *);

credence_rc service_file_read(struct credence_call *, const char *, const void **, size_t *);
credence_rc service_file_replace(struct credence_call *, const char *, const void *, size_t);
credence_rc service_file_remove(struct credence_call *, const char *);
credence_rc service_file_check(struct credence_call *, const char *path);
credence_rc service_file_names(struct credence_call *, const char *);

credence_rc service_program_start(struct credence_call *, const struct credence_program *);
credence_rc service_program_write(struct credence_call *, const void *, size_t);
credence_rc service_program_read(struct credence_call *, const char **, size_t *);
credence_rc service_program_end(struct credence_call *, int32_t *, const char **);
credence_rc service_revoke_request(struct credence_call *);

#endif
