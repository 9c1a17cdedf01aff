/* test_kills.c - constant load on all ports, and kill -9 of one worker after
 * the other: nobody is refused, nothing changes hands.
 *
 * Ten kills a second, 40 of them; with EISEN_SOAK=1, 300.
 */
#include "tests/e2e/await.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/load.h"
#include "tests/e2e/suites.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define KILLS 40
#define KILLS_SOAK 300
#define KILL_EVERY_MS 100
#define WORKERS 3

static int kills_wanted(void)
{
	const char *soak = getenv("EISEN_SOAK");

	return soak != NULL && strcmp(soak, "1") == 0 ? KILLS_SOAK : KILLS;
}

static void expect_unchanged(const struct layout *before, const struct layout *now)
{
	ck_assert_uint_eq(now->count, before->count);
	for (size_t i = 0; i < now->count; i++) {
		ck_assert_str_eq(now->servers[i].url, before->servers[i].url);
		ck_assert_int_eq(now->servers[i].slot, before->servers[i].slot);
		ck_assert_int_eq(now->servers[i].core, before->servers[i].core);
		layout_expect_answer(&now->servers[i]);
	}
}

static void expect_deaths(const struct instance *in, int kills)
{
	const json_t *manager = instance_get(in, "/api/manager"), *death;
	size_t i;

	ck_assert_int_eq(json_integer_value(json_object_get(manager, "deaths_total")), kills);
	json_array_foreach(instance_get(in, "/api/deaths"), i, death)
	{
		ck_assert_str_eq(json_string_value(json_object_get(death, "signal")), "SIGKILL");
		ck_assert(json_number_value(json_object_get(death, "uptime_s")) >= 0);
	}
}

/* A worker that is ready, and not the one killed before, whose death has yet to
 * be seen. */
static void kill_one(const struct instance *in, int slot)
{
	static pid_t killed[WORKERS];
	pid_t pid;

	await(instance_worker_is(in, slot, "ready") &&
	      (pid = (pid_t)instance_worker_number(in, slot, "pid")) > 0 && pid != killed[slot]);
	kill(pid, SIGKILL);
	killed[slot] = pid;
}

static void kill_and_load(const char *more)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_three(more) });
	struct layout before, after;
	struct load_counts counts;
	struct load *load;
	int kills = kills_wanted();

	layout_read(instance_get(in, "/api/status"), &before);
	load = load_new(layout_urls(&before), before.count, 2);
	srandom((unsigned)getpid());
	for (int i = 0; i < kills; i++) {
		load_turn(load, KILL_EVERY_MS);
		kill_one(in, (int)(random() % WORKERS));
	}
	load_turn(load, KILL_EVERY_MS);
	load_finish(load);
	counts = load_counts(load);
	load_free(load);
	ck_assert_uint_eq(counts.refused, 0);
	ck_assert_uint_eq(counts.wrong, 0);
	ck_assert_uint_gt(counts.answered, LAYOUT_SERVERS * (uint64_t)kills);
	await(instance_all_ready(in));
	layout_read(instance_get(in, "/api/status"), &after);
	expect_unchanged(&before, &after);
	expect_deaths(in, kills);
}

START_TEST(nobody_is_refused_while_workers_are_killed)
{
	kill_and_load("");
}
END_TEST

START_TEST(nobody_is_refused_while_spawned_workers_are_killed)
{
	kill_and_load("'START_METHOD': 'spawn',");
}
END_TEST

Suite *kills_suite(void)
{
	Suite *suite = suite_create("kills");
	TCase *all = harness_case(suite, "kills");

	tcase_add_test(all, nobody_is_refused_while_workers_are_killed);
	tcase_add_test(all, nobody_is_refused_while_spawned_workers_are_killed);
	return suite;
}
