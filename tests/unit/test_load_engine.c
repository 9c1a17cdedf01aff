/* test_load_engine.c - closed loop: what good servers answer is counted. */
#include "common/cc.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/load_fixture.h"
#include "tests/unit/net_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

#define BODY_BYTES (8u << 20)

static struct load_fixture f;
static struct scripted_server server;

static void serve(const struct script *script)
{
	scripted_server_start(&server, script, NULL);
	load_fixture_init(&f, &server.address);
}

static void drive(void)
{
	load_fixture_run(&f, &server);
	scripted_server_end(&server);
}

static uint64_t interval_sum(void)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < f.stats->interval_count; i++)
		sum += f.stats->intervals[i].requests;
	return sum;
}

START_TEST(counts_what_the_server_counts)
{
	serve(&(struct script) { .reply = SCRIPT_HELLO, .stop_after = 500 });
	f.job.connections = 4;
	drive();
	ck_assert_uint_ge(server.requests, 500);
	ck_assert_uint_eq(f.target->counts.requests, server.requests);
	ck_assert_uint_eq(f.target->counts.answered, server.requests);
	ck_assert_uint_eq(f.target->counts.bytes, 5 * server.requests);
	ck_assert_uint_eq(f.target->counts.classes[2], server.requests);
	ck_assert_uint_eq(f.target->latency.count, server.requests);
	ck_assert_uint_eq(interval_sum(), server.requests);
	ck_assert_uint_eq(load_counts_errors(&f.target->counts), 0);
	ck_assert_uint_eq(f.stats->service[0].count, 0);
	load_fixture_release(&f);
}
END_TEST

START_TEST(keeps_its_connections)
{
	serve(&(struct script) { .reply = SCRIPT_HELLO, .stop_after = 500 });
	f.job.connections = 4;
	drive();
	ck_assert_uint_eq(server.accepted, 4);
	ck_assert_uint_eq(f.target->counts.connects, 4);
	load_fixture_release(&f);
}
END_TEST

START_TEST(asks_on_a_connection_of_its_own_each_time)
{
	serve(&(struct script) {
		.reply = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
		.end = SCRIPT_CLOSE,
		.stop_after = 50,
	});
	f.job.close = true;
	f.job.connections = 3;
	drive();
	ck_assert_uint_eq(server.accepted, server.requests);
	ck_assert_uint_eq(f.target->counts.connects, server.requests);
	ck_assert_uint_eq(f.target->counts.requests, server.requests);
	ck_assert_uint_eq(load_counts_errors(&f.target->counts), 0);
	load_fixture_release(&f);
}
END_TEST

START_TEST(closes_itself_when_the_server_does_not)
{
	serve(&(struct script) { .reply = SCRIPT_HELLO, .stop_after = 20 });
	f.job.close = true;
	drive();
	ck_assert_uint_eq(f.target->counts.connects, server.requests);
	ck_assert_uint_eq(load_counts_errors(&f.target->counts), 0);
	load_fixture_release(&f);
}
END_TEST

START_TEST(a_connection_closed_in_good_order_is_no_error)
{
	serve(&(struct script) { .reply = SCRIPT_HELLO, .end = SCRIPT_CLOSE, .stop_after = 20 });
	drive();
	ck_assert_uint_eq(f.target->counts.requests, server.requests);
	ck_assert_uint_eq(f.target->counts.connects, server.accepted);
	ck_assert_uint_eq(server.accepted, server.requests);
	ck_assert_uint_eq(load_counts_errors(&f.target->counts), 0);
	load_fixture_release(&f);
}
END_TEST

static const struct {
	const char *method; /* NULL: GET */
	const char *reply;
	enum script_end end;
	unsigned body_bytes, class;
} replies[] = {
	{ NULL, "HTTP/1.1 200 OK\r\n\r\nto the end", SCRIPT_CLOSE, 10, 2 },
	{ NULL, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
	  SCRIPT_KEEP, 3, 2 },
	{ "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", SCRIPT_KEEP, 0, 2 },
	{ NULL, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 302 F\r\nContent-Length: 0\r\n\r\n",
	  SCRIPT_KEEP, 0, 3 },
	{ NULL, "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", SCRIPT_CLOSE, 1, 2 },
	{ "BREW", "HTTP/1.1 299 Tea\r\nContent-Length: 1\r\n\r\nx", SCRIPT_KEEP, 1, 2 },
};

START_TEST(a_reply_of_any_form_is_whole)
{
	serve(&(struct script) {
		.reply = replies[_i].reply, .end = replies[_i].end, .stop_after = 5 });
	f.options.method = replies[_i].method;
	drive();
	ck_assert_uint_eq(f.target->counts.requests, server.requests);
	ck_assert_uint_eq(f.target->counts.bytes, replies[_i].body_bytes * server.requests);
	ck_assert_uint_eq(f.target->counts.classes[replies[_i].class], server.requests);
	ck_assert_uint_eq(load_counts_errors(&f.target->counts), 0);
	load_fixture_release(&f);
}
END_TEST

/* More than is read at once, and more than a turn's worth. */
START_TEST(a_long_reply_is_read_to_its_end)
{
	static char reply[BODY_BYTES];
	int head = snprintf(reply, sizeof(reply), "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n",
			    BODY_BYTES - 100);

	memset(reply + head, 'x', BODY_BYTES - 100);
	serve(&(struct script) { .reply = reply, .stop_after = 4 });
	f.job.connections = 2;
	drive();
	ck_assert_uint_eq(f.target->counts.requests, server.requests);
	ck_assert_uint_eq(f.target->counts.bytes, (BODY_BYTES - 100) * server.requests);
	ck_assert_uint_eq(server.accepted, 2);
	load_fixture_release(&f);
}
END_TEST

START_TEST(paths_are_taken_in_turn)
{
	const char *const paths[] = { "/a", "/b", "/c" };

	serve(&(struct script) { .reply = SCRIPT_HELLO, .stop_after = 4 });
	f.options.paths = paths;
	f.options.path_count = ARRAY_SIZE(paths);
	drive();
	for (size_t i = 0; i < SCRIPT_LINES_MAX; i++) {
		char want[SCRIPT_LINE_BYTES];

		snprintf(want, sizeof(want), "GET %s ", paths[i % ARRAY_SIZE(paths)]);
		ck_assert_mem_eq(server.lines[i], want, strlen(want));
	}
	load_fixture_release(&f);
}
END_TEST

/* More than a socket buffer holds. */
static void post(const struct script *script)
{
	static char body[BODY_BYTES];

	memset(body, 'x', sizeof(body));
	body[sizeof(body) - 1] = '$';
	serve(script);
	f.options.method = "QUERY";
	f.options.body = body;
	f.options.body_bytes = sizeof(body);
	drive();
}

START_TEST(a_body_that_is_sent_in_pieces_arrives_whole)
{
	post(&(struct script) { .reply = SCRIPT_HELLO, .last = '$', .stop_after = 3 });
	ck_assert_uint_eq(f.target->counts.requests, server.requests);
	ck_assert_uint_eq(server.received, server.requests * load_request_bytes_max(f.request) -
						   server.requests * (ADDRESS_TEXT_BYTES - 1) +
						   server.requests * strlen(f.targets[0].host));
	ck_assert_uint_eq(server.accepted, 1);
	load_fixture_release(&f);
}
END_TEST

START_TEST(a_reply_before_the_body_is_sent_counts_and_ends_the_connection)
{
	post(&(struct script) {
		.reply = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n",
		.last = 'Q',
		.stop_after = 3,
	});
	ck_assert_uint_eq(f.target->counts.requests, server.requests);
	ck_assert_uint_eq(f.target->counts.classes[4], server.requests);
	ck_assert_uint_eq(f.target->counts.errors[LOAD_ERROR_STATUS], server.requests);
	ck_assert_uint_eq(server.accepted, server.requests);
	load_fixture_release(&f);
}
END_TEST

START_TEST(a_unix_socket_is_driven_too)
{
	const char *const headers[] = { "X-Y: z" };
	struct dir_fixture dir;
	struct address address;
	char path[100];

	dir_fixture_init(&dir);
	snprintf(path, sizeof(path), "%s/socket", dir.path);
	ck_assert_int_eq(address_from_path(&address, path, NULL), 0);
	scripted_server_start(&server, &(struct script) { .reply = SCRIPT_HELLO, .stop_after = 20 },
			      &address);
	load_fixture_init(&f, &address);
	f.options.headers = headers;
	f.options.header_count = 1;
	f.job.connections = 2;
	drive();
	ck_assert_uint_eq(f.target->counts.requests, server.requests);
	ck_assert_uint_eq(server.accepted, 2);
	load_fixture_release(&f);
	dir_fixture_release(&dir);
}
END_TEST

START_TEST(the_warm_up_is_in_answered_and_in_the_tally_alone)
{
	const struct load_tally *tally;

	serve(&(struct script) { .reply = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
				 .stop_after = 20 });
	f.job.warm_up_ns = 60 * CLOCK_NS_PER_S;
	drive();
	tally = load_engine_tally(f.engine);
	ck_assert_uint_eq(f.target->counts.answered, server.requests);
	ck_assert_uint_eq(f.target->counts.requests, 0);
	ck_assert_uint_eq(load_counts_errors(&f.target->counts), 0);
	ck_assert_uint_eq(f.target->latency.count, 0);
	ck_assert_uint_eq(f.stats->measured_ns, 0);
	ck_assert_uint_eq(tally->answered, server.requests);
	ck_assert_uint_eq(tally->errors, server.requests);
	load_fixture_release(&f);
}
END_TEST

START_TEST(a_stop_ends_the_measured_time_and_not_the_request)
{
	serve(&(struct script) { .reply = SCRIPT_HELLO, .stop_after = 100 });
	drive();
	ck_assert_uint_gt(f.stats->measured_ns, 0);
	ck_assert_uint_lt(f.stats->measured_ns, f.job.duration_ns);
	ck_assert_uint_eq(f.target->counts.requests, server.requests);
	ck_assert(f.stats->cpu_share_max > 0 && f.stats->cpu_share_max <= 1.1);
	ck_assert_uint_gt(f.stats->cpu_ns, 0);
	ck_assert_uint_eq(load_engine_tally(f.engine)->connections, 0);
	load_fixture_release(&f);
}
END_TEST

START_TEST(it_ends_with_its_time)
{
	serve(&(struct script) { .reply = SCRIPT_HELLO });
	f.job.warm_up_ns = 5 * CLOCK_NS_PER_MS;
	f.job.duration_ns = 20 * CLOCK_NS_PER_MS;
	f.job.interval_ns = 3 * CLOCK_NS_PER_MS;
	drive();
	ck_assert_uint_eq(f.stats->measured_ns, f.job.duration_ns);
	ck_assert_uint_eq(f.target->counts.answered, server.requests);
	/* The last reply of a connection may come when the time is over. */
	ck_assert_uint_le(interval_sum(), f.target->counts.requests);
	ck_assert_uint_ge(interval_sum() + f.job.connections, f.target->counts.requests);
	load_fixture_release(&f);
}
END_TEST

START_TEST(connections_are_shared_out_evenly_and_one_to_a_target_at_least)
{
	static struct scripted_server more[2];
	uint64_t connects[3];

	serve(&(struct script) { .reply = SCRIPT_HELLO, .stop_after = 200 });
	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		scripted_server_start(&more[i], &(struct script) { .reply = SCRIPT_HELLO }, NULL);
		load_fixture_add(&f, &more[i].address);
	}
	f.job.connections = _i == 0 ? 5 : 1;
	drive();
	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		scripted_server_end(&more[i]);
		ck_assert_uint_eq(f.target[1 + i].counts.requests, more[i].requests);
	}
	for (size_t i = 0; i < ARRAY_SIZE(connects); i++)
		connects[i] = f.target[i].counts.connects;
	ck_assert_uint_eq(connects[0], _i == 0 ? 2 : 1);
	ck_assert_uint_eq(connects[1], _i == 0 ? 2 : 1);
	ck_assert_uint_eq(connects[2], 1);
	load_fixture_release(&f);
}
END_TEST

Suite *load_engine_suite(void)
{
	Suite *suite = suite_create("load_engine");
	TCase *tcase = tcase_create("closed loop");

	tcase_add_test(tcase, counts_what_the_server_counts);
	tcase_add_test(tcase, keeps_its_connections);
	tcase_add_test(tcase, asks_on_a_connection_of_its_own_each_time);
	tcase_add_test(tcase, closes_itself_when_the_server_does_not);
	tcase_add_test(tcase, a_connection_closed_in_good_order_is_no_error);
	tcase_add_loop_test(tcase, a_reply_of_any_form_is_whole, 0, ARRAY_SIZE(replies));
	tcase_add_test(tcase, a_long_reply_is_read_to_its_end);
	tcase_add_test(tcase, paths_are_taken_in_turn);
	tcase_add_test(tcase, a_body_that_is_sent_in_pieces_arrives_whole);
	tcase_add_test(tcase, a_reply_before_the_body_is_sent_counts_and_ends_the_connection);
	tcase_add_test(tcase, a_unix_socket_is_driven_too);
	tcase_add_test(tcase, the_warm_up_is_in_answered_and_in_the_tally_alone);
	tcase_add_test(tcase, a_stop_ends_the_measured_time_and_not_the_request);
	tcase_add_test(tcase, it_ends_with_its_time);
	tcase_add_loop_test(tcase, connections_are_shared_out_evenly_and_one_to_a_target_at_least,
			    0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
