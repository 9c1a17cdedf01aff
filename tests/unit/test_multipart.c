/* test_multipart.c - servers/multipart.h */
#include "servers/multipart.h"

#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#define FILE_BYTES 1000

static const struct byterange_set two = { 2, { { 500, 509 }, { 0, 0 } } };
static char file[FILE_BYTES];
static int file_fd;

static void make_file(void)
{
	for (size_t i = 0; i < FILE_BYTES; i++)
		file[i] = (char)('a' + i % 26);
	file_fd = memfd_create("file", MFD_CLOEXEC);
	ck_assert_int_ge(file_fd, 0);
	ck_assert_int_eq(write(file_fd, file, FILE_BYTES), FILE_BYTES);
}

static void close_file(void)
{
	close(file_fd);
}

static struct multipart_source in_memory(void)
{
	return (struct multipart_source) { .data = file, .fd = -1 };
}

static struct multipart_source on_disk(void)
{
	return (struct multipart_source) { .data = NULL, .fd = file_fd };
}

/* The whole body, at most step bytes at a time. */
static void read_body(const struct multipart *m, struct multipart_source source, size_t step,
		      struct buf *ret)
{
	char piece[4096];
	uint64_t pos = 0;
	ssize_t n;

	ck_assert_uint_le(step, sizeof(piece));
	while ((n = multipart_read(m, &source, pos, piece, step)) > 0) {
		ck_assert_uint_le((size_t)n, step);
		buf_add(ret, piece, (size_t)n);
		pos += (uint64_t)n;
	}
	ck_assert_int_eq(n, 0);
	ck_assert_uint_eq(pos, m->total);
}

/* RFC 9110, 14.6; RFC 2046, 5.1.1 */
START_TEST(composes_the_body)
{
	AUTO_BUF struct buf got = BUF_INIT(8192), want = BUF_INIT(8192);
	struct multipart m;

	ck_assert_int_eq(multipart_layout(&m, &two, FILE_BYTES, "text/plain"), 0);
	read_body(&m, in_memory(), 4096, &got);
	buf_addf(&want,
		 "\r\n--%s\r\nContent-Type: text/plain\r\nContent-Range: bytes 500-509/1000\r\n\r\n"
		 "%.10s"
		 "\r\n--%s\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-0/1000\r\n\r\n"
		 "%.1s"
		 "\r\n--%s--\r\n",
		 m.boundary, file + 500, m.boundary, file, m.boundary);
	ck_assert_str_eq(buf_text(&got), buf_text(&want));
}
END_TEST

START_TEST(is_the_same_in_pieces_of_any_size_and_from_a_descriptor)
{
	AUTO_BUF struct buf whole = BUF_INIT(8192);
	struct multipart m;

	ck_assert_int_eq(multipart_layout(&m, &two, FILE_BYTES, "a/b"), 0);
	read_body(&m, in_memory(), 4096, &whole);
	for (size_t step = 1; step < 200; step++) {
		AUTO_BUF struct buf memory = BUF_INIT(8192);
		AUTO_BUF struct buf disk = BUF_INIT(8192);

		read_body(&m, in_memory(), step, &memory);
		read_body(&m, on_disk(), step, &disk);
		ck_assert_str_eq(buf_text(&memory), buf_text(&whole));
		ck_assert_str_eq(buf_text(&disk), buf_text(&whole));
	}
}
END_TEST

START_TEST(starts_anywhere)
{
	const struct multipart_source source = in_memory();
	AUTO_BUF struct buf whole = BUF_INIT(8192);
	struct multipart m;
	char byte;

	ck_assert_int_eq(multipart_layout(&m, &two, FILE_BYTES, "a/b"), 0);
	read_body(&m, source, 4096, &whole);
	for (uint64_t pos = m.total; pos-- > 0;) {
		ck_assert_int_eq(multipart_read(&m, &source, pos, &byte, 1), 1);
		ck_assert_int_eq(byte, buf_text(&whole)[pos]);
	}
	ck_assert_int_eq(multipart_read(&m, &source, m.total, &byte, 1), 0);
	ck_assert_int_eq(multipart_read(&m, &source, UINT64_MAX, &byte, 1), 0);
}
END_TEST

START_TEST(says_when_the_file_has_shrunk)
{
	const struct multipart_source source = on_disk();
	char piece[4096];
	struct multipart m;
	uint64_t pos = 0;
	ssize_t n;

	ck_assert_int_eq(multipart_layout(&m, &two, FILE_BYTES, "a/b"), 0);
	ck_assert_int_eq(ftruncate(file_fd, 505), 0);
	while ((n = multipart_read(&m, &source, pos, piece, sizeof(piece))) > 0)
		pos += (uint64_t)n;
	ck_assert_int_eq(n, -ESTALE);
	ck_assert_uint_eq(pos, m.part[0].head_len + 5);
}
END_TEST

START_TEST(says_when_the_file_cannot_be_read)
{
	const struct multipart_source source = { .data = NULL, .fd = -1 };
	char piece[16];
	struct multipart m;

	ck_assert_int_eq(multipart_layout(&m, &two, FILE_BYTES, "a/b"), 0);
	ck_assert_int_eq(multipart_read(&m, &source, m.part[0].head_len, piece, sizeof(piece)),
			 -EBADF);
}
END_TEST

START_TEST(never_repeats_a_boundary)
{
	struct multipart a, b;

	ck_assert_int_eq(multipart_layout(&a, &two, FILE_BYTES, "a/b"), 0);
	ck_assert_int_eq(multipart_layout(&b, &two, FILE_BYTES, "a/b"), 0);
	ck_assert_uint_ge(strlen(a.boundary), 16);
	ck_assert_uint_le(strlen(a.boundary), 70); /* RFC 2046, 5.1.1 */
	ck_assert_str_ne(a.boundary, b.boundary);
}
END_TEST

START_TEST(lays_out_the_largest_set)
{
	struct byterange_set set = { .count = BYTERANGE_MAX };
	struct multipart m;
	uint64_t sum = 0;

	for (size_t i = 0; i < BYTERANGE_MAX; i++) {
		set.part[i].first = (UINT64_MAX / BYTERANGE_MAX) * i;
		set.part[i].last = set.part[i].first + (UINT64_C(1) << 59);
	}
	ck_assert_int_eq(multipart_layout(&m, &set, UINT64_MAX, "a/b"), 0);
	for (size_t i = 0; i < BYTERANGE_MAX; i++)
		sum += m.part[i].head_len + (UINT64_C(1) << 59) + 1;
	ck_assert_uint_eq(m.total, sum + m.tail_len);
}
END_TEST

START_TEST(refuses_a_total_that_does_not_fit)
{
	struct byterange_set set = { 1, { { 0, UINT64_MAX - 1 } } };
	struct multipart m;

	ck_assert_int_eq(multipart_layout(&m, &set, UINT64_MAX, "a/b"), -EOVERFLOW);
	/* one byte of the tail too many, then just enough */
	ck_assert_int_eq(multipart_layout(&m, &two, UINT64_MAX, "a/b"), 0);
	set.part[0].last = UINT64_MAX - 1000;
	ck_assert_int_eq(multipart_layout(&m, &set, UINT64_MAX, "a/b"), 0);
	set.part[0].last += UINT64_MAX - m.total;
	ck_assert_int_eq(multipart_layout(&m, &set, UINT64_MAX, "a/b"), 0);
	ck_assert_uint_eq(m.total, UINT64_MAX);
	set.part[0].last++;
	ck_assert_int_eq(multipart_layout(&m, &set, UINT64_MAX, "a/b"), -EOVERFLOW);
}
END_TEST

START_TEST(refuses_a_type_that_does_not_fit)
{
	char type[MULTIPART_HEAD_BYTES + 1] = "";
	size_t longest = 0;
	struct multipart m;

	for (size_t len = 0; len < MULTIPART_HEAD_BYTES; len++) {
		int r = multipart_layout(&m, &two, UINT64_MAX, type);

		ck_assert_int_eq(r, longest < len ? -EOVERFLOW : r);
		if (r == 0) {
			ck_assert_uint_eq(m.part[0].head_len, strlen(m.part[0].head));
			longest = len + 1;
		}
		type[len] = 'a';
	}
	ck_assert_uint_gt(longest, 255); /* the longest type that there is */
	ck_assert_uint_lt(longest, MULTIPART_HEAD_BYTES);
}
END_TEST

Suite *multipart_suite(void)
{
	Suite *s = suite_create("multipart");
	TCase *tc = tcase_create("multipart");

	tcase_add_checked_fixture(tc, make_file, close_file);
	tcase_add_test(tc, composes_the_body);
	tcase_add_test(tc, is_the_same_in_pieces_of_any_size_and_from_a_descriptor);
	tcase_add_test(tc, starts_anywhere);
	tcase_add_test(tc, says_when_the_file_has_shrunk);
	tcase_add_test(tc, says_when_the_file_cannot_be_read);
	tcase_add_test(tc, never_repeats_a_boundary);
	tcase_add_test(tc, lays_out_the_largest_set);
	tcase_add_test(tc, refuses_a_total_that_does_not_fit);
	tcase_add_test(tc, refuses_a_type_that_does_not_fit);
	suite_add_tcase(s, tc);
	return s;
}
