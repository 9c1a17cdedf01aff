/* test_http_date.c - servers/http_date.h */
#include "servers/http_date.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <stdint.h>
#include <string.h>

#define NOW 1700000000   /* Tue, 14 Nov 2023 22:13:20 GMT */
#define LAST_DAY 2932896 /* 9999-12-31 */

static const struct {
	int64_t t;
	const char *want;
} formats[] = {
	{ 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
	{ 784111777, "Sun, 06 Nov 1994 08:49:37 GMT" }, /* the RFC's own example */
	{ 951782400, "Tue, 29 Feb 2000 00:00:00 GMT" },
	{ 2147483648, "Tue, 19 Jan 2038 03:14:08 GMT" },
	{ 4107542400, "Mon, 01 Mar 2100 00:00:00 GMT" }, /* no leap year */
	{ INT64_C(253402300799), "Fri, 31 Dec 9999 23:59:59 GMT" },
	{ INT64_C(253402300800), "Fri, 31 Dec 9999 23:59:59 GMT" },
	{ INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT" },
	{ -1, "Thu, 01 Jan 1970 00:00:00 GMT" },
	{ INT64_MIN, "Thu, 01 Jan 1970 00:00:00 GMT" },
};

START_TEST(formats_and_stays_within_the_years_that_can_be_written)
{
	char text[HTTP_DATE_BYTES];

	http_date_format(formats[_i].t, text);
	ck_assert_str_eq(text, formats[_i].want);
}
END_TEST

enum form { FIXDATE, RFC850, ASCTIME, ASCTIME_ZERO, FORM_COUNT };

static void write_date(enum form form, time_t t, char *ret, size_t size)
{
	char day[16], month[16], hour[16];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(day, sizeof(day), form == RFC850 ? "%A" : "%a", &tm);
	strftime(month, sizeof(month), "%b", &tm);
	strftime(hour, sizeof(hour), "%H:%M:%S", &tm);
	if (form == FIXDATE)
		snprintf(ret, size, "%s, %02d %s %04d %s GMT", day, tm.tm_mday, month,
			 tm.tm_year + 1900, hour);
	else if (form == RFC850)
		snprintf(ret, size, "%s, %02d-%s-%02d %s GMT", day, tm.tm_mday, month,
			 tm.tm_year % 100, hour);
	else if (form == ASCTIME)
		snprintf(ret, size, "%s %s %2d %s %04d", day, month, tm.tm_mday, hour,
			 tm.tm_year + 1900);
	else
		snprintf(ret, size, "%s %s %02d %s %04d", day, month, tm.tm_mday, hour,
			 tm.tm_year + 1900);
}

/* A second of this day, another one each day. */
static time_t some_second(int64_t day)
{
	return day * 86400 + day * 7919 % 86400;
}

START_TEST(formats_as_the_c_library_does)
{
	char text[HTTP_DATE_BYTES], want[128];

	for (int64_t day = 0; day <= LAST_DAY; day += 5) {
		http_date_format(some_second(day), text);
		write_date(FIXDATE, some_second(day), want, sizeof(want));
		if (strcmp(text, want) != 0)
			ck_abort_msg("%s, want %s", text, want);
	}
}
END_TEST

START_TEST(reads_back_what_it_formats_of_every_day)
{
	char text[HTTP_DATE_BYTES];

	for (int64_t day = 0; day <= LAST_DAY; day++) {
		time_t got = -1;

		http_date_format(some_second(day), text);
		if (!http_date_parse(text, NOW, &got) || got != some_second(day))
			ck_abort_msg("%s: %lld, want %lld", text, (long long)got,
				     (long long)some_second(day));
	}
}
END_TEST

/* With two digits for the year: the hundred years about now. */
START_TEST(reads_what_the_c_library_formats_in_every_form)
{
	int64_t day = _i == RFC850 ? 1500 : 0, last = _i == RFC850 ? 37500 : LAST_DAY;
	char text[128];

	for (; day <= last; day += _i == RFC850 ? 1 : 11) {
		time_t got = -1;

		write_date((enum form)_i, some_second(day), text, sizeof(text));
		if (!http_date_parse(text, NOW, &got) || got != some_second(day))
			ck_abort_msg("%s: %lld, want %lld", text, (long long)got,
				     (long long)some_second(day));
	}
}
END_TEST

static const struct {
	const char *text;
	int64_t want;
} dates[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
	{ "Sun Nov  6 08:49:37 1994", 784111777 },
	{ "Sun Nov 06 08:49:37 1994", 784111777 },
	{ "Mon, 06 Nov 1994 08:49:37 GMT", 784111777 }, /* it was a Sunday: nobody minds */
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
	{ "Wed, 31 Dec 1969 23:59:59 GMT", -1 },
	{ "Mon, 01 Jan 0001 00:00:00 GMT", INT64_C(-62135596800) },
	{ "Tue, 29 Feb 2000 23:59:59 GMT", 951868799 },
	{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 }, /* a leap second */
	{ "Fri, 31 Dec 9999 23:59:59 GMT", INT64_C(253402300799) },
};

START_TEST(reads_the_three_forms)
{
	time_t t = 77;

	ck_assert(http_date_parse(dates[_i].text, NOW, &t));
	ck_assert_int_eq(t, dates[_i].want);
}
END_TEST

static const char *const no_dates[] = {
	"",
	"0",
	"784111777",
	"Sun",
	"Sun, ",
	"Sun, 06 Nov 1994",
	"Sun, 06 Nov 1994 08:49:37",
	"Sun, 06 Nov 1994 08:49:37 ",
	"Sun, 06 Nov 1994 08:49:37 UTC",
	"Sun, 06 Nov 1994 08:49:37 GMT ",
	"Sun, 06 Nov 1994 08:49:37 GMT; length=3",
	" Sun, 06 Nov 1994 08:49:37 GMT",
	"Sun, 06 Nov 1994 08:49:37 +0000",
	"sun, 06 Nov 1994 08:49:37 GMT", /* names are case-sensitive */
	"Sun, 06 nov 1994 08:49:37 GMT",
	"Sun, 06 Nov 1994 08:49:37 gmt",
	"Sux, 06 Nov 1994 08:49:37 GMT",
	"Sun, 06 Nox 1994 08:49:37 GMT",
	"Sunday, 06 Nov 1994 08:49:37 GMT",
	"Sun, 06-Nov-94 08:49:37 GMT",
	"Sunday, 06-Nov-1994 08:49:37 GMT",
	"Sunda, 06-Nov-94 08:49:37 GMT",
	"Sun 06 Nov 1994 08:49:37 GMT",
	"Sun,06 Nov 1994 08:49:37 GMT",
	"Sun, 6 Nov 1994 08:49:37 GMT",
	"Sun,  6 Nov 1994 08:49:37 GMT",
	"Sun, 00 Nov 1994 08:49:37 GMT",
	"Sun, 31 Nov 1994 08:49:37 GMT",
	"Sun, 32 Jan 1994 08:49:37 GMT",
	"Mon, 29 Feb 2100 00:00:00 GMT", /* no leap year */
	"Wed, 29 Feb 2023 00:00:00 GMT",
	"Wed, 30 Feb 2000 00:00:00 GMT",
	"Sun, 06 Nov 0000 08:49:37 GMT",
	"Sun, 06 Nov 94 08:49:37 GMT",
	"Sun, 06 Nov 19940 08:49:37 GMT",
	"Sun, 06 Nov -994 08:49:37 GMT",
	"Sun, 06 Nov 1994 24:00:00 GMT",
	"Sun, 06 Nov 1994 08:60:37 GMT",
	"Sun, 06 Nov 1994 08:49:61 GMT",
	"Sun, 06 Nov 1994 8:49:37 GMT",
	"Sun, 06 Nov 1994 08:49 GMT",
	"Sun, 06 Nov 1994 08-49-37 GMT",
	"Sun, +6 Nov 1994 08:49:37 GMT",
	"Sun, 0x Nov 1994 08:49:37 GMT",
	"Sun Nov 6 08:49:37 1994",
	"Sun Nov   6 08:49:37 1994",
	"Sun Nov    08:49:37 1994",
	"Sun Nov  0 08:49:37 1994",
	"Sun Nov  6 08:49:37 1994 GMT",
	"Sun Nov  6 08:49:37 94",
	"Sunday, 29-Feb-23 08:49:37 GMT",
	"1994-11-06T08:49:37Z",
	"Sun, 06 Nov 1994 08:49:37 GMT\n",
	"\xd0\xb2\xd1\x81, 06 Nov 1994 08:49:37 GMT",
};

START_TEST(takes_nothing_else_for_a_date_and_leaves_the_result_alone)
{
	time_t t = 77;

	ck_assert_msg(!http_date_parse(no_dates[_i], NOW, &t), "\"%s\" became %lld", no_dates[_i],
		      (long long)t);
	ck_assert_int_eq(t, 77);
}
END_TEST

/* Whatever is cut off its end, or changed to a character that it cannot have there. */
START_TEST(takes_no_part_of_a_date_for_one)
{
	char text[64];
	time_t t = 77;

	for (size_t len = 0; len < strlen(dates[_i].text); len++) {
		snprintf(text, sizeof(text), "%.*s", (int)len, dates[_i].text);
		ck_assert_msg(!http_date_parse(text, NOW, &t), "\"%s\"", text);
		snprintf(text, sizeof(text), "%s", dates[_i].text);
		text[len] = '?';
		ck_assert_msg(!http_date_parse(text, NOW, &t), "\"%s\"", text);
	}
	ck_assert_int_eq(t, 77);
}
END_TEST

static const struct {
	const char *now, *text, *want;
} centuries[] = {
	/* fifty years from now, to the second, is the future; a second later it is the past */
	{ "Tue, 14 Nov 2023 22:13:20 GMT", "Tuesday, 14-Nov-73 22:13:20 GMT",
	  "Tue, 14 Nov 2073 22:13:20 GMT" },
	{ "Tue, 14 Nov 2023 22:13:20 GMT", "Tuesday, 14-Nov-73 22:13:21 GMT",
	  "Wed, 14 Nov 1973 22:13:21 GMT" },
	{ "Tue, 14 Nov 2023 22:13:20 GMT", "Tuesday, 31-Dec-72 23:59:59 GMT",
	  "Sat, 31 Dec 2072 23:59:59 GMT" },
	{ "Tue, 14 Nov 2023 22:13:20 GMT", "Tuesday, 01-Jan-74 00:00:00 GMT",
	  "Tue, 01 Jan 1974 00:00:00 GMT" },
	{ "Tue, 14 Nov 2023 22:13:20 GMT", "Tuesday, 01-Jan-00 00:00:00 GMT",
	  "Sat, 01 Jan 2000 00:00:00 GMT" },
	{ "Tue, 14 Nov 2023 22:13:20 GMT", "Tuesday, 31-Dec-99 00:00:00 GMT",
	  "Fri, 31 Dec 1999 00:00:00 GMT" },
	/* at the end of a century the next one is near */
	{ "Thu, 31 Dec 2099 23:59:59 GMT", "Monday, 01-Jan-00 00:00:00 GMT",
	  "Fri, 01 Jan 2100 00:00:00 GMT" },
	{ "Thu, 31 Dec 2099 23:59:59 GMT", "Monday, 31-Dec-49 23:59:59 GMT",
	  "Wed, 31 Dec 2149 23:59:59 GMT" },
	{ "Thu, 31 Dec 2099 23:59:59 GMT", "Monday, 01-Jan-50 00:00:00 GMT",
	  "Sat, 01 Jan 2050 00:00:00 GMT" },
	/* whether there is a 29 February depends on the century */
	{ "Tue, 14 Nov 2023 22:13:20 GMT", "Tuesday, 29-Feb-00 00:00:00 GMT",
	  "Tue, 29 Feb 2000 00:00:00 GMT" },
	{ "Thu, 31 Dec 2099 23:59:59 GMT", "Monday, 29-Feb-00 00:00:00 GMT", NULL },
};

START_TEST(puts_two_digit_years_into_the_nearer_century)
{
	time_t now, t = 77;
	char text[HTTP_DATE_BYTES];

	ck_assert(http_date_parse(centuries[_i].now, 0, &now));
	ck_assert_int_eq(http_date_parse(centuries[_i].text, now, &t), centuries[_i].want != NULL);
	if (centuries[_i].want == NULL)
		return;
	http_date_format(t, text);
	ck_assert_str_eq(text, centuries[_i].want);
}
END_TEST

START_TEST(reads_two_digit_years_whatever_the_clock_says)
{
	static const int64_t clocks[] = { INT64_MIN, -1, 0, INT64_C(253402300799), INT64_MAX };
	time_t t;

	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++)
		ck_assert(http_date_parse("Sunday, 06-Nov-94 08:49:37 GMT", clocks[i], &t));
}
END_TEST

Suite *http_date_suite(void)
{
	Suite *s = suite_create("http_date");
	TCase *tc = tcase_create("http_date");

	tcase_add_loop_test(tc, formats_and_stays_within_the_years_that_can_be_written, 0,
			    ARRAY_SIZE(formats));
	tcase_add_test(tc, formats_as_the_c_library_does);
	tcase_add_test(tc, reads_back_what_it_formats_of_every_day);
	tcase_add_loop_test(tc, reads_what_the_c_library_formats_in_every_form, 0, FORM_COUNT);
	tcase_add_loop_test(tc, reads_the_three_forms, 0, ARRAY_SIZE(dates));
	tcase_add_loop_test(tc, takes_nothing_else_for_a_date_and_leaves_the_result_alone, 0,
			    ARRAY_SIZE(no_dates));
	tcase_add_loop_test(tc, takes_no_part_of_a_date_for_one, 0, ARRAY_SIZE(dates));
	tcase_add_loop_test(tc, puts_two_digit_years_into_the_nearer_century, 0,
			    ARRAY_SIZE(centuries));
	tcase_add_test(tc, reads_two_digit_years_whatever_the_clock_says);
	suite_add_tcase(s, tc);
	return s;
}
