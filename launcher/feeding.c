/* feeding.c - the feeder role: one generator into one queue.
 *
 * It may be killed at any instruction: what it was doing is cleaned up after,
 * and the next one goes on at the very row (feeder.h). So a stop needs no more
 * than an exit.
 */
#include "common/error.h"
#include "launcher/config.h"
#include "launcher/heritage.h"
#include "launcher/prepare.h"
#include "launcher/role.h"
#include "work/feeder.h"
#include "work/generator.h"
#include "work/program.h"
#include "work/results_read.h"

#include <signal.h>
#include <string.h>

struct feeding {
	const struct heritage *heritage;
	const struct config_feeder *feeder;
	struct queues queues;
	struct generator *generator;
	struct results_reader *reader; /* --resume; else NULL */
	struct results_skip skip;
};

static void on_term(int signal ATTR_UNUSED)
{
	program_kill_last(); /* the kernel would kill it, and not what it has started */
	_exit(EXIT_SUCCESS);
}

static void let_stop(void)
{
	struct sigaction action = { .sa_handler = on_term };
	sigset_t set;

	sigaction(SIGTERM, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* --resume: what is stored already is left out. */
static int open_results(struct feeding *f, struct error *e)
{
	const struct heritage *h = f->heritage;
	struct results_queue queue = { 0 };
	struct results_stored stored = { 0 };
	int r;

	if (!h->resume || h->results_db == NULL)
		return 0;
	for (size_t i = 0; i < h->config->work.queue_count; i++)
		if (strcmp(h->config->work.queues[i].full, f->feeder->queue) == 0)
			prepared_queue(&h->config->work, i, h->feeders, &queue);
	r = results_reader_open(&f->reader, h->results_db, e);
	if (r == 0)
		r = results_find_queue(f->reader, queue.name, &stored, e);
	if (r < 0)
		return r;
	results_skip_init(&f->skip, f->reader, stored.id);
	return 0;
}

static int open_all(struct feeding *f, struct error *e)
{
	const struct heritage *h = f->heritage;
	int r = queues_attach(&f->queues, &h->region, h->owner, h->event_fds, e);

	if (r == 0) {
		f->queues.spill_dir = h->spill_dir;
		r = generator_open(f->feeder->generator, h->config->base_dir, &f->generator, e);
	}
	return r < 0 ? r : open_results(f, e);
}

static enum feeder_end feed(struct feeding *f, struct error *e)
{
	const struct feeder feeder = {
		.qs = &f->queues,
		.queue = (unsigned)queues_find(&f->queues, f->feeder->queue),
		.generator = f->generator,
		.rows_max = (uint32_t)f->feeder->rows_max,
		.restarted = f->heritage->again,
		.stored = f->reader != NULL ? results_skip_ticket : NULL,
		.arg = &f->skip,
	};

	return feeder_run(&feeder, e);
}

int feeding_run(const struct heritage *h)
{
	struct feeding f = { .heritage = h, .feeder = &h->config->work.feeders[h->feeder] };
	enum feeder_end end = FEEDER_FAILED;
	struct error e = { 0 };

	let_stop();
	if (f.feeder->stream) /* opening a FIFO waits for whoever writes to it */
		heritage_report(h, REPORT_READY);
	if (open_all(&f, &e) == 0) {
		heritage_report(h, REPORT_READY);
		end = feed(&f, &e);
	}
	if (end == FEEDER_FAILED)
		log_error("%s", e.text);
	heritage_report(h, end == FEEDER_FAILED ? REPORT_FAILED : REPORT_FINISHED);
	results_reader_close(f.reader);
	generator_close(f.generator);
	return end == FEEDER_FAILED ? EXIT_FAILURE : EXIT_SUCCESS;
}
