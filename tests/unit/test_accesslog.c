/* test_accesslog.c - when lines reach the file, and what happens when they
 * cannot.
 */
#include "common/buf.h"
#include "common/error.h"
#include "common/fd.h"
#include "servers/accesslog.h"
#include "servers/app.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/suites.h"

#include <ev.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define TEXT_MAX (64u << 20)

static const struct site site = { .group = "blue", .port = 11000, .start_sequence_num = 7 };

struct told {
	unsigned fails, dropped_times, not_reopened;
	int code;
	uint64_t dropped;
};

static struct dir_fixture dir;
static struct ev_loop *ev;
static struct told told;
static char path[PATH_MAX];

static void setup(void)
{
	dir_fixture_init(&dir);
	ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
	snprintf(path, sizeof(path), "%s/access.log", dir.path);
	signal(SIGPIPE, SIG_IGN);
}

static void teardown(void)
{
	ev_loop_destroy(ev);
	dir_fixture_release(&dir);
}

static void on_tell(void *arg, enum accesslog_event event, int code, uint64_t dropped)
{
	struct told *t = arg;

	t->fails += event == ACCESSLOG_FAILS;
	t->dropped_times += event == ACCESSLOG_DROPPED;
	t->not_reopened += event == ACCESSLOG_NOT_REOPENED;
	t->code = code != 0 ? code : t->code;
	t->dropped += event == ACCESSLOG_DROPPED ? dropped : 0;
}

static struct accesslog *open_log(size_t buffer_bytes)
{
	const struct accesslog_options options = {
		.file = path, .buffer_bytes = buffer_bytes, .tell = on_tell, .arg = &told
	};
	struct accesslog *log = NULL;
	struct error e = { 0 };

	ck_assert_msg(accesslog_new(&options, ev, &log, &e) == 0, "%s", e.text);
	return log;
}

/* A line with the number as its path. */
static void add(struct accesslog *log, unsigned number)
{
	char target[16];
	int len = snprintf(target, sizeof(target), "/%u", number);
	const struct accesslog_entry entry = { .site = &site,
					       .addr = { "::1", 3 },
					       .method = { "GET", 3 },
					       .path = { target, (size_t)len },
					       .version = { "HTTP/1.1", 8 },
					       .status = 200 };

	accesslog_add(log, &entry);
}

static char *read_file(const char *file)
{
	struct buf text = BUF_INIT(TEXT_MAX);

	ck_assert_int_eq(fd_read_file(file, &text, NULL), 0);
	return buf_take(&text);
}

static size_t size_of(const char *file)
{
	struct stat st;

	ck_assert_int_eq(stat(file, &st), 0);
	return (size_t)st.st_size;
}

static int last_byte(const char *file)
{
	AUTO_CLOSE int fd = open(file, O_RDONLY | O_CLOEXEC);
	char byte = 0;

	ck_assert_int_gt(lseek(fd, -1, SEEK_END), 0);
	ck_assert_int_eq(read(fd, &byte, 1), 1);
	return byte;
}

/* Every line of text is whole. Returns how many there are. */
static unsigned count_whole(const char *text)
{
	unsigned count = 0;

	for (const char *end; *text != '\0'; text = end + 1, count++) {
		end = strchr(text, '\n');
		ck_assert_msg(end != NULL, "ends with %s", text);
		ck_assert_msg(strncmp(text, "::1 - - [", 9) == 0 &&
				      memcmp(end - 7, "\"-\" \"-\"", 7) == 0,
			      "%.*s", (int)(end - text), text);
	}
	return count;
}

/* The numbers from..to, each once and in order. */
static void expect_numbers(const char *text, unsigned from, unsigned to)
{
	ck_assert_uint_eq(count_whole(text), to - from + 1);
	for (unsigned i = from; i <= to; i++) {
		char want[32];

		snprintf(want, sizeof(want), "\"GET /%u HTTP", i);
		text = strstr(text, want);
		ck_assert_msg(text != NULL, "no %u", i);
	}
}

static void expect_file(const char *file, unsigned from, unsigned to)
{
	AUTO_FREE char *text = read_file(file);

	expect_numbers(text, from, to);
}

START_TEST(a_line_waits_in_the_buffer_until_it_is_flushed)
{
	struct accesslog *log = open_log(0);

	add(log, 1);
	ck_assert_uint_eq(size_of(path), 0);
	accesslog_flush(log);
	expect_file(path, 1, 1);
	add(log, 2);
	accesslog_free(log);
	expect_file(path, 1, 2);
	ck_assert_uint_eq(told.fails + told.dropped_times, 0);
}
END_TEST

START_TEST(a_second_later_the_loop_writes_what_waits)
{
	struct accesslog *log = open_log(0);
	double began = ev_time();

	add(log, 1);
	while (size_of(path) == 0)
		ev_run(ev, EVRUN_ONCE);
	ck_assert(ev_time() - began > 0.9);
	expect_file(path, 1, 1);
	accesslog_free(log);
}
END_TEST

START_TEST(a_buffer_that_is_nearly_full_is_written_in_whole_lines)
{
	const size_t sizes[] = { ACCESSLOG_BUFFER_MIN, 5000, 8191, 65536 };
	struct accesslog *log = open_log(sizes[_i]);
	size_t seen = 0;

	for (unsigned i = 1; i <= 5000; i++) {
		size_t now;

		add(log, i);
		now = size_of(path);
		ck_assert_uint_le(now - seen, sizes[_i]);
		if (now != seen)
			ck_assert_int_eq(last_byte(path), '\n');
		seen = now;
	}
	ck_assert_uint_gt(seen, 0);
	accesslog_free(log);
	expect_file(path, 1, 5000);
}
END_TEST

START_TEST(two_logs_of_one_file_do_not_mix_their_lines)
{
	struct accesslog *a = open_log(4096), *b = open_log(5000);
	AUTO_FREE char *text = NULL;

	for (unsigned i = 0; i < 3000; i++) {
		add(a, i);
		add(b, i);
	}
	accesslog_free(a);
	accesslog_free(b);
	text = read_file(path);
	ck_assert_uint_eq(count_whole(text), 6000);
}
END_TEST

START_TEST(the_file_is_made_for_its_owner_and_group_and_kept_when_it_is_there)
{
	struct stat st;

	umask(0);
	accesslog_free(open_log(0));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	dir_fixture_write(&dir, "access.log", "::1 - - [old] \"GET /1 HTTP/1.1\" \"-\" \"-\"\n");
	for (unsigned i = 2; i <= 3; i++) {
		struct accesslog *log = open_log(0);

		add(log, i);
		accesslog_free(log);
	}
	expect_file(path, 1, 3);
}
END_TEST

/* Reopening ----------------------------------------------------------------- */

START_TEST(after_a_rename_and_a_reopen_lines_go_to_the_new_file)
{
	struct accesslog *log = open_log(0);
	char old[PATH_MAX + 8];

	snprintf(old, sizeof(old), "%s.1", path);
	add(log, 1);
	ck_assert_int_eq(rename(path, old), 0);
	add(log, 2);
	accesslog_reopen(log);
	ev_run(ev, EVRUN_ONCE);
	expect_file(old, 1, 2);
	add(log, 3);
	accesslog_free(log);
	expect_file(old, 1, 2);
	expect_file(path, 3, 3);
}
END_TEST

START_TEST(a_reopen_that_fails_is_told_and_the_old_file_goes_on)
{
	struct accesslog *log = open_log(0);
	char old[PATH_MAX + 8];

	snprintf(old, sizeof(old), "%s.1", path);
	ck_assert_int_eq(rename(path, old), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	accesslog_reopen(log);
	ev_run(ev, EVRUN_ONCE);
	ck_assert_uint_eq(told.not_reopened, 1);
	ck_assert_int_eq(told.code, EISDIR);
	add(log, 1);
	accesslog_free(log);
	expect_file(old, 1, 1);
}
END_TEST

/* A file that takes no more ------------------------------------------------ */

START_TEST(lines_for_a_full_disk_are_dropped_counted_and_told_once)
{
	struct accesslog *log;

	ck_assert_int_eq(symlink("/dev/full", path), 0);
	log = open_log(ACCESSLOG_BUFFER_MIN);
	for (unsigned i = 0; i < 1000; i++)
		add(log, i);
	accesslog_flush(log);
	ck_assert_uint_eq(accesslog_dropped(log), 1000);
	ck_assert_uint_eq(told.fails, 1);
	ck_assert_int_eq(told.code, ENOSPC);
	ck_assert_uint_eq(told.dropped, 0);
	accesslog_free(log);
	ck_assert_uint_eq(told.dropped_times, 1);
	ck_assert_uint_eq(told.dropped, 1000);
}
END_TEST

/* A limit of the file's size, so that a write is cut within a line. */
static void limit_size(rlim_t bytes)
{
	const struct rlimit limit = { .rlim_cur = bytes, .rlim_max = RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(once_there_is_room_it_writes_again_and_tells_how_many_are_missing)
{
	struct accesslog *log = open_log(0);

	limit_size(0);
	for (unsigned i = 1; i <= 5; i++)
		add(log, i);
	accesslog_flush(log);
	limit_size(RLIM_INFINITY);
	add(log, 6);
	accesslog_flush(log);
	ck_assert_uint_eq(told.fails, 1);
	ck_assert_int_eq(told.code, EFBIG);
	ck_assert_uint_eq(told.dropped_times, 1);
	ck_assert_uint_eq(told.dropped, 5);
	expect_file(path, 6, 6);
	accesslog_free(log);
	ck_assert_uint_eq(told.dropped_times, 1);
}
END_TEST

START_TEST(a_line_that_a_full_disk_has_cut_is_ended_before_the_next)
{
	struct accesslog *log = open_log(0);
	AUTO_FREE char *text = NULL;
	char *rest;

	add(log, 1);
	accesslog_flush(log);
	limit_size(size_of(path) + 10);
	add(log, 2);
	add(log, 3);
	accesslog_flush(log);
	ck_assert_uint_eq(accesslog_dropped(log), 2);
	add(log, 4); /* still full: the file's end stays as it is */
	accesslog_flush(log);
	limit_size(RLIM_INFINITY);
	add(log, 5);
	accesslog_free(log);
	text = read_file(path);
	rest = strchr(text, '\n') + 1;
	ck_assert_uint_eq(strcspn(rest, "\n"), 10);
	expect_numbers(rest + 11, 5, 5);
	ck_assert_uint_eq(told.dropped, 3);
}
END_TEST

/* Pipes --------------------------------------------------------------------- */

/* The FIFO's reading end. */
static int make_fifo(void)
{
	int fd;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void read_some(int fd, size_t max, struct buf *ret)
{
	char piece[4096];
	ssize_t n;

	while (max > 0 && (n = read(fd, piece, MIN(max, sizeof(piece)))) > 0) {
		buf_add(ret, piece, (size_t)n);
		max -= (size_t)n;
	}
}

START_TEST(a_pipe_that_nobody_reads_drops_lines_and_stops_nobody)
{
	int fd = make_fifo();
	struct accesslog *log = open_log(0);
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);

	for (unsigned i = 0; i < 5000; i++)
		add(log, i);
	ck_assert_uint_gt(accesslog_dropped(log), 0);
	ck_assert_uint_eq(told.fails, 1);
	ck_assert_int_eq(told.code, EAGAIN);
	read_some(fd, SIZE_MAX, &text);
	accesslog_flush(log);
	read_some(fd, SIZE_MAX, &text);
	ck_assert_uint_eq(told.dropped_times, 1);
	ck_assert_uint_eq(count_whole(buf_text(&text)), 5000 - told.dropped);
	accesslog_free(log);
	close(fd);
}
END_TEST

START_TEST(two_logs_of_a_full_pipe_do_not_mix_their_lines)
{
	int fd = make_fifo();
	struct accesslog *a = open_log(0), *b = open_log(0);
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);

	for (unsigned round = 0; round < 50; round++) {
		for (unsigned i = 0; i < 500; i++)
			add(a, i);
		accesslog_flush(a);
		read_some(fd, 4096 + round * 100, &text);
		for (unsigned i = 0; i < 100; i++)
			add(b, i);
		accesslog_flush(b);
		read_some(fd, 4096 + round * 130, &text);
	}
	accesslog_free(a);
	read_some(fd, SIZE_MAX, &text);
	accesslog_free(b);
	read_some(fd, SIZE_MAX, &text);
	ck_assert_uint_eq(count_whole(buf_text(&text)), 50 * 600 - told.dropped);
	close(fd);
}
END_TEST

START_TEST(a_pipe_whose_reader_goes_is_a_file_that_takes_no_more)
{
	int fd = make_fifo();
	struct accesslog *log = open_log(0);

	close(fd);
	add(log, 1);
	accesslog_flush(log);
	ck_assert_int_eq(told.code, EPIPE);
	ck_assert_uint_eq(accesslog_dropped(log), 1);
	accesslog_free(log);
}
END_TEST

/* Before the start ---------------------------------------------------------- */

START_TEST(a_file_that_cannot_be_opened_is_named_with_the_reason)
{
	const struct accesslog_options options = { .file = path };
	struct accesslog *log = NULL;
	struct error e = { 0 };

	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(accesslog_new(&options, ev, &log, &e), -EISDIR);
	ck_assert_ptr_null(log);
	ck_assert_ptr_nonnull(strstr(e.text, path));
	ck_assert_int_eq(accesslog_try(path, &e), -EISDIR);
	ck_assert_ptr_nonnull(strstr(e.text, path));
	ck_assert_int_eq(accesslog_check(path, &e), -EISDIR);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0); /* without a reader: no waiting for one */
	ck_assert_int_eq(accesslog_try(path, &e), -ENXIO);
}
END_TEST

START_TEST(a_check_makes_no_file_and_a_try_does)
{
	struct error e = { 0 };

	ck_assert_int_eq(accesslog_check(path, &e), 0);
	ck_assert_int_eq(access(path, F_OK), -1);
	ck_assert_int_eq(accesslog_try(path, &e), 0);
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert_int_eq(accesslog_check(path, &e), 0);
}
END_TEST

START_TEST(a_folder_that_is_missing_is_named)
{
	struct error e = { 0 };
	char file[PATH_MAX + 32], want[PATH_MAX + 32];

	snprintf(file, sizeof(file), "%s/none/access.log", dir.path);
	snprintf(want, sizeof(want), "%s/none/, the folder of access.log", dir.path);
	ck_assert_int_eq(accesslog_check(file, &e), -ENOENT);
	ck_assert_msg(strncmp(e.text, want, strlen(want)) == 0, "%s", e.text);
	ck_assert_int_eq(accesslog_try(file, &e), -ENOENT);
}
END_TEST

Suite *accesslog_suite(void)
{
	Suite *s = suite_create("accesslog");
	TCase *t = tcase_create("accesslog");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_line_waits_in_the_buffer_until_it_is_flushed);
	tcase_add_test(t, a_second_later_the_loop_writes_what_waits);
	tcase_add_loop_test(t, a_buffer_that_is_nearly_full_is_written_in_whole_lines, 0, 4);
	tcase_add_test(t, two_logs_of_one_file_do_not_mix_their_lines);
	tcase_add_test(t, the_file_is_made_for_its_owner_and_group_and_kept_when_it_is_there);
	tcase_add_test(t, after_a_rename_and_a_reopen_lines_go_to_the_new_file);
	tcase_add_test(t, a_reopen_that_fails_is_told_and_the_old_file_goes_on);
	tcase_add_test(t, lines_for_a_full_disk_are_dropped_counted_and_told_once);
	tcase_add_test(t, once_there_is_room_it_writes_again_and_tells_how_many_are_missing);
	tcase_add_test(t, a_line_that_a_full_disk_has_cut_is_ended_before_the_next);
	tcase_add_test(t, a_pipe_that_nobody_reads_drops_lines_and_stops_nobody);
	tcase_add_test(t, two_logs_of_a_full_pipe_do_not_mix_their_lines);
	tcase_add_test(t, a_pipe_whose_reader_goes_is_a_file_that_takes_no_more);
	tcase_add_test(t, a_file_that_cannot_be_opened_is_named_with_the_reason);
	tcase_add_test(t, a_check_makes_no_file_and_a_try_does);
	tcase_add_test(t, a_folder_that_is_missing_is_named);
	suite_add_tcase(s, t);
	return s;
}
