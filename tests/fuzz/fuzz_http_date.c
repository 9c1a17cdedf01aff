/* fuzz_http_date.c - any bytes as a date, at any time: what is taken for one is what
 * the C library would write for that second, in one of the three forms.
 */
#include "servers/http_date.h"

#include "common/cc.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool fine)
{
	if (!fine)
		abort();
}

/* text, with the blanks and digits that vary brought into one form: the day of the week
 * out, 60 seconds left to the caller. */
static bool written_as(const char *text, const struct tm *tm)
{
	static const char names[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	const char *month = names[tm->tm_mon], *from = strchr(text, ' ');
	char want[4][96];

	must(from != NULL);
	snprintf(want[0], sizeof(want[0]), " %02d %s %04d %02d:%02d:%02d GMT", tm->tm_mday, month,
		 tm->tm_year + 1900, tm->tm_hour, tm->tm_min, tm->tm_sec);
	snprintf(want[1], sizeof(want[1]), " %02d-%s-%02d %02d:%02d:%02d GMT", tm->tm_mday, month,
		 (tm->tm_year + 1900) % 100, tm->tm_hour, tm->tm_min, tm->tm_sec);
	snprintf(want[2], sizeof(want[2]), " %s %2d %02d:%02d:%02d %04d", month, tm->tm_mday,
		 tm->tm_hour, tm->tm_min, tm->tm_sec, tm->tm_year + 1900);
	snprintf(want[3], sizeof(want[3]), " %s %02d %02d:%02d:%02d %04d", month, tm->tm_mday,
		 tm->tm_hour, tm->tm_min, tm->tm_sec, tm->tm_year + 1900);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		if (strcmp(from, want[i]) == 0)
			return true;
	return false;
}

static void check_read(const char *text, time_t t)
{
	const char *leap = strstr(text, ":60");
	time_t shown = leap != NULL ? t - 1 : t;
	struct tm tm;

	gmtime_r(&shown, &tm);
	if (leap != NULL)
		tm.tm_sec = 60;
	must(written_as(text, &tm));
}

/* A year of two digits is at most 50 years ahead, and less than 50 behind. */
static void check_century(const char *text, time_t now, time_t t)
{
	const time_t years = 50 * INT64_C(31556952), day = 86400;

	if (strchr(text, '-') != NULL && now >= 0 && now < INT64_C(253402300800))
		must(t <= now + years + day && t >= now - years - day);
}

static void check_format(time_t t)
{
	char text[HTTP_DATE_BYTES];
	time_t again = -1;

	http_date_format(t, text);
	must(strlen(text) == HTTP_DATE_BYTES - 1);
	must(http_date_parse(text, 0, &again));
	if (t >= 0 && t < INT64_C(253402300800))
		must(again == t);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = NULL;
	int64_t now = 0, t = 77;

	if (len < sizeof(now))
		return 0;
	memcpy(&now, bytes, sizeof(now));
	check_format(now);
	text = strndup((const char *)bytes + sizeof(now), len - sizeof(now));
	if (text == NULL)
		return 0;
	if (!http_date_parse(text, now, &t)) {
		must(t == 77);
		return 0;
	}
	check_read(text, t);
	check_century(text, now, t);
	return 0;
}
