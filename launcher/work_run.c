/* work_run.c - see work_run.h. */
#include "launcher/work_run.h"

#include "common/buf.h"
#include "common/error.h"
#include "launcher/cli.h"
#include "launcher/config.h"
#include "launcher/manager.h"
#include "launcher/prepare.h"
#include "launcher/text.h"
#include "portmap/plan.h"
#include "work/results_print.h"
#include "work/results_read.h"

#include <inttypes.h>
#include <string.h>

#define MISSING_NAMED_MAX 20 /* ranges of tickets in a line */

void work_run_init(struct work_run *w, const struct manager_options *options, struct queues *queues,
		   struct child_host *host, struct child *children)
{
	size_t slots = options->plan->slot_count, feeders = options->config->work.feeder_count;

	for (size_t i = 0; i < feeders; i++)
		child_init(&children[slots + i], host, ROLE_FEEDER, (int)i);
	child_init(&children[slots + feeders], host, ROLE_COLLECTOR, -1);
	*w = (struct work_run) {
		.options = options,
		.queues = queues,
		.workers = children,
		.feeders = &children[slots],
		.collector = &children[slots + feeders],
		.worker_count = slots,
		.feeder_count = feeders,
		.phase = WORK_RUNNING,
	};
}

static unsigned queue_of(const struct work_run *w, const char *name)
{
	return (unsigned)queues_find(w->queues, name);
}

/* Phases -------------------------------------------------------------------- */

static bool all_done(const struct child *children, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (children[i].state != SLOT_DONE)
			return false;
	return true;
}

static void close_for(const struct work_run *w, size_t feeder)
{
	const char *name = w->options->config->work.feeders[feeder].queue;
	unsigned queue = queue_of(w, name);

	if (queue_is_closed(w->queues, queue))
		return;
	log_warning("%s failed: %s is closed, what it holds is worked on", w->feeders[feeder].name,
		    name);
	queue_close(w->queues, queue);
}

/* Its queue is closed for it: what it fed is worked on to the end. */
static void close_after_failure(struct work_run *w)
{
	for (size_t i = 0; i < w->feeder_count; i++) {
		if (!w->feeders[i].failed || w->feeders[i].state != SLOT_DONE)
			continue;
		w->feeder_failed = true;
		close_for(w, i);
	}
}

/* Nobody will take what a feeder has left: it would wait for ever. This is
 * called again by child_dismiss(). */
static void stop_feeding(struct work_run *w)
{
	for (size_t i = 0; i < w->feeder_count; i++) {
		unsigned queue = queue_of(w, w->options->config->work.feeders[i].queue);

		if (w->feeders[i].state == SLOT_DONE || queue_is_closed(w->queues, queue))
			continue;
		log_warning("%s: all workers are done before it: it is stopped",
			    w->feeders[i].name);
		w->left = true;
		queue_close(w->queues, queue);
		child_dismiss(&w->feeders[i]); /* it may wait for its rows, not for room */
	}
}

static void close_output(struct work_run *w)
{
	if (w->phase != WORK_RUNNING)
		return;
	w->phase = WORK_STORING;
	queue_close(w->queues, w->queues->shared->output);
	queue_close(w->queues, w->queues->shared->dead);
}

bool work_run_changed(struct work_run *w)
{
	bool workers_done;

	if (w->phase == WORK_NONE || w->phase == WORK_ENDED)
		return false;
	workers_done =
		w->options->config->work.module_count > 0 && all_done(w->workers, w->worker_count);
	close_after_failure(w);
	if (workers_done)
		stop_feeding(w);
	if (workers_done && all_done(w->feeders, w->feeder_count))
		close_output(w);
	if (w->phase != WORK_STORING || w->collector->state != SLOT_DONE)
		return false;
	w->phase = WORK_ENDED;
	return true;
}

static bool any_alive(const struct child *children, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (child_is_alive(&children[i]))
			return true;
	return false;
}

bool work_run_gone(struct work_run *w)
{
	if (w->phase == WORK_NONE)
		return true;
	if (any_alive(w->workers, w->worker_count) || any_alive(w->feeders, w->feeder_count))
		return false;
	close_output(w);
	child_expect_end(w->collector);
	return !child_is_alive(w->collector);
}

/* The account --------------------------------------------------------------- */

static void add_missing(const struct work_run *w, struct results_reader *r, unsigned queue,
			const struct results_stored *stored, uint64_t issued, struct buf *ret)
{
	struct results_range ranges[MISSING_NAMED_MAX];
	struct error e = { 0 };
	size_t count = 0;

	if (results_missing(r, stored->id, 0, issued, ranges, MISSING_NAMED_MAX, &count, &e) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		for (uint64_t t = ranges[i].first; t <= ranges[i].last; t++) {
			if (queues_in_flight(w->queues, queue, t))
				continue;
			buf_addf(ret, "%s_TID_%" PRIu64, ret->len > 0 ? ", " : "", t);
			if (ret->failed)
				return;
		}
	}
}

/* By number, where the results are kept. */
static void name_missing(const struct work_run *w, size_t index, unsigned queue, uint64_t issued,
			 struct buf *ret)
{
	struct results_reader *r = NULL;
	struct results_queue described;
	struct results_stored stored;
	struct error e = { 0 };

	prepared_queue(&w->options->config->work, index, NULL, &described);
	if (w->options->results_db != NULL &&
	    results_reader_open(&r, w->options->results_db, &e) == 0 &&
	    results_find_queue(r, described.name, &stored, &e) == 0)
		add_missing(w, r, queue, &stored, issued, ret);
	results_reader_close(r);
}

static uint64_t undone(const struct queue_counts *c)
{
	return c->queued + c->leased + c->finishing;
}

static void tell_counts(const char *name, const struct queue_counts *c)
{
	log_info("%s: %" PRIu64 " chunk%s = %" PRIu64 " queued + %" PRIu64 " leased + %" PRIu64
		 " kept + %" PRIu64 " finishing + %" PRIu64 " done + %" PRIu64 " dead + %" PRIu64
		 " skipped",
		 name, c->issued, text_plural((size_t)c->issued), c->queued, c->leased, c->kept,
		 c->finishing, c->done, c->dead, c->skipped);
}

/* Why is told when it happens, by the collector, and kept with the results. */
static void tell_dead(const struct work_run *w, const char *name, unsigned queue, uint64_t dead)
{
	AUTO_BUF struct buf named = BUF_INIT(1000);
	uint64_t tickets[QUEUE_DEAD_NAMED];
	size_t count = queues_dead_tickets(w->queues, queue, tickets);

	for (size_t i = 0; i < count; i++)
		buf_addf(&named, "%s_TID_%" PRIu64, i > 0 ? ", " : ": ", tickets[i]);
	if (count < dead)
		buf_addf(&named, " and %" PRIu64 " more", dead - count);
	log_warning("%s: %" PRIu64 " chunk%s failed for good%s", name, dead,
		    text_plural((size_t)dead), buf_text(&named));
}

const char *work_run_end(const struct work_run *w)
{
	bool left = w->left;

	for (size_t i = 0; i < w->options->config->work.queue_count; i++) {
		struct queue_counts c;

		queues_count(w->queues, queue_of(w, w->options->config->work.queues[i].full), &c);
		left = left || undone(&c) > 0;
	}
	return left ? "all workers are done, though not all work is" : "all work is done";
}

/* mp_input_q in a config that does not want it. */
static bool is_unused(const struct config_work *work, const struct config_queue *queue)
{
	for (size_t i = 0; i < work->feeder_count; i++)
		if (strcmp(work->feeders[i].queue, queue->full) == 0)
			return false;
	return queue->unnamed;
}

static bool account_queue(const struct work_run *w, size_t index)
{
	const struct config_queue *about = &w->options->config->work.queues[index];
	const char *name = about->full;
	unsigned queue = queue_of(w, name);
	AUTO_BUF struct buf missing = BUF_INIT(400);
	struct queue_counts c;
	uint64_t accounted;

	queues_count(w->queues, queue, &c);
	if (c.issued == 0 && is_unused(&w->options->config->work, about))
		return true;
	tell_counts(name, &c);
	accounted = undone(&c) + c.kept + c.done + c.dead + c.skipped;
	if (accounted < c.issued) {
		name_missing(w, index, queue, c.issued, &missing);
		log_error("%s: %" PRIu64 " chunk%s missing%s%s", name, c.issued - accounted,
			  c.issued - accounted == 1 ? " is" : "s are", missing.len > 0 ? ": " : "",
			  buf_text(&missing));
	}
	if (undone(&c) > 0)
		log_warning("%s: %" PRIu64 " chunk%s not done", name, undone(&c),
			    undone(&c) == 1 ? " was" : "s were");
	if (c.dead > 0)
		tell_dead(w, name, queue, c.dead);
	return accounted >= c.issued && c.dead == 0 && undone(&c) == 0;
}

static bool all_fed(const struct work_run *w)
{
	for (size_t i = 0; i < w->feeder_count; i++)
		if (!w->feeders[i].finished && !w->feeders[i].failed)
			return false;
	return true;
}

/* Nobody knows how much is missing. */
static bool account_feeders(const struct work_run *w)
{
	for (size_t i = 0; i < w->feeder_count; i++)
		if (w->feeders[i].failed)
			log_warning("%s: its rows were not read to their end, for the reason above",
				    w->feeders[i].name);
	return !w->feeder_failed && !w->left;
}

static bool can_resume(const struct work_run *w)
{
	const struct config_work *work = &w->options->config->work;

	if (w->options->results_db == NULL || w->options->results_brief)
		return false;
	for (size_t i = 0; i < work->feeder_count; i++)
		if (!config_feeder_replays(&work->feeders[i]))
			return false;
	return work->feeder_count > 0;
}

int work_run_account(const struct work_run *w)
{
	bool fine = true;

	if (w->phase == WORK_NONE)
		return CLI_OK;
	for (size_t i = 0; i < w->options->config->work.queue_count; i++)
		fine = account_queue(w, i) && fine;
	if (w->phase != WORK_ENDED && (!fine || !all_fed(w))) {
		fine = false;
		log_warning("the work was stopped before its end%s",
			    can_resume(w) ? ": 'eisen run --resume' goes on with it" : "");
	}
	fine = account_feeders(w) && fine;
	return fine ? CLI_OK : CLI_LOST;
}

/* Results ------------------------------------------------------------------- */

int work_run_print(const struct work_run *w, work_write_fn *write, void *arg)
{
	const struct config_work *work;
	struct results_reader *r = NULL;
	struct error e = { 0 };
	int err;

	if (w->phase == WORK_NONE || w->options->results_db == NULL)
		return 0;
	work = &w->options->config->work;
	if (!work->results_print && !work->results_dict_print)
		return 0;
	err = results_reader_open(&r, w->options->results_db, &e);
	if (err == 0 && work->results_print)
		err = results_print(r, write, arg, &e);
	if (err == 0 && work->results_dict_print)
		err = results_print_dict(r, write, arg, &e);
	results_reader_close(r);
	if (err == 0 || err == -EPIPE)
		return 0;
	/* A write says no more than its number. */
	log_error("the results cannot be printed: %s; they are kept: eisen results %s",
		  e.text[0] != '\0' ? e.text : strerror(-err), w->options->results_db);
	return err;
}
