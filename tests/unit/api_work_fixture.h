/* api_work_fixture.h - the status endpoint over queues, feeders and results of
 * the test's own: a test feeds, works and stores by hand, one step after the
 * other.
 *
 * Queues: mp_input_q, "batch_1|audio_lg" (8 chunks, 2 attempts each),
 * mp_print_q. Feeders: "primes" into mp_input_q (a range of 40 rows), "audio"
 * into the other (lines of a file, nobody knows how many).
 */
#ifndef TESTS_UNIT_API_WORK_FIXTURE_H
#define TESTS_UNIT_API_WORK_FIXTURE_H

#include "queues/queue.h"
#include "tests/unit/api_fixture.h"
#include "tests/unit/queue_fixture.h"
#include "tests/unit/results_fixture.h"

enum { WORK_IN, WORK_AUDIO, WORK_PRINT }; /* queues */

struct api_work_fixture {
	struct queue_fixture queue;
	struct results_fixture results;
	struct results *store; /* NULL: results are not kept */
	struct api_fixture api;
};

/* bytes_max: of the results, 0: no bound. */
void api_work_fixture_init(struct api_work_fixture *f, uint64_t bytes_max);
void api_work_fixture_init_without_store(struct api_work_fixture *f);
void api_work_fixture_release(struct api_work_fixture *f);

/* Chunks of one row into a queue. */
void api_work_fixture_feed(struct api_work_fixture *f, unsigned queue, size_t chunks);

/* Take one as a worker. */
uint32_t api_work_fixture_take(struct api_work_fixture *f, unsigned queue);

/* Take and commit some. */
void api_work_fixture_work(struct api_work_fixture *f, unsigned queue, size_t chunks);

/* Store what is finished: the value of each is "[TICKET, null]". */
void api_work_fixture_collect(struct api_work_fixture *f);

/* Let one fail until it is a dead letter, "bad number", stored. */
void api_work_fixture_kill(struct api_work_fixture *f, unsigned queue);

/* Lose what waits longest: its block is free as if it had never been. */
void api_work_fixture_lose(struct api_work_fixture *f, unsigned queue);

/* GET on the HTTP socket; the reply must have the status. New reference. */
json_t *api_work_fixture_get(struct api_work_fixture *f, const char *path, int status);

#endif
