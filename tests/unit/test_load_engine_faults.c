/* test_load_engine_faults.c - what bad servers do is counted by its kind, and
 * is never a hang. */
#include "common/cc.h"
#include "tests/unit/load_fixture.h"
#include "tests/unit/net_fixture.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>

#define MS CLOCK_NS_PER_MS

static struct load_fixture f;
static struct scripted_server server;

static uint64_t errors(enum load_error error)
{
	return f.target->counts.errors[error];
}

static void drive(const struct script *script)
{
	scripted_server_start(&server, script, NULL);
	load_fixture_init(&f, &server.address);
	load_fixture_run(&f, &server);
	scripted_server_end(&server);
}

static const struct {
	const char *name;
	struct script script;
	enum load_error want;
	bool answers; /* the replies are counted as well */
} faults[] = {
	{ "closes before a reply", { .end = SCRIPT_CLOSE }, LOAD_ERROR_CLOSED, false },
	{ "closes mid-head",
	  { .reply = "HTTP/1.1 200 OK\r\nCont", .end = SCRIPT_CLOSE },
	  LOAD_ERROR_CLOSED,
	  false },
	{ "closes mid-body",
	  { .reply = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", .end = SCRIPT_CLOSE },
	  LOAD_ERROR_CLOSED,
	  false },
	{ "closes mid-chunk",
	  { .reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhell",
	    .end = SCRIPT_CLOSE },
	  LOAD_ERROR_CLOSED,
	  false },
	{ "resets", { .end = SCRIPT_RESET }, LOAD_ERROR_RESET, false },
	{ "answers garbage", { .reply = "\x16\x03\x01 no HTTP\r\n" }, LOAD_ERROR_MALFORMED, false },
	{ "answers twice", { .reply = SCRIPT_HELLO SCRIPT_HELLO }, LOAD_ERROR_UNEXPECTED, true },
	{ "says too much",
	  { .reply = SCRIPT_HELLO "\n", .end = SCRIPT_CLOSE },
	  LOAD_ERROR_UNEXPECTED,
	  true },
	{ "answers 500",
	  { .reply = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n" },
	  LOAD_ERROR_STATUS,
	  true },
	{ "answers 404",
	  { .reply = "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n" },
	  LOAD_ERROR_STATUS,
	  true },
};

START_TEST(each_fault_is_counted_once_as_what_it_is)
{
	struct script script = faults[_i].script;

	script.stop_after = 5;
	drive(&script);
	ck_assert_uint_ge(server.requests, 5);
	ck_assert_msg(errors(faults[_i].want) == server.requests, "%s: %lu of %lu", faults[_i].name,
		      errors(faults[_i].want), server.requests);
	ck_assert_uint_eq(load_counts_errors(&f.target->counts), server.requests);
	ck_assert_uint_eq(f.target->counts.requests, faults[_i].answers ? server.requests : 0);
	ck_assert_uint_eq(load_engine_tally(f.engine)->errors, server.requests);
	load_fixture_release(&f);
}
END_TEST

START_TEST(no_answer_is_a_timeout_and_the_connection_is_not_used_again)
{
	scripted_server_start(&server, &(struct script) { .stop_after = 3 }, NULL);
	load_fixture_init(&f, &server.address);
	f.job.timeout_ns = 10 * MS;
	load_fixture_run(&f, &server);
	scripted_server_end(&server);
	ck_assert_uint_ge(errors(LOAD_ERROR_TIMEOUT), 3);
	ck_assert_uint_eq(errors(LOAD_ERROR_TIMEOUT), server.accepted);
	ck_assert_uint_eq(f.target->counts.connects, server.accepted);
	load_fixture_release(&f);
}
END_TEST

START_TEST(half_an_answer_is_a_timeout_too)
{
	scripted_server_start(
		&server,
		&(struct script) { .reply = "HTTP/1.1 200 OK\r\nContent-L", .stop_after = 2 },
		NULL);
	load_fixture_init(&f, &server.address);
	f.job.timeout_ns = 10 * MS;
	load_fixture_run(&f, &server);
	scripted_server_end(&server);
	ck_assert_uint_ge(errors(LOAD_ERROR_TIMEOUT), 2);
	ck_assert_uint_eq(load_counts_errors(&f.target->counts), errors(LOAD_ERROR_TIMEOUT));
	load_fixture_release(&f);
}
END_TEST

START_TEST(a_connect_that_nobody_takes_times_out)
{
	AUTO_CLOSE int listening = -1, first = -1, second = -1;
	struct address address;

	ck_assert_int_eq(address_from_ip(&address, net_ip(0).text, 0, NULL), 0);
	listening = net_bind(&address, false);
	ck_assert_int_eq(listen(listening, 0), 0);
	ck_assert_int_eq(getsockname(listening, &address.any, &address.len), 0);
	first = net_connect(&address);
	second = net_connect_begin(&address);
	load_fixture_init(&f, &address);
	f.job.timeout_ns = 5 * MS;
	load_fixture_until(&f, 0, 2);
	ck_assert_uint_ge(errors(LOAD_ERROR_TIMEOUT), 2);
	ck_assert_uint_eq(f.target->counts.connects, 0);
	load_fixture_release(&f);
}
END_TEST

static void nobody_listens(struct address *ret)
{
	ck_assert_int_eq(address_from_ip(ret, net_ip(0).text, net_free_port(AF_INET), NULL), 0);
}

/* Attempts are 0, 0, 1, 3, 7 and 15 ms from the beginning, or later. */
static void check_not_hammered(void)
{
	load_fixture_until(&f, 0, 6);
	ck_assert_uint_ge(f.stats->measured_ns, 15 * MS);
	ck_assert_uint_eq(f.target->counts.requests, 0);
}

START_TEST(a_dead_port_is_refused_and_not_hammered)
{
	struct address address;

	nobody_listens(&address);
	load_fixture_init(&f, &address);
	f.job.close = _i == 1;
	check_not_hammered();
	ck_assert_uint_ge(errors(LOAD_ERROR_REFUSED), 6);
	ck_assert_uint_eq(load_counts_errors(&f.target->counts), errors(LOAD_ERROR_REFUSED));
	ck_assert_uint_eq(f.target->counts.connects, 0);
	load_fixture_release(&f);
}
END_TEST

START_TEST(a_dead_port_does_not_disturb_its_neighbour)
{
	struct address address;

	scripted_server_start(&server, &(struct script) { .reply = SCRIPT_HELLO, .stop_after = 99 },
			      NULL);
	load_fixture_init(&f, &server.address);
	nobody_listens(&address);
	load_fixture_add(&f, &address);
	f.job.connections = 2;
	load_fixture_run(&f, &server);
	scripted_server_end(&server);
	ck_assert_uint_eq(f.target[0].counts.requests, server.requests);
	ck_assert_uint_eq(load_counts_errors(&f.target[0].counts), 0);
	ck_assert_uint_ge(f.target[1].counts.errors[LOAD_ERROR_REFUSED], 1);
	load_fixture_release(&f);
}
END_TEST

START_TEST(a_server_that_closes_at_once_is_not_hammered)
{
	scripted_server_start(&server, &(struct script) { .ends_at_once = true }, NULL);
	load_fixture_init(&f, &server.address);
	check_not_hammered();
	scripted_server_end(&server);
	ck_assert_uint_eq(errors(LOAD_ERROR_CLOSED) + errors(LOAD_ERROR_RESET), server.accepted);
	load_fixture_release(&f);
}
END_TEST

START_TEST(a_unix_socket_that_is_not_there_is_refused)
{
	struct address address;

	ck_assert_int_eq(address_from_path(&address, "/proc/self/nothing", NULL), 0);
	load_fixture_init(&f, &address);
	load_fixture_until(&f, 0, 1);
	ck_assert_uint_ge(errors(LOAD_ERROR_REFUSED), 1);
	load_fixture_release(&f);
}
END_TEST

static void use_up_descriptors(void)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 100;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0) >= 0)
		continue;
	ck_assert_int_eq(errno, EMFILE);
}

static void *run_engine(void *arg)
{
	struct load_times times = { .start_ns = clock_mono_ns() };

	ck_assert_int_eq(load_engine_run(arg, &times, NULL), 0);
	return NULL;
}

START_TEST(no_descriptor_left_is_our_own_fault)
{
	struct address address;
	pthread_t thread;

	nobody_listens(&address);
	load_fixture_init(&f, &address);
	load_fixture_make(&f, NULL);
	use_up_descriptors();
	ck_assert_int_eq(pthread_create(&thread, NULL, run_engine, f.engine), 0);
	while (load_engine_tally(f.engine)->errors < 6)
		sched_yield();
	load_engine_stop(f.engine);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_ge(errors(LOAD_ERROR_LOCAL), 6);
	ck_assert_uint_eq(load_counts_errors(&f.target->counts), errors(LOAD_ERROR_LOCAL));
	ck_assert_uint_ge(f.stats->measured_ns, 15 * MS);
	load_fixture_release(&f);
}
END_TEST

Suite *load_engine_faults_suite(void)
{
	Suite *suite = suite_create("load_engine_faults");
	TCase *tcase = tcase_create("faults");

	tcase_add_loop_test(tcase, each_fault_is_counted_once_as_what_it_is, 0, ARRAY_SIZE(faults));
	tcase_add_test(tcase, no_answer_is_a_timeout_and_the_connection_is_not_used_again);
	tcase_add_test(tcase, half_an_answer_is_a_timeout_too);
	tcase_add_test(tcase, a_connect_that_nobody_takes_times_out);
	tcase_add_loop_test(tcase, a_dead_port_is_refused_and_not_hammered, 0, 2);
	tcase_add_test(tcase, a_dead_port_does_not_disturb_its_neighbour);
	tcase_add_test(tcase, a_server_that_closes_at_once_is_not_hammered);
	tcase_add_test(tcase, a_unix_socket_that_is_not_there_is_refused);
	tcase_add_test(tcase, no_descriptor_left_is_our_own_fault);
	suite_add_tcase(suite, tcase);
	return suite;
}
