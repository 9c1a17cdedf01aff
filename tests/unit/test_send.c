/* test_send.c - servers/send.h: our sendmsg() does what sendmsg(2) does. */
#include "servers/send.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

static int ends[2];

static void setup(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

static void teardown(void)
{
	close(ends[0]);
	close(ends[1]);
}

static const struct {
	size_t parts[4];
	size_t count;
} vectors[] = {
	{ { 100, 500 }, 2 },
	{ { SEND_JOINED_MAX - 1, 1 }, 2 },
	{ { SEND_JOINED_MAX, 1 }, 2 },
	{ { 1, SEND_JOINED_MAX }, 2 },
	{ { SEND_JOINED_MAX + 1, 1 }, 2 },
	{ { 7, 0 }, 2 },
	{ { 300 }, 1 },
	{ { 10, 20, 30 }, 3 },
	{ { 10, 20, 30, 40 }, 4 },
};

START_TEST(every_byte_arrives_in_order)
{
	static char text[3 * SEND_JOINED_MAX], got[3 * SEND_JOINED_MAX];
	struct iovec parts[4];
	struct msghdr msg = { .msg_iov = parts, .msg_iovlen = vectors[_i].count };
	size_t len = 0;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7 + i / 256);
	for (size_t i = 0; i < vectors[_i].count; i++) {
		parts[i] = (struct iovec) { text + len, vectors[_i].parts[i] };
		len += parts[i].iov_len;
	}
	send_install();
	ck_assert_int_eq(sendmsg(ends[0], &msg, MSG_NOSIGNAL), (ssize_t)len);
	ck_assert_int_eq(recv(ends[1], got, sizeof(got), 0), (ssize_t)len);
	ck_assert_int_eq(memcmp(text, got, len), 0);
}
END_TEST

START_TEST(control_messages_pass_through)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, got_control[CMSG_SPACE(sizeof(int))];
	char text[] = "ab", got[2];
	struct iovec parts[2] = { { text, 1 }, { text + 1, 1 } }, got_part = { got, 2 };
	struct msghdr msg = { .msg_iov = parts,
			      .msg_iovlen = 2,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct msghdr got_msg = { .msg_iov = &got_part,
				  .msg_iovlen = 1,
				  .msg_control = got_control,
				  .msg_controllen = sizeof(got_control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int fd;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &ends[0], sizeof(int));
	ck_assert_int_eq(sendmsg(ends[0], &msg, 0), 2);
	ck_assert_int_eq(recvmsg(ends[1], &got_msg, MSG_CMSG_CLOEXEC), 2);
	c = CMSG_FIRSTHDR(&got_msg);
	ck_assert_ptr_nonnull(c);
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
	close(fd);
}
END_TEST

START_TEST(errors_are_those_of_the_call)
{
	char text[] = "ab";
	struct iovec parts[2] = { { text, 1 }, { text + 1, 1 } };
	struct msghdr msg = { .msg_iov = parts, .msg_iovlen = 2 };

	ck_assert_int_eq(sendmsg(-1, &msg, 0), -1);
	ck_assert_int_eq(errno, EBADF);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	while (sendmsg(ends[0], &msg, 0) == 2)
		;
	ck_assert_int_eq(errno, EAGAIN);
	shutdown(ends[0], SHUT_WR);
	ck_assert_int_eq(sendmsg(ends[0], &msg, MSG_NOSIGNAL), -1);
	ck_assert_int_eq(errno, EPIPE);
}
END_TEST

Suite *send_suite(void)
{
	Suite *s = suite_create("send");
	TCase *t = tcase_create("send");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, every_byte_arrives_in_order, 0, ARRAY_SIZE(vectors));
	tcase_add_test(t, control_messages_pass_through);
	tcase_add_test(t, errors_are_those_of_the_call);
	suite_add_tcase(s, t);
	return s;
}
