/* SPDX-License-Identifier: MIT */
/* The table of locations. The order gives the ports of `--port`; it is part of the manual. */
#include "dc.h"

#include <string.h>

const char *const dc_locations[DC_COUNT] = {"us", "eu", "in", "au", "jp",
					    "ca", "sa", "uk", "cn", "ae"};

int dc_find(const char *location)
{
	int i;

	if (location == NULL)
		return DC_NONE;
	for (i = 0; i < DC_COUNT; i++)
		if (strcmp(dc_locations[i], location) == 0)
			return i;
	return DC_NONE;
}
