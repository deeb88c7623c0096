/* SPDX-License-Identifier: MIT */
/* Times as text: RFC 3339 for programs, HTTP's dates, moments and spans for people. No locale is
 * asked. */
#include "core/os/ascii.h"
#include "core/os/clock.h"
#include "core/os/text.h"

#include <string.h>
#include <time.h>

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void text_rfc3339(struct buf *out, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL) {
		out->failed = true;
		return;
	}
	buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
		   tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Exactly count digits; moves on. */
static bool take(const char **text, int count, int *value)
{
	*value = 0;
	for (; count > 0; count--, (*text)++) {
		if (!ascii_is_digit(**text))
			return false;
		*value = *value * 10 + (**text - '0');
	}
	return true;
}

static bool expect(const char **text, const char *chars)
{
	if (**text == '\0' || strchr(chars, **text) == NULL)
		return false;
	(*text)++;
	return true;
}

static bool take_zone(const char **text, int *minutes)
{
	int sign = **text == '-' ? -1 : 1, hours, rest;

	*minutes = 0;
	if (expect(text, "Zz"))
		return true;
	if (!expect(text, "+-") || !take(text, 2, &hours) || !expect(text, ":") ||
	    !take(text, 2, &rest) || hours > 23 || rest > 59)
		return false;
	*minutes = sign * (hours * 60 + rest);
	return true;
}

/* Nothing, or a point and digits, of which three count. */
static bool take_fraction(const char **text, int *ms)
{
	int scale = 100;

	*ms = 0;
	if (**text != '.')
		return true;
	(*text)++;
	if (!ascii_is_digit(**text))
		return false;
	for (; ascii_is_digit(**text); (*text)++, scale /= 10)
		*ms += (**text - '0') * scale;
	return true;
}

/* timegm makes 2 March of 30 February; here it is refused. Second 60 is a leap second. */
static bool is_date(int year, int month, int day)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month >= 1 && month <= 12 && day >= 1 &&
	       day <= days[month - 1] + (leap && month == 2);
}

static bool to_ms(int year, int month, int day, int hour, int minute, int second, int64_t *ms)
{
	struct tm tm = {.tm_year = year - 1900,
			.tm_mon = month - 1,
			.tm_mday = day,
			.tm_hour = hour,
			.tm_min = minute,
			.tm_sec = second};

	if (!is_date(year, month, day) || hour > 23 || minute > 59 || second > 60)
		return false;
	*ms = (int64_t)timegm(&tm) * 1000;
	return true;
}

bool text_parse_rfc3339(const char *text, int64_t *ms)
{
	int year, month, day, hour, minute, second, fraction, zone;

	if (text == NULL || !take(&text, 4, &year) || !expect(&text, "-") ||
	    !take(&text, 2, &month) || !expect(&text, "-") || !take(&text, 2, &day) ||
	    !expect(&text, "Tt ") || !take(&text, 2, &hour) || !expect(&text, ":") ||
	    !take(&text, 2, &minute) || !expect(&text, ":") || !take(&text, 2, &second) ||
	    !take_fraction(&text, &fraction) || !take_zone(&text, &zone) || *text != '\0')
		return false;
	if (!to_ms(year, month, day, hour, minute, second, ms))
		return false;
	*ms += fraction - (int64_t)zone * 60 * 1000;
	return true;
}

static bool take_month(const char **text, int *month)
{
	for (*month = 1; *month <= 12; (*month)++)
		if (strncmp(*text, months[*month - 1], 3) == 0) {
			*text += 3;
			return true;
		}
	return false;
}

bool text_parse_http_date(const char *text, int64_t *ms)
{
	int year, month, day, hour, minute, second;
	const char *comma = strchr(text, ',');

	/* The day of the week says nothing new. */
	if (comma == NULL || comma - text != 3)
		return false;
	text = comma + 1;
	return expect(&text, " ") && take(&text, 2, &day) && expect(&text, " ") &&
	       take_month(&text, &month) && expect(&text, " ") && take(&text, 4, &year) &&
	       expect(&text, " ") && take(&text, 2, &hour) && expect(&text, ":") &&
	       take(&text, 2, &minute) && expect(&text, ":") && take(&text, 2, &second) &&
	       strcmp(text, " GMT") == 0 && to_ms(year, month, day, hour, minute, second, ms);
}

void text_moment(struct buf *out, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	if (localtime_r(&seconds, &tm) == NULL) {
		out->failed = true;
		return;
	}
	buf_printf(out, "%d %s %02d:%02d:%02d", tm.tm_mday, months[tm.tm_mon], tm.tm_hour,
		   tm.tm_min, tm.tm_sec);
}

void text_span(struct buf *out, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *unit;
		bool alone; /* no smaller unit behind it */
	} units[] = {{CLOCK_DAY, "d", true},
		     {CLOCK_HOUR, "h", false},
		     {CLOCK_MINUTE, "min", false},
		     {CLOCK_SECOND, "s", true}};
	size_t i = 0;

	if (ms < 0)
		ms = 0;
	while (i < 3 && ms < units[i].ms)
		i++;
	buf_printf(out, "%lld %s", (long long)(ms / units[i].ms), units[i].unit);
	ms %= units[i].ms;
	if (!units[i].alone && ms >= units[i + 1].ms)
		buf_printf(out, " %lld %s", (long long)(ms / units[i + 1].ms), units[i + 1].unit);
}
