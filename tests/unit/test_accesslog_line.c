/* test_accesslog_line.c - what a line says, and what no client can make it say. */
#include "common/cc.h"
#include "common/clock.h"
#include "common/utf8.h"
#include "servers/accesslog_line.h"
#include "servers/app.h"
#include "tests/unit/suites.h"

#include <jansson.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#define TEXT(literal) \
	{ \
		.text = (literal), .len = sizeof(literal) - 1 \
	}
#define NOW_NS (5000 * CLOCK_NS_PER_S)

static const struct site site = { .group = "blue", .port = 11000, .start_sequence_num = 7 };

/* The second that the manual shows, begun 250 ms before NOW_NS. */
static const struct accesslog_clock shown = {
	.second_ns = NOW_NS - 250 * CLOCK_NS_PER_MS,
	.combined = " - - [10/Oct/2000:13:55:36 +0000] \"",
	.json = "2000-10-10T13:55:36.",
	.combined_len = 35,
	.json_len = 20,
};

static struct accesslog_entry full_entry(void)
{
	return (struct accesslog_entry) {
		.site = &site,
		.addr = TEXT("127.0.0.1"),
		.method = TEXT("GET"),
		.path = TEXT("/x"),
		.query = TEXT("y"),
		.version = TEXT("HTTP/1.1"),
		.referer = TEXT("referer"),
		.user_agent = TEXT("user-agent"),
		.bytes = 2326,
		.duration_us = 1234567,
		.status = 200,
	};
}

/* NUL-terminated, valid until the next call. */
static const char *format_line(enum accesslog_format format, const struct accesslog_entry *entry)
{
	static char line[ACCESSLOG_LINE_MAX + 1];
	struct accesslog_clock clock = shown;
	size_t len = accesslog_line(line, format, &clock, NOW_NS, entry);

	ck_assert_uint_le(len, ACCESSLOG_LINE_MAX);
	line[len] = '\0';
	ck_assert_ptr_eq(strchr(line, '\n'), line + len - 1);
	return line;
}

START_TEST(the_combined_form_is_apaches)
{
	const struct accesslog_entry entry = full_entry();

	ck_assert_str_eq(
		format_line(ACCESSLOG_COMBINED, &entry),
		"127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] \"GET /x?y HTTP/1.1\" 200 2326 "
		"\"referer\" \"user-agent\"\n");
}
END_TEST

START_TEST(the_json_form_has_every_field)
{
	const struct accesslog_entry entry = full_entry();

	ck_assert_str_eq(
		format_line(ACCESSLOG_JSON, &entry),
		"{\"time\":\"2000-10-10T13:55:36.250Z\",\"addr\":\"127.0.0.1\",\"group\":"
		"\"blue\",\"port\":11000,\"START_SEQUENCE_NUM\":7,\"method\":\"GET\","
		"\"target\":\"/x?y\",\"version\":\"HTTP/1.1\",\"status\":200,\"bytes\":2326,"
		"\"duration_us\":1234567,\"referer\":\"referer\",\"user_agent\":"
		"\"user-agent\"}\n");
}
END_TEST

START_TEST(what_is_not_known_is_a_dash_or_null)
{
	const struct accesslog_entry entry = {
		.site = &site, .addr = TEXT("unix:"), .status = 400, .bytes = ACCESSLOG_UNKNOWN
	};

	ck_assert_str_eq(format_line(ACCESSLOG_COMBINED, &entry),
			 "unix: - - [10/Oct/2000:13:55:36 +0000] \"-\" 400 - \"-\" \"-\"\n");
	ck_assert_ptr_nonnull(strstr(format_line(ACCESSLOG_JSON, &entry),
				     "\"method\":null,\"target\":null,\"version\":null,\"status\":"
				     "400,\"bytes\":null,\"duration_us\":0,\"referer\":null,"
				     "\"user_agent\":null}\n"));
}
END_TEST

START_TEST(a_target_alone_and_an_empty_query_are_shown_as_sent)
{
	struct accesslog_entry entry = full_entry();

	entry.query = (struct accesslog_text)TEXT("");
	ck_assert_ptr_nonnull(
		strstr(format_line(ACCESSLOG_COMBINED, &entry), "\"GET /x? HTTP/1.1\""));
	entry.method = entry.query = entry.version = (struct accesslog_text) { 0 };
	ck_assert_ptr_nonnull(strstr(format_line(ACCESSLOG_COMBINED, &entry), "] \"- /x\" 200"));
}
END_TEST

static const struct {
	const char *sent, *combined, *json;
} escapes[] = {
	{ "\"", "\\x22", "\\\"" },
	{ "\\", "\\x5C", "\\\\" },
	{ "a\"b\\c", "a\\x22b\\x5Cc", "a\\\"b\\\\c" },
	{ "\n", "\\x0A", "\\u000a" },
	{ "\r\n200 1 \"", "\\x0D\\x0A200 1 \\x22", "\\u000d\\u000a200 1 \\\"" },
	{ "\x1b[2J", "\\x1B[2J", "\\u001b[2J" },
	{ "\x7f", "\\x7F", "\\u007f" },
	{ "é€😀", "é€😀", "é€😀" },
	{ "\xff", "\\xFF", "\\\\xff" },
	{ "\xc3", "\\xC3", "\\\\xc3" },
	{ "\xc3(", "\\xC3(", "\\\\xc3(" },
	{ "\xc0\x80", "\\xC0\\x80", "\\\\xc0\\\\x80" },
	{ "\xed\xa0\x80", "\\xED\\xA0\\x80", "\\\\xed\\\\xa0\\\\x80" },
	{ "\xc2\x9b", "\\xC2\\x9B", "\\\\xc2\\\\x9b" },
	{ "\xe2\x80\xae", "\\xE2\\x80\\xAE", "\\\\xe2\\\\x80\\\\xae" },
	{ "%00%0a+ ~", "%00%0a+ ~", "%00%0a+ ~" },
};

/* At every place of the words in which plain text is looked through. */
START_TEST(hostile_bytes_are_escaped_wherever_they_stand)
{
	struct accesslog_entry entry = full_entry();

	for (int before = 0; before < 18; before++) {
		char sent[64], want[2][128];

		snprintf(sent, sizeof(sent), "%.*s%sz", before, "abcdefghijklmnopqrs",
			 escapes[_i].sent);
		snprintf(want[0], sizeof(want[0]), " \"%.*s%sz\"\n", before, "abcdefghijklmnopqrs",
			 escapes[_i].combined);
		snprintf(want[1], sizeof(want[1]), ":\"%.*s%sz\"}\n", before, "abcdefghijklmnopqrs",
			 escapes[_i].json);
		entry.user_agent = (struct accesslog_text) { sent, strlen(sent) };
		for (int format = ACCESSLOG_COMBINED; format <= ACCESSLOG_JSON; format++) {
			const char *line = format_line((enum accesslog_format)format, &entry);

			ck_assert_msg(strstr(line, want[format]) != NULL, "want %s in %s",
				      want[format], line);
		}
	}
}
END_TEST

START_TEST(every_field_a_client_sends_is_escaped)
{
	struct accesslog_entry entry = full_entry();
	const struct accesslog_text evil = TEXT("\"\n\\");

	entry.method = entry.path = entry.query = entry.version = entry.referer = entry.user_agent =
		evil;
	ck_assert_str_eq(format_line(ACCESSLOG_COMBINED, &entry),
			 "127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] \"\\x22\\x0A\\x5C "
			 "\\x22\\x0A\\x5C?\\x22\\x0A\\x5C \\x22\\x0A\\x5C\" 200 2326 "
			 "\"\\x22\\x0A\\x5C\" \"\\x22\\x0A\\x5C\"\n");
}
END_TEST

static const char *json_field(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	ck_assert_msg(text != NULL, "no text %s", key);
	return text;
}

/* Checked as a whole: Check keeps a record of each of its assertions. */
static bool is_printable(const char *line)
{
	for (; line[1] != '\0'; line++)
		if ((unsigned char)*line < 0x20 || *line == 0x7f)
			return false;
	return true;
}

/* A whole line's worth of one byte, or of what random() gives: JSON stays
 * JSON, a line stays a line of printable characters. */
static void check_hostile(const char *text, size_t len)
{
	struct accesslog_entry entry = full_entry();
	json_auto_t *object = NULL;
	const char *line;

	entry.path = entry.query = entry.referer = entry.user_agent =
		(struct accesslog_text) { text, len };
	line = format_line(ACCESSLOG_COMBINED, &entry);
	ck_assert_msg(is_printable(line), "not one line: %s", line);
	line = format_line(ACCESSLOG_JSON, &entry);
	object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_msg(object != NULL, "no JSON: %s", line);
	ck_assert_uint_le(strlen(json_field(object, "target")), ACCESSLOG_TARGET_MAX + 3);
}

START_TEST(no_bytes_make_a_line_anything_but_one)
{
	char text[3000];

	for (unsigned byte = 0; byte <= UCHAR_MAX; byte++) {
		memset(text, (int)byte, sizeof(text));
		check_hostile(text, sizeof(text));
	}
	srandom(1);
	for (int round = 0; round < 2000; round++) {
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = (char)random();
		check_hostile(text, (size_t)random() % sizeof(text));
	}
}
END_TEST

START_TEST(fields_of_any_length_fit_a_line)
{
	char *text = malloc(1 << 20);
	struct accesslog_entry entry = full_entry();

	memset(text, '\x01', 1 << 20); /* six bytes each, as JSON */
	entry.method = entry.path = entry.query = entry.version = entry.referer = entry.user_agent =
		(struct accesslog_text) { text, 1 << 20 };
	entry.addr = (struct accesslog_text)TEXT("0000:0000:0000:0000:0000:ffff:255.255.255.255");
	entry.bytes = UINT64_MAX - 1;
	entry.duration_us = UINT64_MAX;
	format_line(ACCESSLOG_COMBINED, &entry);
	format_line(ACCESSLOG_JSON, &entry);
	free(text);
}
END_TEST

START_TEST(what_is_cut_ends_with_an_ellipsis_and_what_just_fits_does_not)
{
	char text[ACCESSLOG_AGENT_MAX + 2];
	struct accesslog_entry entry = full_entry();

	memset(text, 'a', sizeof(text));
	entry.user_agent = (struct accesslog_text) { text, ACCESSLOG_AGENT_MAX };
	ck_assert_ptr_null(strstr(format_line(ACCESSLOG_COMBINED, &entry), "…"));
	entry.user_agent.len++;
	ck_assert_ptr_nonnull(strstr(format_line(ACCESSLOG_COMBINED, &entry), "aaa…\"\n"));
}
END_TEST

START_TEST(a_long_path_leaves_no_query_behind_its_ellipsis)
{
	char path[ACCESSLOG_TARGET_MAX + 1];
	struct accesslog_entry entry = full_entry();

	memset(path, 'p', sizeof(path));
	entry.path = (struct accesslog_text) { path, sizeof(path) };
	ck_assert_ptr_nonnull(strstr(format_line(ACCESSLOG_COMBINED, &entry), "ppp… HTTP/1.1\""));
}
END_TEST

/* The '?' itself has room behind a path that just fits. */
START_TEST(a_path_that_just_fits_has_its_query_cut)
{
	char path[ACCESSLOG_TARGET_MAX];
	struct accesslog_entry entry = full_entry();

	memset(path, 'p', sizeof(path));
	entry.path = (struct accesslog_text) { path, sizeof(path) };
	ck_assert_ptr_nonnull(strstr(format_line(ACCESSLOG_COMBINED, &entry), "ppp… HTTP/1.1\""));
}
END_TEST

/* By the clock that is shown: time(3) is of the last tick, some milliseconds ago. */
static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec;
}

START_TEST(the_time_is_now_in_utc)
{
	struct accesslog_clock clock = { 0 };
	const struct accesslog_entry entry = full_entry();
	char line[ACCESSLOG_LINE_MAX];
	time_t before = now(), at;
	struct tm tm = { 0 };

	accesslog_line(line, ACCESSLOG_COMBINED, &clock, clock_mono_ns(), &entry);
	ck_assert_ptr_nonnull(strptime(line, "127.0.0.1 - - [%d/%b/%Y:%T +0000] \"GET", &tm));
	at = timegm(&tm);
	ck_assert(before <= at && at <= now());
	tm = (struct tm) { 0 };
	accesslog_line(line, ACCESSLOG_JSON, &clock, clock_mono_ns(), &entry);
	ck_assert_ptr_nonnull(strptime(line, "{\"time\":\"%Y-%m-%dT%T.", &tm));
	at = timegm(&tm);
	ck_assert(before <= at && at <= now());
}
END_TEST

START_TEST(the_time_is_made_anew_when_its_second_is_over)
{
	struct accesslog_clock clock = shown;
	const struct accesslog_entry entry = full_entry();
	char line[ACCESSLOG_LINE_MAX];
	uint64_t last_ns = clock.second_ns + CLOCK_NS_PER_S - 1;

	accesslog_line(line, ACCESSLOG_JSON, &clock, last_ns, &entry);
	ck_assert(memcmp(line, "{\"time\":\"2000-10-10T13:55:36.999Z\"", 34) == 0);
	accesslog_line(line, ACCESSLOG_JSON, &clock, last_ns + 1, &entry);
	ck_assert(memcmp(line, "{\"time\":\"2000-", 14) != 0);
}
END_TEST

Suite *accesslog_line_suite(void)
{
	Suite *s = suite_create("accesslog_line");
	TCase *t = tcase_create("accesslog_line");

	tcase_add_test(t, the_combined_form_is_apaches);
	tcase_add_test(t, the_json_form_has_every_field);
	tcase_add_test(t, what_is_not_known_is_a_dash_or_null);
	tcase_add_test(t, a_target_alone_and_an_empty_query_are_shown_as_sent);
	tcase_add_loop_test(t, hostile_bytes_are_escaped_wherever_they_stand, 0,
			    ARRAY_SIZE(escapes));
	tcase_add_test(t, every_field_a_client_sends_is_escaped);
	tcase_add_test(t, no_bytes_make_a_line_anything_but_one);
	tcase_add_test(t, fields_of_any_length_fit_a_line);
	tcase_add_test(t, what_is_cut_ends_with_an_ellipsis_and_what_just_fits_does_not);
	tcase_add_test(t, a_long_path_leaves_no_query_behind_its_ellipsis);
	tcase_add_test(t, a_path_that_just_fits_has_its_query_cut);
	tcase_add_test(t, the_time_is_now_in_utc);
	tcase_add_test(t, the_time_is_made_anew_when_its_second_is_over);
	suite_add_tcase(s, t);
	return s;
}
