/* test_gen_lines.c - lines of files and of standard input as JSON strings. */
#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/generator_fixture.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static struct dir_fixture dir;

static void setup(void)
{
	dir_fixture_init(&dir);
}

static void teardown(void)
{
	dir_fixture_release(&dir);
}

static void write_bytes(const char *name, const char *bytes, size_t len)
{
	AUTO_FCLOSE FILE *f = NULL;
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", dir.path, name);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
}

static const struct {
	const char *text, *want;
} texts[] = {
	{ "", "" },
	{ "\n", "\"\"\n" },
	{ "a", "\"a\"\n" },
	{ "a\nb", "\"a\"\n\"b\"\n" },
	{ "a\nlast one", "\"a\"\n\"last one\"\n" },
	{ "a\r\n\r\nb\r\n", "\"a\"\n\"\"\n\"b\"\n" },
	{ "a\rb\n", "\"a\\rb\"\n" },
	{ "say \"hi\"\\\t\x01\x7f\n", "\"say \\\"hi\\\"\\\\\\t\\u0001\\u007f\"\n" },
	{ "gr\xc3\xbc\xc3\x9f \xe5\x8c\x97\xe4\xba\xac \xf0\x9f\x98\x80\n",
	  "\"gr\xc3\xbc\xc3\x9f \xe5\x8c\x97\xe4\xba\xac \xf0\x9f\x98\x80\"\n" },
	{ "\xef\xbb\xbf"
	  "a\n\xef\xbb\xbf\n",
	  "\"a\"\n\"\xef\xbb\xbf\"\n" },
	{ "\xef\xbb\xbf", "" },
};

START_TEST(each_line_is_a_string)
{
	dir_fixture_write(&dir, "a.txt", texts[_i].text);
	generator_fixture_expect("{\"lines\": \"a.txt\"}", dir.path, texts[_i].want);
	generator_fixture_expect("{\"lines\": {\"file\": \"a.txt\"}}", dir.path, texts[_i].want);
}
END_TEST

START_TEST(a_zero_byte_is_a_character)
{
	write_bytes("a.txt", "a\0b\n", 4);
	generator_fixture_expect("{\"lines\": \"a.txt\"}", dir.path, "\"a\\u0000b\"\n");
}
END_TEST

START_TEST(what_is_no_text_is_refused_or_replaced_or_read_as_latin_1)
{
	dir_fixture_write(&dir, "a.txt", "one\ntwo\nna\xefve \xc3\n\xff\xfe\xe2\x82\n");
	generator_fixture_expect_failure("{\"lines\": \"a.txt\"}", dir.path, "\"one\"\n\"two\"\n",
					 "a.txt, line 3: byte 3: no UTF-8");
	generator_fixture_expect("{\"lines\": {\"file\": \"a.txt\", \"invalid\": \"replace\"}}",
				 dir.path,
				 "\"one\"\n\"two\"\n\"na\xef\xbf\xbdve \xef\xbf\xbd\"\n"
				 "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n");
	generator_fixture_expect("{\"lines\": {\"file\": \"a.txt\", \"encoding\": \"latin-1\"}}",
				 dir.path,
				 "\"one\"\n\"two\"\n\"na\xc3\xafve \xc3\x83\"\n"
				 "\"\xc3\xbf\xc3\xbe\xc3\xa2\xc2\x82\"\n");
}
END_TEST

START_TEST(rows_are_bounded_and_a_longer_one_is_named)
{
	AUTO_FREE char *text = malloc(GENERATOR_ROW_BYTES_MAX + 10);
	AUTO_FREE char *want = malloc(GENERATOR_ROW_BYTES_MAX + 10);
	size_t len = GENERATOR_ROW_BYTES_MAX - 2;

	memset(text, 'x', GENERATOR_ROW_BYTES_MAX + 10);
	memset(want, 'x', GENERATOR_ROW_BYTES_MAX + 10);
	want[0] = want[len + 1] = '"';
	memcpy(want + len + 2, "\n", 2);
	write_bytes("a.txt", text, len);
	generator_fixture_expect("{\"lines\": \"a.txt\"}", dir.path, want);
	write_bytes("a.txt", text, len + 1);
	generator_fixture_expect_failure("{\"lines\": \"a.txt\"}", dir.path, "",
					 "a.txt, line 1: as JSON it is longer than 1048576 bytes");
	memcpy(text, "short\n", 6);
	write_bytes("a.txt", text, GENERATOR_ROW_BYTES_MAX + 8);
	generator_fixture_expect_failure("{\"lines\": \"a.txt\"}", dir.path, "\"short\"\n",
					 "a.txt, line 2: it is longer than 1048576 bytes");
}
END_TEST

START_TEST(many_lines_are_the_same_in_any_room)
{
	AUTO_BUF struct buf text = BUF_INIT(4 << 20), want = BUF_INIT(4 << 20);

	for (unsigned i = 0; i < 50000; i++) {
		buf_addf(&text, "%.*s%u%s", (int)(i % 40),
			 "a line of forty characters and no more, ", i, i % 3 == 0 ? "\r\n" : "\n");
		buf_addf(&want, "\"%.*s%u\"\n", (int)(i % 40),
			 "a line of forty characters and no more, ", i);
	}
	write_bytes("a.txt", text.data, text.len);
	generator_fixture_expect("{\"lines\": \"a.txt\"}", dir.path, buf_text(&want));
}
END_TEST

START_TEST(skips_to_any_line)
{
	struct generator *g;
	AUTO_BUF struct buf got = BUF_INIT(1000);

	dir_fixture_write(&dir, "a.txt", "1\n2\n3\n4\n");
	g = generator_fixture_open("{\"lines\": \"a.txt\"}", dir.path);
	ck_assert(generator_replays(g));
	ck_assert_uint_eq(generator_rows(g), GENERATOR_ROWS_UNKNOWN);
	ck_assert_int_eq(generator_skip(g, 2, NULL), GENERATOR_MORE);
	ck_assert_int_eq(generator_fixture_fill(g, 9, 100, &got, NULL), GENERATOR_END);
	ck_assert_str_eq(buf_text(&got), "\"3\"\n\"4\"\n");
	ck_assert_int_eq(generator_skip(g, 1, NULL), GENERATOR_END);
	generator_close(g);
}
END_TEST

START_TEST(the_fingerprint_is_settings_size_and_mtime)
{
	AUTO_BUF struct buf before = BUF_INIT(1000), same = BUF_INIT(1000), other = BUF_INIT(1000),
			    later = BUF_INIT(1000);
	struct timespec times[2] = { { .tv_sec = 1000, .tv_nsec = 5 },
				     { .tv_sec = 1000, .tv_nsec = 6 } };
	const char *settings = "{\"lines\": \"a.txt\"}";
	struct {
		struct buf *print;
		const char *settings;
	} steps[] = {
		{ &before, settings },
		{ &same, settings },
		{ &other, "{\"lines\": {\"file\": \"a.txt\", \"invalid\": \"replace\"}}" },
		{ &later, settings },
	};
	char path[200];

	dir_fixture_write(&dir, "a.txt", "1\n");
	snprintf(path, sizeof(path), "%s/a.txt", dir.path);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct generator *g;

		if (i == 3)
			ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
		g = generator_fixture_open(steps[i].settings, dir.path);
		generator_fingerprint(g, steps[i].print);
		generator_close(g);
	}
	ck_assert_str_eq(buf_text(&before), buf_text(&same));
	ck_assert_str_ne(buf_text(&before), buf_text(&other));
	ck_assert_str_ne(buf_text(&before), buf_text(&later));
	ck_assert_ptr_nonnull(strstr(buf_text(&later), "2 bytes, mtime 1000.000000006"));
}
END_TEST

START_TEST(a_file_that_changes_meanwhile_is_an_error)
{
	AUTO_BUF struct buf got = BUF_INIT(1000);
	struct error e = { 0 };
	struct generator *g;

	dir_fixture_write(&dir, "a.txt", "1\n2\n");
	g = generator_fixture_open("{\"lines\": \"a.txt\"}", dir.path);
	dir_fixture_write(&dir, "a.txt", "1\n2\n3\n");
	ck_assert_int_eq(generator_fixture_fill(g, 9, 100, &got, &e), GENERATOR_FAILED);
	ck_assert_str_eq(buf_text(&got), "\"1\"\n\"2\"\n\"3\"\n");
	ck_assert_msg(strstr(e.text,
			     "a.txt, line 4: the file has changed while it was read: it had "
			     "4 bytes, now it has 6") != NULL,
		      "%s", e.text);
	generator_close(g);
}
END_TEST

START_TEST(standard_input_is_read_as_it_comes_and_does_not_replay)
{
	struct generator_room room;
	char text[100];
	struct generator *g;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	g = generator_fixture_open("{\"lines\": \"-\"}", dir.path);
	ck_assert(!generator_replays(g));
	for (int i = 0; i < 3; i++) {
		/* The end of the line must not wait for more. */
		ck_assert_int_eq(write(ends[1], "x\n", 2), 2);
		room = (struct generator_room) { .to = text, .bytes = sizeof(text), .rows_max = 1 };
		ck_assert_int_eq(generator_fill(g, &room, NULL), GENERATOR_MORE);
		ck_assert_uint_eq(room.rows, 1);
		ck_assert_int_eq(memcmp(text, "\"x\"\n", 4), 0);
	}
	close(ends[1]);
	room = (struct generator_room) { .to = text, .bytes = sizeof(text), .rows_max = 1 };
	ck_assert_int_eq(generator_fill(g, &room, NULL), GENERATOR_END);
	ck_assert_uint_eq(room.rows, 0);
	generator_close(g);
	ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_named)
{
	json_auto_t *missing = json_pack("{s:s}", "lines", "missing.txt");
	json_auto_t *folder = json_pack("{s:s}", "lines", ".");
	struct generator *g = NULL;
	struct error e = { 0 };

	ck_assert_int_eq(generator_open(missing, dir.path, &g, &e), -ENOENT);
	ck_assert_msg(strstr(e.text, "generator lines: /") == e.text, "%s", e.text);
	ck_assert_ptr_nonnull(strstr(e.text, "/missing.txt: No such file or directory"));
	ck_assert_int_eq(generator_open(folder, dir.path, &g, &e), -EISDIR);
	ck_assert_ptr_null(g);
}
END_TEST

static const struct {
	const char *settings, *problem;
} wrongs[] = {
	{ "{\"lines\": 3}", "generator.lines.file: want a file's path, or \"-\"" },
	{ "{\"lines\": \"\"}", "generator.lines.file: want a file's path, or \"-\"" },
	{ "{\"lines\": {}}", "generator.lines.file: is missing" },
	{ "{\"lines\": {\"file\": \"a\", \"invalid\": \"skip\"}}",
	  "generator.lines.invalid: want \"error\" or \"replace\"" },
	{ "{\"lines\": {\"file\": \"a\", \"encoding\": \"ebcdic\"}}",
	  "generator.lines.encoding: want \"utf-8\" or \"latin-1\"" },
	{ "{\"lines\": {\"fiel\": \"a\"}}",
	  "generator.lines.fiel: unknown key, did you mean \"file\"?" },
};

START_TEST(what_is_wrong_is_named)
{
	generator_fixture_expect_problem(wrongs[_i].settings, wrongs[_i].problem);
}
END_TEST

Suite *gen_lines_suite(void)
{
	Suite *s = suite_create("gen_lines");
	TCase *t = tcase_create("gen_lines");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, each_line_is_a_string, 0, (int)ARRAY_SIZE(texts));
	tcase_add_test(t, a_zero_byte_is_a_character);
	tcase_add_test(t, what_is_no_text_is_refused_or_replaced_or_read_as_latin_1);
	tcase_add_test(t, rows_are_bounded_and_a_longer_one_is_named);
	tcase_add_test(t, many_lines_are_the_same_in_any_room);
	tcase_add_test(t, skips_to_any_line);
	tcase_add_test(t, the_fingerprint_is_settings_size_and_mtime);
	tcase_add_test(t, a_file_that_changes_meanwhile_is_an_error);
	tcase_add_test(t, standard_input_is_read_as_it_comes_and_does_not_replay);
	tcase_add_test(t, a_file_that_cannot_be_read_is_named);
	tcase_add_loop_test(t, what_is_wrong_is_named, 0, (int)ARRAY_SIZE(wrongs));
	suite_add_tcase(s, t);
	return s;
}
