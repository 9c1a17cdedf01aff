/* collector.c - see collector.h. */
#include "work/collector.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/utf8.h"
#include "queues/payload.h"
#include "queues/queue.h"
#include "work/json_check.h"
#include "work/results.h"

#include <poll.h>
#include <stdbool.h>
#include <string.h>

#define BATCH_BYTES_MAX (16u << 20) /* of results; one more job may pass it */
#define PAUSE_FIRST_MS 10
#define PAUSE_MAX_MS 5000

struct job {
	uint32_t block;
	bool dead;       /* a dead letter, not a result */
	const char *why; /* of a dead letter, once it was put */
};

struct collecting {
	const struct collector *c;
	struct error *e;
	struct job jobs[COLLECTOR_BATCH_MAX]; /* leased */
	size_t count;
	size_t bytes;
	bool waiting; /* the last try failed, and that was told */
	int pause_ms;
};

/* Take -------------------------------------------------------------------- */

static size_t result_bytes(const struct collecting *s, uint32_t job)
{
	uint32_t result = queue_result(s->c->qs, job);
	struct payload p = { 0 };
	size_t bytes;

	if (result == BLOCK_NONE || payload_read(s->c->qs, result, &p, NULL) < 0)
		return 0;
	bytes = p.bytes;
	payload_close(&p);
	return bytes;
}

static enum queue_take take_one(struct collecting *s, uint64_t deadline_ns)
{
	struct queues *qs = s->c->qs;
	const unsigned from[] = { qs->shared->output, qs->shared->dead };
	struct job *job = &s->jobs[s->count];
	enum queue_take found;
	unsigned queue;

	found = queue_take_any(qs, from, ARRAY_SIZE(from), deadline_ns, &queue, &job->block);
	if (found != QUEUE_CHUNK)
		return found;
	job->dead = queue == qs->shared->dead;
	job->why = NULL;
	s->bytes += s->c->store != NULL && !job->dead ? result_bytes(s, job->block) : 0;
	s->count++;
	return found;
}

/* Wait for the first, then what else is there. */
static enum queue_take take_batch(struct collecting *s)
{
	enum queue_take found;

	s->count = s->bytes = 0;
	found = take_one(s, QUEUE_FOREVER);
	if (found != QUEUE_CHUNK)
		return found;
	while (s->count < COLLECTOR_BATCH_MAX && s->bytes < BATCH_BYTES_MAX &&
	       take_one(s, QUEUE_NO_WAIT) == QUEUE_CHUNK)
		;
	return QUEUE_CHUNK;
}

/* Store ------------------------------------------------------------------- */

/* With its rows, where they can be read still. */
static int put_dead(struct collecting *s, struct job *job, const char *why)
{
	struct queues *qs = s->c->qs;
	struct payload rows = { 0 };
	int err;

	job->why = why;
	if (payload_read(qs, job->block, &rows, NULL) < 0)
		rows = (struct payload) { 0 };
	err = results_put_dead(s->c->store, queue_home(qs, job->block),
			       queue_ticket(qs, job->block), queue_attempts(qs, job->block), why,
			       payload_rows(qs, job->block), rows.at, rows.bytes, s->e);
	payload_close(&rows);
	return err;
}

static int put_text(struct collecting *s, struct job *job, const struct payload *text)
{
	struct queues *qs = s->c->qs;

	return results_put(s->c->store, queue_home(qs, job->block), queue_ticket(qs, job->block),
			   payload_rows(qs, job->block), text->at, text->bytes, s->e);
}

/* A worker module shares the memory: it may have written past its own. */
static int put_result(struct collecting *s, struct job *job)
{
	uint32_t result = queue_result(s->c->qs, job->block);
	struct payload text = { 0 };
	size_t at;
	int err;

	if (result == BLOCK_NONE)
		return put_text(s, job, &text);
	if (payload_read(s->c->qs, result, &text, NULL) < 0)
		return put_dead(s, job, "its result cannot be read any more");
	if (text.bytes > 0 && json_check(text.at, text.bytes, &at) != NULL)
		err = put_dead(s, job, "its result was overwritten, and is no JSON value");
	else
		err = put_text(s, job, &text);
	payload_close(&text);
	return err;
}

/* How many tickets were given out, so that those missing are known offline. */
static int put_issued(struct collecting *s)
{
	for (size_t i = 0; i < s->c->queue_count; i++) {
		uint64_t ticket, rows;
		int err;

		queue_resume(s->c->qs, s->c->queues[i], &ticket, &rows);
		err = results_put_issued(s->c->store, s->c->queues[i], ticket, s->e);
		if (err < 0)
			return err;
	}
	return 0;
}

static int store_batch(struct collecting *s)
{
	int err = results_begin(s->c->store, s->e);

	for (size_t i = 0; i < s->count && err == 0; i++) {
		struct job *job = &s->jobs[i];

		err = job->dead ? put_dead(s, job, queue_why(s->c->qs, job->block))
				: put_result(s, job);
	}
	if (err == 0)
		err = put_issued(s);
	if (err == 0)
		err = results_commit(s->c->store, s->e);
	if (err < 0)
		results_rollback(s->c->store);
	return err;
}

/* Pauses ------------------------------------------------------------------ */

static void tell_waits(struct collecting *s)
{
	if (s->waiting)
		return;
	s->waiting = true;
	s->pause_ms = PAUSE_FIRST_MS;
	if (s->c->waits != NULL)
		s->c->waits(s->c->arg, s->e);
}

static void tell_goes_on(struct collecting *s)
{
	if (!s->waiting)
		return;
	s->waiting = false;
	if (s->c->goes_on != NULL)
		s->c->goes_on(s->c->arg);
}

/* False: the process is to end. */
static bool pause_a_while(struct collecting *s)
{
	struct pollfd stop = { .fd = s->c->stop_fd, .events = POLLIN };
	int ready = poll(&stop, 1, s->pause_ms);

	s->pause_ms = MIN(2 * s->pause_ms, PAUSE_MAX_MS);
	return ready <= 0;
}

/* Until it is stored. -errno: never with this store, or not before the end. */
static int store(struct collecting *s)
{
	bool more = true;
	int err;

	if (s->c->store == NULL)
		return 0;
	/* Once more after the pause that was the last. */
	while ((err = store_batch(s)) < 0 && more && results_error_passes(err)) {
		tell_waits(s);
		more = pause_a_while(s);
	}
	if (err == 0)
		tell_goes_on(s);
	return err;
}

/* Finish ------------------------------------------------------------------ */

static void tell_dead(const struct collecting *s, const struct job *job)
{
	struct queues *qs = s->c->qs;
	struct collector_dead dead = { .queue = queue_home(qs, job->block),
				       .ticket = queue_ticket(qs, job->block),
				       .attempts = queue_attempts(qs, job->block) };

	if (s->c->dead == NULL)
		return;
	snprintf(dead.why, sizeof(dead.why), "%.*s", (int)sizeof(dead.why) - 1,
		 job->why != NULL ? job->why : queue_why(qs, job->block));
	dead.why[utf8_trim(dead.why, strlen(dead.why))] = '\0'; /* it may have been cut */
	s->c->dead(s->c->arg, &dead);
}

static void finish(const struct collecting *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->jobs[i].dead || s->jobs[i].why != NULL)
			tell_dead(s, &s->jobs[i]);
	for (size_t i = 0; i < s->count; i++)
		if (s->jobs[i].why != NULL)
			queue_finish_dead(s->c->qs, s->jobs[i].block);
		else
			queue_finish(s->c->qs, s->jobs[i].block);
}

static enum collector_end collect(struct collecting *s)
{
	enum queue_take found;

	while ((found = take_batch(s)) == QUEUE_CHUNK) {
		if (store(s) < 0)
			return COLLECTOR_FAILED;
		finish(s);
	}
	/* The last tickets given out may be those that are missing. */
	s->count = 0;
	if (store(s) < 0)
		return COLLECTOR_FAILED;
	return found == QUEUE_STOP ? COLLECTOR_DONE : COLLECTOR_STOPPED;
}

enum collector_end collector_run(const struct collector *c, struct error *e)
{
	struct error unwanted = { 0 };
	struct collecting *s = calloc(1, sizeof(*s));
	enum collector_end end;

	if (s == NULL) {
		error_set(e, ENOMEM, "out of memory");
		return COLLECTOR_FAILED;
	}
	s->c = c;
	s->e = e != NULL ? e : &unwanted; /* for waits() */
	end = collect(s);
	free(s);
	return end;
}
