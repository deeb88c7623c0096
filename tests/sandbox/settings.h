/* SPDX-License-Identifier: MIT */
/* Every rule that can be shortened or switched: by an option at start, by the control origin later.
 */
#ifndef SANDBOX_SETTINGS_H
#define SANDBOX_SETTINGS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rotation { ROTATION_OFF, ROTATION_ON, ROTATION_FAMILY };
enum consent { CONSENT_ASK, CONSENT_ALLOW, CONSENT_REFUSE };

enum metadata { METADATA_BOTH, METADATA_OAUTH, METADATA_OPENID, METADATA_OFF };

enum { SETTING_TEXT_MAX = 64 };

/* Durations are in milliseconds. What each means is in the table in settings.c and in the manual.
 */
struct settings {
	int64_t code_life, code_count, access_life, access_count, access_live, access_strict;
	int64_t refresh_live, refresh_count, window, device_life, device_interval;
	int64_t rotation, reuse_window;
	int64_t millis, localised, throttle_status;
	int64_t consent, token_size;
	int64_t metadata, metadata_life;
	int64_t issuer, any_port;
	char consent_dc[SETTING_TEXT_MAX], mark[SETTING_TEXT_MAX];
};

void settings_init(struct settings *settings);
/* False if there is no such setting or the value doesn't fit. '-' and '_' are alike in names. */
bool settings_set(struct settings *settings, const char *name, const char *value);
struct json_object *settings_json(const struct settings *settings);

/* The names, for the options of the command: NULL after the last. */
const char *settings_name(size_t index);
bool settings_is_flag(size_t index);

#endif
