/* test_report_warn.c - what is said about numbers that do not mean what they seem to. */
#include "common/cc.h"
#include "common/clock.h"
#include "tests/unit/report_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

#define RATE 1000

static void nothing(struct report_fixture *f)
{
	f->input.interrupted = false;
}

static void ended_early(struct report_fixture *f)
{
	f->input.interrupted = true;
}

static void errors(struct report_fixture *f)
{
	f->stats.targets[0].counts.errors[LOAD_ERROR_TIMEOUT] = 2;
	f->stats.targets[1].counts.errors[LOAD_ERROR_STATUS] = 1;
}

static void busy_engine(struct report_fixture *f)
{
	f->stats.cpu_share_max = 0.96;
}

static void busy_engine_and_workers(struct report_fixture *f)
{
	busy_engine(f);
	for (int i = 0; i < REPORT_FIXTURE_PORTS; i++)
		f->workers[i].cpu_ns = 1900 * CLOCK_NS_PER_MS;
}

static void busy_workers_of_one_core(struct report_fixture *f)
{
	busy_engine(f);
	for (int i = 0; i < REPORT_FIXTURE_PORTS; i++) {
		f->workers[i].cpu_ns = 650 * CLOCK_NS_PER_MS;
		f->workers[i].core = 0;
	}
}

static void busy_workers_and_one_without_a_port(struct report_fixture *f)
{
	busy_engine_and_workers(f);
	f->ports[1].workers = f->ports[0].workers;
	f->workers[1].cpu_ns = 0;
}

static void busy_engine_of_others(struct report_fixture *f)
{
	busy_engine(f);
	f->input.worker_count = 0;
	for (int i = 0; i < REPORT_FIXTURE_PORTS; i++)
		f->ports[i].worker_count = 0;
}

static void shared_cores(struct report_fixture *f)
{
	f->input.engine_shares_cores = true;
}

static void uneven(struct report_fixture *f)
{
	f->job.connections = 3 * 19 + 1;
}

static void uneven_of_many(struct report_fixture *f)
{
	f->job.connections = 3 * 20 + 1;
}

static void missed_rate(struct report_fixture *f)
{
	f->stats.targets[0].counts.requests -= 21;
}

static void missed_rate_busy_engine(struct report_fixture *f)
{
	missed_rate(f);
	busy_engine(f);
}

static void nearly_the_rate(struct report_fixture *f)
{
	f->stats.targets[0].counts.requests -= 19;
}

static void unsent(struct report_fixture *f)
{
	f->stats.unsent = 3;
}

static void unsent_at_the_very_end(struct report_fixture *f)
{
	f->stats.unsent = 2; /* of 2000 */
}

static void overrun(struct report_fixture *f)
{
	missed_rate(f);
	f->stats.unsent = 21;
}

static void timeouts(struct report_fixture *f)
{
	missed_rate(f);
	f->stats.targets[0].counts.errors[LOAD_ERROR_TIMEOUT] = 21;
}

static void resets(struct report_fixture *f)
{
	missed_rate(f);
	f->stats.targets[0].counts.errors[LOAD_ERROR_RESET] = 21;
}

static void silence(struct report_fixture *f, size_t port, enum load_error error)
{
	f->stats.targets[port].counts = (struct load_counts) { 0 };
	f->stats.targets[port].counts.errors[error] = 35;
	f->ports[port].server_requests = 0;
}

static void closed_port(struct report_fixture *f)
{
	silence(f, 0, LOAD_ERROR_REFUSED);
	f->stats.targets[2].counts.requests = 1600;
}

static void stuck_ports(struct report_fixture *f)
{
	silence(f, 0, LOAD_ERROR_TIMEOUT);
	silence(f, 1, LOAD_ERROR_TIMEOUT);
	f->stats.targets[2].counts.requests = 1000;
	f->stats.unsent = 1200;
}

static void closed_ports(struct report_fixture *f)
{
	for (size_t i = 0; i < REPORT_FIXTURE_PORTS; i++)
		silence(f, i, LOAD_ERROR_REFUSED);
}

static void a_thread_a_port(struct report_fixture *f)
{
	busy_engine(f);
	f->job.threads = REPORT_FIXTURE_PORTS;
}

static void late(struct report_fixture *f)
{
	histogram_add_many(&f->stats.late, 1500000, 30);
}

static void late_below_one_in_100(struct report_fixture *f)
{
	histogram_add_many(&f->stats.late, 1500000, 10);
}

static void counted_less(struct report_fixture *f)
{
	f->ports[0].server_requests -= 5;
	f->ports[2].server_requests -= 7;
}

static void counted_more(struct report_fixture *f)
{
	f->ports[1].server_requests += 3;
}

static void not_counted(struct report_fixture *f)
{
	f->ports[1].server_requests = 0;
	f->ports[1].counted = false;
}

static void restarted(struct report_fixture *f)
{
	f->workers[1].restarts = 2;
}

static void few(struct report_fixture *f)
{
	f->stats.targets[2].counts.requests = 0;
	f->stats.targets[0].counts.requests = 599;
}

static void no_memory(struct report_fixture *f)
{
	struct histogram *latency = &f->stats.targets[0].latency;

	latency->count++;
	latency->sum += (double)latency->max;
	latency->lost = 1;
}

static const struct {
	void (*change)(struct report_fixture *f);
	double rate;
	const char *want; /* NULL: no word */
	bool limit;
} cases[] = {
	{ nothing, 0, NULL, false },
	{ nothing, RATE, NULL, false },
	{ ended_early, 0, "ended early: these are the numbers of 2.0 s", false },
	{ errors, 0, "3 errors of 2002 attempts: 2 timeout, 1 status; ", false },
	{ busy_engine, 0, "the engine was the limit: its busiest thread used 96 %", true },
	{ busy_engine, RATE, NULL, false },
	{ a_thread_a_port, 0, "more than this: there is a thread for each port", true },
	{ busy_engine_and_workers, 0, NULL, false },
	{ busy_workers_of_one_core, 0, NULL, false },
	{ busy_workers_and_one_without_a_port, 0, NULL, false },
	{ busy_engine_of_others, 0, "the engine may have been the limit", true },
	{ shared_cores, 0, "the engine shares cores with workers", false },
	{ uneven, 0, "58 connections for 3 ports: some have 20 and others 19, so some were",
	  false },
	{ uneven, RATE, NULL, false },
	{ uneven_of_many, 0, NULL, false },
	{ missed_rate, RATE,
	  "1000.0 requests a second were asked for, 989.5 were answered, the others failed",
	  false },
	{ missed_rate_busy_engine, RATE, "the engine was the limit", true },
	{ missed_rate, 0, NULL, false },
	{ nearly_the_rate, RATE, NULL, false },
	{ overrun, RATE, "989.5 were answered: latencies are those of a layout that is overrun",
	  false },
	{ unsent, RATE, "3 requests were due and not sent", false },
	{ unsent_at_the_very_end, RATE, NULL, false },
	{ late, RATE, "1 of 100 requests was sent 1.5 ms or more after it was due", false },
	{ late_below_one_in_100, RATE, NULL, false },
	{ counted_less, 0, "on 2 ports the servers counted 12 fewer requests", false },
	{ counted_more, 0, "on 1 port the servers counted 3 more requests", false },
	{ not_counted, 0, NULL, false },
	{ restarted, 0, "1 worker ended and was started again meanwhile (2 times in all)", false },
	{ few, 0, "only 999 requests: high percentiles mean little", false },
	{ no_memory, 0,
	  "out of memory for 1 latency: in the percentiles it is taken to be the largest", false },
};

START_TEST(what_numbers_do_not_mean_is_said_and_nothing_else)
{
	struct report_fixture f;
	json_auto_t *report = NULL;
	const json_t *warnings;
	const char *first;

	report_fixture_init(&f, cases[_i].rate);
	cases[_i].change(&f);
	report = report_fixture_make(&f);
	warnings = report_fixture_at(report, "warnings");
	first = json_string_value(json_array_get(warnings, 0));
	if (cases[_i].want == NULL)
		ck_assert_msg(first == NULL, "%s", first);
	else
		ck_assert_msg(first != NULL && strstr(first, cases[_i].want) != NULL,
			      "%s\nin place of %s", first, cases[_i].want);
	ck_assert(json_is_true(report_fixture_at(report, "engine/limit")) == cases[_i].limit);
	report_fixture_release(&f);
}
END_TEST

static const struct {
	void (*change)(struct report_fixture *f);
	double rate;
	const char *want, *without; /* of all warnings, one behind the other */
} joined[] = {
	{ timeouts, RATE, "that is overrun; lower the --rate\n", "answered nothing" },
	{ resets, RATE, "989.5 were answered, the others failed\n", "overrun" },
	{ closed_port, 0,
	  "http://127.0.0.1:11000/ answered nothing: 35 refused; is it meant to be closed?\n",
	  "overrun" },
	{ closed_port, 1250, "answered nothing: 35 refused; is it", "overrun" },
	{ stuck_ports, RATE,
	  "http://127.0.0.1:11000/, http://127.0.0.1:11001/ answered nothing: 70 timeout\n",
	  "overrun" },
	{ closed_ports, 0, "http://127.0.0.1:12000/ answered nothing: 105 refused; are they",
	  " more port" },
};

static void join(const json_t *warnings, char *ret, size_t size)
{
	size_t used = 0, i;
	const json_t *warning;

	json_array_foreach(warnings, i, warning) used +=
		(size_t)snprintf(ret + used, size - used, "%s\n", json_string_value(warning));
	ck_assert_uint_lt(used, size);
}

START_TEST(ports_that_answered_nothing_are_named_and_do_not_overrun_the_others)
{
	struct report_fixture f;
	json_auto_t *report = NULL;
	char text[4096];

	report_fixture_init(&f, joined[_i].rate);
	joined[_i].change(&f);
	report = report_fixture_make(&f);
	join(report_fixture_at(report, "warnings"), text, sizeof(text));
	ck_assert_msg(strstr(text, joined[_i].want) != NULL, "%s", text);
	ck_assert_msg(strstr(text, joined[_i].without) == NULL, "%s", text);
	report_fixture_release(&f);
}
END_TEST

START_TEST(all_that_is_to_be_said_is_said)
{
	struct report_fixture f;
	json_auto_t *report = NULL;

	report_fixture_init(&f, RATE);
	ended_early(&f);
	errors(&f);
	shared_cores(&f);
	missed_rate_busy_engine(&f);
	unsent(&f);
	late(&f);
	counted_less(&f);
	counted_more(&f);
	restarted(&f);
	report = report_fixture_make(&f);
	ck_assert_uint_eq(json_array_size(report_fixture_at(report, "warnings")), 10);
	report_fixture_release(&f);
}
END_TEST

Suite *report_warn_suite(void)
{
	Suite *suite = suite_create("report_warn");
	TCase *tcase = tcase_create("warn");

	tcase_add_loop_test(tcase, what_numbers_do_not_mean_is_said_and_nothing_else, 0,
			    ARRAY_SIZE(cases));
	tcase_add_loop_test(tcase,
			    ports_that_answered_nothing_are_named_and_do_not_overrun_the_others, 0,
			    ARRAY_SIZE(joined));
	tcase_add_test(tcase, all_that_is_to_be_said_is_said);
	suite_add_tcase(suite, tcase);
	return suite;
}
