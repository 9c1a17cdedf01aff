/* test_lines.c - launcher/lines.h */
#include "launcher/lines.h"

#include "common/fd.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <string.h>

static struct buf heard;

static void hear(void *arg ATTR_UNUSED, const char *line)
{
	buf_addf(&heard, "[%s]", line);
}

static struct lines lines;
static int ends[2];

static void setup(void)
{
	heard = (struct buf)BUF_INIT(100000);
	lines_init(&lines, hear, NULL);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	fd_set_nonblock(ends[0], true);
}

static void teardown(void)
{
	lines_release(&lines);
	buf_release(&heard);
	close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
}

static void say(const char *text)
{
	fd_write_all(ends[1], text, strlen(text));
}

START_TEST(whole_lines_come_out_whatever_the_pieces)
{
	say("one\ntw");
	ck_assert(lines_read(&lines, ends[0]));
	ck_assert_str_eq(buf_text(&heard), "[one]");
	say("o\n");
	ck_assert(lines_read(&lines, ends[0]));
	ck_assert_str_eq(buf_text(&heard), "[one][two]");
}
END_TEST

START_TEST(the_end_gives_out_what_is_left)
{
	say("no newline");
	close(take_fd(&ends[1]));
	ck_assert(!lines_read(&lines, ends[0]));
	lines_finish(&lines);
	ck_assert_str_eq(buf_text(&heard), "[no newline]");
	lines_finish(&lines);
	ck_assert_str_eq(buf_text(&heard), "[no newline]");
}
END_TEST

START_TEST(a_line_without_end_is_cut_at_the_bound)
{
	char piece[1024];

	memset(piece, 'x', sizeof(piece));
	for (int i = 0; i < 12; i++) {
		fd_write_all(ends[1], piece, sizeof(piece));
		ck_assert(lines_read(&lines, ends[0]));
		ck_assert_uint_le(lines.part.len, LINES_MAX_BYTES);
	}
	ck_assert_uint_eq(heard.len, LINES_MAX_BYTES + 2);
}
END_TEST

START_TEST(a_nul_does_not_hide_what_follows)
{
	fd_write_all(ends[1], "a\0b\n", 4);
	ck_assert(lines_read(&lines, ends[0]));
	ck_assert_str_eq(buf_text(&heard), "[a?b]");
}
END_TEST

Suite *lines_suite(void)
{
	Suite *s = suite_create("lines");
	TCase *t = tcase_create("lines");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, whole_lines_come_out_whatever_the_pieces);
	tcase_add_test(t, the_end_gives_out_what_is_left);
	tcase_add_test(t, a_line_without_end_is_cut_at_the_bound);
	tcase_add_test(t, a_nul_does_not_hide_what_follows);
	suite_add_tcase(s, t);
	return s;
}
