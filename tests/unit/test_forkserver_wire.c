/* test_forkserver_wire.c - launcher/forkserver_wire.h */
#include "launcher/forkserver_wire.h"

#include "common/cc.h"
#include "common/fd.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define MANY 450 /* more than two packets hold */

static int ends[2];

static void setup(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

static ino_t inode(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return st.st_ino;
}

static int new_file(void)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

START_TEST(all_descriptors_arrive_in_order_with_their_numbers)
{
	int fds[MANY], *got = NULL, *numbers = NULL;
	bool same = true;
	size_t count = 0;

	ck_assert_int_eq(fd_raise_limit(3 * MANY, NULL), 0);
	for (int i = 0; i < MANY; i++)
		fds[i] = new_file();
	ck_assert_int_eq(forkserver_send(ends[0], fds, MANY), 0);
	ck_assert_int_eq(forkserver_receive(ends[1], &got, &numbers, &count), 1);
	ck_assert_uint_eq(count, MANY);
	for (size_t i = 0; i < count; i++)
		same = same && numbers[i] == fds[i] && inode(got[i]) == inode(fds[i]) &&
		       (fcntl(got[i], F_GETFD) & FD_CLOEXEC) != 0;
	ck_assert(same);
	free(got);
	free(numbers);
}
END_TEST

START_TEST(the_other_sides_end_is_no_request)
{
	int *fds, *numbers;
	size_t count;

	close(ends[0]);
	ck_assert_int_eq(forkserver_receive(ends[1], &fds, &numbers, &count), 0);
}
END_TEST

START_TEST(what_is_no_request_is_refused)
{
	static const uint32_t bad[] = { 0, 2, UINT32_MAX };
	int *fds, *numbers;
	size_t count;

	ck_assert_int_eq(send(ends[0], &bad[_i], sizeof(bad[_i]), 0), sizeof(bad[_i]));
	ck_assert_int_eq(forkserver_receive(ends[1], &fds, &numbers, &count), -EPROTO);
}
END_TEST

/* Each wants the number of the next one. */
START_TEST(descriptors_take_each_others_numbers)
{
	int fds[3], numbers[3];
	ino_t inodes[3];

	for (int i = 0; i < 3; i++) {
		fds[i] = new_file();
		inodes[i] = inode(fds[i]);
	}
	for (int i = 0; i < 3; i++)
		numbers[i] = fds[(i + 1) % 3];
	ck_assert_int_eq(forkserver_place(fds, numbers, 3), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(fds[i], numbers[i]);
		ck_assert_uint_eq(inode(numbers[i]), inodes[i]);
	}
}
END_TEST

Suite *forkserver_wire_suite(void)
{
	Suite *s = suite_create("forkserver_wire");
	TCase *t = tcase_create("forkserver_wire");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, all_descriptors_arrive_in_order_with_their_numbers);
	tcase_add_test(t, the_other_sides_end_is_no_request);
	tcase_add_loop_test(t, what_is_no_request_is_refused, 0, 3);
	tcase_add_test(t, descriptors_take_each_others_numbers);
	suite_add_tcase(s, t);
	return s;
}
