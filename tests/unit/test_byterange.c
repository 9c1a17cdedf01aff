/* test_byterange.c - servers/byterange.h */
#include "servers/byterange.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <string.h>

#define M UINT64_MAX

static const struct {
	const char *header;
	uint64_t size;
	const char *want; /* the parts, blanks between them */
} parts[] = {
	/* RFC 9110, 14.1.2: the three forms */
	{ "bytes=0-499", 10000, "0-499" },
	{ "bytes=500-999", 10000, "500-999" },
	{ "bytes=9500-", 10000, "9500-9999" },
	{ "bytes=-500", 10000, "9500-9999" },
	{ "bytes=0-0,-1", 10000, "0-0 9999-9999" },
	{ "bytes=0-", 1, "0-0" },
	{ "bytes=0-0", 1, "0-0" },
	{ "bytes=-1", 1, "0-0" },
	{ "bytes=9999-", 10000, "9999-9999" },
	{ "bytes=0-9999", 10000, "0-9999" },
	{ "bytes=00-007", 10000, "0-7" },
	/* more than there is: what there is */
	{ "bytes=0-10000", 10000, "0-9999" },
	{ "bytes=9999-10000", 10000, "9999-9999" },
	{ "bytes=-10000", 10000, "0-9999" },
	{ "bytes=-10001", 10000, "0-9999" },
	/* 14.1: a unit's case is all one */
	{ "Bytes=0-1", 10, "0-1" },
	{ "BYTES=0-1", 10, "0-1" },
	/* 5.6.1.2: blanks and empty elements of a list */
	{ "bytes=0-0 ,\t200-200", 1000, "0-0 200-200" },
	{ "bytes=,,0-0,,,200-200, ,", 1000, "0-0 200-200" },
	{ "bytes=0-0 ", 1000, "0-0" },
	/* what cannot be satisfied does not count beside what can */
	{ "bytes=0-0,1000-", 1000, "0-0" },
	{ "bytes=1000-1001,-0,5-6", 1000, "5-6" },
	/* 15.3.7.2: overlapping or near ones are joined, in the order asked for */
	{ "bytes=0-9,5-14", 1000, "0-14" },
	{ "bytes=5-14,0-9", 1000, "0-14" },
	{ "bytes=0-9,10-19", 1000, "0-19" },
	{ "bytes=0-9,89-99", 1000, "0-99" },
	{ "bytes=0-9,90-99", 1000, "0-9 90-99" },
	{ "bytes=90-99,0-9", 1000, "90-99 0-9" },
	{ "bytes=0-9,0-9,0-9", 1000, "0-9" },
	{ "bytes=0-,0-,-1000", 1000, "0-999" },
	{ "bytes=100-109,900-909,105-120", 1000, "100-120 900-909" },
	{ "bytes=900-909,100-109,500-509,850-860", 1000, "850-909 100-109 500-509" },
	/* one that bridges others: all are one, where the first of them stood */
	{ "bytes=0-9,1000-1009,500-509,5-1004", 5000, "0-1009" },
	{ "bytes=3000-3009,1000-1009,500-509,505-1004", 5000, "3000-3009 500-1009" },
	{ "bytes=500-509,3000-3009,1000-1009,505-1004", 5000, "500-1009 3000-3009" },
	{ "bytes=1000-1009,200-209,600-609,204-605,600-1000", 5000, "200-1009" },
	/* no sum is too large */
	{ "bytes=18446744073709551614-", M, "18446744073709551614-18446744073709551614" },
	{ "bytes=0-18446744073709551615", M, "0-18446744073709551614" },
	{ "bytes=0-18446744073709551616", M, "0-18446744073709551614" },
	{ "bytes=0-99999999999999999999999999999999", 10, "0-9" },
	{ "bytes=-99999999999999999999999999999999", 10, "0-9" },
	{ "bytes=-18446744073709551616", M, "0-18446744073709551614" },
	{ "bytes=5000000000-5000000009", 6000000000, "5000000000-5000000009" },
	{ "bytes=0-0,18446744073709551614-18446744073709551614", M,
	  "0-0 18446744073709551614-18446744073709551614" },
};

START_TEST(finds_the_parts)
{
	struct byterange_set set;
	char text[512] = "";

	ck_assert_int_eq(byterange_parse(parts[_i].header, parts[_i].size, &set), BYTERANGE_PARTS);
	for (size_t i = 0, len = 0; i < set.count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%llu-%llu",
					i > 0 ? " " : "", (unsigned long long)set.part[i].first,
					(unsigned long long)set.part[i].last);
	ck_assert_str_eq(text, parts[_i].want);
}
END_TEST

static void expect(const char *header, uint64_t size, enum byterange_result want)
{
	struct byterange_set set, before;

	memset(&set, 0x5a, sizeof(set));
	before = set;
	ck_assert_msg(byterange_parse(header, size, &set) == want, "%s of %llu",
		      header != NULL ? header : "NULL", (unsigned long long)size);
	ck_assert_mem_eq(&set, &before, sizeof(set));
}

static const char *const ignored[] = {
	/* RFC 9110, 14.2: no header, another unit, or none */
	NULL,
	"",
	"bytes",
	"bytes 0-1",
	"bytes =0-1",
	" bytes=0-1",
	"items=0-1",
	"bytesx=0-1",
	"none",
	"0-1",
	/* 14.1.1: not even one range */
	"bytes=",
	"bytes= ",
	"bytes=,",
	"bytes=, ,",
	/* syntax, also behind a good one */
	"bytes=-",
	"bytes=--1",
	"bytes=0",
	"bytes=a-b",
	"bytes=0-b",
	"bytes=0x0-1",
	"bytes=+0-1",
	"bytes=0-+1",
	"bytes=-+1",
	"bytes=0 -1",
	"bytes=0- 1",
	"bytes=0-1-2",
	"bytes=0-1 2-3",
	"bytes=0-1;2-3",
	"bytes=0-1,x",
	"bytes=0-1,2",
	"bytes=5000-,x",
	"bytes=0.0-1",
	"bytes=*",
	"bytes=\xd9\xa1-",
	/* 14.1.2: the last before the first */
	"bytes=1-0",
	"bytes=0-1,5-3",
	"bytes=99999999999999999999-5",
};

START_TEST(ignores_what_is_no_range_of_bytes)
{
	expect(ignored[_i], 1000, BYTERANGE_WHOLE);
	expect(ignored[_i], 0, BYTERANGE_WHOLE);
}
END_TEST

static const struct {
	const char *header;
	uint64_t size;
} unsatisfiable[] = {
	/* RFC 9110, 14.1.2 and 15.5.17 */
	{ "bytes=1000-", 1000 },
	{ "bytes=1000-1000", 1000 },
	{ "bytes=-0", 1000 },
	{ "bytes=-0,1000-,4000-4001", 1000 },
	{ "bytes=18446744073709551615-", M },
	{ "bytes=99999999999999999999-", M },
	/* an empty file has none */
	{ "bytes=0-", 0 },
	{ "bytes=0-0", 0 },
	{ "bytes=-1", 0 },
	{ "bytes=-0", 0 },
	{ "bytes=0-,-5", 0 },
	{ "bytes=0-18446744073709551615", 0 },
};

START_TEST(says_when_nothing_can_be_satisfied)
{
	expect(unsatisfiable[_i].header, unsatisfiable[_i].size, BYTERANGE_UNSATISFIABLE);
}
END_TEST

/* count ranges of one byte, step apart. */
static void many(char *ret, size_t size, unsigned count, unsigned step)
{
	size_t len = (size_t)snprintf(ret, size, "bytes=");

	for (unsigned i = 0; i < count; i++)
		len += (size_t)snprintf(ret + len, size - len, "%s%u-%u", i > 0 ? "," : "",
					i * step, i * step);
}

/* RFC 9110, 14.2 */
START_TEST(sends_sixteen_parts_and_for_more_the_whole_file)
{
	char header[4096];
	struct byterange_set set;

	many(header, sizeof(header), BYTERANGE_MAX, 1000);
	ck_assert_int_eq(byterange_parse(header, 100000, &set), BYTERANGE_PARTS);
	ck_assert_uint_eq(set.count, BYTERANGE_MAX);
	ck_assert_uint_eq(set.part[BYTERANGE_MAX - 1].first, (BYTERANGE_MAX - 1) * 1000);
	many(header, sizeof(header), BYTERANGE_MAX + 1, 1000);
	expect(header, 100000, BYTERANGE_WHOLE);
	/* also when they would be one, or none */
	many(header, sizeof(header), BYTERANGE_MAX + 1, 1);
	expect(header, 100000, BYTERANGE_WHOLE);
	expect(header, 0, BYTERANGE_WHOLE);
	many(header, sizeof(header), 200, 3);
	expect(header, 100000, BYTERANGE_WHOLE);
}
END_TEST

Suite *byterange_suite(void)
{
	Suite *s = suite_create("byterange");
	TCase *tc = tcase_create("byterange");

	tcase_add_loop_test(tc, finds_the_parts, 0, ARRAY_SIZE(parts));
	tcase_add_loop_test(tc, ignores_what_is_no_range_of_bytes, 0, ARRAY_SIZE(ignored));
	tcase_add_loop_test(tc, says_when_nothing_can_be_satisfied, 0, ARRAY_SIZE(unsatisfiable));
	tcase_add_test(tc, sends_sixteen_parts_and_for_more_the_whole_file);
	suite_add_tcase(s, tc);
	return s;
}
