/* http_date.c - see http_date.h. */
#include "servers/http_date.h"

#include "common/cc.h"

#include <stdint.h>
#include <string.h>

#define SECONDS_PER_DAY 86400
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

void http_date_format(time_t t, char ret[HTTP_DATE_BYTES])
{
	int64_t s = MIN(MAX((int64_t)t, INT64_C(0)), LAST_SECOND);
	struct tm tm;

	gmtime_r(&(time_t) { s }, &tm);
	memcpy(ret, "Sun, 00 Jan 0000 00:00:00 GMT", HTTP_DATE_BYTES);
	memcpy(ret, day_names + tm.tm_wday * 3, 3);
	put_digits(ret + 5, (unsigned)tm.tm_mday, 2);
	memcpy(ret + 8, month_names + tm.tm_mon * 3, 3);
	put_digits(ret + 12, (unsigned)tm.tm_year + 1900, 4);
	put_digits(ret + 17, (unsigned)tm.tm_hour, 2);
	put_digits(ret + 20, (unsigned)tm.tm_min, 2);
	put_digits(ret + 23, (unsigned)tm.tm_sec, 2);
}

/* What is read of a date, before it is known to be one. */
struct scan {
	const char *at; /* NULL: it is none */
	int day, month, year, hour, minute, second;
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
			s->month = i;
			return;
		}
	}
	s->at = NULL;
}

static void clock_time(struct scan *s)
{
	s->hour = digits(s, 2, false);
	literal(s, ":");
	s->minute = digits(s, 2, false);
	literal(s, ":");
	s->second = digits(s, 2, false);
}

static bool leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to the first of a month. */
static int64_t days_before(int year, int month_of_year)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	int64_t y = year - 1;
	int64_t days = y * 365 + y / 4 - y / 100 + y / 400 - 719162;

	return days + before[month_of_year] + (month_of_year > 1 && leap(year));
}

/* True when all that was read is in range. A leap second is the one after. */
static bool finish(const struct scan *s, time_t *ret)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t days;

	if (s->at == NULL || *s->at != '\0')
		return false;
	if (s->day < 1 || s->day > lengths[s->month] + (s->month == 1 && leap(s->year)) ||
	    s->year < 1 || s->hour > 23 || s->minute > 59 || s->second > 60)
		return false;
	days = days_before(s->year, s->month) + s->day - 1;
	*ret = days * SECONDS_PER_DAY + s->hour * 3600 + s->minute * 60 + s->second;
	return true;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static bool parse_fixdate(const char *text, time_t *ret)
{
	struct scan s = { .at = text };

	short_day(&s);
	literal(&s, ", ");
	s.day = digits(&s, 2, false);
	literal(&s, " ");
	month(&s);
	literal(&s, " ");
	s.year = digits(&s, 4, false);
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
	s.day = digits(&s, 2, true);
	literal(&s, " ");
	clock_time(&s);
	literal(&s, " ");
	s.year = digits(&s, 4, false);
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

/* The year whose last two digits these are, at most 50 after the present. */
static int full_year(int two_digits, time_t now)
{
	struct tm tm;
	int present, year;

	gmtime_r(&now, &tm);
	present = tm.tm_year + 1900;
	year = present - present % 100 + two_digits;
	if (year > present + 50)
		return year - 100;
	return year + 100 <= present + 50 ? year + 100 : year;
}

/* "Sunday, 06-Nov-94 08:49:37 GMT" */
static bool parse_rfc850(const char *text, time_t now, time_t *ret)
{
	struct scan s = { .at = skip_long_day(text) };

	literal(&s, ", ");
	s.day = digits(&s, 2, false);
	literal(&s, "-");
	month(&s);
	literal(&s, "-");
	s.year = full_year(digits(&s, 2, false), now);
	literal(&s, " ");
	clock_time(&s);
	literal(&s, " GMT");
	return finish(&s, ret);
}

bool http_date_parse(const char *text, time_t now, time_t *ret)
{
	return parse_fixdate(text, ret) || parse_rfc850(text, now, ret) || parse_asctime(text, ret);
}
