/* api_work_fixture.c - see api_work_fixture.h. */
#include "tests/unit/api_work_fixture.h"

#include <check.h>
#include <inttypes.h>
#include <string.h>

enum { FEEDER = 2, WORKER, COLLECTOR }; /* owners */

static const struct api_feeder feeders[] = {
	{ .name = "primes", .queue = "mp_input_q", .generator = "range", .rows = 40 },
	{ .name = "audio",
	  .queue = "batch_1|audio_lg",
	  .generator = "lines",
	  .rows = API_ROWS_UNKNOWN },
};

static void init_queues(struct queue_fixture *f)
{
	static const struct queue_spec specs[] = {
		{ "mp_input_q", QUEUE_WORK, 8, 8, 64, 2, false },
		{ "batch_1|audio_lg", QUEUE_WORK, 8, 8, 64, 2, false },
		{ "mp_print_q", QUEUE_SIDE, 4, 1, 64, 0, false },
	};

	queue_fixture_init(f, specs, ARRAY_SIZE(specs));
}

static void init_api(struct api_work_fixture *f, const char *db)
{
	const struct api_context more = { .queues = &f->queue.handles[1],
					  .feeders = feeders,
					  .feeder_count = ARRAY_SIZE(feeders),
					  .results_db = db,
					  .result_label = "primes" };

	api_fixture_init_with(&f->api, &more);
}

void api_work_fixture_init(struct api_work_fixture *f, uint64_t bytes_max)
{
	const struct results_queue in = { .name = RESULTS_FIXTURE_NAME, .alias = "mp_input_q" };
	const struct results_queue audio = { .name = "batch_1|audio_lg" };

	init_queues(&f->queue);
	results_fixture_init(&f->results);
	f->store = results_fixture_open(&f->results, RESULTS_NEW, bytes_max);
	ck_assert_int_eq(results_declare(f->store, WORK_IN, &in, NULL), 0);
	ck_assert_int_eq(results_declare(f->store, WORK_AUDIO, &audio, NULL), 0);
	init_api(f, f->results.path);
}

void api_work_fixture_init_without_store(struct api_work_fixture *f)
{
	init_queues(&f->queue);
	f->store = NULL;
	init_api(f, NULL);
}

void api_work_fixture_release(struct api_work_fixture *f)
{
	api_fixture_release(&f->api);
	if (f->store != NULL) {
		results_close(f->store);
		results_fixture_release(&f->results);
	}
	queue_fixture_release(&f->queue);
}

void api_work_fixture_feed(struct api_work_fixture *f, unsigned queue, size_t chunks)
{
	struct queues *qs = &f->queue.handles[FEEDER];

	for (size_t i = 0; i < chunks; i++) {
		uint64_t ticket, rows;

		queue_resume(qs, queue, &ticket, &rows);
		queue_journal(qs, queue, rows + 1);
		queue_fixture_feed(&f->queue, queue, "1\n");
	}
}

uint32_t api_work_fixture_take(struct api_work_fixture *f, unsigned queue)
{
	uint32_t job;

	ck_assert_int_eq(queue_take(&f->queue.handles[WORKER], queue, QUEUE_NO_WAIT, &job),
			 QUEUE_CHUNK);
	return job;
}

void api_work_fixture_work(struct api_work_fixture *f, unsigned queue, size_t chunks)
{
	for (size_t i = 0; i < chunks; i++)
		ck_assert_int_eq(queue_commit(&f->queue.handles[WORKER],
					      api_work_fixture_take(f, queue), BLOCK_NONE),
				 0);
}

static void put_result(struct api_work_fixture *f, uint32_t job)
{
	struct queues *qs = &f->queue.handles[COLLECTOR];
	uint64_t ticket = queue_ticket(qs, job);
	char text[40];
	int len = snprintf(text, sizeof(text), "[%" PRIu64 ", null]", ticket);

	ck_assert_int_eq(
		results_put(f->store, queue_home(qs, job), ticket, 1, text, (size_t)len, NULL), 0);
}

static void put_dead(struct api_work_fixture *f, uint32_t job)
{
	struct queues *qs = &f->queue.handles[COLLECTOR];

	ck_assert_int_eq(results_put_dead(f->store, queue_home(qs, job), queue_ticket(qs, job),
					  queue_attempts(qs, job), queue_why(qs, job), 1, "1\n", 2,
					  NULL),
			 0);
}

/* A queue's chunks into the store, then their leases end. */
static void store(struct api_work_fixture *f, const char *queue,
		  void (*put)(struct api_work_fixture *, uint32_t))
{
	struct queues *qs = &f->queue.handles[COLLECTOR];
	unsigned from = (unsigned)queues_find(qs, queue);
	uint32_t jobs[32];
	size_t count = 0;

	while (queue_take(qs, from, QUEUE_NO_WAIT, &jobs[count]) == QUEUE_CHUNK)
		ck_assert_uint_lt(++count, ARRAY_SIZE(jobs));
	if (f->store != NULL)
		ck_assert_int_eq(results_begin(f->store, NULL), 0);
	for (size_t i = 0; f->store != NULL && i < count; i++)
		put(f, jobs[i]);
	if (f->store != NULL)
		ck_assert_int_eq(results_commit(f->store, NULL), 0);
	for (size_t i = 0; i < count; i++)
		queue_finish(qs, jobs[i]);
}

void api_work_fixture_collect(struct api_work_fixture *f)
{
	store(f, "mp_output_q", put_result);
}

void api_work_fixture_kill(struct api_work_fixture *f, unsigned queue)
{
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(queue_fail(&f->queue.handles[WORKER],
					    api_work_fixture_take(f, queue), "bad number"),
				 0);
	store(f, "mp_dead_q", put_dead);
}

void api_work_fixture_lose(struct api_work_fixture *f, unsigned queue)
{
	uint32_t job = api_work_fixture_take(f, queue);
	struct queues *qs = &f->queue.handles[WORKER];
	struct block *block = queues_block(qs, job);
	uint32_t generation = word_generation(atomic_load(&block->word)) + 1;
	unsigned free_queue = queues_queue(qs, queue)->free_queue;

	atomic_store(&block->word, word_make(BLOCK_ENQ, 0, free_queue, 0, generation));
}

json_t *api_work_fixture_get(struct api_work_fixture *f, const char *path, int status)
{
	struct http_reply reply;
	json_error_t error;
	json_t *doc;

	http_client_expect(&f->api.client, path, "", status, &reply);
	doc = json_loads(buf_text(&reply.body), 0, &error);
	ck_assert_msg(doc != NULL, "%s: %s in %s", path, error.text, buf_text(&reply.body));
	http_reply_release(&reply);
	return doc;
}
