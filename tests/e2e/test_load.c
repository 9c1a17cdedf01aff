/* test_load.c - eisen load against layouts and servers: what it counts is what
 * they did, and nothing of it is left.
 *
 * No test depends on how fast anything is: those that have to happen during a
 * load drive for an hour and end it themselves.
 */
#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/loading.h"
#include "tests/e2e/scripted.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#define SHORT "--warm-up", "50ms", "--duration", "1s"
#define HOUR "--warm-up", "0ms", "--duration", "1h"

#define ARGS(...) ((const char *const[]) { __VA_ARGS__, NULL })

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static long number_of(const json_t *object, const char *key)
{
	return (long)json_integer_value(json_object_get(object, key));
}

static const json_t *ports_of(const json_t *report)
{
	return json_object_get(report, "ports");
}

/* What the servers of a port counted is what was answered, port by port. */
static void expect_counted(const json_t *report)
{
	const json_t *port;
	long sum = 0;
	size_t i;

	json_array_foreach(ports_of(report), i, port)
	{
		ck_assert_msg(number_of(port, "answered") == number_of(port, "server_requests"),
			      "%s: answered %ld, the servers counted %ld", text_of(port, "url"),
			      number_of(port, "answered"), number_of(port, "server_requests"));
		ck_assert_int_gt(number_of(port, "answered"), 0);
		sum += number_of(port, "answered");
	}
	ck_assert_int_eq(loading_count(report, "total", "answered"), sum);
	ck_assert_int_eq(loading_errors(report, "total"), 0);
}

/* The servers of a layout, one row each. */
static void expect_rows(const json_t *report, const struct layout *layout)
{
	ck_assert_uint_eq(json_array_size(ports_of(report)), layout->count);
	for (size_t i = 0; i < layout->count; i++) {
		const json_t *port;
		size_t k, found = 0;

		json_array_foreach(ports_of(report), k, port)
		{
			if (strcmp(text_of(port, "url"), layout->servers[i].url) != 0)
				continue;
			ck_assert_str_eq(text_of(port, "group"), layout->servers[i].group);
			found++;
		}
		ck_assert_uint_eq(found, 1);
	}
}

static long group_requests(const struct instance *layout, size_t group)
{
	return number_of(json_array_get(instance_get(layout, "/api/groups"), group), "requests");
}

/* So many more than now, on the group's ports. */
static void await_requests(const struct instance *layout, size_t group, long more)
{
	long before = group_requests(layout, group);

	await(group_requests(layout, group) >= before + more);
}

/* Counts -------------------------------------------------------------------- */

/* 2 workers, 60 ports each. */
static const char *many(void)
{
	return loading_layout(keep_config(
		"{'PROCS_MAX': 2, 'port_groups': {'green': {'START_SEQUENCE_NUM': 'all', 'ip': "
		"'%s', 'ports': '12000-12119', 'servers_per_worker': 60, 'app': {'kind': "
		"'hello'}}}}",
		harness_address(0)));
}

START_TEST(each_of_many_ports_has_its_row_with_what_its_server_counted)
{
	const char *file = many();
	const json_t *report = loading_run(ARGS(file, SHORT), 0);
	struct layout layout;

	layout_plan(file, harness_runtime_dir(), &layout);
	ck_assert_uint_eq(layout.count, 120);
	expect_rows(report, &layout);
	expect_counted(report);
	ck_assert_int_eq(loading_count(report, "settings", "connections"), 120);
}
END_TEST

START_TEST(a_connection_for_each_request_is_counted_the_same)
{
	const json_t *report =
		loading_run(ARGS(loading_layout(layout_three("")), "--close", SHORT), 0);

	expect_counted(report);
	ck_assert_int_ge(loading_count(report, "total", "connects"),
			 loading_count(report, "total", "answered"));
}
END_TEST

START_TEST(a_constant_rate_is_counted_the_same)
{
	const json_t *report =
		loading_run(ARGS(loading_layout(layout_three("")), "--rate", "500", SHORT), 0);

	expect_counted(report);
	ck_assert_str_eq(text_of(json_object_get(report, "settings"), "mode"), "open");
	ck_assert(!json_is_null(json_object_get(report, "service")));
}
END_TEST

START_TEST(workers_have_their_requests_processor_time_and_memory)
{
	const json_t *report = loading_run(ARGS(loading_layout(layout_three("")), SHORT), 0);
	const json_t *worker;
	long sum = 0;
	size_t i;

	json_array_foreach(json_object_get(report, "workers"), i, worker)
	{
		sum += number_of(worker, "server_requests");
		ck_assert(json_number_value(json_object_get(worker, "cpu_s")) > 0);
		ck_assert_int_gt(number_of(worker, "rss_bytes"), 1 << 20);
		ck_assert_int_eq(number_of(worker, "restarts"), 0);
		ck_assert_uint_eq(json_array_size(json_object_get(worker, "cpu")), 10);
	}
	ck_assert_uint_eq(i, 3);
	ck_assert_int_eq(sum, loading_count(report, "total", "answered"));
}
END_TEST

/* On a machine of one core there is none left. */
START_TEST(the_load_keeps_to_cores_without_a_worker_or_says_that_it_does_not)
{
	const json_t *report = loading_run(ARGS(loading_layout(layout_one("")), SHORT), 0);
	const json_t *engine = json_object_get(report, "engine"), *cpu;
	const json_t *worker = json_array_get(json_object_get(report, "workers"), 0);
	size_t i;

	json_array_foreach(json_object_get(engine, "cpus"), i, cpu)
		ck_assert_int_ne(json_integer_value(cpu), number_of(worker, "core"));
	ck_assert(i > 0 || json_is_true(json_object_get(engine, "shares_cores")));
	ck_assert_int_eq(number_of(engine, "threads"), 1);
	expect_counted(report);
}
END_TEST

START_TEST(a_shared_port_is_a_row_of_all_its_workers)
{
	const json_t *report = loading_run(ARGS(loading_layout(layout_shared("")), SHORT), 0);
	const json_t *port;
	size_t i;

	ck_assert_uint_eq(json_array_size(ports_of(report)), 2);
	json_array_foreach(ports_of(report), i, port)
		ck_assert_uint_eq(json_array_size(json_object_get(port, "workers")), 2);
	expect_counted(report);
}
END_TEST

START_TEST(unix_sockets_are_driven_as_ports_are)
{
	const json_t *report = loading_run(ARGS(loading_layout(layout_unix("")), SHORT), 0);

	ck_assert_uint_eq(json_array_size(ports_of(report)), 2);
	ck_assert_str_eq(text_of(json_array_get(ports_of(report), 0), "url"),
			 keep_printf("unix:%s", harness_path("web-1.sock")));
	expect_counted(report);
}
END_TEST

START_TEST(groups_are_driven_alone)
{
	const json_t *report = loading_run(
		ARGS(loading_layout(layout_three("")), "--groups", "yellow,green", SHORT), 0);
	const json_t *port;
	size_t i;

	ck_assert_uint_eq(json_array_size(ports_of(report)), 2 * LAYOUT_PER_WORKER);
	json_array_foreach(ports_of(report), i, port)
		ck_assert_str_ne(text_of(port, "group"), "blue");
	ck_assert_uint_eq(json_array_size(json_object_get(report, "workers")), 2);
	expect_counted(report);
}
END_TEST

START_TEST(a_layout_comes_from_standard_input_as_well)
{
	const char *json = harness_path("report.json");
	const struct command load = { .args = { "load", "-", SHORT, "--json", json },
				      .input = layout_one("") };
	struct outcome outcome;

	command_run(&load, &outcome);
	ck_assert_msg(outcome.status == 0, "%s", outcome.err);
	expect_counted(keep_json(json_load_file(json, 0, NULL)));
}
END_TEST

/* A running instance -------------------------------------------------------- */

static struct instance *start_three(void)
{
	return instance_start(&(struct start) { .config = layout_three("") });
}

START_TEST(an_attached_instance_goes_on_and_only_the_load_is_counted)
{
	struct instance *in = start_three();
	const char *url = keep_printf("http://%s:11000/", harness_address(0));
	long pid = instance_worker_number(in, 0, "pid");
	const json_t *report;

	http_json(url); /* somebody else's, before */
	report = loading_run(ARGS("--attach", "--run-dir", in->run_dir, SHORT), 0);
	ck_assert_uint_eq(json_array_size(ports_of(report)), LAYOUT_SERVERS);
	expect_counted(report);
	ck_assert_int_eq(instance_worker_number(in, 0, "pid"), pid);
	http_json(url);
	instance_stop(in);
}
END_TEST

START_TEST(an_attached_instance_that_ends_ends_the_load_with_an_error)
{
	struct instance *in = start_three();
	const char *url = keep_printf("http://%s:11000/", harness_address(0));
	struct loading load;

	loading_start(&load, ARGS("--attach", "--run-dir", in->run_dir, HOUR));
	await(instance_worker_number(in, 0, "pid") > 0 && http_json(url) != NULL &&
	      number_of(json_array_get(instance_get(in, "/api/groups"), 2), "requests") > 0);
	instance_stop(in);
	loading_expect_end(&load, 1);
	ck_assert_ptr_nonnull(strstr(loading_err(&load), "ended meanwhile"));
}
END_TEST

/* The path to its status process taken away: what was measured is reported all the same. */
START_TEST(what_an_attached_instance_cannot_be_asked_in_the_end_is_not_known)
{
	struct instance *in = start_three();
	const char *control = instance_control(in), *aside = harness_path("aside");
	const json_t *report, *worker;
	struct loading load;

	loading_start(&load, ARGS("--attach", "--run-dir", in->run_dir, HOUR));
	await_requests(in, 2, 1);
	ck_assert_int_eq(rename(control, aside), 0);
	loading_signal(&load, SIGINT);
	loading_expect_end(&load, 0);
	ck_assert_int_eq(rename(aside, control), 0);
	ck_assert_ptr_nonnull(strstr(loading_err(&load), "own counts are not in the report"));
	report = loading_report(&load);
	ck_assert_int_gt(loading_count(report, "total", "answered"), 0);
	ck_assert(json_is_null(
		json_object_get(json_array_get(ports_of(report), 0), "server_requests")));
	worker = json_array_get(json_object_get(report, "workers"), 0);
	ck_assert(json_is_null(json_object_get(worker, "server_requests")));
	ck_assert(json_is_null(json_object_get(worker, "restarts")));
	instance_stop(in);
}
END_TEST

START_TEST(an_unknown_group_of_an_instance_is_named_with_those_there_are)
{
	struct instance *in = start_three();
	struct loading load;

	loading_start(&load, ARGS("--attach", "--run-dir", in->run_dir, "--groups", "yelow"));
	loading_expect_end(&load, 2);
	ck_assert_ptr_nonnull(strstr(loading_err(&load), "did you mean 'yellow'?"));
	ck_assert_ptr_nonnull(strstr(loading_err(&load), "blue, yellow, green"));
}
END_TEST

START_TEST(fewer_connections_than_ports_are_refused_with_how_many_it_takes)
{
	struct loading load;

	loading_start(&load, ARGS(loading_layout(layout_three("")), "--connections", "17"));
	loading_expect_end(&load, 2);
	ck_assert_ptr_nonnull(strstr(loading_err(&load), "17 connections for 18 ports"));
}
END_TEST

/* Faults -------------------------------------------------------------------- */

START_TEST(a_killed_worker_is_errors_and_a_restart)
{
	struct loading load;
	const struct instance *layout;
	const json_t *report;
	pid_t killed;

	loading_start(&load, ARGS(loading_layout(layout_three("")), HOUR, "--fail-if", "errors>0"));
	layout = loading_await_layout(&load);
	await_requests(layout, 1, 1000); /* its connections were accepted */
	/* Stopped first, so that requests are under way when it dies: with so many
	 * answered by another, the load has gone on to wait for this one. */
	instance_kill_worker(layout, 1, SIGSTOP);
	await_requests(layout, 0, 1000);
	killed = instance_kill_worker(layout, 1, SIGKILL);
	await(instance_worker_is_new(layout, 1, killed));
	await_requests(layout, 1, 1);
	loading_signal(&load, SIGINT);
	loading_expect_end(&load, 1);
	report = loading_report(&load);
	ck_assert_int_gt(loading_errors(report, "total"), 0);
	ck_assert_int_eq(loading_errors(report, "total"),
			 loading_errors(report, "reset") + loading_errors(report, "closed"));
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(number_of(json_array_get(json_object_get(report, "workers"), i),
					   "restarts"),
				 i == 1 ? 1 : 0);
}
END_TEST

static const int stops[] = { SIGINT, SIGTERM };

START_TEST(a_load_that_is_interrupted_reports_what_was_measured)
{
	struct loading load;
	const json_t *report;

	loading_start(&load, ARGS(loading_layout(layout_three("")), HOUR));
	loading_await_layout(&load);
	loading_signal(&load, stops[_i]);
	loading_expect_end(&load, 0);
	report = loading_report(&load);
	ck_assert(json_is_true(json_object_get(report, "interrupted")));
	ck_assert(json_number_value(json_object_get(report, "measured_s")) < 3600);
	expect_counted(report);
}
END_TEST

START_TEST(a_load_that_is_interrupted_while_it_warms_up_has_a_report_of_nothing)
{
	struct loading load;
	const json_t *report;

	loading_start(&load, ARGS(loading_layout(layout_three("")), "--warm-up", "1h"));
	loading_await_layout(&load);
	loading_signal(&load, SIGINT);
	loading_expect_end(&load, 1);
	ck_assert_ptr_nonnull(strstr(loading_err(&load), "interrupted, and nothing was measured"));
	report = loading_report(&load);
	ck_assert(json_is_true(json_object_get(report, "interrupted")));
	ck_assert_int_eq(loading_count(report, "total", "requests"), 0);
	expect_counted(report);
}
END_TEST

START_TEST(a_load_that_is_interrupted_while_its_layout_starts_stops_it)
{
	struct loading load;
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	loading_start_from(&load, ARGS("-"), ends[0]); /* a config that does not come */
	loading_await_start(&load);
	loading_signal(&load, stops[_i]);
	loading_expect_end(&load, 1);
	ck_assert_ptr_nonnull(strstr(loading_err(&load), "interrupted before"));
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(a_load_that_is_killed_leaves_nothing)
{
	struct loading load;

	loading_start(&load, ARGS(loading_layout(layout_three("")), HOUR));
	loading_await_layout(&load);
	loading_kill(&load);
}
END_TEST

/* What it leaves when it is killed at any moment is what its layout removes. */
START_TEST(a_load_has_nothing_of_its_own_in_the_folder_of_its_layout)
{
	const struct dirent *entry;
	struct loading load;
	int ends[2];
	DIR *dir;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	loading_start_from(&load, ARGS("-", HOUR), ends[0]); /* waits for its config */
	loading_await_start(&load);
	dir = opendir(load.layout.run_dir);
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL)
		ck_assert_msg(entry->d_name[0] == '.', "%s", entry->d_name);
	closedir(dir);
	loading_signal(&load, SIGINT);
	loading_expect_end(&load, 1);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(a_layout_whose_manager_is_killed_ends_the_load_with_an_error)
{
	struct loading load;
	const json_t *manager;

	loading_start(&load, ARGS(loading_layout(layout_three("")), HOUR));
	manager = instance_get(loading_await_layout(&load), "/api/manager");
	kill((pid_t)number_of(manager, "pid"), SIGKILL);
	loading_expect_failure(&load);
	ck_assert_ptr_nonnull(strstr(loading_err(&load), "ended by signal 9"));
}
END_TEST

START_TEST(a_busy_port_is_told_in_the_words_of_run)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_one("") });
	struct loading load;

	loading_start(&load, ARGS(loading_layout(layout_one("")), SHORT));
	loading_expect_end(&load, 2);
	ck_assert_ptr_nonnull(strstr(loading_err(&load), ":11000"));
	ck_assert_ptr_nonnull(strstr(loading_err(&load), "did not start"));
	instance_stop(in);
}
END_TEST

START_TEST(a_config_that_is_wrong_is_told_whole)
{
	struct loading load;

	loading_start(&load, ARGS(loading_layout("{\"PROCS_MAX\": -1, \"port_gruops\": {}}")));
	loading_expect_end(&load, 2);
	ck_assert_ptr_nonnull(strstr(loading_err(&load), "PROCS_MAX"));
	ck_assert_ptr_nonnull(strstr(loading_err(&load), "port_groups"));
}
END_TEST

/* Servers that are not ours, and wrong --------------------------------------- */

static const struct {
	struct script script;
	const char *error; /* the one kind that may come; NULL: none */
	bool answers;      /* there are whole replies */
} scripts[] = {
	{ { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", SCRIPTED_GOES_ON }, NULL, true },
	{ { "HTTP/1.0 200 OK\r\n\r\nup to the end", SCRIPTED_CLOSES }, NULL, true },
	{ { "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf", SCRIPTED_CLOSES },
	  "closed",
	  false },
	{ { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", SCRIPTED_CLOSES },
	  "closed",
	  false },
	{ { NULL, SCRIPTED_CLOSES }, "closed", false },
	{ { NULL, SCRIPTED_RESETS }, "reset", false },
	{ { NULL, SCRIPTED_WAITS }, "timeout", false },
	{ { "HTTP/1.1 200 OK\r\nContent-Le", SCRIPTED_WAITS }, "timeout", false },
	{ { "220 mail.example.com ESMTP\r\n", SCRIPTED_WAITS }, "malformed", false },
	{ { "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n", SCRIPTED_WAITS },
	  "malformed",
	  false },
	{ { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: "
	    "2\r\n\r\nok",
	    SCRIPTED_WAITS },
	  "unexpected",
	  true },
	{ { "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", SCRIPTED_GOES_ON },
	  "status",
	  true },
};

START_TEST(what_a_server_does_wrong_is_counted_as_what_it_is)
{
	const struct scripted *server = scripted_start(&scripts[_i].script);
	const char *want = scripts[_i].error;
	bool times_out = want != NULL && strcmp(want, "timeout") == 0;
	const json_t *report;
	struct loading load;

	loading_start(&load, ARGS("--url", scripted_url(server), HOUR, "--connections", "1",
				  "--timeout", times_out ? "100ms" : "30s"));
	await(scripted_requests(server) >= 3);
	loading_signal(&load, SIGINT);
	loading_expect_end(&load, scripts[_i].answers ? 0 : 1);
	report = loading_report(&load);
	if (want != NULL)
		ck_assert_int_gt(loading_errors(report, want), 0);
	ck_assert_int_eq(loading_errors(report, "total"),
			 want != NULL ? loading_errors(report, want) : 0);
	ck_assert_int_eq(loading_count(report, "total", "requests") > 0, scripts[_i].answers);
	ck_assert(json_is_null(
		json_object_get(json_array_get(ports_of(report), 0), "server_requests")));
}
END_TEST

START_TEST(a_port_on_which_nobody_listens_refuses)
{
	const json_t *report =
		loading_run(ARGS("--url", scripted_refusal(), SHORT, "--fail-if", "errors>=1"), 1);

	ck_assert_int_gt(loading_errors(report, "refused"), 0);
	ck_assert_int_eq(loading_errors(report, "total"), loading_errors(report, "refused"));
	ck_assert_int_eq(loading_count(report, "total", "requests"), 0);
}
END_TEST

START_TEST(several_servers_are_a_row_each_and_one_that_is_wrong_spoils_no_other)
{
	const struct scripted *good = scripted_start(&scripts[0].script);
	const struct scripted *bad = scripted_start(&(struct script) { NULL, SCRIPTED_RESETS });
	const json_t *report;
	struct loading load;

	loading_start(&load, ARGS("--url", scripted_url(good), "--url", scripted_url(bad), HOUR,
				  "--connections", "2", "--timeout", "30s"));
	await(scripted_requests(good) >= 3 && scripted_requests(bad) >= 3);
	loading_signal(&load, SIGINT);
	loading_expect_end(&load, 0);
	report = loading_report(&load);
	ck_assert_uint_eq(json_array_size(ports_of(report)), 2);
	ck_assert_int_eq(loading_count(json_array_get(ports_of(report), 0), "errors", "total"), 0);
	ck_assert_int_gt(number_of(json_array_get(ports_of(report), 0), "requests"), 0);
	ck_assert_int_gt(loading_count(json_array_get(ports_of(report), 1), "errors", "reset"), 0);
	ck_assert_int_eq(number_of(json_array_get(ports_of(report), 1), "requests"), 0);
}
END_TEST

static void add_faults(Suite *suite)
{
	TCase *faults = harness_case(suite, "faults");

	tcase_add_test(faults, a_killed_worker_is_errors_and_a_restart);
	tcase_add_loop_test(faults, a_load_that_is_interrupted_reports_what_was_measured, 0,
			    ARRAY_SIZE(stops));
	tcase_add_test(faults,
		       a_load_that_is_interrupted_while_it_warms_up_has_a_report_of_nothing);
	tcase_add_loop_test(faults, a_load_that_is_interrupted_while_its_layout_starts_stops_it, 0,
			    ARRAY_SIZE(stops));
	tcase_add_test(faults, a_load_that_is_killed_leaves_nothing);
	tcase_add_test(faults, a_load_has_nothing_of_its_own_in_the_folder_of_its_layout);
	tcase_add_test(faults, a_layout_whose_manager_is_killed_ends_the_load_with_an_error);
	tcase_add_test(faults, a_busy_port_is_told_in_the_words_of_run);
	tcase_add_test(faults, a_config_that_is_wrong_is_told_whole);
}

Suite *load_suite(void)
{
	Suite *suite = suite_create("load");
	TCase *counts = harness_case(suite, "counts"), *attach = harness_case(suite, "attach");
	TCase *urls = harness_case(suite, "urls");

	tcase_add_test(counts, each_of_many_ports_has_its_row_with_what_its_server_counted);
	tcase_add_test(counts, a_connection_for_each_request_is_counted_the_same);
	tcase_add_test(counts, a_constant_rate_is_counted_the_same);
	tcase_add_test(counts, workers_have_their_requests_processor_time_and_memory);
	tcase_add_test(counts, the_load_keeps_to_cores_without_a_worker_or_says_that_it_does_not);
	tcase_add_test(counts, a_shared_port_is_a_row_of_all_its_workers);
	tcase_add_test(counts, unix_sockets_are_driven_as_ports_are);
	tcase_add_test(counts, groups_are_driven_alone);
	tcase_add_test(counts, a_layout_comes_from_standard_input_as_well);
	tcase_add_test(attach, an_attached_instance_goes_on_and_only_the_load_is_counted);
	tcase_add_test(attach, an_attached_instance_that_ends_ends_the_load_with_an_error);
	tcase_add_test(attach, what_an_attached_instance_cannot_be_asked_in_the_end_is_not_known);
	tcase_add_test(attach, an_unknown_group_of_an_instance_is_named_with_those_there_are);
	tcase_add_test(attach, fewer_connections_than_ports_are_refused_with_how_many_it_takes);
	add_faults(suite);
	tcase_add_loop_test(urls, what_a_server_does_wrong_is_counted_as_what_it_is, 0,
			    ARRAY_SIZE(scripts));
	tcase_add_test(urls, a_port_on_which_nobody_listens_refuses);
	tcase_add_test(urls, several_servers_are_a_row_each_and_one_that_is_wrong_spoils_no_other);
	return suite;
}
