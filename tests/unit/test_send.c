/* test_send.c - servers/send.h: our sendmsg() does what sendmsg(2) does. */
#include "servers/send.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdbool.h>
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

/* Both ends of a TCP connection. */
static void tcp_pair(int ret[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listening, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(listening, 1), 0);
	ck_assert_int_eq(getsockname(listening, (struct sockaddr *)&a, &len), 0);
	ret[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(ret[1], (struct sockaddr *)&a, sizeof(a)), 0);
	ret[0] = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(ret[0], 0);
	close(listening);
}

/* Send a reply and close, as libmicrohttpd does; how many segments came. */
static unsigned segments_of_a_reply(bool last)
{
	char text[] = "headbody", got[16];
	struct iovec parts[2] = { { text, 4 }, { text + 4, 4 } };
	struct msghdr msg = { .msg_iov = parts, .msg_iovlen = 2 };
	struct tcp_info before, after;
	socklen_t len = sizeof(before);
	int tcp[2], on = 1;

	tcp_pair(tcp);
	ck_assert_int_eq(getsockopt(tcp[1], IPPROTO_TCP, TCP_INFO, &before, &len), 0);
	if (last)
		send_last(tcp[0]);
	ck_assert_int_eq(sendmsg(tcp[0], &msg, MSG_NOSIGNAL), 8);
	ck_assert_int_eq(setsockopt(tcp[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
	send_closed(tcp[0]);
	close(tcp[0]);
	ck_assert_int_eq(recv(tcp[1], got, sizeof(got), MSG_WAITALL), 8);
	ck_assert_int_eq(memcmp(got, text, 8), 0);
	len = sizeof(after);
	ck_assert_int_eq(getsockopt(tcp[1], IPPROTO_TCP, TCP_INFO, &after, &len), 0);
	close(tcp[1]);
	return after.tcpi_segs_in - before.tcpi_segs_in;
}

/* Who is not run for 200 ms between the two sees it sent all the same. */
START_TEST(a_last_reply_and_its_end_are_one_segment)
{
	int tries = 0;

	send_install();
	ck_assert_uint_eq(segments_of_a_reply(false), 2);
	while (segments_of_a_reply(true) != 1)
		ck_assert_int_lt(++tries, 20);
}
END_TEST

START_TEST(one_that_is_closed_is_no_longer_meant)
{
	int on = 1, value = 0;
	socklen_t len = sizeof(value);
	int tcp[2];

	tcp_pair(tcp);
	send_last(tcp[0]);
	send_closed(tcp[1]);
	ck_assert_int_eq(setsockopt(tcp[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
	ck_assert_int_eq(getsockopt(tcp[0], IPPROTO_TCP, TCP_NODELAY, &value, &len), 0);
	ck_assert_int_eq(value, 0);
	send_closed(tcp[0]);
	ck_assert_int_eq(setsockopt(tcp[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
	ck_assert_int_eq(getsockopt(tcp[0], IPPROTO_TCP, TCP_NODELAY, &value, &len), 0);
	ck_assert_int_ne(value, 0);
	close(tcp[0]);
	close(tcp[1]);
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
	tcase_add_test(t, a_last_reply_and_its_end_are_one_segment);
	tcase_add_test(t, one_that_is_closed_is_no_longer_meant);
	suite_add_tcase(s, t);
	return s;
}
