/* http_date.c - see http_date.h. */
#include "servers/http_date.h"

#include "common/cc.h"

#include <stdint.h>
#include <string.h>

#define SECONDS_PER_DAY 86400
#define DAYS_PER_400_YEARS 146097
#define FIRST_WEEKDAY 4                   /* 1970-01-01 was a Thursday */
#define LAST_SECOND INT64_C(253402300799) /* of the year 9999 */

static const char day_names[] = "SunMonTueWedThuFriSat";
static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char *const long_days[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
					 "Thursday", "Friday", "Saturday" };

static void put_digits(char *at, unsigned value, int count)
{
	for (int i = count - 1; i >= 0; i--, value /= 10)
		at[i] = (char)('0' + value % 10);
}

/* A second of the calendar; month from 0. */
struct civil {
	int day, month, year, hour, minute, second;
};

static bool leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to the first of a month. */
static int64_t days_before(int year, int month)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	int64_t y = year - 1;
	int64_t days = y * 365 + y / 4 - y / 100 + y / 400 - 719162;

	return days + before[month] + (month > 1 && leap(year));
}

static int64_t within_years(time_t t)
{
	return MIN(MAX((int64_t)t, INT64_C(0)), LAST_SECOND);
}

/* What gmtime_r(3) does, which takes the lock of the time zone for it. t: within the
 * years that we write. Returns the day's number, from 1970-01-01. */
static int64_t to_civil(int64_t t, struct civil *ret)
{
	int64_t days = t / SECONDS_PER_DAY;
	int seconds = (int)(t % SECONDS_PER_DAY);
	int year = 1971 + (int)(days * 400 / DAYS_PER_400_YEARS), month = 11; /* or before */

	while (days_before(year, 0) > days)
		year--;
	while (days_before(year, month) > days)
		month--;
	*ret = (struct civil) {
		.day = (int)(days - days_before(year, month)) + 1,
		.month = month,
		.year = year,
		.hour = seconds / 3600,
		.minute = seconds / 60 % 60,
		.second = seconds % 60,
	};
	return days;
}

void http_date_format(time_t t, char ret[HTTP_DATE_BYTES])
{
	struct civil c;
	int64_t days = to_civil(within_years(t), &c);

	memcpy(ret, "Sun, 00 Jan 0000 00:00:00 GMT", HTTP_DATE_BYTES);
	memcpy(ret, day_names + (days + FIRST_WEEKDAY) % 7 * 3, 3);
	put_digits(ret + 5, (unsigned)c.day, 2);
	memcpy(ret + 8, month_names + c.month * 3, 3);
	put_digits(ret + 12, (unsigned)c.year, 4);
	put_digits(ret + 17, (unsigned)c.hour, 2);
	put_digits(ret + 20, (unsigned)c.minute, 2);
	put_digits(ret + 23, (unsigned)c.second, 2);
}

static int64_t from_civil(const struct civil *c)
{
	int64_t days = days_before(c->year, c->month) + c->day - 1;

	return days * SECONDS_PER_DAY + c->hour * 3600 + c->minute * 60 + c->second;
}

/* What is read of a date, before it is known to be one. */
struct scan {
	const char *at; /* NULL: it is none */
	struct civil c;
};

static void literal(struct scan *s, const char *text)
{
	size_t len = strlen(text);

	if (s->at != NULL)
		s->at = strncmp(s->at, text, len) == 0 ? s->at + len : NULL;
}

/* count digits; a blank may stand for a leading zero where asctime has one. */
static int digits(struct scan *s, int count, bool blank)
{
	int value = 0;

	for (int i = 0; i < count && s->at != NULL; i++, s->at++) {
		if (i == 0 && blank && *s->at == ' ')
			continue;
		if (*s->at < '0' || *s->at > '9') {
			s->at = NULL;
			return 0;
		}
		value = value * 10 + (*s->at - '0');
	}
	return value;
}

static void short_day(struct scan *s)
{
	for (int i = 0; i < 7; i++) {
		if (strncmp(s->at, day_names + i * 3, 3) == 0) {
			s->at += 3;
			return;
		}
	}
	s->at = NULL;
}

static void month(struct scan *s)
{
	if (s->at == NULL)
		return;
	for (int i = 0; i < 12; i++) {
		if (strncmp(s->at, month_names + i * 3, 3) == 0) {
			s->at += 3;
			s->c.month = i;
			return;
		}
	}
	s->at = NULL;
}

static void clock_time(struct scan *s)
{
	s->c.hour = digits(s, 2, false);
	literal(s, ":");
	s->c.minute = digits(s, 2, false);
	literal(s, ":");
	s->c.second = digits(s, 2, false);
}

/* True when all that was read is in range. A leap second is the one after. */
static bool finish(const struct scan *s, time_t *ret)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	const struct civil *c = &s->c;

	if (s->at == NULL || *s->at != '\0')
		return false;
	if (c->day < 1 || c->day > lengths[c->month] + (c->month == 1 && leap(c->year)) ||
	    c->year < 1 || c->hour > 23 || c->minute > 59 || c->second > 60)
		return false;
	*ret = from_civil(c);
	return true;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static bool parse_fixdate(const char *text, time_t *ret)
{
	struct scan s = { .at = text };

	short_day(&s);
	literal(&s, ", ");
	s.c.day = digits(&s, 2, false);
	literal(&s, " ");
	month(&s);
	literal(&s, " ");
	s.c.year = digits(&s, 4, false);
	literal(&s, " ");
	clock_time(&s);
	literal(&s, " GMT");
	return finish(&s, ret);
}

/* "Sun Nov  6 08:49:37 1994" */
static bool parse_asctime(const char *text, time_t *ret)
{
	struct scan s = { .at = text };

	short_day(&s);
	literal(&s, " ");
	month(&s);
	literal(&s, " ");
	s.c.day = digits(&s, 2, true);
	literal(&s, " ");
	clock_time(&s);
	literal(&s, " ");
	s.c.year = digits(&s, 4, false);
	return finish(&s, ret);
}

static const char *skip_long_day(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(long_days); i++) {
		size_t len = strlen(long_days[i]);

		if (strncmp(text, long_days[i], len) == 0)
			return text + len;
	}
	return NULL;
}

/* c->year has two digits: make it the latest year that ends so, at most 50 years from
 * now. */
static void complete_year(struct civil *c, time_t now)
{
	struct civil latest;

	to_civil(within_years(now), &latest);
	latest.year += 50;
	c->year += latest.year - latest.year % 100;
	if (from_civil(c) > from_civil(&latest))
		c->year -= 100;
}

/* "Sunday, 06-Nov-94 08:49:37 GMT" */
static bool parse_rfc850(const char *text, time_t now, time_t *ret)
{
	struct scan s = { .at = skip_long_day(text) };

	literal(&s, ", ");
	s.c.day = digits(&s, 2, false);
	literal(&s, "-");
	month(&s);
	literal(&s, "-");
	s.c.year = digits(&s, 2, false);
	literal(&s, " ");
	clock_time(&s);
	literal(&s, " GMT");
	complete_year(&s.c, now);
	return finish(&s, ret);
}

bool http_date_parse(const char *text, time_t now, time_t *ret)
{
	return parse_fixdate(text, ret) || parse_rfc850(text, now, ret) || parse_asctime(text, ret);
}
