/* test_queue_threads.c - processes as threads, each with its own handle, so
 * that ThreadSanitizer sees what they do to each other's payloads and words.
 * Two threads of one process share the feeder's handle.
 */
#include "queues/payload.h"
#include "queues/queue.h"
#include "tests/unit/queue_fixture.h"
#include "tests/unit/suites.h"

#include <pthread.h>
#include <string.h>

enum { IN, PUTTERS = 2, WORKERS = 3, CHUNKS = 20000, MANAGER = 1, PUTTER, COLLECTOR, WORKER };

static struct queue_fixture f;
static uint8_t seen[PUTTERS][CHUNKS];
static _Atomic unsigned putting;

static void setup(void)
{
	const struct queue_spec specs[] = {
		{ .name = "mp_input_q",
		  .kind = QUEUE_WORK,
		  .maxsize = 8,
		  .leases = 4,
		  .chunk_bytes = 64 },
	};

	queue_fixture_init(&f, specs, 1);
	memset(seen, 0, sizeof(seen));
	putting = PUTTERS;
}

static void teardown(void)
{
	queue_fixture_release(&f);
}

static void put_number(struct queues *qs, uint32_t block, uint32_t number)
{
	struct payload p;

	payload_open(qs, block, sizeof(number), &p, NULL);
	memcpy(p.at, &number, sizeof(number));
	payload_close(&p);
	payload_set(qs, block, sizeof(number), 1);
}

static uint32_t get_number(struct queues *qs, uint32_t block)
{
	uint32_t number = UINT32_MAX;
	struct payload p;

	if (payload_read(qs, block, &p, NULL) == 0 && p.bytes == sizeof(number))
		memcpy(&number, p.at, sizeof(number));
	payload_close(&p);
	return number;
}

/* The last one to be done closes the queue. */
static void *put_all(void *arg)
{
	uint32_t which = *(const uint32_t *)arg, block;
	struct queues *qs = &f.handles[PUTTER];

	for (uint32_t i = 0; i < CHUNKS; i++) {
		if (queue_claim(qs, IN, QUEUE_FOREVER, &block) != QUEUE_CHUNK)
			break;
		put_number(qs, block, which * CHUNKS + i);
		queue_issue(qs, IN, block, NULL);
	}
	if (atomic_fetch_sub(&putting, 1) == 1)
		queue_close(qs, IN);
	return NULL;
}

static void *work_all(void *arg)
{
	struct queues *qs = arg;
	uint32_t job, result;

	while (queue_take(qs, IN, QUEUE_FOREVER, &job) == QUEUE_CHUNK) {
		uint32_t number = get_number(qs, job);

		if (queue_claim_result(qs, sizeof(number), QUEUE_FOREVER, &result) < 0)
			break;
		put_number(qs, result, ~number);
		queue_commit(qs, job, result);
	}
	return NULL;
}

static void *collect_all(void *arg)
{
	struct queues *qs = arg;
	uint32_t job;

	while (queue_take(qs, qs->shared->output, QUEUE_FOREVER, &job) == QUEUE_CHUNK) {
		uint32_t number = ~get_number(qs, queue_result(qs, job));

		if (number < PUTTERS * CHUNKS)
			seen[number / CHUNKS][number % CHUNKS]++;
		queue_finish(qs, job);
	}
	return NULL;
}

START_TEST(each_chunk_has_its_result_once)
{
	uint32_t numbers[PUTTERS] = { 0, 1 };
	pthread_t putters[PUTTERS], workers[WORKERS], collector;
	struct queue_counts c;
	unsigned wrong = 0;

	for (unsigned i = 0; i < PUTTERS; i++)
		pthread_create(&putters[i], NULL, put_all, &numbers[i]);
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_create(&workers[i], NULL, work_all, &f.handles[WORKER + i]);
	pthread_create(&collector, NULL, collect_all, &f.handles[COLLECTOR]);
	for (unsigned i = 0; i < PUTTERS; i++)
		pthread_join(putters[i], NULL);
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_join(workers[i], NULL);
	queue_close(&f.handles[MANAGER], f.handles[MANAGER].shared->output);
	pthread_join(collector, NULL);
	for (unsigned i = 0; i < PUTTERS * CHUNKS; i++)
		wrong += seen[i / CHUNKS][i % CHUNKS] != 1;
	ck_assert_uint_eq(wrong, 0);
	queues_count(&f.handles[MANAGER], IN, &c);
	ck_assert_uint_eq(c.issued, PUTTERS * CHUNKS);
	ck_assert_uint_eq(c.done, PUTTERS * CHUNKS);
	ck_assert_uint_eq(c.free, queues_queue(&f.handles[MANAGER], IN)->count);
}
END_TEST

Suite *queue_threads_suite(void)
{
	Suite *s = suite_create("queue_threads");
	TCase *t = tcase_create("queue_threads");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, each_chunk_has_its_result_once);
	suite_add_tcase(s, t);
	return s;
}
