/* SPDX-License-Identifier: MIT */
/* The data centres: which there are and the two origins that each of them has. */
#ifndef SANDBOX_DC_H
#define SANDBOX_DC_H

enum { DC_COUNT = 10, DC_NONE = -1, ORIGIN_MAX = 48 };

struct dc {
	const char *location;
	char accounts[ORIGIN_MAX]; /* "http://127.0.0.1:PORT", no slash at the end */
	char api[ORIGIN_MAX];
};

extern const char *const dc_locations[DC_COUNT];

/* The index of a location, or DC_NONE (also for NULL). */
int dc_find(const char *location);

#endif
