/* abuse_connections.c - clients that are many, silent, greedy or rude. */
#include "tests/http/abuse.h"

#include "common/clock.h"
#include "common/fd.h"
#include "servers/app_echo.h"
#include "servers/app_hello.h"
#include "servers/reply.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define IDLE_CLIENTS 10000
#define IDLE_BYTES_MAX (8u << 10) /* of the process, for each of them */
#define HEADS 500
#define HEAD_BYTES 7000
#define HALF_HEAD_BYTES_MAX (24u << 10)
#define PIPELINED 1000
#define LARGE_BYTES (8u << 20)
#define GREEDY 50
#define GREEDY_BYTES_MAX (32u << 10)
#define RUDE 200
#define SLOW_MS 5 /* between bytes */
#define SLOW_HEAD_MS 300

/* A reply that is larger than what sockets buffer. */
static void large_handle(struct app *app, struct request *request ATTR_UNUSED, struct reply *reply)
{
	struct reply_body *body = app->state;

	reply_shared(reply, 200, body);
}

static int large_open(struct app *app, const json_t *settings ATTR_UNUSED,
		      struct error *e ATTR_UNUSED)
{
	char *data = malloc(LARGE_BYTES);

	app->state = calloc(1, sizeof(struct reply_body));
	if (data == NULL || app->state == NULL)
		return -ENOMEM;
	memset(data, 'x', LARGE_BYTES);
	return reply_body_make(REPLY_TEXT, data, LARGE_BYTES, app->state);
}

static void large_close(struct app *app)
{
	reply_body_release(app->state);
	free(app->state);
}

static const struct app_kind large_kind = {
	.name = "large",
	.open = large_open,
	.handle = large_handle,
	.close = large_close,
};

/* hello is server 0, echo 1, the large reply 2. */
static void start(struct loop_fixture *f)
{
	const struct loop_options options = { .connections_max = 12000, .wire = true };

	loop_fixture_init(f, 0, &options);
	loop_fixture_add_kind(f, &hello_app_kind, NULL);
	loop_fixture_add_kind(f, &echo_app_kind, NULL);
	loop_fixture_add_kind(f, &large_kind, NULL);
	loop_fixture_start(f);
}

static void stop(struct loop_fixture *f)
{
	loop_fixture_drain(f, 0);
	loop_fixture_release(f);
}

/* Idle clients in a process of their own, since descriptors are counted by
 * process: it connects when it is told to, says so, and ends when told. */
struct idlers {
	pid_t pid;
	int pipe[2]; /* ours to tell, and to hear */
};

static void idle(const struct address *to, size_t count, int in, int out)
{
	char byte;

	if (read(in, &byte, 1) != 1)
		_exit(1);
	for (size_t i = 0; i < count; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0 || connect(fd, &to->any, to->len) < 0)
			_exit(2);
	}
	if (write(out, "c", 1) != 1 || read(in, &byte, 1) != 0)
		_exit(3);
	_exit(0);
}

static void idlers_make(struct idlers *ret, const struct address *to, size_t count)
{
	int tell[2], hear[2];

	ck_assert_int_eq(pipe2(tell, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(hear, O_CLOEXEC), 0);
	ret->pid = check_fork();
	ck_assert_int_ge(ret->pid, 0);
	if (ret->pid == 0) {
		close(tell[1]);
		idle(to, count, tell[0], hear[1]);
	}
	close(tell[0]);
	close(hear[1]);
	ret->pipe[0] = hear[0];
	ret->pipe[1] = tell[1];
}

static void idlers_connect(struct idlers *i)
{
	char byte;

	ck_assert_int_eq(write(i->pipe[1], "g", 1), 1);
	ck_assert_int_eq(read(i->pipe[0], &byte, 1), 1);
}

static void idlers_end(struct idlers *i)
{
	int status;

	close(i->pipe[1]);
	close(i->pipe[0]);
	ck_assert_int_eq(waitpid(i->pid, &status, 0), i->pid);
	ck_assert_int_eq(status, 0);
}

static size_t idle_count(void)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return MIN(abuse_scale(IDLE_CLIENTS), (size_t)limit.rlim_cur - 200);
}

START_TEST(idle_clients_cost_little_memory_and_nobody_a_request)
{
	size_t count = idle_count();
	struct loop_fixture f;
	struct idlers idlers;
	uint64_t before, after;

	loop_fixture_init(&f, 0, &(struct loop_options) { .connections_max = 12000, .wire = true });
	loop_fixture_add_kind(&f, &hello_app_kind, NULL);
	idlers_make(&idlers, &f.servers[0].address, count);
	loop_fixture_start(&f);
	abuse_others_are_served(&f, 0);
	before = abuse_memory();
	idlers_connect(&idlers);
	abuse_await_at_least(&f.cells[0].connections, count);
	after = abuse_memory();
	ck_assert_msg(after < before + abuse_memory_scale(count * IDLE_BYTES_MAX),
		      "%llu bytes for each of %zu", (unsigned long long)((after - before) / count),
		      count);
	abuse_others_are_served(&f, 0);
	idlers_end(&idlers);
	abuse_await_at_most(&f.cells[0].connections, 0);
	stop(&f);
}
END_TEST

/* Most of a head each, and then nothing more. */
START_TEST(clients_with_half_a_head_hold_no_more_than_their_pool)
{
	size_t count = abuse_scale(HEADS);
	AUTO_BUF struct buf head = BUF_INIT(1 << 20);
	AUTO_FREE struct http_client *c = calloc(count, sizeof(*c));
	struct loop_fixture f;
	uint64_t before;

	buf_adds(&head, "GET / HTTP/1.1\r\nHost: a\r\n");
	while (head.len < HEAD_BYTES)
		buf_addf(&head, "X: %0500d\r\n", 0);
	ck_assert_ptr_nonnull(c);
	start(&f);
	abuse_others_are_served(&f, 0);
	before = abuse_memory();
	for (size_t i = 0; i < count; i++) {
		loop_fixture_connect(&f, 0, &c[i]);
		http_client_send(&c[i], buf_text(&head));
	}
	abuse_others_are_served(&f, 0);
	ck_assert_uint_lt(abuse_memory(), before + abuse_memory_scale(count * HALF_HEAD_BYTES_MAX));
	for (size_t i = 0; i < count; i++) {
		struct http_reply reply;

		http_client_send(&c[i], "\r\n");
		ck_assert(http_client_reply(&c[i], false, &reply));
		ck_assert_int_eq(reply.status, 200);
		http_reply_release(&reply);
		http_client_close(&c[i]);
	}
	stop(&f);
}
END_TEST

static void expect(struct http_client *c, int status)
{
	struct http_reply reply;

	ck_assert(http_client_reply(c, false, &reply));
	ck_assert_int_eq(reply.status, status);
	http_reply_release(&reply);
}

/* All sent before a reply is read, as far as buffers take it. */
START_TEST(a_pipeline_of_a_thousand_is_answered_in_order)
{
	AUTO_BUF struct buf burst = BUF_INIT(1 << 20);
	struct loop_fixture f;
	struct http_client c;

	for (int i = 0; i < PIPELINED; i++)
		buf_addf(&burst, "GET /%d HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n",
			 i);
	start(&f);
	loop_fixture_connect(&f, 1, &c);
	http_client_send(&c, buf_text(&burst));
	abuse_others_are_served(&f, 0);
	for (int i = 0; i < PIPELINED; i++) {
		struct http_reply reply;
		char target[64];

		ck_assert(http_client_reply(&c, false, &reply));
		snprintf(target, sizeof(target), "\"target\":\"/%d\"", i);
		ck_assert_ptr_nonnull(strstr(buf_text(&reply.body), target));
		http_reply_release(&reply);
	}
	http_client_close(&c);
	stop(&f);
}
END_TEST

START_TEST(a_half_closed_client_gets_the_whole_of_a_large_reply)
{
	struct loop_fixture f;
	struct http_client c;

	start(&f);
	loop_fixture_connect(&f, 2, &c);
	http_client_send(&c, ABUSE_GET);
	shutdown(c.fd, SHUT_WR);
	abuse_others_are_served(&f, 0);
	expect(&c, 200);
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
	stop(&f);
}
END_TEST

/* Replies are not copied for each of them, and nobody waits for them. */
START_TEST(clients_that_never_read_cost_no_more_than_buffers)
{
	struct http_client c[GREEDY];
	struct loop_fixture f;
	uint64_t before;

	start(&f);
	abuse_others_are_served(&f, 0);
	before = abuse_memory();
	for (size_t i = 0; i < GREEDY; i++) {
		loop_fixture_connect(&f, 2, &c[i]);
		http_client_send(&c[i], ABUSE_GET ABUSE_GET ABUSE_GET);
	}
	abuse_await_at_least(&f.cells[2].active, GREEDY);
	abuse_others_are_served(&f, 0);
	ck_assert_uint_lt(abuse_memory(), before + abuse_memory_scale(GREEDY * GREEDY_BYTES_MAX));
	for (size_t i = 0; i < GREEDY; i++)
		http_client_close(&c[i]);
	abuse_await_at_most(&f.cells[2].connections, 0);
	ck_assert_uint_eq(board_get(&f.cells[2].active), 0);
	stop(&f);
}
END_TEST

static const struct {
	const char *first, *each; /* sent again and again */
} slow[] = {
	{ "GET / HTTP/1.1\r\nHost: a\r\nX: ", "y" },
	{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n", "y" },
	{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\ny\r\n" },
};

/* A byte now and then, which is no silence, until there is a reply. */
static void send_slowly(struct http_client *c, const char *each)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	while (poll(&p, 1, SLOW_MS) == 0)
		http_client_send(c, each);
}

/* Connect and send it before a head's deadline. False: this thread was held up
 * for longer, c is closed. */
static bool send_in_time(const struct loop_fixture *f, struct http_client *c, const char *text)
{
	uint64_t began_ns = clock_mono_ns();

	loop_fixture_connect(f, 0, c);
	send(c->fd, text, strlen(text), MSG_NOSIGNAL);
	if (clock_mono_ns() - began_ns < SLOW_HEAD_MS * CLOCK_NS_PER_MS)
		return true;
	http_client_close(c);
	return false;
}

START_TEST(slow_bytes_have_their_deadline_and_others_do_not_wait)
{
	struct loop_limits limits = loop_limits_default;
	const struct loop_options options = { .connections_max = 100,
					      .wire = true,
					      .limits = &limits };
	struct loop_fixture f;
	struct http_client c, other;
	uint64_t late = 0;

	limits.head_timeout_ms = SLOW_HEAD_MS;
	limits.request_timeout_ms = 2 * SLOW_HEAD_MS;
	loop_fixture_init(&f, 1, &options);
	loop_fixture_start(&f);
	while (!send_in_time(&f, &c, slow[_i].first))
		late++;
	send_slowly(&c, slow[_i].each);
	while (!send_in_time(&f, &other, ABUSE_GET))
		late++;
	expect(&other, 200);
	abuse_client_is_served(&other);
	http_client_close(&other);
	expect(&c, 408);
	ck_assert(http_client_ended(&c));
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	ck_assert_uint_ge(board_get(&f.cells[0].timeouts), 1);
	ck_assert_uint_le(board_get(&f.cells[0].timeouts), 1 + late);
	loop_fixture_release(&f);
}
END_TEST

/* Before, in the middle of, and behind a reply. */
START_TEST(resets_leave_nothing_behind)
{
	static const char *const sent[] = {
		"", "GET / HT", ABUSE_GET, (ABUSE_GET ABUSE_GET),
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na"
	};
	struct loop_fixture f;

	start(&f);
	for (size_t i = 0; i < abuse_scale(RUDE); i++) {
		struct http_client c;
		char part[1000];

		loop_fixture_connect(&f, i % 3, &c);
		http_client_send(&c, sent[i % ARRAY_SIZE(sent)]);
		if (i % 3 == 2 && i % ARRAY_SIZE(sent) == 2)
			ck_assert_int_gt(recv(c.fd, part, sizeof(part), 0), 0);
		abuse_reset(&c);
	}
	abuse_others_are_served(&f, 0);
	for (size_t i = 0; i < 3; i++) {
		abuse_await_at_most(&f.cells[i].connections, 0);
		ck_assert_uint_eq(board_get(&f.cells[i].active), 0);
	}
	stop(&f);
}
END_TEST

Suite *abuse_connections_suite(void)
{
	Suite *s = suite_create("abuse_connections");
	TCase *t = tcase_create("abuse_connections");

	tcase_add_test(t, idle_clients_cost_little_memory_and_nobody_a_request);
	tcase_add_test(t, clients_with_half_a_head_hold_no_more_than_their_pool);
	tcase_add_test(t, a_pipeline_of_a_thousand_is_answered_in_order);
	tcase_add_test(t, a_half_closed_client_gets_the_whole_of_a_large_reply);
	tcase_add_test(t, clients_that_never_read_cost_no_more_than_buffers);
	tcase_add_loop_test(t, slow_bytes_have_their_deadline_and_others_do_not_wait, 0,
			    (int)ARRAY_SIZE(slow));
	tcase_add_test(t, resets_leave_nothing_behind);
	suite_add_tcase(s, t);
	return s;
}
