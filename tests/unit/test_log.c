/* test_log.c - common/log.h */
#include "common/log.h"

#include "common/buf.h"
#include "tests/unit/suites.h"

#include <jansson.h>
#include <string.h>

static const struct log_source source = { "worker-2", 4711 };

START_TEST(a_line_has_time_level_role_and_pid)
{
	AUTO_BUF struct buf b = BUF_INIT(1000);

	log_format(&b, LOG_FORMAT_TEXT, LOG_LEVEL_WARNING, &source, "it \"is\" so");
	ck_assert_uint_gt(b.len, 25);
	ck_assert_str_eq(buf_text(&b) + strlen("2026-11-24T05:48:34.123Z"),
			 " warning worker-2[4711] it \"is\" so\n");
}
END_TEST

START_TEST(a_line_stays_one_whatever_the_text)
{
	AUTO_BUF struct buf b = BUF_INIT(1000);

	log_format(&b, LOG_FORMAT_TEXT, LOG_LEVEL_INFO, &source, "a\nb\r\x1b[31mc\x7f");
	ck_assert_ptr_nonnull(strstr(buf_text(&b), "a\\x0ab\\x0d\\x1b[31mc\\x7f\n"));
	ck_assert_ptr_eq(strchr(buf_text(&b), '\n'), buf_text(&b) + b.len - 1);
}
END_TEST

START_TEST(a_json_line_parses_to_the_same_text)
{
	static const char text[] = "a \"b\" \\ c\nd\te \x01 \xc3\xbc";
	AUTO_BUF struct buf b = BUF_INIT(1000);
	json_auto_t *doc = NULL;

	log_format(&b, LOG_FORMAT_JSON, LOG_LEVEL_ERROR, &source, text);
	doc = json_loads(buf_text(&b), 0, NULL);
	ck_assert_ptr_nonnull(doc);
	ck_assert_str_eq(json_string_value(json_object_get(doc, "text")), text);
	ck_assert_str_eq(json_string_value(json_object_get(doc, "level")), "error");
	ck_assert_str_eq(json_string_value(json_object_get(doc, "role")), "worker-2");
	ck_assert_int_eq(json_integer_value(json_object_get(doc, "pid")), 4711);
}
END_TEST

START_TEST(bytes_that_are_no_text_are_named)
{
	static const char text[] = "a\xff \xe2\x82 \xed\xa0\x80.";
	static const char named[] = "a\\xff \\xe2\\x82 \\xed\\xa0\\x80.";
	AUTO_BUF struct buf b = BUF_INIT(1000);
	json_auto_t *doc = NULL;

	log_format(&b, LOG_FORMAT_TEXT, LOG_LEVEL_INFO, &source, text);
	ck_assert_ptr_nonnull(strstr(buf_text(&b), named));
	buf_clear(&b);
	log_format(&b, LOG_FORMAT_JSON, LOG_LEVEL_INFO, &source, text);
	doc = json_loads(buf_text(&b), 0, NULL);
	ck_assert_ptr_nonnull(doc);
	ck_assert_str_eq(json_string_value(json_object_get(doc, "text")), named);
}
END_TEST

START_TEST(what_steers_a_terminal_is_named_in_plain_text)
{
	AUTO_BUF struct buf b = BUF_INIT(1000);

	log_format(&b, LOG_FORMAT_TEXT, LOG_LEVEL_INFO, &source,
		   "\xc2\x9b"
		   "31m\xe2\x80\xae\t\xc3\xbc");
	ck_assert_ptr_nonnull(strstr(buf_text(&b), "\\xc2\\x9b31m\\xe2\\x80\\xae\t\xc3\xbc\n"));
}
END_TEST

static const struct {
	const char *line, *text;
	enum log_level level;
} prefixed[] = {
	{ "<3>gone", "gone", LOG_LEVEL_ERROR },
	{ "<0>gone", "gone", LOG_LEVEL_ERROR },
	{ "<4>hm", "hm", LOG_LEVEL_WARNING },
	{ "<5>so", "so", LOG_LEVEL_INFO },
	{ "<6>so", "so", LOG_LEVEL_INFO },
	{ "<7>detail", "detail", LOG_LEVEL_DEBUG },
	{ "plain", "plain", LOG_LEVEL_WARNING },
	{ "<x>html", "<x>html", LOG_LEVEL_WARNING },
	{ "<66>long", "<66>long", LOG_LEVEL_WARNING },
	{ "", "", LOG_LEVEL_WARNING },
	{ "<", "<", LOG_LEVEL_WARNING },
	{ "<8>more", "more", LOG_LEVEL_WARNING },
};

START_TEST(a_priority_in_front_is_the_level)
{
	const char *text = prefixed[_i].line;

	ck_assert_int_eq(log_level_strip(&text, LOG_LEVEL_WARNING), prefixed[_i].level);
	ck_assert_str_eq(text, prefixed[_i].text);
}
END_TEST

static char heard[100];

static void hear(void *arg, enum log_level level, const char *text)
{
	snprintf(heard, sizeof(heard), "%s %d %s", (const char *)arg, level, text);
}

START_TEST(less_than_the_level_is_not_said)
{
	static char arg[] = "arg";

	log_open(LOG_LEVEL_INFO, hear, arg);
	log_debug("no");
	ck_assert_str_eq(heard, "");
	log_info("yes %d", 1);
	ck_assert_str_eq(heard, "arg 6 yes 1");
}
END_TEST

Suite *log_suite(void)
{
	Suite *s = suite_create("log");
	TCase *t = tcase_create("log");

	tcase_add_test(t, a_line_has_time_level_role_and_pid);
	tcase_add_test(t, a_line_stays_one_whatever_the_text);
	tcase_add_test(t, a_json_line_parses_to_the_same_text);
	tcase_add_test(t, bytes_that_are_no_text_are_named);
	tcase_add_test(t, what_steers_a_terminal_is_named_in_plain_text);
	tcase_add_loop_test(t, a_priority_in_front_is_the_level, 0, ARRAY_SIZE(prefixed));
	tcase_add_test(t, less_than_the_level_is_not_said);
	suite_add_tcase(s, t);
	return s;
}
