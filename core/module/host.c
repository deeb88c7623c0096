/* SPDX-License-Identifier: MIT */
/* Host services: what is known; and the table of all services. */
#include "core/module/host.h"

#include "core/module/options.h"
#include "core/module/scratch.h"
#include "core/module/services.h"
#include "core/os/secret.h"
#include "core/os/text.h"
#include "core/record/envelope.h"

#include <stdlib.h>
#include <string.h>

struct frame *service_frame(struct credence_call *call, const char *methods, const char *service)
{
	struct frame *frame = call->work != NULL ? call->work->frame : NULL;

	if (frame != NULL && (methods == NULL || text_words_cover(methods, frame->method)))
		return frame;
	call_fail(call, CREDENCE_ERROR, "%s is not offered to %s", service,
		  frame != NULL ? frame->method : "a module that was not called");
	call_log(call, CREDENCE_LOG_WARNING, "%s %s: %s is not offered to %s",
		 frame != NULL ? role_name(frame->entry->role) : "module",
		 frame != NULL ? frame->entry->conf->use : "?", service,
		 frame != NULL ? frame->method : "a module that was not called");
	return NULL;
}

credence_rc service_copy(struct credence_call *call, const char *service, const void *given,
			 void *ours, size_t size)
{
	uint32_t theirs = *(const uint32_t *)given;

	memset(ours, 0, size);
	/* None is so small that only its size and what fills up to a pointer is in it. */
	if (theirs <= 2 * sizeof(theirs)) {
		call_fail(call, CREDENCE_ERROR, "%s was given a structure whose size is %u",
			  service, (unsigned)theirs);
		call_hint(call, "the module is at fault: .size must be sizeof the structure");
		return CREDENCE_ERROR;
	}
	memcpy(ours, given, theirs < size ? theirs : size);
	return CREDENCE_SUCCESS;
}

/* -- Options -- */

static const char *keep_buf(struct frame *frame, bool found, struct buf *text)
{
	const char *kept = found ? scratch_take(&frame->scratch, buf_take(text)) : NULL;

	buf_done(text);
	return kept;
}

static const char *service_option(struct credence_call *call, const char *name)
{
	struct frame *frame = service_frame(call, NULL, "option");
	struct buf text = BUF_SECRET;

	if (frame == NULL || name == NULL)
		return NULL;
	return keep_buf(frame, options_text(frame->entry->module, frame->entry->conf, name, &text),
			&text);
}

static const char *service_option_item(struct credence_call *call, const char *name, uint32_t index)
{
	struct frame *frame = service_frame(call, NULL, "option_item");
	struct buf text = BUF_SECRET;

	if (frame == NULL || name == NULL)
		return NULL;
	return keep_buf(frame,
			options_item(frame->entry->module, frame->entry->conf, name, index, &text),
			&text);
}

static int64_t service_option_number(struct credence_call *call, const char *name)
{
	struct frame *frame = service_frame(call, NULL, "option_number");

	if (frame == NULL || name == NULL)
		return 0;
	return options_number(frame->entry->module, frame->entry->conf, name);
}

static credence_rc read_secret(struct credence_call *call, const char *service, const char *name,
			       size_t *length, const char **value)
{
	struct frame *frame = service_frame(call, NULL, service);
	char *secret = NULL;
	credence_rc rc;

	if (frame == NULL || name == NULL)
		return CREDENCE_ERROR;
	rc = options_secret(call, frame->entry->module, frame->entry->conf, name, length, &secret);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	*value = scratch_take(&frame->scratch, secret);
	return *value != NULL ? CREDENCE_SUCCESS : call_oom(call);
}

static credence_rc service_option_secret(struct credence_call *call, const char *name,
					 const char **value)
{
	return read_secret(call, "option_secret", name, NULL, value);
}

static credence_rc service_option_bytes(struct credence_call *call, const char *name,
					const void **bytes, size_t *length)
{
	const char *value = NULL;
	credence_rc rc = read_secret(call, "option_bytes", name, length, &value);

	if (rc == CREDENCE_SUCCESS)
		*bytes = value;
	return rc;
}

/* -- What is known -- */

/* A setting, wherever it stands. Provider data are read once somebody asks for what only they have:
 * a store that loads a token that is still valid does not. */
static struct setting find_setting(struct credence_call *call, const char *path)
{
	struct profile *profile = call->work->profile;
	struct setting own = profile_own(profile, path);

	if (own.value != NULL || profile_provider(call, profile) != CREDENCE_SUCCESS)
		return own;
	return profile_find(profile, path);
}

/* The profile's scopes, joined as the provider wants them. */
static const char *request_scope(struct credence_call *call, struct frame *frame)
{
	struct profile *profile = call->work->profile;
	struct buf joined = BUF_SECRET;

	if (profile->scope[0] == '\0' || profile_provider(call, profile) != CREDENCE_SUCCESS)
		return NULL;
	profile_join_scope(profile, profile->scope, &joined);
	return keep_buf(frame, true, &joined);
}

static const char *of_profile(struct credence_call *call, struct frame *frame, const char *name)
{
	const struct profile *profile = call->work->profile;
	const struct {
		const char *name, *value;
	} members[] = {
	    {"profile", profile->name},
	    {"credential", profile->credential},
	    {"provider", profile->provider_name},
	    {"client_id", profile->client_id},
	    {"owner", profile->owner},
	    {"resource", profile->resource},
	    {"audience", profile->audience},
	    {"scope", profile->scope},
	    {"state_dir", profile->state_dir},
	};
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(members[i].name, name) == 0)
			return members[i].value != NULL && members[i].value[0] != '\0'
				   ? members[i].value
				   : NULL;
	if (strcmp(name, "redirect_uri") == 0)
		return setting_string(profile_own(profile, "client.redirect_uri"));
	if (strcmp(name, "client_authentication") == 0)
		return profile_provider(call, call->work->profile) == CREDENCE_SUCCESS
			   ? profile_authentication(profile, "basic")
			   : NULL;
	return strcmp(name, "request_scope") == 0 ? request_scope(call, frame) : NULL;
}

/* Tracing sends nothing for the walks of a request, either. */
static bool is_offline(const struct credence_call *call)
{
	return (call->flags & (CALL_NO_NETWORK | CALL_DRY)) != 0;
}

static const char *service_attribute(struct credence_call *call, const char *name)
{
	struct frame *frame = service_frame(call, NULL, "attribute");
	const char *known;

	if (frame == NULL || name == NULL)
		return NULL;
	if (strcmp(name, "network") == 0)
		return is_offline(call) ? "off" : NULL;
	known = attributes_get(&call->work->known, name);
	return known != NULL ? frame_keep(frame, known) : of_profile(call, frame, name);
}

/* The client's secret is the core's alone, and what stands in a stack is for the module that it was
 * written for. A path has many spellings, so what was found is looked at, and what it stands in. */
static bool is_private(struct setting setting)
{
	const config_setting_t *at = setting.value;

	for (; at != NULL; at = config_setting_parent(at)) {
		const char *name = config_setting_name(at);

		if (name != NULL && (strcmp(name, "secret") == 0 || role_of_name(name) != 0))
			return true;
	}
	return false;
}

static bool is_text(struct setting setting)
{
	return setting.value != NULL && !config_setting_is_group(setting.value) &&
	       !config_setting_is_list(setting.value);
}

static const char *service_setting(struct credence_call *call, const char *path)
{
	struct frame *frame = service_frame(call, NULL, "setting");
	struct setting setting;
	struct buf text = BUF_SECRET;

	if (frame == NULL || path == NULL)
		return NULL;
	setting = find_setting(call, path);
	if (!is_text(setting) || is_private(setting))
		return NULL;
	setting_text(setting, &text);
	return keep_buf(frame, true, &text);
}

static const char *service_token(struct credence_call *call, const char *kind)
{
	struct frame *frame = service_frame(call, NULL, "token");
	const char *token = NULL;

	if (frame == NULL || kind == NULL)
		return NULL;
	if (strcmp(kind, "refresh_token") == 0)
		token = call->work->refresh_token;
	else if (strcmp(kind, "access_token") == 0)
		token = call->work->access_token;
	else if (strcmp(kind, "id_token") == 0)
		token = call->work->id_token;
	return token != NULL ? frame_keep(frame, token) : NULL;
}

/* -- Revisions, and the credential in another form -- */

static uint64_t service_revision(struct credence_call *call, const void *bytes, size_t length)
{
	(void)call;
	return envelope_revision(bytes, length);
}

static credence_rc service_render(struct credence_call *call, const char *format,
				  int32_t with_secrets, const char **text, size_t *length)
{
	struct frame *frame = service_frame(call, "event", "render");
	struct buf rendered = BUF_SECRET;
	credence_rc rc;

	if (frame == NULL || format == NULL)
		return CREDENCE_ERROR;
	if (call->work->render == NULL)
		return call_fail(call, CREDENCE_CONFIG, "there is nothing to render here");
	rc = call->work->render(call, format, with_secrets != 0, &rendered);
	if (rc == CREDENCE_SUCCESS) {
		*length = rendered.length;
		*text = scratch_take(&frame->scratch, buf_take(&rendered));
		rc = *text != NULL ? CREDENCE_SUCCESS : call_oom(call);
	}
	buf_done(&rendered);
	return rc;
}

const struct credence_host host_table = {
    .size = sizeof(host_table),
    .abi_minor = CREDENCE_ABI_MINOR,
    .option = service_option,
    .option_item = service_option_item,
    .option_number = service_option_number,
    .option_secret = service_option_secret,
    .attribute = service_attribute,
    .setting = service_setting,
    .token = service_token,
    .put_attribute = service_put_attribute,
    .put_token = service_put_token,
    .put_bytes = service_put_bytes,
    .put_name = service_put_name,
    .fail = service_fail,
    .refused = service_refused,
    .log = service_log,
    .http = service_http,
    .token_request = service_token_request,
    .endpoint_request = service_endpoint_request,
    .sent = service_sent,
    .put_status = service_put_status,
    .put_header = service_put_header,
    .put_body = service_put_body,
    .talk = service_talk,
    .wait = service_wait,
    .now = service_now,
    .time_left = service_time_left,
    .random = service_random,
    .file_read = service_file_read,
    .file_replace = service_file_replace,
    .file_remove = service_file_remove,
    .file_names = service_file_names,
    .revision = service_revision,
    .render = service_render,
    .program_start = service_program_start,
    .program_write = service_program_write,
    .program_read = service_program_read,
    .program_end = service_program_end,
    .revoke_request = service_revoke_request,
    .assertion = service_assertion,
    .option_bytes = service_option_bytes,
    .put_time = service_put_time,
    .file_check = service_file_check,
};
