/* test_buf.c - common/buf.h */
#include "common/buf.h"

#include "tests/unit/suites.h"

#include <string.h>

START_TEST(grows_to_its_maximum_and_not_beyond)
{
	AUTO_BUF struct buf b = BUF_INIT(100);

	for (int i = 0; i < 10; i++)
		buf_addf(&b, "%s", "0123456789");
	ck_assert_uint_eq(b.len, 100);
	ck_assert(!b.failed);
	buf_add(&b, "x", 1);
	ck_assert(b.failed);
	ck_assert_uint_eq(b.len, 100);
	ck_assert_uint_eq(strlen(buf_text(&b)), 100);
}
END_TEST

START_TEST(adds_nothing_of_what_does_not_fit)
{
	AUTO_BUF struct buf b = BUF_INIT(8);

	buf_adds(&b, "abc");
	buf_addf(&b, "%s", "too long for it");
	ck_assert(b.failed);
	ck_assert_str_eq(buf_text(&b), "abc");
	buf_adds(&b, "d"); /* stays failed, so that one check at the end is enough */
	ck_assert_str_eq(buf_text(&b), "abc");
	ck_assert_ptr_null(buf_take(&b));
}
END_TEST

START_TEST(refuses_a_length_that_would_wrap)
{
	AUTO_BUF struct buf b = BUF_INIT(100);

	buf_adds(&b, "abc");
	buf_add(&b, "", SIZE_MAX);
	ck_assert(b.failed);
	ck_assert_uint_eq(b.len, 3);
}
END_TEST

START_TEST(consumes_from_the_front)
{
	AUTO_BUF struct buf b = BUF_INIT(100);

	buf_adds(&b, "hello world");
	buf_consume(&b, 6);
	ck_assert_str_eq(buf_text(&b), "world");
	buf_consume(&b, 100);
	ck_assert_str_eq(buf_text(&b), "");
}
END_TEST

START_TEST(hands_its_text_over_and_is_empty)
{
	AUTO_BUF struct buf b = BUF_INIT(100);
	char *empty = buf_take(&b);
	char *text;

	ck_assert_str_eq(empty, "");
	buf_adds(&b, "text");
	text = buf_take(&b);
	ck_assert_str_eq(text, "text");
	ck_assert_uint_eq(b.len, 0);
	ck_assert_str_eq(buf_text(&b), "");
	free(text);
	free(empty);
}
END_TEST

Suite *buf_suite(void)
{
	Suite *s = suite_create("buf");
	TCase *t = tcase_create("buf");

	tcase_add_test(t, grows_to_its_maximum_and_not_beyond);
	tcase_add_test(t, adds_nothing_of_what_does_not_fit);
	tcase_add_test(t, refuses_a_length_that_would_wrap);
	tcase_add_test(t, consumes_from_the_front);
	tcase_add_test(t, hands_its_text_over_and_is_empty);
	suite_add_tcase(s, t);
	return s;
}
