/* test_ports.c - portmap/ports.h */
#include "portmap/ports.h"

#include "common/cc.h"
#include "common/error.h"
#include "portmap/plan.h"
#include "queues/region.h"
#include "tests/unit/plan_fixture.h"
#include "tests/unit/suites.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define THREADS 4
#define MANY 4000
#define ROUNDS 20
#define STEPS_BUDGET UINT64_C(50000) /* instructions, of all children */

static const char five_free[] =
	"{'PROCS_MAX': 4, 'port_groups': {'a': {'START_SEQUENCE_NUM': '0-3', 'ports': '10-14', "
	"'servers_per_worker': 1, 'app': {'kind': 'hello'}}}}";
static const char many_free[] = "{'PROCS_MAX': 4, 'port_groups': {'a': {'START_SEQUENCE_NUM': "
				"'0-3', 'ports': '1-4000', 'app': {'kind': 'hello'}}}}";
static const char shared[] =
	"{'PROCS_MAX': 3, 'port_groups': {"
	"'a': {'START_SEQUENCE_NUM': '0-1', 'ports': '10-12', 'shared': true},"
	"'b': {'START_SEQUENCE_NUM': 2, 'ports': 20, 'app': {'kind': 'hello'}}},"
	"'servers': [{'group': 'a', 'ports': '11-12', 'app': {'kind': 'hello'}}]}";

struct fixture {
	struct plan_fixture plan;
	struct region region;
	struct ports *ports;
	size_t count; /* servers */
	atomic_uint takers[MANY];
	atomic_uint waiting; /* threads not ready yet */
};

static void setup(struct fixture *f, const char *config)
{
	struct error e = { 0 };

	memset(f, 0, sizeof(*f));
	plan_fixture_make(&f->plan, config, 2);
	f->count = f->plan.plan->server_count;
	ck_assert_msg(region_create(&f->region, ports_region_bytes(f->plan.plan), &e) == 0, "%s",
		      e.text);
	ck_assert_uint_ne(region_alloc(&f->region, 1, 1), 0);
	f->ports = ports_create(&f->region, f->plan.plan);
	ck_assert_ptr_nonnull(f->ports);
}

static void teardown(struct fixture *f)
{
	region_detach(&f->region);
	plan_fixture_release(&f->plan);
}

/* The port's number; 0: the queue is empty. */
static unsigned take(struct fixture *f, unsigned group, int slot)
{
	size_t server = SIZE_MAX;

	if (ports_take(f->ports, group, slot, &server) == PORTS_EMPTY) {
		ck_assert_uint_eq(server, SIZE_MAX);
		return 0;
	}
	ck_assert_uint_lt(server, f->count);
	ck_assert_int_eq(ports_holder(f->ports, server), slot);
	return f->plan.plan->servers[server].port;
}

START_TEST(begins_full_and_is_found_again)
{
	struct fixture f;

	setup(&f, five_free);
	ck_assert_ptr_eq(ports_attach(&f.region), f.ports);
	ck_assert_uint_eq(ports_free_count(f.ports, 0), 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(ports_holder(f.ports, i), PLAN_FREE);
	teardown(&f);
}
END_TEST

START_TEST(pops_in_order_until_it_is_empty)
{
	struct fixture f;

	setup(&f, five_free);
	for (unsigned port = 10; port <= 14; port++)
		ck_assert_uint_eq(take(&f, 0, (int)port % 3), port);
	ck_assert_uint_eq(take(&f, 0, 0), 0);
	ck_assert_uint_eq(take(&f, 0, 0), 0);
	ck_assert_uint_eq(ports_free_count(f.ports, 0), 0);
	teardown(&f);
}
END_TEST

START_TEST(takes_back_to_the_same_place_what_a_slot_held_and_nothing_else)
{
	struct fixture f;

	setup(&f, five_free);
	for (int slot = 0; slot < 4; slot++)
		ck_assert_uint_eq(take(&f, 0, slot), 10u + (unsigned)slot);
	ck_assert_uint_eq(take(&f, 0, 1), 14);
	ck_assert_uint_eq(ports_give_back(f.ports, 1), 2);
	ck_assert_uint_eq(ports_give_back(f.ports, 1), 0);
	ck_assert_uint_eq(ports_free_count(f.ports, 0), 2);
	ck_assert_int_eq(ports_holder(f.ports, 0), 0);
	ck_assert_int_eq(ports_holder(f.ports, 1), PLAN_FREE);
	ck_assert_uint_eq(take(&f, 0, 3), 11);
	ck_assert_uint_eq(take(&f, 0, 3), 14);
	ck_assert_uint_eq(take(&f, 0, 3), 0);
	teardown(&f);
}
END_TEST

START_TEST(pops_first_what_came_back_to_the_front)
{
	struct fixture f;

	setup(&f, five_free);
	for (int slot = 0; slot < 3; slot++)
		ck_assert_uint_eq(take(&f, 0, slot), 10u + (unsigned)slot);
	ck_assert_uint_eq(ports_give_back(f.ports, 1), 1);
	ck_assert_uint_eq(take(&f, 0, 3), 11);
	ck_assert_uint_eq(take(&f, 0, 3), 13);
	teardown(&f);
}
END_TEST

START_TEST(gives_a_worker_of_a_shared_group_only_its_own_sockets)
{
	struct fixture f;
	size_t server;

	setup(&f, shared);
	for (int slot = 1; slot >= 0; slot--) {
		for (size_t i = 0; i < 2; i++) {
			ck_assert_int_eq(ports_take(f.ports, 0, slot, &server), PORTS_TAKEN);
			ck_assert_uint_eq(server, f.plan.plan->slots[slot].first + i);
		}
	}
	/* The port without a server is anybody's. */
	ck_assert_uint_eq(ports_free_count(f.ports, 0), 1);
	ck_assert_uint_eq(take(&f, 0, 1), 10);
	ck_assert_uint_eq(take(&f, 0, 0), 0);
	ck_assert_uint_eq(ports_give_back(f.ports, 1), 3);
	ck_assert_uint_eq(ports_free_count(f.ports, 0), 3);
	ck_assert_uint_eq(take(&f, 0, 0), 10);
	ck_assert_uint_eq(take(&f, 0, 0), 0);
	ck_assert_uint_eq(take(&f, 0, 1), 11);
	teardown(&f);
}
END_TEST

START_TEST(keeps_groups_apart)
{
	struct fixture f;

	setup(&f, shared);
	ck_assert_uint_eq(take(&f, 1, 0), 20);
	ck_assert_uint_eq(ports_give_back(f.ports, 0), 1);
	ck_assert_uint_eq(take(&f, 1, 2), 20);
	ck_assert_uint_eq(take(&f, 1, 2), 0);
	ck_assert_uint_eq(ports_free_count(f.ports, 0), 5);
	ck_assert_uint_eq(ports_free_count(f.ports, 1), 0);
	/* A worker of another group gets what is anybody's only. */
	ck_assert_uint_eq(take(&f, 0, 2), 10);
	ck_assert_uint_eq(take(&f, 0, 2), 0);
	teardown(&f);
}
END_TEST

START_TEST(does_not_fit_a_region_that_is_too_small)
{
	struct plan_fixture plan;
	struct region region;

	plan_fixture_make(&plan, many_free, 1);
	ck_assert_int_eq(region_create(&region, 100, NULL), 0);
	ck_assert_ptr_null(ports_create(&region, plan.plan));
	ck_assert_ptr_null(ports_attach(&region));
	region_detach(&region);
	plan_fixture_release(&plan);
}
END_TEST

struct thread {
	struct fixture *f;
	pthread_t id;
	int slot;
};

static void run_threads(struct fixture *f, void *(*body)(void *arg))
{
	struct thread threads[THREADS];

	atomic_store(&f->waiting, THREADS);
	for (int i = 0; i < THREADS; i++) {
		threads[i] = (struct thread) { .f = f, .slot = i };
		ck_assert_int_eq(pthread_create(&threads[i].id, NULL, body, &threads[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i].id, NULL);
}

static void *take_all(void *arg)
{
	struct thread *t = arg;
	size_t server;

	atomic_fetch_sub(&t->f->waiting, 1);
	while (atomic_load(&t->f->waiting) > 0)
		;
	while (ports_take(t->f->ports, 0, t->slot, &server) == PORTS_TAKEN) {
		ck_assert_int_eq(ports_holder(t->f->ports, server), t->slot);
		atomic_fetch_add(&t->f->takers[server], 1);
	}
	return NULL;
}

/* No port twice, none lost. */
START_TEST(many_take_at_once_and_each_port_goes_to_one)
{
	struct fixture f;

	setup(&f, many_free);
	for (unsigned round = 1; round <= ROUNDS; round++) {
		run_threads(&f, take_all);
		for (size_t i = 0; i < f.count; i++)
			ck_assert_uint_eq(atomic_load(&f.takers[i]), round);
		ck_assert_uint_eq(ports_free_count(f.ports, 0), 0);
		for (int slot = 0; slot < THREADS; slot++)
			ports_give_back(f.ports, slot);
		ck_assert_uint_eq(ports_free_count(f.ports, 0), MANY);
	}
	teardown(&f);
}
END_TEST

/* Take some, and give them back as if the slot were gone, over and over. */
static void *take_and_give_back(void *arg)
{
	struct thread *t = arg;
	size_t server, taken;

	for (int round = 0; round < ROUNDS; round++) {
		for (taken = 0; taken < 50; taken++) {
			ck_assert_int_eq(ports_take(t->f->ports, 0, t->slot, &server), PORTS_TAKEN);
			ck_assert_uint_eq(atomic_fetch_add(&t->f->takers[server], 1), 0);
			atomic_fetch_sub(&t->f->takers[server], 1);
		}
		ck_assert_uint_eq(ports_give_back(t->f->ports, t->slot), taken);
	}
	return NULL;
}

START_TEST(many_take_and_give_back_at_once_and_nothing_is_lost)
{
	struct fixture f;

	setup(&f, many_free);
	run_threads(&f, take_and_give_back);
	ck_assert_uint_eq(ports_free_count(f.ports, 0), MANY);
	for (size_t i = 0; i < f.count; i++)
		ck_assert_uint_ne(take(&f, 0, 0), 0);
	ck_assert_uint_eq(take(&f, 0, 0), 0);
	teardown(&f);
}
END_TEST

/* A child that takes ports until it is killed, wherever that meets it. */
static pid_t start_taker(struct fixture *f, int slot, int *ret_pipe)
{
	int fds[2];
	size_t server;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid > 0) {
		close(fds[1]);
		*ret_pipe = fds[0];
		return pid;
	}
	for (;;) {
		for (int i = 0; i < 100; i++)
			ports_take(f->ports, 0, slot, &server);
		if (write(fds[1], "", 1) < 0)
			_exit(1);
		ports_give_back(f->ports, slot);
	}
}

START_TEST(a_killed_process_loses_no_port)
{
	struct fixture f;
	char byte;

	setup(&f, many_free);
	ck_assert_uint_eq(take(&f, 0, 3), 1);
	for (int round = 0; round < ROUNDS; round++) {
		int fd, status;
		pid_t pid = start_taker(&f, round % 3, &fd);
		size_t held;

		ck_assert_int_eq(read(fd, &byte, 1), 1);
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSIGNALED(status));
		close(fd);
		held = MANY - 1 - ports_free_count(f.ports, 0);
		ck_assert_uint_eq(ports_give_back(f.ports, round % 3), held);
		ck_assert_uint_eq(ports_free_count(f.ports, 0), MANY - 1);
	}
	ck_assert_int_eq(ports_holder(f.ports, 0), 3);
	for (size_t i = 1; i < f.count; i++)
		ck_assert_uint_ne(take(&f, 0, 0), 0);
	teardown(&f);
}
END_TEST

/* What a process does with its ports, step by step. */
static void live_through(struct ports *ports)
{
	size_t server;

	ports_take(ports, 0, 0, &server);
	ports_take(ports, 0, 0, &server);
	ports_give_back(ports, 0);
	ports_take(ports, 0, 0, &server);
}

/* Let a child live through it, and kill it after so many instructions. How
 * many there were; fewer when it had come to its end, which it marks by a
 * second SIGSTOP. */
static unsigned kill_after(struct ports *ports, unsigned limit)
{
	unsigned steps = 0;
	int status, signal = 0;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(0); /* not allowed here */
		raise(SIGSTOP);
		live_through(ports);
		raise(SIGSTOP);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	while (WIFSTOPPED(status) && steps < limit && signal != SIGSTOP) {
		ck_assert_int_eq(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		signal = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
		steps++;
	}
	if (WIFSTOPPED(status)) {
		kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	}
	return steps;
}

/* The first two ports are slot 0's to have, another one has the rest. */
static void expect_nothing_lost(struct fixture *f)
{
	ports_give_back(f->ports, 0);
	ck_assert_uint_eq(ports_free_count(f->ports, 0), 2);
	for (size_t i = 0; i < 2; i++)
		ck_assert_uint_ne(take(f, 0, 3), 0);
	ck_assert_uint_eq(take(f, 0, 3), 0);
	ck_assert_uint_eq(ports_give_back(f->ports, 3), 2);
}

/* Each child begins anew, so all instructions of a long way (with sanitizers)
 * would take too many steps: as many as the budget allows, evenly spread. */
START_TEST(a_process_killed_at_any_instruction_loses_no_port)
{
	struct fixture f;
	unsigned all, stride;

	setup(&f, five_free);
	for (int i = 0; i < 5; i++)
		ck_assert_uint_ne(take(&f, 0, i < 2 ? 0 : 1), 0);
	expect_nothing_lost(&f);
	all = kill_after(f.ports, UINT_MAX);
	stride = 1 + (unsigned)((uint64_t)all * all / (2 * STEPS_BUDGET));
	for (unsigned at = 0; at < all; at += stride) {
		kill_after(f.ports, at);
		expect_nothing_lost(&f);
	}
	teardown(&f);
}
END_TEST

Suite *ports_suite(void)
{
	Suite *suite = suite_create("ports");
	TCase *alone = tcase_create("alone"), *many = tcase_create("many");

	tcase_add_test(alone, begins_full_and_is_found_again);
	tcase_add_test(alone, pops_in_order_until_it_is_empty);
	tcase_add_test(alone, takes_back_to_the_same_place_what_a_slot_held_and_nothing_else);
	tcase_add_test(alone, pops_first_what_came_back_to_the_front);
	tcase_add_test(alone, gives_a_worker_of_a_shared_group_only_its_own_sockets);
	tcase_add_test(alone, keeps_groups_apart);
	tcase_add_test(alone, does_not_fit_a_region_that_is_too_small);
	suite_add_tcase(suite, alone);
	tcase_add_test(many, many_take_at_once_and_each_port_goes_to_one);
	tcase_add_test(many, many_take_and_give_back_at_once_and_nothing_is_lost);
	tcase_add_test(many, a_killed_process_loses_no_port);
	tcase_add_test(many, a_process_killed_at_any_instruction_loses_no_port);
	suite_add_tcase(suite, many);
	return suite;
}
