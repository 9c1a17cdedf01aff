/* kill.c - whoever dies or stops, at whichever instruction: nothing is lost.
 *
 * A child is led through a scene one instruction at a time. After each, all
 * shared memory is copied, and in the copy the child counts as dead: it is
 * recovered, all is drained, and everything must be there, once.
 *
 * KILL_STRIDE: of the tests that begin anew for each instruction, every so
 * many only (default 97; "./dev verify": 1).
 */
#include "common/cc.h"
#include "common/number.h"
#include "queues/payload.h"
#include "queues/recover.h"
#include "queues/ticket.h"
#include "tests/kill/step.h"
#include "tests/kill/world.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SKIPPED 77 /* automake's word for it */
#define TICKETS 4
#define BLOCKS (WORLD_CHUNKS + WORLD_LEASES)
#define FEEDERS 40
#define FEEDER_STRIDE_MAX 3L
#define OUTCOMES_MAX 200
#define MANAGER_STRIDE_MAX 41L /* of the states that a death may leave */

static struct world w, copy, image, recovered, manager_image;
static long stride = 97;

/* Scenes ------------------------------------------------------------------- */

static void must(bool fine)
{
	if (!fine)
		_exit(1);
}

static void feeds(void *arg)
{
	must(world_feed(arg, VICTIM, TICKETS));
}

static void works(void *arg)
{
	must(world_work(arg, VICTIM, 2));
}

static void collects(void *arg)
{
	must(world_collect(arg, VICTIM, 8));
}

/* False: others have taken all. */
static bool takes(struct world *world, uint32_t *ret_job)
{
	if (queue_take(&world->qs[VICTIM], IN, QUEUE_NO_WAIT, ret_job) != QUEUE_CHUNK)
		return false;
	queue_begin(&world->qs[VICTIM], *ret_job);
	return true;
}

static void fails(void *arg)
{
	struct world *world = arg;
	uint32_t job;

	for (int i = 0; i < 3 && takes(world, &job); i++)
		must(queue_fail(&world->qs[VICTIM], job, "it does not add up") == 0);
}

static void returns(void *arg)
{
	struct world *world = arg;
	uint32_t job;

	if (takes(world, &job))
		must(queue_return(&world->qs[VICTIM], job) == 0);
}

static void keeps(void *arg)
{
	struct world *world = arg;
	uint32_t job;

	if (takes(world, &job))
		must(queue_keep(&world->qs[VICTIM], job, 1) == 0);
}

static void prints(void *arg)
{
	struct world *world = arg;
	uint32_t block;

	must(queue_claim(&world->qs[VICTIM], PRINT, QUEUE_NO_WAIT, &block) == QUEUE_CHUNK);
	payload_set(&world->qs[VICTIM], block, 1, 1);
	queue_put(&world->qs[VICTIM], PRINT, block);
	must(queue_claim(&world->qs[VICTIM], PRINT, QUEUE_NO_WAIT, &block) == QUEUE_CHUNK);
	queue_abandon(&world->qs[VICTIM], block);
}

static void closes(void *arg)
{
	struct world *world = arg;

	must(world_feed(world, VICTIM, 2));
	queue_close(&world->qs[VICTIM], IN);
	must(world_feed(world, VICTIM, 3));
}

static void recovers(void *arg)
{
	struct world *world = arg;

	queues_recover(&world->qs[HEIR], VICTIM, true, "killed", NULL);
}

/* What stands before a scene. */
static void nothing(void)
{
}

static void fed(void)
{
	ck_assert(world_feed(&w, OTHER, WORLD_CHUNKS));
}

static void worked(void)
{
	fed();
	ck_assert(world_work(&w, OTHER, WORLD_CHUNKS));
}

/* One result and one dead letter for the collector. */
static void worked_and_failed(void)
{
	uint32_t job;

	fed();
	ck_assert(world_work(&w, OTHER, 1));
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(queue_take(&w.qs[OTHER], IN, QUEUE_NO_WAIT, &job), QUEUE_CHUNK);
		ck_assert_int_eq(queue_fail(&w.qs[OTHER], job, "no"), 0);
	}
}

static void worked_to_be_refused(void)
{
	worked();
	w.refuses = true;
}

static const struct scene {
	const char *name;
	void (*before)(void);
	void (*run)(void *world);
	uint32_t max_attempts;
	bool may_be_dead;
} scenes[] = {
	{ "a feeder", nothing, feeds, 0, false },
	{ "a worker", fed, works, 0, false },
	{ "a worker that counts", fed, works, 3, false },
	{ "a worker that fails", fed, fails, 2, true },
	{ "a worker that gives back", fed, returns, 0, false },
	{ "a server that keeps", fed, keeps, 0, false },
	{ "a collector", worked, collects, 0, false },
	{ "a collector of dead letters", worked_and_failed, collects, 1, true },
	{ "a collector that refuses", worked_to_be_refused, collects, 0, true },
	{ "a printer", nothing, prints, 0, false },
	{ "one who closes", nothing, closes, 0, false },
};

/* Deaths ------------------------------------------------------------------- */

static void expect_recovered(struct world *world, const struct scene *scene)
{
	queues_recover(&world->qs[MANAGER], VICTIM, true, "killed", NULL);
	world_expect_conservation(world);
	queues_release_kept(&world->qs[MANAGER], VICTIM);
	world_expect_all(world, TICKETS, scene->may_be_dead);
}

/* Between two instructions that change no memory, a death leaves the same. */
START_TEST(killed_at_any_instruction)
{
	const struct scene *scene = &scenes[_i];
	long deaths = 0;
	struct stepper s;

	world_open(&w, scene->max_attempts);
	scene->before();
	world_copy_init(&copy, &w);
	world_copy_init(&image, &w);
	stepper_start(&s, scene->run, &w);
	do {
		if (!world_has_changed(&image, &w))
			continue;
		world_copy(&copy, &w);
		expect_recovered(&copy, scene);
		deaths++;
	} while (stepper_step(&s));
	world_copy_release(&image);
	world_copy_release(&copy);
	expect_recovered(&w, scene);
	world_close(&w);
	printf("%s: killed at each of %ld instructions, %ld outcomes\n", scene->name, s.steps,
	       deaths);
}
END_TEST

/* The manager dies as it recovers; the next one recovers both. */
static void kill_manager(const struct scene *scene, long *steps, long *deaths)
{
	struct stepper s;

	world_copy_init(&recovered, &w);
	world_copy(&recovered, &w);
	world_copy_init(&manager_image, &w);
	stepper_start(&s, recovers, &recovered);
	do {
		if (!world_has_changed(&manager_image, &recovered))
			continue;
		world_copy(&copy, &recovered);
		queues_recover(&copy.qs[MANAGER], HEIR, true, "killed", NULL);
		expect_recovered(&copy, scene);
		++*deaths;
	} while (stepper_step(&s));
	*steps += s.steps;
	world_copy_release(&manager_image);
	world_copy_release(&recovered);
}

START_TEST(killed_manager_at_any_instruction)
{
	const struct scene *scene = &scenes[_i];
	long steps = 0, deaths = 0, before = 0;
	struct stepper s;

	world_open(&w, scene->max_attempts);
	scene->before();
	world_copy_init(&copy, &w);
	world_copy_init(&image, &w);
	stepper_start(&s, scene->run, &w);
	do {
		if (world_has_changed(&image, &w) &&
		    before++ % MIN(stride, MANAGER_STRIDE_MAX) == 0)
			kill_manager(scene, &steps, &deaths);
	} while (stepper_step(&s));
	world_copy_release(&image);
	world_copy_release(&copy);
	world_close(&w);
	printf("%s: the manager killed at each of %ld instructions, %ld outcomes\n", scene->name,
	       steps, deaths);
}
END_TEST

/* It is stopped, everybody else goes on until there is nothing to do, and then
 * so does it: nobody may take it for dead. */
START_TEST(stopped_at_any_instruction)
{
	const struct scene *scene = &scenes[_i];
	struct stepper s = { .pid = 1 };
	long stops = 0;

	for (long at = 0; s.pid != 0; at += stride) {
		bool ended;

		world_open(&w, scene->max_attempts);
		scene->before();
		stepper_start(&s, scene->run, &w);
		while (s.steps < at && stepper_step(&s))
			;
		ended = s.pid == 0;
		ck_assert(world_work(&w, OTHER, 8));
		ck_assert(world_collect(&w, OTHER, 8));
		stepper_resume(&s);
		s.pid = ended ? 0 : 1;
		queues_release_kept(&w.qs[MANAGER], VICTIM);
		world_expect_conservation(&w);
		world_expect_all(&w, TICKETS, scene->may_be_dead);
		world_close(&w);
		stops++;
	}
	printf("%s: stopped and resumed at %ld instructions\n", scene->name, stops);
}
END_TEST

static void feeds_one(void *arg)
{
	struct world *world = arg;

	must(world_feed(world, VICTIM, ticket_next(queues_queue(&world->qs[VICTIM], IN)) + 1));
}

/* Each feeder dies at the same instruction of its first chunk, and all blocks but
 * its own are in the queue: no hint in the ring is stale. */
static void feeders_die_at(long at)
{
	struct queue_counts c;
	struct stepper s;

	world_open(&w, 0);
	ck_assert(world_feed(&w, OTHER, BLOCKS));
	for (int deaths = 0; deaths < FEEDERS; deaths++) {
		queues_count(&w.qs[MANAGER], IN, &c);
		ck_assert(world_work(&w, OTHER, c.queued == BLOCKS ? 1 : 0));
		ck_assert(world_collect(&w, OTHER, 1));
		stepper_start(&s, feeds_one, &w);
		while (s.steps < at && stepper_step(&s))
			;
		stepper_kill(&s);
		queues_recover(&w.qs[MANAGER], VICTIM, true, "killed", NULL);
		world_expect_conservation(&w);
	}
	world_expect_all(&w, BLOCKS + FEEDERS, false);
	world_close(&w);
}

/* After which instructions a feeder's death leaves something new. */
static size_t find_outcomes(long *ret_at, size_t most)
{
	struct stepper s;
	size_t count = 0;

	world_open(&w, 0);
	ck_assert(world_feed(&w, OTHER, WORLD_CHUNKS));
	world_copy_init(&image, &w);
	stepper_start(&s, feeds_one, &w);
	do {
		if (world_has_changed(&image, &w) && count < most)
			ret_at[count++] = s.steps;
	} while (stepper_step(&s));
	world_copy_release(&image);
	world_close(&w);
	return count;
}

START_TEST(feeders_killed_again_and_again)
{
	long at[OUTCOMES_MAX];
	size_t count = find_outcomes(at, OUTCOMES_MAX), done = 0;

	ck_assert_uint_lt(count, OUTCOMES_MAX);
	for (size_t i = 0; i < count; i += (size_t)MIN(stride, FEEDER_STRIDE_MAX), done++)
		feeders_die_at(at[i]);
	printf("%d feeders killed, with each of %zu outcomes\n", FEEDERS, done);
}
END_TEST

static void add(Suite *s, const char *name, const TTest *test, int count)
{
	TCase *t = tcase_create(name);

	tcase_set_timeout(t, 3600);
	tcase_add_loop_test(t, test, 0, count);
	suite_add_tcase(s, t);
}

static Suite *kill_suite(void)
{
	Suite *s = suite_create("kill");

	add(s, "killed", killed_at_any_instruction, ARRAY_SIZE(scenes));
	add(s, "manager", killed_manager_at_any_instruction, ARRAY_SIZE(scenes));
	add(s, "stopped", stopped_at_any_instruction, ARRAY_SIZE(scenes));
	add(s, "feeders", feeders_killed_again_and_again, 1);
	return s;
}

int main(void)
{
	const char *why = step_impossible(), *wanted = getenv("KILL_STRIDE");
	uint64_t number;
	SRunner *runner;
	int failed;

	if (why != NULL) {
		printf("SKIPPED: %s\n", why);
		return SKIPPED;
	}
	if (wanted != NULL && number_parse(wanted, 1, 100000, &number))
		stride = (long)number;
	runner = srunner_create(kill_suite());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
