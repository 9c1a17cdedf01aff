/* test_printer.c - launcher/printer.h */
#include "launcher/printer.h"

#include "tests/unit/suites.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

static struct ev_loop *loop;
static struct printer printer;
static int ends[2];

static void setup_pipe(void)
{
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	loop = ev_loop_new(EVFLAG_NOENV);
	printer_init(&printer, loop, ends[1]);
}

static void setup_socket(void)
{
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	loop = ev_loop_new(EVFLAG_NOENV);
	printer_init(&printer, loop, ends[1]);
}

static void teardown(void)
{
	printer_release(&printer);
	ev_loop_destroy(loop);
	if (ends[0] >= 0)
		close(ends[0]);
	close(ends[1]);
}

/* Read all there is, giving the printer its turns; into ret. */
static void read_all(struct buf *ret)
{
	char chunk[65536];
	ssize_t n;

	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	do {
		ev_run(loop, EVRUN_NOWAIT);
		n = read(ends[0], chunk, sizeof(chunk));
		if (n > 0)
			buf_add(ret, chunk, (size_t)n);
	} while (n > 0 || printer.waiting.len > 0);
}

static void write_lines(int count)
{
	char line[101];

	for (int i = 0; i < count; i++) {
		snprintf(line, sizeof(line), "%099d\n", i);
		printer_write(&printer, line, 100);
	}
}

START_TEST(nobody_reads_and_nothing_waits)
{
	AUTO_BUF struct buf got = BUF_INIT(8u << 20);
	const char *last;

	write_lines(50000); /* five times what the buffer holds */
	ck_assert_uint_gt(printer.dropped, 0);
	ck_assert_uint_le(printer.waiting.len, PRINTER_BUFFER_BYTES);
	read_all(&got);
	ck_assert_uint_gt(got.len, PRINTER_BUFFER_BYTES / 4);
	last = strstr(buf_text(&got), "eisen: ");
	ck_assert_ptr_nonnull(last);
	ck_assert_ptr_nonnull(strstr(last, " lines dropped"));
	/* Whole lines only: each but the last has its 100 bytes. */
	ck_assert_uint_eq((size_t)(last - buf_text(&got)) % 100, 0);
	ck_assert_uint_eq((size_t)(last - buf_text(&got)) / 100 + printer.dropped, 50000);
}
END_TEST

START_TEST(the_shells_descriptor_stays_blocking)
{
	ck_assert_int_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
}
END_TEST

START_TEST(a_reader_that_is_gone_is_no_harm)
{
	close(take_fd(&ends[0]));
	write_lines(10);
	ck_assert(printer.dead);
	ck_assert_uint_gt(printer.dropped, 0);
	printer_flush(&printer, 1000);
}
END_TEST

START_TEST(flush_writes_what_waits_while_somebody_reads)
{
	AUTO_BUF struct buf got = BUF_INIT(8u << 20);

	write_lines(2000);
	ck_assert_uint_gt(printer.waiting.len, 0);
	printer_flush(&printer, 0);
	ck_assert_uint_gt(printer.waiting.len, 0);
	read_all(&got);
	ck_assert_uint_eq(got.len, 200000);
}
END_TEST

/* A file that may not grow, as on a full disk. */
static void limit_file(rlim_t bytes)
{
	const struct rlimit limit = { bytes, RLIM_INFINITY };

	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void setup_file(void)
{
	char path[] = "/tmp/eisen-test-printer-XXXXXX";

	signal(SIGXFSZ, SIG_IGN);
	ends[1] = mkostemp(path, O_CLOEXEC);
	ends[0] = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(ends[0], 0);
	ck_assert_int_eq(unlink(path), 0);
	loop = ev_loop_new(EVFLAG_NOENV);
	printer_init(&printer, loop, ends[1]);
}

START_TEST(a_full_disk_is_told_once_there_is_room_again)
{
	char got[256] = "";

	printer_write(&printer, "before\n", 7);
	limit_file(10); /* the line is begun */
	printer_write(&printer, "lost 1\n", 7);
	printer_write(&printer, "lost 2\n", 7);
	ck_assert_uint_eq(printer.dropped, 2);
	ck_assert(!printer.dead);
	ev_run(loop, EVRUN_NOWAIT);
	ck_assert(!ev_is_active(&printer.watcher)); /* it would spin */
	limit_file(RLIM_INFINITY);
	printer_write(&printer, "after\n", 6);
	ck_assert_int_gt(read(ends[0], got, sizeof(got) - 1), 0);
	ck_assert_str_eq(got, "before\nlos\neisen: 2 lines dropped: File too large\nafter\n");
}
END_TEST

Suite *printer_suite(void)
{
	Suite *s = suite_create("printer");
	TCase *pipes = tcase_create("pipe"), *sockets = tcase_create("socket");
	TCase *files = tcase_create("file");

	tcase_add_checked_fixture(pipes, setup_pipe, teardown);
	tcase_add_checked_fixture(sockets, setup_socket, teardown);
	tcase_add_checked_fixture(files, setup_file, teardown);
	tcase_add_test(files, a_full_disk_is_told_once_there_is_room_again);
	tcase_add_test(pipes, nobody_reads_and_nothing_waits);
	tcase_add_test(pipes, the_shells_descriptor_stays_blocking);
	tcase_add_test(pipes, a_reader_that_is_gone_is_no_harm);
	tcase_add_test(pipes, flush_writes_what_waits_while_somebody_reads);
	tcase_add_test(sockets, nobody_reads_and_nothing_waits);
	tcase_add_test(sockets, the_shells_descriptor_stays_blocking);
	tcase_add_test(sockets, a_reader_that_is_gone_is_no_harm);
	suite_add_tcase(s, files);
	suite_add_tcase(s, pipes);
	suite_add_tcase(s, sockets);
	return s;
}
